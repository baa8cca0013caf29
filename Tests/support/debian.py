"""A minimal Debian 12 with a running systemd: made once by debootstrap, booted by systemd-nspawn for a test.

What a machine writes goes to memory and is gone with it. A machine has a network of its own, where there is nobody, or
shares that of another machine.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
IMAGE = CHECKOUT / ".build-debian"
SYSTEM = ["systemd", "systemd-sysv"]
LIMIT = 120.0
BARE = ["env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"]


def obstacle() -> str | None:
    """Why no machine can be booted here; None if nothing speaks against it."""
    if os.geteuid() != 0:
        return "a machine is booted by root alone"
    missing = [tool for tool in ["debootstrap", "systemd-nspawn", "nsenter"] if not shutil.which(tool)]
    return f"{', '.join(missing)} is not here" if missing else None


def image(packages: list[str]) -> Path:
    """The root of a Debian that has these packages; made when there is none, a minute and the network's help."""
    wanted = ",".join(sorted({*SYSTEM, *packages}))
    root, unfinished = IMAGE / hashlib.sha256(wanted.encode()).hexdigest()[:12], IMAGE / "unfinished"
    if root.exists():
        return root
    shutil.rmtree(unfinished, ignore_errors=True)
    IMAGE.mkdir(exist_ok=True)
    made = subprocess.run(["debootstrap", "--variant=minbase", f"--include={wanted}", "bookworm", unfinished],
                          capture_output=True, text=True, timeout=600)
    if made.returncode != 0:
        raise NoMachine(f"debootstrap: {made.stdout[-500:]}{made.stderr[-500:]}")
    # Of the machine that made it; each gets a name of its own.
    (unfinished / "etc/hostname").unlink(missing_ok=True)
    return unfinished.rename(root)


def lay(folder: Path, packages: list[str]):
    """A root of one's own at `folder/root`: what is written there stays in memory, and the image is as it was."""
    root = image(packages)
    folder.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], check=True)
    for part in ["upper", "work", "root"]:
        (folder / part).mkdir()
    subprocess.run(["mount", "-t", "overlay", "overlay", folder / "root", "-o",
                    f"lowerdir={root},upperdir={folder}/upper,workdir={folder}/work"], check=True)


def lift(folder: Path):
    """Takes it away."""
    subprocess.run(["umount", folder / "root"], check=True)
    subprocess.run(["umount", folder], check=True)


class NoMachine(Exception):
    """This machine can't boot another one; says why."""


class Machine:
    def __init__(self, name: str, folder: Path, packages: list[str], files: dict[Path, str], beside=None):
        """Boots.

        :param folder: an empty folder of the test's
        :param files: what of this machine's is seen in there, read-only, and where
        :param beside: the machine whose network it shares
        """
        self.name, self.folder = name, folder
        lay(folder, packages)
        network = f"--network-namespace-path=/proc/{beside.init}/ns/net" if beside else "--private-network"
        # Without a systemd around it there is no unit to be made for it.
        keep = [] if Path("/run/systemd/system").exists() else ["--keep-unit"]
        self.console = (folder / "console").open("w+")
        self.process = subprocess.Popen(
            ["systemd-nspawn", "--quiet", "--register=no", *keep, network, "--machine", name, "--directory",
             folder / "root", "--console=pipe", *(f"--bind-ro={here}:{there}" for here, there in files.items()), "--boot"],
            env={**os.environ, "SYSTEMD_SECCOMP": "0"}, stdin=subprocess.DEVNULL, stdout=self.console,
            stderr=subprocess.STDOUT)
        try:
            self.init = self._await(self._child)
            self._await(lambda: self.run("systemctl is-system-running --wait", check=False).stdout.strip()
                        in ("running", "degraded"))
        except BaseException:
            self.stop()
            raise

    def run(self, script: str, check=True) -> subprocess.CompletedProcess:
        """Runs lines of bash as root; one that fails ends them."""
        ended = self._enter("bash", "-e", "-o", "pipefail", "-c", f"cd /root\n{script}")
        if check and ended.returncode != 0:
            raise AssertionError(
                f"{self.name}: exit status {ended.returncode} of\n{script}\n{ended.stdout}{ended.stderr}\nThe journal's end:\n"
                + self._enter("journalctl", "--no-pager", "--lines", "20").stdout)
        return ended

    @property
    def entry(self) -> list[str]:
        """What stands before a command to run it in there."""
        return ["nsenter", "--target", str(self.init), "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", *BARE]

    def _enter(self, *command: str) -> subprocess.CompletedProcess:
        return subprocess.run([*self.entry, *command], capture_output=True, text=True, timeout=LIMIT, stdin=subprocess.DEVNULL)

    def says(self, script: str) -> str:
        return self.run(script).stdout.strip()

    def properties(self, unit: str, *names: str) -> list[str]:
        """What systemd knows of a unit."""
        shown = dict(line.split("=", 1) for line in
                     self.says(f"systemctl show {unit} " + " ".join(f"-p {name}" for name in names)).splitlines())
        return [shown[name] for name in names]

    def inside(self, path: str) -> Path:
        """A file of the machine's, as a file of this one."""
        return self.folder / "root" / path.lstrip("/")

    def stop(self):
        """Powers off."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.console.close()
        lift(self.folder)

    def _child(self) -> int | None:
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return int(children[-1]) if children else None

    def _await(self, found):
        deadline = time.monotonic() + LIMIT
        while self.process.poll() is None and time.monotonic() < deadline:
            if answer := found():
                return answer
            time.sleep(0.1)
        self.console.seek(0)
        said = self.console.read()[-4000:]
        if self.process.poll() is not None:
            raise NoMachine(f"systemd-nspawn ended with {self.process.returncode}: {said}")
        raise AssertionError(f"{self.name} doesn't boot; its console:\n{said}")
