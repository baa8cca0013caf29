"""The service on PostgreSQL: a server that goes away, is silent, is full, has no connection left or lets nobody in; a pooler."""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import threading
from pathlib import Path

import pytest

import postgres
from fleet import Fleet
from forwarding import PostgresStretch
from program import LIMIT, run
from test_main_job import entry


@pytest.fixture
def cluster():
    # Not below pytest's own folder, which is root's alone.
    folder = Path(tempfile.mkdtemp(prefix="precache-pg-", dir="/tmp"))
    folder.chmod(0o755)
    cluster = postgres.Cluster(folder / "server").initialize().start()
    yield cluster
    cluster.stop()
    shutil.rmtree(folder)


@pytest.fixture
def fleet(tmp_path, cluster):
    """A service on a server of its own."""
    fleet = Fleet(tmp_path)
    fleet.settings.pop("database.path", None)
    fleet.settings["database.url"] = cluster.database()
    yield fleet
    fleet.stop()


def held_job(fleet, images, hosts=3):
    """A job whose hosts are in the midst of a download; set the event to let them end."""
    gate = threading.Event()
    images.add("one", secrets.token_bytes(1_000_000), gate=gate)
    fleet.start()
    for number in range(hosts):
        fleet.agent(f"host-{number}")
    fleet.apply([entry(images, "one")])
    job = fleet.cache("one")
    images.await_requests(hosts)
    return job, gate


def settled(fleet, job, hosts=3):
    """The job has ended well, and its counters are what its rows say."""
    ended = fleet.await_end(job["id"])
    assert ended["state"] == "succeeded", ended
    rows = fleet.results(job["id"])
    assert [row["outcome"] for row in rows] == ["cached"] * hosts and ended["results"]["cached"] == hosts
    assert {row["attempts"] for row in rows} == {1}


def test_a_server_that_is_killed_and_comes_back_costs_no_outcome(fleet, images, cluster):
    job, gate = held_job(fleet, images)
    cluster.stop("immediate")
    gate.set()
    fleet.eventually("the trouble being told", lambda: fleet.call("GET", "/readyz", role=None).status == 503)
    assert fleet.call("GET", "/healthz", role=None).status == 200
    cluster.start()
    settled(fleet, job)
    fleet.eventually("the service being ready again", lambda: fleet.call("GET", "/readyz", role=None).status == 200)
    assert len(images.requests_for("one")) == 3, "nobody downloads twice"


@pytest.mark.parametrize("fate", ["heard", "lost"])
def test_commits_whose_answers_are_lost_happen_once(fate, fleet, images, cluster):
    proxy = PostgresStretch(cluster, lambda number: fate if number > 20 and number % 4 == 0 else None)
    fleet.settings["database.url"] = proxy.url(fleet.settings["database.url"])
    job, gate = held_job(fleet, images, 6)
    gate.set()
    settled(fleet, job, 6)
    for turn in range(40):
        # The slower the machine, the more outcomes share a commit.
        if turn >= 4 and proxy.cut > 3:
            break
        again = fleet.await_end(fleet.cache("one")["id"])
        assert again["results"]["existing"] == 6, again
    assert proxy.cut > 3
    assert len(images.requests_for("one")) == 6, "nobody downloads twice"
    proxy.stop()


def test_a_server_that_is_stopped_is_told_and_heals(fleet, images, cluster):
    job, gate = held_job(fleet, images)
    cluster.signal(signal.SIGSTOP)
    try:
        gate.set()
        fleet.eventually("the trouble being told", lambda: fleet.call("GET", "/readyz", role=None).status == 503)
    finally:
        cluster.signal(signal.SIGCONT)
    settled(fleet, job)
    assert len(images.requests_for("one")) == 3


def test_a_standby_that_is_gone_is_told_and_heals(fleet, images, cluster):
    """Commits happen, and are answered only when the standby has them, so never."""
    job, gate = held_job(fleet, images)

    def wait_for(standbys):
        cluster.query(cluster.url("postgres"), f"ALTER SYSTEM SET synchronous_standby_names = '{standbys}'")
        cluster.run("pg_ctl", "reload", "-D", cluster.data)
    wait_for("gone")
    gate.set()
    fleet.eventually("the trouble being told", lambda: fleet.call("GET", "/readyz", role=None).status == 503)
    wait_for("")
    settled(fleet, job)
    fleet.eventually("the service being ready again", lambda: fleet.call("GET", "/readyz", role=None).status == 200)
    assert len(images.requests_for("one")) == 3


def test_a_stop_waits_for_no_server(fleet, images, cluster):
    held_job(fleet, images)
    cluster.signal(signal.SIGSTOP)
    try:
        # Without a limit of its own it would wait for the server's.
        fleet.service.terminate(limit=30)
    finally:
        cluster.signal(signal.SIGCONT)


def test_a_pooler_of_transactions_is_enough(fleet, images, cluster):
    direct = fleet.settings["database.url"]
    pooler = postgres.Pooler(cluster, cluster.folder.with_name("pooler")).start()
    try:
        fleet.settings |= {"database.url": pooler.url(direct), "database.pooler": "transaction", "database.bell_url": direct}
        job, gate = held_job(fleet, images)
        gate.set()
        settled(fleet, job)
        del fleet.settings["database.bell_url"]
        assert fleet.service.terminate() == 0
        fleet.restart()
        assert fleet.await_end(fleet.cache("one")["id"])["results"]["existing"] == 3
    finally:
        fleet.stop()
        pooler.stop()


def test_another_service_goes_on_where_a_killed_one_was(fleet, images, tmp_path):
    job, gate = held_job(fleet, images)
    (tmp_path / "other").mkdir()
    other = Fleet(tmp_path / "other")
    other.settings.pop("database.path", None)
    other.settings |= {key: value for key, value in fleet.settings.items() if key != "listen.port"}
    other.tokens, other.agents = fleet.tokens, fleet.agents
    try:
        other.start()
        fleet.service.kill()
        gate.set()
        settled(other, job)
        assert len(images.requests_for("one")) == 3
    finally:
        other.service.terminate()


def test_the_environment_does_not_send_it_elsewhere(fleet):
    for name in ("PGHOSTADDR", "PGSERVICE"):
        refused = run(["precached", "check", "--config", fleet.config], {name: "127.0.0.1"})
        assert refused.returncode == 78 and name in refused.stderr, refused.stderr


def test_a_password_is_asked_for_and_shown_to_nobody(fleet, cluster, images, tmp_path):
    cluster.query(fleet.settings["database.url"], "CREATE ROLE guarded LOGIN PASSWORD 'right-horse-battery'")
    cluster.query(fleet.settings["database.url"], "CREATE DATABASE guarded OWNER guarded")
    rules = cluster.data / "pg_hba.conf"
    rules.write_text("local all guarded scram-sha-256\nlocal all all trust\n")
    cluster.run("pg_ctl", "reload", "-D", cluster.data)
    fleet.settings["database.url"] = f"postgresql://guarded@/guarded?host={cluster.folder}"
    file = tmp_path / "password"
    file.write_text("wrong-horse-battery\n")
    file.chmod(0o600)
    fleet.settings["database.password_file"] = str(file)
    wrong = run(["precached", "check", "--config", fleet.config])
    assert wrong.returncode == 78 and "password authentication failed" in wrong.stderr, wrong.stderr
    assert "database.password_file" in wrong.stderr and "battery" not in wrong.stderr + wrong.stdout
    file.write_text("right-horse-battery\n")
    fleet.start()
    assert fleet.call("GET", "/v1/jobs").status == 200
    told = "\n".join(fleet.service.lines) + open(f"/proc/{fleet.service.process.pid}/cmdline").read()
    told += run(["precached", "check", "--config", fleet.config]).stdout
    assert "battery" not in told


def test_no_connection_left_is_told_and_heals(fleet, cluster):
    name = fleet.settings["database.url"]
    cluster.query(name, "CREATE ROLE plain LOGIN CONNECTION LIMIT 1; GRANT ALL ON SCHEMA public TO plain")
    fleet.settings["database.url"] = name.replace("precache@", "plain@")
    holder = subprocess.Popen([*postgres.as_user(), postgres.programs() / "psql", "-X", fleet.settings["database.url"]],
                              stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, cwd="/")
    used = lambda: cluster.query(name, "SELECT count(*) FROM pg_stat_activity WHERE usename = 'plain'")[0][0]
    fleet.eventually("the only connection being used", lambda: used() == "1")
    refused = run(["precached", "check", "--config", fleet.config])
    assert refused.returncode != 0 and "too many connections for role" in refused.stderr, refused.stderr
    holder.communicate(b"\\q\n", timeout=LIMIT)
    fleet.eventually("the connection being free", lambda: used() == "0")
    cluster.query(name, "ALTER ROLE plain CONNECTION LIMIT 3")
    fleet.settings["database.connections"] = 2
    fleet.start()
    assert fleet.call("GET", "/v1/jobs").status == 200


def test_a_database_that_takes_no_writes_is_told_and_heals(fleet, images, cluster):
    fleet.start()
    fleet.agent("host-0")
    images.add("one", b"1")
    fleet.apply([entry(images, "one")])
    url = fleet.settings["database.url"]

    def read_only(setting):
        cluster.query(cluster.url("postgres"), f"ALTER DATABASE test1 SET default_transaction_read_only = {setting}")
        cluster.query(url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'precached'")
    read_only("on")
    fleet.eventually("the trouble being told", lambda: fleet.call("GET", "/readyz", role=None).status == 503)
    refused = fleet.call("POST", "/v1/aggregates/web/images", {"cache": [{"id": "one"}]})
    assert refused.status == 503, refused.body
    read_only("off")
    fleet.eventually("the service being ready again", lambda: fleet.call("GET", "/readyz", role=None).status == 200)
    assert fleet.await_end(fleet.cache("one")["id"])["state"] == "succeeded"


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
def test_a_full_disk_of_the_server_is_told_and_heals(fleet, images, cluster):
    small = cluster.folder / "small"
    small.mkdir()
    shutil.chown(small, "postgres", "postgres")
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size=24m,uid={small.owner()},gid={small.group()}", "tmpfs", small], check=True)
    try:
        everywhere = cluster.url("postgres")
        cluster.query(everywhere, f"CREATE TABLESPACE small LOCATION '{small}'")
        cluster.query(everywhere, "CREATE DATABASE crowded TABLESPACE small")
        url = fleet.settings["database.url"] = cluster.url("crowded")
        fleet.start()
        fleet.agent("host-0")
        images.add("one", b"1")
        fleet.apply([entry(images, "one")])
        cluster.query(url, "CREATE TABLE fill (content text) WITH (autovacuum_enabled = off)")
        for rows in (100_000, 10_000, 1_000, 100, 1):
            with pytest.raises(AssertionError, match="No space left"):
                while True:
                    cluster.query(url, f"INSERT INTO fill SELECT md5(random()::text) FROM generate_series(1, {rows})")

        def refuses():
            answer = fleet.call("POST", "/v1/aggregates/web/images", {"cache": [{"id": "one"}]})
            return answer.status == 503 and answer.json["code"] == "storage_full"
        fleet.eventually("a job being refused for want of room", refuses)
        fleet.eventually("the trouble being told", lambda: fleet.call("GET", "/readyz", role=None).status == 503)
        cluster.query(url, "DROP TABLE fill")
        fleet.eventually("the service being ready again", lambda: fleet.call("GET", "/readyz", role=None).status == 200)
        assert fleet.await_end(fleet.cache("one")["id"])["state"] == "succeeded"
    finally:
        fleet.stop()
        cluster.stop()
        subprocess.run(["umount", "-l", small], check=True)
