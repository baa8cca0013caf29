"""Policies while controllers race and die, the service dies at any write, and the clock goes back over a window."""

import contextlib
import datetime
import http.client
import os
import random
import secrets
import threading
import time

import pytest

import postgres
from controllers import SHORT_BEATS
from faultshim import FaultShim
from fleet import SLOW_BEAT, Fleet, speaking
from forwarding import Balancer
from policies import cached, is_met, jobs, policy, put
from test_main_job import entry
from test_policy_hosts import clock, look, soon  # noqa: F401

SEED = os.environ.get("PRECACHE_FAULT_SEED", str(random.randrange(1_000_000)))
HOSTS = 4


@pytest.fixture
def two(tmp_path):
    """Two controllers on one PostgreSQL, and agents whose heartbeats go to whichever lives."""
    members, url = [], postgres.shared().database()
    for number in (1, 2):
        folder = tmp_path / f"c{number}"
        folder.mkdir()
        member = Fleet(folder)
        member.settings.pop("database.path", None)
        first = members[0] if members else member
        member.agent_token, member.tokens = first.agent_token, first.tokens
        member.settings |= {"database.url": url, "agents.token": first.agent_token, "controllers.name": f"c{number}",
                            **SHORT_BEATS}
        members.append(member.start())
    balancer = Balancer([member.port for member in members])
    for number in range(HOSTS):
        name = f"host-{number}"
        members[0].agent(name, service__url=f"http://127.0.0.1:{balancer.port}", service__heartbeat_seconds=SLOW_BEAT,
                         service__token=members[0].token("agent", name))
    yield members
    for member in members:
        member.stop()
    balancer.stop()


def died_or(act):
    """What came of it; nothing if the service died before it could say."""
    with contextlib.suppress(OSError, http.client.HTTPException):
        return act()


def together(*acts):
    """Begins these things at once, in threads; the service may die meanwhile."""
    threads = [threading.Thread(target=died_or, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    return threads


def twice(fleet):
    """Hosts and images that more than one job was made for."""
    return fleet.sql("SELECT h.name, i.image_id, count(*) FROM job_result r "
                     "JOIN job_host h ON h.job_id = r.job_id AND h.ordinal = r.host "
                     "JOIN job_image i ON i.job_id = r.job_id AND i.ordinal = r.image "
                     "GROUP BY h.name, i.image_id HAVING count(*) > 1")


def test_two_controllers_that_look_at_once_make_one_job_also_when_one_is_killed_right_then(two, images):
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    gates = {f"image-{number}": threading.Event() for number in range(4)}
    for name, gate in gates.items():
        images.add(name, secrets.token_bytes(50_000), gate=gate)
    two[0].apply([entry(images, name) for name in gates])
    for name, gate in gates.items():
        spec = {"images": [{"id": name}]}
        threads = together(*[lambda member=member: put(member, name, **spec) for member in two * 2])
        time.sleep(chance.uniform(0, 0.05))  # the moment that the seed draws
        killed, survivor = chance.sample(two, 2)
        killed.service.kill()
        for thread in threads:
            thread.join()
        soon(survivor, "a job is made", lambda: jobs(survivor, name))
        assert [job["hosts"]["total"] for job in jobs(survivor, name)] == [HOSTS]
        gate.set()
        soon(survivor, "it is met by the survivor", lambda: is_met(survivor, name))
        killed.restart()
        soon(killed, "it is met by who was killed, too", lambda: is_met(killed, name))
        assert len(images.requests_for(name)) == HOSTS, "nobody downloads twice"
    assert twice(survivor) == []


def test_two_files_through_two_controllers_are_one_of_them_or_both_everywhere(two):
    first, second = two
    names = [f"p{number:02}" for number in range(60)]
    seen = []

    def apply(member, names, priority, **options):
        spec = {"aggregates": ["web"], "images": [{"id": "one"}], "priority": priority}
        policies = [{"name": name, **spec} for name in names]
        answer = member.call("POST", "/v1/policy-sets", {"policies": policies, **options})
        assert answer.status == 200, answer.body
        seen.append(priority)

    def told(member):
        policies = member.call("GET", "/v1/policies?limit=1000").json["policies"]
        return {one["name"]: one["spec"]["priority"] for one in policies}
    for turn in range(6):
        options = {"prune": turn > 3}
        # At last each has names of its own, and with `prune` one set alone is left.
        ours, theirs = (names, names) if turn < 3 else (names[:30], names[30:])
        for thread in together(lambda: apply(first, ours, "high", **options),
                               lambda: apply(second, theirs, "low", **options)):
            thread.join()
        assert len(seen) == 2 * (turn + 1), "both are taken"
        high, low = dict.fromkeys(ours, "high"), dict.fromkeys(theirs, "low")
        found = told(first)
        assert found in ([high | low] if turn == 3 else [high, low]) and told(second) == found, found


@pytest.mark.sqlite
def test_a_service_killed_at_any_write_between_a_policy_and_its_job_makes_one_job(fleet, images, shim, tmp_path):
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    kills = FaultShim(shim, tmp_path / "control", fleet.folder)
    fleet.wrapper = kills.wrapper
    gates = {f"image-{number}": threading.Event() for number in range(17)}
    for name, gate in gates.items():
        images.add(name, secrets.token_bytes(20_000), gate=gate)
    fleet.start()
    agents = [speaking(fleet, f"host-{number}", SLOW_BEAT) for number in range(2)]
    fleet.apply([entry(images, name) for name in gates])
    first, *rest = gates
    kills.watch()
    put(fleet, first, images=[{"id": first}])
    images.await_requests(2)
    # As many writes as it takes from the policy to the agents' downloads, which are held up until the service is back.
    moments = sorted(chance.sample(range(1, kills.count + 1), len(rest)))
    kills.let_be()
    gates[first].set()
    for name, moment in zip(rest, moments):
        kills.kill_at(moment, torn=chance.random() < 0.5)
        was_taken = died_or(lambda: put(fleet, name, images=[{"id": name}]))
        fleet.service.wait()
        kills.let_be()
        fleet.restart()
        gates[name].set()
        if not was_taken:
            put(fleet, name, images=[{"id": name}])
        soon(fleet, f"it is met after a kill at {moment}: {kills.call(moment)}", lambda: is_met(fleet, name))
        # Hosts tell what they have before their job hears of it.
        for job in jobs(fleet, name):
            fleet.await_end(job["id"])
        made = [(job["hosts"]["total"], job["results"]["cached"]) for job in jobs(fleet, name)]
        assert made == [(2, 2)] and len(images.requests_for(name)) == 2, (moment, kills.call(moment), made)
    assert all(cached(agent) == set(gates) for agent in agents)


@pytest.mark.sqlite
def test_a_clock_that_goes_back_over_a_window_brings_its_jobs_neither_twice_nor_never(fleet, images, clock):
    gates = {name: threading.Event() for name in ("one", "two", "three")}
    gates["one"].set()
    for name, gate in gates.items():
        images.add(name, secrets.token_bytes(50_000), gate=gate)
    fleet.start()
    speaking(fleet, "host-0")
    fleet.apply([entry(images, name) for name in gates])
    opens = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=2)
    opens = opens.replace(minute=0, second=0, microsecond=0)
    window = {"cron": f"0 {opens.hour} * * *", "hours": 1, "timezone": "UTC"}

    def minutes_after(minutes):
        clock.set_clock(int((opens - datetime.datetime.now(datetime.UTC)).total_seconds()) + 60 * minutes)

    def waits(name):
        status = policy(fleet, name)["status"]
        return status["state"] == "waiting" and datetime.datetime.fromisoformat(status["next_window_at"]) == opens
    minutes_after(-10)
    put(fleet, "one", images=[{"id": "one"}], windows=[window])
    soon(fleet, "it waits", lambda: waits("one"))
    minutes_after(5)
    fleet.eventually("the time brings it", lambda: is_met(fleet, "one"))
    # What is brought in it once isn't when it opens again, nor are jobs that are under way made again.
    put(fleet, "finish", images=[{"id": "two"}], windows=[window])
    put(fleet, "pause", images=[{"id": "three"}], windows=[window], at_window_end="pause")
    images.await_requests(3)
    minutes_after(-30)
    soon(fleet, "what is to pause waits", lambda: waits("pause") and not policy(fleet, "pause")["status"]["open_jobs"])
    assert policy(fleet, "finish")["status"]["state"] == "working" and is_met(fleet, "one")
    gates["two"].set()
    gates["three"].set()
    soon(fleet, "what is to finish goes on", lambda: is_met(fleet, "finish"))
    assert waits("pause")
    minutes_after(5)
    fleet.eventually("what paused goes on", lambda: is_met(fleet, "pause"))
    look(fleet)
    for job in jobs(fleet, "one") + jobs(fleet, "finish") + jobs(fleet, "pause"):
        fleet.await_end(job["id"])
    states = {name: [job["state"] for job in jobs(fleet, name)] for name in ("one", "finish", "pause")}
    assert states == {"one": ["succeeded"], "finish": ["succeeded"], "pause": ["succeeded", "cancelled"]}
    assert [len(images.requests_for(name)) for name in ("one", "two")] == [1, 1]
