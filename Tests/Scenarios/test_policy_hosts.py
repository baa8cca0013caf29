"""Hosts under a policy: they flap, are full, come back empty, under another name, after weeks; their aggregate goes."""

import datetime
import itertools
import secrets
import shutil

import pytest

from faultshim import FaultShim
from fleet import request, speaking
from policies import cached, is_met, jobs, leased, policy, put
from scripted_agent import ScriptedAgent
from test_coverage import counts
from test_main_job import entry

LOOKS = itertools.count()


@pytest.fixture
def clock(fleet, shim, tmp_path):
    """The service's wall clock, which a test sets; with PostgreSQL its server's counts, so such tests are SQLite's."""
    clock = FaultShim(shim, tmp_path / "clock", tmp_path / "nothing")
    fleet.wrapper = clock.wrapper
    return clock


def look(fleet):
    """Policies are looked at twice from now on: the first look has made its jobs when the second one is known of."""
    for _ in range(2):
        nowhere = f"nowhere-{next(LOOKS)}."
        put(fleet, "look", aggregates=[nowhere], images=[{"id": "none"}])
        fleet.eventually("a look", lambda: nowhere in str(policy(fleet, "look")["status"]["held_up_by"]))


def soon(fleet, what, condition):
    """As `eventually`, for what a look at policies brings: nobody waits until one comes by itself."""
    fleet.eventually(what, lambda: look(fleet) or condition())


def holds(fleet, name="base"):
    return {hold["what"]: hold for hold in policy(fleet, name)["status"]["held_up_by"]}


def moment(text):
    return datetime.datetime.fromisoformat(text)


def beat(fleet, host, *images):
    """What the agent of a host would say; without another word it is down in half a minute."""
    body = {"interval_seconds": 10, "version": "1", "started_at": "2026-11-29T10:00:00Z", "tasks": 0,
            "images": [{"id": image, "size_bytes": 1000, "verified": True} for image in images],
            "disk": {"total_bytes": 1 << 40, "free_bytes": 1 << 39}, "cache": {"images": len(images), "bytes": 0}}
    answer = request(f"{fleet.url}/v1/hosts/{host}/heartbeat", "PUT", body, fleet.token("agent", host))
    assert answer.status == 200, answer.body


def state(fleet, host):
    return fleet.call("GET", f"/v1/hosts/{host}").json["host"]["state"]


@pytest.mark.sqlite
def test_a_host_that_flaps_is_asked_now_and_then_and_told_of_once(fleet, images, clock):
    """It is heard once each forty seconds for eight minutes, and whoever calls it finds nobody."""
    images.add("one", b"1" * 1000)
    fleet.start(fanout__max_attempts=1)
    agent = ScriptedAgent("127.1.9.1", lambda connection, data: None)
    fleet.apply([entry(images, "one")], hosts=[agent.host("host-0")])
    put(fleet, "base", images=[{"id": "one"}])
    for turn in range(12):
        clock.set_clock(40 * turn)
        beat(fleet, "host-0")
        look(fleet)
        for job in jobs(fleet):
            fleet.await_end(job["id"])
        look(fleet)
        (hold,) = policy(fleet)["status"]["held_up_by"]
        assert (hold["what"], hold["hosts"], hold["example"]) == ("agent_unreachable", 1, "host-0"), hold
        clock.set_clock(40 * turn + 31)
        fleet.eventually("it is down", lambda: state(fleet, "host-0") == "down")
        look(fleet)
        assert list(holds(fleet)) == ["host_down"] and holds(fleet)["host_down"]["hosts"] == 1
    # At once, after a minute, after two more, after four more; then after eight.
    assert len(jobs(fleet)) in (3, 4) and {str(job["reasons"]) for job in jobs(fleet)} == {"{'agent_unreachable': 1}"}
    # It comes to have the image by itself: nobody asks it again.
    clock.set_clock(86_400)
    asked = len(agent.requests)
    beat(fleet, "host-0", "one")
    look(fleet)
    assert is_met(fleet) and len(agent.requests) == asked
    agent.stop()


@pytest.mark.sqlite
def test_what_does_not_fit_the_smallest_host_is_asked_for_less_and_less_and_the_others_are_warm(fleet, images, clock):
    images.add("big", secrets.token_bytes(2_000_000))
    fleet.start()
    small, *others = (speaking(fleet, f"host-{number}") for number in range(3))
    small.program.terminate()
    small.start(cache__max_bytes=1 << 20)
    fleet.apply([entry(images, "big")])
    put(fleet, "base", images=[{"id": "big"}])
    fleet.eventually("the others are warm", lambda: counts(fleet, "big")[0] == {"warm": 2, "missing": 1})
    # Its end comes after what its hosts tell of themselves.
    fleet.await_end(jobs(fleet)[0]["id"])
    passed = 0
    for turn in range(1, 4):
        pause = 300 * 2 ** (turn - 1)
        # Hosts are down after such a leap of the clock until they are heard again.
        soon(fleet, "it is held up", lambda: list(holds(fleet)) == ["no_space"])
        status, hold, job = policy(fleet)["status"], holds(fleet)["no_space"], jobs(fleet)[0]
        assert len(jobs(fleet)) == turn and job["results"]["error"] == 1 and status["state"] == "held"
        assert job["hosts"]["total"] == (3 if turn == 1 else 1), "nobody who has it is asked again"
        assert (hold["hosts"], hold["example"], status["missing_hosts"]) == (1, "host-0", 1), hold
        assert round(status["fraction"], 2) == 0.67 and status["next_run_at"] == hold["until"] and hold["detail"]
        assert abs((moment(hold["until"]) - moment(job["finished_at"])).total_seconds() - pause) < 60, hold
        clock.set_clock(passed + pause - 120)
        look(fleet)
        assert len(jobs(fleet)) == turn, "not two minutes before"
        passed += pause
        clock.set_clock(passed)
        soon(fleet, "it is asked again", lambda: len(jobs(fleet)) == turn + 1)
        fleet.await_end(jobs(fleet)[0]["id"])
    soon(fleet, "it is held up", lambda: list(holds(fleet)) == ["no_space"])
    assert all(cached(agent) == {"big"} for agent in others) and len(images.requests_for("big")) == 2
    shown = fleet.cli("policy", "show", "base").stdout
    assert "no_space" in shown and "host-0" in shown, shown


@pytest.mark.sqlite
def test_a_host_that_comes_back_empty_gets_everything_once_more_after_a_pause(fleet, images, clock):
    for name in ("one", "two"):
        images.add(name, name.encode() * 10_000)
    fleet.start()
    first, other = (speaking(fleet, f"host-{number}") for number in range(2))
    fleet.apply([entry(images, "one"), entry(images, "two")])
    put(fleet, "base", images=[{"id": "one"}, {"id": "two"}])
    soon(fleet, "it is met", lambda: is_met(fleet))
    fleet.eventually("it is heard", lambda: state(fleet, "host-0") == "up")
    first.program.kill()
    shutil.rmtree(first.cache)
    first.cache.mkdir()
    # What jobs have just brought counts for twenty seconds, whatever a list says.
    clock.set_clock(30)
    first.start()
    soon(fleet, "the loss is seen", lambda: list(holds(fleet)) == ["image_lost"])
    hold = holds(fleet)["image_lost"]
    assert (hold["hosts"], hold["example"]) == (1, "host-0") and len(jobs(fleet)) == 1, hold
    clock.set_clock(100)
    soon(fleet, "it has them again", lambda: cached(first) == {"one", "two"})
    soon(fleet, "it is met", lambda: is_met(fleet))
    assert [job["hosts"]["total"] for job in jobs(fleet)] == [1, 2]
    assert [len(images.requests_for(name)) for name in ("one", "two")] == [3, 3] and cached(other) == {"one", "two"}


def test_a_host_with_another_name_downloads_nothing_again_and_keeps_what_is_wanted(fleet, images):
    images.add("one", b"1" * 50_000)
    fleet.start()
    agent, other = (speaking(fleet, f"host-{number}") for number in range(2))
    fleet.apply([entry(images, "one")])
    put(fleet, "base", images=[{"id": "one"}])
    soon(fleet, "it is met", lambda: is_met(fleet))
    agent.program.terminate()
    assert fleet.call("DELETE", "/v1/hosts/host-0").status == 204
    agent.name = "renamed"
    agent.settings |= {"host": "renamed", "service.token": fleet.token("agent", "renamed")}
    hosts = [{"name": agent.name, "address": agent.address, "port": agent.port} for agent in (agent, other)]
    agent.start()
    fleet.apply([entry(images, "one")], hosts=hosts)
    soon(fleet, "it is met by the new name", lambda: is_met(fleet) and counts(fleet, "one") == ({"warm": 2}, 1.0))
    soon(fleet, "the new name's image is leased", lambda: leased(agent) == {"one": ["base"]})
    names = {row["host"] for row in fleet.call("GET", "/v1/aggregates/web/coverage/one/hosts").json["hosts"]}
    assert names == {"renamed", "host-1"} and len(images.requests_for("one")) == 2


@pytest.mark.sqlite
def test_a_host_that_was_away_for_weeks_gets_what_a_channel_means_now(fleet, images, clock):
    for name in ("one", "two"):
        images.add(name, name.encode() * 10_000)
    fleet.start(policies__check_seconds=1)
    away, other = (speaking(fleet, f"host-{number}") for number in range(2))
    old, new = (entry(images, name) | {"name": "debian"} for name in ("one", "two"))
    fleet.apply([old])
    put(fleet, "base", images=[{"newest": {"name": "debian"}}], superseded="remove")
    soon(fleet, "it is met", lambda: is_met(fleet))
    fleet.eventually("it is heard", lambda: state(fleet, "host-0") == "up")
    away.program.kill()
    clock.set_clock(21 * 86_400)
    fleet.apply([old, new])
    soon(fleet, "the other one has moved on", lambda: cached(other) == {"two"})
    soon(fleet, "who is away is told", lambda: list(holds(fleet)) == ["host_down"])
    assert holds(fleet)["host_down"]["example"] == "host-0"
    away.start()
    soon(fleet, "it has moved on, too", lambda: cached(away) == {"two"})
    soon(fleet, "it is met", lambda: is_met(fleet))
    assert [len(images.requests_for(name)) for name in ("one", "two")] == [2, 2]


def test_a_host_that_is_disabled_has_nothing_done_until_it_is_enabled(fleet, images):
    images.add("one", b"1" * 50_000)
    fleet.start()
    agents = [speaking(fleet, f"host-{number}") for number in range(3)]
    fleet.apply([entry(images, "one")])
    for name in ("host-1", "host-2"):
        assert fleet.cli("host", "disable", name).returncode == 0
    put(fleet, "base", images=[{"id": "one"}])
    soon(fleet, "it is met", lambda: is_met(fleet))
    look(fleet)
    assert [job["hosts"]["total"] for job in jobs(fleet)] == [1]
    assert counts(fleet, "one")[0] == {"warm": 1, "disabled": 2}
    # Two that are enabled at once share a job.
    fleet.apply([entry(images, "one")], hosts=[
        {"name": agent.name, "address": agent.address, "port": agent.port, "enabled": True} for agent in agents])
    fleet.eventually("they have it", lambda: all(cached(agent) == {"one"} for agent in agents))
    assert [job["hosts"]["total"] for job in jobs(fleet)] == [2, 1]


def test_an_aggregate_that_goes_under_a_policy_lets_go_and_holds_again_when_it_is_back(fleet, images):
    images.add("one", b"1" * 50_000)
    images.add("two", b"2" * 50_000)
    fleet.start()
    agent = speaking(fleet, "host-0")
    fleet.apply([entry(images, "one")])
    put(fleet, "base", images=[{"id": "one"}])
    fleet.eventually("it is leased", lambda: leased(agent) == {"one": ["base"]})
    assert fleet.call("DELETE", "/v1/aggregates/web").status == 204
    soon(fleet, "it is told", lambda: list(holds(fleet)) == ["no_aggregate"])
    status = policy(fleet)["status"]
    assert status["state"] == "held" and status["missing_hosts"] == 0
    assert "'web'" in holds(fleet)["no_aggregate"]["detail"]
    fleet.eventually("it is let go of", lambda: leased(agent) == {})
    assert cached(agent) == {"one"}, "nobody removes it"
    # Under the same name, with other hosts.
    second = speaking(fleet, "host-1")
    fleet.apply([entry(images, "one")])
    soon(fleet, "it goes on", lambda: is_met(fleet) and cached(second) == {"one"})
    fleet.eventually("it is leased again", lambda: leased(agent) == leased(second) == {"one": ["base"]})
    assert len(jobs(fleet)) == 2 and len(images.requests_for("one")) == 2
