"""The rules for Prometheus and the dashboard for Grafana: they parse, and ask for nothing that the programs don't show.

That each alert fires at its fault is shown in Tests/Scenarios/test_alerts_fire.py.
"""

import json
import re
import ssl
import urllib.request
from pathlib import Path

import pytest
import yaml

from fleet import Fleet, host_token
from program import LIMIT, run
from prometheus import BOARD, board_queries

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
RULES = DEPLOY / "prometheus/precache.rules.yml"
TESTS = sorted((DEPLOY / "prometheus/tests").glob("*.yml"))
SAID = re.compile(r"\b(?:precached|precache_agent|process)_[a-z_]+\b")


def rules() -> list[dict]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def queries() -> dict[str, str]:
    """What rules and panels ask, by where; Grafana's own variables have a value in them."""
    return {rule["alert"]: rule["expr"] for rule in rules()} | board_queries()


@pytest.fixture(scope="module")
def shown(tmp_path_factory) -> dict[str, str]:
    """What kind each metric is that either program shows, with TLS, for then there are more."""
    folder = tmp_path_factory.mktemp("metrics")
    run([DEPLOY / "make-certificates.sh", folder / "tls"]).check_returncode()
    certificate, key = (str(folder / f"tls/service.{end}") for end in ("pem", "key"))
    tls = {"listen__tls__certificate": certificate, "listen__tls__key": key}
    fleet = Fleet(folder)
    try:
        fleet.start(**tls)
        agent = fleet.agent("host-0", **tls)
        text = scraped(f"127.0.0.1:{fleet.port}", fleet.token("reader"))
        text += scraped(f"{agent.address}:{agent.port}", host_token(fleet.agent_token, "host-0"))
    finally:
        fleet.stop()
    return dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))


def scraped(address: str, token: str) -> str:
    asked = urllib.request.Request(f"https://{address}/metrics", headers={"Authorization": f"Bearer {token}"})
    # Whose certificate that is is another test's.
    with urllib.request.urlopen(asked, timeout=LIMIT, context=ssl._create_unverified_context()) as answer:
        return answer.read().decode()


def missing(names: set[str], shown: dict[str, str]) -> list[str]:
    """Those that are neither metrics nor a histogram's parts."""
    parts = {name + end for name, kind in shown.items() if kind == "histogram" for end in ("_bucket", "_sum", "_count")}
    simple = {name for name, kind in shown.items() if kind != "histogram"}
    return sorted(names - parts - simple)


def test_promtool_takes_the_rules_and_their_tests():
    checked = run(["promtool", "check", "rules", RULES])
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert len(TESTS) == 2
    tried = run(["promtool", "test", "rules", *TESTS])
    assert tried.returncode == 0, tried.stdout + tried.stderr
    tested = "".join(file.read_text() for file in TESTS)
    for alert in rules():
        firing = f'ALERTS{{alertname="{alert["alert"]}",alertstate="firing"'
        assert firing in tested, f"nobody has seen {alert['alert']} fire"


def test_every_query_parses(tmp_path):
    """Those of the dashboard as rules, which is what promtool checks."""
    file = tmp_path / "rules.yml"
    written = [{"record": f"query:{number}", "expr": query} for number, query in enumerate(queries().values())]
    file.write_text(json.dumps({"groups": [{"name": "queries", "rules": written}]}))
    checked = run(["promtool", "check", "rules", file])
    assert checked.returncode == 0 and f"{len(written)} rules found" in checked.stdout, checked.stdout + checked.stderr


def test_every_metric_that_is_asked_for_is_shown(shown):
    asked = {place: set(SAID.findall(re.sub(r'"[^"]*"', "", query))) for place, query in queries().items()}
    assert all(names or place == "Alerts" for place, names in asked.items()), "a query of nothing"
    lacks = {place: missing(names, shown) for place, names in asked.items() if missing(names, shown)}
    assert lacks == {}
    assert missing({"precached_attempt_seconds"}, shown), "a histogram's own name has no series"


def test_alerts_are_as_prometheus_has_them():
    names = [rule["alert"] for rule in rules()]
    assert len(set(names)) == len(names) and all(re.fullmatch(r"Precached?[A-Z]\w+", name) for name in names)
    for rule in rules():
        assert rule["labels"].keys() == {"severity"} and rule["labels"]["severity"] in ("critical", "warning")
        assert rule["annotations"].keys() == {"summary", "description"}
        assert rule["annotations"]["summary"][-1] == "." and "\n" not in rule["annotations"]["summary"]


def test_the_page_has_every_alert():
    table = re.search(r"^\| alert \| [^\n]*\n\|[-|]+\n((?:\|.*\n)+)", (DEPLOY / "README.md").read_text(), re.MULTILINE)
    assert table, "the table of alerts has moved"
    assert [row.split("|")[1].strip(" `") for row in table[1].splitlines()] == [rule["alert"] for rule in rules()]


def test_the_dashboard_is_whole():
    """Panels have numbers and places of their own, and ask the Prometheus that is chosen above."""
    panels = BOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = [(x, y) for panel in panels for place in [panel["gridPos"]]
             for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])]
    assert len(set(cells)) == len(cells) and all(x < 24 for x, _ in cells)
    [chosen] = BOARD["templating"]["list"]
    sources = {target["datasource"]["uid"] for panel in panels for target in panel.get("targets", [])}
    assert chosen["type"] == "datasource" and sources == {f"${{{chosen['name']}}}"}
