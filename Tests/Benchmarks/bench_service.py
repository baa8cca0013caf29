"""The service under many eyes: its memory, and how quickly it answers while outcomes stream in."""

import json
import selectors
import socket
import threading
import time

from bench import Bench, SimulatedFleet
from bench_status import live_job


class Watchers:
    """Open connections that read whatever comes, on one thread."""

    def __init__(self):
        self.selector = selectors.DefaultSelector()
        self.heard: set[socket.socket] = set()
        self.ending = False
        self.thread = threading.Thread(target=self._read, daemon=True)

    def open(self, port: int, head: bytes, count: int):
        for _ in range(count):
            connection = socket.create_connection(("127.0.0.1", port))
            connection.sendall(head)
            connection.setblocking(False)
            self.selector.register(connection, selectors.EVENT_READ)
        if not self.thread.is_alive():
            self.thread.start()

    def await_all(self, count: int):
        deadline = time.monotonic() + 120
        while len(self.heard) < count:
            assert time.monotonic() < deadline, f"{len(self.heard)} of {count} connections were answered"
            time.sleep(0.05)

    def _read(self):
        while not self.ending:
            for key, _ in self.selector.select(0.2):
                try:
                    if key.fileobj.recv(65536):
                        self.heard.add(key.fileobj)
                    else:
                        self.selector.unregister(key.fileobj)
                except BlockingIOError:
                    pass
                except OSError:
                    self.selector.unregister(key.fileobj)

    def close(self):
        self.ending = True
        self.thread.join()
        for key in list(self.selector.get_map().values()):
            key.fileobj.close()


def memory(bench: Bench):
    hosts, watching, idle = bench.pick((10_000, 1_000, 10_000), (1_000, 100, 1_000))
    for _ in range(bench.pick(3, 1)):
        service = bench.service()
        fleet, job = live_job(bench, service, hosts, images=5)
        watchers = Watchers()
        head = (f"Host: x\r\nAuthorization: Bearer {service.token('reader')}\r\n\r\n").encode()
        try:
            watchers.open(service.port, f"GET /v1/jobs/{job}/events HTTP/1.1\r\n".encode() + head, watching)
            watchers.open(service.port, b"GET /healthz HTTP/1.1\r\n" + head, idle)
            watchers.await_all(watching + idle)
            bench.record("service-memory", "precached", service.service.memory_mib)
        finally:
            watchers.close()
            fleet.stop()
            service.stop()


def latency(bench: Bench):
    """The 99th percentile of a job's status, idle, and while that job's 10,000 outcomes come in."""
    hosts, seconds = bench.pick(10_000, 500), bench.pick(10, 2)
    for _ in range(bench.rounds):
        service = bench.service()
        fleet = SimulatedFleet(bench, hosts, "--delay", "10ms-50ms", token=service.agent_token)
        token = fleet.folder / "reader"
        token.write_text(service.token("reader"))
        try:
            fleet.introduce(service)

            def p99(job_id: str, duration: float) -> float:
                text = bench.output("precache-bench", "load", f"{service.url}/v1/jobs/{job_id}", "--rate", 300, "--for", duration,
                                    "--token-file", token, "--output", "json")
                told = json.loads(text)
                assert told["failures"] == 0, told
                return told["milliseconds"]["p99.0"]

            first = service.cache("sim-image-1", aggregate="fleet", parallelism=1)
            service.call("POST", f"/v1/jobs/{first['id']}/cancel")
            service.await_end(first["id"])
            bench.record("status-latency", "idle", p99(first["id"], seconds))
            job = service.cache("sim-image-1", aggregate="fleet", parallelism="100%")
            bench.record("status-latency", "streaming", p99(job["id"], seconds / 5))
            service.await_end(job["id"], limit=300)
        finally:
            fleet.stop()
            service.stop()
