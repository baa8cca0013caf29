"""What the page shows beside jobs: coverage, policies, hosts, the service itself."""

import json
import threading
import time

from fleet import speaking
from image_server import entry
from scripted_answers import refuse, scripted
from test_page_job import small_fleet


def test_jobs_are_listed_with_what_became_of_them_and_who_asked(page, fleet, images):
    images.add("lost", b"1" * 1000, status=404)
    small_fleet(fleet, images)
    page.open("#/jobs").sees("No jobs yet", "precache cache AGGREGATE IMAGE", "No job is under way.")
    # It comes by itself, without a reload.
    first = fleet.await_end(fleet.cache("one")["id"])
    page.sees("web ← one", first["id"][:8], "succeeded", "2 / 2", "test-admin")
    second = fleet.await_end(fleet.cache("one", "lost", keep_seconds=60)["id"])
    page.until("both jobs' bars", """
        const bars = [...document.querySelectorAll('.stack')].map((bar) => bar.getAttribute('aria-label'));
        return bars.join('; ') === '2 existing, 2 error; 2 cached';""")
    page.script("const select = document.querySelector('select'); select.value = 'partial'; select.dispatchEvent(new Event('change'));")
    page.until("the filter", "return document.querySelectorAll('tbody tr').length === 1")
    assert second["id"][:8] in page.text
    page.click("web ← one, lost")
    page.sees(second["id"], "Kept for")


def test_more_jobs_than_fit_come_when_asked_for(page, fleet, images):
    small_fleet(fleet, images, hosts=1)
    for number in range(53):
        fleet.await_end(fleet.cache("one")["id"])
    page.open("#/jobs").sees("Older jobs")
    assert len(page.all("tbody tr")) == 50
    page.click("Older jobs")
    page.until("the rest", "return document.querySelectorAll('tbody tr').length === 53")


def test_coverage_is_a_matrix_that_leads_to_who_lacks_what_and_why(page, fleet, images):
    for name in ("one", "lost"):
        images.add(name, name.encode() * 1000)
    images.images["/lost"].status = 404
    fleet.start()
    agents = [speaking(fleet, f"host-{number}") for number in range(3)]
    names = [agent.name for agent in agents]
    fleet.apply([entry(images, "one"), entry(images, "lost")],
                [{"name": "web", "hosts": names}, {"name": "gpu", "hosts": names[:1]}, {"name": "none", "hosts": []}])
    page.open("#/coverage").sees("No host has an image yet")
    fleet.await_end(fleet.cache("one", aggregate="gpu")["id"])
    policy = {"aggregates": ["web"], "images": [{"id": "lost"}]}
    assert fleet.call("PUT", "/v1/policies/wants", policy).status == 201
    fleet.eventually("a policy's job having failed", lambda: any(
        job["policy"] and job["state"] == "failed" for job in fleet.call("GET", "/v1/jobs").json["jobs"]))
    page.open("#/coverage").sees("3 aggregates", "lost", "100 %", "33 %", "2 lack it", "all warm", "3 lack it")
    heads = page.script("return [...document.querySelectorAll('thead th')].map((head) => head.innerText)")
    assert heads == ["Image", "gpu", "none", "web"]
    page.click("33 %\n2 lack it")
    page.sees("one on web", "missing 2", "warm 1", "host-1", "host-2", "no attempt has failed")
    page.click("warm 1")
    page.until("who has it", "return [...document.querySelectorAll('tbody th')].map((host) => host.innerText).join() === 'host-0'")
    assert "How warm it was" not in page.text
    web = next(one["id"] for one in fleet.call("GET", "/v1/aggregates").json["aggregates"] if one["name"] == "web")
    for minutes, warm in ((90, 0), (30, 2), (5, 1)):
        fleet.sql("INSERT INTO coverage_history (aggregate_id, image_id, at, total, warm, stale, missing, unsupported, damaged, disabled) "
                  f"VALUES ({web}, 'one', {int((time.time() - 60 * minutes) * 1e6)}, 3, {warm}, 0, {3 - warm}, 0, 0, 0)")
    page.go("#/coverage").go("#/coverage/web/one").sees("How warm it was")
    page.until("it being drawn", "return document.querySelector('svg.timeline')?.getAttribute('aria-label') "
               "=== 'From 0 % to 33 % within 1 h 30 min'")
    page.go("#/coverage/web/lost").sees("missing 3", "image not found", "404", "Do: is the id right")
    page.go("#/policies").sees("wants", "held", "image not found on 3 hosts", "lost", "on web")
    page.click("wants")
    page.sees("What holds it up", "asked again in", "Superseded images are", "no longer kept", "Do: is the id right")


def test_the_matrix_goes_on_as_aggregates_come_and_go_whatever_their_names(page, fleet, images):
    images.add("one", b"1" * 1000)
    scripted(page, fleet)
    agent = speaking(fleet, "host-0")
    names = ["..", "goes", "web"]
    fleet.apply([entry(images, "one")], [{"name": name, "hosts": [agent.name]} for name in names])
    fleet.await_end(fleet.cache("one", keep_seconds=600)["id"])
    ids = {one["name"]: one["id"] for one in fleet.call("GET", "/v1/aggregates").json["aggregates"]}

    def sees_columns(*names):
        page.until(f"columns {names}", """
            const heads = [...document.querySelectorAll("thead th")].map((head) => head.innerText);
            return heads.join() === ["Image", ...arguments[0]].join();""", names)

    page.go("#/coverage")
    sees_columns("..", "goes", "web")
    # One that goes just before its column is read.
    refuse(page, f"/v1/aggregates/{ids['goes']}/coverage", 404, times=1000)
    sees_columns("..", "web")
    # Whoever stands in it with the keyboard stays where they are.
    page.script("document.querySelector('thead a').focus()")
    assert fleet.call("DELETE", "/v1/aggregates/goes").status == 204
    assert fleet.call("PUT", "/v1/aggregates/comes", {}).status == 201
    sees_columns("..", "comes", "web")
    assert page.script("return document.activeElement.innerText") == ".."
    page.go("#/coverage/..")
    sees_columns("..")
    page.sees("100 %", "all warm").go("#/coverage/../one").sees("one on ..", "warm 1", "host-0")


def test_a_host_tells_how_it_is_what_it_holds_and_why_that_stays(page, fleet, images):
    images.add("one", b"1" * 300_000)
    fleet.start()
    speaking(fleet, "host-0")
    fleet.agent("host-1", start=False)
    fleet.apply([entry(images, "one")])
    fleet.await_end(fleet.cache("one", keep_seconds=3600)["id"])
    fleet.eventually("its heartbeat naming it", lambda: fleet.call("GET", "/v1/hosts/host-0").json["images"])
    page.open("#/hosts").sees("2 hosts", "host-0", "host-1", "never heard of", "Free disk", "Agents by version")
    page.click("host-0")
    page.sees("every 2 s", "Disk of the cache", "free", "Last results", "a job keeps it, until", "nobody", "verified", "293 KiB")
    page.open("#/hosts/host-1").sees("never heard of", "Nothing is known before its first heartbeat", "didn't tell")
    page.open("#/hosts/host-2").sees("Not here", "host-2")


def test_a_hosts_files_are_asked_for_again_while_one_looks(page, fleet, images):
    images.add("one", b"1" * 300_000)
    scripted(page, fleet)
    agent = fleet.agent("host-0")
    fleet.apply([entry(images, "one")])
    page.go("#/hosts/host-0").sees("Its cache is empty.")
    fleet.await_end(fleet.cache("one")["id"])
    page.sees("293 KiB", "nobody")
    assert agent.call("DELETE", "/v1/images/one").status == 204
    page.sees("Its cache is empty.", "Went lately", "asked")


def test_the_fleet_is_counted_and_searched(page, fleet):
    fleet.start()
    hosts = [{"name": f"h{number}", "labels": {"rack": f"r{number % 3}"}, "enabled": number != 7} for number in range(130)]
    fleet.apply(hosts=hosts)
    for number in range(20):
        body = {"interval_seconds": 30, "version": f"0.{number % 2}", "started_at": "2026-11-29T10:00:00Z", "images": [], "tasks": 0,
                "disk": {"total_bytes": 1000, "free_bytes": 50 * number}, "cache": {"images": 0, "bytes": 0}}
        assert fleet.call("PUT", f"/v1/hosts/h{number}/heartbeat", body, role="agent").status == 200
    stranger = {**body, "version": "1"}
    assert fleet.call("PUT", "/v1/hosts/stranger/heartbeat", stranger, role="agent").status == 404
    page.open("#/hosts").sees("130 hosts", "100 of 130", "Heartbeats that were refused", "stranger", "unknown host")
    label = page.label(".histogram")
    assert "2 with 0 to 10 % free" in label and "2 with 90 to 100 % free" in label
    counts = page.script("return [...document.querySelectorAll('.counts')].map((list) => list.innerText.split(/\\s*\\n\\s*/))")
    assert counts == [["up", "19", "down", "0", "never heard of", "110", "disabled", "1"], ["0.1", "10", "0.0", "10"]]
    page.one("input[type=search]").send_keys("rack=r2")
    page.until("43 of them", "return document.querySelectorAll('main > div:last-of-type tbody tr').length === 43")
    page.script("const select = document.querySelector('select'); select.value = 'full'; select.dispatchEvent(new Event('change'));")
    page.until("no full one", "return document.querySelector('.head .hint').textContent === '0'")
    assert "No host is like that." in page.text


def test_the_service_tells_of_its_controllers_sources_webhooks_and_agents(page, fleet, images):
    small_fleet(fleet, images, webhooks__allow_internal=True)
    page.open("#/service").sees("Controllers", "answers you", "Nobody is told of jobs.", "No agent was heard of yet.")
    assert fleet.call("PUT", "/v1/webhooks/ends", {"url": "http://127.0.0.1:9/x?key=secret"}).status == 201
    fleet.await_end(fleet.cache("one")["id"])
    body = {"interval_seconds": 30, "version": "9.8.7", "started_at": "2026-11-29T10:00:00Z", "images": [], "tasks": 0,
            "disk": {"total_bytes": 1000, "free_bytes": 50}, "cache": {"images": 0, "bytes": 0}}
    assert fleet.call("PUT", "/v1/hosts/host-0/heartbeat", body, role="agent").status == 200
    fleet.eventually("a delivery having failed",
                     lambda: fleet.call("GET", "/v1/webhooks/ends").json["webhook"]["state"] == "failing")
    page.open("#/service").sees("ends", "failing since", "http://127.0.0.1:9/x", "9.8.7", "No host downloads from a source at the moment.")
    assert "secret" not in page.text and "secret" not in json.dumps(page.script("return document.body.innerHTML"))


def test_sources_are_told_with_the_downloads_that_go_on(page, fleet, images):
    gate = threading.Event()
    images.add("one", b"1" * 400_000, gate=gate)
    small_fleet(fleet, images)
    job = fleet.cache("one")
    images.await_requests(2)
    page.open("#/service").sees("Sources")
    rows = "return [...document.querySelectorAll('table')].find((table) => table.caption.textContent === 'Sources')?.innerText"
    shown = page.until("both downloads", f"const told = ({rows[7:]}) ?? ''; return told.includes('\\t2') && told")
    assert images.url("").rstrip("/") in shown
    gate.set()
    fleet.await_end(job["id"])


def test_a_history_longer_than_an_answer_is_drawn_whole(page, fleet):
    scripted(page, fleet)
    fleet.apply([{"id": "one", "url": "http://127.0.0.1/one", "allow_unverified": True}])
    assert fleet.call("PUT", "/v1/policies/base", {"aggregates": ["web"], "images": [{"id": "one"}]}).status == 201
    # The newest first, a minute apart, 100 at most in an answer.
    page.script("""
        const moment = (age) => ({ at: new Date(Date.now() - 60000 * age).toISOString(),
                                   status: { fraction: 1 - age / 250 } });
        told.answers["/v1/policies/base/history"] = (fields) => {
            const from = Number(fields.get("after") ?? 0), end = Math.min(251, from + Math.min(100, Number(fields.get("limit"))));
            return { history: Array.from({ length: end - from }, (_, index) => moment(from + index)),
                     next: end < 251 ? String(end) : null };
        };""")
    page.go("#/policies/base").sees("How warm it was")
    assert page.label(".timeline") == "From 0 % to 100 % within 4 h 10 min"


def test_a_policy_is_shown_where_a_controller_is_too_old_to_tell_its_jobs_apart(page, fleet):
    scripted(page, fleet)
    fleet.apply([{"id": "one", "url": "http://127.0.0.1/one", "allow_unverified": True}])
    assert fleet.call("PUT", "/v1/policies/base", {"aggregates": ["web"], "images": [{"id": "one"}]}).status == 201
    refuse(page, "/v1/jobs?policy=base", 400, times=10_000)
    page.go("#/policies/base").sees("What holds it up")
    assert "Its last jobs" not in page.text


def test_hosts_that_come_change_and_go_are_told_of_while_one_looks(page, fleet):
    scripted(page, fleet)
    fleet.apply(hosts=[{"name": "host-0"}])
    page.go("#/hosts").sees("1 host", "host-0")
    page.script("document.querySelector('tbody a').focus()")
    fleet.apply(hosts=[{"name": "host-0"}, {"name": "host-1"}])
    page.sees("2 hosts", "host-1")
    assert page.script("return document.activeElement.innerText") == "host-0"
    page.go("#/hosts/host-0").sees("Disk of the cache")
    assert fleet.call("DELETE", "/v1/hosts/host-0").status == 204
    page.until("it being gone", "return document.querySelector('main .problem[role=alert]')?.innerText.includes('host-0')")
    page.script("window.alert_ = document.querySelector('main .problem[role=alert]')")
    rounds = page.script("return told.rounds")
    page.until("it being asked for again", "return told.rounds > arguments[0] + 2", rounds)
    assert page.script("return document.querySelector('main .problem[role=alert]') === alert_"), "it is said once"


def test_how_a_policy_stood_is_drawn(page, fleet, images):
    images.add("one", b"1" * 1000)
    fleet.start()
    speaking(fleet, "host-0")
    fleet.apply([entry(images, "one")])
    assert fleet.call("PUT", "/v1/policies/base", {"aggregates": ["web"], "images": [{"id": "one"}]}).status == 201
    fleet.eventually("it being met", lambda: fleet.call("GET", "/v1/policies/base").json["policy"]["status"]["state"] == "met")
    fleet.eventually("two moments of it", lambda: len(fleet.call("GET", "/v1/policies/base/history").json["history"]) > 1)
    by_hand = fleet.cache("one")["id"]
    page.open("#/policies/base").sees("met", "100 %", "How warm it was", "What holds it up", "Nothing.", "Its last jobs", "1 / 1")
    made = page.script("return [...document.querySelectorAll('main a[href^=\"#/jobs/\"]')].map((link) => link.hash.slice(7))")
    # It stands among the open jobs, too, where its host tells of the image before its end is known.
    assert len(set(made)) == 1 and by_hand not in made
    assert page.label("svg.timeline").startswith("From 0 % to 100 %")
