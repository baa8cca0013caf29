"""What all benchmarks share: the run's folder, its length, its readings."""

import json
import resource
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "support"))

import postgres  # noqa: E402
from fleet import Fleet, free_port, request  # noqa: E402
from program import Program, run  # noqa: E402

__all__ = ["Bench", "Fleet", "Program", "ROOT", "SimulatedFleet", "free_port", "request", "run", "tool"]


def tool(name: str) -> str:
    found = shutil.which(name, path="/usr/sbin:/usr/local/bin:/usr/bin:/bin:/sbin")
    assert found, f"{name} is not installed: deploy/setup.sh bench"
    return found


class Bench:
    """A run of the suite: `rounds` of each measurement, shorter and smaller when `quick`."""

    def __init__(self, folder: Path, readings: Path, built: Path, quick: bool):
        self.folder, self.readings, self.built, self.quick = folder, readings, built, quick
        self.rounds = 1 if quick else 3
        self.figures: dict[tuple[str, str], list[float]] = {}
        self.fleets = 0
        self._cluster: "postgres.Cluster | None" = None
        # Ten thousand connections and more from one process.
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    def pick(self, full, quick):
        return quick if self.quick else full

    def record(self, benchmark: str, series: str, value: float):
        with self.readings.open("a") as file:
            file.write(json.dumps({"benchmark": benchmark, "series": series, "value": value}) + "\n")
        values = self.figures.setdefault((benchmark, series), [])
        values.append(value)
        print(f"  {benchmark}: {series} {value:,.4g} (median of {len(values)}: {statistics.median(values):,.4g})", flush=True)

    def scratch(self, name: str) -> Path:
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def service(self, engine="sqlite", **settings) -> Fleet:
        """precached with its defaults: durable writes, tokens. Stop it with `stop()`."""
        self.fleets += 1
        fleet = Fleet(self.scratch(f"service-{self.fleets}"))
        if engine == "postgres":
            fleet.settings.pop("database.path", None)
            fleet.settings["database.url"] = self.cluster.database()
        fleet.start(**settings)
        return fleet

    @property
    def cluster(self) -> "postgres.Cluster":
        """A PostgreSQL server with its defaults but for memory: durable, too."""
        if self._cluster is None:
            self._cluster = postgres.Cluster(self.scratch("postgres"), fsync="on", shared_buffers="256MB").initialize().start()
        return self._cluster

    def close(self):
        if self._cluster:
            self._cluster.stop()

    @staticmethod
    def seconds(work) -> float:
        begin = time.perf_counter()
        work()
        return time.perf_counter() - begin

    def output(self, *arguments, **options) -> str:
        done = subprocess.run([str(argument) for argument in arguments], capture_output=True, text=True, timeout=600, **options)
        assert done.returncode == 0, f"{arguments[0]} ended with {done.returncode}: {done.stderr[-2000:]}"
        return done.stdout


class SimulatedFleet:
    """precache-bench fleet: hosts on 127.16.0.1 and so on."""

    def __init__(self, bench: Bench, hosts: int, *options, token: str, tls: "Path | None" = None, images: int = 1, domain: str = ""):
        self.folder = bench.scratch(f"fleet-{bench.fleets}-{hosts}{domain}")
        self.port = free_port()
        self.token_file = self.folder / "token"
        self.token_file.write_text(token)
        self.token_file.chmod(0o600)
        self.inventory = self.folder / "inventory.json"
        secure = ["--certificate", tls / "fleet.pem", "--key", tls / "fleet.key", "--client-ca", tls / "ca.pem"] if tls else []
        self.program = Program(
            ["precache-bench", "fleet", "--hosts", hosts, "--port", self.port, "--inventory", self.inventory, "--images", images,
             "--token-file", self.token_file, "--domain", domain, "--output", "json", *secure, *options],
            self.folder / "fleet.log")
        self.program.await_line("listening")

    @property
    def hosts(self) -> list[dict]:
        return json.loads(self.inventory.read_text())["hosts"]

    def introduce(self, service: Fleet):
        done = service.cli("inventory", "apply", "-f", self.inventory, limit=300)
        assert done.returncode == 0, done.stderr

    def stop(self):
        self.program.terminate()
