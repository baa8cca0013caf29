"""The test's side of faultshim.c: builds it, and tells a running agent's file system calls what becomes of them."""

import ctypes
import errno
import mmap
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("faultshim.c")
NOTHING, KILL, FAIL, HALF, HALF_AND_KILL = range(5)
LOG_BYTES = 1 << 20


class _Layout(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int64) for name in (
        "armed", "at", "times", "action", "error", "reads", "count", "hits", "clock_offset", "free_bytes", "logged",
    )] + [("log", ctypes.c_char * LOG_BYTES)]


def build(folder: Path) -> Path:
    """Compiles the shim; a test can't go on without it, so a missing compiler is a failure."""
    library = folder / "faultshim.so"
    if not library.exists():
        subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, SOURCE, "-ldl"], check=True)
    return library


class FaultShim:
    """What one agent's calls on paths below `under` meet with."""

    def __init__(self, library: Path, control: Path, under: Path):
        with control.open("wb") as file:
            file.truncate(ctypes.sizeof(_Layout))
        with control.open("r+b") as file:
            self._layout = _Layout.from_buffer(mmap.mmap(file.fileno(), 0))
        self.environment = {
            "LD_PRELOAD": str(library), "FAULTSHIM_CONTROL": str(control), "FAULTSHIM_UNDER": str(under),
        }
        self.let_be()

    @property
    def wrapper(self) -> list[str]:
        """A command that runs another program than the agent: the library acts where the agent's name is."""
        settings = (f"{name}={value}" for name, value in self.environment.items())
        return ["env", *settings, "bash", "-c", 'exec -a precache-agent "$0" "$@"']

    def let_be(self):
        """Everything goes well from now on."""
        self._layout.armed = 0
        self._layout.free_bytes = -1
        self._layout.clock_offset = 0

    def _arm(self, action, at, times=1, error=0, reads=False):
        layout = self._layout
        layout.armed = 0
        layout.action, layout.at, layout.times, layout.error, layout.reads = action, at, times, error, reads
        layout.count = layout.hits = layout.logged = 0
        layout.armed = 1

    def watch(self, reads=False):
        """Only counts."""
        self._arm(NOTHING, 0, reads=reads)

    def kill_at(self, number: int, torn=False):
        """Kills the agent just before that call; or in its middle, with half of a write done."""
        self._arm(HALF_AND_KILL if torn else KILL, number)

    def fail_at(self, number: int, error: int, times=1):
        """Lets calls fail with this errno, from that one on; those that only read are counted, too."""
        self._arm(FAIL, number, times, error, reads=True)

    def fail_writes(self, error: int):
        """Lets all calls that change something fail with this errno."""
        self._arm(FAIL, 1, 1 << 40, error)

    def halve_from(self, number: int, times=1):
        """Lets reads and writes do half of what they were asked."""
        self._arm(HALF, number, times, reads=True)

    def say_free(self, free: int):
        self._layout.free_bytes = free

    def set_clock(self, offset: int):
        """The wall clock is wrong by so many seconds."""
        self._layout.clock_offset = offset

    @property
    def count(self) -> int:
        return self._layout.count

    @property
    def hits(self) -> int:
        return self._layout.hits

    @property
    def calls(self) -> list[str]:
        """The calls that were counted, in order: '<call> <path below the directory>'."""
        log = bytes(self._layout.log[:min(self._layout.logged, LOG_BYTES)])
        return [line.split(" ", 1)[1] for line in log.decode(errors="replace").splitlines() if " " in line]

    def call(self, number: int) -> str:
        calls = self.calls
        return calls[number - 1] if 0 < number <= len(calls) else "none"


ERRORS = {name: getattr(errno, name) for name in ("EIO", "ENOSPC", "EROFS", "EACCES", "EDQUOT", "EINTR")}
