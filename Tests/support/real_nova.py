"""The real Nova's API, with cells that can be lost. No computes, Placement or message bus: it is good for reading."""

import json
import sys
from pathlib import Path

from cloud import TOOLS, WSGIService, ini
from program import run

FILL = Path(__file__).parent.parent / "OpenStack" / "nova_database.py"


class Nova(WSGIService):
    """Listens at the cloud's compute endpoint; `cells` and `aggregates` have the hosts of each by its name."""

    def __init__(self, cloud, folder: Path, cells: dict, aggregates: dict):
        super().__init__(folder, "nova", "nova.conf")
        self.port = cloud.compute_port
        self.url = f"http://127.0.0.1:{self.port}"
        self.config.write_text(ini({
            "DEFAULT": {"state_path": self.folder, "transport_url": "fake:/"},
            "api_database": {"connection": f"sqlite:///{self.folder}/api.db"},
            "database": {"connection": f"sqlite:///{self.folder}/cell0.db"},
            "oslo_concurrency": {"lock_path": self.folder},
            "keystone_authtoken": {
                "www_authenticate_uri": cloud.keystone.url, "auth_url": cloud.keystone.url, "auth_type": "password",
                "project_domain_id": "default", "user_domain_id": "default", "project_name": "service",
                "username": "precache", "password": cloud["precache"].password,
            },
        }))
        (self.folder / "api-paste.ini").symlink_to(TOOLS.parent / "etc/nova/api-paste.ini")
        content = json.dumps([cells, aggregates])
        made = run([sys.executable, FILL, self.folder, content], {"PYTHONWARNINGS": "ignore"}, 120.0)
        assert made.returncode == 0, made.stderr[-4000:]

    def lose(self, cell: str):
        """Takes the cell's database away."""
        self._database(cell).rename(self._database(cell, "away"))
        self._database(cell).mkdir()

    def find(self, cell: str):
        """Gives it back."""
        self._database(cell).rmdir()
        self._database(cell, "away").rename(self._database(cell))

    def _database(self, cell: str, ending="db") -> Path:
        return self.folder / f"{cell}.{ending}"
