"""kill -9 of the agent at every call that changes its directories: what is there afterwards is complete and right, or not
there."""

import os
import random
import secrets
import shutil
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha1
from queue import SimpleQueue

import pytest

from attacked_host import AttackedHost, Died, order
from instances import qemu_img, sweep

POINTS = int(os.environ.get("PRECACHE_KILL_POINTS", "100"))
SEED = int(os.environ.get("PRECACHE_KILL_SEED", "0")) or secrets.randbelow(10**6)


class Story:
    """What an agent goes through while it's killed: images come, one with an instance's disk on it and one to be converted,
    are asked for again, swept away, fetched anew, read again, and removed."""

    def __init__(self, images, folder):
        self.images = images
        self.right = {name: image.data for name, image in ((n[1:], i) for n, i in images.images.items())}
        self.right["four"] = secrets.token_bytes(100_352) + bytes(400_384)
        raw, qcow2 = folder / "four.raw", folder / "four.qcow2"
        raw.write_bytes(self.right["four"])
        qemu_img("convert", "-f", "raw", "-O", "qcow2", raw, qcow2)
        images.add("four", qcow2.read_bytes())
        self.overlay = folder / "overlay"
        qemu_img("create", "-u", "-f", "qcow2", "-F", "raw", "-b", f"../_base/{sha1(b'one').hexdigest()}", self.overlay, "2M")

    def host(self, fleet, name, shim) -> AttackedHost:
        return AttackedHost(fleet, name, shim, cache__unused_minimum_age_seconds=0, cache__sweep_interval_seconds=3600)

    def order(self, name) -> dict:
        return order(self.images, name, disk_format="qcow2" if name == "four" else "raw")

    def tell(self, host: AttackedHost):
        instance = host.instances / "5e3a11e0-0000-4000-8000-000000000002"
        instance.mkdir()
        shutil.copy(self.overlay, instance / "disk")
        host.start()
        one, two, three, four = (self.order(name) for name in ("one", "two", "three", "four"))
        for outcome in host.obtain(one, two, four).values():
            assert outcome["outcome"] == "cached", outcome
        host.has_to_stay = {"one"}
        assert host.obtain(one)["one"]["outcome"] == "existing"
        swept = sweep(host)
        assert (swept["removed"], swept["kept"]["in_use"]) == (2, 1), swept
        for outcome in host.obtain(three, two).values():
            assert outcome["outcome"] == "cached", outcome
        assert host.call("DELETE", "/v1/images/three").status == 204

    def check_after(self, host: AttackedHost):
        """The kill is over: first as it left things, then as the restarted agent sees and mends them."""
        assert all(host.file(name).exists() for name in host.has_to_stay), "an instance's disk stands on it"
        host.check_files(self.right)
        host.check_locks(restarted=False)
        host.start()
        host.check_files(self.right)
        host.check_staging()
        host.check_locks()
        host.check_records()
        outcomes = host.obtain(*(self.order(name) for name in self.right))
        for name, outcome in outcomes.items():
            assert outcome["outcome"] in ("cached", "existing") and outcome["verified"], outcome
            assert host.file(name).read_bytes() == self.right[name]
        host.check_files(self.right)
        host.check_staging(empty=True)
        host.check_records()
        sweep(host)
        assert [name for name in self.right if host.file(name).exists()] == ["one"]
        assert host.stop() == 0
        host.check_locks()


@pytest.fixture
def story(images, tmp_path):
    images.add("one", secrets.token_bytes(1_300_000))
    images.add("two", secrets.token_bytes(4_000))
    images.add("three", b"3")
    return Story(images, tmp_path)


def run_until_killed(story: Story, host: AttackedHost, point: int, torn: bool):
    host.fresh()
    host.shim.kill_at(point, torn)
    try:
        story.tell(host)
    except Died:
        assert host.shim.hits
        host.agent.program.wait()
        call = host.shim.call(point)
    else:
        host.kill()  # the points end before this one: killed at rest
        call = "at rest"
    host.shim.let_be()
    try:
        story.check_after(host)
    except (AssertionError, Died) as error:
        raise AssertionError(f"killed {'in' if torn else 'before'} call {point}, {call}") from error
    finally:
        if host.agent.program.is_running:
            host.kill()


def test_kills_at_every_call(fleet, images, shim, story, capsys):
    """All points in order if there are no more than PRECACHE_KILL_POINTS; a sample drawn from a printed seed otherwise."""
    first = story.host(fleet, "host-0", shim)
    first.shim.watch()
    story.tell(first)
    first.stop()
    total = first.shim.count
    points = [(point, torn) for point in range(1, total + 2) for torn in (False, True)]
    if len(points) > POINTS:
        points = random.Random(SEED).sample(points, POINTS)
    hosts = SimpleQueue()
    for host in [first] + [story.host(fleet, f"host-{number}", shim) for number in range(1, 4)]:
        hosts.put(host)

    def attack(point):
        host = hosts.get()
        try:
            run_until_killed(story, host, *point)
        finally:
            hosts.put(host)

    with ThreadPoolExecutor(4) as pool:
        for _ in pool.map(attack, points):
            pass
    with capsys.disabled():
        print(f"\nkilled at {len(points)} of {2 * total + 2} points, seed {SEED}")


def test_a_power_cut_finds_what_a_kill_finds(fleet, shim, story):
    """What a name is given to is on the disk before, and so is the name before anybody is told of it."""
    host = story.host(fleet, "host-0", shim)
    host.shim.watch()
    story.tell(host)
    host.stop()
    converted = sha1(b"four").hexdigest()
    written, renamed = set(), set()
    for call, path in (line.split(" ", 1) for line in host.shim.calls):
        folder, name = path.rsplit("/", 1)
        if call in ("pwrite", "write", "ftruncate"):
            written.add(path)
        elif call == "fsync":
            written.discard(path)
            renamed -= {other for other in renamed if other.rsplit("/", 1)[0] == path}
        elif call == "renameat":
            step = "converted" if name == converted else "part"
            old = f"/_base/.precache/staging/{name}.{step}" if folder == "/_base" else f"{folder}/.{name}.tmp"
            assert old not in written, f"{path} was named before its bytes were on the disk"
            assert folder != "/_base" or not {other for other in renamed if other.endswith(f"records/{name}.json")}, \
                f"{path} was named before its record was on the disk"
            renamed.add(path)
    assert not renamed, f"told of before the name was on the disk: {renamed}"
