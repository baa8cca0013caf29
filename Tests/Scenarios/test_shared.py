"""Two services on one PostgreSQL, as a client, an agent and a webhook's endpoint see them."""

import secrets
import threading
import urllib.request

import pytest

import postgres
from fleet import Fleet
from test_main_job import entry

@pytest.fixture
def pair(tmp_path):
    """A fleet, and a second service on its database."""
    one = Fleet(tmp_path / "one")
    two = Fleet(tmp_path / "two")
    for fleet in (one, two):
        fleet.folder.mkdir()
        fleet.settings.pop("database.path", None)
    one.settings |= {"database.url": postgres.shared().database(), "webhooks.allow_internal": True}
    two.settings |= {"database.url": one.settings["database.url"], "webhooks.allow_internal": True, "agents.token": one.agent_token}
    one.token("agent")  # before they start, so that both know it
    one.start()
    two.tokens, two.agents = one.tokens, one.agents
    two.start()
    yield one, two
    one.stop()
    two.stop()


def stream(fleet, job, taken):
    """Reads a job's events to the end of the stream."""
    wanted = urllib.request.Request(f"{fleet.url}/v1/jobs/{job}/events", headers={"Authorization": f"Bearer {fleet.token('admin')}"})
    with urllib.request.urlopen(wanted, timeout=60) as answer:
        for line in answer:
            if line.startswith(b"id: "):
                taken.append(int(line[4:]))


def test_a_job_of_one_is_watched_to_its_end_and_cancelled_through_the_other(pair, images):
    one, two = pair
    gate = threading.Event()
    images.add("fast", secrets.token_bytes(300_000))
    images.add("slow", secrets.token_bytes(3_000_000), gate=gate, gate_at=1_000_000)
    for number in range(2):
        one.agent(f"host-{number}")
    one.apply([entry(images, "fast"), entry(images, "slow")])
    job = one.cache("fast", "slow")
    # Found at once, before anything was heard.
    assert two.job(job["id"])["hosts"]["total"] == 2
    events = []
    reader = threading.Thread(target=stream, args=(two, job["id"], events))
    reader.start()
    two.eventually("live bytes at the other", lambda: two.job(job["id"])["bytes"]["done"] >= 2_600_000)
    # Whoever has seen a revision is never shown an older one.
    seen = one.job(job["id"])["revision"]
    assert two.call("GET", f"/v1/jobs/{job['id']}?revision={seen}").json["job"]["revision"] >= seen
    gate.set()
    ended = two.await_end(job["id"])
    assert ended["state"] == "succeeded" and ended["results"]["cached"] == 4
    reader.join(30)
    assert not reader.is_alive() and events == sorted(set(events))
    assert one.job(job["id"])["revision"] == ended["revision"]
    one.service.await_line("job ended")
    told = [sum("job ended" in line for line in fleet.service.lines) for fleet in pair]
    assert told == [1, 0], "the end is told by whose job it is"

    held = threading.Event()
    images.add("held", secrets.token_bytes(3_000_000), gate=held)
    one.apply([entry(images, "held")])
    job = one.cache("held")
    two.eventually("both hosts downloading", lambda: len(images.requests_for("held")) == 2)
    cancelled = two.call("POST", f"/v1/jobs/{job['id']}/cancel")
    assert cancelled.status == 202, cancelled.body
    assert one.await_end(job["id"])["state"] == "cancelled"
    held.set()


def test_a_webhook_is_served_by_one_and_changed_through_either(pair, images, receiver):
    one, two = pair
    images.add("fast", secrets.token_bytes(1_000))
    one.agent("host-0")
    one.apply([entry(images, "fast")])
    assert one.call("PUT", "/v1/webhooks/ci", {"url": receiver.url}).status in (200, 201)
    first = two.cache("fast")
    receiver.await_end(first)
    ids = [received.id for received in receiver.received]
    assert len(ids) == len(set(ids)), "each is delivered once"
    assert two.call("PUT", "/v1/webhooks/ci", {"url": receiver.url + "/moved"}).status == 200
    moved = lambda: any(received.path.endswith("/moved") for received in receiver.received)

    def told_at_the_new_address():
        two.await_end(one.cache("fast")["id"])
        return moved()
    one.eventually("deliveries to the new address", told_at_the_new_address)
    # Its owner goes: the other has it.
    one.service.terminate()
    last = two.cache("fast")
    receiver.await_end(last)
    finished = [received for received in receiver.received if received.type.endswith(".finished") and received.job == last["id"]]
    assert len(finished) == 1


def test_a_host_that_alternates_is_up_at_both_and_leaves_no_old_list(pair):
    one, two = pair
    one.apply([], hosts=[{"name": "host-9", "address": "127.0.0.9", "port": 7701}])

    def beat(fleet, *images):
        listed = [{"id": image, "size_bytes": 5, "verified": True} for image in images]
        body = {"interval_seconds": 30, "version": "1", "started_at": "2026-11-29T10:00:00.000000Z", "images": listed, "tasks": 0,
                "disk": {"total_bytes": 100, "free_bytes": 50}, "cache": {"images": len(images), "bytes": 5 * len(images)}}
        answer = fleet.call("PUT", "/v1/hosts/host-9/heartbeat", body, role="agent")
        assert answer.status in (200, 204), answer.body

    def shown(fleet):
        details = fleet.call("GET", "/v1/hosts/host-9").json
        return details["host"]["state"], [image["id"] for image in details["images"]]
    for fleet, image in ((one, "a"), (two, "b"), (one, "a"), (two, "c")):
        beat(fleet, image)
        for other in pair:
            other.eventually(f"{image} being seen at both", lambda: shown(other) == ("up", [image]))
    assert one.call("DELETE", "/v1/hosts/host-9").status == 204
    assert two.call("GET", "/v1/hosts/host-9").status == 404
