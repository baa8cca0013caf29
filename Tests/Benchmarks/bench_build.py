"""How large the programs are, and how long a clean build takes."""

import os
import shutil
import subprocess

from bench import ROOT, Bench


def sizes(bench: Bench):
    for name in ("precache-agent", "precached", "precache"):
        bench.record("size", name, os.stat(shutil.which(name)).st_size / (1 << 20))


def clean_build(bench: Bench):
    if bench.quick:
        return
    scratch = bench.folder / ".build-clean"
    command = ["swift", "build", "-c", "release", "--static-swift-stdlib", "--scratch-path", scratch, "--product"]

    def build():
        for product in ("precached", "precache-agent", "precache"):
            subprocess.run([*command, product], cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    try:
        bench.record("clean-build", "swift build", bench.seconds(build))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
