"""A webhook's endpoint that answers what a test tells it, and keeps what came."""

import json
import socket
import threading
import time
from dataclasses import dataclass

HANG = "hang"  # takes the request and never answers
CUT = "cut"  # closes the connection without an answer


@dataclass
class Received:
    path: str
    headers: dict
    body: bytes
    at: float  # time.monotonic()
    answer: object = None

    @property
    def id(self):
        return self.headers["webhook-id"]

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def type(self):
        return self.json.get("type") or self.json["event_type"]

    @property
    def job(self):
        return self.json["data"]["job_id"]


class WebhookReceiver:
    """`answer(received)` says what each request gets: a status, (status, headers), HANG or CUT."""

    def __init__(self, answer=lambda received: 200):
        self.answer = answer
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/hook"
        self.received: list[Received] = []
        self.over = threading.Event()
        self._changed = threading.Condition()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def taken(self) -> list[Received]:
        """What was answered with 2xx."""
        return [one for one in list(self.received) if isinstance(one.answer, int) and 200 <= one.answer < 300]

    def first_times(self) -> list[Received]:
        """What was taken, each message once, in the order of the first time."""
        return list({one.id: one for one in reversed(self.taken)}.values())[::-1]

    def wait(self, condition, what: str, limit=60.0):
        """Waits until `condition()` holds; it's looked at after each request."""
        with self._changed:
            assert self._changed.wait_for(condition, limit), f"{what}; got {[one.type for one in self.received]}"

    def await_count(self, count: int):
        self.wait(lambda: len(self.received) >= count, f"fewer than {count} requests")

    def await_types(self, *types: str):
        self.wait(lambda: set(types) <= {one.type for one in self.taken}, f"not all of {types} came")

    def await_end(self, *jobs: dict):
        wanted = {job["id"] for job in jobs}
        self.wait(lambda: wanted <= {one.job for one in self.taken if one.type.endswith(".finished")}, "a job's end is missing")

    def stop(self):
        self.over.set()
        self.listener.close()

    def _accept(self):
        while not self.over.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            try:
                while self._one(connection):
                    pass
            except OSError:
                pass

    def _one(self, connection) -> bool:
        data = b""
        while b"\r\n\r\n" not in data:
            part = connection.recv(65536)
            if not part:
                return False
            data += part
        head, body = data.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines[1:])}
        if "content-length" not in headers:
            return False  # no delivery: somebody looks for who had this port before
        while len(body) < int(headers["content-length"]):
            part = connection.recv(65536)
            if not part:
                return False
            body += part
        received = Received(lines[0].split(" ")[1], headers, body, time.monotonic())
        answer = self.answer(received)
        status, extra = answer if isinstance(answer, tuple) else (answer, {})
        received.answer = status
        with self._changed:
            self.received.append(received)
            self._changed.notify_all()
        if answer == HANG:
            self.over.wait(120)
            return False
        if answer == CUT:
            return False
        fields = "".join(f"{name}: {value}\r\n" for name, value in extra.items())
        connection.sendall(f"HTTP/1.1 {status} Said So\r\n{fields}Content-Length: 0\r\n\r\n".encode())
        return True
