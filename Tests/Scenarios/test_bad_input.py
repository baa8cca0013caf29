"""Each refusal says what was wrong, with the value, and changes nothing."""

import http.client
import json

import pytest


@pytest.fixture
def service(fleet):
    fleet.start()
    fleet.apply([{"id": "one", "url": "http://127.0.0.1:9/one", "hash_algorithm": "sha256", "hash": "0" * 64}],
                hosts=[{"name": "h1", "address": "127.0.0.1", "port": 1}])
    return fleet


@pytest.mark.parametrize("body, field", [
    ({}, "cache"),
    ({"cache": []}, "cache"),
    ({"cache": "one"}, "cache"),
    ({"cache": [{"id": 1}]}, "cache[0].id"),
    ({"cache": [{"id": "one"}, {"id": "one"}]}, "cache[1].id"),
    ({"cache": [{"id": "one", "x": 1}]}, "cache[0].x"),
    ({"cache": [{"id": "one"}], "colour": "red"}, "colour"),
    ({"cache": [{"id": "one"}], "parallelism": 0}, "parallelism"),
    ({"cache": [{"id": "one"}], "parallelism": "101%"}, "parallelism"),
    ({"cache": [{"id": "one"}], "parallelism": 1.5}, "parallelism"),
    ({"cache": [{"id": "one"}], "host_timeout_seconds": -1}, "host_timeout_seconds"),
    ({"cache": [{"id": "one"}], "max_attempts": True}, "max_attempts"),
    ({"cache": [{"id": "one"}], "deadline_seconds": 1e30}, "deadline_seconds"),
    ({"cache": [{"id": "one"}], "keep_seconds": 31_536_001}, "keep_seconds"),
    ({"cache": [{"id": "one"}], "keep_seconds": -1}, "keep_seconds"),
    ({"cache": [{"id": "nope"}]}, "cache[0].id"),
    ({"cache": [{"id": "../../etc/passwd"}]}, "cache[0].id"),
])
def test_a_wrong_cache_request_names_the_field(service, body, field):
    answer = service.call("POST", "/v1/aggregates/web/images", body)
    assert answer.status == 400, answer.body
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert field in [error["field"] for error in answer.json["errors"]], answer.json
    assert not service.call("GET", "/v1/jobs").json["jobs"]


@pytest.mark.parametrize("body, code", [
    (b"{", "malformed_json"), (b"", "malformed_json"), (b"[" * 5000 + b"]" * 5000, "malformed_json"),
    (b'{"cache":[{"id":"one"}]} x', "malformed_json"), (b"\xff\xfe{}", "malformed_json"),
    (b'{"cache":[{"id":"one\x00"}]}', "malformed_json"),
])
def test_a_body_that_is_not_json(service, body, code):
    answer = service.call("POST", "/v1/aggregates/web/images", body)
    assert (answer.status, answer.json["code"]) == (400, code), answer.body


def test_a_body_that_is_too_large(service):
    answer = service.call("POST", "/v1/aggregates/web/images", b'{"cache":"' + b"x" * 2_000_000 + b'"}')
    assert (answer.status, answer.json["code"]) == (413, "too_large")


@pytest.mark.parametrize("path, code", [
    ("/v1/jobs/00000000-0000-0000-0000-000000000000", "job_not_found"),
    ("/v1/jobs/00000000-0000-0000-0000-000000000000/results", "job_not_found"),
    ("/v1/jobs/00000000-0000-0000-0000-000000000000/events", "job_not_found"),
    ("/v1/hosts/nobody", "host_not_found"),
    ("/v1/aggregates/nobody", "aggregate_not_found"),
    ("/v1/aggregates/999", "aggregate_not_found"),
    ("/v1/images/nobody", "image_not_found"),
    ("/v1/nothing", "not_found"),
])
def test_what_does_not_exist_is_404_with_its_own_code(service, path, code):
    answer = service.call("GET", path)
    assert (answer.status, answer.json["code"]) == (404, code)


@pytest.mark.parametrize("path", [
    "/v1/jobs?limit=0", "/v1/jobs?limit=1001", "/v1/jobs?limit=x", "/v1/jobs?after=nonsense", "/v1/jobs?state=odd",
    "/v1/jobs?colour=red", "/v1/hosts?after=%00", "/v1/images?limit=-1", "/v1/jobs/not-a-uuid", "/v1/jobs?limit=1&limit=2",
])
def test_bad_parameters_are_400(service, path):
    assert service.call("GET", path).status == 400


def test_methods_that_a_route_lacks_are_405_with_allow(service):
    answer = service.call("DELETE", "/v1/jobs")
    assert answer.status == 405 and answer.headers["Allow"]


@pytest.mark.parametrize("name", ["web servers", "wéb ☂", "a%b", "a/b", "x" * 255, "1", "..", "+&=?"])
def test_aggregates_may_have_odd_names(service, name):
    from urllib.parse import quote
    path = "/v1/aggregates/" + quote(name, safe="")
    assert service.call("PUT", path, {"metadata": {"ключ": "värde"}}).status == 201
    if name != "1":
        assert service.call("GET", path).json["aggregate"]["name"] == name
    assert name in [a["name"] for a in service.call("GET", "/v1/aggregates").json["aggregates"]]
    shown = service.cli("aggregate", "list")
    assert shown.returncode == 0 and (name in shown.stdout or len(name) > 80)


@pytest.mark.parametrize("name", ["", " x", "x ", "a\nb", "x" * 256, "a\u202eb"])
def test_names_that_could_harm_are_refused(service, name):
    from urllib.parse import quote
    answer = service.call("PUT", "/v1/aggregates/" + quote(name, safe=""), {})
    assert answer.status in (400, 404, 405)


@pytest.mark.parametrize("image", [
    {"url": "ftp://x/y", "hash_algorithm": "sha256", "hash": "0" * 64},
    {"url": "http://user:secret@x/y", "hash_algorithm": "sha256", "hash": "0" * 64},
    {"url": "http://x/y", "hash_algorithm": "sha256", "hash": "0" * 63},
    {"url": "http://x/y", "hash_algorithm": "sha1", "hash": "0" * 40},
    {"url": "http://x/y", "hash": "0" * 64},
    {"url": "http://x/y", "hash_algorithm": "sha256", "hash": "0" * 64, "size_bytes": -1},
    {"url": "http://x/y\nHost: z", "hash_algorithm": "sha256", "hash": "0" * 64},
    {"hash_algorithm": "sha256", "hash": "0" * 64},
])
def test_images_that_cannot_be_right_are_refused(service, image):
    answer = service.call("PUT", "/v1/images/bad", image)
    assert answer.status == 400 and answer.json["errors"], answer.body
    assert "secret" not in answer.body.decode()
    assert service.call("GET", "/v1/images/bad").status == 404


def test_an_inventory_is_all_or_nothing_and_applying_it_twice_changes_nothing(service):
    document = {"hosts": [{"name": "a"}, {"name": "b c", "port": 99999}], "aggregates": [{"name": "g", "hosts": ["zz"]}]}
    answer = service.call("PUT", "/v1/inventory", document)
    assert answer.status == 400
    fields = [error["field"] for error in answer.json["errors"]]
    assert "hosts[1].name" in fields and "hosts[1].port" in fields
    assert service.call("GET", "/v1/hosts/a").status == 404
    good = {"hosts": [{"name": "a"}], "aggregates": [{"name": "g", "hosts": ["a"]}]}
    dry = service.call("PUT", "/v1/inventory?dry_run=true", good).json
    assert dry["dry_run"] and len(dry["changes"]) == 2
    assert service.call("GET", "/v1/hosts/a").status == 404
    assert service.call("PUT", "/v1/inventory", good).json["changes"] == dry["changes"]
    assert service.call("PUT", "/v1/inventory", good).json["changes"] == []
    assert service.call("GET", "/v1/hosts/h1").status == 200
    pruned = service.call("PUT", "/v1/inventory?prune=true", good).json["changes"]
    assert {"remove"} == {change["action"] for change in pruned}
    assert service.call("GET", "/v1/hosts/h1").status == 404


def test_a_hundred_thousand_hosts_are_taken_and_paged(service):
    hosts = [{"name": f"n{number}", "address": "127.0.0.1"} for number in range(100_000)]
    answer = service.call("PUT", "/v1/inventory", {"hosts": hosts})
    assert answer.status == 200 and len(answer.json["changes"]) == 100_000
    page = service.call("GET", "/v1/hosts?limit=1000").json
    assert len(page["hosts"]) == 1000 and page["next"]
    more = service.call("GET", f"/v1/hosts?limit=1000&after={page['next']}").json
    assert more["hosts"][0]["name"] > page["hosts"][-1]["name"]


def test_a_job_of_a_hundred_thousand_hosts_ends_with_an_outcome_for_each(service):
    hosts = [{"name": f"n{number}", "address": "127.0.0.1", "enabled": False} for number in range(100_000)]
    service.apply([{"id": "one", "url": "http://127.0.0.1:9/one", "hash_algorithm": "sha256", "hash": "0" * 64}],
                  aggregates=[{"name": "web", "hosts": [host["name"] for host in hosts]}], hosts=hosts)
    job = service.await_end(service.cache("one")["id"], limit=200)
    assert job["state"] == "failed" and job["hosts"] == {"total": 100_000, "done": 100_000}
    assert job["results"]["skipped"] == 100_000
    assert service.service.memory_mib < 400


def raw(fleet, data: bytes) -> bytes:
    import socket
    with socket.create_connection(("127.0.0.1", fleet.port), 30) as connection:
        connection.sendall(data)
        connection.settimeout(30)
        answer = b""
        while part := connection.recv(65536):
            answer += part
        return answer


@pytest.mark.parametrize("data", [
    b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    b"POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"GET /healthz HTTP/1.1\nHost: x\n\n",
    b"GET /healthz HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: x\r\nA: b\x00c\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\n\r\n",
    b"PUT /v1/inventory HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTOKEN\r\n"
    b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
    b"POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\na",
    b"GET  /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n",
])
def test_requests_that_two_servers_could_read_differently_are_refused_and_closed(service, data):
    token = f"Authorization: Bearer {service.token('admin')}".encode()
    answer = raw(service, data.replace(b"TOKEN", token))
    assert answer.startswith(b"HTTP/1.1 400 "), answer[:200]
    assert b"connection: close" in answer.lower()
    assert answer.count(b"HTTP/1.1 ") == 1


def test_errors_are_problem_json_with_a_request_id_that_the_log_knows(service):
    answer = service.call("GET", "/v1/jobs?limit=x")
    assert answer.json["request_id"]
    connection = http.client.HTTPConnection("127.0.0.1", service.port)
    connection.request("GET", "/v1/jobs", headers={"Authorization": "Bearer wrong"})
    refused = connection.getresponse()
    assert refused.status == 401 and refused.headers["WWW-Authenticate"].startswith("Bearer")
    assert json.loads(refused.read())["code"] == "unauthorized"
