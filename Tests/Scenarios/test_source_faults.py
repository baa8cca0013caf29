"""An image server that is slow, stalls, lies, refuses or breaks: each ends in its own reason, and nothing wrong is kept."""

import secrets
import threading
import time

import pytest

from test_main_job import entry

DATA = secrets.token_bytes(600_000)


@pytest.fixture
def ready(fleet, images):
    images.add("good", DATA)
    fleet.start(fanout__max_attempts=1)
    fleet.agent("host-0")
    return fleet


def outcome(fleet, images, **overrides):
    fleet.apply([entry(images, "bad", **overrides), entry(images, "good")])
    job = fleet.await_end(fleet.cache("bad", "good")["id"], limit=120)
    good = fleet.result(job["id"], "host-0", "good")
    assert good["outcome"] in ("cached", "existing"), f"a bad image doesn't cost the others: {good}"
    row = fleet.result(job["id"], "host-0", "bad")
    if row["outcome"] == "error":
        assert not fleet.agents["host-0"].file("bad").exists()
        assert row["detail"], "a detail for people"
    return row


@pytest.mark.parametrize("status, reason", [
    (401, "source_unauthorized"), (403, "source_unauthorized"), (404, "image_not_found"), (410, "image_not_found"),
    (429, "source_throttled"), (500, "source_error"), (503, "source_throttled"), (204, "image_not_active"),
])
def test_statuses_that_are_no_success(ready, images, status, reason):
    images.add("bad", DATA, status=status)
    row = outcome(ready, images)
    assert (row["outcome"], row["reason"]) == ("error", reason), row
    assert str(status) in row["detail"]


def test_other_bytes_than_promised(ready, images):
    images.add("bad", DATA)
    row = outcome(ready, images, hash="0" * 64)
    assert row["reason"] == "checksum_mismatch", row


def test_another_size_than_promised(ready, images):
    images.add("bad", DATA)
    row = outcome(ready, images, size_bytes=len(DATA) + 1)
    assert row["reason"] == "size_mismatch" and str(len(DATA)) in row["detail"], row


def test_a_length_that_lies(ready, images):
    images.add("bad", DATA, claims_length=len(DATA) + 500)
    assert outcome(ready, images)["reason"] in ("source_error", "size_mismatch")


def test_a_body_without_end_is_not_taken(ready, images):
    images.add("bad", DATA * 4)
    row = outcome(ready, images, size_bytes=len(DATA), hash="0" * 64)
    assert row["reason"] == "size_mismatch", row


def test_a_connection_cut_half_way_is_resumed_by_range(ready, images):
    images.add("bad", DATA, cut_after=200_000, cuts=2)
    assert outcome(ready, images)["outcome"] == "cached"
    ranges = [seen.range for seen in images.requests_for("bad")]
    assert ranges[0] is None and all(r is not None for r in ranges[1:]) and len(ranges) == 3, ranges
    assert ready.agents["host-0"].file("bad").read_bytes() == DATA


def test_a_server_that_ignores_range_is_read_from_the_start_again(ready, images):
    images.add("bad", DATA, cut_after=200_000, cuts=1, ignores_range=True)
    assert outcome(ready, images)["outcome"] == "cached"
    assert ready.agents["host-0"].file("bad").read_bytes() == DATA


def test_redirects_are_followed_but_not_in_a_loop(ready, images):
    images.add("bad", b"", redirect="/bad")
    row = outcome(ready, images, size_bytes=None, hash="0" * 64)
    assert row["reason"] == "source_error" and "redirect" in row["detail"].lower(), row
    images.add("moved", DATA)
    images.add("bad", DATA, redirect="/moved")
    assert outcome(ready, images)["outcome"] == "cached"


def test_a_server_that_stalls_is_given_up(ready, images):
    images.add("bad", DATA, gate=threading.Event())
    agent = ready.agents["host-0"]
    agent.program.terminate()
    agent.start(downloads__idle_seconds=3)
    row = outcome(ready, images)
    assert row["reason"] == "source_error", row


def test_no_server_at_all(ready, images):
    images.add("bad", DATA)
    row = outcome(ready, images, url="http://127.0.0.1:1/bad")
    assert row["reason"] == "source_unreachable", row
    row = outcome(ready, images, url="http://does-not-exist.invalid/bad")
    assert row["reason"] == "source_unreachable", row


def test_retry_after_is_waited_for_and_the_next_attempt_succeeds(fleet, images):
    bad = images.add("bad", DATA, status=429, headers={"Retry-After": "1"})
    fleet.start()
    fleet.agent("host-0")
    fleet.apply([entry(images, "bad")])
    job = fleet.cache("bad", max_attempts=5)
    images.await_requests(1)
    bad.status = 200
    ended = fleet.await_end(job["id"])
    assert ended["state"] == "succeeded"
    assert fleet.result(job["id"], "host-0", "bad")["attempts"] >= 2


def test_attempts_are_bounded(fleet, images):
    images.add("bad", DATA, status=500)
    fleet.start()
    fleet.agent("host-0")
    fleet.apply([entry(images, "bad")])
    job = fleet.await_end(fleet.cache("bad", max_attempts=3)["id"])
    assert job["state"] == "failed"
    assert fleet.result(job["id"], "host-0", "bad")["attempts"] == 3
    assert len(images.seen) == 3


def test_a_download_limit_is_kept_per_host(fleet, images):
    gate = threading.Event()
    names = [f"i{number}" for number in range(6)]
    for name in names:
        images.add(name, secrets.token_bytes(50_000), gate=gate)
    fleet.start()
    fleet.agent("host-0", downloads__concurrent=2)
    fleet.apply([entry(images, name) for name in names])
    job = fleet.cache(*names)
    images.await_requests(2)
    gate.set()
    assert fleet.await_end(job["id"])["state"] == "succeeded"
    assert images.most_active <= 2


def test_a_rate_limit_is_kept(fleet, images):
    """Only a lower bound of the time is looked at: a slow machine passes too."""
    images.add("one", DATA)
    fleet.start()
    fleet.agent("host-0", downloads__rate_bytes_per_second=200_000)
    fleet.apply([entry(images, "one")])
    begun = time.monotonic()
    assert fleet.await_end(fleet.cache("one")["id"])["state"] == "succeeded"
    assert time.monotonic() - begun > len(DATA) / 200_000 / 2


def test_md5_alone_is_taken_and_said(fleet, images):
    import hashlib
    images.add("old", DATA)
    fleet.start()
    fleet.agent("host-0")
    fleet.apply([{"id": "old", "url": images.url("old"), "hash_algorithm": "md5", "hash": hashlib.md5(DATA).hexdigest()}])
    job = fleet.await_end(fleet.cache("old")["id"])
    row = fleet.result(job["id"], "host-0", "old")
    assert row["outcome"] == "cached" and "MD5" in (row["detail"] or ""), row
