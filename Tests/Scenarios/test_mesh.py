"""Hosts get an image from each other while they download it: real agents with certificates, one real source."""

import errno
import os
import signal
import threading

import pytest

from exchange import await_capable, certificates, join
from faultshim import FaultShim
from test_main_job import entry

SIZE = 24 << 20
NAMES = [f"host-{number}" for number in range(6)]


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    return certificates(folder, *NAMES, "bad-0", "bad-1")


@pytest.fixture
def mesh(fleet, authority):
    return join(fleet, authority, NAMES)


def begin(fleet, images, bad=(), **fields):
    """Starts the agents of a job that the inventory knows, and waits until the service knows that all can take part."""
    fleet.apply([entry(images, name[1:]) for name in images.images], hosts=[{"name": each.name, "address": each.address, "port": each.port} for each in fleet.agents.values()] + [
        each.host(each.name) for each in bad])
    for agent in fleet.agents.values():
        agent.start()
    for each in bad:
        each.beat(fleet)

    await_capable(fleet, len(NAMES) + len(bad))
    return fleet.cache("one", **fields)


def seeds_of(fleet, job: str) -> list[str]:
    """Two, and others that have become seeds since they waited for too long."""
    seeds = []

    def are_told():
        seeds[:] = fleet.job(job)["transfer"]["seeds"]
        return len(seeds) >= 2

    fleet.eventually("the seeds are told", are_told)
    return seeds


def check(fleet, job, data):
    assert job["results"]["cached"] == len(NAMES), fleet.results(job["id"])
    for name in NAMES:
        assert fleet.agents[name].file("one").read_bytes() == data


def test_six_hosts_cost_the_source_a_few_copies_at_most(mesh, images):
    data = os.urandom(SIZE)
    images.add("one", data)
    job = mesh.await_end(begin(mesh, images)["id"])
    check(mesh, job, data)
    rows = mesh.results(job["id"])
    read = sum(row["from_source_bytes"] for row in rows)
    assert SIZE <= read <= 3 * SIZE and images.bytes_sent <= 3.2 * SIZE, (read, images.bytes_sent)
    assert read + sum(row["from_peers_bytes"] for row in rows) >= len(NAMES) * SIZE
    readers = [row["host"] for row in rows if row["from_source_bytes"]]
    assert 1 <= len(readers) <= 3, rows
    assert job["transfer"]["from_source_bytes"] == read and sorted(job["transfer"]["seeds"]) == sorted(readers), job
    # Runs of 4 MiB, of seeds alone.
    assert len(images.seen) <= 3 * SIZE // (4 << 20) + 4


def test_a_job_ends_right_when_the_service_is_killed_midway(mesh, images):
    data = os.urandom(SIZE)
    gate = threading.Event()
    images.add("one", data, gate=gate, gate_at=2 << 20)
    job = begin(mesh, images)
    images.await_requests(1)
    mesh.service.process.send_signal(signal.SIGKILL)
    mesh.service.wait()
    gate.set()
    mesh.restart()
    job = mesh.await_end(job["id"])
    check(mesh, job, data)
    assert images.bytes_sent <= 3.2 * SIZE


def test_a_job_ends_right_when_both_seeds_are_killed_midway(mesh, images):
    data = os.urandom(SIZE)
    gate = threading.Event()
    images.add("one", data, gate=gate, gate_at=1 << 20)
    job = begin(mesh, images, max_attempts=10)
    images.await_requests(2)
    seeds = seeds_of(mesh, job["id"])
    for name in seeds:
        mesh.agents[name].program.process.send_signal(signal.SIGKILL)
        mesh.agents[name].program.wait()
    gate.set()
    # Others are made seeds in their place: nobody waits for those two.
    mesh.eventually("the others have it", lambda: mesh.job(job["id"])["results"]["cached"] == len(NAMES) - len(seeds))
    for name in NAMES:
        assert mesh.agents[name].file("one").exists() == (name not in seeds)
    for name in seeds:
        mesh.agents[name].start()
    job = mesh.await_end(job["id"])
    check(mesh, job, data)
    assert images.bytes_sent <= 3.2 * SIZE


@pytest.mark.parametrize("role", ["seed", "member"])
def test_a_host_whose_disk_fills_midway_costs_the_others_nothing(mesh, images, shim, role):
    data = os.urandom(SIZE)
    gate = threading.Event()
    images.add("one", data, gate=gate, gate_at=1 << 20)
    faults = {name: FaultShim(shim, agent.folder / "control", agent.cache) for name, agent in mesh.agents.items()}
    for name, agent in mesh.agents.items():
        agent.environment = faults[name].environment
    job = begin(mesh, images, max_attempts=1)["id"]
    images.await_requests(2)
    seeds = seeds_of(mesh, job)
    full = mesh.agents[next(name for name in NAMES if (name in seeds) == (role == "seed"))]

    def written():
        return sum(file.stat().st_blocks * 512 for file in full.cache.rglob("*.part"))

    mesh.eventually("it has some of it", lambda: written() >= 1 << 20)
    faults[full.name].fail_writes(errno.ENOSPC)
    gate.set()
    ended = mesh.await_end(job)
    result = mesh.result(job, full.name, "one")
    assert (result["outcome"], result["reason"]) == ("error", "no_space"), result
    assert role == "seed" or result["from_source_bytes"] == 0, "at once, and not as the seed that starving makes of it"
    assert ".part" in result["detail"], "a piece could not be written"
    assert ended["results"]["cached"] == len(NAMES) - 1, mesh.results(job)
    for agent in mesh.agents.values():
        assert agent is full or agent.file("one").read_bytes() == data
        assert mesh.call("GET", f"/v1/hosts/{agent.name}").json["relay"]["out_until"] is None
    assert not full.file("one").exists() and full.program.is_running
    # What it has it goes on with, once there is room.
    faults[full.name].let_be()
    job = mesh.await_end(mesh.cache("one")["id"])
    assert job["results"]["cached"] == 1 and full.file("one").read_bytes() == data, mesh.results(job["id"])
