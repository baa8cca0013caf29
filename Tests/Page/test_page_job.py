"""A job on the page: as it goes on, as it failed, and when the service is away for a while."""

import secrets
import threading

import pytest

from image_server import entry


def small_fleet(fleet, images, hosts=2, **settings):
    """Real agents in two racks, and an image that they can have."""
    if "/one" not in images.images:
        images.add("one", secrets.token_bytes(200_000))
    fleet.start(**settings)
    agents = [fleet.agent(f"host-{number}") for number in range(hosts)]
    fleet.apply([entry(images, name[1:]) for name in images.images], hosts=[
        {"name": agent.name, "address": agent.address, "port": agent.port, "labels": {"rack": f"r{index % 2 + 1}"}}
        for index, agent in enumerate(agents)])
    return agents


def outcomes(page) -> dict:
    """The key's counts."""
    return page.script("""
        return Object.fromEntries([...document.querySelectorAll(".key")].map((key) =>
            [key.children[1].textContent, Number(key.querySelector(".count").textContent)]).filter(([, count]) => count > 0));""")


def colour_of(page, host) -> str:
    """The colour of a host's square, by its outcome's name; "hollow" if it has none."""
    return page.wait_for_module("""
        const canvas = document.querySelector("canvas"), host = given[0];
        const style = getComputedStyle(canvas);
        const box = canvas.getBoundingClientRect();
        for (let y = 1; y < box.height; y += 3) {
            for (let x = 1; x < box.width; x += 3) {
                const at = { clientX: box.left + x, clientY: box.top + y, bubbles: true };
                canvas.dispatchEvent(new PointerEvent("pointermove", at));
                const tip = document.querySelector(".tip");
                if (tip.hidden || tip.querySelector("b").textContent !== host) continue;
                canvas.dispatchEvent(new PointerEvent("pointerleave"));
                const [red, green, blue] = canvas.getContext("2d").getImageData(x + 2, y + 2, 1, 1).data;
                const hex = "#" + [red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("");
                for (const name of ["cached", "existing", "unsupported", "running", "error", "skipped", "cancelled", "hollow"]) {
                    if (style.getPropertyValue(`--${name}`).trim() === hex) return name;
                }
                return hex;
            }
        }
        return null;""", host)


def test_bytes_of_an_image_whose_size_nobody_told_have_no_total_until_it_is_known(page, fleet, images):
    gate = threading.Event()
    images.add("one", secrets.token_bytes(400_000), gate=gate, chunked=True)
    small_fleet(fleet, images, hosts=1)
    fleet.apply([entry(images, "one") | {"size_bytes": None}])
    job = fleet.cache("one")
    page.open(f"#/jobs/{job['id']}").sees("256 KiB", "of an unknown size")
    gate.set()
    fleet.await_end(job["id"])
    page.sees("of 391 KiB")


def test_a_job_is_followed_to_its_end_as_it_happens(page, fleet, images):
    gate = threading.Event()
    images.add("one", secrets.token_bytes(400_000), gate=gate)
    small_fleet(fleet, images, hosts=3)
    job = fleet.cache("one", parallelism=2)
    page.open(f"#/jobs/{job['id']}").sees("web ← one", "running", "live", "Hosts at once")
    page.until("two hosts at it", "return document.querySelector('.key.is-running .count').textContent === '2'")
    assert outcomes(page) == {"running": 2, "pending": 1}
    page.script("window.same = document.querySelector('canvas')")
    gate.set()
    page.sees("succeeded", "3 / 3", "Took", "Where bytes came from", "Slowest hosts")
    page.until("every outcome", "return document.querySelector('.key.is-cached .count').textContent === '3'")
    assert outcomes(page) == {"cached": 3}
    page.until("the last square being painted", "return document.querySelector('.live').textContent === ''")
    assert [colour_of(page, f"host-{number}") for number in range(3)] == ["cached"] * 3
    # It is the same page all the time: nothing was loaded anew.
    assert page.script("return window.same === document.querySelector('canvas')")


def test_failures_say_why_and_what_to_do_and_operators_try_again(page, fleet, images):
    images.add("lost", b"1" * 1000, status=404)
    small_fleet(fleet, images)
    job = fleet.await_end(fleet.cache("one", "lost")["id"])
    assert job["state"] == "partial"
    place = f"#/jobs/{job['id']}"
    page.open(place, role="reader").sees(
        "partial", "What did not end well", "image not found", "the source answered 404 or 410", "Do: is the id right", "host-0")
    assert outcomes(page) == {"cached": 2, "error": 2}
    assert page.all("button.primary, button.danger") == []
    assert colour_of(page, "host-1") == "error"
    # The key leads to the list of them.
    page.click("error\n2", "button.key")
    rows = page.until("the list", "return [...document.querySelectorAll('.results tbody tr')].map((row) => row.innerText).length === 2 "
                                  "&& [...document.querySelectorAll('.results tbody tr')].map((row) => row.innerText)")
    assert all("image not found" in row for row in rows)
    images.images["/lost"].status = 200
    page.open(place, role="operator").sees("Retry 2 results")
    page.click("Retry 2 results")
    page.click("Yes, as a new job")
    page.sees("Retry of", job["id"][:8], "succeeded")
    assert page.script("return location.hash") != place
    (again,) = [one for one in fleet.call("GET", "/v1/jobs").json["jobs"] if one["retry_of"]]
    assert again["id"] in page.text


def test_a_job_that_asks_hosts_for_different_images_shows_what_it_asks_for(page, fleet, images):
    for name in ("one", "two"):
        images.add(name, secrets.token_bytes(200_000))
    agents = small_fleet(fleet, images)
    fleet.apply([entry(images, name) for name in ("one", "two")], [
        {"name": "web", "hosts": ["host-0", "host-1"]}, {"name": "first", "hosts": ["host-0"]}, {"name": "second", "hosts": ["host-1"]}])
    for name, aggregate in (("one", "first"), ("two", "second")):
        fleet.await_end(fleet.cache(name, aggregate=aggregate)["id"])
    wanted = {"aggregates": ["web"], "images": [{"id": "one"}, {"id": "two"}]}
    assert fleet.call("PUT", "/v1/policies/both", wanted).status == 201
    fleet.eventually("its job's end", lambda: [
        job["state"] for job in fleet.call("GET", "/v1/jobs?policy=both").json["jobs"]] == ["succeeded"])
    (job,) = fleet.call("GET", "/v1/jobs?policy=both").json["jobs"]
    assert len(job["images"]) == len(agents) == job["results"]["cached"] == 2
    page.open(f"#/jobs/{job['id']}").sees("succeeded", "2 results", "Slowest hosts")
    page.until("both results and no more", """
        const found = [...document.querySelectorAll(".results tbody tr")].map((row) => row.cells[0].innerText + row.cells[1].innerText);
        return found.sort().join() === "host-0two,host-1one";""")
    assert page.label(".timeline").startswith("Outcomes over time: 2 of 2 after")
    assert [colour_of(page, f"host-{number}") for number in range(2)] == ["cached"] * 2
    page.script("""
        const select = [...document.querySelectorAll('.map select')].find((one) => one.options.length === 3);
        select.value = '0';
        select.dispatchEvent(new Event('change'));""")
    colours = [colour_of(page, f"host-{number}") for number in range(2)]
    assert colours[1] == "cached" and colours[0].startswith("#"), "of an image that it isn't asked for a host has no square"


def test_a_job_is_cancelled_by_who_says_so_twice(page, fleet, images):
    gate = threading.Event()
    images.add("one", secrets.token_bytes(400_000), gate=gate)
    small_fleet(fleet, images)
    job = fleet.cache("one")
    page.open(f"#/jobs/{job['id']}", role="operator").sees("running")
    page.click("Cancel job")
    page.sees("Yes, cancel it")
    assert fleet.job(job["id"])["state"] == "running"
    page.click("Yes, cancel it")
    page.sees("cancelled", "someone cancelled the job")
    gate.set()


@pytest.mark.parametrize("ending", ["kill", "terminate"])
def test_the_page_goes_on_when_the_service_was_away(page, fleet, images, ending):
    gate = threading.Event()
    images.add("one", secrets.token_bytes(400_000), gate=gate)
    small_fleet(fleet, images)
    job = fleet.cache("one")
    page.open(f"#/jobs/{job['id']}").sees("running", "live")
    page.script("window.same = document.querySelector('canvas')")
    getattr(fleet.service.process, ending)()
    fleet.service.wait()
    page.sees("The service doesn't answer", "reconnecting")
    assert "web ← one" in page.text, "what it said last stays"
    fleet.restart()
    page.until("it being heard again", "return document.getElementById('banner').hidden")
    page.sees("live")
    gate.set()
    page.sees("succeeded", "2 / 2")
    assert page.script("return window.same === document.querySelector('canvas')")


def test_a_stream_that_breaks_anywhere_is_put_together_again(page, fleet, images):
    small_fleet(fleet, images)
    page.open()
    told = page.wait_for_module("""
        const { EventParser } = await import("/ui/stream.js");
        const text = ": hello\\r\\nretry: 2000\\r\\n\\r\\nid: 7\\r\\nevent: outcome\\r\\ndata: {\\r\\ndata: }\\r\\n\\r\\nid: 8\\ndata:x\\n\\nid: 9\\nda";
        const all = [];
        for (const size of [1, 2, 3, 7, text.length]) {
            const seen = [];
            const parser = new EventParser((event) => seen.push([event.id, event.type, event.data]));
            parser.begin();
            for (let start = 0; start < text.length; start += size) parser.feed(text.slice(start, start + size));
            // What came half doesn't count: the next stream is asked for from the event before.
            all.push([seen, parser.lastID]);
            parser.begin();
            parser.feed("id: 9\\ndata: y\\n\\n");
            all.push([seen.at(-1), parser.lastID]);
        }
        return all;""")
    whole = [["7", "outcome", "{\n}"], ["8", "message", "x"]]
    assert [seen[:2] for seen, _ in told[::2]] == [whole] * 5
    assert [last for _, last in told[::2]] == ["8"] * 5
    assert told[1::2] == [[["9", "message", "y"], "9"]] * 5


def test_an_outcomes_event_brings_its_bytes_so_that_no_result_is_read_again(page, fleet):
    fleet.start()
    page.open().sees("No jobs yet")
    told = page.wait_for_module("""
        const { JobData } = await import("/ui/jobdata.js");
        const data = new JobData({ images: [{ id: "a" }, { id: "b" }], hosts: { total: 1 } });
        for (const image_id of ["a", "b"]) data.takeResult(
            { host: "h", image_id, outcome: "running", attempts: 1, bytes_done: 3, bytes_total: null });
        const event = { type: "outcome", host: "h", at: "2026-11-30T10:00:00.000000Z", attempt: 2 };
        data.takeEvent({ ...event, image_id: "a", outcome: "cached", bytes_done: 9, bytes_total: 9 });
        data.takeEvent({ ...event, image_id: "b", outcome: "error", reason: "no_space", detail: "full", bytes_done: 5,
                         bytes_total: null });
        return [0, 1].map((cell) => data.describe(cell)).map((row) => [row.outcome, row.done, row.total, row.attempts, row.reason]);""")
    assert told == [["cached", 9, 9, 2, None], ["error", 5, 0, 2, "no_space"]]


def test_a_result_that_came_well_in_the_end_keeps_no_earlier_reason(page, fleet):
    fleet.start()
    page.open().sees("No jobs yet")
    told = page.wait_for_module("""
        const { JobData } = await import("/ui/jobdata.js");
        const data = new JobData({ images: [{ id: "a" }], hosts: { total: 1 } });
        const row = { host: "h", image_id: "a", outcome: "running", attempts: 1, bytes_done: 3, bytes_total: null };
        const texts = () => [data.describe(0).outcome, data.describe(0).reason, data.describe(0).detail];
        data.takeResult({ ...row, reason: "connection_failed", detail: "reset" });
        const before = texts();
        data.takeEvent({ type: "outcome", host: "h", image_id: "a", outcome: "cached", reason: null, detail: null, attempt: 2,
                         at: "2026-11-30T10:00:00.000000Z", bytes_done: 9, bytes_total: 9 });
        return [before, texts()];""")
    assert told == [["running", "connection_failed", "reset"], ["cached", None, None]]


def test_a_stream_that_opens_is_no_failure_though_it_tells_nothing(page, fleet):
    fleet.start()
    page.open().sees("No jobs yet")
    waits = page.wait_for_module("""
        const { watch } = await import("/ui/stream.js");
        const leaving = new AbortController(), waits = [];
        window.fetch = async () => new Response("id: 1\\n\\n");
        window.setTimeout = (work, wait) => {
            waits.push(wait);
            if (waits.length === 6) leaving.abort();
            queueMicrotask(work);
        };
        await watch("/v1/events", { signal: leaving.signal, isLast: () => false, state() {}, take() {} });
        return waits;""")
    assert len(waits) == 6 and all(wait <= 500 for wait in waits), waits


def test_a_wait_for_somebody_to_look_ends_with_the_view_and_leaves_nothing_behind(page, fleet):
    fleet.start()
    page.open().sees("No jobs yet")
    told = page.wait_for_module("""
        const { seen } = await import("/ui/api.js");
        const how = (wait) => Promise.race([wait.then(() => "seen", () => "ended"),
                                            new Promise((resolve) => setTimeout(() => resolve("waits"), 0))]);
        const hide = (hidden) => {
            Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        };
        const leaving = new AbortController();
        let listeners = 0;
        const count = (name, step) => {
            const own = leaving.signal[name].bind(leaving.signal);
            leaving.signal[name] = (...given) => { listeners += step; own(...given); };
        };
        count("addEventListener", 1);
        count("removeEventListener", -1);
        hide(true);
        const waiting = seen(leaving.signal);
        const first = await how(waiting);
        hide(false);
        const second = [await how(waiting), listeners];
        hide(true);
        const last = seen(leaving.signal);
        leaving.abort();
        return [first, ...second, await how(last), await how(seen(leaving.signal))];""")
    assert told == ["waits", "seen", 0, "ended", "ended"]
