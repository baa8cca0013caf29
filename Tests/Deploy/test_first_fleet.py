"""deploy/first-fleet.md, followed to the letter on a minimal Debian with the packages alone."""

import re

import pytest

from conftest import CHECKOUT, PYTHON
from test_install import Reader

PAGE = (CHECKOUT / "deploy/first-fleet.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
*STEPS, JOB, END = BLOCKS


@pytest.fixture(scope="module")
def reader(boot, folder):
    machine = boot("first-fleet", seen={folder: "/root/archive"}, more=PYTHON)
    return Reader(machine, machine)


def test_the_page_is_followed_and_a_job_is_seen_on_it(reader):
    machine = reader.machines["central"]
    for step in STEPS:
        reader.run("central", step)
    ended = reader.run("central", JOB)
    reader_token = ended.stdout.splitlines()[0]
    assert "succeeded: 1 of 1 result good" in ended.stdout
    assert re.search(r"compute-1 +disk +(cached|existing)", ended.stdout), ended.stdout
    sums = machine.says("cd /srv/first-fleet; sha256sum images/disk.img $(find cache -maxdepth 1 -type f)")
    digest, *cached = sums.splitlines()
    assert [line.split()[0] for line in cached] == [digest.split()[0]]
    assert machine.says("systemctl is-enabled precached precache-agent").split() == ["enabled"] * 2
    reader.run("central", "until precache host list | grep -E 'compute-1 .* up '; do sleep 0.2; done")
    # The page, and what it asks for with the token that one signs in with.
    link = re.search(r"http://127.0.0.1:7700/ui/\S*", ended.stderr + ended.stdout)[0]
    job = re.search(r"[0-9a-f-]{36}", link)[0]
    asked = machine.says(f"""python3 -c '
import urllib.request
page = urllib.request.urlopen("{link.partition("#")[0]}").read()
asked = urllib.request.Request("http://127.0.0.1:7700/v1/jobs/{job}", headers={{"Authorization": "Bearer {reader_token}"}})
print(b"<html" in page, urllib.request.urlopen(asked).read().decode())'""")
    assert asked.startswith("True ") and '"succeeded"' in asked


def test_a_machine_that_has_a_package_is_left_as_it_is(reader):
    machine = reader.machines["central"]
    tokens = "runuser -u precache -- precached token list"
    before = machine.says(tokens)
    assert "page" in before
    whole = reader.run("central", STEPS[0], check=False)
    machine.run("mv /etc/precache /etc/elsewhere")
    packages = reader.run("central", STEPS[0], check=False)
    machine.run("mv /etc/elsewhere /etc/precache")
    assert re.search(r"^Stop: this machine has /etc/precache precache [\d.]", whole.stderr, re.MULTILINE), whole.stderr
    assert re.search(r"^Stop: this machine has precache [\d.]+\S* precache-agent .* precached ", packages.stderr, re.MULTILINE)
    assert whole.returncode != 0 != packages.returncode
    assert machine.says(tokens) == before


def test_its_end_leaves_nothing_but_what_somebody_else_set(reader):
    folder = "/etc/systemd/system/precache-agent.service.d"
    reader.machines["central"].run(f"touch {folder}/other.conf")
    reader.run("central", END)
    assert reader.machines["central"].says(f"ls {folder}") == "other.conf"
    reader.machines["central"].run(f"rm {folder}/other.conf")
    reader.run("central", END.splitlines()[-1])
    assert reader.machines["central"].says(
        "find / -xdev \\( -name '*precache*' -o -name '*first-fleet*' \\) -not -path '/proc/*' -not -path '/root/*' "
        "-not -path '/var/log/*' -not -path '/run/*' -not -path '/sys/*' -not -path '/tmp/*' -not -path '/var/tmp/*'") == ""


def test_it_is_short_enough_for_a_first_look():
    assert len(PAGE.splitlines()) <= 75
