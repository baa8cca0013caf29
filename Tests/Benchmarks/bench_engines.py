"""The service on either engine in one run: SQLite's file, and PostgreSQL with its defaults on the same machine."""

import time

from bench import Bench, SimulatedFleet
from bench_fanout import one_job

ENGINES = ("sqlite", "postgres")


def engines(bench: Bench):
    """Acceptance of a job of 10,000 hosts and 5 images, then fan-out to 10,000 hosts, each outcome durable."""
    hosts, images = bench.pick(10_000, 1_000), 5
    for _ in range(bench.rounds):
        for engine in ENGINES:
            service = bench.service(engine, agents__keep_connections=0)
            fleet = SimulatedFleet(bench, hosts, "--stall", "100%", token=service.agent_token, images=images)
            try:
                fleet.introduce(service)
                begin = time.perf_counter()
                service.cache(*[f"sim-image-{n + 1}" for n in range(images)], aggregate="fleet")
                bench.record("engine-accept", engine, time.perf_counter() - begin)
            finally:
                fleet.stop()
                service.stop()
            # Hosts of one source wait for each other: with the usual 64 at once that would be measured, not the engine.
            service = bench.service(engine, agents__keep_connections=0, source__max_downloads=512)
            fleet = SimulatedFleet(bench, hosts, token=service.agent_token)
            try:
                fleet.introduce(service)
                bench.record("engine-fanout", engine, hosts / one_job(service, hosts))
            finally:
                fleet.stop()
                service.stop()
