"""`precached check` and `precache-agent check`: what the start couldn't open, they can't either; and they change nothing."""

import os
import shutil
import sqlite3
import tempfile
from pathlib import Path

import pytest

from fleet import toml
from program import run

PROGRAMS = ["precached", "precache-agent"]


def settings(program, folder, **more):
    """A settings file with which the program starts, but for what is said besides."""
    (folder / "cache").mkdir(exist_ok=True)
    own = ({"database.path": str(folder / "service.db"), "auth.mode": "none"} if program == "precached" else
           {"host": "host-0", "cache.directory": str(folder / "cache")})
    file = folder / "settings.toml"
    file.write_text(toml({"listen.port": 0, **own, **{key.replace("__", "."): value for key, value in more.items()}}))
    return file


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_starts_is_printed_and_nothing_is_made(program, tmp_path):
    file = settings(program, tmp_path)
    checked = run([program, "check", "--config", file])
    assert (checked.returncode, checked.stderr) == (0, ""), checked.stderr
    assert "listen.port = 0" in checked.stdout
    assert run([program, "check", "--quiet", "--config", file]).stdout == ""
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["cache", "settings.toml"]


@pytest.mark.parametrize("program, keys", [
    ("precached", ["listen.tls.certificate", "listen.tls.key"]),
    ("precached", ["agents.tls.ca"]),
    ("precached", ["webhooks.tls.ca"]),
    ("precache-agent", ["listen.tls.certificate", "listen.tls.key"]),
    ("precache-agent", ["service.ca"]),
    ("precache-agent", ["downloads.ca"]),
])
def test_a_file_that_cannot_be_used_is_named_by_both(program, keys, tmp_path):
    file = settings(program, tmp_path, **{key: str(tmp_path / f"{key}.pem") for key in keys},
                    **({"service.url": "http://127.0.0.1:9"} if keys == ["service.ca"] else {}))
    for arguments in [["check", "--quiet"], []]:
        ended = run([program, *arguments, "--config", file])
        assert ended.returncode == 78
        assert ended.stderr.count(f"{keys[0]}.pem") == 1, ended.stderr


def test_where_the_database_cannot_be_is_told(tmp_path):
    for place in [tmp_path / "none/service.db", tmp_path]:
        file = settings("precached", tmp_path, database__path=str(place))
        checked = run(["precached", "check", "--config", file])
        assert checked.returncode == 78 and "database.path: " in checked.stderr, checked.stderr


def started_once(folder):
    """The database that a command has made, whole in its file."""
    assert run(["precached", "token", "list", "--config", settings("precached", folder)]).returncode == 0
    with sqlite3.connect(folder / "service.db") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return folder / "service.db"


def of_a_newer_version(database):
    with sqlite3.connect(database) as connection:
        connection.execute("INSERT INTO grdb_migrations VALUES ('9999-from-the-future')")
    connection.close()


def of_another_program(database):
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA application_id = 1")
    connection.close()


def damaged(database):
    with database.open("r+b") as file:
        file.seek(100)  # what follows the header: the schema's page
        file.write(b"\xff" * 3900)


def a_text(database):
    database.write_text("this is no database, but someone's notes\n" * 100)


def a_folder(database):
    database.unlink()
    database.mkdir()


def contents(folder):
    return {path: path.is_file() and path.read_bytes() for path in folder.rglob("*")}


@pytest.mark.parametrize("spoil, words", [
    (of_a_newer_version, "was written by a newer version"),
    (of_another_program, "is another program's database"),
    (damaged, "is damaged"),
    (a_text, "is not a SQLite database"),
    (a_folder, "is not a regular file"),
])
def test_a_database_that_cannot_be_used_is_told_and_not_met_again(spoil, words, tmp_path):
    folder = tmp_path / "50% ?#"  # what a URI would take for something else
    folder.mkdir()
    spoil(started_once(folder))
    before = contents(folder)
    checked = run(["precached", "check", "--quiet", "--config", folder / "settings.toml"])
    assert checked.returncode == 78 and f"database.path: '{folder}/service.db' {words}" in checked.stderr, checked.stderr
    assert contents(folder) == before
    # With this status systemd doesn't start it again and again.
    started = run(["precached", "--config", folder / "settings.toml"])
    assert started.returncode == 78 and words in started.stderr, started.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")
def test_a_database_without_permission_ends_the_start_for_good():
    with tempfile.TemporaryDirectory() as name:  # pytest's own are root's alone
        folder = Path(name)
        started_once(folder)
        folder.chmod(0o755)
        for command in [["check", "--quiet"], []]:
            ended = run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", shutil.which("precached"),
                         *command, "--config", folder / "settings.toml"])
            assert ended.returncode == 78 and f"{folder}/service.db" in ended.stderr, ended.stderr


@pytest.mark.sqlite
def test_a_database_is_checked_with_what_only_its_log_has(fleet, tmp_path):
    fleet.start()
    of_a_newer_version(fleet.database)
    for _ in range(2):
        before = {path.name for path in fleet.database.parent.iterdir()}
        checked = run(["precached", "check", "--quiet", "--config", fleet.config])
        assert checked.returncode == 78 and "newer version" in checked.stderr, checked.stderr
        assert {path.name for path in fleet.database.parent.iterdir()} == before
        fleet.service.kill()


def test_a_cache_that_is_not_there_is_told(tmp_path):
    for key, place in [("cache.directory", "none"), ("instances.directory", "nowhere")]:
        file = settings("precache-agent", tmp_path, **{key: str(tmp_path / place)})
        checked = run(["precache-agent", "check", "--config", file])
        assert checked.returncode == 78 and f"{tmp_path}/{place}" in checked.stderr, checked.stderr


def test_what_only_some_images_need_is_a_warning(tmp_path):
    file = settings("precache-agent", tmp_path, **{"cache.qemu_img": "/nowhere/qemu-img"})
    checked = run(["precache-agent", "check", "--config", file])
    assert checked.returncode == 0
    assert "warning: cache.convert_to_raw: there is no program /nowhere/qemu-img" in checked.stderr
    assert "install qemu-utils" in checked.stderr


def test_it_works_beside_programs_that_run(fleet):
    fleet.start()
    agent = fleet.agent("compute-1")
    for arguments in [["precached", "check", "--config", fleet.config],
                      ["precache-agent", "check", "--config", agent.folder / "agent.toml"]]:
        assert run(arguments).returncode == 0
