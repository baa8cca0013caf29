"""How warm an aggregate is: what hosts list, what jobs bring, what is waited for."""

import itertools
import threading

import pytest

from faultshim import FaultShim
from fleet import speaking
from test_main_job import entry


def coverage(fleet, query="", aggregate="web"):
    answer = fleet.call("GET", f"/v1/aggregates/{aggregate}/coverage{query}")
    assert answer.status == 200, answer.body
    return answer.json


def counts(fleet, image):
    (one,) = coverage(fleet, f"?image={image}")["coverage"]
    return {state: count for state, count in one["hosts"].items() if count and state != "total"}, one["fraction"]


def test_coverage_follows_jobs_and_heartbeats(fleet, images):
    images.add("one", b"1" * 50_000)
    images.add("two", b"2" * 50_000)
    fleet.start()
    agents = [speaking(fleet, f"host-{number}") for number in range(3)]
    fleet.apply([entry(images, "one"), entry(images, "two")])
    assert coverage(fleet) == {"aggregate": "web", "coverage": [], "at_least": None, "met": None}
    assert counts(fleet, "one") == ({"missing": 3}, 0.0)
    fleet.await_end(fleet.cache("one")["id"])
    # At once: the hosts needn't have said so yet. An agent that a busy machine keeps from its heartbeats is stale for a moment.
    fleet.eventually("all having it", lambda: counts(fleet, "one") == ({"warm": 3}, 1.0))
    assert [one["image_id"] for one in coverage(fleet)["coverage"]] == ["one"]
    # What somebody takes away is missed with the next heartbeats.
    assert agents[0].call("DELETE", "/v1/images/one").status == 204
    fleet.eventually("a host's loss is seen", lambda: counts(fleet, "one")[0] == {"warm": 2, "missing": 1})
    where = "/v1/aggregates/web/coverage/one/hosts?limit=2"
    fleet.eventually("who has it and who lacks it", lambda: [(host["host"], host["state"]) for host in fleet.call(
        "GET", where).json["hosts"]] == [("host-0", "missing"), ("host-1", "warm")])
    listed = fleet.call("GET", where).json
    assert listed["hosts"][1]["since"] and listed["hosts"][1]["size_bytes"] == 50_000
    rest = fleet.call("GET", f"/v1/aggregates/web/coverage/one/hosts?limit=2&after={listed['next']}").json
    assert [host["host"] for host in rest["hosts"]] == ["host-2"] and rest["next"] is None
    fleet.eventually("both have it", lambda: fleet.call("GET", "/v1/coverage?image=one").json["hosts"] == ["host-1", "host-2"])
    tag = lambda: fleet.call("GET", "/v1/coverage?image=one").headers["ETag"]
    fleet.eventually("nothing new", lambda: fleet.call(
        "GET", "/v1/coverage?image=one", headers={"If-None-Match": tag()}).status == 304)
    # Neither a restart nor a host that takes no part any more changes what the others have.
    fleet.service.kill()
    fleet.restart()
    # What agents said in the last seconds before a kill is heard again with their next heartbeats.
    fleet.eventually("they are as before", lambda: counts(fleet, "one")[0] == {"warm": 2, "missing": 1})
    assert fleet.cli("host", "disable", "host-0").returncode == 0
    fleet.eventually("one doesn't count", lambda: counts(fleet, "one") == ({"warm": 2, "disabled": 1}, 1.0))


def test_a_gate_waits_until_it_is_met(fleet, images):
    images.add("one", b"1" * 50_000)
    fleet.start()
    fleet.agent("host-0")
    fleet.apply([entry(images, "one")])
    answer = fleet.call("GET", "/v1/aggregates/web/coverage?image=one&at_least=0.95&wait=1").json
    assert answer["met"] is False and answer["at_least"] == 0.95
    found = {}
    waiter = threading.Thread(target=lambda: found.update(
        fleet.call("GET", "/v1/aggregates/web/coverage?image=one&at_least=0.95&wait=60").json))
    waiter.start()
    fleet.cache("one")
    waiter.join(60)
    assert found["met"] is True


def test_a_host_that_failed_says_why(fleet, images):
    images.add("one", b"1" * 50_000)
    fleet.start()
    fleet.agent("host-0")
    wrong = entry(images, "one") | {"hash": "0" * len(entry(images, "one")["hash"])}
    fleet.apply([wrong])
    job = fleet.await_end(fleet.cache("one", max_attempts=1)["id"])
    (host,) = fleet.call("GET", "/v1/aggregates/web/coverage/one/hosts?state=missing").json["hosts"]
    assert host["last"]["reason"] == "checksum_mismatch" and host["last"]["job_id"] == job["id"]
    fleet.service.kill()
    fleet.restart()
    (host,) = fleet.call("GET", "/v1/aggregates/web/coverage/one/hosts?state=missing").json["hosts"]
    assert host["last"]["reason"] == "checksum_mismatch"
    fleet.apply([entry(images, "one")])
    fleet.await_end(fleet.cache("one")["id"])
    (host,) = fleet.call("GET", "/v1/aggregates/web/coverage/one/hosts").json["hosts"]
    assert host["state"] == "warm" and host["last"] is None


def test_wrong_questions_are_refused(fleet):
    fleet.start()
    fleet.apply([])
    for query, field in (("?at_least=95", "at_least"), ("?wait=5", "wait"), ("?image=a/b", "image"),
                         ("?at_least=nan", "at_least"), ("?images=x", "images")):
        answer = fleet.call("GET", f"/v1/aggregates/web/coverage{query}")
        assert answer.status == 400 and answer.json["errors"][0]["field"] == field, answer.body
    assert fleet.call("GET", "/v1/aggregates/none/coverage").status == 404
    assert fleet.call("GET", "/v1/coverage").status == 400
    assert fleet.call("GET", "/v1/aggregates/web/coverage/one/hosts?after=x").status == 400


@pytest.mark.sqlite
def test_how_much_was_warm_is_written_down_once_a_minute(fleet, images, shim, tmp_path):
    images.add("one", b"1" * 50_000)
    clock = FaultShim(shim, tmp_path / "clock", tmp_path / "nothing")
    fleet.wrapper = clock.wrapper
    fleet.start()
    agents = [speaking(fleet, f"host-{number}") for number in range(3)]
    fleet.apply([entry(images, "one")])
    minutes = itertools.count(1)

    def history(query=""):
        answer = fleet.call("GET", f"/v1/aggregates/web/coverage/one/history{query}")
        assert answer.status == 200, answer.body
        return answer.json

    def newest():
        moments = history("?limit=1")["history"]
        return {state: count for state, count in moments[0]["hosts"].items() if count} if moments else None

    def sees(**hosts):
        """Moves the clock on, minute by minute, until that is written down."""
        for _ in range(20):
            try:
                return fleet.eventually(f"{hosts} being written down", lambda: newest() == {"total": 3} | hosts, 8)
            except AssertionError:
                clock.set_clock(61 * next(minutes))
        raise AssertionError(history())

    assert history() == {"history": [], "next": None}
    fleet.await_end(fleet.cache("one")["id"])
    sees(warm=3)
    assert agents[0].call("DELETE", "/v1/images/one").status == 204
    sees(warm=2, missing=1)
    # A restart goes on where it was, and one that is gone everywhere is told of, too.
    fleet.service.kill()
    fleet.restart()
    for agent in agents[1:]:
        assert agent.call("DELETE", "/v1/images/one").status == 204
    sees(missing=3)
    whole = history()["history"]
    assert [one["at"] for one in whole] == sorted((one["at"] for one in whole), reverse=True)
    first = history("?limit=1")
    assert history(f"?after={first['next']}")["history"] == whole[1:] and first["history"] == whole[:1]
    assert history(f"?since={whole[0]['at']}")["history"] == whole[:1]
    listed = fleet.cli("coverage", "web", "one", "--history", "--last", "7d").stdout
    assert len(listed.splitlines()) == len(whole) + 1 and "0/3" in listed
    assert fleet.call("GET", "/v1/aggregates/nope/coverage/one/history").json["code"] == "aggregate_not_found"
