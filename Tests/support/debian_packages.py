"""Packages that deploy/package.sh makes of the programs on the path, and a look into one."""

import os
import shutil
import subprocess
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
SETTINGS = {"precached": "/etc/precache/precached.toml", "precache-agent": "/etc/precache/agent.toml"}
UNITS = list(SETTINGS)


def make(out: Path, **environment) -> Path:
    programs = Path(shutil.which("precached")).parent
    subprocess.run([CHECKOUT / "deploy/package.sh", "--programs", programs, "--out", out], check=True,
                   env={**os.environ, **environment}, capture_output=True)
    return out


class Package:
    def __init__(self, name: str, folder: Path, unpacked: Path):
        self.name = name
        [self.file] = folder.glob(f"{name}_*.deb")
        self.root = unpacked / name
        subprocess.run(["dpkg-deb", "--raw-extract", self.file, self.root], check=True)

    def field(self, name: str) -> str:
        return self._told("--field", self.file, name).strip()

    def listing(self) -> dict[str, tuple[str, str]]:
        """Mode and owner of each path."""
        lines = [line.split() for line in self._told("--contents", self.file).splitlines()]
        return {line[5].removeprefix("."): (line[0], line[1]) for line in lines}

    def _told(self, *arguments) -> str:
        return subprocess.run(["dpkg-deb", *arguments], capture_output=True, text=True, check=True).stdout
