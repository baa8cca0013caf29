"""The agent's disk fills at every possible step: `no_space` with figures, nothing left behind, and room again heals it."""

import secrets
import threading

import pytest

from attacked_host import AttackedHost, order
from small_disk import as_root, fill, on_loop, tmpfs

pytestmark = as_root
PAGE = 4096
SIZE = 150_000  # 37 pages; with the note and the record the download needs 39


@pytest.fixture
def data(images):
    return images.add("one", secrets.token_bytes(SIZE)).data


def check_outcome(host, outcome, data):
    """Cached and right, or refused and nothing left."""
    if outcome["outcome"] == "cached":
        assert host.file("one").read_bytes() == data
    else:
        assert (outcome["outcome"], outcome["reason"]) == ("error", "no_space"), outcome
        assert not host.file("one").exists()
    host.check_files({"one": data})
    host.check_staging(empty=True)
    assert host.call("GET", "/healthz").status == 200


def check_healed(host, images, data):
    outcome = host.obtain(order(images, "one"))["one"]
    assert outcome["outcome"] in ("cached", "existing") and outcome["verified"], outcome
    assert host.file("one").read_bytes() == data
    host.check_records()


@pytest.mark.parametrize("lies", [False, True], ids=["honest", "statvfs-lies"])
def test_a_disk_with_any_number_of_free_pages(fleet, images, shim, tmp_path, data, lies):
    """From no page at all to more than are needed: the disk is full at each write, once."""
    outcomes = []
    with tmpfs(tmp_path / "disk", size="2m") as disk:
        host = AttackedHost(fleet, "host-0", shim, disk).start()
        for pages in range(44):
            filler = fill(disk, leave=pages * PAGE)
            if lies:
                host.shim.say_free(1 << 40)
            outcome = host.obtain(order(images, "one"))["one"]
            outcomes.append(outcome)
            check_outcome(host, outcome, data)
            filler.unlink()
            check_healed(host, images, data)
            assert host.call("DELETE", "/v1/images/one").status == 204
        assert host.stop() == 0
    refused = [outcome for outcome in outcomes if outcome["outcome"] == "error"]
    assert 37 <= len(refused) < len(outcomes)
    assert all("free" in outcome["detail"] or "No space" in outcome["detail"] for outcome in refused)


def test_the_disk_fills_in_mid_download_where_nothing_can_be_reserved(fleet, images, shim, tmp_path):
    """ext2 has no fallocate: the writes themselves meet the full disk."""
    gate = threading.Event()
    data = secrets.token_bytes(1_500_000)
    one = images.add("one", data, gate=gate, gate_at=600_000)
    with on_loop(tmp_path / "disk", 4, "mkfs.ext2", "-q", "-m", "0") as disk:
        host = AttackedHost(fleet, "host-0", shim, disk).start()
        part = host.own / "staging" / f"{host.file('one').name}.part"
        with host.obtaining(order(images, "one")) as ended:
            fleet.eventually("the first block being written", lambda: part.exists() and part.stat().st_size > 0)
            filler = fill(disk)
            gate.set()
        check_outcome(host, ended[0], data)
        assert ended[0]["outcome"] == "error"
        filler.unlink()
        one.gate = None
        check_healed(host, images, data)
        assert host.stop() == 0


def test_what_was_reserved_can_be_taken_by_nobody_else(fleet, images, shim, tmp_path):
    """Where the file system can, the room is the download's from the start."""
    gate = threading.Event()
    data = secrets.token_bytes(1_500_000)
    images.add("one", data, gate=gate, gate_at=600_000)
    with on_loop(tmp_path / "disk", 8, "mkfs.ext4", "-q", "-m", "0") as disk:
        host = AttackedHost(fleet, "host-0", shim, disk).start()
        with host.obtaining(order(images, "one")) as ended:
            images.await_bytes(600_000)
            fill(disk, leave=4 * PAGE)  # for the record
            gate.set()
        assert ended[0]["outcome"] == "cached", ended
        host.check_files({"one": data})
        assert host.stop() == 0


def test_inodes_used_up(fleet, images, shim, tmp_path, data):
    """However few are left, the agent starts or says why not, and an image is cached or `no_space`."""
    started, outcomes = 0, set()
    for spare in range(12):
        with tmpfs(tmp_path / f"disk-{spare}", size="2m", nr_inodes=64) as disk:
            host = AttackedHost(fleet, f"host-{spare}", shim, disk)
            taken = []
            while True:
                try:
                    taken.append(disk / f"inode-{len(taken)}")
                    taken[-1].touch()
                except OSError:
                    taken.pop()
                    break
            for path in taken[:spare]:
                path.unlink()
            try:
                host.start()
            except AssertionError as refusal:
                assert "No space left" in str(refusal) and host.agent.program.wait() == 1
            else:
                started += 1
                outcome = host.obtain(order(images, "one"))["one"]
                outcomes.add(outcome["outcome"])
                check_outcome(host, outcome, data)
                for path in taken[spare:]:
                    path.unlink()
                check_healed(host, images, data)
                assert host.stop() == 0
    assert 0 < started < 12 and outcomes == {"cached", "error"}, (started, outcomes)
