"""The state of a live job of 10,000 hosts, asked for over and over: plain, TLS kept, TLS anew."""

import certificates
from bench import Bench, SimulatedFleet
from servers import Hummingbird, Nginx, wrk


def live_job(bench: Bench, service, hosts: int, *, images: int = 1):
    """A job at work: hosts that have their tasks and don't get on with them."""
    fleet = SimulatedFleet(bench, hosts, "--stall", "100%", token=service.agent_token, images=images)
    fleet.introduce(service)
    job = service.cache(*[f"sim-image-{n + 1}" for n in range(images)], aggregate="fleet")
    service.eventually("hosts at work", lambda: service.job(job["id"])["results"]["running"] > 0)
    return fleet, job["id"]


def answer(body: bytes) -> str:
    """nginx's quickest way to say something: from its configuration, without a file."""
    text = body.decode().replace("\\", "\\\\").replace("'", "\\'")
    return f"location / {{ default_type application/json; add_header Cache-Control no-store; return 200 '{text}'; }}"


def plain(bench: Bench):
    service = bench.service(listen__threads=1)
    fleet, job = live_job(bench, service, bench.pick(10_000, 1_000))
    folder = bench.scratch("status")
    body = service.call("GET", f"/v1/jobs/{job}").body
    (folder / "body.json").write_bytes(body)
    servers = {"precached": service, "nginx": Nginx(folder, answer(body))}
    # A quick run doesn't wait for it to be built.
    if not bench.quick:
        servers["hummingbird"] = Hummingbird(bench, folder / "body.json")
    token = {"Authorization": f"Bearer {service.token('reader')}"}
    try:
        for _ in range(bench.rounds):
            for name, server in servers.items():
                load = wrk(f"{server.url}/v1/jobs/{job}", bench.pick(5, 1), headers=token)
                bench.record("status-rate", name, load.requests_per_second)
                bench.record("status-p99", name, load.p99_milliseconds)
    finally:
        for server in (fleet, *servers.values()):
            server.stop()


def encrypted(bench: Bench):
    tls = certificates.make(bench.scratch("status-tls"))
    service = bench.service(listen__threads=1)
    fleet, job = live_job(bench, service, bench.pick(10_000, 1_000))
    body = service.call("GET", f"/v1/jobs/{job}").body
    # Only now under TLS, since the suite itself speaks plain HTTP.
    service.service.terminate()
    service.restart(listen__tls__certificate=str(tls / "service.pem"), listen__tls__key=str(tls / "service.key"))
    nginx = Nginx(tls, answer(body), tls=tls)
    token = {"Authorization": f"Bearer {service.token('reader')}"}
    try:
        for _ in range(bench.rounds):
            for kind, extra in (("kept", {}), ("new", {"Connection": "close"})):
                for name, url in (("precached", service.url.replace("http:", "https:")), ("nginx", nginx.url)):
                    load = wrk(f"{url}/v1/jobs/{job}", bench.pick(5, 1), headers={**token, **extra})
                    bench.record(f"status-tls-{kind}", name, load.requests_per_second)
    finally:
        for server in (nginx, fleet, service):
            server.stop()
