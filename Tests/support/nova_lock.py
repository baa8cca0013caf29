"""nova-compute's way to an image, in a process of its own: oslo.concurrency's lock, then look, fetch, rename.

As nova/virt/libvirt/imagebackend.py has it (`Image.cache`, `fetch_func_sync`). Commands come on standard input, words
about what happened go to standard output.
"""

import subprocess
import sys
import threading
from pathlib import Path

SCRIPT = """
import os, sys
from oslo_concurrency import lockutils
directory, name = sys.argv[1:]
synchronized = lockutils.synchronized_with_prefix("nova-")
target = os.path.join(directory, "_base", name)


@synchronized(name, external=True, lock_path=os.path.join(directory, "locks"))
def fetch():
    if os.path.exists(target):
        return print("found", flush=True)
    print("locked", flush=True)
    command = sys.stdin.readline().split()
    if command and command[0] == "fetch":
        with open(target + ".part", "wb") as file:
            file.write(b"n" * int(command[1]))
        os.rename(target + ".part", target)
    print("released", flush=True)


fetch()
"""


class NovaFetch:
    """A nova-compute that wants an image; `words` are what became of it."""

    def __init__(self, instances: Path, name: str):
        self.process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, instances, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.words: list[str] = []
        self._changed = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            with self._changed:
                self.words.append(line.strip())
                self._changed.notify_all()

    def await_word(self, word: str, limit: float = 60.0):
        with self._changed:
            assert self._changed.wait_for(lambda: word in self.words, limit), f"no '{word}', only {self.words}"

    def tell(self, command: str):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def kill(self):
        self.process.kill()
        self.process.wait()
