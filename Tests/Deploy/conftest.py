"""What the tests with a booted Debian share."""

import re
import shutil
import subprocess
from pathlib import Path

import debian
import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PROGRAMS = ["precached", "precache-agent", "precache"]


def packages() -> list[str]:
    """What deploy/README.md tells to install."""
    lines = re.findall(r"^ *apt-get install -y (.*)", (CHECKOUT / "deploy/README.md").read_text(), re.MULTILINE)
    return sorted({package for line in lines for package in line.split()})


def runtime(program: str) -> dict[Path, str]:
    """The folder of Swift's libraries, which a debug program needs."""
    linked = re.search(r"=> (\S+)/libswiftCore\.so", subprocess.run(["ldd", program], capture_output=True, text=True).stdout)
    return {Path(linked[1]): linked[1]} if linked else {}


@pytest.fixture(scope="module")
def boot(tmp_path_factory):
    """Boots machines that see `deploy` and the programs in /root, or else what is said; powers them off in the end."""
    if why := debian.obstacle():
        pytest.skip(why)
    programs = [shutil.which(program) for program in PROGRAMS]
    files = {Path(program): f"/root/{Path(program).name}" for program in programs}
    machines = []

    def boot(name, beside=None, seen=None):
        seen = seen or {**files, **runtime(programs[0]), CHECKOUT / "deploy": "/root/deploy"}
        try:
            machines.append(debian.Machine(name, tmp_path_factory.mktemp(name) / "machine", packages(), seen, beside))
        except debian.NoMachine as why:
            pytest.skip(str(why))
        return machines[-1]

    yield boot
    for machine in reversed(machines):
        machine.stop()
