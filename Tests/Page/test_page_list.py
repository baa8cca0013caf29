"""The list of jobs: read once, then followed by the stream of all jobs' events."""

import secrets
import threading

from test_page_job import small_fleet

LISTS = """
return performance.getEntriesByType("resource").map((entry) => entry.name.replace(/^.*\\/v1/, "/v1"))
    .filter((name) => name.startsWith("/v1/jobs"));"""


def rows(page) -> list[str]:
    return page.script("return [...document.querySelectorAll('tbody tr')].map((row) => row.innerText.replace(/\\s+/g, ' '))")


def test_the_list_follows_what_happens_and_asks_for_nothing_else(page, fleet, images):
    gate = threading.Event()
    images.add("one", secrets.token_bytes(400_000), gate=gate)
    images.add("two", b"2" * 1000)
    small_fleet(fleet, images)
    old = fleet.await_end(fleet.cache("two")["id"])
    page.open("#/jobs").sees("web ← two", "succeeded", "live")
    page.script("window.row = document.querySelector('tbody tr')")
    # The old row's age goes on, and nothing is asked for while nothing happens.
    age = "return document.querySelector('tbody tr time').textContent"
    was = page.script(age)
    page.until("its age going on", f"{age} !== arguments[0]", was)
    # A read shows when it has ended, some time after the page says "live".
    first = page.script(LISTS)
    was = page.script(age)
    page.until("its age going on once more", f"{age} !== arguments[0]", was)
    assert page.script(LISTS) == first and len(first) <= 2, "the list is read at first, and when the stream begins"
    job = fleet.cache("one", parallelism=1)
    page.sees("web ← one", "running", "1 under way.")
    bar = "return document.querySelector('tbody tr .stack').getAttribute('aria-label')"
    page.until("who is at it", f"{bar} === '1 running, 1 pending'")
    # Bytes come without an event; its rate and what is left follow from them.
    page.until("its rate and time left", """
        const cells = [...document.querySelector('tbody tr').cells].map((cell) => [cell.dataset.title, cell.innerText]);
        const { Bytes, Rate, Left } = Object.fromEntries(cells);
        return Bytes === "195 KiB" && Rate.endsWith('B/s') && /\\d (s|min|h)/.test(Left);""")
    gate.set()
    page.until("its end", f"{bar} === '2 cached'")
    page.sees("No job is under way.", "2 / 2")
    assert [row.split(" ")[0] for row in rows(page)] == ["succeeded", "succeeded"]
    asked = page.script(LISTS)[len(first):]
    assert asked and set(asked) == {f"/v1/jobs/{job['id']}"}, "only what changed is read again"
    assert page.script("return window.row === document.querySelectorAll('tbody tr')[1]"), "a row stays what it is"
    assert old["id"][:8] in rows(page)[1]


def test_the_list_takes_in_and_lets_go_what_its_filters_say(page, fleet, images):
    gate = threading.Event()
    images.add("one", secrets.token_bytes(400_000), gate=gate)
    small_fleet(fleet, images)
    page.open("#/jobs").sees("No jobs yet", "live")
    page.script("const select = document.querySelector('select'); select.value = 'running'; select.dispatchEvent(new Event('change'));")
    page.sees("No job is like that.")
    job = fleet.cache("one")
    page.sees(job["id"][:8], "running", "1 under way.")
    gate.set()
    fleet.await_end(job["id"])
    page.sees("No job is like that.", "No job is under way.")
    page.all("input[type=search]")[0].send_keys("other")
    page.script("const select = document.querySelector('select'); select.value = ''; select.dispatchEvent(new Event('change'));")
    page.until("the aggregate's jobs being asked for",
               "return performance.getEntriesByType('resource').some((entry) => entry.name.includes('aggregate=other'))")
    page.sees("No job is like that.")
    assert not rows(page)
    page.all("input[type=search]")[0].clear()
    page.all("input[type=search]")[0].send_keys("we")
    page.all("input[type=search]")[0].send_keys("b")
    page.sees(job["id"][:8], "succeeded")


def test_a_policys_jobs_are_listed_by_its_name(page, fleet, images):
    small_fleet(fleet, images)
    assert fleet.call("PUT", "/v1/policies/base", {"aggregates": ["web"], "images": [{"id": "one"}]}).status == 201
    fleet.eventually("its job's end", lambda: [
        job["state"] for job in fleet.call("GET", "/v1/jobs?policy=base").json["jobs"]] == ["succeeded"])
    asked = fleet.await_end(fleet.cache("one")["id"])
    page.open("#/jobs").sees(asked["id"][:8], "test-admin", "policy base")
    aggregate, policy = page.all("input[type=search]")
    aggregate.send_keys("web")
    policy.send_keys("base")
    page.until("its job alone", "return document.querySelectorAll('tbody tr').length === 1")
    assert "policy base" in rows(page)[0]
    policy.send_keys("s")
    page.sees("No job is like that.")


def test_the_list_goes_on_when_the_service_was_away(page, fleet, images):
    small_fleet(fleet, images)
    first = fleet.await_end(fleet.cache("one")["id"])
    page.open("#/jobs").sees(first["id"][:8], "live")
    fleet.service.kill()
    page.sees("The service doesn't answer", "reconnecting")
    assert first["id"][:8] in page.text, "what it said last stays"
    fleet.restart()
    second = fleet.await_end(fleet.cache("one")["id"])
    page.sees(second["id"][:8], "live")
    page.until("it being heard again", "return document.getElementById('banner').hidden")
    assert len(rows(page)) == 2


def test_a_view_that_was_never_loaded_comes_once_the_service_is_back(page, fleet):
    fleet.start()
    page.open("#/jobs").sees("No jobs yet", "live")
    fleet.service.kill()
    page.sees("The service doesn't answer")
    page.script("location.hash = '#/hosts'")
    page.until("the hosts' code having been asked for",
               "return performance.getEntriesByType('resource').some((entry) => entry.name.endsWith('/fleet.js'))")
    fleet.restart()
    page.sees("All hosts", "No hosts yet.")


def test_a_tab_that_nobody_looks_at_lets_go_of_its_stream_and_takes_it_up_again(page, fleet, images):
    # What a browser keeps open for its next request is closed soon.
    small_fleet(fleet, images, listen__limits__idle_timeout_seconds=0.2)
    page.open("#/jobs").sees("No jobs yet", "live")
    fleet.eventually("the stream alone being open", lambda: listeners(fleet) == 1)
    # As a browser says it, with the wait cut short.
    page.script("""
        window.setTimeoutOfOld = window.setTimeout;
        window.setTimeout = (work, wait, ...more) => window.setTimeoutOfOld(work, wait >= 20000 ? 0 : wait, ...more);
        const tell = (hidden) => { Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
                                   document.dispatchEvent(new Event("visibilitychange")); };
        window.tell = tell;
        tell(true);""")
    fleet.eventually("nobody listening", lambda: listeners(fleet) == 0)
    job = fleet.await_end(fleet.cache("one")["id"])
    assert job["id"][:8] not in page.text
    page.script("tell(false)")
    page.sees(job["id"][:8], "succeeded")
    assert "reconnecting" not in page.text


def listeners(fleet) -> int:
    """Connections that somebody holds open to the service, but for the one that asks."""
    with open(f"/proc/{fleet.service.process.pid}/net/tcp") as table:
        mine = f":{fleet.port:04X} "
        return sum(1 for line in table if line.split()[3] == "01" and mine in line.split()[1] + " ")
