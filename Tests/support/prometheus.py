"""A real Prometheus that scrapes and evaluates once a second."""

import json
import urllib.parse
from pathlib import Path

from fleet import free_port, request
from program import Program

BOARD = json.loads((Path(__file__).resolve().parents[2] / "deploy/grafana/precache.json").read_text())


def board_queries(interval="5m") -> dict[str, str]:
    """What the dashboard's panels ask, by title; Grafana's own variable has this value."""
    asked = {f"{panel['title']} {target['refId']}": target["expr"].replace("$__rate_interval", interval)
             for panel in BOARD["panels"] for target in panel.get("targets", [])}
    return asked | {note["name"]: note["expr"] for note in BOARD["annotations"]["list"]}


class Prometheus:
    """`scrapes` are scrape_configs as Prometheus has them; `rules` a file of them, YAML or JSON. Stop it in the end."""

    def __init__(self, folder: Path, scrapes: list[dict], rules: str):
        folder.mkdir()
        (folder / "rules.yml").write_text(rules)
        (folder / "prometheus.yml").write_text(json.dumps({
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": ["rules.yml"], "scrape_configs": scrapes}))
        address = f"127.0.0.1:{free_port()}"
        self.url = f"http://{address}/api/v1"
        self.program = Program(
            ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
             f"--web.listen-address={address}"], folder / "log")
        self.program.await_line("Server is ready to receive web requests")

    def ask(self, path: str) -> dict:
        answer = request(f"{self.url}/{path}")
        assert answer.status == 200, answer.body
        return answer.json["data"]

    def query(self, expression: str) -> list[dict]:
        """The series that a query has now; what Prometheus can't answer is an error."""
        return self.ask("query?" + urllib.parse.urlencode({"query": expression}))["result"]

    def firing(self) -> list[dict]:
        """The alerts that fire now."""
        return [alert for alert in self.ask("alerts")["alerts"] if alert["state"] == "firing"]

    def stop(self):
        self.program.terminate()


def scrape(job: str, targets: list[str], token: str, **more) -> dict:
    """A scrape_config for targets that all take the same token."""
    return {"job_name": job, "authorization": {"credentials": token}, "static_configs": [{"targets": targets}], **more}
