"""Signals in a program's first moments, and those that must do nothing at all."""

import errno
import os
import re
import signal
import ssl
import time
import urllib.request
from pathlib import Path

import pytest

from support.program import LIMIT, Program, run

ROOT = Path(__file__).resolve().parents[2]


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
        program.await_line("no certificates to reload; settings and tokens are read at the start")
        ignored = next(line for line in Path(f"/proc/{program.process.pid}/status").read_text().splitlines()
                       if line.startswith("SigIgn:"))
        assert int(ignored.split()[1], 16) >> (signal.SIGPIPE - 1) & 1, "a peer that has gone could end it"
        assert program.terminate() == 0
    finally:
        if program.is_running:
            program.kill()


SECRET = {"precached": "agents.token", "precache-agent": "token"}


@pytest.mark.parametrize("name", ["precached", "precache-agent"])
def test_a_reload_waits_for_no_pipe_that_a_secret_came_from(name, tmp_path):
    pipe, file = tmp_path / "token", tmp_path / "settings.toml"
    os.mkfifo(pipe, 0o600)
    file.write_text(f'{SECRET[name]}_file = "{pipe}"\n' + settings(name, tmp_path))
    program = Program([name, "--config", file], tmp_path / "log")
    writer = await_reader(pipe, program)
    os.write(writer, b"a-secret-of-32-characters-at-least")
    os.close(writer)
    program.await_line("listening")
    program.process.send_signal(signal.SIGHUP)
    program.await_line("no certificates to reload")
    assert program.terminate() == 0


@pytest.mark.parametrize("name", ["precached", "precache-agent"])
def test_a_reload_names_what_only_a_restart_takes(name, tmp_path):
    file = tmp_path / "settings.toml"
    first = settings(name, tmp_path)
    file.write_text(first)
    file.chmod(0o600)
    program = Program([name, "--config", file], tmp_path / "log")
    program.await_line("listening")

    def told(text: str) -> str:
        """What a reload says, with this in the file."""
        file.write_text(text)
        seen = len(program.lines)
        program.process.send_signal(signal.SIGHUP)
        program.await_line("no certificates to reload", seen)
        return "".join(program.lines[seen:])

    changed = told(f'{SECRET[name]} = "a-secret-of-32-characters-at-least"\nlog.level = "debug"\n' + first.replace("port = 0", "port = 1"))
    assert "level=warning" in changed and "wait for a restart" in changed
    assert {SECRET[name], "log.level", "listen.port"} <= set(changed.split('settings="')[1].split('"')[0].split(", "))
    assert "a-secret" not in changed
    assert "the next start will fail" in told(first.replace("port = 0", "port = 99999"))
    assert "warning" not in told(first)
    assert program.terminate() == 0


@pytest.mark.parametrize("name", ["precached", "precache-agent"])
def test_a_hangup_with_a_broken_key_changes_nothing_and_shows(name, tmp_path):
    tls = tmp_path / "tls"
    run([ROOT / "deploy/make-certificates.sh", "--days", "10", tls, "host-0"]).check_returncode()
    file = tmp_path / "settings.toml"
    file.write_text(settings(name, tmp_path) + f"""[listen.tls]
certificate = "{tls}/service.pem"
key = "{tls}/service.key"
""")
    program = Program([name, "--config", file], tmp_path / "log")
    port = program.await_line(r"listening.* port=(\d+)")[1]
    program.await_line("level=warning .*the certificate ends soon")

    def metrics():
        context = ssl.create_default_context(cafile=tls / "ca.pem")
        with urllib.request.urlopen(f"https://127.0.0.1:{port}/metrics", context=context) as answer:
            return answer.read().decode()

    prefix = name.replace("-", "_")
    end = time.time() + 10 * 86_400
    shown = float(re.search(rf"^{prefix}_certificate_end_timestamp_seconds (.*)$", metrics(), re.MULTILINE)[1])
    assert end - 600 < shown < end + 600
    good = (tls / "service.key").read_text()
    for key, line, value in [("nonsense", "level=error .*certificates not reloaded; those in use stay", 0),
                             (good, "certificates reloaded", 1)]:
        (tls / "service.key").write_text(key)
        seen = len(program.lines)
        program.process.send_signal(signal.SIGHUP)
        program.await_line(line, seen)
        assert f"\n{prefix}_last_reload_successful {value}\n" in metrics()
    assert program.terminate() == 0
