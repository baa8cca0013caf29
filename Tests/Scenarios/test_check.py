"""`precached check` and `precache-agent check`: what the start couldn't open, they can't either; and they change nothing."""

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
