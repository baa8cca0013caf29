"""PostgreSQL servers of a test's own: on a socket in a folder of theirs, without TCP unless it is asked for, never root's."""

import atexit
import contextlib
import os
import shutil
import signal
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


_made: Path | None = None
"""What initdb makes, once a run; each server has a copy."""


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
        global _made
        if _made is None:
            _made = Path(tempfile.mkdtemp(prefix="precache-pg-made-", dir="/tmp"))
            if os.geteuid() == 0:
                shutil.chown(_made, "postgres")
            atexit.register(shutil.rmtree, _made, ignore_errors=True)
            self.run("initdb", "-D", _made / "data", "-U", "precache", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        subprocess.run(["cp", "-a", "--reflink=auto", _made / "data", self.data], check=True)
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
        self.process.await_line("ready to accept( read-only)? connections")
        return self

    def stop(self, mode="immediate"):
        if self.process and self.process.is_running:
            self.run("pg_ctl", "stop", "-D", self.data, "-m", mode)
            self.process.wait()

    def signal(self, number: signal.Signals):
        """Tells each of its processes, the first one first."""
        first = int((self.data / "postmaster.pid").read_text().splitlines()[0])
        os.kill(first, number)
        for process in Path(f"/proc/{first}/task/{first}/children").read_text().split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(process), number)

    def standby(self, folder: Path, **settings) -> "Cluster":
        """A server that has everything that this one has committed, and waits to be promoted; start it."""
        other = Cluster(folder, **(self.settings | {"unix_socket_directories": str(folder)} | settings))
        folder.mkdir(exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        self.run("pg_basebackup", "-h", self.folder, "-U", "precache", "-D", other.data, "-R", "-X", "stream", "-c", "fast", "--no-sync")
        return other

    def promote(self):
        self.run("pg_ctl", "promote", "-D", self.data, "-w")

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


class Pooler:
    """PgBouncer before a server, in its transaction mode; `start()` it."""

    def __init__(self, cluster: Cluster, folder: Path, connections=3):
        program = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
        assert Path(program).exists(), "apt-get install --no-install-recommends pgbouncer"
        folder.mkdir(mode=0o755)
        self.server, self.folder = str(cluster.folder), folder
        settings = folder / "pgbouncer.ini"
        settings.write_text(
            f"[databases]\n* = user=precache host={cluster.folder}\n[pgbouncer]\nlisten_addr =\nunix_socket_dir = {folder}\n"
            f"listen_port = 5432\nauth_type = any\npool_mode = transaction\ndefault_pool_size = {connections}\nserver_login_retry = 1\n")
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        self.command = [*as_user(), program, settings]

    def start(self):
        self.process = Program(self.command, self.folder.with_suffix(".log"))
        self.process.await_line("process up")
        return self

    def url(self, url: str) -> str:
        return url.replace(self.server, str(self.folder))

    def stop(self):
        self.process.terminate()


class Session:
    """psql that stays, for who asks often: a process for each question would take the processor from what is tested."""

    def __init__(self, url: str):
        self.url = url
        self.process: subprocess.Popen | None = None

    def query(self, sql: str) -> list[list[str]] | None:
        """The rows; none where the server is away or says no, and the next call connects anew."""
        if self.process is None:
            self.process = subprocess.Popen(
                [*as_user(), programs() / "psql", "-X", "-A", "-t", "-q", "-F", "\t", "-v", "ON_ERROR_STOP=1", self.url], text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd="/")
        rows = []
        try:
            self.process.stdin.write(f"{sql};\n\\echo that was all\n")
            self.process.stdin.flush()
            while (line := self.process.stdout.readline()) != "that was all\n":
                if not line:
                    raise BrokenPipeError
                rows.append(line.rstrip("\n").split("\t"))
        except BrokenPipeError:
            self.close()
            return None
        return rows

    def close(self):
        if self.process:
            self.process.kill()
            self.process.communicate()
            self.process = None


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
