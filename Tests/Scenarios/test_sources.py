"""Sources as they are in the wild: proxies, credentials, redirects inward, parts and labels that nobody asked for."""

import secrets
import threading

import pytest

from image_server import ImageServer
from test_main_job import entry

DATA = secrets.token_bytes(600_000)


@pytest.fixture
def other():
    """A second image server: another origin."""
    server = ImageServer()
    server.start()
    yield server
    server.stop()


def cached(fleet, name, **limits):
    job = fleet.await_end(fleet.cache(name, **limits)["id"])
    return fleet.result(job["id"], "host-0", name)


@pytest.mark.parametrize("label", ["aws-chunked", "", "utf-8", "x-gzip"])
def test_a_label_that_encodes_nothing_is_no_matter(fleet, images, label):
    images.add("labelled", DATA, headers={"Content-Encoding": label})
    fleet.start()
    agent = fleet.agent("host-0")
    fleet.apply([entry(images, "labelled")])
    assert cached(fleet, "labelled")["outcome"] == "cached"
    assert agent.file("labelled").read_bytes() == DATA


def test_images_come_through_the_proxy_and_heartbeats_do_not(fleet, images):
    # A proxy is asked for the whole URL, and to this one each name is an image.
    images.add("far", DATA)
    images.images["http://images.example.invalid/far"] = images.images["/far"]
    fleet.start()
    fleet.agent("host-0", downloads__proxy=images.url("").rstrip("/"))
    fleet.apply([{**entry(images, "far"), "url": "http://images.example.invalid/far"}])
    row = cached(fleet, "far")
    assert row["outcome"] == "cached", row
    assert [seen.path for seen in images.seen] == ["http://images.example.invalid/far"]


def test_a_proxy_of_the_environment_needs_a_word_of_the_settings(fleet, images):
    images.add("far", DATA)
    images.images["http://images.example.invalid/far"] = images.images["/far"]
    fleet.start(fanout__max_attempts=1)
    agent = fleet.agent("host-0", start=False)
    agent.environment["http_proxy"] = images.url("").rstrip("/")
    agent.start()
    fleet.apply([{**entry(images, "far"), "url": "http://images.example.invalid/far"}])
    assert cached(fleet, "far")["reason"] == "source_unreachable"
    assert not images.seen
    agent.program.terminate()
    agent.start(downloads__proxy_from_environment=True)
    assert cached(fleet, "far")["outcome"] == "cached"


def test_credentials_stay_with_their_source(fleet, images, other):
    other.add("there", DATA)
    images.add("own", DATA)
    images.add("moved", DATA, redirect=other.url("there"))
    fleet.start()
    agent = fleet.agent("host-0", start=False)
    file = agent.folder / "sources"
    file.write_text(f"{images.url('')} basic robot:hunter2\n")
    file.chmod(0o600)
    agent.start(downloads__credentials_file=str(file), downloads__allow_internal_redirects=True)
    fleet.apply([entry(images, "own"), entry(images, "moved")])
    for name in ("own", "moved"):
        row = cached(fleet, name)
        assert row["outcome"] == "cached", row
    assert row["source"] == other.url("there")
    assert {seen.headers["authorization"] for seen in images.seen} == {"Basic cm9ib3Q6aHVudGVyMg=="}
    assert all("authorization" not in seen.headers for seen in other.seen)
    log = (agent.folder / "agent.log").read_text()
    assert "hunter2" not in log and "cm9ib3Q6aHVudGVyMg" not in log


def test_a_redirect_inward_is_not_followed(fleet, images, other):
    other.add("inner", DATA)
    images.add("img", DATA, redirect=other.url("inner") + "?key=s3cret")
    fleet.start()
    agent = fleet.agent("host-0")
    fleet.apply([{"id": "img", "url": images.url("img"), "allow_unverified": True}])
    row = cached(fleet, "img")
    assert (row["outcome"], row["reason"]) == ("error", "source_error"), row
    assert "loopback" in row["detail"] and "s3cret" not in row["detail"]
    assert not other.seen and not agent.file("img").exists()


def test_a_source_that_drips_holds_up_nobody_else(fleet, images, other):
    gate = threading.Event()
    for number in range(2):
        images.add(f"slow{number}", DATA, gate=gate, gate_at=10)
    other.add("good", DATA)
    fleet.start()
    fleet.agent("host-0", downloads__concurrent=2)
    fleet.apply([entry(images, "slow0"), entry(images, "slow1"), entry(other, "good")])
    slow = fleet.cache("slow0", "slow1")
    images.await_requests(2)
    assert cached(fleet, "good")["outcome"] == "cached"
    gate.set()
    assert fleet.await_end(slow["id"])["state"] == "succeeded"


def test_a_url_of_eight_kibibytes_is_taken(fleet, images):
    images.add("signed", DATA)
    fleet.start()
    agent = fleet.agent("host-0")
    url = images.url("signed") + "?X-Amz-Security-Token="
    fleet.apply([{**entry(images, "signed"), "url": url + "a" * (8192 - len(url))}])
    assert cached(fleet, "signed")["outcome"] == "cached"
    assert agent.file("signed").exists()
