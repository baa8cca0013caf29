"""Links that lead to the page: those that the command line prints and webhooks carry, also through a proxy with a path."""

import json
import re
import subprocess

import pytest

import browser
from fleet import free_port, request, speaking
from image_server import entry
from program import LIMIT, run
from test_page_job import small_fleet

FRONT = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    server {{
        listen 127.0.0.1:{port};
        location /precache/ {{
            proxy_pass {service}/;
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_buffering off;
        }}
    }}
}}
"""


@pytest.fixture
def front(fleet, tmp_path):
    """nginx's address of the service, which it has below /precache/ and nowhere else."""
    port, config = free_port(), tmp_path / "nginx.conf"
    config.write_text(FRONT.format(folder=tmp_path, port=port, service=fleet.url))
    server = subprocess.Popen(["nginx", "-p", tmp_path, "-c", config], stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}/precache"

    def is_up():
        try:
            return request(url + "/healthz").status in (200, 502)
        except OSError:
            return False
    try:
        fleet.eventually("nginx listens", is_up)
        yield url
    finally:
        server.terminate()
        server.wait(LIMIT)


def links(text: str) -> list[str]:
    return re.findall(r"http\S+/ui/\S+", text)


def test_what_the_command_line_prints_leads_to_what_it_speaks_of(page, fleet, images):
    images.add("one", b"1" * 1000)
    fleet.start()
    for number in range(2):
        speaking(fleet, f"host-{number}")
    fleet.apply([entry(images, "one")])
    begun = fleet.cli("cache", "web", "one")
    job = begun.stdout.strip()
    assert re.fullmatch(r"[0-9a-f-]{36}", job), "the id alone, for scripts"
    fleet.await_end(job)
    # A policy of images that are there already makes no job beside.
    assert fleet.call("PUT", "/v1/policies/base-line", {"aggregates": ["web"], "images": [{"id": "one"}]}).status == 201
    watched = fleet.cli("cache", "web", "one", "--wait")
    assert watched.returncode == 0
    (again,) = [one["id"] for one in fleet.call("GET", "/v1/jobs").json["jobs"] if one["id"] != job]
    for told, wanted, seen in [
        (begun.stderr, f"jobs/{job}", [job, "succeeded"]), (watched.stderr, f"jobs/{again}", [again, "succeeded"]),
        (fleet.cli("job", "show", job).stdout, f"jobs/{job}", [job]),
        (fleet.cli("host", "show", "host-1").stdout, "hosts/host-1", ["host-1", "Disk of the cache"]),
        (fleet.cli("policy", "show", "base-line").stdout, "policies/base-line", ["base-line", "What holds it up"]),
    ]:
        assert links(told) == [f"{fleet.url}/ui/#/{wanted}"], told
        page.follow(links(told)[0]).sees(*seen)
    for kind, name in [("job", job), ("host", "host-1"), ("policy", "base-line")]:
        for form in ("json", "yaml", "name"):
            assert not links(fleet.cli(kind, "show", name, "-o", form).stdout), "what programs read is the service's answer"
    # Of a job that has ended nothing is left to watch.
    assert not links(fleet.cli("job", "watch", job).stderr)


def test_webhooks_carry_a_link_where_the_services_address_is_said(page, fleet, images, receiver):
    small_fleet(fleet, images, webhooks__allow_internal=True, listen__public_url=fleet.url + "/")
    assert fleet.call("PUT", "/v1/webhooks/ci", {"url": receiver.url}).status == 201
    job = fleet.await_end(fleet.cache("one")["id"])
    receiver.await_end(job)
    assert {one.json["data"]["page_url"] for one in receiver.received} == {f"{fleet.url}/ui/#/jobs/{job['id']}"}
    page.follow(receiver.received[-1].json["data"]["page_url"]).sees(job["id"], "succeeded")
    before = len(receiver.received)
    assert fleet.call("POST", "/v1/webhooks/ci/test").status == 200
    assert receiver.received[before].json["data"]["page_url"] == f"{fleet.url}/ui/#/service"
    page.follow(receiver.received[before].json["data"]["page_url"]).sees("Webhooks", "ci")


def test_it_works_below_a_path_of_a_proxy(driver, fleet, images, front):
    small_fleet(fleet, images)
    job = fleet.await_end(fleet.cache("one")["id"])
    accept = {"Accept": "text/html"}
    assert request(front + "/", headers=accept).headers["ETag"] == request(front + "/ui", headers=accept).headers["ETag"]
    page = browser.Page(driver, fleet, f"{front}/ui/")
    try:
        page.open("#/jobs").sees("web ← one", "live")
        later = fleet.await_end(fleet.cache("one")["id"])
        page.sees(later["id"][:8], "2 / 2")
        page.open(f"#/jobs/{job['id']}").sees("succeeded", "Where bytes came from")
        page.open("#/coverage").sees("1 aggregate")
        told = run(["precache", "job", "show", job["id"]], {"PRECACHE_URL": front, "PRECACHE_TOKEN": fleet.token("reader")})
        page.follow(links(told.stdout)[0]).sees(job["id"])
        asked = page.script("return performance.getEntriesByType('resource').map((entry) => entry.name)")
        assert len(asked) > 10 and all(name.startswith(front + "/") for name in asked), asked
        assert page.complaints() == []
    finally:
        page.close()


def test_a_browser_that_opens_the_services_address_comes_to_the_page(page, fleet):
    fleet.start(auth__mode="none")
    page.driver.get(fleet.url)
    page.sees("No jobs yet")
    assert page.driver.current_url.startswith(f"{fleet.url}/ui/")
    assert "versions" in json.loads(request(fleet.url, headers={"Accept": "application/json"}).body)
