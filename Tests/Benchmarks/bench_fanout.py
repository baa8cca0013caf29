"""Tasks out, outcomes in: a fleet that answers at once, beside programs that keep nothing."""

import json
import subprocess
import sys
import time
from pathlib import Path

import certificates
from bench import Bench, SimulatedFleet

COMPARATORS = Path(__file__).parent / "comparators"


def task(service, fleet: SimulatedFleet, folder):
    """The very request that precached sends, for programs that send nothing else."""
    image = json.loads(fleet.inventory.read_text())["images"][0]
    body = {
        "job_id": "1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b", "attempt": 1, "timeout_seconds": 1800,
        "images": [{
            "id": image["id"], "name": None, "size_bytes": image["size_bytes"], "hash_algorithm": image["hash_algorithm"],
            "hash": image["hash"], "disk_format": image["disk_format"], "allow_unverified": False,
            "sources": [{"url": image["url"], "headers": {}}],
        }],
    }
    (folder / "body.json").write_text(json.dumps(body, separators=(",", ":")))
    token = folder / "token"
    token.write_text(service.agent_token)
    return folder / "body.json", token


def await_end(service, job_id: str) -> dict:
    while True:
        # Well below what the client itself waits for an answer: on a slow machine the wait is the job's whole time.
        job = service.call("GET", f"/v1/jobs/{job_id}?wait=20").json["job"]
        if job["state"] not in ("queued", "running"):
            return job


def one_job(service, hosts: int) -> float:
    job = service.cache("sim-image-1", aggregate="fleet", parallelism="100%")
    begin = time.perf_counter()
    job = await_end(service, job["id"])
    seconds = time.perf_counter() - begin
    assert job["results"]["cached"] + job["results"]["existing"] == hosts, job
    return seconds


def urls(fleet: SimulatedFleet, folder, secure: bool):
    lines = []
    for host in fleet.hosts:
        at = f"{host['address']}:{host['port']}"
        path = "/v1/tasks/1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b.0"
        lines.append(f"https://{host['name']}:{host['port']}{path} ::{at}\n" if secure else f"http://{at}{path}\n")
    (folder / "urls").write_text("".join(lines))
    return folder / "urls"


def libcurl(bench: Bench, *arguments) -> float:
    seconds, _ = bench.output(bench.built / "fanout", *arguments).split()
    return float(seconds)


def rig(bench: Bench, hosts: int, name: str, tls=None, **settings):
    """A service, a fleet that it knows, and the fleet's names and files for others."""
    folder = bench.scratch(name)
    if tls:
        settings |= {"agents__tls__ca": f"{tls}/ca.pem", "agents__tls__certificate": f"{tls}/service-client.pem",
                     "agents__tls__key": f"{tls}/service-client.key"}
    service = bench.service(**settings)
    fleet = SimulatedFleet(bench, hosts, token=service.agent_token, tls=tls, domain=certificates.DOMAIN if tls else "")
    fleet.introduce(service)
    return service, fleet, urls(fleet, folder, bool(tls)), *task(service, fleet, folder)


def plain(bench: Bench):
    hosts = bench.pick(10_000, 1_000)
    service, fleet, targets, body, token = rig(bench, hosts, "fanout", agents__keep_connections=0)
    try:
        for _ in range(bench.rounds):
            bench.record("fanout", "precached", hosts / one_job(service, hosts))
            # As many at once as suit it best here, and also as libcurl comes, with its cache of addresses.
            for series, cache in (("libcurl", []), ("libcurl as it comes", ["cache"])):
                bench.record("fanout", series, hosts / min(
                    libcurl(bench, targets, body, at_once, token, *cache) for at_once in (64, 256)))
    finally:
        fleet.stop()
        service.stop()


def encrypted(bench: Bench):
    """New connections, then the same with TLS sessions, then connections that were kept; each round is a service of its own."""
    hosts = bench.pick(10_000, 200)
    tls = certificates.make(bench.scratch("fanout-tls"))
    files = [tls / "ca.pem", tls / "service-client.pem", tls / "service-client.key"]
    for _ in range(bench.rounds):
        service, fleet, targets, body, token = rig(bench, hosts, "fanout-mtls", tls, agents__keep_connections=0)
        try:
            new = hosts / one_job(service, hosts)
            bench.record("fanout-mtls", "precached", new)
            bench.record("fanout-mtls-resumed", "new", new)
            bench.record("fanout-mtls-resumed", "precached", hosts / one_job(service, hosts))
            bench.record("fanout-mtls", "libcurl", hosts / min(
                libcurl(bench, targets, body, at_once, token, *files) for at_once in (64, 256)))
        finally:
            fleet.stop()
            service.stop()
        service, fleet, *_ = rig(bench, hosts, "fanout-mtls-kept", tls, agents__keep_connections=2 * hosts,
                                 agents__keep_idle_seconds=600)
        try:
            rest = service.service.memory_mib
            one_job(service, hosts)
            bench.record("fanout-mtls-kept-memory", "precached", (service.service.memory_mib - rest) * 1024 / hosts)
            bench.record("fanout-mtls-kept", "precached", hosts / one_job(service, hosts))
        finally:
            fleet.stop()
            service.stop()


def scripts(bench: Bench):
    """What people script today."""
    hosts = bench.pick(1_000, 200)
    folder = bench.scratch("scripts")
    service = bench.service()
    fleet = SimulatedFleet(bench, hosts, token=service.agent_token)
    try:
        fleet.introduce(service)
        body, token = task(service, fleet, folder)
        targets = urls(fleet, folder, False)
        (folder / "header").write_text(f"Authorization: Bearer {service.agent_token}\nContent-Type: application/json\n")
        command = ["xargs", "-P", "64", "-n", "1", "curl", "-fsS", "-o", "/dev/null", "-X", "PUT",
                   "-H", f"@{folder}/header", "--data-binary", f"@{body}"]
        for _ in range(bench.rounds):
            bench.record("scripts", "precached", hosts / one_job(service, hosts))
            with targets.open() as lines:
                bench.record("scripts", "xargs curl", hosts / bench.seconds(
                    lambda: subprocess.run(command, stdin=lines, check=True, timeout=300)))
            seconds, _ = bench.output(sys.executable, COMPARATORS / "fanout_aiohttp.py", targets, body, 64, token).split()
            bench.record("scripts", "aiohttp", hosts / float(seconds))
    finally:
        fleet.stop()
        service.stop()


def growth(bench: Bench):
    """Time and memory for each host, as fleets grow."""
    for _ in range(bench.rounds):
        for hosts in bench.pick((1_000, 10_000, 50_000), (200, 1_000, 2_000)):
            service = bench.service()
            fleet = SimulatedFleet(bench, hosts, token=service.agent_token)
            try:
                fleet.introduce(service)
                rest = service.service.memory_mib
                seconds = one_job(service, hosts)
                name = f"{hosts:,} hosts" if not bench.quick else {200: "1,000 hosts", 1_000: "10,000 hosts"}.get(hosts, "50,000 hosts")
                bench.record("growth", name, seconds / hosts * 1e6)
                bench.record("growth-memory", name, (service.service.peak_memory_mib - rest) * 1024 / hosts)
            finally:
                fleet.stop()
                service.stop()
