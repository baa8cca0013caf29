"""kill -9 of either program, or both, at any moment: the job goes on, nothing is downloaded twice, one outcome each."""

import random
import secrets
import signal
import threading

import pytest

from test_main_job import entry


def test_the_service_is_killed_in_mid_job_and_the_job_goes_on_without_second_downloads(fleet, images):
    gate = threading.Event()
    images.add("one", secrets.token_bytes(1_000_000), gate=gate)
    images.add("two", secrets.token_bytes(10_000))
    fleet.start()
    for number in range(4):
        fleet.agent(f"host-{number}")
    fleet.apply([entry(images, "one"), entry(images, "two")])
    job = fleet.cache("one", "two")
    images.await_requests(4)
    fleet.service.kill()
    fleet.restart()
    gate.set()
    ended = fleet.await_end(job["id"])
    assert ended["state"] == "succeeded"
    assert len(images.requests_for("one")) == 4 and len(images.requests_for("two")) == 4


def test_an_agent_between_two_images_goes_on_with_them(fleet, images):
    """The attempt is taken up again with the images that it began with; else its agent would refuse it as another order."""
    gate = threading.Event()
    images.add("one", secrets.token_bytes(10_000))
    images.add("two", secrets.token_bytes(1_000_000), gate=gate)
    fleet.start()
    fleet.agent("host-0")
    fleet.apply([entry(images, "one"), entry(images, "two")])
    job = fleet.cache("one", "two", max_attempts=1)
    images.await_requests(2)
    fleet.eventually("the first image's outcome", lambda: fleet.job(job["id"])["results"]["cached"] == 1)
    fleet.service.kill()
    fleet.restart()
    gate.set()
    ended = fleet.await_end(job["id"])
    assert ended["state"] == "succeeded", fleet.results(job["id"])
    assert len(images.requests_for("one")) == len(images.requests_for("two")) == 1


@pytest.mark.parametrize("seed", range(6))
def test_the_service_is_killed_at_random_moments(fleet, images, seed):
    """The moment is drawn from what happens (a number of requests at the image server), not from a clock."""
    chance = random.Random(seed)
    names = [f"image-{number}" for number in range(4)]
    for name in names:
        images.add(name, chance.randbytes(chance.randrange(1, 400_000)))
    fleet.start()
    hosts = 6
    for number in range(hosts):
        fleet.agent(f"host-{number}")
    fleet.apply([entry(images, name) for name in names])
    job = fleet.cache(*names, parallelism=3)
    kills = sorted(chance.sample(range(0, hosts * len(names) - 1), 3))
    for moment in kills:
        images.await_requests(moment)
        fleet.service.kill()
        fleet.restart()
    ended = fleet.await_end(job["id"])
    assert ended["state"] == "succeeded" and ended["results"]["error"] == 0
    for name in names:
        assert len(images.requests_for(name)) == hosts, "no host downloads anything twice"


def test_a_job_cancelled_just_before_the_kill_has_its_agents_told_at_the_restart(fleet, images):
    gate = threading.Event()
    images.add("one", secrets.token_bytes(1_000_000), gate=gate)
    fleet.start()
    agent = fleet.agent("host-0")
    fleet.apply([entry(images, "one")])
    job = fleet.cache("one")
    images.await_requests(1)
    fleet.service.kill()
    # As a kill leaves it between the cancellation's commit and the word to the agent.
    fleet.sql("UPDATE job SET cancel_requested_at = created_at")
    fleet.restart()
    assert fleet.await_end(job["id"])["state"] == "cancelled"
    task = f"/v1/tasks/{job['id']}.0"
    fleet.eventually("the agent's task cancelled", lambda: b"cancelled" in agent.call("GET", task).body)
    gate.set()


def test_an_agent_killed_in_mid_download_resumes_instead_of_restarting(fleet, images):
    gate = threading.Event()
    data = secrets.token_bytes(8_000_000)
    images.add("big", data, gate=gate)
    fleet.start()
    agent = fleet.agent("host-0")
    fleet.apply([entry(images, "big", "sha512")])
    job = fleet.cache("big")
    fleet.eventually("something being staged", lambda: agent.staged() > 0)
    agent.program.kill()
    assert not agent.file("big").exists()
    gate.set()
    agent.start()
    ended = fleet.await_end(job["id"])
    assert ended["state"] == "succeeded"
    assert agent.file("big").read_bytes() == data
    ranges = [seen.range for seen in images.requests_for("big")]
    assert ranges[0] is None and ranges[-1] is not None, f"resumed by Range, not restarted: {ranges}"
    assert not [f for f in agent.cache.rglob("*.part")], "staging is empty again"


def test_both_are_killed_and_both_come_back(fleet, images):
    gate = threading.Event()
    images.add("one", secrets.token_bytes(3_000_000), gate=gate)
    fleet.start()
    agents = [fleet.agent(f"host-{number}") for number in range(2)]
    fleet.apply([entry(images, "one")])
    job = fleet.cache("one")
    images.await_requests(2)
    fleet.service.kill()
    for agent in agents:
        agent.program.kill()
    gate.set()
    for agent in agents:
        agent.start()
    fleet.restart()
    assert fleet.await_end(job["id"])["state"] == "succeeded"
    for agent in agents:
        assert agent.file("one").read_bytes() == images.images["/one"].data


def test_a_job_is_durable_before_its_202(fleet, images):
    images.add("one", b"1")
    fleet.start()
    fleet.agent("host-0", start=False)
    fleet.apply([entry(images, "one")])
    jobs = []
    for _ in range(5):
        jobs.append(fleet.cache("one")["id"])
        fleet.service.kill()
        fleet.restart()
    assert {job["id"] for job in fleet.call("GET", "/v1/jobs").json["jobs"]} == set(jobs)


def test_sigterm_in_mid_job_stops_in_time_and_the_restart_goes_on(fleet, images):
    gate = threading.Event()
    images.add("one", secrets.token_bytes(1_000_000), gate=gate)
    fleet.start()
    for number in range(3):
        fleet.agent(f"host-{number}")
    fleet.apply([entry(images, "one")])
    job = fleet.cache("one")
    images.await_requests(3)
    assert fleet.service.terminate() == 0
    fleet.restart()
    gate.set()
    assert fleet.await_end(job["id"])["state"] == "succeeded"
    assert len(images.seen) == 3


def test_sigterm_of_an_agent_in_mid_download_stops_in_time_and_its_restart_resumes(fleet, images):
    gate = threading.Event()
    images.add("one", secrets.token_bytes(4_000_000), gate=gate)
    fleet.start()
    agent = fleet.agent("host-0")
    fleet.apply([entry(images, "one")])
    job = fleet.cache("one", max_attempts=20)
    fleet.eventually("something being staged", lambda: agent.staged() > 0)
    assert agent.program.terminate() == 0
    gate.set()
    agent.start()
    assert fleet.await_end(job["id"])["state"] == "succeeded"
    assert images.requests_for("one")[-1].range is not None, "resumed, not restarted"


def test_a_hangup_as_soon_as_it_listens_reloads_and_ends_nothing(fleet):
    """systemd may reload a service that has only just said that it listens."""
    fleet.start()
    fleet.service.process.send_signal(signal.SIGHUP)
    fleet.service.await_line("no certificates to reload")
    assert fleet.call("GET", "/v1/jobs").status == 200
