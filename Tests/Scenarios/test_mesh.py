"""Hosts get an image from each other while they download it: real agents with certificates, one real source."""

import os
import signal
import subprocess
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SIZE = 24 << 20
NAMES = [f"host-{number}" for number in range(6)]


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run([ROOT / "deploy/make-certificates.sh", folder, *NAMES], check=True, capture_output=True)
    return folder


@pytest.fixture
def mesh(fleet, authority):
    """A service that has images exchanged from 1 MiB on, and six agents that take part."""
    fleet.start(agents__tls__ca=str(authority / "ca.pem"), agents__tls__certificate=str(authority / "service-client.pem"),
                agents__tls__key=str(authority / "service-client.key"), relay__minimum_bytes=1 << 20)
    for name in NAMES:
        fleet.agent(name, start=False).settings.update({
            "listen.tls.certificate": str(authority / f"agents/{name}.pem"),
            "listen.tls.key": str(authority / f"agents/{name}.key"),
            "listen.tls.client_ca": str(authority / "ca.pem"), "service.url": fleet.url,
            "service.token": fleet.token("agent")})
    return fleet


def entry(images, name):
    image = images.images["/" + name]
    return {"id": name, "url": images.url(name), "size_bytes": len(image.data), "hash_algorithm": "sha256",
            "hash": image.sha256}


def begin(fleet, images):
    """Starts the agents of a job that the inventory knows, and waits until the service knows that all can take part."""
    fleet.apply([entry(images, "one")])
    for agent in fleet.agents.values():
        agent.start()

    def capable():
        # In the database, not in memory alone: a service that is killed now must know it, too.
        return int(fleet.sql("SELECT count(*) FROM heartbeat WHERE capabilities = 'relay-1'")[0][0])
    fleet.eventually("all hosts can exchange images", lambda: capable() == len(NAMES))
    return fleet.cache("one")


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
    job = begin(mesh, images)
    images.await_requests(2)
    mesh.eventually("the seeds are told", lambda: len(mesh.job(job["id"])["transfer"]["seeds"]) == 2)
    for name in mesh.job(job["id"])["transfer"]["seeds"]:
        mesh.agents[name].program.process.send_signal(signal.SIGKILL)
        mesh.agents[name].program.wait()
        mesh.agents[name].start()
    gate.set()
    job = mesh.await_end(job["id"])
    check(mesh, job, data)
    assert images.bytes_sent <= 3.2 * SIZE
