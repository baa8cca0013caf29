"""Images as a cloud's admin makes, changes and withdraws them in the real Glance, by its API and without a client."""

import os

from fleet import request

SMALL = 1 << 16
PATCH = "application/openstack-images-v2.1-json-patch"


class Shelf:
    """Each image's id is above that of the one before, for Glance's times are whole seconds and the id decides a tie."""

    def __init__(self, cloud):
        self.url = f"{cloud.glance.url}/v2/images"
        self.token = cloud["admin"].token()
        self.made = 0

    def queue(self, name: str, **fields) -> dict:
        """An image without data."""
        self.made += 1
        return self._call("POST", "", {"id": f"{self.made:08x}-0000-4000-8000-{os.urandom(6).hex()}", "name": name,
                                       "disk_format": "raw", "container_format": "bare", "visibility": "public",
                                       **fields}).json

    def fill(self, image: str, size=SMALL):
        """Its data: it is active then."""
        self._call("PUT", f"/{image}/file", os.urandom(size), "application/octet-stream")

    def add(self, name: str, size=SMALL, **fields) -> str:
        """An active image."""
        image = self.queue(name, **fields)["id"]
        self.fill(image, size)
        return image

    def delete(self, image: str):
        self._call("DELETE", f"/{image}")

    def deactivate(self, image: str):
        self._call("POST", f"/{image}/actions/deactivate")

    def hide(self, image: str, hidden=True):
        self._call("PATCH", f"/{image}", [{"op": "replace", "path": "/os_hidden", "value": hidden}], PATCH)

    def _call(self, method, path, body=None, kind="application/json"):
        answer = request(self.url + path, method, body, headers={"X-Auth-Token": self.token, "Content-Type": kind})
        assert answer.status in (200, 201, 204), answer.body
        return answer
