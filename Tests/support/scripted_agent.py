"""A host whose agent is a script: accepts and never answers, answers garbage, closes at once, streams for ever."""

import json
import socket
import threading

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/jsonl\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunk(text: str) -> bytes:
    data = text.encode()
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def line(**fields) -> bytes:
    return chunk(json.dumps(fields) + "\n")


class ScriptedAgent:
    """Calls `behaviour(connection, request_bytes)` for each connection after its request has come.

    `tls` is what it shows and asks for, an `ssl.SSLContext` of a server; without it it speaks plain HTTP.
    """

    def __init__(self, address, behaviour, tls=None):
        self.listener = socket.create_server((address, 0), backlog=128)
        self.address, self.port = self.listener.getsockname()
        self.behaviour, self.tls = behaviour, tls
        self.requests: list[bytes] = []
        self.over = threading.Event()
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def host(self, name: str) -> dict:
        return {"name": name, "address": self.address, "port": self.port}

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        connection.settimeout(60)
        if self.tls:
            try:
                connection = self.tls.wrap_socket(connection, server_side=True)
            except OSError:
                return
        with connection:
            try:
                data = b""
                while b"\r\n\r\n" not in data:
                    part = connection.recv(65536)
                    if not part:
                        return
                    data += part
                head = data.split(b"\r\n\r\n")[0].decode("latin-1")
                length = next((int(field.split(":")[1]) for field in head.split("\r\n")
                               if field.lower().startswith("content-length:")), 0)
                while len(data) < len(head) + 4 + length:
                    part = connection.recv(65536)
                    if not part:
                        return
                    data += part
                self.requests.append(data)
                self.behaviour(connection, data)
            except OSError:
                pass

    def stop(self):
        self.over.set()
        # Closed only when nobody waits on it: its number goes to the next socket.
        self.listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self.listener.close()
