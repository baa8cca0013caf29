"""One host of a mesh has gone bad, with a right certificate and the image's ticket: whatever it does harms nobody but itself."""

import json
import os
import threading

import pytest

from hostile_member import HostileMember, answer
from scripted_agent import HEAD, line
from test_mesh import NAMES, SIZE, authority, begin, mesh  # noqa: F401


@pytest.fixture
def run(mesh, images, authority):  # noqa: F811
    """Runs a job of six hosts and such ones, which end theirs once the six have the image; returns these and the events.

    Whom a host asks for a piece is chance: jobs for other images follow until the events are as wanted, a few at most.
    """
    bad, wanted = [], ["one", "two", "three", "four", "five", "six", "seven", "eight"]

    def start(*kinds, until=lambda events: True):
        for number, kind in enumerate(kinds):
            file = authority / f"agents/bad-{number}"
            bad.append(kind(f"127.1.9.{number + 1}", file.name, f"{file}.pem", f"{file}.key", authority / "ca.pem"))
        for name in wanted:
            images.add(name, os.urandom(SIZE))
        events = through(begin(mesh, images, bad)["id"], wanted[0])
        for name in wanted[1:]:
            if not until(events):
                for each in bad:
                    each.rest()
                events += through(mesh.cache(name)["id"], name)
        return bad, events

    def through(job, image):
        before = images.bytes_sent
        mesh.eventually("the healthy hosts have it", lambda: mesh.job(job)["results"]["cached"] == len(NAMES))
        for each in bad:
            each.over.set()
        mesh.await_end(job)
        for name in NAMES:
            agent = mesh.agents[name]
            assert agent.file(image).read_bytes() == images.images[f"/{image}"].data
            assert agent.program.is_running and out_of_exchanges(mesh, name) is None
        assert images.bytes_sent - before <= 3.2 * SIZE
        told = mesh.call("GET", f"/v1/jobs/{job}/events").body.decode().splitlines()
        return [json.loads(line[6:]) for line in told if line.startswith("data: ")]

    yield start
    for each in bad:
        each.stop()


def out_of_exchanges(fleet, name) -> "str | None":
    """Why a host is kept out of them, if it is."""
    relay = fleet.call("GET", f"/v1/hosts/{name}").json["relay"]
    return relay["why"] if relay["out_until"] else None


def descriptors(agent) -> int:
    return len(os.listdir(f"/proc/{agent.program.process.pid}/fd"))


class Forger(HostileMember):
    """Hands on pieces with one bit turned, as a seed sealed them."""

    def gives(self, connection, number):
        found = self.piece(number)
        if not found:
            return answer(connection, 429, Retry_After=1)
        body, seal = found
        answer(connection, 200, body[:-1] + bytes([body[-1] ^ 1]), Precache_Seal=seal)


def test_who_hands_on_wrong_bytes_is_named_and_left_alone(mesh, run):  # noqa: F811
    (forger,), events = run(Forger, until=lambda events: any(event["type"] == "barred" for event in events))
    faults = [event for event in events if event["type"] == "peer_fault"]
    assert len(faults) >= 2 and {event["host"] for event in faults} == {forger.name}
    assert all("is not what seed" in event["detail"] for event in faults), faults
    assert {event["host"] for event in events if event["type"] == "barred"} == {forger.name}
    assert "two hosts say that it gave them something wrong" in out_of_exchanges(mesh, forger.name)
    shown = mesh.cli("host", "show", forger.name)
    assert shown.returncode == 0 and "two hosts say that it gave them something wrong" in shown.stdout


class Plague(HostileMember):
    """Claims all and gives nothing; holds what sockets and places it gets; orders work; accuses everybody."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.held, self.refused, self.done = [], [], threading.Event()

    def reports(self):
        accused = [neighbour["host"] for neighbour in self.order["relay"]["neighbours"]] + ["nobody-knows-it"]
        said = b"".join(line(type="peer_fault", host=host, image_id="one", fault="it lied") for host in accused * 200)
        return said + line(type="starved", image_id="one") * 2_000

    def works(self):
        pieces, content = range(self.pieces), self.content
        for neighbour in self.order["relay"]["neighbours"]:
            # Orders of its own, and what only the service may ask.
            for method, path in [("PUT", "/v1/tasks/mine"), ("DELETE", "/v1/images/one"), ("GET", "/v1/images"), ("GET", "/v1/tasks"),
                                 ("GET", "/metrics"), ("POST", "/v1/cache/sweep"), ("GET", f"/v1/relay/sha256:{'ab' * 32}"),
                                 ("GET", "/v1/relay/../images"), ("PUT", f"/v1/relay/{content}"), ("GET", f"/v1/relay/{content}/-1")]:
                with self.call(neighbour, path, method, "Content-Length: 0\r\n") as connection:
                    self.refused.append((path, int(connection.recv(4096).split(b" ")[1])))
            # Streams and pieces that it never reads.
            for number in [None] * 20 + [*pieces][:40]:
                path = f"/v1/relay/{content}" + ("" if number is None else f"/{number}")
                self.held.append(self.call(neighbour, path))
        self.done.set()

    def let_go(self):
        for each in self.held:
            each.close()
        self.held = []


def test_who_floods_holds_and_accuses_harms_nobody(mesh, run):  # noqa: F811
    (plague,), events = run(Plague)
    assert plague.done.wait(60)
    assert len(plague.held) == 60 * len(NAMES)
    assert {status for _, status in plague.refused} <= {401, 403, 404, 405, 429} and plague.refused
    told = [event for event in events if event["type"] in ("peer_fault", "starved")]
    assert 0 < sum(f"{plague.name} says" in event["detail"] for event in told) <= 100
    assert not any(event["type"] == "barred" for event in events), "one host's word isn't enough"
    for name in NAMES:
        assert mesh.agents[name].program.private_memory_mib < 64
        assert descriptors(mesh.agents[name]) < 160
    plague.let_go()
    mesh.eventually("what it held is free again", lambda: all(descriptors(mesh.agents[name]) < 60 for name in NAMES))
