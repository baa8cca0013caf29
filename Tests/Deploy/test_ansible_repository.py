"""deploy/ansible with packages from an apt repository, in a root where nothing runs."""

import shutil
import subprocess

import debian
import playbooks
import pytest

from conftest import PROGRAMS
from playbooks import Fleet

pytestmark = pytest.mark.skipif(playbooks.obstacle() is not None, reason=playbooks.obstacle() or "")


@pytest.fixture
def repository(root):
    """An empty repository in the root, its only one; gives what puts a folder's packages there."""
    place = root / "srv/repository"
    place.mkdir()
    (root / "etc/apt/sources.list").write_text("deb [trusted=yes] file:/srv/repository ./\n")
    for file in (root / "var/lib/apt/lists").glob("*_*"):
        file.unlink()

    def publish(packages):
        for file in packages.glob("*.deb"):
            shutil.copy(file, place)
        listed = subprocess.run(["dpkg-scanpackages", "--multiversion", "."], cwd=place, check=True, capture_output=True)
        (place / "Packages").write_bytes(listed.stdout)

    return publish


def versions(root) -> set[str]:
    told = subprocess.run(["chroot", root, *debian.BARE, "dpkg-query", "-W", "-f", "${Package} ${db:Status-Status} ${Version}\n",
                           *PROGRAMS], check=True, capture_output=True, text=True).stdout
    assert all(line.split()[1] == "installed" for line in told.splitlines()), told
    return {line.rpartition("-")[2] for line in told.splitlines()}


def test_packages_of_a_repository_are_installed_and_newer_ones_when_the_latest_are_wanted(
        root, repository, folder, newer, tmp_path):
    repository(folder)
    (tmp_path / "control").mkdir()
    fleet = Fleet(tmp_path / "control", {"both": ["chroot", str(root), *debian.BARE]}, {"both": {}}, {"both": {}},
                  precache_apt_update=True, precache_agent_user="precache", precache_agent_directory="/srv/images")
    assert fleet.play("--check").good().changed["both"] > 0
    fleet.play().good()
    assert versions(root) == {"1"}
    assert fleet.play().good().changed == {"both": 0}

    repository(newer)
    assert fleet.play().good().changed == {"both": 0}
    assert versions(root) == {"1"}
    fleet.play(precache_package_state="latest").good()
    assert versions(root) == {"2"}
    [backup] = (root / "var/lib/precached").glob("before-*-2-*.db")
    assert backup.stat().st_mode & 0o777 == 0o600 and backup.stat().st_size > 0
    assert fleet.play(precache_package_state="latest").good().changed == {"both": 0}
