"""PostgreSQL servers of a test's own: on a socket in a folder of theirs, without TCP unless it is asked for, never root's."""

import atexit
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from program import LIMIT, Program

ENGINE = os.environ.get("PRECACHE_TEST_ENGINE", "sqlite")
"""Where services of tests keep their state that don't say so themselves: `sqlite` or `postgres`."""


def programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    assert found and int(found[-1].parent.name) >= 15, "apt-get install --no-install-recommends postgresql-15"
    return found[-1]


def as_user() -> list[str]:
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []


class Cluster:
    """A server; `start()` it, and `stop()` it in the end. `settings` are those of postgresql.conf."""

    def __init__(self, folder: Path, **settings):
        self.folder = folder
        self.settings = {"listen_addresses": "", "unix_socket_directories": str(folder), "fsync": "off", "max_connections": 200,
                         "shared_buffers": "64MB"} | settings
        self.process: Program | None = None
        self.made = 0

    def initialize(self):
        self.folder.mkdir(exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
        self.run("initdb", "-D", self.data, "-U", "precache", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        return self

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def run(self, program, *arguments, check=True) -> subprocess.CompletedProcess:
        done = subprocess.run([*as_user(), programs() / program, *arguments], capture_output=True, text=True, timeout=LIMIT, cwd="/")
        assert not check or done.returncode == 0, f"{program}: {done.stderr}"
        return done

    def start(self):
        options = [word for name, value in self.settings.items() for word in ("-c", f"{name}={value}")]
        self.process = Program([*as_user(), programs() / "postgres", "-D", self.data, *options], self.folder.with_suffix(".log"))
        self.process.await_line("ready to accept connections")
        return self

    def stop(self, mode="immediate"):
        if self.process and self.process.is_running:
            self.run("pg_ctl", "stop", "-D", self.data, "-m", mode)
            self.process.wait()

    def database(self) -> str:
        """The URL of a new database."""
        self.made += 1
        name = f"test{self.made}"
        self.run("createdb", "-h", self.folder, "-U", "precache", name)
        return self.url(name)

    def url(self, name: str) -> str:
        return f"postgresql://precache@/{name}?host={self.folder}"

    def query(self, url: str, sql: str, check=True) -> list[list[str]]:
        done = self.run("psql", "-X", "-A", "-t", "-q", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-c", sql, url, check=check)
        return [line.split("\t") for line in done.stdout.splitlines()]


_shared: "Cluster | None" = None


def shared() -> Cluster:
    """The server of this run of the tests, for those that do nothing to it."""
    global _shared
    if _shared is None:
        folder = Path(tempfile.mkdtemp(prefix="precache-pg-", dir="/tmp"))
        folder.chmod(0o755)
        _shared = Cluster(folder / "server").initialize().start()
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        atexit.register(_shared.stop)
    return _shared
