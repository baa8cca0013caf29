"""SIGTERM, as systemd sends it, in each phase of the agent's work: a clean end in time, and the next start goes on."""

import os
import secrets
import threading
import time

import pytest

from attacked_host import AttackedHost, Died, order
from nova_lock import NovaFetch

LIMIT = 2


@pytest.fixture
def host(fleet, shim):
    return AttackedHost(fleet, "host-0", shim, stop_seconds=LIMIT)


def check_stop(host, ended):
    """Nothing hangs longer than the limit and what the machine itself takes; whoever waited hears an end or none."""
    begun = time.monotonic()
    assert host.stop() == 0
    # An agent that hangs ends itself thirty seconds after the limit.
    assert time.monotonic() - begun < LIMIT + 25
    return ended


def check_again(host, images, *names):
    host.check_locks()
    host.start()
    host.check_staging()
    for image in names:
        outcome = host.obtain(order(images, image))[image]
        assert outcome["outcome"] in ("cached", "existing") and outcome["verified"], outcome
        assert host.file(image).read_bytes() == images.images["/" + image].data
    host.check_staging(empty=True)
    host.check_records()
    assert host.stop() == 0


@pytest.mark.parametrize("begun", [0, 600_000], ids=["before the first byte", "in mid-download"])
def test_while_a_source_keeps_it_waiting(host, images, begun):
    gate = threading.Event()
    images.add("one", secrets.token_bytes(900_000), gate=gate, gate_at=begun)
    host.start()
    with host.obtaining(order(images, "one")):
        images.await_requests(1)
        images.await_bytes(begun)
        check_stop(host, None)
        gate.set()
    assert not host.file("one").exists()
    check_again(host, images, "one")


def test_while_nova_holds_the_images_lock(fleet, host, images):
    images.add("one", secrets.token_bytes(10_000))
    host.start()
    held = NovaFetch(host.instances, host.file("one").name)
    try:
        held.await_word("locked")
        # nova-compute runs as the owner of its directory, this test as root.
        folder = host.instances / "locks"
        os.chown(folder / f"nova-{host.file('one').name}", folder.stat().st_uid, folder.stat().st_gid)
        with host.obtaining(order(images, "one")):
            fleet.eventually("the task being there", lambda: host.call("GET", "/v1/tasks").json["tasks"])
            check_stop(host, None)
        assert not images.seen
    finally:
        held.kill()
    check_again(host, images, "one")


def test_at_any_moment_of_a_task(fleet, host, images):
    """A stop at each of many calls, wherever they fall: downloading, checking, naming, finding, sweeping."""
    for name in ("one", "two"):
        images.add(name, secrets.token_bytes(700_000))

    def work():
        host.obtain(order(images, "one"), order(images, "two"))
        host.call("POST", "/v1/cache/sweep", b"")
        host.obtain(order(images, "one"))

    host.start()
    host.shim.watch(reads=True)
    work()
    host.stop()
    total = host.shim.count
    for moment in range(1, total, max(1, total // 15)):
        host.fresh()
        host.shim.watch(reads=True)
        host.start()

        def worker():
            try:
                work()
            except (Died, AssertionError):
                pass  # told of the stop in mid-stream, or not at all

        working = threading.Thread(target=worker)
        working.start()
        fleet.eventually(f"call {moment}", lambda: host.shim.count >= moment or not working.is_alive())
        check_stop(host, None)
        working.join()
        host.shim.let_be()
        host.check_files({name: images.images["/" + name].data for name in ("one", "two")})
        check_again(host, images, "one", "two")
