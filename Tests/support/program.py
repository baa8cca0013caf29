"""One of our programs as a child process: its log is watched, so that tests wait on events and not on time."""

import json
import os
import re
import signal
import subprocess
import threading
from pathlib import Path

LIMIT = 60.0  # seconds until an awaited event counts as never coming; no test depends on how fast it comes


class Program:
    def __init__(self, arguments, log: Path, environment=None, standard_output=False):
        """Watches standard error; with `standard_output` that too, and in a process group of its own."""
        self.arguments = [str(argument) for argument in arguments]
        self.log = log
        self.lines: list[str] = []
        self._changed = threading.Condition()
        self._has_ended = False
        environment = {**os.environ, **(environment or {})}
        self.process = subprocess.Popen(
            self.arguments, stdin=subprocess.DEVNULL, text=True, errors="replace", env=environment,
            stdout=subprocess.PIPE if standard_output else subprocess.DEVNULL,
            stderr=subprocess.STDOUT if standard_output else subprocess.PIPE,
            start_new_session=standard_output,
        )
        self._output = self.process.stdout if standard_output else self.process.stderr
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        with self.log.open("a") as file:
            for line in self._output:
                file.write(line)
                file.flush()
                with self._changed:
                    self.lines.append(line.rstrip("\n"))
                    self._changed.notify_all()
        self.process.wait()  # it has closed its log; who waits for a line is to see that it ended
        with self._changed:
            self._has_ended = True
            self._changed.notify_all()

    def await_line(self, pattern: str, start: int = 0, limit: float = LIMIT) -> re.Match:
        """Waits for a log line that matches, from line `start` on; fails with the log's end."""
        found = None

        def seen():
            nonlocal found
            for line in self.lines[start:]:
                found = re.search(pattern, line)
                if found:
                    return True
            return self._has_ended  # and all that it said is here

        with self._changed:
            if not self._changed.wait_for(seen, limit) or found is None:
                raise AssertionError(f"{self.arguments[0]}: no line like {pattern!r}; last lines:\n" + self.tail())
        return found

    def tail(self, count: int = 30) -> str:
        return "\n".join(self.lines[-count:])

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    @property
    def memory_mib(self) -> float:
        """Resident memory now, clean pages of files included."""
        return self._memory("VmRSS")

    @property
    def peak_memory_mib(self) -> float:
        return self._memory("VmHWM")

    @property
    def private_memory_mib(self) -> float:
        """Resident memory that is the program's own: what the kernel can't drop and read again from a file."""
        return self._memory("RssAnon", "RssShmem")

    def _memory(self, *names: str) -> float:
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        values = {name: rest for name, rest in (line.split(":", 1) for line in lines)}
        return sum(int(values[name].split()[0]) for name in names) / 1024

    def kill(self):
        """SIGKILL: no chance to tidy up."""
        self.process.kill()
        self.wait()

    def stop_group(self):
        """SIGKILL for it and its children, where it has a group of its own."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.wait()

    def suspend(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def terminate(self, limit: float = LIMIT) -> int:
        """SIGTERM; returns the exit status."""
        if self.is_running:
            self.process.send_signal(signal.SIGTERM)
        return self.wait(limit)

    def wait(self, limit: float = LIMIT) -> int:
        try:
            status = self.process.wait(limit)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"{self.arguments[0]} didn't end within {limit} s:\n" + self.tail()) from None
        self._reader.join(5)
        return status


def run(arguments, environment=None, limit: float = LIMIT, input=None) -> subprocess.CompletedProcess:
    """Runs a program to its end."""
    return subprocess.run(
        [str(argument) for argument in arguments], capture_output=True, text=True, timeout=limit,
        env={**os.environ, **(environment or {})}, input=input,
    )


def json_of(completed: subprocess.CompletedProcess):
    assert completed.returncode in (0, 2, 3), completed.stderr
    return json.loads(completed.stdout)
