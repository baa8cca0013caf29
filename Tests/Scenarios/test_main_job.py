"""One request caches real images on every host of an aggregate."""

import os
import secrets
import threading

import pytest

from fleet import beating, request
from image_server import entry


@pytest.fixture
def two_images(images):
    images.add("small", secrets.token_bytes(300_000))
    images.add("larger", secrets.token_bytes(5_000_000))
    return images


def test_images_are_cached_on_every_host_and_found_existing_the_second_time(fleet, two_images):
    fleet.start()
    agents = [fleet.agent(f"host-{number}") for number in range(3)]
    fleet.apply([entry(two_images, "small"), entry(two_images, "larger", "sha512")])
    job = fleet.await_end(fleet.cache("small", "larger")["id"])
    assert job["state"] == "succeeded" and job["results"]["cached"] == 6
    assert job["hosts"] == {"total": 3, "done": 3}
    assert job["bytes"]["done"] == job["bytes"]["total"] == 3 * 5_300_000
    for agent in agents:
        for name in ("small", "larger"):
            assert agent.file(name).read_bytes() == two_images.images["/" + name].data
    seen = len(two_images.seen)
    os.utime(agents[0].file("small"), (1, 1))
    # A touched file is not what the record says any more: it is digested again, not downloaded again.
    again = fleet.await_end(fleet.cache("small", "larger")["id"])
    assert again["state"] == "succeeded" and again["results"]["existing"] == 6
    assert len(two_images.seen) == seen
    assert agents[0].file("small").stat().st_mtime > 1_000_000, "existing refreshes the file's age"


def test_one_download_per_image_however_many_tasks_want_it(fleet, images):
    gate = threading.Event()
    images.add("one", secrets.token_bytes(2_000_000), gate=gate)
    fleet.start()
    fleet.agent("host-0")
    fleet.apply([entry(images, "one")])
    first, second = fleet.cache("one"), fleet.cache("one")
    fleet.eventually("both tasks being on the host",
                     lambda: len(fleet.agents["host-0"].call("GET", "/v1/tasks").json["tasks"]) == 2)
    gate.set()
    assert fleet.await_end(first["id"])["state"] == "succeeded"
    assert fleet.await_end(second["id"])["state"] == "succeeded"
    assert len(images.seen) == 1


def test_a_file_that_nova_put_there_is_adopted_and_said_to_be_unverified(fleet, images):
    images.add("nova", b"n" * 100_000)
    fleet.start()
    agent = fleet.agent("host-0")
    agent.file("nova").write_bytes(b"n" * 100_000)
    fleet.apply([entry(images, "nova")])
    job = fleet.await_end(fleet.cache("nova")["id"])
    assert job["results"]["existing"] == 1
    assert fleet.result(job["id"], "host-0", "nova")["verified"] is False
    assert agent.call("GET", "/v1/images").json["images"][0]["verified"] is False
    assert not images.seen


def test_an_image_without_a_digest_is_cached_only_if_its_entry_says_so(fleet, images):
    images.add("bare", b"b" * 1000)
    fleet.start()
    fleet.agent("host-0")
    refused = fleet.call("PUT", "/v1/images/bare", {"url": images.url("bare")})
    assert refused.status == 400 and "allow_unverified" in refused.body.decode()
    fleet.apply([{"id": "bare", "url": images.url("bare"), "allow_unverified": True}])
    job = fleet.await_end(fleet.cache("bare")["id"])
    assert job["state"] == "succeeded"
    assert fleet.result(job["id"], "host-0", "bare")["verified"] is False


def test_an_empty_aggregate_gives_a_job_that_succeeds_and_says_so(fleet, images):
    images.add("one", b"1")
    fleet.start()
    fleet.apply([entry(images, "one")], aggregates=[{"name": "nobody", "hosts": []}], hosts=[])
    job = fleet.cache("one", aggregate="nobody")
    assert job["state"] == "succeeded" and "no hosts" in job["note"]


def test_down_and_disabled_hosts_are_skipped_at_once_with_their_reason(fleet, images):
    images.add("one", b"1" * 1000)
    fleet.start()
    for name in ("up", "down", "disabled"):
        fleet.agent(name, start=False)
    fleet.apply([entry(images, "one")])
    for agent in fleet.agents.values():
        agent.start(**beating(fleet, agent.name))

    def states():
        return {host["name"]: host["state"] for host in fleet.call("GET", "/v1/hosts").json["hosts"]}

    fleet.eventually("heartbeats", lambda: set(states().values()) == {"up"})
    fleet.agents["down"].program.kill()
    fleet.eventually("the host being seen as down", lambda: states()["down"] == "down")
    host = fleet.agents["disabled"]
    fleet.call("PUT", "/v1/hosts/disabled", {"address": host.address, "port": host.port, "enabled": False})
    job = fleet.await_end(fleet.cache("one")["id"])
    assert job["state"] == "partial"
    assert {row["host"]: (row["outcome"], row["reason"]) for row in fleet.results(job["id"])} == {
        "up": ("cached", None), "down": ("skipped", "host_down"), "disabled": ("skipped", "host_disabled")}
    shown = fleet.call("GET", "/v1/hosts/up").json["host"]
    assert shown["heartbeat"]["disk"]["free_bytes"] > 0


def test_cancel_stops_the_download_on_the_host_and_keeps_what_is_done(fleet, images):
    gate = threading.Event()
    images.add("done", b"d" * 1000)
    images.add("stuck", secrets.token_bytes(1_000_000), gate=gate)
    fleet.start()
    agent = fleet.agent("host-0")
    fleet.apply([entry(images, "done"), entry(images, "stuck")])
    job = fleet.cache("done", "stuck")
    fleet.eventually("the first image", lambda: fleet.job(job["id"])["results"]["cached"] == 1)
    images.await_bytes(500_000)
    assert fleet.call("POST", f"/v1/jobs/{job['id']}/cancel").status == 202
    ended = fleet.await_end(job["id"])
    assert ended["state"] == "cancelled"
    assert ended["results"]["cached"] == 1 and ended["results"]["cancelled"] == 1
    fleet.eventually("no task running on the host",
                     lambda: all(t["state"] == "finished" for t in agent.call("GET", "/v1/tasks").json["tasks"]))
    gate.set()
    retry = fleet.call("POST", f"/v1/jobs/{job['id']}/retry")
    assert retry.status == 202 and retry.json["job"]["retry_of"] == job["id"]
    ended = fleet.await_end(retry.json["job"]["id"])
    assert ended["state"] == "succeeded" and ended["results"]["cached"] == 1, "only what did not end well is tried again"
    assert agent.file("stuck").read_bytes() == images.images["/stuck"].data


def test_downloads_from_one_source_stay_within_their_limit_over_all_jobs(fleet, images):
    images.add("one", secrets.token_bytes(400_000))
    fleet.start(source__max_downloads=2)
    for number in range(8):
        fleet.agent(f"host-{number}")
    fleet.apply([entry(images, "one")], aggregates=[
        {"name": "web", "hosts": [f"host-{n}" for n in range(4)]}, {"name": "db", "hosts": [f"host-{n}" for n in range(4, 8)]}])
    jobs = [fleet.cache("one"), fleet.cache("one", aggregate="db")]
    for job in jobs:
        assert fleet.await_end(job["id"])["state"] == "succeeded"
    assert images.most_active <= 2


def test_a_small_job_is_not_stuck_behind_a_big_one(fleet, images):
    gate = threading.Event()
    images.add("slow", secrets.token_bytes(100_000), gate=gate)
    images.add("quick", b"q" * 1000)
    fleet.start(fanout__max_in_flight=4)
    for number in range(6):
        fleet.agent(f"host-{number}")
    fleet.agent("single")
    fleet.apply([entry(images, "slow"), entry(images, "quick")], aggregates=[
        {"name": "big", "hosts": [f"host-{n}" for n in range(6)]}, {"name": "small", "hosts": ["single"]}])
    big = fleet.cache("slow", aggregate="big", parallelism=3)
    images.await_requests(3)
    small = fleet.await_end(fleet.cache("quick", aggregate="small")["id"])
    assert small["state"] == "succeeded"
    assert fleet.job(big["id"])["state"] == "running"
    gate.set()
    assert fleet.await_end(big["id"])["state"] == "succeeded"


def test_events_are_streamed_and_resumed_without_a_gap(fleet, images):
    images.add("one", b"1" * 1000)
    fleet.start()
    for number in range(3):
        fleet.agent(f"host-{number}")
    fleet.apply([entry(images, "one")])
    job = fleet.await_end(fleet.cache("one")["id"])
    whole = fleet.call("GET", f"/v1/jobs/{job['id']}/events")
    assert whole.headers["Content-Type"].startswith("text/event-stream")
    ids = [int(line[3:]) for line in whole.body.decode().splitlines() if line.startswith("id:")]
    assert ids == sorted(set(ids)) and len(ids) >= 5
    kinds = [line[6:].strip() for line in whole.body.decode().splitlines() if line.startswith("event:")]
    assert kinds[0] == "accepted" and kinds[-1] == "finished" and kinds.count("outcome") == 3
    rest = fleet.call("GET", f"/v1/jobs/{job['id']}/events", headers={"Last-Event-ID": str(ids[1])})
    assert [int(line[3:]) for line in rest.body.decode().splitlines() if line.startswith("id:")] == ids[2:]


def test_the_same_idempotency_key_gives_the_same_job_and_another_body_a_conflict(fleet, images):
    images.add("one", b"1")
    images.add("two", b"2")
    fleet.start()
    fleet.agent("host-0")
    fleet.apply([entry(images, "one"), entry(images, "two")])
    first = fleet.cache("one", headers={"Idempotency-Key": "k1"})
    assert fleet.cache("one", headers={"Idempotency-Key": "k1"})["id"] == first["id"]
    conflict = fleet.call("POST", "/v1/aggregates/web/images", {"cache": [{"id": "two"}]},
                          headers={"Idempotency-Key": "k1"})
    assert (conflict.status, conflict.json["code"]) == (409, "idempotency_conflict")
    assert len(fleet.call("GET", "/v1/jobs").json["jobs"]) == 1


def test_images_on_the_host_are_listed_and_deleted(fleet, images):
    images.add("one", b"1" * 5000)
    fleet.start()
    agent = fleet.agent("host-0")
    fleet.apply([entry(images, "one")])
    fleet.await_end(fleet.cache("one")["id"])
    listed = agent.call("GET", "/v1/images").json["images"]
    assert [(image["id"], image["size_bytes"], image["verified"]) for image in listed] == [("one", 5000, True)]
    assert agent.call("DELETE", "/v1/images/one").status == 204
    assert not agent.file("one").exists()
    assert agent.call("DELETE", "/v1/images/one").json["code"] == "image_not_found"


def test_metrics_and_health_tell_what_happened(fleet, images):
    images.add("one", b"1" * 5000)
    fleet.start()
    agent = fleet.agent("host-0")
    fleet.apply([entry(images, "one")])
    fleet.await_end(fleet.cache("one")["id"])
    assert request(fleet.url + "/healthz").status == 200
    assert request(fleet.url + "/readyz").status == 200
    metrics = fleet.call("GET", "/metrics").body.decode()
    for name in ("precached_jobs", "precached_outcomes_total", "precached_hosts", "precached_http_request_seconds_bucket",
                 "precached_hosts_in_flight", "precached_queue_age_seconds"):
        assert name in metrics, name
    assert "precache" in agent.call("GET", "/metrics").body.decode()
    assert fleet.call("GET", "/metrics", role=None).status == 401
