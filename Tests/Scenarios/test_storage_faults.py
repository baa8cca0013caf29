"""Disk full, database locked, corrupt, read-only or from a newer version."""

import os
import secrets
import shutil
import sqlite3
import subprocess

import pytest

from program import run
from test_main_job import entry

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")

pytestmark = pytest.mark.sqlite


@pytest.fixture
def small_disk(tmp_path):
    """A file system of a few megabytes."""
    where = tmp_path / "small"
    where.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", where], check=True)
    yield where
    subprocess.run(["umount", "-l", where], check=True)


@as_root
def test_a_full_disk_on_the_host_is_no_space_and_leaves_nothing_behind(fleet, images, small_disk):
    images.add("big", secrets.token_bytes(9_000_000))
    images.add("fits", secrets.token_bytes(500_000))
    fleet.start()
    agent = fleet.agent("host-0", start=False)
    agent.cache = small_disk / "_base"
    agent.cache.mkdir()
    agent.start(cache__directory=str(agent.cache))
    fleet.apply([entry(images, "big"), entry(images, "fits")])
    job = fleet.await_end(fleet.cache("big", "fits")["id"])
    row = fleet.result(job["id"], "host-0", "big")
    assert (row["outcome"], row["reason"], row["attempts"]) == ("error", "no_space", 1), row
    assert fleet.result(job["id"], "host-0", "fits")["outcome"] == "cached"
    assert not agent.file("big").exists()
    free = shutil.disk_usage(small_disk).free
    assert free > 4_000_000, f"staging was given back: {free}"


@as_root
def test_a_full_disk_on_the_service_refuses_clearly_and_heals(fleet, images, small_disk):
    images.add("one", b"1")
    fleet.database = small_disk / "precached.db"
    fleet.settings["database.path"] = str(fleet.database)
    fleet.start()
    fleet.agent("host-0")
    fleet.apply([entry(images, "one")])
    filler = small_disk / "filler"
    descriptor = os.open(filler, os.O_WRONLY | os.O_CREAT)
    try:
        while True:
            os.write(descriptor, b"x" * 4096)
    except OSError:
        pass
    finally:
        os.close(descriptor)
    refused = None
    for _ in range(200):
        answer = fleet.call("POST", "/v1/aggregates/web/images", {"cache": [{"id": "one"}]})
        if answer.status != 202:
            refused = answer
            break
    assert refused is not None and refused.status == 503 and refused.json["code"] == "storage_full", refused
    ready = fleet.call("GET", "/readyz")
    assert ready.status == 503 and "writes" in ready.json["detail"], "at once, for who sends jobs elsewhere"
    assert "\nprecached_ready 0\n" in fleet.call("GET", "/metrics").body.decode()
    filler.unlink()
    fleet.eventually("the service being ready", lambda: fleet.call("GET", "/readyz").status == 200)
    assert "\nprecached_ready 1\n" in fleet.call("GET", "/metrics").body.decode()
    assert fleet.call("POST", "/v1/aggregates/web/images", {"cache": [{"id": "one"}]}).status == 202
    for job in fleet.call("GET", "/v1/jobs?limit=1000").json["jobs"]:
        assert fleet.await_end(job["id"])["state"] == "succeeded"


def start_fails(fleet) -> str:
    ended = run(["precached", "--config", fleet.config])
    assert ended.returncode not in (0, None)
    assert str(fleet.database) in ended.stderr, ended.stderr
    return ended.stderr


def test_a_database_from_a_newer_version_is_refused(fleet):
    fleet.start()
    fleet.service.terminate()
    with sqlite3.connect(fleet.database) as database:
        database.execute("INSERT INTO grdb_migrations VALUES ('9999-from-the-future')")
    assert "newer" in start_fails(fleet)


def test_a_file_that_is_no_database_is_refused_and_left_alone(fleet):
    fleet.database.write_bytes(b"this is no database, but someone's notes\n" * 100)
    before = fleet.database.read_bytes()
    assert "not a database" in start_fails(fleet)
    assert fleet.database.read_bytes() == before


def test_a_corrupt_database_is_refused(fleet):
    fleet.start()
    fleet.service.terminate()
    with sqlite3.connect(fleet.database) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with fleet.database.open("r+b") as file:
        file.seek(100)  # what follows the header: the schema's page
        file.write(b"\xff" * 3900)
    assert "corrupt" in start_fails(fleet)


def test_a_second_precached_on_the_same_database_refuses_to_start(fleet):
    fleet.start()
    assert "another" in start_fails(fleet)
    assert fleet.call("GET", "/v1/jobs").status == 200


def test_a_database_locked_by_someone_else_for_a_while_only_delays(fleet, images):
    images.add("one", b"1" * 1000)
    fleet.start()
    fleet.agent("host-0")
    fleet.apply([entry(images, "one")])
    database = sqlite3.connect(fleet.database, isolation_level=None)
    database.execute("BEGIN IMMEDIATE")
    answer = fleet.call("POST", "/v1/aggregates/web/images", {"cache": [{"id": "one"}]})
    assert answer.status == 503 and answer.headers["Retry-After"], (answer.status, answer.body)
    database.execute("ROLLBACK")
    database.close()
    assert fleet.await_end(fleet.cache("one")["id"])["state"] == "succeeded"


def test_a_read_only_database_is_refused(fleet):
    fleet.start()
    fleet.service.terminate()
    if os.geteuid() == 0:
        # Root may write anywhere, so the file system has to be read-only.
        subprocess.run(["mount", "--bind", fleet.folder, fleet.folder], check=True)
        subprocess.run(["mount", "-o", "remount,ro,bind", fleet.folder], check=True)
        try:
            ended = run(["precached", "--config", fleet.folder / "precached.toml"])
        finally:
            subprocess.run(["umount", "-l", fleet.folder], check=True)
    else:
        fleet.database.chmod(0o400)
        ended = run(["precached", "--config", fleet.folder / "precached.toml"])
    assert ended.returncode != 0 and "read-only" in ended.stderr.lower().replace("readonly", "read-only"), ended.stderr


def test_the_database_and_its_companions_are_private(fleet):
    fleet.start()
    for file in fleet.folder.glob("precached.db*"):
        assert file.stat().st_mode & 0o077 == 0, file
