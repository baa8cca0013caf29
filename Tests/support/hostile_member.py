"""A host of the fleet that has gone bad: it has a right certificate and every order that the service gives it, and does what a test says."""

import json
import re
import socket
import ssl
import threading
from pathlib import Path

from fleet import request
from scripted_agent import HEAD, ScriptedAgent, line

BEAT = {"interval_seconds": 30, "version": "1", "started_at": "2026-01-01T00:00:00Z", "capabilities": ["relay-1"],
        "disk": {"total_bytes": 1 << 40, "free_bytes": 1 << 39}, "cache": {"images": 0, "bytes": 0}, "images": [], "tasks": 0}


def answer(connection, status: int, body=b"", **fields):
    """An HTTP answer; the fields are its headers, with `_` for `-`."""
    head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
    head += "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    connection.sendall(head.encode() + b"\r\n" + body)


class HostileMember(ScriptedAgent):
    """By default it says that it has every piece, and has no place for whoever asks for one.

    Of its methods a subclass makes what it wants.
    """

    def __init__(self, address: str, name: str, certificate: Path, key: Path, authority: Path):
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate, key)
        self.client = ssl.create_default_context(cafile=authority)
        self.client.check_hostname = False
        self.client.load_cert_chain(certificate, key)
        super().__init__(address, self._behave, tls)
        self.name = name
        self.order: dict | None = None  # the image that it is told to exchange
        self.ordered = threading.Event()
        self.asked: list[str] = []
        """The paths that neighbours asked for."""

    def beat(self, fleet):
        """Tells the service that it can exchange images."""
        answer = request(f"{fleet.url}/v1/hosts/{self.name}/heartbeat", "PUT", BEAT, fleet.token("agent"))
        assert answer.status == 200, answer.body

    def rest(self):
        """Waits for the next order, once the job before has ended."""
        self.ordered.clear()
        self.over.clear()

    # What it knows

    @property
    def content(self) -> str:
        return f"{self.order['hash_algorithm']}:{self.order['hash']}"

    @property
    def pieces(self) -> int:
        return -(-self.order["size_bytes"] // self.order["relay"]["piece_bytes"])

    def call(self, neighbour: dict, path: str, method="GET", fields="") -> ssl.SSLSocket:
        """Asks a neighbour, as an order names it, with the ticket; the answer is to be read from what is returned."""
        connection = socket.create_connection((neighbour["address"], neighbour["port"]), 30, (self.address, 0))
        connection = self.client.wrap_socket(connection)
        connection.sendall(f"{method} {path} HTTP/1.1\r\nHost: {neighbour['host']}\r\n"
                           f"Authorization: Relay {self.order['relay']['ticket']}\r\n{fields}\r\n".encode())
        return connection

    def piece(self, number: int) -> "tuple[bytes, str] | None":
        """A piece and its seal, of the first neighbour that has it."""
        for neighbour in self.order["relay"]["neighbours"]:
            try:
                with self.call(neighbour, f"/v1/relay/{self.content}/{number}", fields="Connection: close\r\n") as connection:
                    head, _, body = b"".join(iter(lambda: connection.recv(1 << 18), b"")).partition(b"\r\n\r\n")
            except OSError:
                continue
            seal = re.search(rb"precache-seal: (.*)\r?", head, re.IGNORECASE)
            if head.startswith(b"HTTP/1.1 200") and seal:
                return body, seal.group(1).decode().strip()
        return None

    # What it does

    def tells(self, connection):
        """What a neighbour hears."""
        connection.sendall(HEAD + line(have=[[0, self.pieces - 1]]))
        while not self.over.wait(1):
            connection.sendall(line(beat=True))

    def gives(self, connection, number: int):
        """What a neighbour gets that asks for a piece."""
        answer(connection, 429, Retry_After=10)

    def reports(self) -> bytes:
        """Lines that the service is told before the outcome."""
        return b""

    def works(self):
        """What it does beside, once it has its order."""

    def _behave(self, connection, request):
        method, path = request.split(b" ")[:2]
        path = path.decode()
        if method != b"PUT":
            self.asked.append(path)
            self.ordered.wait(60)
            number = path.rsplit("/", 1)[1]
            return self.gives(connection, int(number)) if number.isdigit() else self.tells(connection)
        order = json.loads(request.split(b"\r\n\r\n", 1)[1])
        is_first, self.order = self.order is None, order["images"][0]
        self.ordered.set()
        connection.sendall(HEAD + line(type="accepted", task_id=path.rsplit("/", 1)[1], attempt=order["attempt"], attached=False)
                           + self.reports())
        if is_first:
            threading.Thread(target=self.works, daemon=True).start()
        while not self.over.wait(1):
            connection.sendall(line(type="heartbeat"))
        connection.sendall(line(type="outcome", image_id=self.order["id"], outcome="error", reason="cancelled", retryable=False,
                                detail="enough")
                           + line(type="end") + b"0\r\n\r\n")
