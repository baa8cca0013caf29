"""Three controllers on one PostgreSQL: what is seen through another than a job's owner, how soon, and how soon another takes over."""

import json
import random
import threading
import time
from pathlib import Path

from bench import Bench, SimulatedFleet
from bench_status import live_job
from controller_faults import OwnerKilled, OwnerStopped
from controllers import SHORT_BEATS
from fleet import Fleet


def beside(bench: Bench, first: Fleet, name: str, **settings) -> Fleet:
    """Another controller on the first one's database."""
    bench.fleets += 1
    other = Fleet(bench.scratch(f"service-{bench.fleets}"))
    other.settings = first.settings | {"listen.port": other.port, "controllers.name": name}
    other.agent_token, other.tokens = first.agent_token, first.tokens
    return other.start(**settings)


def sight(bench: Bench):
    """Latencies of a live job's status, and how much later its end is heard through the other, with bells and without."""
    seconds = bench.pick(10, 1)
    for series, settings in (("bell", {}), ("poll", {"database__pooler": "transaction"})):
        # Behind a pooler, and told of no other way, controllers have no bells; nothing else differs here.
        owner = bench.service("postgres", controllers__name="owner", **settings)
        other = beside(bench, owner, "other")
        try:
            for _ in range(bench.rounds):
                delays = ends(owner, other, bench.pick(20, 2))
                bench.record(f"controllers-{series}", "median", delays[len(delays) // 2])
                bench.record(f"controllers-{series}", "longest", delays[-1])
            if series == "bell":
                fleet, job = live_job(bench, owner, bench.pick(10_000, 1_000))
                token = fleet.folder / "reader"
                token.write_text(owner.token("reader"))
                try:
                    for _ in range(bench.rounds):
                        for name, service in (("owner", owner), ("another", other)):
                            told = latencies(bench, f"{service.url}/v1/jobs/{job}", seconds, token)
                            bench.record("controllers-status-p50", name, told["p50.0"])
                            bench.record("controllers-status-p99", name, told["p99.0"])
                finally:
                    fleet.stop()
        finally:
            other.stop()
            owner.stop()


def latencies(bench: Bench, url: str, seconds: float, token: Path) -> dict:
    told = json.loads(bench.output("precache-bench", "load", url, "--rate", 300, "--for", seconds, "--token-file", token, "--output", "json"))
    assert told["failures"] == 0, told
    return told["milliseconds"]


def ends(owner: Fleet, other: Fleet, count: int) -> list[float]:
    """How many seconds later than through its owner a job's end is heard through the other: so often, in order."""
    other.call("PUT", "/v1/inventory", {"hosts": [{"name": "nobody", "address": "127.0.0.1", "port": 9, "enabled": True}],
                                        "aggregates": [{"name": "one", "hosts": ["nobody"]}],
                                        "images": [{"id": "x", "url": "http://127.0.0.1:9/x", "allow_unverified": True}]})
    delays, chance = [], random.Random(1)
    for _ in range(count):
        job = owner.cache("x", aggregate="one", max_attempts=10)["id"]
        heard = {}

        def wait(name: str, service: Fleet):
            while service.call("GET", f"/v1/jobs/{job}?wait=20").json["job"]["finished_at"] is None:
                pass
            heard[name] = time.perf_counter()

        waits = [threading.Thread(target=wait, args=it) for it in (("owner", owner), ("other", other))]
        for thread in waits:
            thread.start()
        # Looks without bells come every two seconds: not always right before one.
        time.sleep(chance.uniform(0.02, 0.5))
        owner.call("POST", f"/v1/jobs/{job}/cancel")
        for thread in waits:
            thread.join()
        delays.append(max(0.0, heard["other"] - heard["owner"]))
    return sorted(delays)


def take_over(bench: Bench):
    """From a job's owner's death or orderly end until outcomes come in again by another's hand, in the middle of the job."""
    beats = bench.pick({"controllers.beat_seconds": 3, "controllers.dead_seconds": 15}, SHORT_BEATS)
    for series, fault in (("killed", OwnerKilled), ("stopped", OwnerStopped)):
        stage = fault(bench.scratch(f"take-over-{series}"))
        try:
            stage.start(bench.pick(1_000, 200), **beats)
            for number in range(bench.pick(5, 1)):
                turn = stage.turn("bench", number)
                stage.strike(turn)
                wrong = turn.settle()
                assert not wrong, wrong
                if "went_on" in turn.figures:
                    bench.record(f"take-over-{series}", "precached", turn.figures["went_on"])
        finally:
            stage.stop()
