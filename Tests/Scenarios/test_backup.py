"""A copy of the database made while jobs run, and put back after the original is lost: as deploy/README.md says."""

import secrets
import subprocess
import threading

import pytest

from test_main_job import entry

pytestmark = pytest.mark.sqlite


def sqlite(database, command):
    return subprocess.run(["sqlite3", database, command], check=True, capture_output=True, text=True).stdout


def test_what_was_backed_up_under_load_comes_back_and_nothing_is_downloaded_twice(fleet, images):
    gate = threading.Event()
    images.add("done", secrets.token_bytes(10_000))
    images.add("held", secrets.token_bytes(100_000), gate=gate)
    fleet.start()
    for number in range(3):
        fleet.agent(f"host-{number}")
    fleet.apply([entry(images, "done"), entry(images, "held")])
    first = fleet.await_end(fleet.cache("done")["id"])
    running = fleet.cache("held")
    images.await_requests(3 + 3)

    backup = fleet.folder / "backup.db"
    sqlite(fleet.database, f".backup {backup}")
    assert sqlite(backup, "PRAGMA integrity_check").strip() == "ok"

    # After the backup: the job ends, and one comes that the backup knows nothing of.
    gate.set()
    assert fleet.await_end(running["id"])["state"] == "succeeded"
    lost = fleet.await_end(fleet.cache("done", "held")["id"])

    fleet.service.kill()
    for suffix in ("", "-wal", "-shm"):
        fleet.database.with_name(fleet.database.name + suffix).unlink(missing_ok=True)
    backup.rename(fleet.database)
    fleet.database.chmod(0o600)
    fleet.restart()

    assert fleet.call("GET", f"/v1/jobs/{first['id']}").json["job"]["results"] == first["results"]
    assert fleet.call("GET", f"/v1/jobs/{lost['id']}").status == 404
    again = fleet.await_end(running["id"])
    assert again["state"] == "succeeded"
    assert len(images.requests_for("held")) == 3, "the hosts had it, and no one downloads it twice"
    assert len(fleet.call("GET", "/v1/hosts").json["hosts"]) == 3


def test_the_file_of_a_service_that_was_stopped_is_whole(fleet, images):
    images.add("done", secrets.token_bytes(10_000))
    fleet.start()
    fleet.agent("host-0")
    fleet.apply([entry(images, "done")])
    job = fleet.await_end(fleet.cache("done")["id"])
    assert fleet.service.terminate() == 0
    log = fleet.database.with_name(fleet.database.name + "-wal")
    assert not log.exists() or log.stat().st_size == 0
    copy = fleet.folder / "copy.db"
    copy.write_bytes(fleet.database.read_bytes())
    assert sqlite(copy, "SELECT uuid FROM job").split() == [job["id"]]
