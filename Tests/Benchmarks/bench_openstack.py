"""What OpenStack's own way of asking costs: Keystone's tokens, a list of large aggregates, requests to the cloud for a job."""

import subprocess
import uuid

from bench import Bench, SimulatedFleet, tool
from bench_status import live_job
from servers import wrk
from small_cloud import SmallCloud


def tokens(bench: Bench):
    """A job's status with a token of Keystone's, beside one of our own."""
    cloud = SmallCloud()
    service = bench.service(listen__threads=1, **cloud.settings)
    fleet, job = live_job(bench, service, bench.pick(10_000, 1_000))
    ways = {"Keystone's token": {"X-Auth-Token": "g" * 250}, "own token": {"X-Auth-Token": service.token("reader")}}
    try:
        for _ in range(bench.rounds):
            for name, header in ways.items():
                before = cloud.asked["validate"]
                load = wrk(f"{service.url}/v1/jobs/{job}", bench.pick(5, 1), headers=header)
                bench.record("keystone-rate", name, load.requests_per_second)
                if name == "Keystone's token":
                    bench.record("keystone-lookups", "precached", cloud.asked["validate"] - before)
    finally:
        for server in (fleet, service, cloud):
            server.stop()


def aggregates(bench: Bench):
    """Nova's list of 1,000 aggregates of 100 hosts, beside one query for the same and one for each aggregate."""
    count, size = bench.pick(1_000, 50), 100
    service = bench.service()
    hosts = [f"compute-{number}" for number in range(count * size // 10)]
    # A host is in ten aggregates, as those for racks, rows, zones, flavours and owners overlap.
    members = [[hosts[(number * size // 10 + place) % len(hosts)] for place in range(size)] for number in range(count)]
    service.apply(hosts=[{"name": name} for name in hosts],
                  aggregates=[{"name": f"aggregate-{number}", "hosts": names} for number, names in enumerate(members)])
    header = {"X-Auth-Token": service.token("admin"), "OpenStack-API-Version": "compute 2.96"}
    rows = """SELECT json_object('id', a.id, 'uuid', a.uuid, 'name', a.name, 'availability_zone', a.availability_zone,
        'metadata', json(a.metadata), 'created_at', a.created_at, 'updated_at', a.updated_at, 'hosts',
        (SELECT json_group_array(name) FROM (SELECT h.name FROM aggregate_host m JOIN host h ON h.id = m.host_id
                                             WHERE m.aggregate_id = a.id ORDER BY h.name)))
        FROM aggregate a"""
    one = f"{rows} ORDER BY a.id;\n"
    many = "SELECT id FROM aggregate ORDER BY id;\n" + "".join(f"{rows} WHERE a.id = {n + 1};\n" for n in range(count))
    try:
        for _ in range(bench.rounds):
            answer = None

            def ask():
                nonlocal answer
                answer = service.call("GET", "/v2.1/os-aggregates", role=None, headers=header)

            bench.record("aggregates", "precached", bench.seconds(ask))
            assert [len(found["hosts"]) for found in answer.json["aggregates"]] == [size] * count
            for name, script in (("one query", one), ("1,001 queries", many)):
                bench.record("aggregates", name, bench.seconds(lambda script=script: subprocess.run(
                    [tool("sqlite3"), "-readonly", service.database], input=script.encode(), check=True, capture_output=True)))
    finally:
        service.stop()


def requests(bench: Bench):
    """What Glance and Keystone are asked for a job of 1,000 hosts and two images."""
    hosts, images = bench.pick(1_000, 100), 2
    for _ in range(bench.rounds):
        cloud = SmallCloud()
        service = bench.service(**cloud.settings)
        fleet = SimulatedFleet(bench, hosts, token=service.agent_token)
        try:
            fleet.introduce(service)
            job = service.await_end(service.cache(*[str(uuid.uuid4()) for _ in range(images)], aggregate="fleet")["id"])
            assert job["results"]["cached"] + job["results"]["existing"] == hosts * images, job
            bench.record("glance-requests", "precached", cloud.asked["image"] / images)
            bench.record("token-requests", "precached", cloud.asked["authenticate"])
        finally:
            for server in (fleet, service, cloud):
                server.stop()
