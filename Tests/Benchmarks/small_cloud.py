"""Keystone and Glance as far as a benchmark needs them: what they are asked is counted, and nobody is turned away."""

import datetime
import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from fleet import free_port


class SmallCloud:
    """Both at one address, `url`. `asked` counts requests: `authenticate`, `validate`, `image`."""

    def __init__(self):
        self.asked = Counter()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._lock = threading.Lock()
        cloud = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                cloud.count("authenticate")
                self.answer(201, cloud.token("precache"), {"X-Subject-Token": "a-token-of-the-service"})

            def do_GET(self):
                if self.path.startswith("/v3/auth/tokens"):
                    cloud.count("validate")
                    return self.answer(200, cloud.token("reader"))
                cloud.count("image")
                self.answer(200, cloud.image(self.path.rsplit("/", 1)[1]))

            def answer(self, status, document, headers=()):
                body = json.dumps(document).encode()
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", "Content-Length": len(body), **dict(headers)}.items():
                    self.send_header(name, str(value))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def count(self, what: str):
        with self._lock:
            self.asked[what] += 1

    def token(self, user: str) -> dict:
        now = datetime.datetime.now(datetime.timezone.utc)
        time = "%Y-%m-%dT%H:%M:%S.%fZ"
        endpoint = {"id": "1", "interface": "public", "region": "RegionOne", "region_id": "RegionOne", "url": self.url}
        return {"token": {
            "methods": ["password"], "user": {"id": user, "name": user, "domain": {"id": "default", "name": "Default"}},
            "project": {"id": "demo", "name": "demo", "domain": {"id": "default", "name": "Default"}},
            "roles": [{"id": "1", "name": "reader"}], "issued_at": now.strftime(time),
            "expires_at": (now + datetime.timedelta(hours=1)).strftime(time),
            "catalog": [{"id": "1", "type": "image", "name": "glance", "endpoints": [endpoint]}],
        }}

    def image(self, image_id: str) -> dict:
        return {
            "id": image_id, "name": image_id, "status": "active", "visibility": "public", "os_hidden": False, "size": 1 << 20,
            "virtual_size": 1 << 20, "disk_format": "raw", "container_format": "bare", "os_hash_algo": "sha512",
            "os_hash_value": "0" * 128,
        }

    @property
    def settings(self) -> dict:
        """What precached needs to work with it."""
        return {
            "auth__mode": "tokens,keystone", "keystone__auth_url": f"{self.url}/v3", "keystone__username": "precache",
            "keystone__password": "not-a-secret", "keystone__project_name": "demo", "keystone__region_name": "RegionOne",
        }

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
