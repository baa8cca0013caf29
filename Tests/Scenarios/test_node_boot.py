"""A guest boots from an overlay on the cached image, in QEMU's own emulation, while the agent sweeps beside it."""

import os
import re
import select
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from attacked_host import AttackedHost, order
from instances import Instances, cached_file, sweep
from program import LIMIT

IMAGE = Path("/usr/lib/grub-rescue/grub-rescue-usb.img")
QEMU = shutil.which("qemu-system-x86_64")


class Guest:
    """A virtual machine whose serial line is read; software emulation, so that it runs everywhere alike."""

    def __init__(self, disk: Path):
        self.process = subprocess.Popen(
            [QEMU, "-accel", "tcg", "-m", "64", "-nographic", "-no-reboot", "-nic", "none", "-monitor", "none",
             "-drive", f"file={disk},format=qcow2,if=ide"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.said = b""

    def await_words(self, pattern: bytes, limit=2 * LIMIT):
        deadline = time.monotonic() + limit
        while not re.search(pattern, self.said):
            left = deadline - time.monotonic()
            assert left > 0 and select.select([self.process.stdout], [], [], left)[0], self.said
            part = os.read(self.process.stdout.fileno(), 65536)
            assert part, f"QEMU ended: {self.said}"
            self.said += part

    def end(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


@pytest.mark.skipif(not QEMU or not IMAGE.exists(), reason="needs qemu-system-x86 and grub-rescue-pc (deploy/setup.sh test)")
def test_a_guest_boots_from_a_cached_image_that_stays_while_it_runs(fleet, images, shim):
    images.add("grub", IMAGE.read_bytes())
    host = AttackedHost(fleet, "host-0", shim, cache__unused_minimum_age_seconds=0).start()
    outcome = host.obtain(order(images, "grub", disk_format="iso"))["grub"]
    assert outcome["outcome"] == "cached", outcome
    disk = Instances(host).add(host.file("grub"))
    host.stop()
    host.start(cache__sweep_interval_seconds=1)
    guest = Guest(disk)
    try:
        guest.await_words(rb"GNU GRUB|grub>|GRUB version")
        assert sweep(host)["kept"]["in_use"] == 1
        users = cached_file(host, host.file("grub"))["users"]
        assert users["disks"] == 1 and any("qemu-system" in name for name in users["process_names"]), users
        shutil.rmtree(disk.parent)  # the folder goes first, as in a deletion that is under way
        assert sweep(host)["kept"]["in_use"] == 1, "the guest has it open"
        assert guest.process.poll() is None
        assert host.file("grub").read_bytes() == IMAGE.read_bytes()
    finally:
        guest.end()
    fleet.eventually("the image going by itself", lambda: not host.file("grub").exists())
    assert host.stop() == 0
