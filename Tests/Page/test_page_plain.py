"""Jobs without JavaScript: a plain list, for who is let in by a password that is a token."""

import base64

import pytest

from fleet import request
from test_page_access import HOSTILE
from test_page_job import small_fleet


@pytest.fixture
def plain(page):
    """The same tab with its JavaScript off."""
    page.command("Emulation.setScriptExecutionDisabled", value=True)
    yield page
    page.command("Emulation.setScriptExecutionDisabled", value=False)


def words(page) -> str:
    return page.one("body").text


def test_without_javascript_a_link_leads_to_a_plain_list(plain, fleet, images):
    small_fleet(fleet, images, auth__mode="none")
    jobs = [fleet.await_end(fleet.cache("one")["id"]) for _ in range(2)]
    plain.driver.get(plain.address)
    assert "precache job show JOB" in words(plain)
    plain.one("noscript a, main a[href='jobs.html']").click()
    rows = [row.text for row in plain.all("tbody tr")]
    assert len(rows) == 2 and jobs[1]["id"] in rows[0] and jobs[0]["id"] in rows[1], "the newest first"
    assert all(text in rows[1] for text in ("succeeded", "web ← one", "2 cached", "2 / 2", jobs[0]["created_at"][:19].replace("T", " "))), rows[1]
    heads = [row.find_element("css selector", "th[scope=row]").text for row in plain.all("tbody tr")]
    assert heads == ["succeeded", "succeeded"] and len(plain.all("table caption")) == 1
    plain.driver.find_element("link text", "failed").click()
    assert [chosen.text for chosen in plain.all("[aria-current=page]")] == ["failed"]
    assert "No such job." in words(plain)
    plain.driver.find_element("link text", "Precache").click()
    assert len(plain.all("tbody tr")) == 2


def test_a_token_is_the_password_of_the_plain_list(plain, fleet, images):
    small_fleet(fleet, images)
    job = fleet.await_end(fleet.cache("one")["id"])
    bare = plain.address.removeprefix("http://")
    # As if somebody had typed both into the browser's own form.
    plain.driver.get(f"http://me:{fleet.token('reader')}@{bare}jobs.html")
    assert job["id"] in words(plain)
    # The browser knows it from now on, for this place alone.
    plain.driver.get(f"http://{bare}jobs.html?state=succeeded")
    assert job["id"] in words(plain)
    plain.driver.get(f"{fleet.url}/v1/jobs")
    assert "unauthorized" in plain.driver.page_source and job["id"] not in plain.driver.page_source
    plain.look(360, 740)
    plain.driver.get(f"http://{bare}jobs.html")
    wide = plain.command("Page.getLayoutMetrics")["cssContentSize"]["width"]
    assert wide <= 360, wide


def ask(fleet, password=None, path="/ui/jobs.html", **headers):
    basic = {"Authorization": f"Basic {base64.b64encode(f'x:{password}'.encode()).decode()}"} if password else {}
    return request(fleet.url + path, headers={**basic, **headers})


def test_wrong_passwords_are_slowed_down_like_wrong_tokens(fleet):
    fleet.start()
    refused = ask(fleet)
    assert refused.status == 401 and refused.headers.get_all("WWW-Authenticate")[-1].startswith("Basic ")
    assert b"the password, a token" in refused.body and b"<table" not in refused.body
    right = ask(fleet, fleet.token("reader"))
    assert right.status == 200 and right.headers["Cache-Control"] == "no-store"
    seen = []
    while 429 not in seen and len(seen) < 200:
        last = ask(fleet, "guess")
        seen.append(last.status)
    assert set(seen) == {401, 429}, seen
    assert is_told(last, b"Too many wrong tokens")
    assert ask(fleet, fleet.token("reader")).status == 200, "a right one always comes in"
    # No other path takes it: not with a right token either.
    assert ask(fleet, fleet.token("admin"), "/v1/jobs").status in (401, 429)


def is_told(answer, text: bytes) -> bool:
    """Whether people are told it, not programs."""
    return answer.headers["Content-Type"].startswith("text/html") and text in answer.body


def test_who_gets_no_list_is_told_why_in_words(fleet):
    fleet.start()
    agents, unknown = ask(fleet, fleet.token("agent")), ask(fleet, fleet.token("reader"), "/ui/jobs.html?state=lost")
    assert agents.status == 403 and is_told(agents, b"role reader")
    assert unknown.status == 400 and is_told(unknown, b"no such list")


def test_where_nobody_needs_a_token_another_sites_page_gets_no_list(fleet):
    fleet.start(auth__mode="none")
    assert ask(fleet).status == 200
    assert ask(fleet, **{"Sec-Fetch-Site": "cross-site"}).status == 403
    assert ask(fleet, Host="evil.example").status == 403


def test_hostile_names_are_texts_on_the_plain_list(page, fleet, images):
    images.add("bad", b"1" * 1000, status=404)
    fleet.start(auth__mode="none")
    fleet.agent("host-0")
    image = {"id": "bad", "name": HOSTILE, "url": images.url("bad"), "allow_unverified": True}
    fleet.apply([image], [{"name": HOSTILE, "hosts": ["host-0"], "metadata": {}}])
    (aggregate,) = fleet.call("GET", "/v1/aggregates").json["aggregates"]
    fleet.await_end(fleet.cache("bad", aggregate=str(aggregate["id"]))["id"])
    # With JavaScript on, so that what isn't a text would run.
    page.driver.get(page.address + "jobs.html")
    assert f"{HOSTILE} ← {HOSTILE}" in page.text
    assert page.script("return window.hit ?? null") is None and page.all("main img, main script") == []
