"""A service's state goes from its file to PostgreSQL and back by `precached store copy`, in the midst of downloads."""

import secrets
import subprocess
import threading

import pytest

import postgres
from program import run
from small_disk import as_root, tmpfs
from test_main_job import entry

pytestmark = pytest.mark.sqlite


def copy(fleet, source, target):
    return run(["precached", "store", "copy", "--from", source, "--to", target, "--config", fleet.config])


def moved(fleet, source, target):
    """Stops the service, moves its state, and starts it there."""
    assert fleet.service.terminate() == 0
    done = copy(fleet, source, target)
    assert done.returncode == 0, done.stderr
    lines = dict(line.split() for line in done.stdout.splitlines()[:-1])
    assert done.stdout.splitlines()[-1] == f"All {sum(map(int, lines.values()))} rows are there, counted on both sides."
    for name in ("database.path", "database.url"):
        fleet.settings.pop(name, None)
    fleet.settings["database.url" if "://" in target else "database.path"] = target
    fleet.start()
    return lines


def held(fleet, images, name, requests):
    """A job in the midst of its downloads, and what lets them end; so many requests come in all."""
    gate = threading.Event()
    images.add(name, secrets.token_bytes(300_000), gate=gate)
    fleet.apply([entry(images, name)])
    job = fleet.cache(name)
    images.await_requests(requests)
    return job, gate


def told(receiver, job):
    """What a webhook heard of a job, each message once."""
    return [one.type.rpartition(".")[2] for one in receiver.first_times() if one.job == job["id"]]


def test_a_service_moves_to_postgresql_and_back_and_nobody_downloads_twice(fleet, images, receiver, tmp_path):
    url, back = postgres.shared().database(), str(tmp_path / "back.db")
    fleet.start(webhooks__allow_internal=True)
    for number in range(3):
        fleet.agent(f"host-{number}")
    first, gate = held(fleet, images, "one", 3)
    assert fleet.call("PUT", "/v1/webhooks/ci", {"url": receiver.url}).status == 201
    refused = copy(fleet, str(fleet.database), url)
    assert refused.returncode == 1 and "in use by another precached" in refused.stderr, refused.stderr

    rows = moved(fleet, str(fleet.database), url)
    assert (rows["host"], rows["job"], rows["job_result"], rows["webhook"]) == ("3", "1", "3", "1"), rows
    gate.set()
    ended = fleet.await_end(first["id"])
    assert ended["state"] == "succeeded"
    second, gate = held(fleet, images, "two", 6)
    refused = copy(fleet, url, back)
    assert refused.returncode == 1 and "in use by" in refused.stderr, refused.stderr

    moved(fleet, url, back)
    gate.set()
    assert fleet.await_end(second["id"])["state"] == "succeeded"
    assert fleet.job(first["id"]) == ended
    for name in ("one", "two"):
        assert len(images.requests_for(name)) == 3, "nobody downloads twice"
    receiver.await_end(first, second)
    assert told(receiver, second).count("finished") == 1 and told(receiver, second)[-1] == "finished"
    fleet.database = tmp_path / "back.db"
    numbers = [row[0] for row in fleet.sql("SELECT id FROM job_event ORDER BY id")]
    assert len(set(numbers)) == len(numbers)


def test_what_can_not_be_copied_is_said_in_words(fleet, tmp_path):
    url, missing = postgres.shared().database(), str(tmp_path / "none.db")
    fleet.start()
    assert fleet.service.terminate() == 0
    file = str(fleet.database)

    def refused(source, target, status, *words):
        done = copy(fleet, source, target)
        assert done.returncode == status and all(word in done.stderr for word in words), (done.returncode, done.stderr)

    refused(missing, url, 1, "there is no file")
    refused(file, "mysql://db/precached", 78, "postgresql://")
    refused(file, "postgresql://precached:hunter2@db/precached", 78, "database.password_file")
    refused(file, url.replace("test", "absent"), 1, "absent")
    assert copy(fleet, file, url).returncode == 0
    refused(file, url, 1, "isn't empty (token has rows)")
    foreign = postgres.shared().database()
    postgres.shared().query(foreign, "CREATE TABLE invoice (id int)")
    refused(file, foreign, 1, "another program's database")
    newer = postgres.shared().database()
    assert copy(fleet, file, newer).returncode == 0
    postgres.shared().query(newer, "INSERT INTO store_migration VALUES ('2099-01-more', 1)")
    refused(newer, missing, 1, "2099-01-more", "newer version")


@as_root
def test_a_full_disk_leaves_an_empty_file_that_is_filled_once_there_is_room(fleet, tmp_path):
    url, small = postgres.shared().database(), tmp_path / "small"
    fleet.start()
    assert fleet.service.terminate() == 0
    assert copy(fleet, str(fleet.database), url).returncode == 0
    postgres.shared().query(url, "INSERT INTO pruned_job SELECT generate_series(1, 120000)")
    with tmpfs(small, size="1100k"):
        full = copy(fleet, url, str(small / "there.db"))
        assert full.returncode == 1 and "full" in full.stderr, full.stderr
        subprocess.run(["mount", "-o", "remount,size=64m", small], check=True)
        again = copy(fleet, url, str(small / "there.db"))
        assert again.returncode == 0 and "pruned_job            120000" in again.stdout, (again.stdout, again.stderr)
