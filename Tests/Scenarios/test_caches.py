"""Caches that a site has already: real Squid, real nginx, set up as deploy/proxies says, and Dragonfly by its proxy's contract."""

import http.server
import secrets
import threading

import pytest

from caches import NginxCache, SquidCache, dead_address
from fleet import free_port
from image_server import ImageServer
from test_main_job import entry

HOSTS = 5
DATA = secrets.token_bytes(10_000_000)


def start(fleet, images, settings, **image):
    """Hosts with these settings, and a job that wants an image; the source says nothing until `gate` is set."""
    gate = threading.Event()
    images.add("big", DATA, gate=gate, gate_at=-1)
    fleet.start(fanout__max_attempts=1)
    for number in range(HOSTS):
        fleet.agent(f"host-{number}", **settings)
    fleet.apply([{**entry(images, "big"), **image}])
    return fleet.cache("big"), gate


def all_downloads_begun(fleet):
    return all(agent.call("GET", "/v1/tasks").json["tasks"] for agent in fleet.agents.values())


def check_one_copy(fleet, images, job, gate):
    """All hosts get the image while one copy of it, give or take a part, leaves the source."""
    images.await_requests(1)
    fleet.eventually("all hosts wanting it", lambda: all_downloads_begun(fleet))
    gate.set()
    ended = fleet.await_end(job["id"])
    assert ended["results"]["cached"] == HOSTS, fleet.results(job["id"])
    for agent in fleet.agents.values():
        assert agent.file("big").read_bytes() == DATA
    assert images.bytes_sent < 1.1 * len(DATA), images.bytes_sent
    return {row["source"] for row in fleet.results(job["id"])}


@pytest.fixture(params=[NginxCache, SquidCache])
def mirror(request, images):
    cache = request.param(images.url("").rstrip("/"), "127.0.0.1", free_port())
    yield cache
    cache.stop()


@pytest.fixture
def forward():
    cache = SquidCache(None, "127.0.0.1", free_port())
    yield cache
    cache.stop()


def test_hosts_behind_a_mirror_cost_the_source_one_copy(fleet, images, mirror):
    job, gate = start(fleet, images, {"downloads__mirrors": [f"{images.url('').rstrip('/')} = {mirror.url}"]})
    assert check_one_copy(fleet, images, job, gate) == {f"{mirror.url}/big"}


def test_hosts_behind_a_forward_proxy_cost_the_source_one_copy(fleet, images, forward):
    job, gate = start(fleet, images, {"downloads__proxy": forward.url})
    assert check_one_copy(fleet, images, job, gate) == {images.url("big")}


def test_a_download_that_broke_goes_on_in_the_middle_of_what_the_mirror_has(fleet, images, mirror):
    settings = {"downloads__mirrors": [f"{images.url('').rstrip('/')} = {mirror.url}"]}
    job, gate = start(fleet, images, settings)
    check_one_copy(fleet, images, job, gate)
    late = fleet.agent("late", downloads__rate_bytes_per_second=2_000_000, **settings)
    fleet.apply([entry(images, "big")])
    again = fleet.cache("big")
    fleet.eventually("some of it", lambda: late.staged() > 2_000_000)
    late.program.kill()
    late.start(downloads__rate_bytes_per_second=1_000_000_000)
    fleet.await_end(again["id"])
    if fleet.result(again["id"], "late", "big")["outcome"] != "cached":  # one attempt, and that was killed
        again = fleet.await_end(fleet.cache("big")["id"])
    assert late.file("big").read_bytes() == DATA
    assert images.bytes_sent < 1.1 * len(DATA), images.bytes_sent


def test_where_the_mirror_is_dead_the_source_is_asked(fleet, images):
    job, gate = start(fleet, images, {"downloads__mirrors": [f"{images.url('').rstrip('/')} = {dead_address()}"]})
    gate.set()
    assert fleet.await_end(job["id"])["state"] == "succeeded"
    assert {row["source"] for row in fleet.results(job["id"])} == {images.url("big")}


def test_a_dead_proxy_is_named(fleet, images):
    dead = dead_address()
    job, _ = start(fleet, images, {"downloads__proxy": dead})
    fleet.await_end(job["id"])
    for row in fleet.results(job["id"]):
        assert (row["outcome"], row["reason"]) == ("error", "source_unreachable"), row
        assert f"proxy {dead}" in row["detail"], row
    assert not images.seen


class Glance(http.server.BaseHTTPRequestHandler):
    """Gives each project's token its own image, by Range, too."""

    def do_GET(self):
        self.server.seen.append((self.path, self.headers.get("X-Auth-Token")))
        if self.headers.get("X-Auth-Token") != "owner":
            return self._say(404, b"")
        if not self.path.endswith("/file"):
            return self._say(200, b"{}")
        first, last = self.headers["Range"].removeprefix("bytes=").split("-")
        part = DATA[int(first):int(last) + 1]
        self.server.sent += len(part)
        self._say(206, part, ("Content-Range", f"bytes {first}-{int(first) + len(part) - 1}/{len(DATA)}"))

    def _say(self, status, body, *fields):
        self.send_response(status)
        for name, value in [("Content-Length", str(len(body))), *fields]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def test_nginx_gives_glances_images_to_nobody_whose_token_does_not_open_them(fleet, images):
    glance = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Glance)
    glance.seen, glance.sent = [], 0
    threading.Thread(target=glance.serve_forever, daemon=True).start()
    source = f"http://127.0.0.1:{glance.server_port}"
    cache = NginxCache(source, "127.0.0.1", free_port())
    try:
        path = "/v2/images/6b5a9a1e-6d1f-4c56-8f0b-2d8a5fbd2c11/file"
        fleet.start(fanout__max_attempts=1)
        images.add("big", DATA)
        for number, token in enumerate(["owner", "owner", "stranger"]):
            agent = fleet.agent(f"host-{number}", start=False)
            credentials = agent.folder / "sources"
            credentials.write_text(f"{source} header X-Auth-Token: {token}\n{cache.url} header X-Auth-Token: {token}\n")
            credentials.chmod(0o600)
            agent.start(downloads__credentials_file=str(credentials), downloads__mirrors=[f"{source} = {cache.url}"])
        fleet.apply([{**entry(images, "big"), "url": source + path}])
        job = fleet.await_end(fleet.cache("big")["id"])
        rows = {row["host"]: row for row in fleet.results(job["id"])}
        assert [rows[f"host-{number}"]["outcome"] for number in range(3)] == ["cached", "cached", "error"], rows
        assert rows["host-2"]["reason"] == "image_not_found" and glance.sent == len(DATA)
        assert rows["host-0"]["source"] == cache.url + path
        asked = {(seen, token) for seen, token in glance.seen if not seen.endswith("/file")}
        assert asked == {(path.removesuffix("/file"), "owner"), (path.removesuffix("/file"), "stranger")}
    finally:
        cache.stop()
        glance.shutdown()


def test_each_hosts_dfdaemon_is_its_proxy(fleet, images):
    """Its peers share what one of them has fetched; ours only have to ask as a proxy is asked."""
    images.add("big", DATA)
    daemons = [ImageServer() for _ in range(HOSTS)]
    for daemon in daemons:
        daemon.images[images.url("big")] = images.images["/big"]
        daemon.start()
    try:
        fleet.start()
        for number, daemon in enumerate(daemons):
            fleet.agent(f"host-{number}", downloads__proxy=daemon.url("").rstrip("/"))
        fleet.apply([entry(images, "big")])
        job = fleet.await_end(fleet.cache("big")["id"])
        assert job["state"] == "succeeded", fleet.results(job["id"])
        assert not images.seen
        for daemon in daemons:
            assert [seen.path for seen in daemon.seen] == [images.url("big")]
            assert daemon.seen[0].headers["host"] == images.url("").removeprefix("http://").rstrip("/")
    finally:
        for daemon in daemons:
            daemon.stop()
