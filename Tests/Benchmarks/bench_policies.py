"""What policies ask for on a large fleet, and its coverage: processor time of the one pass over all of them."""

import json

from bench import Bench


def reconcile(bench: Bench):
    hosts, policies, aggregates = bench.pick((10_000, 500, 200), (500, 20, 10))
    for _ in range(bench.rounds):
        told = json.loads(bench.output("precache-bench", "policies", "--hosts", hosts, "--policies", policies,
                                       "--aggregates", aggregates, "--output", "json"))
        assert told["jobs"] > 0 and told["warm"] > 0, told
        bench.record("reconcile", "precached", told["reconcile_seconds"])
        bench.record("coverage", "precached", told["coverage_seconds"] * 1_000)
