"""What policies cost a large fleet's service, and how near its forecasts come."""

import json
import threading
from datetime import datetime

from bench import Bench, SimulatedFleet
from bench_capacity import HEARTBEAT, Meter, lua
from bench_download import make_image
from bench_mesh import Rig
from bench_status import live_job
from servers import wrk


def reconcile(bench: Bench):
    """Processor time of the one pass over all policies, and of a look at coverage."""
    hosts, policies, aggregates = bench.pick((10_000, 500, 200), (500, 20, 10))
    for _ in range(bench.rounds):
        told = json.loads(bench.output("precache-bench", "policies", "--hosts", hosts, "--policies", policies,
                                       "--aggregates", aggregates, "--output", "json"))
        assert told["jobs"] > 0 and told["warm"] > 0, told
        bench.record("reconcile", "precached", told["reconcile_seconds"])
        bench.record("coverage", "precached", told["coverage_seconds"] * 1_000)


def beats(bench: Bench):
    """Processor time for a heartbeat of 1,000 hosts with 20 images each, of which policies want one."""
    service = bench.service(listen__threads=1)
    fleet = SimulatedFleet(bench, 1_000, token=service.agent_token)
    try:
        fleet.introduce(service)
        put(service, "base", ["fleet"], "image-1")
        hosts = [host["name"] for host in fleet.hosts]
        for host in hosts:
            beat(service, host, HEARTBEAT)
        service.eventually("leases for the hosts", lambda: beat(service, hosts[-1], HEARTBEAT)["leases"])
        marked = {}
        for host in hosts:
            told = beat(service, host, HEARTBEAT)
            marked[host] = {key: value for key, value in HEARTBEAT.items() if key != "images"} | {
                "images_mark": told["images_mark"], "leases_mark": told["leases"]["mark"]}
        told = beat(service, hosts[0], marked[hosts[0]])
        assert not told["wants_images"] and told["leases"] is None, told
        for _ in range(bench.rounds):
            for series, bodies in (("the whole list", {host: HEARTBEAT for host in hosts}), ("nothing changed", marked)):
                script = lua(bench, service, bodies)
                meter, seconds = Meter(service.service), bench.pick(10, 1)
                load = wrk(service.url, seconds, script=script)
                bench.record("heartbeat", series, meter.used()["cpu"] / (load.requests_per_second * seconds) * 1e6)
    finally:
        fleet.stop()
        service.stop()


def beat(service, host, body):
    answer = service.call("PUT", f"/v1/hosts/{host}/heartbeat", body, role="agent")
    assert answer.status == 200, answer.body
    return answer.json


def put(service, name, aggregates, image):
    answer = service.call("PUT", f"/v1/policies/{name}", {"aggregates": aggregates, "images": [{"id": image}]})
    assert answer.status in (200, 201), answer.body


def polls(bench: Bench):
    """Status polls of a job while all policies are looked at again and again, beside those while nothing else is done."""
    service = bench.service(listen__threads=1)
    hosts, count, parts = bench.pick((10_000, 500, 200), (1_000, 20, 10))
    fleet, job = live_job(bench, service, hosts)
    try:
        names = [host["name"] for host in fleet.hosts]
        service.apply([], [{"name": f"part-{part}", "hosts": names[part::parts]} for part in range(parts)], fleet.hosts)
        over = threading.Event()

        def press():
            # No such image is to be had, so there is no end of it.
            while not over.wait(0.2):
                service.call("POST", "/v1/policies/policy-0/run")
        for _ in range(bench.rounds):
            for part in range(count):
                service.call("DELETE", f"/v1/policies/policy-{part}")
            record_polls(bench, service, job, "idle")
            for part in range(count):
                put(service, f"policy-{part}", [f"part-{part % parts}"], f"nowhere-{part % 50}")
            over.clear()
            pressing = threading.Thread(target=press)
            pressing.start()
            record_polls(bench, service, job, "policies being reconciled")
            over.set()
            pressing.join()
    finally:
        fleet.stop()
        service.stop()


def record_polls(bench, service, job, series):
    token = {"Authorization": f"Bearer {service.token('reader')}"}
    # As many as ask for a job that many people watch, not as many as there can be.
    load = wrk(f"{service.url}/v1/jobs/{job}", bench.pick(10, 1), connections=4, headers=token)
    bench.record("status-reconciling", series, load.p99_milliseconds)


def moment(job, end) -> float:
    return datetime.fromisoformat(job[end]).timestamp()


def record_forecast(bench, job, series):
    """How far off the prediction was, in percent of the time that it foretold."""
    predicted = moment(job, "predicted_finish_at") - moment(job, "created_at")
    took = moment(job, "finished_at") - moment(job, "created_at")
    bench.record(f"forecast-{series}", "precached", abs(took - predicted) / predicted * 100)


def forecast(bench: Bench):
    """The second of two jobs, of which the first has shown what there is: from a source alone, and with exchanges on real links."""
    for hosts, size in bench.pick(((100, 25), (1_000, 10), (5_000, 2)), ((20, 25),)):
        service = bench.service()
        fleet = SimulatedFleet(bench, hosts, "--image-bytes", f"{size}MB", "--bandwidth", "10MB/s", "--source-bandwidth", "2GB/s",
                               token=service.agent_token, images=2)
        try:
            fleet.introduce(service)
            for image in (1, 2):
                job = service.await_end(service.cache(f"sim-image-{image}", aggregate="fleet", parallelism="100%")["id"], limit=600)
            record_forecast(bench, job, str(hosts))
        finally:
            fleet.stop()
            service.stop()
    for hosts in bench.pick((4, 8, 16), (4,)):
        rig = Rig(bench, hosts, 12_000_000, 16 << 20)
        try:
            make_image(bench.folder / "mesh/source/files", "second", 16 << 20, 2)
            rig.fleet.apply([rig.source.entry(name) for name in ("image", "second")])
            for image in ("image", "second"):
                job = rig.fleet.await_end(rig.fleet.cache(image, parallelism="100%", host_timeout_seconds=600)["id"], limit=600)
            record_forecast(bench, job, f"{hosts}-exchange")
        finally:
            rig.close()
