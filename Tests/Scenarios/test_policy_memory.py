"""What the service knows of hosts as it looks at policies: by another's jobs, after a kill, when its clock was set back."""

import pytest

from fleet import beating, speaking
from policies import is_met, jobs, policy, put
from test_main_job import entry
from test_policy_faults import two, twice  # noqa: F401
from test_policy_hosts import clock, holds, look, soon, state  # noqa: F401


def test_controllers_know_what_anothers_job_has_brought(two, images):  # noqa: F811
    images.add("one", b"1" * 50_000)
    first, second = two
    first.apply([entry(images, "one")])
    put(first, "base", images=[{"id": "one"}])
    soon(first, "it is met", lambda: is_met(first))
    soon(second, "it is met there, too", lambda: is_met(second))
    assert twice(first) == []


def test_a_service_that_is_killed_right_after_a_jobs_end_asks_nobody_again(fleet, images):
    images.add("one", b"1" * 50_000)
    fleet.start()
    speaking(fleet, "host-0", 30)
    fleet.apply([entry(images, "one")])
    put(fleet, "base", images=[{"id": "one"}])
    fleet.eventually("a job", lambda: jobs(fleet))
    fleet.await_end(jobs(fleet)[0]["id"])
    fleet.service.kill()
    fleet.restart()
    look(fleet)
    assert len(jobs(fleet)) == 1


def met_before_the_clock_went_back(fleet, images, clock):  # noqa: F811
    """The one host's agent; its policy was met by a clock that is an hour behind now."""
    images.add("one", b"1" * 50_000)
    clock.set_clock(3600)
    fleet.start()
    agent = speaking(fleet, "host-0")
    fleet.apply([entry(images, "one")])
    put(fleet, "base", images=[{"id": "one"}])
    soon(fleet, "it is met", lambda: is_met(fleet) and state(fleet, "host-0") == "up")
    clock.set_clock(0)
    return agent


def test_an_absence_of_the_service_takes_no_warmth_from_hosts_that_spoke_to_nobody(fleet, images):
    images.add("one", b"1" * 1000)
    fleet.start()
    agent = fleet.agent("host-0", start=False)
    fleet.apply([entry(images, "one")])
    agent.start(**beating(fleet, "host-0", 60))
    put(fleet, "base", images=[{"id": "one"}])
    fleet.eventually("it being met", lambda: is_met(fleet))
    # Its first beat lists what it has.
    assert agent.program.terminate() == 0
    agent.start()
    beat = lambda: fleet.call("GET", "/v1/hosts/host-0").json["host"]["heartbeat"]
    fleet.eventually("it being listed", lambda: (beat() or {"cache": {"images": 0}})["cache"]["images"] == 1)
    assert fleet.service.terminate() == 0
    agent.program.suspend()
    assert fleet.sql("UPDATE heartbeat SET received_at = received_at - 3600000000 RETURNING host_id")
    fleet.restart()
    fleet.eventually("it being looked at", lambda: policy(fleet)["status"]["state"] != "working")
    assert is_met(fleet), policy(fleet)
    (coverage,) = fleet.call("GET", "/v1/aggregates/web/coverage?image=one").json["coverage"]
    assert coverage["fraction"] == 1 and coverage["hosts"]["warm"] == 1, coverage


@pytest.mark.sqlite
def test_a_loss_after_the_clock_went_back_is_seen(fleet, images, clock):  # noqa: F811
    agent = met_before_the_clock_went_back(fleet, images, clock)
    assert agent.call("DELETE", "/v1/images/one").status == 204
    soon(fleet, "the loss is seen", lambda: list(holds(fleet)) == ["image_lost"])


def test_what_would_be_too_large_a_job_is_several(fleet, images):
    images.add("one", b"1" * 1000)
    images.add("two", b"1" * 1000)
    fleet.start(jobs__max_results=3)
    for number in range(2):
        speaking(fleet, f"host-{number}")
    fleet.apply([entry(images, "one"), entry(images, "two")])
    put(fleet, "base", images=[{"id": "one"}, {"id": "two"}])
    soon(fleet, "two jobs do it", lambda: is_met(fleet))
    assert sorted(job["hosts"]["total"] for job in jobs(fleet)) == [1, 1]


def heard(fleet):
    return fleet.call("GET", "/v1/hosts/host-0").json["host"]["heartbeat"]["at"]


@pytest.mark.sqlite
def test_a_host_that_dies_after_the_clock_went_back_is_down(fleet, images, clock):  # noqa: F811
    agent = met_before_the_clock_went_back(fleet, images, clock)
    before = heard(fleet)
    fleet.eventually("it is heard by the new clock", lambda: heard(fleet) < before)
    agent.program.kill()
    fleet.eventually("it is down", lambda: state(fleet, "host-0") == "down")
    soon(fleet, "the policy says so", lambda: list(holds(fleet)) == ["host_down"])


@pytest.mark.sqlite
def test_a_host_that_fails_after_the_clock_went_back_is_asked_rarely(fleet, images, clock):  # noqa: F811
    images.add("one", b"1" * 1000)
    clock.set_clock(7200)
    fleet.start()
    speaking(fleet, "host-0")
    right = entry(images, "one")
    fleet.apply([right | {"hash": "0" * len(right["hash"])}])
    put(fleet, "base", images=[{"id": "one"}])
    soon(fleet, "it fails", lambda: list(holds(fleet)) == ["checksum_mismatch"])
    clock.set_clock(0)
    for _ in range(8):
        look(fleet)
        for job in jobs(fleet):
            fleet.await_end(job["id"])
    assert len(jobs(fleet)) <= 2, len(jobs(fleet))
