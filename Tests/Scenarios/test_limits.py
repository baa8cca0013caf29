"""What a stranger can send or hold open is bounded, and the others are served meanwhile."""

import http.client
import json
import resource
import socket
import sys
from pathlib import Path

import pytest

from fleet import LIMIT, request


def test_ten_thousand_idle_connections_and_the_service_still_answers(fleet):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard < 12_000:
        pytest.skip(f"the limit of open files is {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    fleet.start()
    fleet.token("reader")
    before = fleet.service.memory_mib
    held = []
    try:
        for number in range(10_000):
            connection = socket.socket()
            connection.bind((f"127.0.{number // 2000 + 1}.1", 0))
            connection.connect(("127.0.0.1", fleet.port))
            held.append(connection)
        assert fleet.call("GET", "/v1/jobs").status == 200
        assert fleet.service.memory_mib - before < 100
    finally:
        for connection in held:
            connection.close()


def test_a_slow_head_is_cut_off_while_others_are_served(fleet):
    fleet.start(listen__limits__head_timeout_seconds=1)
    slow = socket.create_connection(("127.0.0.1", fleet.port))
    slow.sendall(b"GET /healthz HTTP/1.1\r\nHo")
    assert request(fleet.url + "/healthz").status == 200
    slow.settimeout(30)
    answer = b""
    while part := slow.recv(4096):
        answer += part
    assert answer == b"" or b" 408 " in answer


def test_a_watcher_that_stops_reading_does_not_grow_memory(fleet, images):
    """Events of a job of thousands of results, asked for by readers that never read."""
    from test_main_job import entry
    images.add("one", b"1")
    fleet.start()
    fleet.apply([entry(images, "one")], hosts=[{"name": f"h{n}", "enabled": False} for n in range(5000)])
    job = fleet.await_end(fleet.cache("one")["id"])
    token = fleet.token("reader")
    before = fleet.service.memory_mib
    held = []
    for _ in range(100):
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", fleet.port))
        connection.sendall(f"GET /v1/jobs/{job['id']}/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
        held.append(connection)
    for connection in held:
        connection.settimeout(30)
        assert connection.recv(100)
    assert fleet.service.memory_mib - before < 60
    for connection in held:
        connection.close()


def test_large_heads_and_targets_are_refused(fleet):
    fleet.start()
    for data, status in [
        (b"GET /" + b"a" * 10_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b" 414 "),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 100_000 + b"\r\n\r\n", b" 431 "),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 1000 + b"\r\n", b" 431 "),
    ]:
        with socket.create_connection(("127.0.0.1", fleet.port), 30) as connection:
            try:
                connection.sendall(data)
            except OSError:
                pass
            answer = connection.recv(4096)
            assert status in answer.split(b"\r\n")[0] + b" ", answer[:100]


def unread(connection) -> "int | None":
    """Bytes that the other end on this machine hasn't read yet; none before the connection is made."""
    ends = ["%08X:%04X" % (int.from_bytes(socket.inet_aton(address), sys.byteorder), port)
            for address, port in (connection.getpeername(), connection.getsockname())]
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return next((int(row[4].split(":")[1], 16) for row in rows if row[1:3] == ends), None)


def test_a_graceful_stop_finishes_what_is_in_hand(fleet):
    fleet.start()
    fleet.apply([{"id": "one", "url": "http://127.0.0.1:9/x", "hash_algorithm": "sha256", "hash": "0" * 64}],
                hosts=[{"name": "h", "enabled": True, "address": "127.0.0.1", "port": 9}])
    job = fleet.cache("one", max_attempts=100)
    fleet.eventually("it being begun", lambda: fleet.job(job["id"])["state"] == "running")
    waiter = http.client.HTTPConnection("127.0.0.1", fleet.port, LIMIT)
    waiter.request("GET", f"/v1/jobs/{job['id']}?wait=300", headers={"Authorization": f"Bearer {fleet.token('reader')}"})
    fleet.eventually("the service having read that", lambda: unread(waiter.sock) == 0)
    assert fleet.service.terminate() == 0
    answer = waiter.getresponse()
    assert answer.status == 200 and json.load(answer)["job"]["state"] == "running"
