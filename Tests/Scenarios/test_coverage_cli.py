"""`precache coverage` and `precache policy` as scripts and people use them: a gate that fails, waits, and passes; files of policies."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios

import pytest
from fleet import speaking
from program import Program
from test_main_job import entry


@pytest.fixture
def web(fleet, images):
    """Two hosts that lack the image `one`."""
    images.add("one", b"1" * 50_000)
    fleet.start()
    for number in range(2):
        fleet.agent(f"host-{number}")
    fleet.apply([entry(images, "one", name="The one")])
    return fleet


def environment(fleet):
    return {"PRECACHE_URL": fleet.url, "PRECACHE_TOKEN": fleet.token("reader")}


def waiting(fleet, *arguments):
    """A gate that waits."""
    gate = Program(["precache", "coverage", "web", "one", "--at-least", "95%", "--wait", "5m", *arguments],
                   fleet.folder / "gate.log", environment(fleet), standard_output=True)
    fleet.programs.append(gate)
    gate.await_line("0 of 1 image on at least 95% of the hosts; one on 0%")
    return gate


def test_a_gate_fails_then_passes(web):
    closed = web.cli("coverage", "web", "The one", "--at-least", "95%")
    assert closed.returncode == 2 and "Not met: 1 of 1 image" in closed.stderr, closed.stdout + closed.stderr
    assert "0/2" in closed.stdout
    late = web.cli("coverage", "web", "one", "--at-least", "0.95", "--wait", "1s", "-o", "json")
    assert late.returncode == 2 and json.loads(late.stdout)["met"] is False
    gate = waiting(web)
    web.await_end(web.cache("one")["id"])
    assert gate.wait() == 0 and "Met: 1 image on at least 95% of the hosts." in gate.tail()
    assert web.cli("coverage", "web", "--at-least", "100%").returncode == 0
    assert web.cli("coverage", "nowhere", "--at-least", "100%").returncode == 1


def test_a_gate_waits_through_a_restart_of_the_service(web):
    gate = waiting(web)
    web.service.kill()
    gate.await_line("No answer, still trying")
    web.restart()
    web.await_end(web.cache("one")["id"])
    assert gate.wait() == 0, gate.tail()


def test_hosts_that_lack_an_image_are_listed_with_what_to_do(web, images):
    web.apply([entry(images, "one") | {"hash": "0" * len(entry(images, "one")["hash"])}])
    web.await_end(web.cache("one", max_attempts=1)["id"])
    shown = web.cli("coverage", "web", "--hosts", "missing")
    assert shown.returncode == 0, shown.stderr
    assert not shown.stdout and "No such hosts" in shown.stderr  # no host has an image, so there is none to name
    shown = web.cli("coverage", "web", "one", "--hosts", "missing")
    assert "host-0" in shown.stdout and "host-1" in shown.stdout and "checksum_mismatch" in shown.stdout, shown.stdout
    assert "checksum_mismatch (2): is the entry's hash right?" in shown.stderr, shown.stderr
    listed = json.loads(web.cli("coverage", "web", "one", "--hosts", "missing", "-o", "json").stdout)["hosts"]
    assert [host["last"]["reason"] for host in listed] == ["checksum_mismatch"] * 2
    assert web.cli("host", "list", "--missing", "one", "-o", "name").stdout.split() == ["host-0", "host-1"]


def test_a_terminal_shows_bars_while_it_waits(web):
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    gate = subprocess.Popen(["precache", "coverage", "web", "--at-least", "100%", "--wait", "5m", "one"],
                            env={**os.environ, **environment(web), "TERM": "xterm", "LANG": "C.UTF-8"}, stdin=terminal,
                            stdout=terminal, stderr=terminal, close_fds=True)
    os.close(terminal)
    text, is_asked = b"", False
    while True:
        try:
            part = os.read(controller, 65536)
        except OSError:
            break
        if not part:
            break
        text += part
        if b"0/2 hosts" in text and not is_asked:
            is_asked = True
            web.await_end(web.cache("one")["id"])
    assert gate.wait(60) == 0, text
    assert b"0 of 1 image on at least 100%" in text and b" more" in text and b"\x1b[" in text, text
    assert b"Met: 1 image on at least 100%" in text, text


POLICIES = """policies:
  - name: base
    aggregates: [web]
    images: [{id: one}]
  - name: nights
    aggregates: [web]
    images:
      - newest: {name: The one}
    windows:
      - {cron: "0 1 * * *", hours: 1, timezone: Europe/Berlim}
"""


def test_a_file_of_policies_is_applied_all_or_nothing(fleet, images, tmp_path):
    images.add("one", b"1" * 50_000)
    fleet.start()
    speaking(fleet, "host-0")
    fleet.apply([entry(images, "one", name="The one")])
    file = tmp_path / "policies.yaml"
    apply = lambda *options: fleet.cli("policy", "apply", "-f", file, *options)
    names = lambda: fleet.cli("policy", "list", "-o", "name").stdout.split()
    file.write_text(POLICIES)
    wrong = apply()
    assert wrong.returncode == 1 and re.search(r"policies\.yaml:10:\d+: .*Europe/Berlim", wrong.stderr), wrong.stderr
    assert names() == []
    file.write_text(POLICIES.replace("Berlim", "Berlin"))
    dry = apply("--dry-run")
    assert re.findall(r"added +(\w+)", dry.stdout) == ["base", "nights"] and "this was a dry run" in dry.stderr, dry.stdout
    assert names() == []
    assert apply().returncode == 0 and names() == ["base", "nights"]
    gate = fleet.cli("coverage", "web", "one", "--at-least", "100%", "--wait", "1m", limit=90)
    assert gate.returncode == 0, gate.stdout + gate.stderr
    fleet.eventually("the policy is met", lambda: "met" in fleet.cli("policy", "show", "base").stdout)
    (job,) = [job for job in fleet.call("GET", "/v1/jobs").json["jobs"] if job["policy"] == "base"]
    assert re.search(r"Policy +base", fleet.cli("job", "show", job["id"]).stdout)
    listed = fleet.cli("policy", "list")
    assert re.search(r"base +#{10} 100% +met", listed.stdout) or "█" * 10 in listed.stdout, listed.stdout
    assert "Nothing changed" in apply().stderr
    file.write_text(POLICIES.split("  - name: nights")[0] + "    priority: high\n")
    dry = apply("--dry-run", "--prune")
    assert re.search(r'changed +base +priority: "normal" → "high"\n', dry.stdout), dry.stdout
    assert re.search(r"removed +nights", dry.stdout), dry.stdout
    assert apply("--prune").returncode == 0 and names() == ["base"]
    assert fleet.cli("policy", "run", "base").returncode == 0
    assert fleet.cli("policy", "delete", "base").returncode == 0
    gone = fleet.cli("policy", "show", "base")
    assert gone.returncode == 1 and "policy_not_found" in gone.stderr, gone.stderr
