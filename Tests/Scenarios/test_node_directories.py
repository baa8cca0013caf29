"""Directories that turn read-only, vanish, are replaced, or may not be written: an error that says so, and no false word."""

import shutil
import subprocess
import threading

import pytest

from attacked_host import AttackedHost, order
from small_disk import as_root, mount, on_loop, tmpfs, unmount

MIDDLE = 600_000


@pytest.fixture
def gate():
    return threading.Event()


@pytest.fixture
def host(fleet, images, shim, gate):
    images.add("one", bytes(range(256)) * 3_000, gate=gate, gate_at=MIDDLE)
    return AttackedHost(fleet, "host-0", shim)


def check_refused(host, outcome, *words):
    assert (outcome["outcome"], outcome["reason"]) == ("error", "io_error"), outcome
    assert any(word in outcome["detail"] for word in words), outcome
    assert host.call("GET", "/healthz").status == 200


def check_cached(host, images):
    outcome = host.obtain(order(images, "one"))["one"]
    assert outcome["outcome"] in ("cached", "existing") and outcome["verified"], outcome
    assert host.file("one").read_bytes() == images.images["/one"].data
    host.check_staging(empty=True)
    host.check_records()


@as_root
def test_the_disk_turns_read_only_in_mid_download(fleet, images, shim, gate, tmp_path):
    """As ext4 does when its device fails."""
    images.add("one", bytes(range(256)) * 3_000, gate=gate, gate_at=MIDDLE)
    with on_loop(tmp_path / "disk", 8, "mkfs.ext4", "-q") as disk:
        host = AttackedHost(fleet, "host-0", shim, disk).start()
        with host.obtaining(order(images, "one")) as ended:
            images.await_bytes(MIDDLE)
            mount("-o", "remount,abort", disk)
            gate.set()
        check_refused(host, ended[0], "Read-only", "Input/output")
        assert host.call("GET", "/readyz").status == 503
        assert host.stop() == 0
        unmount(disk)
        subprocess.run(["e2fsck", "-fy", tmp_path / "disk.img"], stdout=subprocess.DEVNULL)
        mount("-o", "loop", tmp_path / "disk.img", disk)
        host.start()
        check_cached(host, images)
        assert host.stop() == 0


@as_root
def test_a_read_only_disk_is_refused_at_the_start(fleet, images, shim, tmp_path):
    with tmpfs(tmp_path / "disk", size="2m") as disk:
        host = AttackedHost(fleet, "host-0", shim, disk)
        mount("-o", "remount,ro", disk)
        assert "Read-only file system" in host.refuses_to_start()


def test_a_cache_directory_that_vanished(host, images, gate):
    gate.set()
    host.start()
    shutil.rmtree(host.base)
    check_refused(host, host.obtain(order(images, "one"))["one"], "no longer the directory")
    assert "no longer the directory" in host.call("GET", "/readyz").json["detail"]
    host.base.mkdir()
    check_refused(host, host.obtain(order(images, "one"))["one"], "no longer the directory")
    assert list(host.base.iterdir()) == []
    host.stop()
    host.start()
    check_cached(host, images)


@pytest.mark.parametrize("when", ["before", "in mid-download"])
def test_a_cache_directory_that_was_replaced(host, images, gate, when):
    """What goes into the old one nova-compute never finds: it isn't called cached."""
    aside = host.instances / "moved"

    def replace():
        host.base.rename(aside)
        host.base.mkdir()

    host.start()
    if when == "before":
        replace()
        gate.set()
    with host.obtaining(order(images, "one")) as ended:
        if when != "before":
            images.await_bytes(MIDDLE)
            replace()
            gate.set()
    check_refused(host, ended[0], "no longer the directory")
    assert list(host.base.iterdir()) == [] and not (aside / host.file("one").name).exists()
    host.base.rmdir()
    aside.rename(host.base)
    check_cached(host, images)


def test_an_instances_directory_that_vanished(fleet, images, shim, gate, tmp_path):
    """Nova's locks can't be taken, and nothing is known of who uses what: nothing comes, and nothing goes."""
    gate.set()
    images.add("one", b"1" * 1000)
    images.add("two", b"2" * 1000)
    nova = tmp_path / "nova"
    nova.mkdir()
    host = AttackedHost(fleet, "host-0", shim, instances__directory=str(nova), cache__unused_minimum_age_seconds=0).start()
    assert host.obtain(order(images, "one"))["one"]["outcome"] == "cached"
    shutil.rmtree(nova)
    check_refused(host, host.obtain(order(images, "two"))["two"], str(nova))
    swept = host.call("POST", "/v1/cache/sweep", b"").json["sweep"]
    assert swept["removed"] == 0 and (swept["failure"] or swept["problems"]), swept
    assert host.file("one").exists()
    nova.mkdir()
    assert host.obtain(order(images, "two"))["two"]["outcome"] == "cached"
    assert host.call("POST", "/v1/cache/sweep", b"").json["sweep"]["removed"] == 2


@as_root
@pytest.mark.parametrize("folder", ["", "_base", "_base/.precache", "_base/.precache/staging", "_base/.precache/records", "locks"])
def test_permission_denied(host, images, gate, folder):
    """Root without its privileges over files, so that permissions count."""
    host.agent.wrapper = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search,-fowner"]
    subprocess.run(["chown", "-R", "0:0", host.instances], check=True)
    host.nova = host.nova_things()
    gate.set()
    host.start()
    where = host.instances / folder
    mode = where.stat().st_mode
    where.chmod(0o000)
    try:
        outcome = host.obtain(order(images, "one"))["one"]
        host.call("POST", "/v1/cache/sweep", b"")
        ready = host.call("GET", "/readyz").status
    finally:
        where.chmod(mode)
    if folder == "_base/.precache":
        assert outcome["outcome"] == "cached", "what is below it was opened before"
    else:
        check_refused(host, outcome, "Permission denied")
    assert ready == (503 if folder in ("", "_base", "_base/.precache") else 200)
    check_cached(host, images)
    where.chmod(0o000)
    host.stop()
    try:
        assert "Permission denied" in host.refuses_to_start()
    finally:
        where.chmod(mode)
