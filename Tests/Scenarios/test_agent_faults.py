"""Hosts whose agent is broken in every way cost the others nothing, and each ends in its own reason."""

import secrets
import socket
import threading
from pathlib import Path

import pytest

from scripted_agent import HEAD, ScriptedAgent, chunk, line
from test_main_job import entry


@pytest.fixture
def good(fleet, images):
    images.add("one", secrets.token_bytes(10_000))
    fleet.start(fanout__max_attempts=1)
    fleet.agent("good")
    return fleet


def run_with(fleet, images, hosts, **fields):
    agent = fleet.agents["good"]
    fleet.apply([entry(images, "one")],
                hosts=[{"name": "good", "address": agent.address, "port": agent.port}, *hosts])
    job = fleet.await_end(fleet.cache("one", **fields)["id"], limit=150)
    assert fleet.result(job["id"], "good", "one")["outcome"] == "cached"
    return {row["host"]: row for row in fleet.results(job["id"])}


def never_answers(connection, _):
    connection.recv(1)


def closes(connection, _):
    pass


def garbage(connection, _):
    connection.sendall(b"\x00\xff" * 1000)


def garbage_lines(connection, _):
    connection.sendall(HEAD + chunk("this is no JSON\n") + b"0\r\n\r\n")


def accepted(request: bytes) -> bytes:
    """What an agent says first: the task that the request's path names."""
    task = request.split(b" ")[1].rsplit(b"/", 1)[1].decode()
    return HEAD + line(type="accepted", task_id=task, attempt=1, attached=False)


def half_a_line(connection, request):
    connection.sendall(accepted(request) + chunk('{"type":"outc'))


def endless_line(connection, _):
    connection.sendall(HEAD)
    while True:
        connection.sendall(chunk("x" * 60_000))


def endless_progress(connection, request):
    connection.sendall(accepted(request))
    while True:
        connection.sendall(line(type="progress", image_id="one", bytes_done=1, bytes_total=2) * 100)


def boasts(connection, request):
    most = 2 ** 63 - 1
    said = accepted(request)
    for image in ("one", "two"):
        said += line(type="progress", image_id=image, bytes_done=most, bytes_total=-most)
    for image in ("one", "two"):
        said += line(type="outcome", image_id=image, outcome="cached", bytes_done=most, bytes_total=-most, verified=True)
    connection.sendall(said + line(type="end") + b"0\r\n\r\n")


def no_outcome(connection, request):
    connection.sendall(accepted(request) + line(type="end") + b"0\r\n\r\n")


def answers_500(connection, _):
    connection.sendall(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n")


def resets(connection, _):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")


@pytest.mark.parametrize("behaviour, reasons", [
    (never_answers, {"agent_timeout"}),
    (closes, {"agent_unreachable"}),
    (garbage, {"agent_protocol", "agent_unreachable"}),
    (garbage_lines, {"agent_protocol"}),
    (half_a_line, {"agent_unreachable", "agent_timeout"}),
    (endless_line, {"agent_protocol"}),
    (endless_progress, {"agent_timeout"}),
    (no_outcome, {"agent_protocol"}),
    (answers_500, {"agent_protocol", "agent_unreachable"}),
    (resets, {"agent_unreachable"}),
], ids=lambda value: getattr(value, "__name__", None))
def test_an_agent_that(good, images, behaviour, reasons):
    bad = ScriptedAgent("127.2.0.1", behaviour)
    rows = run_with(good, images, [bad.host("bad")], host_timeout_seconds=20)
    bad.stop()
    assert rows["bad"]["outcome"] == "error" and rows["bad"]["reason"] in reasons, rows["bad"]
    assert rows["bad"]["detail"]
    assert good.service.memory_mib < 200


def test_an_agent_that_boasts_of_bytes_ends_neither_the_service_nor_the_job(fleet, images):
    images.add("one", b"1")
    images.add("two", b"2")
    fleet.start()
    bad = ScriptedAgent("127.2.0.1", boasts)
    fleet.apply([entry(images, "one"), entry(images, "two")], hosts=[bad.host("bad")])
    job = fleet.await_end(fleet.cache("one", "two")["id"])
    bad.stop()
    assert job["state"] == "succeeded"
    assert job["bytes"]["done"] <= 2 ** 53
    assert fleet.service.is_running


def test_refused_black_holed_and_unknown_names(good, images):
    hole = socket.socket()
    hole.bind(("127.2.0.9", 0))
    hole.listen(0)
    fill = []
    for _ in range(3):  # a full backlog: the kernel drops what comes after, as a black hole does
        probe = socket.socket()
        probe.setblocking(False)
        probe.connect_ex(hole.getsockname())
        fill.append(probe)
    rows = run_with(good, images, [
        {"name": "refused", "address": "127.2.0.2", "port": 1},
        {"name": "unknown", "address": "no-such-host.invalid", "port": 7701},
        {"name": "hole", "address": "127.2.0.9", "port": hole.getsockname()[1]},
    ], host_timeout_seconds=15)
    assert rows["refused"]["reason"] == "agent_unreachable"
    assert rows["unknown"]["reason"] == "agent_unreachable"
    assert rows["hole"]["reason"] in ("agent_unreachable", "agent_timeout")
    for connection in [hole, *fill]:
        connection.close()


@pytest.mark.parametrize("end", ["terminate", "kill"])
def test_a_restart_between_two_jobs_costs_no_attempt(good, images, end):
    """The connection that was kept from the job before is gone; the only attempt that there is goes over another."""
    agent = good.agents["good"]
    run_with(good, images, [])
    kept = connections_to(agent)
    assert len(kept) == 1 and ends_well(good)
    assert connections_to(agent) == kept
    getattr(agent.program, end)()
    agent.start()
    assert ends_well(good)


def ends_well(fleet) -> bool:
    job = fleet.await_end(fleet.cache("one")["id"])
    return fleet.result(job["id"], "good", "one")["outcome"] == "existing"


def connections_to(agent) -> list[str]:
    """The other ends of the TCP connections that an agent has, from /proc/net/tcp."""
    here = f":{agent.port:04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [row[2] for row in rows if row[1].endswith(here) and row[3] == "01"]


def test_a_wrong_token_is_agent_unauthorized_and_is_not_retried(fleet, images):
    images.add("one", b"1")
    fleet.start()
    agent = fleet.agent("good", token="another-token-of-the-agent")
    fleet.apply([entry(images, "one")])
    job = fleet.await_end(fleet.cache("one", max_attempts=5)["id"])
    row = fleet.result(job["id"], "good", "one")
    assert (row["reason"], row["attempts"]) == ("agent_unauthorized", 1), row
    assert fleet.agent_token not in (fleet.folder / "precached.log").read_text()
    assert "another-token" not in (agent.folder / "agent.log").read_text()


def test_a_host_timeout_ends_the_attempt_and_the_deadline_ends_the_job(fleet, images):
    images.add("one", secrets.token_bytes(100_000), gate=threading.Event())
    fleet.start()
    fleet.agent("host-0")
    fleet.apply([entry(images, "one")])
    job = fleet.await_end(fleet.cache("one", host_timeout_seconds=1, max_attempts=1)["id"])
    assert fleet.result(job["id"], "host-0", "one")["reason"] == "agent_timeout"
    job = fleet.await_end(fleet.cache("one", deadline_seconds=2, max_attempts=50)["id"])
    assert fleet.result(job["id"], "host-0", "one")["reason"] == "deadline_exceeded"


def test_a_suspended_agent_is_seen_and_the_job_ends(fleet, images):
    images.add("one", b"1" * 1000)
    fleet.start()
    agent = fleet.agent("host-0")
    fleet.apply([entry(images, "one")])
    agent.program.suspend()
    job = fleet.await_end(fleet.cache("one", host_timeout_seconds=2, max_attempts=1)["id"])
    assert fleet.result(job["id"], "host-0", "one")["reason"] == "agent_timeout"
    agent.program.resume()
    assert fleet.await_end(fleet.cache("one")["id"])["state"] == "succeeded"
