"""Bytes that rot are found, and nobody boots from them."""

import secrets

import pytest

from fleet import speaking
from instances import Instances, cache, cached_file
from test_main_job import entry

FAST = {"cache__scrub_interval_seconds": 1, "cache__scrub_rate_bytes_per_second": 1 << 40,
        "cache__sweep_interval_seconds": 3600}


@pytest.fixture
def host(fleet, images):
    images.add("rots", secrets.token_bytes(3_000_001))
    images.add("lasts", secrets.token_bytes(3_000_000))
    fleet.start()
    agent = speaking(fleet, "host-0", **FAST)
    fleet.apply([entry(images, "rots"), entry(images, "lasts")])
    assert fleet.await_end(fleet.cache("rots", "lasts")["id"])["state"] == "succeeded"
    return agent


def rot(path):
    """Changes one byte and nothing else that shows."""
    import os
    times = path.stat()
    with path.open("r+b") as file:
        file.seek(2_000_000)
        byte = file.read(1)[0]
        file.seek(2_000_000)
        file.write(bytes([byte ^ 1]))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def heartbeat(fleet):
    return (fleet.call("GET", "/v1/hosts/host-0").json["host"]["heartbeat"] or {}).get("cache", {})


def test_a_damaged_file_that_nothing_uses_is_moved_away_and_fetched_anew(fleet, images, host):
    rot(host.file("rots"))
    host.program.await_line("a cached file is damaged.*image=rots")
    host.program.await_line("moved a damaged file to quarantine.*image=rots")
    assert not host.file("rots").exists()
    kept = list((host.cache / ".precache" / "quarantine").iterdir())
    assert len(kept) == 1 and kept[0].name.startswith(host.file("rots").name)
    fleet.eventually("it being noted", lambda: [note["reason"] for note in cache(host)["removals"]] == ["damaged"])
    assert cache(host)["totals"]["quarantined"] == 1
    assert "precache_agent_damaged_files_total 1" in host.call("GET", "/metrics").body.decode()
    fleet.eventually("the service hearing of it", lambda: heartbeat(fleet).get("damaged") == 1)
    assert "1 damaged file" in fleet.cli("host", "show", "host-0").stdout
    assert fleet.await_end(fleet.cache("rots")["id"])["results"]["cached"] == 1
    assert host.file("rots").read_bytes() == images.images["/rots"].data


def test_a_damaged_file_in_use_stays_and_new_guests_get_a_good_one(fleet, images, host):
    Instances(host).add(host.file("rots"))
    rot(host.file("rots"))
    host.program.await_line("the damaged file stays where it is while it is in use")
    file = cached_file(host, host.file("rots"))
    assert file["scrub"]["state"] == "damaged" and file["kept"] == "in_use" and not file["verified"]
    assert "DAMAGED" in fleet.cli("host", "cache", "host-0").stdout
    host.program.terminate()
    host.start()
    assert cached_file(host, host.file("rots"))["scrub"]["state"] == "damaged"
    assert fleet.await_end(fleet.cache("rots")["id"])["results"]["cached"] == 1
    assert host.file("rots").read_bytes() == images.images["/rots"].data
    assert cached_file(host, host.file("rots"))["scrub"]["state"] in ("never", "right")


def test_what_is_right_is_noted_and_read_again_only_when_its_time_has_come(fleet, host):
    fleet.eventually("both being scrubbed", lambda: all(
        file["scrub"]["state"] == "right" for file in cache(host)["files"]))
    host.program.terminate()
    host.start(cache__scrub_interval_seconds=86_400)
    metrics = host.call("GET", "/metrics").body.decode()
    assert "precache_agent_scrubbed_bytes_total 0" in metrics
    assert {file["scrub"]["state"] for file in cache(host)["files"]} == {"right"}


def test_a_slow_scrub_stops_at_once(host):
    host.program.terminate()
    host.start(cache__scrub_rate_bytes_per_second=65_536)
    host.program.await_line("listening")
    # Each file takes it 45 seconds, and an agent that doesn't end in 40 ends itself with another status.
    assert host.program.terminate() == 0
