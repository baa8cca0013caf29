"""A TCP relay in front of an HTTP service: it notes each request and its answer's status, holds bodies back, and cuts."""

import contextlib
import socket
import threading
from dataclasses import dataclass


@dataclass
class Relayed:
    line: str
    headers: dict
    status: int | None = None


class Relay:
    def __init__(self, port: int):
        self.upstream = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.requests: list[Relayed] = []
        self.hold_after: int | None = None  # bytes of an answer to a request for `/file`, then it waits for `release()`
        self.held = 0
        self._released = threading.Event()
        self._changed = threading.Condition()
        self._connections = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def of(self, word: str) -> list[Relayed]:
        """The requests whose first line holds this."""
        return [request for request in self.requests if word in request.line]

    def tokens(self) -> set[str]:
        """The tokens that were sent."""
        return {request.headers["x-auth-token"] for request in self.requests if "x-auth-token" in request.headers}

    def await_held(self, count=1, limit=60.0):
        """Waits until so many bodies are held back."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.held >= count, limit), f"{self.held} held; {self.requests}"

    def hold(self, after: int):
        """Holds bodies back from now on, also when others were let through before."""
        self.held = 0
        self._released.clear()
        self.hold_after = after

    def release(self):
        """Lets everything through, now and from now on."""
        self.hold_after = None
        self._released.set()

    def cut(self):
        """Ends every connection that there is; later ones are relayed again, and whole."""
        self.hold_after = None
        for connection in list(self._connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self._released.set()

    def stop(self):
        self.listener.close()
        self.cut()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            server = socket.create_connection(("127.0.0.1", self.upstream))
        except OSError:
            client.close()
            return
        self._connections |= {client, server}
        threading.Thread(target=self._upward, args=(client, server), daemon=True).start()
        try:
            self._downward(client, server)
        except OSError:
            pass
        finally:
            for end in (client, server):
                self._connections.discard(end)
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)  # while another thread reads, closing alone tells nobody
                end.close()

    def _upward(self, client, server):
        try:
            while data := client.recv(65536):
                if data[:4] == b"GET ":
                    lines = data.split(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
                    headers = {line.split(":", 1)[0].lower(): line.split(":", 1)[1].strip() for line in lines[1:]}
                    self.requests.append(Relayed(lines[0], headers))
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def _downward(self, client, server):
        passed = 0
        while data := server.recv(65536):
            if data[:5] == b"HTTP/":
                passed = 0
                request = next((each for each in reversed(self.requests) if each.status is None), None)
                if request:
                    request.status = int(data.split(b" ")[1])
            passed += len(data)
            limit = self.hold_after
            if limit is not None and passed >= limit:
                with self._changed:
                    self.held += 1
                    self._changed.notify_all()
                self._released.wait(120)
            client.sendall(data)
        client.shutdown(socket.SHUT_WR)
