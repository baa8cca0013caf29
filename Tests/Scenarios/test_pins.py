"""A job's promise to keep its images, from the request to the agent's record."""

import datetime

from test_main_job import entry


def pinned_until(agent, image):
    (found,) = [one for one in agent.call("GET", "/v1/images").json["images"] if one["id"] == image]
    return found["pinned_until"] and datetime.datetime.fromisoformat(found["pinned_until"])


def test_a_pin_goes_from_the_job_to_the_host_and_is_never_shortened(fleet, images):
    images.add("one", b"1" * 50_000)
    fleet.start()
    agent = fleet.agent("host-0")
    fleet.apply([entry(images, "one")])
    job = fleet.await_end(fleet.cache("one")["id"])
    assert job["keep_seconds"] is None and pinned_until(agent, "one") is None
    now = datetime.datetime.now(datetime.UTC)
    job = fleet.await_end(fleet.cache("one", keep_seconds=7 * 86_400)["id"])
    assert job["keep_seconds"] == 7 * 86_400 and job["results"]["existing"] == 1
    week = pinned_until(agent, "one")
    assert abs((week - now).total_seconds() - 7 * 86_400) < 600, week
    fleet.await_end(fleet.cache("one", keep_seconds=60)["id"])
    assert pinned_until(agent, "one") == week
    agent.program.kill()
    agent.start()
    assert pinned_until(agent, "one") == week
    shown = fleet.cli("job", "show", job["id"])
    assert "7d 00h" in shown.stdout, shown.stdout


def test_a_retry_keeps_the_promise(fleet, images):
    images.add("one", b"1" * 50_000)
    fleet.start()
    agent = fleet.agent("host-0", start=False)
    fleet.apply([entry(images, "one")])
    made = fleet.cli("cache", "web", "one", "--keep", "36h", "--max-attempts", "1", "--wait")
    assert made.returncode == 3, made.stderr
    job = fleet.call("GET", "/v1/jobs").json["jobs"][0]
    agent.start()
    retried = fleet.call("POST", f"/v1/jobs/{job['id']}/retry")
    assert retried.status == 202 and retried.json["job"]["keep_seconds"] == 36 * 3600, retried.body
    assert fleet.await_end(retried.json["job"]["id"])["results"]["cached"] == 1
    assert pinned_until(agent, "one") is not None
