"""A service that takes heartbeats, keeps them, and answers what a test tells it."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def leases(mark: str, seconds: int, images: dict, remove=()) -> dict:
    """A set of leases: `images` has the policies by image."""
    wanted = [{"id": image, "policies": policies} for image, policies in images.items()]
    return {"mark": mark, "seconds": seconds, "images": wanted, "remove": list(remove)}


class HeartbeatService:
    """`answer(beat)` gives a status and a body; as it begins it is an older service, which answers 204 to everything."""

    def __init__(self):
        self.answer = lambda beat: (204, None)
        self.beats: list[dict] = []
        self._changed = threading.Condition()
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_PUT(self):
                beat = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, body = service.answer(beat)
                data = b"" if body is None else json.dumps(body).encode()
                self.send_response(status)
                if status != 204:
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
                with service._changed:
                    service.beats.append(beat)
                    service._changed.notify_all()

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def holds(self, held: dict, images_mark=None):
        """From now on the agent is to hold this set, and is told so as long as it doesn't."""
        self.answer = lambda beat: (200, {
            "images_mark": images_mark, "wants_images": False,
            "leases": None if beat.get("leases_mark") == held["mark"] else held,
        })

    def wait(self, condition, start=None, limit=60.0) -> dict:
        """The first heartbeat for which `condition(beat)` holds, from the one numbered `start` on, by default the next."""
        start = len(self.beats) if start is None else start

        def found():
            return next((beat for beat in self.beats[start:] if condition(beat)), None)

        with self._changed:
            assert self._changed.wait_for(found, limit), f"no such heartbeat: {self.beats[-2:]}"
            return found()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
