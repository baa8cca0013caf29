"""The agent never fills the disk: what it needs is looked at before, and promised to one download only."""

import os
import re
import secrets
import shutil
import threading

from test_main_job import entry
from test_storage_faults import as_root, small_disk  # noqa: F401


def host(fleet, where, **settings):
    fleet.start()
    agent = fleet.agent("host-0", start=False)
    agent.cache = where / "_base"
    agent.cache.mkdir()
    return agent.start(cache__directory=str(agent.cache), **settings)


@as_root
def test_what_is_to_stay_free_stays_free(fleet, images, small_disk):  # noqa: F811
    images.add("big", secrets.token_bytes(3_000_000))
    images.add("fits", secrets.token_bytes(1_000_000))
    agent = host(fleet, small_disk, cache__minimum_free_bytes=4 << 20)
    fleet.apply([entry(images, "big"), entry(images, "fits")])
    job = fleet.await_end(fleet.cache("big", "fits", keep_seconds=60)["id"])
    row = fleet.result(job["id"], "host-0", "big")
    assert (row["outcome"], row["reason"], row["attempts"], row["bytes_done"]) == ("error", "no_space", 1, 0), row
    assert re.match(r"3000000 more bytes needed in \S+: \d+ of \d+ free, \d+ reserved for other downloads, 4194304 to be "
                    r"kept free \(cache.minimum_free_bytes\), 0 evictable "
                    r"\(2.9 MiB more needed, \d+\.\d MiB of \d+\.\d MiB free\)$", row["detail"]), row
    assert fleet.result(job["id"], "host-0", "fits")["outcome"] == "cached"
    assert not images.requests_for("big"), "nothing was fetched"
    assert shutil.disk_usage(small_disk).free >= 4 << 20
    assert "precache_agent_reserved_bytes 0" in agent.call("GET", "/metrics").body.decode()


@as_root
def test_ten_downloads_at_once_do_not_take_the_same_last_bytes(fleet, images, small_disk):  # noqa: F811
    gate = threading.Event()
    names = [f"image-{number}" for number in range(10)]
    for name in names:
        images.add(name, secrets.token_bytes(1_900_000), gate=gate)
    agent = host(fleet, small_disk, downloads__concurrent=10)
    fleet.apply([entry(images, name) for name in names])
    job = fleet.cache(*names)
    fleet.eventually("all but those that fit being refused",
                     lambda: fleet.job(job["id"])["results"]["error"] >= 7)
    gate.set()
    ended = fleet.await_end(job["id"])
    assert ended["results"]["cached"] in (2, 3), ended
    for row in fleet.results(job["id"]):
        assert (row["outcome"], row["reason"]) in (("cached", None), ("error", "no_space")), row
        assert agent.file(row["image_id"]).exists() == (row["outcome"] == "cached")
    assert not list((agent.cache / ".precache/staging").iterdir())


@as_root
def test_what_is_set_aside_stays_so_when_others_fill_the_disk(fleet, images, small_disk):  # noqa: F811
    gate = threading.Event()
    data = secrets.token_bytes(3_000_000)
    images.add("one", data, gate=gate)
    agent = host(fleet, small_disk)
    fleet.apply([entry(images, "one")])
    job = fleet.cache("one", max_attempts=1)
    images.await_bytes(1_500_000)
    fill = small_disk / "guest-disk"
    with fill.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 65536)
        except OSError:
            pass
    # A page for the record, which nobody can set aside.
    os.truncate(fill, os.stat(fill).st_size - 65536)
    gate.set()
    assert fleet.await_end(job["id"])["results"]["cached"] == 1
    assert agent.file("one").read_bytes() == data


@as_root
def test_a_download_of_unknown_size_stops_where_the_room_ends(fleet, images, small_disk):  # noqa: F811
    images.add("endless", secrets.token_bytes(9_000_000), claims_length=None)
    images.images["/endless"].chunked = True
    images.add("fits", secrets.token_bytes(2_000_000))
    agent = host(fleet, small_disk, cache__minimum_free_bytes=2 << 20)
    unknown = {**entry(images, "endless"), "size_bytes": None}
    fleet.apply([unknown, entry(images, "fits")])
    job = fleet.await_end(fleet.cache("endless")["id"])
    (row,) = fleet.results(job["id"])
    assert (row["outcome"], row["reason"]) == ("error", "no_space"), row
    assert "to be kept free" in row["detail"], row
    assert not list((agent.cache / ".precache/staging").iterdir())
    job = fleet.await_end(fleet.cache("fits")["id"])
    assert job["results"]["cached"] == 1, fleet.results(job["id"])


def test_the_oldest_unused_image_goes_for_a_new_one_and_a_pinned_one_stays(fleet, images):
    for name in ("pinned", "old", "newer", "new", "too-big"):
        images.add(name, secrets.token_bytes(6_000_000 if name == "too-big" else 1_000_000))
    fleet.start()
    agent = fleet.agent("host-0", cache__max_bytes=3_500_000)
    fleet.apply([entry(images, name[1:]) for name in images.images])
    fleet.await_end(fleet.cache("pinned", keep_seconds=3600)["id"])
    for name in ("old", "newer"):
        fleet.await_end(fleet.cache(name)["id"])
    job = fleet.await_end(fleet.cache("new")["id"])
    assert job["results"]["cached"] == 1, fleet.results(job["id"])
    assert [name for name in ("pinned", "old", "newer", "new") if agent.file(name).exists()] == ["pinned", "newer", "new"]
    job = fleet.await_end(fleet.cache("too-big")["id"])
    (row,) = fleet.results(job["id"])
    assert (row["outcome"], row["reason"]) == ("error", "no_space"), row
    assert all(agent.file(name).exists() for name in ("pinned", "newer", "new")), "nothing was evicted in vain"
    assert not images.requests_for("too-big")
    assert not list((agent.cache / ".precache/staging").iterdir())
