"""What the tests with a booted Debian share."""

import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import debian
import debian_packages
import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PROGRAMS = ["precached", "precache-agent", "precache"]
# What a machine has for Ansible, and for a web server of its own.
PYTHON = ["python3", "python3-apt"]


def pytest_collection_modifyitems(items):
    for item in items:
        # The first of them makes the Debian that boots.
        if {"boot", "root"} & set(item.fixturenames):
            item.add_marker(pytest.mark.timeout(1200))


def packages() -> list[str]:
    """What deploy/README.md tells to install."""
    lines = re.findall(r"^ *apt-get install -y (.*)", (CHECKOUT / "deploy/README.md").read_text(), re.MULTILINE)
    return sorted({package for line in lines for package in line.split()})


def runtime(program: str) -> dict[Path, str]:
    """The folder of Swift's libraries, which a debug program needs."""
    linked = re.search(r"=> (\S+)/libswiftCore\.so", subprocess.run(["ldd", program], capture_output=True, text=True).stdout)
    return {Path(linked[1]): linked[1]} if linked else {}


def give_address(machine, address: str):
    subprocess.run(["nsenter", "--target", str(machine.init), "--net", "ip", "address", "add", address, "dev", "lo"],
                   check=True)


@contextmanager
def image_server(machine, address: str, folder: Path):
    """A web server of this machine's in the other's network; its URL."""
    server = subprocess.Popen(
        ["nsenter", "--target", str(machine.init), "--net", sys.executable, "-u", "-m", "http.server",
         "--bind", address, "--directory", folder, "8080"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert "Serving" in server.stdout.readline()
        yield f"http://{address}:8080"
    finally:
        server.kill()
        server.wait()


@pytest.fixture(scope="module")
def boot(tmp_path_factory):
    """Boots machines that see `deploy` and the programs in /root, or what is said, and have `more` packages; powers them off in
    the end."""
    if why := debian.obstacle():
        pytest.skip(why)
    programs = [shutil.which(program) for program in PROGRAMS]
    files = {Path(program): f"/root/{Path(program).name}" for program in programs}
    machines = []

    def boot(name, beside=None, seen=None, more=()):
        if seen is None:
            seen = {**files, **runtime(programs[0]), CHECKOUT / "deploy": "/root/deploy"}
        try:
            machines.append(debian.Machine(name, tmp_path_factory.mktemp(name) / "machine", [*packages(), *more], seen, beside))
        except debian.NoMachine as why:
            pytest.skip(str(why))
        return machines[-1]

    yield boot
    for machine in reversed(machines):
        machine.stop()


@pytest.fixture
def root(tmp_path):
    """A root in which nothing runs, as of an image that is being made."""
    if why := debian.obstacle():
        pytest.skip(why)
    debian.lay(tmp_path / "laid", [*packages(), *PYTHON])
    proc = tmp_path / "laid/root/proc"
    subprocess.run(["mount", "-t", "proc", "proc", proc], check=True)
    yield tmp_path / "laid/root"
    subprocess.run(["umount", proc], check=True)
    debian.lift(tmp_path / "laid")


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """The packages of the programs on the path."""
    if runtime(shutil.which("precached")):
        pytest.skip("debug programs need Swift's libraries, which no package of Debian's has")
    if missing := [tool for tool in ["dpkg-shlibdeps", "lintian"] if not shutil.which(tool)]:
        pytest.skip(f"{', '.join(missing)} is not here: deploy/setup.sh test")
    return debian_packages.make(tmp_path_factory.mktemp("packages"))


@pytest.fixture(scope="session")
def newer(folder, tmp_path_factory):
    """The same packages as a next version's."""
    unpacked, out = tmp_path_factory.mktemp("newer-roots"), tmp_path_factory.mktemp("newer")
    for name in PROGRAMS:
        root = debian_packages.Package(name, folder, unpacked).root
        control = root / "DEBIAN/control"
        control.write_text(re.sub(r"^(Version: .*)-1$", r"\1-2", control.read_text(), flags=re.MULTILINE))
        subprocess.run(["dpkg-deb", "--build", "--root-owner-group", "-Znone", root, out], check=True,
                       capture_output=True)
    return out
