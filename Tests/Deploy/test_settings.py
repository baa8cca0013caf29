"""The committed sample settings are the programs' own, and the programs take them."""

import subprocess
from pathlib import Path

import pytest

SETTINGS = Path(__file__).resolve().parents[2] / "deploy/settings"
SAMPLES = [("precached", "precached.toml"), ("precache-agent", "agent.toml")]


@pytest.mark.parametrize("program, file", SAMPLES)
def test_a_sample_is_what_the_program_prints(program, file):
    printed = subprocess.run([program, "settings"], capture_output=True, text=True, check=True).stdout
    assert (SETTINGS / file).read_text() == printed, f"write it anew: {program} settings > deploy/settings/{file}"


def test_the_agent_takes_its_sample(tmp_path):
    checked = subprocess.run(["precache-agent", "check", "--config", SETTINGS / "agent.toml", "--cache-directory", tmp_path],
                             capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    assert "listen.port = 7701" in checked.stdout
