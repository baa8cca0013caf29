"""Who may look at the page, and that names of others are texts to it, whatever they hold."""

import re
import threading

from browser import KEYS
from fleet import request
from program import run
from test_page_job import small_fleet

HOSTILE = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>&lt;b&gt;'


def sign_in(page, token):
    field = page.until("the field", "return document.querySelector('#token')")
    field.clear()
    field.send_keys(token, KEYS.ENTER)


def test_a_wrong_token_is_told_of_and_the_right_one_leads_to_where_one_was_going(page, fleet, images):
    small_fleet(fleet, images)
    job = fleet.await_end(fleet.cache("one")["id"])
    place = f"#/jobs/{job['id']}"
    page.open(place, role=None).sees("Sign in", "precached token create --role reader")
    sign_in(page, "pc_wrong")
    page.sees("The service doesn't honour this token.")
    assert page.script("return sessionStorage.length") == 0
    # An agent's token is right, but reads nothing.
    sign_in(page, fleet.token("agent"))
    page.sees("may not read here")
    sign_in(page, "two words")
    page.sees("A token is one word")
    sign_in(page, fleet.token("reader"))
    page.sees(job["id"], "succeeded", "test-reader")
    # Kept for the tab alone, and nowhere that others could read it.
    token = fleet.token("reader")
    kept = page.script("return [location.href, document.cookie, JSON.stringify(localStorage), document.body.innerHTML]")
    assert not any(token in place for place in kept)
    assert page.script("return sessionStorage.getItem('precache.token')") == token
    page.click("Sign out")
    page.sees("Sign in")
    assert page.script("return sessionStorage.length") == 0


def test_a_token_that_is_revoked_under_an_open_page_has_one_sign_in_again(page, fleet, images):
    small_fleet(fleet, images)
    page.open("#/jobs").sees("No jobs yet")
    assert run(["precached", "token", "revoke", "--name", "test-reader", "--config", fleet.config]).returncode == 0
    page.sees("no longer honours this token")


def test_buttons_are_there_for_who_may_and_for_nobody_else(page, fleet, images):
    gate = threading.Event()
    images.add("one", b"1" * 400_000, gate=gate)
    images.add("lost", b"1" * 1000, status=404)
    small_fleet(fleet, images)
    ended, open_ = fleet.await_end(fleet.cache("lost")["id"]), fleet.cache("one")
    for role, may in [("reader", False), ("operator", True), ("admin", True)]:
        for job, text, state in [(ended, "Retry 2 results", "failed"), (open_, "Cancel job", "running")]:
            page.open(f"#/jobs/{job['id']}", role=role).sees(job["id"], state)
            page.until("what came of it", "return document.querySelector('.key .count').textContent !== ''")
            page.sees(f"test-{role}")
            page.until(f"what {role} may do", "return [...document.querySelectorAll('.actions button')]"
                       f".map((button) => button.textContent).join() === '{text if may else ''}'")
    # Who has no button is refused by the service, too: it isn't the page that keeps them out.
    for job, what in [(ended, "retry"), (open_, "cancel")]:
        assert fleet.call("POST", f"/v1/jobs/{job['id']}/{what}", role="reader").status == 403
    assert fleet.job(open_["id"])["state"] == "running"
    gate.set()


def test_without_authentication_nobody_is_asked_and_the_page_may_act(page, fleet, images):
    gate = threading.Event()
    images.add("one", b"1" * 400_000, gate=gate)
    images.add("lost", b"1" * 1000, status=404)
    small_fleet(fleet, images, auth__mode="none")
    open_ = fleet.cache("one")
    page.open(f"#/jobs/{open_['id']}", role=None).sees("no sign-in needed", "running")
    page.click("Cancel job")
    page.click("Yes, cancel it")
    page.sees("cancelled", "someone cancelled the job")
    gate.set()
    job = fleet.await_end(fleet.cache("lost")["id"])
    page.open(f"#/jobs/{job['id']}", role=None).sees("no sign-in needed", "image not found")
    page.click("Retry 2 results")
    page.click("Yes, as a new job")
    page.sees("Retry of")


def test_the_service_lets_the_page_do_nothing_but_what_it_is_for(page, fleet, images):
    small_fleet(fleet, images)
    answer = request(page.address)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    page.open().sees("Jobs")
    # What somebody smuggled in would not run, nor load anything from elsewhere.
    told = page.wait_for_module("""
        const seen = [];
        document.addEventListener("securitypolicyviolation", (event) => seen.push(event.effectiveDirective));
        const script = document.createElement("script");
        script.textContent = "window.hit = 1";
        document.body.append(script);
        const image = document.createElement("img");
        image.src = "http://127.0.0.1:9/x.png";
        document.body.append(image);
        await fetch("http://127.0.0.1:9/").catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, 200));
        return [window.hit ?? null, seen.sort()];""")
    assert told[0] is None
    assert {"script-src-elem", "img-src", "connect-src"} <= set(told[1])
    assert len(page.complaints()) >= 3  # The browser's own words of it, which the fixture is not to meet.


def test_names_full_of_html_are_texts_everywhere(page, fleet, images):
    images.add("bad", b"1" * 1000, status=404)
    fleet.start()
    fleet.agent("host-0", start=False)
    label = {"rack": HOSTILE, HOSTILE: "x", "__proto__": "y", "constructor": "z"}
    hosts = [{"name": "host-0", "address": "127.0.0.1", "port": 9, "enabled": False, "disabled_reason": HOSTILE, "labels": label}]
    entry = {"id": "bad", "name": HOSTILE, "url": images.url("bad"), "allow_unverified": True}
    fleet.apply([entry], [{"name": HOSTILE, "hosts": ["host-0"], "availability_zone": HOSTILE, "metadata": {}}], hosts)
    (aggregate,) = fleet.call("GET", "/v1/aggregates").json["aggregates"]
    policy = {"aggregates": [HOSTILE], "images": [{"newest": {"name": HOSTILE}}], "enabled": False}
    assert fleet.call("PUT", "/v1/policies/hostile", policy).status == 201
    job = fleet.await_end(fleet.cache("bad", aggregate=str(aggregate["id"]))["id"])
    quoted = re.sub(r"[^A-Za-z0-9_.!~*'()-]", lambda sign: f"%{ord(sign[0]):02X}", HOSTILE)
    for place, texts in [
        ("#/jobs", [HOSTILE]), (f"#/jobs/{job['id']}", [HOSTILE, "host disabled", f": {HOSTILE}"]), ("#/coverage", ["Coverage"]),
        (f"#/coverage/{quoted}", [HOSTILE]), (f"#/coverage/{quoted}/bad", [HOSTILE, "host-0"]), ("#/policies", [HOSTILE]),
        ("#/policies/hostile", [HOSTILE]), ("#/hosts", [f"rack={HOSTILE}"]), ("#/hosts/host-0", [HOSTILE, "disabled"]),
        ("#/service", ["Controllers"]), (f"#/{quoted}", ["There is no such place"]), ("#/hosts/%E0%A4%A", ["Jobs"]),
    ]:
        page.open(place).sees(*texts)
        assert page.script("return window.hit ?? null") is None, place
        assert page.all("main img, main script, main b b") == [], place
