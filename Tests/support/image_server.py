"""An image server that does what a test tells it: serves well, slowly, half, wrongly, or refuses."""

import hashlib
import socket
import threading
from dataclasses import dataclass, field


@dataclass
class Image:
    data: bytes
    status: int = 200  # answered instead of the bytes if it isn't 200
    headers: dict = field(default_factory=dict)
    ignores_range: bool = False
    claims_length: int | None = None  # a Content-Length that lies
    cut_after: int | None = None  # bytes of the body, then the connection is closed
    cuts: int = 0  # how many answers are cut; after those it serves well
    gate: threading.Event | None = None  # the body stops half way until this is set
    gate_at: int | None = None  # bytes before the gate; default: half; -1: not even a head is sent
    redirect: str | None = None
    chunked: bool = False  # says no length

    @property
    def sha256(self):
        return hashlib.sha256(self.data).hexdigest()

    @property
    def sha512(self):
        return hashlib.sha512(self.data).hexdigest()


@dataclass
class Seen:
    path: str
    headers: dict
    range: str | None
    is_active: bool = True


class ImageServer:
    def __init__(self, address="127.0.0.1"):
        self.listener = socket.create_server((address, 0))
        self.port = self.listener.getsockname()[1]
        self.address = address
        self.images: dict[str, Image] = {}
        self.seen: list[Seen] = []
        self.bytes_sent = 0
        self.active = 0
        self.most_active = 0
        self._changed = threading.Condition()
        self._stopping = False
        self._connections = set()

    def url(self, name: str) -> str:
        return f"http://{self.address}:{self.port}/{name}"

    def add(self, name: str, data: bytes, **behaviour) -> Image:
        self.images["/" + name] = Image(data, **behaviour)
        return self.images["/" + name]

    def start(self):
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def stop(self):
        self._stopping = True
        for image in self.images.values():
            if image.gate:
                image.gate.set()
        # Closed only when nobody waits on it: its number goes to the next socket, the next test's server maybe.
        self.listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self.listener.close()
        for connection in list(self._connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def await_requests(self, count: int, limit=60.0):
        """Waits until so many requests were seen."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.seen) >= count, limit), f"{len(self.seen)} requests only"

    def await_bytes(self, count: int, limit=60.0):
        with self._changed:
            assert self._changed.wait_for(lambda: self.bytes_sent >= count, limit), f"{self.bytes_sent} bytes only"

    def requests_for(self, name: str) -> list[Seen]:
        return [seen for seen in self.seen if seen.path == "/" + name]

    def _accept(self):
        while not self._stopping:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self._connections.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            with connection:
                while self._answer(connection):
                    pass
        except OSError:
            pass
        finally:
            self._connections.discard(connection)

    def _answer(self, connection) -> bool:
        head = b""
        while b"\r\n\r\n" not in head:
            part = connection.recv(65536)
            if not part:
                return False
            head += part
        lines = head.split(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
        path = lines[0].split(" ")[1].split("?")[0]
        headers = {line.split(":", 1)[0].lower(): line.split(":", 1)[1].strip() for line in lines[1:]}
        image = self.images.get(path)
        with self._changed:
            # What a test changes once it has seen the request is for the next one.
            status = image.status if image else 404
            seen = Seen(path, headers, headers.get("range"))
            self.seen.append(seen)
            self.active += 1
            self.most_active = max(self.most_active, self.active)
            self._changed.notify_all()
        try:
            return self._respond(connection, image, status, seen)
        finally:
            self._end(seen)

    def _end(self, seen):
        with self._changed:
            self.active -= seen.is_active
            seen.is_active = False
            self._changed.notify_all()

    def _respond(self, connection, image, status, seen) -> bool:
        if image is None:
            connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            return True
        extra = "".join(f"{name}: {value}\r\n" for name, value in image.headers.items())
        if image.redirect:
            connection.sendall(
                f"HTTP/1.1 302 Found\r\nLocation: {image.redirect}\r\n{extra}Content-Length: 0\r\n\r\n".encode())
            return True
        if status != 200:
            connection.sendall(f"HTTP/1.1 {status} Said So\r\n{extra}Content-Length: 0\r\n\r\n".encode())
            return True
        start, status, body = 0, "200 OK", image.data
        wanted = seen.range
        if wanted and not image.ignores_range:
            first, last = wanted.removeprefix("bytes=").split("-")
            start, end = int(first), min(int(last) + 1 if last else len(image.data), len(image.data))
            if start >= len(image.data):
                connection.sendall(
                    f"HTTP/1.1 416 No\r\nContent-Range: bytes */{len(image.data)}\r\nContent-Length: 0\r\n\r\n".encode())
                return True
            body = image.data[start:end]
            status = "206 Partial Content"
            extra += f"Content-Range: bytes {start}-{end - 1}/{len(image.data)}\r\n"
        wanted_length = len(body)
        length = len(body) if image.claims_length is None else image.claims_length
        if image.gate is not None and image.gate_at == -1:
            image.gate.wait(120)
        half = max(0, (image.gate_at if image.gate_at is not None else len(image.data) // 2) - start)
        if image.chunked:
            connection.sendall(f"HTTP/1.1 {status}\r\n{extra}Transfer-Encoding: chunked\r\n\r\n".encode())
            for offset in range(0, len(body), 65536):
                part = body[offset:offset + 65536]
                if image.gate is not None and offset >= half:
                    image.gate.wait(120)
                self._send(connection, b"%x\r\n%b\r\n" % (len(part), part))
            self._send(connection, b"0\r\n\r\n")
            return True
        connection.sendall(f"HTTP/1.1 {status}\r\n{extra}Content-Length: {length}\r\n\r\n".encode())
        if image.cuts > 0 and image.cut_after is not None:
            image.cuts -= 1
            self._send(connection, body[:image.cut_after])
            connection.shutdown(socket.SHUT_RDWR)
            return False
        if image.gate is not None and not image.gate.is_set():
            self._send(connection, body[:half])
            image.gate.wait(120)
            body = body[half:]
        self._send(connection, body[:-1])
        # Who has the last byte may ask for the next image before this thread goes on.
        self._end(seen)
        self._send(connection, body[-1:])
        return length == wanted_length

    def _send(self, connection, data):
        view = memoryview(data)
        for offset in range(0, len(view), 65536):
            part = view[offset:offset + 65536]
            connection.sendall(part)
            with self._changed:
                self.bytes_sent += len(part)
                self._changed.notify_all()


def entry(images: ImageServer, image_id: str, algorithm="sha256", **fields) -> dict:
    """An image of the server as the catalogue has it."""
    image = images.images["/" + image_id]
    return {"id": image_id, "url": images.url(image_id), "size_bytes": len(image.data), "hash_algorithm": algorithm,
            "hash": getattr(image, algorithm), **fields}
