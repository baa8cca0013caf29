"""What the service's policies want on a host: told in the answers to heartbeats, kept, and let go of again."""

import secrets

import pytest

from heartbeat_service import HeartbeatService, leases
from instances import cache, cached_file, sweep
from test_main_job import entry

NAMES = ("a", "b")


@pytest.fixture
def service():
    service = HeartbeatService()
    yield service
    service.stop()


def host(fleet, images, service, **settings):
    """An agent with images a and b cached, at whose age nothing is spared, and whose heartbeats go to the fake."""
    fleet.start()
    agent = fleet.agent("host-0", **{
        "cache__unused_minimum_age_seconds": 0, "cache__sweep_interval_seconds": 3600, "service__url": service.url,
        "service__heartbeat_seconds": 1, **settings})
    for name in NAMES:
        images.add(name, secrets.token_bytes(600_000))
    fleet.apply([entry(images, name) for name in NAMES])
    assert fleet.await_end(fleet.cache(*NAMES)["id"])["state"] == "succeeded"
    return agent


def present(agent) -> list[str]:
    return [name for name in NAMES if agent.file(name).exists()]


def holding(mark):
    return lambda beat: beat.get("leases_mark") == mark


def test_what_policies_want_stays_until_the_service_has_been_silent(fleet, images, service):
    agent = host(fleet, images, service)
    service.holds(leases("one", 86_400, {"a": ["web-base", "db"], "elsewhere": ["db"]}))
    service.wait(holding("one"))
    done = sweep(agent)
    assert present(agent) == ["a"] and done["kept"] == {"leased": 1}, done
    file = cached_file(agent, agent.file("a"))
    assert file["kept"] == "leased" and file["kept_until"] == file["leased_until"], file
    assert file["policies"] == ["db", "web-base"] and file["pinned_until"] is None
    assert cache(agent)["totals"]["leased"] == 1
    shown = fleet.cli("host", "cache", "host-0")
    assert "kept by policies db, web-base until " in shown.stdout, shown.stdout
    # Silence and a restart end nothing before its time.
    service.answer = lambda beat: (503, None)
    agent.program.kill()
    agent.start()
    sweep(agent)
    assert present(agent) == ["a"]
    # After the time that the service gave they do.
    service.holds(leases("two", 3, {"a": ["web-base"]}))
    service.wait(holding("two"))
    service.answer = lambda beat: (503, None)
    fleet.eventually("the lease runs out", lambda: sweep(agent)["removed"] == 1)
    assert present(agent) == []
    assert [note["reason"] for note in cache(agent)["removals"]] == ["unused", "unused"]


def test_no_download_evicts_what_is_leased(fleet, images, service):
    agent = host(fleet, images, service, cache__max_bytes=1_500_000)
    service.holds(leases("one", 86_400, {"a": ["web-base"], "b": ["web-base"]}))
    service.wait(holding("one"))
    images.add("c", secrets.token_bytes(600_000))
    fleet.apply([entry(images, name) for name in (*NAMES, "c")])
    job = fleet.await_end(fleet.cache("c")["id"])
    assert fleet.result(job["id"], "host-0", "c")["reason"] == "no_space"
    service.holds(leases("two", 86_400, {"b": ["web-base"]}))
    service.wait(holding("two"))
    assert fleet.await_end(fleet.cache("c")["id"])["results"]["cached"] == 1
    assert present(agent) == ["b"] and agent.file("c").exists()


def test_what_policies_no_longer_want_goes_once_nothing_uses_it(fleet, images, service):
    agent = host(fleet, images, service, cache__unused_minimum_age_seconds=86_400)
    with agent.file("b").open("rb"):
        service.holds(leases("one", 86_400, {"a": ["web-base"]}, remove=["b", "elsewhere"]))
        # Nobody asked for this sweep, and the next one by itself is an hour away.
        fleet.eventually("a sweep", lambda: (cache(agent)["last_sweep"] or {}).get("kept") == {"leased": 1, "in_use": 1})
        assert present(agent) == ["a", "b"]
    service.holds(leases("two", 86_400, {"a": ["web-base"]}, remove=["b"]))
    fleet.eventually("the image goes", lambda: present(agent) == ["a"])
    fleet.eventually("it is noted", lambda: [note["reason"] for note in cache(agent)["removals"]] == ["unwanted"])
    # Whoever asks for it all the same keeps it: the service's word was about what was there.
    assert fleet.await_end(fleet.cache("b")["id"])["results"]["cached"] == 1
    service.holds(leases("three", 86_400, {"a": ["web-base"]}, remove=["b"]))
    service.wait(holding("three"))
    assert sweep(agent)["kept"] == {"leased": 1, "young": 1} and present(agent) == ["a", "b"]


def test_leased_images_have_a_bound_and_who_holds_the_room_is_named(fleet, images, service):
    host(fleet, images, service, cache__max_leased_bytes=1_500_000)
    service.holds(leases("one", 86_400, {"a": ["web-base"], "b": ["db", "web-base"], "c": ["late"]}))
    service.wait(holding("one"))
    for name in "cd":
        images.add(name, secrets.token_bytes(600_000))
    fleet.apply([entry(images, name) for name in (*NAMES, "c", "d")])
    job = fleet.await_end(fleet.cache("c", "d")["id"])
    refused = fleet.result(job["id"], "host-0", "c")
    assert refused["reason"] == "no_space", refused
    assert "(cache.max_leased_bytes)" in refused["detail"] and "policies db, web-base" in refused["detail"], refused
    assert fleet.result(job["id"], "host-0", "d")["outcome"] == "cached", "nobody leases it"


def test_a_list_that_the_service_has_named_is_not_sent_again(fleet, images, service):
    agent = host(fleet, images, service)
    older = service.wait(lambda beat: len(beat["images"]) == 2)
    assert not {"images_mark", "leases_mark"} & older.keys() and "damaged" not in older["images"][0]
    service.holds(leases("one", 86_400, {"a": ["web-base"]}), images_mark="both")
    short = service.wait(lambda beat: "images" not in beat)
    assert short["images_mark"] == "both" and short["cache"]["images"] == 2
    # The list changes: all of it is told.
    assert agent.call("DELETE", "/v1/images/b").status == 204
    start = len(service.beats)
    changed = service.wait(lambda beat: "images" in beat, start)
    assert [image["id"] for image in changed["images"]] == ["a"] and "images_mark" not in changed
    # A service that doesn't know the mark asks once and is told.
    service.answer = lambda beat: (200, {"images_mark": None, "wants_images": "images" not in beat, "leases": None})
    start = len(service.beats)
    service.wait(lambda beat: beat.get("images_mark") == "both", start)
    assert service.wait(lambda beat: "images" in beat, start)["leases_mark"] == "one"
    # One that is older again gets what it takes.
    service.answer = lambda beat: (400 if {"images_mark", "leases_mark"} & beat.keys() else 204, None)
    start = len(service.beats)
    again = service.wait(lambda beat: "leases_mark" not in beat, start)
    assert [image["id"] for image in again["images"]] == ["a"]
    sweep(agent)
    assert present(agent) == ["a"], "the lease goes on to its end"
