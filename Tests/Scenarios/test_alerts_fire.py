"""Every alert of deploy/prometheus fires at its fault, made for real, and ends with it; a real Prometheus says so.

Two controllers on a PostgreSQL of their own and an agent for each kind of fault. What the rules measure in minutes and
gigabytes is seconds and megabytes here.
"""

import contextlib
import os
import re
import secrets
import shutil
import signal
import tempfile
import threading
from pathlib import Path

import pytest
import yaml

import postgres
from controllers import SHORT_BEATS
from fleet import Fleet, beating, free_port
from image_server import ImageServer
from instances import Instances, sweep
from program import run
from prometheus import Prometheus, board_queries, scrape
from small_disk import as_root, fill, tmpfs
from test_main_job import entry
from test_scrub import FAST, rot
from test_webhooks import put
from webhook_receiver import WebhookReceiver

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
RULES = DEPLOY / "prometheus/precache.rules.yml"
HOSTS = ["lost", "full", "rotten", "puzzled"]
SMALLER = [(r"for: \w+", "for: 1s", 12), (r"\[\d+[mh]\]", "[15s]", 4), (r"\[1d\]", "[5m]", 1), ("> 900", "> 2", 2),
           (r"5 \* 1024 \^ 3", "1e6", 1)]


def smaller(rules: str) -> str:
    for said, used, count in SMALLER:
        rules, found = re.subn(said, used, rules)
        assert found == count, f"{found} times {said}: has the file other limits now?"
    return rules


class Stage:
    """The fleet, and what befalls it."""

    def __init__(self, folder: Path, cluster: postgres.Cluster, source: ImageServer, disk: Path):
        self.folder, self.cluster, self.source, self.disk = folder, cluster, source, disk
        url = cluster.database()
        self.first, self.second = (self._controller(folder, name, url) for name in ("c1", "c2"))
        self.second.tokens = self.first.tokens
        self.second.settings["agents.token"] = self.first.agent_token
        self.tls = folder / "tls"
        self.slow = ImageServer("127.0.0.2")
        self.ends = {"gone": WebhookReceiver(lambda _: 410),
                     "slow": WebhookReceiver(lambda _: (429, {"Retry-After": "1"}))}
        self.prometheus: Prometheus | None = None

    def start(self):
        self._certify(10)
        self.source.add("good", secrets.token_bytes(3_000_001))
        self.slow.add("slow", b"2" * 50_000, gate=threading.Event())
        self.slow.start()
        self.first.start()
        self.second.start()
        token = secrets.token_hex(16)
        agents = {name: self.first.agent(name, start=False) for name in HOSTS}
        self.hosts = [{"name": name, "address": agent.address, "port": agent.port} for name, agent in agents.items()]
        agents["full"].settings["cache.directory"] = str(self.disk)
        self.apply()
        for name, agent in agents.items():
            # The other controller hears of beats by the database, some seconds later: to it a faster one would be down.
            agent.start(**beating(self.first, name, 4), metrics__token=token, **FAST)
        self.edge = self.first.agent(
            "edge", metrics__token=token, listen__tls__certificate=str(self.tls / "service.pem"),
            listen__tls__key=str(self.tls / "service.key"))
        self.prometheus = Prometheus(self.folder / "prometheus", [
            scrape("precached", [f"127.0.0.1:{one.port}" for one in self.controllers], self.first.token("reader")),
            scrape("agents", [f"{agent.address}:{agent.port}" for agent in agents.values()], token),
            scrape("edge", [f"{self.edge.address}:{self.edge.port}"], token, scheme="https",
                   tls_config={"insecure_skip_verify": True})], smaller(RULES.read_text()))

    @property
    def controllers(self) -> list[Fleet]:
        return [self.first, self.second]

    @staticmethod
    def _controller(folder: Path, name: str, url: str) -> Fleet:
        (folder / name).mkdir()
        fleet = Fleet(folder / name)
        fleet.settings.pop("database.path", None)
        fleet.settings |= {"database.url": url, "controllers.name": name, "webhooks.allow_internal": True,
                           "source.max_downloads": 1, **SHORT_BEATS, "controllers.dead_seconds": 5}
        return fleet

    def _certify(self, days: int):
        """The certificate that `edge` shows."""
        made = [DEPLOY / "make-certificates.sh", "--days", days, "--service-names", "localhost"]
        run([*made, *(["--renew"] if self.tls.exists() else []), self.tls]).check_returncode()

    def apply(self, digest="0" * 64):
        """The inventory; the image `policy` has this digest in it."""
        good, nowhere = entry(self.source, "good"), f"http://127.0.0.1:{free_port()}/nowhere"
        images = [good, entry(self.slow, "slow"), {**good, "id": "policy", "hash": digest},
                  {**good, "id": "nowhere", "url": nowhere}]
        self.first.apply(images, [{"name": name, "hosts": [name]} for name in HOSTS], self.hosts)

    def reload_edge(self, line: str):
        seen = len(self.edge.program.lines)
        self.edge.program.process.send_signal(signal.SIGHUP)
        self.edge.program.await_line(line, seen)

    def go_wrong(self):
        first, agents = self.first, self.first.agents
        assert first.await_end(first.cache("good", aggregate="rotten")["id"])["state"] == "succeeded"
        for name, end in self.ends.items():
            put(first, name, end.url)
        first.cache("nowhere", aggregate="puzzled", max_attempts=1)
        self.waiting = [first.cache("slow", aggregate=name) for name in ("rotten", "puzzled")]
        self.order()
        agents["lost"].program.kill()
        self.filler = fill(self.disk)
        rot(agents["rotten"].file("good"))
        instances = Instances(agents["puzzled"])
        self.broken = instances.add(agents["rotten"].file("good"))
        os.truncate(self.broken, 100)
        sweep(agents["puzzled"])
        self.second.service.kill()
        (self.tls / "service.pem").write_text("nonsense")
        self.reload_edge("certificates not reloaded")

    def order(self):
        """Puts the policy, more than once: a rate doesn't see the first request of its kind."""
        wanted = {"aggregates": ["puzzled"], "images": [{"id": "policy"}]}
        answer = self.first.call("PUT", "/v1/policies/base", wanted)
        assert answer.status in (200, 201), answer.body

    def lose_the_database(self):
        """Who writes waits for it."""
        self.cluster.stop()
        self.writer = threading.Thread(target=self.order)
        self.writer.start()

    def find_the_database(self):
        self.cluster.start()
        self.writer.join(60)

    def mend(self):
        agents = self.first.agents
        self.slow.images["/slow"].gate.set()
        for end in self.ends.values():
            end.answer = lambda _: 200
        assert self.first.call("POST", "/v1/webhooks/gone/resume").status == 200
        self.apply(self.source.images["/good"].sha256)
        assert self.first.call("POST", "/v1/policies/base/run").status == 202
        agents["lost"].start()
        self.filler.unlink()
        self.broken.unlink()
        sweep(agents["puzzled"])
        self.second.restart()
        self._certify(365)
        self.reload_edge("certificates reloaded")

    def pause(self):
        for one in self.controllers:
            one.service.suspend()

    def go_on(self):
        for one in self.controllers:
            one.service.resume()

    def stop(self):
        for one in self.controllers:
            one.stop()
        if self.prometheus:
            self.prometheus.stop()
        self.slow.stop()
        for end in self.ends.values():
            end.stop()


@pytest.fixture
def stage(tmp_path, images):
    # Not below pytest's own folder, which is root's alone.
    place = Path(tempfile.mkdtemp(prefix="precache-alerts-", dir="/tmp"))
    place.chmod(0o755)
    cluster = postgres.Cluster(place / "server").initialize().start()
    with contextlib.ExitStack() as ends:
        ends.callback(shutil.rmtree, place)
        ends.callback(cluster.stop)
        stage = Stage(tmp_path, cluster, images, ends.enter_context(tmpfs(tmp_path / "disk", size="8m")))
        ends.callback(stage.stop)
        stage.start()
        yield stage


# Nothing of this happens here: no images are exchanged, no attempt fails that is tried again, no certificate is the service's.
EMPTY = {"Copies read at the source A", "Copies read at the source B", "Attempts and retries B", "Certificates end in A"}


class Board:
    """The dashboard, looked at while all is wrong and when it is well: each panel has something to show at least once."""

    def __init__(self, stage):
        self.stage, self.asked, self.empty = stage, board_queries("30s"), set(board_queries())

    def look(self) -> set[str]:
        """The panels that had nothing to show so far."""
        self.empty -= {title for title in self.empty if self.stage.prometheus.query(self.asked[title])}
        return self.empty - EMPTY

    def check(self):
        try:
            self.stage.first.eventually("a board with all that there is to see", lambda: not self.look())
        except AssertionError:
            raise AssertionError(f"panels without a series: {self.look()}") from None
        coverage = {(series["metric"]["aggregate"], series["metric"]["image"]): float(series["value"][1])
                    for series in self.stage.prometheus.query(self.asked["Coverage A"])}
        assert coverage["puzzled", "policy"] == 1, coverage


@as_root
@pytest.mark.timeout(900)
def test_each_alert_fires_at_its_fault_and_ends_with_it(stage):
    wanted = {rule["alert"] for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]}
    seen = {}

    def fires() -> set[str]:
        now = {alert["labels"]["alertname"]: alert for alert in stage.prometheus.firing()}
        seen.update(now)
        return set(now)

    def await_alerts(what, *names):
        try:
            # Some are over before the last begins.
            stage.first.eventually(what, lambda: fires() and set(names) <= seen.keys())
        except AssertionError as late:
            raise AssertionError(f"{late}; {set(names) - seen.keys()} of {names} didn't fire") from None

    def await_only(what, *names):
        try:
            stage.first.eventually(what, lambda: set(names) == fires())
        except AssertionError as late:
            raise AssertionError(f"{late}; fires: {stage.prometheus.firing()}") from None

    # Before its first scrape Prometheus knows of nobody.
    await_only("all but a certificate is well", "PrecacheCertificateEnds")
    seen.clear()
    board = Board(stage)
    stage.go_wrong()
    late = {"PrecachedNotReady", "PrecachedAbsent", "PrecacheSlowRequests"}
    await_alerts("all faults are told", *wanted - late)
    # While one controller is dead, a late answer of the other's is enough for PrecachedAbsent.
    assert "PrecachedNotReady" not in seen, seen.keys()
    board.look()
    stage.lose_the_database()
    await_alerts("so is the database's", "PrecachedNotReady")
    stage.find_the_database()
    await_alerts("so is a write that took long", "PrecacheSlowRequests")
    stage.mend()
    await_only("all is well again")
    board.check()
    for job in stage.waiting:
        assert stage.first.await_end(job["id"])["state"] == "succeeded"
    seen.pop("PrecachedAbsent", None)
    stage.pause()
    await_alerts("a service that answers nobody is told", "PrecachedAbsent")
    stage.go_on()
    await_only("all is well again")
    assert seen.keys() == wanted
    for alert in seen.values():
        told = alert["annotations"]
        assert told.keys() == {"summary", "description"} and "<" not in told["summary"] + told["description"], told
    assert seen["PrecacheHostDiskLow"]["labels"]["host"] == "full"
    assert seen["PrecacheWebhookPaused"]["labels"]["webhook"] == "gone"
    assert seen["PrecacheWebhookLags"]["labels"]["webhook"] == "slow"
