"""The sample for nginx in front of Nova sends precached the aggregates, and nothing else."""

import http.server
import subprocess
import threading
from pathlib import Path

import pytest

from fleet import free_port, request
from program import LIMIT

SAMPLE = Path(__file__).resolve().parents[2] / "deploy/openstack/nginx.conf"


class Nova(http.server.BaseHTTPRequestHandler):
    """Says 'nova' to everything."""

    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"nova")

    do_POST = do_PUT = do_DELETE = do_GET

    def log_message(self, *_):
        pass


@pytest.fixture
def front(fleet, tmp_path):
    """nginx's address, before a stand-in of Nova and a real precached."""
    fleet.start()
    nova = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Nova)
    threading.Thread(target=nova.serve_forever, daemon=True).start()
    port = free_port()
    site = SAMPLE.read_text()
    for said, used in [("127.0.0.1:8775", f"127.0.0.1:{nova.server_port}"), ("127.0.0.1:7700", f"127.0.0.1:{fleet.port}"),
                       ("listen 8774;", f"listen 127.0.0.1:{port};")]:
        assert site.count(said) == 1
        site = site.replace(said, used)
    config = tmp_path / "nginx.conf"
    config.write_text(f"pid {tmp_path}/nginx.pid;\nerror_log {tmp_path}/error.log;\ndaemon off;\nevents {{}}\n"
                      f"http {{\naccess_log off;\n{site}\n}}\n")
    checked = subprocess.run(["nginx", "-t", "-p", tmp_path, "-c", config], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    server = subprocess.Popen(["nginx", "-p", tmp_path, "-c", config], stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        fleet.eventually("nginx listens", lambda: is_up(url))
        yield url
    finally:
        server.terminate()
        server.wait(LIMIT)
        nova.shutdown()


def is_up(url):
    try:
        return request(url + "/").status == 200
    except OSError:
        return False


def test_aggregates_go_to_precached_and_the_rest_to_nova(front, fleet):
    token = {"X-Auth-Token": fleet.token("admin")}
    made = request(f"{front}/v2.1/os-aggregates", "POST", {"aggregate": {"name": "web"}}, headers=token)
    assert made.status == 200, made.body
    number = made.json["aggregate"]["id"]
    for path in ("/v2.1/os-aggregates", f"/v2.1/os-aggregates/{number}", f"/v2.1/0a1b-2c/os-aggregates/{number}"):
        assert b'"web"' in request(front + path, headers=token).body, path
    order = {"cache": [{"id": "00000000-0000-4000-8000-000000000001"}]}
    ordered = request(f"{front}/v2.1/os-aggregates/{number}/images", "POST", order,
                      headers={**token, "OpenStack-API-Version": "compute 2.81"})
    assert (ordered.status, ordered.body) == (202, b"")
    for path in ("/", "/v2.1", "/v2.1/", "/v2.1/servers", "/v2.1/os-aggregates-of-another-kind", "/v2.1/servers/os-aggregates",
                 "/v2.1/os-hypervisors", "/v1/jobs"):
        assert request(front + path, headers=token).body == b"nova", path
