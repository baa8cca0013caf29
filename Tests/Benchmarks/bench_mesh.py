"""Hosts that exchange an image over real links, beside the star, caches and a swarm on the same links; and with faults.

Each host is a network namespace with a link of R both ways (veth, a bridge, `tc tbf`), the service has one, too, and service and
agents know each other by certificates. R is what two cores can carry for all of them: beyond, they and not the links set the pace. All times are in those that one host alone would need, size ÷ R. What takes N copies
(the star, the caches) gets a smaller image, since its time is so many times longer and grows with the size alone.
"""

import http.client
import json
import os
import random
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import certificates
from bench import Bench, Fleet, Program, SimulatedFleet
from bench_capacity import Meter, exchange
from bench_fanout import one_job, rig
from bench_download import make_image
from caches import NginxCache, SquidCache
from links import QUEUE, CountingSource, LinkedFleet, Links

WIDE = 4
"""How many times a host's link the second source and the caches have."""

TO_AND_FRO = 4 * QUEUE / 2
"""Seconds from a request to its answer on busy links: each way leads through two limiters, whose queues are half full. `ss` says 0.16
to 0.19 of a run."""
OVERHEAD = 0.02
"""What of a link goes to headers, acknowledgements and what hosts tell each other of their pieces: 1.5 to 3 % were counted."""


@dataclass
class Run:
    """What became of one job."""

    times: dict[str, float]
    """When a host that was to have the image had it, in size ÷ R, by its name."""
    copies: float

    def last(self, but=()) -> float:
        return max(time for host, time in self.times.items() if host not in but)


class Rig:
    """A fleet on links, and a source with one image; `close()` ends all of it."""

    def __init__(self, bench: Bench, hosts: int, rate: float, size: int, source=1.0, slow=(), mirror=None, **settings):
        self.size, self.rate = size, rate
        self.links, self.fleet, self.source, self.cache = Links(), None, None, None
        folder = bench.scratch("mesh")
        folder.chmod(0o755)
        try:
            self.source = CountingSource(folder / "source", self.links.host(rate * source))
            make_image(folder / "source/files", "image", size, 1)
            extra = {}
            if mirror:
                place = self.links.host(rate * WIDE)
                self.cache = mirror(self.source.url, place.address, 8080, place.command)
                extra = {"downloads.mirrors": [f"{self.source.url} = {self.cache.url}"]}
            names = [f"compute-{number}" for number in range(1, hosts + 1)]
            self.fleet = LinkedFleet(folder, self.links, names)
            self.fleet.start(relay__minimum_bytes=1 << 20, source__max_downloads=1000, **settings)
            for name in names:
                self.fleet.agent(name, start=False, rate=rate / (4 if name in slow else 1)).settings |= extra
            self.fleet.apply([self.source.entry("image")])
            for agent in self.fleet.agents.values():
                agent.settings["cache.convert_to_raw"] = False
                agent.start()
            self.fleet.await_heartbeats(hosts)
        except BaseException:
            self.close()
            raise

    @property
    def alone(self) -> float:
        return self.size / (self.rate / 8)

    def seeds(self) -> list[str]:
        """Hosts that are connected to the source now."""
        readers = self.source.readers()
        return [agent.name for agent in self.fleet.agents.values() if agent.address in readers]

    def play(self, fault=None) -> Run:
        """Runs the job, with `fault` called in its midst; it returns the hosts of which nothing is wanted any more."""
        job = self.fleet.cache("image", parallelism="100%", host_timeout_seconds=self._most)
        lost = set()
        if fault:
            threading.Event().wait(self.alone / 2)
            lost = set(fault(self) or ())
        ended = self.fleet.await_end(job["id"], limit=self._most)
        times, bad, rows = {}, {}, self.fleet.results(job["id"], limit=1000)
        # No outcome is lost, and none is there twice.
        assert sorted(row["host"] for row in rows) == sorted(self.fleet.agents), rows
        for row in rows:
            if row["outcome"] in ("cached", "existing"):
                times[row["host"]] = (moment(row["finished_at"]) - moment(ended["created_at"])) / self.alone
            elif row["host"] not in lost:
                bad[row["host"]] = f"{row['outcome']} {row['reason']}: {row['detail']}"
        for host in lost:
            times.pop(host, None)
        assert not bad, bad
        return Run(times, self.source.sent() / self.size)

    @property
    def _most(self) -> int:
        """Seconds until a run counts as stuck: a star and as much again."""
        return 120 + int(self.alone * len(self.fleet.agents) * 2)

    def close(self):
        if self.fleet:
            self.fleet.stop()
        if self.cache:
            self.cache.stop()
        if self.source:
            self.source.stop()
        self.links.close()


def moment(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


@dataclass(frozen=True)
class Scale:
    hosts: int
    rate: float
    """Bits a second of a host's link."""
    size: int
    star: int
    """The size of what a link sends in N copies."""
    cached: int
    """The size of what a cache's link sends in N copies."""

    @staticmethod
    def of(bench: Bench) -> "Scale":
        return bench.pick(Scale(32, 12e6, 64 << 20, 4 << 20, 16 << 20), Scale(5, 80e6, 8 << 20, 2 << 20, 4 << 20))

    @property
    def tenth(self) -> int:
        return max(1, self.hosts // 10)

    def host(self, number: int) -> str:
        return f"compute-{number}"

    def rig(self, bench: Bench, size: "int | None" = None, **more) -> Rig:
        return Rig(bench, self.hosts, self.rate, size or self.size, **more)


def play(rig: Rig, fault=None) -> Run:
    try:
        return rig.play(fault)
    finally:
        rig.close()


def may_make_links() -> bool:
    if os.geteuid() == 0:
        return True
    print("  not measured: only root makes network namespaces", flush=True)
    return False


def mesh(bench: Bench):
    """Without faults: the source with a link as a host has, and with one of four times that."""
    if not may_make_links():
        return
    scale = Scale.of(bench)
    for name, times in [("mesh-time", 1), ("mesh-time-wide", WIDE)]:
        run = play(scale.rig(bench, source=times))
        bench.record(name, "precache", run.last())
        bench.record(name, "the model", foretold(bench, scale, times))
        bench.record(name.replace("time", "copies"), "precache", run.copies)
    star = play(scale.rig(bench, scale.star, relay__enabled=False))
    bench.record("mesh-time", "star", star.last())
    bench.record("mesh-copies", "star", star.copies)
    for series, cache in [("nginx", NginxCache), ("Squid", SquidCache)]:
        run = play(scale.rig(bench, scale.cached, source=WIDE, mirror=cache, relay__enabled=False))
        bench.record("mesh-time-wide", series, run.last())
        bench.record("mesh-copies-wide", series, run.copies)
    for name, times in [("mesh-time", 1), ("mesh-time-wide", WIDE)][:bench.pick(2, 1)]:
        made, swarmed, copies = swarm(bench, scale, times)
        bench.record(name, "libtorrent", swarmed)
        # A torrent of an image that nobody has yet: somebody reads all of it from the source and hashes it, then it begins.
        bench.record(name, "libtorrent, cold", 1 / min(times, 1) + made + swarmed)
        bench.record(name.replace("time", "copies"), "libtorrent", copies)


def faults(bench: Bench):
    """One host of ten slow or killed, and both; the seeds, the service, a third of the hosts killed."""
    if not may_make_links():
        return
    scale = Scale.of(bench)
    slow = {scale.host(number) for number in range(scale.hosts - scale.tenth + 1, scale.hosts + 1)}

    def kill(rig, hosts):
        for host in hosts:
            rig.fleet.agents[host].program.kill()
        return hosts

    def others(rig, count):
        """Hosts that aren't slow and, if there are enough, don't read the source."""
        seeds, hosts = rig.seeds(), sorted(set(rig.fleet.agents) - slow)
        random.Random(7).shuffle(hosts)
        return sorted(hosts, key=lambda host: host in seeds)[:count]

    def restart(rig):
        rig.fleet.service.kill()
        rig.fleet.restart()

    def case(throttled=(), fault=None) -> Run:
        return play(scale.rig(bench, source=WIDE, slow=throttled), fault)

    copies = {}
    for name, throttled, killed in [("mesh-slow", slow, 0), ("mesh-killed", (), scale.tenth), ("mesh-slow-killed", slow, scale.tenth)]:
        if bench.quick and name != "mesh-slow-killed":
            continue
        run = case(throttled, (lambda rig: kill(rig, others(rig, scale.tenth))) if killed else None)
        bench.record(name, "precache", run.last(but=throttled))
        bench.record(name, "the model", foretold(bench, scale, WIDE, "--slow", len(throttled), "--killed", killed))
        copies[name.removeprefix("mesh-").replace("-", " and ")] = run.copies
    for name, fault in [
        ("seed killed", lambda rig: kill(rig, rig.seeds()[:1])),
        ("all seeds killed", lambda rig: kill(rig, rig.seeds())),
        ("a third killed", lambda rig: kill(rig, others(rig, scale.hosts // 3))),
        ("service killed", restart),
    ]:
        if bench.quick and name != "all seeds killed":
            continue
        run = case((), fault)
        bench.record("mesh-recovery", name, run.last())
        copies[name] = run.copies
    for name, sent in copies.items():
        bench.record("mesh-faults-copies", name, sent)
    bench.record("mesh-recovery", "the slowest", max(value[0] for (row, _), value in bench.figures.items() if row == "mesh-recovery"))
    bench.record("mesh-faults-copies", "the most", max(copies.values()))


def large(bench: Bench):
    """What only the model can say: fleets of which others have told how long theirs took."""
    told = exchange(bench, *bench.pick((2_600, 3_000_000_000), (50, 100_000_000)), 300_000_000, 1_250_000_000)
    bench.record("mesh-foretold", "half of the hosts", told["median_seconds"])
    bench.record("mesh-foretold", "Kraken, by its README", 10)
    bench.record("mesh-foretold-p99", "99 of 100 hosts", told["p99_seconds"])
    bench.record("mesh-foretold-p99", "Kraken, by its README", 18)
    told = exchange(bench, *bench.pick((1_300, 1_700_000_000), (50, 100_000_000)), 125_000_000, 1_250_000_000)
    bench.record("mesh-foretold-site", "the last", told["last_seconds"])


def service(bench: Bench):
    """What a job of one mesh costs the service, beside the same job as a star: hosts that answer at once, mutual TLS, new connections."""
    hosts = bench.pick(10_000, 200)
    tls = certificates.make(bench.scratch("mesh-service-tls"))
    for _ in range(bench.rounds):
        for series, exchanges in [("the star", False), ("one mesh", True)]:
            started, fleet, *_ = rig(bench, hosts, "mesh-service", tls, agents__keep_connections=0, relay__enabled=exchanges)
            try:
                report(started, fleet)
                meter = Meter(started.service)
                one_job(started, hosts)
                bench.record("mesh-service-time", series, meter.used()["cpu"])
                bench.record("mesh-service-memory", series, started.service.peak_memory_mib)
                if exchanges:
                    [job] = started.call("GET", "/v1/jobs").json["jobs"]
                    told = started.call("GET", f"/v1/jobs/{job['id']}").json["job"]["transfer"]
                    assert told["seeds"], told
            finally:
                fleet.stop()
                started.stop()


def report(started: Fleet, fleet: SimulatedFleet):
    """Says for each host that it exchanges images, as its agent would, over one connection."""
    place = http.client.HTTPConnection("127.0.0.1", started.port, timeout=60)
    body = json.dumps({"interval_seconds": 300, "version": "0.1.0", "started_at": "2026-01-01T00:00:00Z", "capabilities": ["relay-1"],
                       "disk": {"total_bytes": 1 << 40, "free_bytes": 1 << 39}, "cache": {"images": 0, "bytes": 0},
                       "images": [], "tasks": 0})
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {started.token('agent')}"}
    for host in fleet.hosts:
        place.request("PUT", f"/v1/hosts/{host['name']}/heartbeat", body, headers)
        answer = place.getresponse()
        text = answer.read()
        assert answer.status in (200, 204), text
    place.close()


def foretold(bench: Bench, scale: Scale, source: float, *more) -> float:
    """What the model says of the last healthy host."""
    link = int(scale.rate / 8 * (1 - OVERHEAD))
    told = exchange(bench, scale.hosts, scale.size, link, int(link * source), "--round-trip", f"{TO_AND_FRO}s", *more)
    return told["last_seconds"] * scale.rate / 8 / scale.size


def swarm(bench: Bench, scale: Scale, source: float) -> tuple[float, float, float]:
    """libtorrent: the time to make the torrent, the swarm's time, and what its first seeder sent, in sizes and size ÷ R."""
    folder, links, programs = bench.scratch("swarm"), Links(), []
    alone = scale.size * 8 / scale.rate
    script = ["/usr/bin/python3", Path(__file__).parent / "comparators/torrent.py"]
    try:
        first = links.host(scale.rate * source)
        places = [links.host(scale.rate) for _ in range(scale.hosts)]
        make_image(folder, "image", scale.size, 1)
        made = bench.seconds(lambda: bench.output(*script, "make", folder / "image", folder / "image.torrent")) / alone

        def peer(number, place, home, others):
            log = folder / f"peer-{number}.log"
            programs.append(Program([*place.command, *script, "peer", folder / "image.torrent", home, place.address, *others], log,
                                    standard_output=True))
            return programs[-1]

        peer(0, first, folder, []).await_line("done")
        before = first.statistics("rx_bytes")
        begin = time.monotonic()
        for number, place in enumerate(places, 1):
            (folder / f"home-{number}").mkdir()
            others = random.Random(number).sample([other.address for other in places if other != place], min(8, scale.hosts - 1))
            peer(number, place, folder / f"home-{number}", [first.address, *others])
        for program in programs[1:]:
            program.await_line("done", limit=alone * 20 + 60)
        swarmed = (time.monotonic() - begin) / alone
        return made, swarmed, (first.statistics("rx_bytes") - before) / scale.size
    finally:
        for program in programs:
            program.stop_group()
        links.close()
