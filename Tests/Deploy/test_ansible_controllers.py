"""deploy/ansible: two controllers on one PostgreSQL, from a repository of packages to a newer version, by playbooks alone.

The machines are minimal Debians with a systemd and Python; the database is this machine's, on a socket that they see.
"""

import json
import shutil
import tempfile
import tomllib
from pathlib import Path

import playbooks
import pytest

import postgres
from conftest import PYTHON, give_address
from playbooks import Fleet

ADDRESSES = {"precache-1": "192.0.2.1", "precache-2": "192.0.2.2"}
FIRST, SECOND = ADDRESSES
URL = "https://precache.example.org:7700"
TLS = "/etc/precache/tls"
PASSWORD = "the database's own secret"
CLI = f"PRECACHE_URL={URL} PRECACHE_CA={TLS}/ca.pem PRECACHE_TOKEN_FILE=/etc/precache/admin.token precache"
SETTLED = 2
UNCHANGED = dict.fromkeys(ADDRESSES, 0)

pytestmark = pytest.mark.skipif(playbooks.obstacle() is not None, reason=playbooks.obstacle() or "")


@pytest.fixture(scope="module")
def database():
    """A server that asks the service's user for a password, and has a database of that user's; and its folder."""
    folder = Path(tempfile.mkdtemp(prefix="precache-pg-", dir="/tmp"))
    folder.chmod(0o755)
    cluster = postgres.Cluster(folder / "server").initialize()
    (cluster.data / "pg_hba.conf").write_text("local all precache trust\nlocal all precached scram-sha-256\n")
    cluster.start()
    cluster.query(cluster.url("postgres"), f"CREATE ROLE precached LOGIN PASSWORD '{PASSWORD.replace(chr(39), chr(39) * 2)}'")
    cluster.run("createdb", "-h", cluster.folder, "-U", "precache", "-O", "precached", "precached")
    yield cluster
    cluster.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def machines(boot, database):
    machines = {}
    for name, address in ADDRESSES.items():
        seen = {database.folder: "/srv/postgres"}
        machines[name] = boot(name, beside=machines.get(FIRST), seen=seen, more=PYTHON)
        give_address(machines[FIRST], address)
    for machine in machines.values():
        # In place of a load balancer: who calls takes the other address where nobody answers at one.
        machine.run("".join(f"echo '{address} precache.example.org' >> /etc/hosts\n" for address in ADDRESSES.values()))
    return machines


@pytest.fixture(scope="module")
def fleet(machines, folder, tmp_path_factory):
    service = {name: {"precache_service_settings": {"listen": {"address": address}}} for name, address in ADDRESSES.items()}
    agent = {"ansible_host": ADDRESSES[SECOND], "precache_host": "compute-1", "precache_agent_user": "precache",
             "precache_agent_directory": "/srv/images", "precache_agent_settings": {"service": {"heartbeat_seconds": 2}}}
    return Fleet(
        tmp_path_factory.mktemp("control"), {name: machine.entry for name, machine in machines.items()}, service, {SECOND: agent},
        precache_package_folder=str(folder), precache_service_url=URL, precache_balancer_seconds=SETTLED,
        precache_database_url="postgresql://precached@/precached?host=/srv/postgres", precache_database_password=PASSWORD)


def test_several_machines_without_a_common_database_are_refused_before_anything_is_touched(fleet, machines):
    refused = fleet.play("--check", precache_database_url="")
    assert refused.failed == {FIRST} and "set precache_database_url" in refused.said, refused.said
    assert not any(refused.changed.values())


@pytest.fixture(scope="module")
def first(fleet):
    return fleet.play("-vvv", "--diff").good()


def test_one_run_brings_up_two_controllers_with_one_set_of_tokens_and_certificates(first, machines):
    status = json.loads(machines[FIRST].says(f"{CLI} status -o json"))
    assert sorted(controller["name"] for controller in status["controllers"]) == list(ADDRESSES), status
    settings = [tomllib.loads(machine.says("cat /etc/precache/precached.toml")) for machine in machines.values()]
    assert [one["controllers"] for one in settings] == [{"name": name} for name in ADDRESSES]
    assert settings[0]["database"] == settings[1]["database"] == {
        "url": "postgresql://precached@/precached?host=/srv/postgres", "password_file": "/etc/precache/database-password"}
    held = {name: machine.says(f"cd {TLS}; sha256sum ca.pem service*") for name, machine in machines.items()}
    assert len(set(held.values())) == 1
    assert machines[FIRST].says("stat -c '%a %U:%G' /etc/precache/database-password") == "640 root:precache"
    machines[SECOND].run("[ ! -e /etc/precache/admin.token ]")
    tokens = machines[SECOND].says("runuser -u precache -- precached token list --config /etc/precache/precached.toml")
    assert [line.split("@")[0] for line in tokens.splitlines()[1:]] == ["ansible", "agent-compute-1"], tokens
    machines[FIRST].run(f"until {CLI} host list | grep ' up '; do sleep 0.2; done")
    assert PASSWORD not in first.said


def test_a_second_run_changes_nothing(fleet, first):
    played = fleet.play().good()
    assert played.changed == UNCHANGED, played.said


def times(machine, *names: str) -> list[int]:
    return [int(value) for value in machine.properties("precached", *(f"{name}TimestampMonotonic" for name in names))]


def test_a_database_that_refuses_stops_the_run_before_anything_else_is_touched(fleet, first, machines):
    began = {name: times(machine, "ActiveEnter") for name, machine in machines.items()}
    refused = fleet.play(precache_database_url="postgresql://precached@/nowhere?host=/srv/postgres")
    assert refused.failed == {FIRST} and "nowhere" in refused.said and "does not exist" in refused.said, refused.said
    assert {name: times(machine, "ActiveEnter") for name, machine in machines.items()} == began


def test_a_password_that_is_wrong_stops_the_run_and_what_runs_goes_on(fleet, first, machines):
    began = {name: times(machine, "ActiveEnter") for name, machine in machines.items()}
    for _ in range(2):
        refused = fleet.play(precache_database_password="another")
        assert refused.failed == {FIRST} and "password authentication failed" in refused.said, refused.said
    assert {name: times(machine, "ActiveEnter") for name, machine in machines.items()} == began
    fleet.play("--limit", FIRST).good()


def test_an_upgrade_stops_the_next_controller_once_the_one_before_it_is_there_again(fleet, first, machines, newer):
    before = {name: times(machine, "ActiveEnter") for name, machine in machines.items()}
    fleet.play(precache_package_folder=str(newer)).good()
    assert all(times(machine, "ActiveEnter") > before[name] for name, machine in machines.items())
    [up], [stopped] = times(machines[FIRST], "ActiveEnter"), times(machines[SECOND], "ActiveExit")
    assert stopped - up >= SETTLED * 1_000_000, "the second was stopped too soon"
