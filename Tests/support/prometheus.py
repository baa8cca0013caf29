"""A real Prometheus that scrapes and evaluates once a second."""

import json
from pathlib import Path

from fleet import free_port, request
from program import Program


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

    def firing(self) -> list[dict]:
        """The alerts that fire now."""
        return [alert for alert in self.ask("alerts")["alerts"] if alert["state"] == "firing"]

    def stop(self):
        self.program.terminate()


def scrape(job: str, targets: list[str], token: str, **more) -> dict:
    """A scrape_config for targets that all take the same token."""
    return {"job_name": job, "authorization": {"credentials": token}, "static_configs": [{"targets": targets}], **more}
