"""Nova's own code and the agent over one host's folders: each finds what the other brought, and neither says what isn't so."""

import os
import random
import secrets
import subprocess
import threading
import time

import pytest

from nova_compute import NovaCompute, imagebackend
from oslo_concurrency import lockutils

DAYS = 3 * 86_400
ROUNDS = 50


@pytest.fixture
def host(fleet, images):
    """A fleet of one host with an image `one`; a test may ask for others by `add`."""
    fleet.start()
    agent = fleet.agent("host-0")
    images.add("one", secrets.token_bytes(300_000))
    fleet.apply([entry(images, "one")])
    return agent


@pytest.fixture
def nova(host, images):
    nova = NovaCompute(host, images)
    yield nova
    nova.close()


def entry(images, name, **fields):
    image = images.images["/" + name]
    return {"id": name, "url": images.url(name), "size_bytes": len(image.data), "hash_algorithm": "sha256",
            "hash": image.sha256, **fields}


def ask(fleet, *names, **options):
    """Runs a job to its end; its rows by image."""
    options.setdefault("max_attempts", 1)
    job = fleet.await_end(fleet.cache(*names, **options)["id"])
    return {row["image_id"]: row for row in fleet.results(job["id"])}


def unused_for(path, seconds):
    then = time.time() - seconds
    os.utime(path, (then, then))


@pytest.mark.parametrize("backend", [imagebackend.Qcow2, imagebackend.Flat])
@pytest.mark.parametrize("force_raw", [True, False])
@pytest.mark.parametrize("kind", ["raw", "qcow2"])
def test_nova_boots_from_what_the_agent_cached(fleet, images, host, nova, tmp_path, backend, force_raw, kind):
    source = tmp_path / "source"
    subprocess.run(["qemu-img", "create", "-q", "-f", kind, source, "8M"], check=True)
    subprocess.run(["qemu-io", "-f", kind, "-c", "write -P 7 1M 1M", source], check=True, stdout=subprocess.DEVNULL)
    images.add("disk", source.read_bytes())
    nova.glance.formats["disk"] = kind
    nova.set("force_raw_images", force_raw)
    host.program.terminate()
    host.start(cache__convert_to_raw=force_raw)
    fleet.apply([entry(images, "disk", disk_format=kind)])
    assert ask(fleet, "disk")["disk"]["outcome"] == "cached"
    before = host.file("disk").stat()
    disk = nova.boot("disk", backend)
    assert nova.glance.downloads == []
    after = host.file("disk").stat()
    assert (after.st_ino, after.st_size) == (before.st_ino, before.st_size)
    subprocess.run(["qemu-img", "compare", "-q", disk, source], check=True)


def test_the_agent_finds_what_nova_brought(fleet, images, host, nova):
    nova.boot("one")
    assert nova.glance.downloads == ["one"]
    row = ask(fleet, "one")["one"]
    assert row["outcome"] == "existing" and not images.seen, row


def test_the_cache_manager_removes_what_is_old_and_the_agent_says_so(fleet, images, host, nova):
    ask(fleet, "one")
    nova.manage_cache()
    assert host.file("one").exists(), "it is young"
    own = sorted(path.name for path in (host.cache / ".precache").iterdir())
    unused_for(host.file("one"), DAYS)
    nova.manage_cache()
    assert not host.file("one").exists()
    assert sorted(path.name for path in (host.cache / ".precache").iterdir()) == own
    assert host.call("GET", "/v1/images").json["images"] == []
    assert ask(fleet, "one")["one"]["outcome"] == "cached"


def test_no_job_ends_existing_for_a_file_that_nova_is_about_to_remove(fleet, images, host, nova):
    ask(fleet, "one")
    unused_for(host.file("one"), DAYS)
    about_to, go_on = threading.Event(), threading.Event()

    def stop_before_the_removal(message):
        if message.startswith("Removing base"):
            about_to.set()
            assert go_on.wait(60)

    nova.log.on_line = stop_before_the_removal
    manager = threading.Thread(target=nova.manage_cache)
    manager.start()
    assert about_to.wait(60)
    job = fleet.cache("one", max_attempts=1)
    host.program.await_line("somebody else may be removing the image, waiting")
    assert fleet.job(job["id"])["state"] == "running"
    go_on.set()
    manager.join()
    fleet.await_end(job["id"])
    assert fleet.result(job["id"], "host-0", "one")["outcome"] == "cached"
    assert host.file("one").read_bytes() == images.images["/one"].data


def test_removals_and_jobs_race(fleet, images, host, nova):
    ask(fleet, "one")
    for number in range(ROUNDS):
        unused_for(host.file("one"), DAYS)
        manager = threading.Thread(target=nova.manage_cache)
        if number % 2:
            manager.start()
            time.sleep(random.uniform(0, 0.03))
            job = fleet.cache("one", max_attempts=1)
        else:
            job = fleet.cache("one", max_attempts=1)
            time.sleep(random.uniform(0, 0.03))
            manager.start()
        fleet.await_end(job["id"])
        manager.join()
        row = fleet.result(job["id"], "host-0", "one")
        # A job that ended before Nova looked made the file young; after Nova removed it, it was fetched.
        assert row["outcome"] in ("cached", "existing") and host.file("one").exists(), (number, row)


def test_boots_and_jobs_race_and_bring_the_image_once(fleet, images, host, nova):
    names = [f"race-{number}" for number in range(ROUNDS)]
    for name in names:
        images.add(name, secrets.token_bytes(60_000))
    fleet.apply([entry(images, name) for name in names])
    for number, name in enumerate(names):
        before, downloads = len(images.seen), len(nova.glance.downloads)
        boot = threading.Thread(target=nova.boot, args=(name,))
        first, second = (boot.start, lambda: jobs.append(fleet.cache(name, max_attempts=1)))[::1 if number % 2 else -1]
        jobs = []
        first()
        time.sleep(random.uniform(0, 0.02))
        second()
        fleet.await_end(jobs[0]["id"])
        boot.join()
        row = fleet.result(jobs[0]["id"], "host-0", name)
        assert row["outcome"] in ("cached", "existing"), row
        assert len(images.seen) - before + len(nova.glance.downloads) - downloads == 1, (number, row)
        assert host.file(name).read_bytes() == images.images[f"/{name}"].data
    assert not [path for path in host.cache.iterdir() if path.suffix]


@pytest.mark.parametrize("attempts", [1, 3])
def test_a_lock_file_that_nova_removes_after_it_let_go(fleet, images, host, nova, monkeypatch, attempts):
    """The agent holds a lock without a name for a moment; a boot beside it brings the image, and that is the truth."""
    ask(fleet, "one")
    unused_for(host.file("one"), DAYS)
    data = images.images["/one"].data
    images.add("one", data, gate=threading.Event())
    real, about_to, go_on = lockutils.remove_external_lock_file, threading.Event(), threading.Event()

    def late(*arguments, **named):
        about_to.set()
        assert go_on.wait(60)
        return real(*arguments, **named)

    monkeypatch.setattr(lockutils, "remove_external_lock_file", late)
    manager = threading.Thread(target=nova.manage_cache)
    manager.start()
    assert about_to.wait(60)
    job = fleet.cache("one", max_attempts=attempts)
    images.await_bytes(len(data) + len(data) // 2)
    nova.glance.gate = threading.Event()
    go_on.set()
    manager.join()
    boot = threading.Thread(target=nova.boot, args=("one",))
    boot.start()
    if nova.glance.half.wait(5):  # it came before the agent took its lock again
        nova.glance.gate.set()
        fleet.eventually("the boot brings the image", host.file("one").exists)
        base = host.file("one").stat().st_ino
        images.images["/one"].gate.set()
        fleet.await_end(job["id"])
        boot.join()
        assert host.file("one").stat().st_ino == base, "a guest stands on it"
        expected = "existing"
    else:
        images.images["/one"].gate.set()
        nova.glance.gate.set()
        fleet.await_end(job["id"])
        boot.join()
        expected = "cached"
    row = fleet.result(job["id"], "host-0", "one")
    assert row["outcome"] == expected and row["attempts"] == 1, row
    assert host.file("one").read_bytes() == data


def test_a_pin_outlives_a_nova_with_a_short_minimum_age(fleet, images, host, nova):
    host.program.terminate()
    host.start(instances__minimum_age_seconds=10)
    ask(fleet, "one", keep_seconds=7 * 86_400)
    end = time.monotonic() + 14
    while time.monotonic() < end:
        nova.manage_cache(minimum_age=10)
        assert host.file("one").exists()
        time.sleep(0.1)


def test_a_pinned_file_that_went_is_told_and_fetched_again_with_its_pin(fleet, images, host, nova):
    host.program.terminate()
    host.start(instances__minimum_age_seconds=2)
    ask(fleet, "one", keep_seconds=7 * 86_400)
    (image,) = host.call("GET", "/v1/images").json["images"]
    host.file("one").unlink()
    host.program.await_line("a pinned image is gone.*image=one")
    assert b"precache_agent_lost_pins_total 1" in host.call("GET", "/metrics").body
    noted = lambda: [(note["reason"], note["image_id"]) for note in host.call("GET", "/v1/cache").json["cache"]["removals"]]
    fleet.eventually("it being noted", lambda: noted() == [("lost", "one")])
    assert ask(fleet, "one")["one"]["outcome"] == "cached"
    (again,) = host.call("GET", "/v1/images").json["images"]
    assert again["pinned_until"] == image["pinned_until"]


def test_novas_own_precaching_takes_no_lock_and_both_fetch(fleet, images, host, nova):
    """What the page says of `nova.virt.*.cache_image`: two downloads, one right file, nothing left over."""
    nova.glance.gate = threading.Event()
    caching = threading.Thread(target=nova.cache_image, args=("one",))
    caching.start()
    assert nova.glance.half.wait(60)
    row = ask(fleet, "one")["one"]
    assert row["outcome"] == "cached" and len(images.seen) == 1, row
    nova.glance.gate.set()
    caching.join()
    assert host.file("one").read_bytes() == images.images["/one"].data
    assert ask(fleet, "one")["one"]["outcome"] == "existing"
    assert not [path for path in host.cache.iterdir() if path.suffix]
