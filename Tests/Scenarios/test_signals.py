"""Signals in a program's first moments, and those that must do nothing at all."""

import errno
import os
import signal
import time
from pathlib import Path

import pytest

from support.program import LIMIT, Program


def settings(name: str, folder: Path) -> str:
    listen = '[listen]\naddress = "127.0.0.1"\nport = 0\n'
    if name == "precached":
        return f'{listen}[database]\npath = "{folder / "service.db"}"\n[auth]\nmode = "none"\n'
    (folder / "cache").mkdir()
    return f'host = "host-0"\n{listen}[cache]\ndirectory = "{folder / "cache"}"\n'


def await_reader(pipe: Path, program: Program) -> int:
    """Opens the pipe for writing as soon as the program reads from it."""
    end = time.monotonic() + LIMIT
    while True:
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO or not program.is_running or time.monotonic() > end:
                raise
        time.sleep(0.001)


@pytest.mark.parametrize("name", ["precached", "precache-agent"])
def test_a_hangup_before_the_settings_are_read_ends_nothing(name, tmp_path):
    """systemd may reload a program that it has only just started; death by SIGHUP would count as a clean end."""
    pipe = tmp_path / "settings.toml"
    os.mkfifo(pipe)
    program = Program([name, "--config", pipe], tmp_path / "log")
    try:
        writer = await_reader(pipe, program)
        program.process.send_signal(signal.SIGHUP)
        time.sleep(0.2)  # time to die, for one that would
        assert program.is_running, f"ended with {program.process.poll()}"
        os.write(writer, settings(name, tmp_path).encode())
        os.close(writer)
        program.await_line("listening")
        program.process.send_signal(signal.SIGHUP)
        program.await_line("certificates reloaded")
        ignored = next(line for line in Path(f"/proc/{program.process.pid}/status").read_text().splitlines()
                       if line.startswith("SigIgn:"))
        assert int(ignored.split()[1], 16) >> (signal.SIGPIPE - 1) & 1, "a peer that has gone could end it"
        assert program.terminate() == 0
    finally:
        if program.is_running:
            program.kill()
