"""Nova's API as tests speak it, without a client in between."""

import json

from fleet import Answer, request

LATEST = "2.100"


class NovaAPI:
    """Requests under `/v2.1` of one service with one token."""

    def __init__(self, url: str, token: str | None, version: str | None = LATEST):
        self.url, self.token, self.version = url, token, version

    def __call__(self, method, path, body=None, version="own", headers=None) -> Answer:
        version = self.version if version == "own" else version
        fields = dict(headers or {})
        if self.token:
            fields["X-Auth-Token"] = self.token
        if version:
            fields["OpenStack-API-Version"] = f"compute {version}"
        return request(f"{self.url}/v2.1{path}", method, body, headers=fields)

    def ok(self, method, path, body=None, **more):
        """The answer's JSON, or None where it is empty."""
        answer = self(method, path, body, **more)
        assert answer.status in (200, 202), (answer.status, answer.body)
        return json.loads(answer.body) if answer.body else None

    def fault(self, method, path, body=None, **more) -> tuple[int, str, str]:
        """Status, name and message of a refusal, whose shape is checked."""
        answer = self(method, path, body, **more)
        [(name, fault)] = answer.json.items()
        assert set(fault) <= {"code", "message", "retryAfter"} and fault["code"] == answer.status, answer.body
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["X-Compute-Request-Id"].startswith("req-")
        return answer.status, name, fault["message"]

    def aggregate(self, name: str, zone=None, hosts=()) -> int:
        """A new aggregate's number."""
        made = self.ok("POST", "/os-aggregates", {"aggregate": {"name": name, "availability_zone": zone}})
        for host in hosts:
            self.ok("POST", f"/os-aggregates/{made['aggregate']['id']}/action", {"add_host": {"host": host}})
        return made["aggregate"]["id"]
