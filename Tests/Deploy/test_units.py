"""deploy/systemd: units that systemd takes without a word, and that leave the programs little to abuse."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

SYSTEMD = Path(__file__).resolve().parents[2] / "deploy/systemd"
UNITS = ["precached", "precache-agent"]
# Of 10, as `systemd-analyze security` counts: what a service that must reach the network can't avoid.
MOST_EXPOSED = 2.0

needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not here")


def setting(unit, key):
    return re.findall(rf"^{key}=(.*)$", (SYSTEMD / f"{unit}.service").read_text(), re.MULTILINE)


@pytest.fixture(params=UNITS)
def installed(request, tmp_path):
    """The unit as it is, but for a program that is on this machine."""
    unit = tmp_path / f"{request.param}.service"
    text = (SYSTEMD / unit.name).read_text()
    unit.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.MULTILINE))
    return unit


@needs_systemd
def test_systemd_takes_the_unit_without_a_warning(installed):
    ended = subprocess.run(["systemd-analyze", "verify", "--man=no", installed], capture_output=True, text=True,
                           timeout=60)
    assert (ended.returncode, ended.stdout + ended.stderr) == (0, "")


@needs_systemd
def test_the_unit_is_sandboxed(installed):
    ended = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", installed],
                           capture_output=True, text=True, timeout=60)
    exposure = float(re.search(r"Overall exposure level for \S+: ([0-9.]+)", ended.stdout)[1])
    assert exposure <= MOST_EXPOSED, ended.stdout


@pytest.mark.parametrize("unit", UNITS)
def test_what_operation_relies_on(unit):
    assert setting(unit, "ExecStart") == [f"/usr/local/bin/{unit} --config /etc/precache/"
                                          f"{'precached' if unit == 'precached' else 'agent'}.toml"]
    start = setting(unit, "ExecStart")[0]
    assert setting(unit, "ExecReload") == ["/bin/sh -c 'kill -HUP $MAINPID'",
                                           start.replace(" --config", " check --quiet --config")]
    assert setting(unit, "Type") == ["notify"]
    assert (setting(unit, "Restart"), setting(unit, "RestartPreventExitStatus")) == (["always"], ["78"])
    assert setting(unit, "TimeoutStopSec") and setting(unit, "LimitNOFILE")
    assert setting(unit, "NoNewPrivileges") == ["yes"] and setting(unit, "ProtectSystem") == ["strict"]


def test_the_agent_writes_into_the_image_cache_and_among_the_locks_alone():
    assert setting("precache-agent", "ReadWritePaths") == [
        "-/var/lib/nova/instances/_base -/var/lib/nova/instances/locks"]
    assert setting("precache-agent", "StateDirectory") == []


@pytest.mark.skipif(not shutil.which("systemd-sysusers"), reason="systemd-sysusers is not here")
def test_the_users_file_makes_the_user_of_the_unit(tmp_path):
    (tmp_path / "etc").mkdir()
    subprocess.run(["systemd-sysusers", f"--root={tmp_path}", SYSTEMD / "precache.sysusers.conf"], check=True,
                   capture_output=True, timeout=60)
    assert "\nprecache:" in "\n" + (tmp_path / "etc/passwd").read_text()
    assert setting("precached", "User") == ["precache"]
