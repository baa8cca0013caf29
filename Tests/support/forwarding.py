"""TCP on its way: a balancer in front of several controllers, and a stretch before PostgreSQL that cuts and holds."""

import re
import socket
import struct
import threading
import time
import urllib.request


class Forwarder:
    """Takes connections on loopback; what becomes of one is `serve`'s. Ends them all when it stops."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        self._connections: set[socket.socket] = set()
        self._stopping = False
        threading.Thread(target=self._accept, daemon=True).start()

    def serve(self, client: socket.socket):
        raise NotImplementedError

    def keep(self, connection: socket.socket) -> socket.socket:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1) if connection.family == socket.AF_INET else None
        self._connections.add(connection)
        return connection

    def _accept(self):
        while not self._stopping:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._handle, args=(self.keep(client),), daemon=True).start()

    def _handle(self, client):
        try:
            self.serve(client)
        except OSError:
            pass
        finally:
            self.end(client)

    def end(self, *connections):
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            connection.close()
            self._connections.discard(connection)

    def stop(self):
        self._stopping = True
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.end(*list(self._connections))


class Balancer(Forwarder):
    """Gives each connection to the next of the controllers whose `/readyz` says yes, as a load balancer does."""

    def __init__(self, ports):
        self.ports, self.ready, self._next = list(ports), [], 0
        super().__init__()
        for port in self.ports:
            threading.Thread(target=self._look, args=(port,), daemon=True).start()

    def _look(self, port):
        while not self._stopping:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1) as answer:
                    is_ready = answer.status == 200
            except OSError:
                is_ready = False
            if is_ready != (port in self.ready):
                self.ready = [known for known in self.ports if known != port and known in self.ready or known == port and is_ready]
            time.sleep(0.25)

    def serve(self, client):
        for _ in self.ports:
            targets = self.ready or self.ports
            self._next += 1
            try:
                server = self.keep(socket.create_connection(("127.0.0.1", targets[self._next % len(targets)]), timeout=2))
            except OSError:
                continue
            server.settimeout(None)
            back = threading.Thread(target=self._pump, args=(server, client), daemon=True)
            back.start()
            self._pump(client, server)
            back.join(5)
            self.end(server)
            return

    @staticmethod
    def _pump(source, target):
        try:
            while part := source.recv(65536):
                target.sendall(part)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class PostgresStretch(Forwarder):
    """The way to a PostgreSQL server by TCP.

    `fates` says of the how manieth COMMIT what becomes of it: `lost`, nobody gets it and the connection ends; `heard`, the
    connection ends once the server has done it; `held` and `held heard`, the same, but nobody is told and everything on all
    connections waits until `release()`. Settable at any time.
    """

    def __init__(self, cluster, fates=lambda number: None):
        self.server, self.fates, self.commits, self.cut = cluster.folder / ".s.PGSQL.5432", fates, 0, 0
        self._open = threading.Event()
        self._open.set()
        super().__init__()

    def url(self, url: str) -> str:
        """The same database, by this way."""
        return re.sub(r"@/(\w+)\?host=[^&]*", rf"@127.0.0.1:{self.port}/\1?sslmode=disable&gssencmode=disable", url)

    def hold(self):
        self._open.clear()

    def release(self):
        self._open.set()

    def serve(self, client):
        self._open.wait()
        server = self.keep(socket.socket(socket.AF_UNIX))
        fate = None
        try:
            server.connect(str(self.server))
            awaited = threading.Event()
            back = threading.Thread(target=self._answers, args=(server, client, awaited), daemon=True)
            back.start()
            is_within = False
            for message in self._messages(client):
                # What belongs together is sent together: half an exchange would keep the server waiting with all locks, where
                # no keepalive of TCP ends that as it does between machines.
                if not is_within:
                    self._open.wait()
                is_within = message[:1] in (b"P", b"B", b"D", b"E", b"C", b"H")
                if message[:1] == b"Q" and message.endswith(b"COMMIT\0"):
                    self.commits += 1
                    fate = self.fates(self.commits)
                    self.cut += fate is not None
                if fate == "lost":
                    return
                if fate == "held":
                    self.hold()
                    self._open.wait()
                if fate in ("heard", "held heard"):
                    # The next thing that the server says is that it's done.
                    awaited.fate = fate
                    awaited.set()
                fate = None
                server.sendall(message)
        finally:
            self.end(server)

    def _answers(self, server, client, awaited):
        try:
            while part := server.recv(262144):
                if awaited.is_set():
                    awaited.clear()
                    if awaited.fate == "heard":
                        break
                    self.hold()
                self._open.wait()
                client.sendall(part)
        except OSError:
            pass
        self.end(client)

    @staticmethod
    def _messages(client):
        """What the client sends, message by message (PostgreSQL's manual, 55.7); the first ones have no type."""
        pending, is_typed = b"", False
        while part := client.recv(262144):
            pending += part
            while len(pending) >= (5 if is_typed else 4):
                size = struct.unpack_from("!I", pending, 1)[0] + 1 if is_typed else struct.unpack_from("!I", pending)[0]
                if len(pending) < size:
                    break
                message, pending = pending[:size], pending[size:]
                # What asks for encryption is no beginning yet.
                is_typed = is_typed or struct.unpack_from("!I", message, 4)[0] == 196608
                yield message
