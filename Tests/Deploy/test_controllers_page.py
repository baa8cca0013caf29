"""What deploy/controllers.md tells to type does what it says."""

import re
import subprocess
from pathlib import Path

import pytest

import postgres
from fleet import Fleet
from program import LIMIT, json_of, run

PAGE = (Path(__file__).resolve().parents[2] / "deploy/controllers.md").read_text()
pytestmark = pytest.mark.sqlite


def typed(word: str, **places: str) -> str:
    """The one line of the page's shell commands that holds the word, with this test's places for those that it names."""
    lines = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines() if word in line]
    assert len(lines) == 1, lines
    said = {"url": "postgresql://precached@db1.example/precached", "file": "/var/lib/precached/precached.db", "dump": "precached.dump"}
    for name, place in places.items():
        assert said[name] in lines[0]
        lines[0] = lines[0].replace(said[name], f"'{place}'")
    return lines[0]


def shell(line: str, folder):
    done = run(["bash", "-c", f"cd {folder} && PATH={postgres.programs()}:$PATH {line}"])
    assert done.returncode == 0, (line, done.stderr)
    return done.stdout


@pytest.fixture
def on_server(tmp_path):
    """Starts services on a PostgreSQL database, in folders of their own, and stops them in the end."""
    fleets = []

    def start(url, **settings):
        folder = tmp_path / f"service-{len(fleets)}"
        folder.mkdir()
        fleet = Fleet(folder)
        fleets.append(fleet)
        fleet.settings.pop("database.path", None)
        if len(fleets) > 1:
            fleet.tokens = fleets[0].tokens
        return fleet.start(database__url=url, **settings)
    yield start
    for fleet in fleets:
        fleet.stop()


def test_a_dump_is_restored_and_a_database_moves_to_a_file_and_back(on_server, tmp_path):
    url, file = postgres.shared().database(), str(tmp_path / "there.db")
    fleet = on_server(url)
    fleet.agent("host-0", start=False)
    fleet.apply()
    assert fleet.service.terminate() == 0
    shell(typed("pg_dump", url=url), tmp_path)
    fleet.sql("DELETE FROM host")
    shell(typed("pg_restore", url=url), tmp_path)
    assert "All " in shell(typed("store copy --from postgresql", url=url, file=file), tmp_path)
    back = postgres.shared().database()
    assert "All " in shell(typed("store copy --from /var", url=back, file=file), tmp_path)
    fleet.restart(database__url=back)
    assert [host["name"] for host in fleet.call("GET", "/v1/hosts").json["hosts"]] == ["host-0"]


def test_the_query_for_long_transactions_finds_one():
    query = re.search(r"```sql\n(.*?)```", PAGE, re.DOTALL)[1]
    url = postgres.shared().database()
    held = subprocess.Popen([*postgres.as_user(), postgres.programs() / "psql", "-X", "-q", url], text=True, cwd="/",
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={"PGAPPNAME": "holder"})
    held.stdin.write("BEGIN; SELECT 'begun';\n")
    held.stdin.flush()
    while "begun" not in held.stdout.readline():
        pass
    try:
        found = postgres.shared().query(url, query.replace("'10 minutes'", "'0 s'"))
        assert [row[2] for row in found] == ["holder"]
    finally:
        held.communicate("ROLLBACK;\n", timeout=LIMIT)


def test_status_and_metrics_tell_of_all_and_of_a_takeover(on_server):
    url, quick = postgres.shared().database(), {"controllers__beat_seconds": 0.2, "controllers__dead_seconds": 5}
    first, second = (on_server(url, controllers__name=f"precached-{number}", **quick) for number in (1, 2))
    second.eventually("being ready, soon after it listens", lambda: second.cli("status").returncode == 0)
    listed = json_of(second.cli("status", "-o", "json"))["controllers"]
    assert [(one["name"], one["answering"]) for one in listed] == [("precached-1", False), ("precached-2", True)]
    assert all(0 <= one["beat_age_seconds"] < 60 and abs(one["clock_offset_seconds"]) < 30 for one in listed), listed
    shown = second.cli("status").stdout
    assert "Answered by  precached-2" in shown and re.search(r"^precached-1 .* ago +0$", shown, re.MULTILINE), shown

    def measures():
        text = second.call("GET", "/metrics").body.decode()
        return dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))

    def takeovers():
        return float(measures()["precached_takeovers_total"])
    second.eventually("both being seen", lambda: measures().get("precached_controllers") == "2")
    # On a machine that stands still for a while the living may have been taken for dead before.
    before = takeovers()
    first.service.kill()
    second.eventually("the takeover", lambda: takeovers() > before)
    second.eventually("one being left", lambda: measures()["precached_controllers"] == "1")
    assert 'precached_controller_open_jobs{controller="precached-2"}' in measures()
    assert [one["name"] for one in second.call("GET", "/v1/controllers").json["controllers"]] == ["precached-2"]
