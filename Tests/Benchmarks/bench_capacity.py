"""What a host, an image, an event, a heartbeat cost the service, and how fleets of three sizes fared: for capacity.md."""

import json
import os
import time
from pathlib import Path

from bench import Bench, SimulatedFleet
from bench_fanout import await_end
from servers import wrk

# Hosts, bytes of the image, bytes a second of a host's link.
EXCHANGES = ((32, 1_000_000_000, 125_000_000), (1_300, 1_700_000_000, 125_000_000), (2_600, 3_000_000_000, 300_000_000),
             (1_000, 10_000_000_000, 1_250_000_000))
TICKS = os.sysconf("SC_CLK_TCK")
HEARTBEAT = {"interval_seconds": 30, "version": "0.1.0", "started_at": "2026-01-01T00:00:00Z",
             "disk": {"total_bytes": 1 << 40, "free_bytes": 1 << 39}, "cache": {"images": 20, "bytes": 20 << 30},
             "images": [{"id": f"image-{n}", "size_bytes": 1 << 30, "verified": True} for n in range(20)], "tasks": 0}
"""A host's with 20 images."""


class Meter:
    """What a process has used since the meter was made."""

    def __init__(self, program):
        self.program = program
        self.start = self._now()

    def _now(self) -> dict:
        proc = Path(f"/proc/{self.program.process.pid}")
        times = (proc / "stat").read_text().rsplit(") ", 1)[1].split()
        io = dict(line.split(": ") for line in (proc / "io").read_text().splitlines())
        loopback = next(line for line in Path("/proc/net/dev").read_text().splitlines() if line.strip().startswith("lo:"))
        return {"cpu": (int(times[11]) + int(times[12])) / TICKS, "written": int(io["write_bytes"]),
                "network": int(loopback.split(":")[1].split()[0])}

    def used(self) -> dict:
        return {key: value - self.start[key] for key, value in self._now().items()}


def job(bench: Bench, hosts: int, images: int, *options, size: int = 1 << 30, parallelism="100%") -> dict:
    """A job of its own service; network is both directions, as the loopback interface counts them."""
    service = bench.service()
    fleet = SimulatedFleet(bench, hosts, "--image-bytes", size, *options, token=service.agent_token, images=images)
    try:
        fleet.introduce(service)
        rest = service.service.memory_mib
        meter, begin = Meter(service.service), time.perf_counter()
        made = service.cache(*[f"sim-image-{n + 1}" for n in range(images)], aggregate="fleet", parallelism=parallelism)
        ended = await_end(service, made["id"])
        assert ended["state"] == "succeeded", ended
        seconds = time.perf_counter() - begin
        used = meter.used()
        return {"hosts": hosts, "images": images, "seconds": seconds, "cpu_seconds": used["cpu"],
                "written_bytes": used["written"], "network_bytes": used["network"],
                "memory_bytes": (service.service.peak_memory_mib - rest) * (1 << 20), "rest_bytes": rest * (1 << 20)}
    finally:
        fleet.stop()
        service.stop()


def lua(bench: Bench, service, bodies: dict[str, dict]) -> Path:
    """A script for wrk that sends these hosts' heartbeats by turns."""
    script = bench.folder / "heartbeat.lua"
    parts = ",\n".join(f"{{ {json.dumps(host)}, '{json.dumps(body)}' }}" for host, body in bodies.items())
    script.write_text(f"""
        wrk.method = "PUT"
        wrk.headers["Content-Type"] = "application/json"
        wrk.headers["Authorization"] = "Bearer {service.token('agent')}"
        local beats, n = {{ {parts} }}, 0
        request = function()
            n = n % #beats + 1
            return wrk.format(nil, "/v1/hosts/" .. beats[n][1] .. "/heartbeat", nil, beats[n][2])
        end
    """)
    return script


def heartbeat_cost(bench: Bench) -> dict:
    """CPU and disk for each heartbeat of a fleet of 1,000 hosts with 20 images each."""
    service = bench.service(listen__threads=1)
    fleet = SimulatedFleet(bench, 1_000, token=service.agent_token)
    try:
        fleet.introduce(service)
        script = lua(bench, service, {host["name"]: HEARTBEAT for host in fleet.hosts})
        meter, seconds = Meter(service.service), bench.pick(10, 1)
        load = wrk(service.url, seconds, script=script)
        used, count = meter.used(), load.requests_per_second * seconds
        return {"cpu_seconds": used["cpu"] / count, "written_bytes": used["written"] / count, "most_per_second": load.requests_per_second}
    finally:
        fleet.stop()
        service.stop()


def exchange(bench: Bench, hosts: int, size: int, link: int, source: int, *more) -> dict:
    """What the model says of hosts that give each other an image; rates are bytes a second."""
    told = bench.output("precache-bench", "distribution", "--hosts", hosts, "--image-bytes", size, "--bandwidth", f"{link // 1000}kB/s",
                        "--source-bandwidth", f"{source // 1000}kB/s", *more, "--output", "json")
    return {"hosts": hosts, "image_bytes": size, "link": link, "source": source, **json.loads(told)}


def capacity(bench: Bench):
    # Without a network between, the source's link is what takes time: 10 Gbit/s, by default 64 downloads at once.
    link = 10_000_000_000 // 8
    checks = []
    for hosts, size in bench.pick(((1_000, 12_500_000), (10_000, 2_500_000), (50_000, 1_000_000)), ((100, 12_500_000), (300, 5_000_000))):
        fared = job(bench, hosts, 1, "--source-bandwidth", "10Gbit/s", size=size)
        checks.append({**fared, "image_bytes": size, "source_bytes_per_second": link, "downloads": 64})
    sheet = {
        "one_image": job(bench, bench.pick(5_000, 300), 1),
        "five_images": job(bench, bench.pick(5_000, 300), 5),
        "one_by_one": job(bench, bench.pick(500, 50), 1, parallelism=1),
        "progress": job(bench, bench.pick(500, 20), 1, "--bandwidth", "50MB/s", size=bench.pick(500_000_000, 100_000_000)),
        "heartbeat": heartbeat_cost(bench),
        "checks": checks,
        "exchanges": [exchange(bench, hosts, size, rate, link) for hosts, size, rate in bench.pick(EXCHANGES, EXCHANGES[:1])],
    }
    (bench.readings.parent / "costs.json").write_text(json.dumps(sheet, indent=2) + "\n")
    for name in ("one_image", "five_images"):
        print(f"  {name}: {sheet[name]}")
