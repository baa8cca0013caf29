"""File systems of a few megabytes, mounted for one test; needs root."""

import contextlib
import os
import subprocess
from pathlib import Path

import pytest

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")


def mount(*arguments):
    subprocess.run(["mount", *map(str, arguments)], check=True)


def unmount(where: Path):
    subprocess.run(["umount", "-l", where], check=True)


@contextlib.contextmanager
def tmpfs(where: Path, **options):
    """In memory; `size` and `nr_inodes` as mount(8) takes them."""
    where.mkdir(parents=True, exist_ok=True)
    mount("-t", "tmpfs", "-o", ",".join(f"{name}={value}" for name, value in options.items()), "tmpfs", where)
    try:
        yield where
    finally:
        unmount(where)


@contextlib.contextmanager
def on_loop(where: Path, megabytes: int, *make):
    """On a loop device; `make` is the command that makes the file system, without the device."""
    where.mkdir(parents=True, exist_ok=True)
    image = where.with_suffix(".img")
    with image.open("wb") as file:
        file.truncate(megabytes << 20)
    subprocess.run([*make, image], check=True, stdout=subprocess.DEVNULL)
    mount("-o", "loop", image, where)
    try:
        yield where
    finally:
        unmount(where)


def fill(where: Path, leave=0) -> Path:
    """Fills the file system but for so many bytes; removing the file that is returned gives the room back."""
    filler = where / "filler"
    descriptor = os.open(filler, os.O_WRONLY | os.O_CREAT)
    try:
        with contextlib.suppress(OSError):
            while True:
                os.write(descriptor, b"x" * 4096)
        os.ftruncate(descriptor, max(0, os.fstat(descriptor).st_size - leave))
    finally:
        os.close(descriptor)
    return filler
