"""Runs the benchmarks and appends their readings to a file; deploy/bench.sh sets up, calls this and report.py.

suite.py --out FOLDER --built FOLDER [--quick] [NAME...]
"""

import argparse
import datetime
import json
import os
import platform
import re
import subprocess
import tempfile
import time
from pathlib import Path

import bench_accept
import bench_build
import bench_capacity
import bench_controllers
import bench_download
import bench_engines
import bench_fanout
import bench_mesh
import bench_openstack
import bench_policies
import bench_service
import bench_source
import bench_status
import bench_sweep
from bench import ROOT, Bench

BENCHMARKS = {
    "status": bench_status.plain,
    "status-tls": bench_status.encrypted,
    "accept": bench_accept.accept,
    "fanout": bench_fanout.plain,
    "fanout-mtls": bench_fanout.encrypted,
    "scripts": bench_fanout.scripts,
    "growth": bench_fanout.growth,
    "engines": bench_engines.engines,
    "controllers": bench_controllers.sight,
    "take-over": bench_controllers.take_over,
    "download": bench_download.download,
    "agent-idle": bench_download.idle_memory,
    "agent-eight": bench_download.eight_downloads,
    "service-memory": bench_service.memory,
    "latency": bench_service.latency,
    "source": bench_source.source,
    "mesh": bench_mesh.mesh,
    "mesh-faults": bench_mesh.faults,
    "mesh-large": bench_mesh.large,
    "mesh-service": bench_mesh.service,
    "sweep": bench_sweep.look,
    "keystone": bench_openstack.tokens,
    "aggregates": bench_openstack.aggregates,
    "cloud-requests": bench_openstack.requests,
    "policies": bench_policies.reconcile,
    "heartbeats": bench_policies.beats,
    "polls": bench_policies.polls,
    "forecast": bench_policies.forecast,
    "capacity": bench_capacity.capacity,
    "sizes": bench_build.sizes,
    "clean-build": bench_build.clean_build,
}

parser = argparse.ArgumentParser(description="Run Precache's benchmarks.")
parser.add_argument("names", nargs="*", choices=[[], *BENCHMARKS], help="which; all of them if none is named")
parser.add_argument("--out", type=Path, required=True, help="the folder for readings.jsonl")
parser.add_argument("--built", type=Path, required=True, help="the folder with the comparators that were built")
parser.add_argument("--quick", action="store_true", help="small and once, to see that everything works")
arguments = parser.parse_args()



def machine() -> dict:
    """When and where this run is: for the page's head."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    processor = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return {"date": str(datetime.date.today()), "cores": len(os.sched_getaffinity(0)), "processor": processor[1] if processor else "unknown",
            "kernel": platform.release(), "commit": commit or "unknown"}


arguments.out.mkdir(parents=True, exist_ok=True)
readings = arguments.out / "readings.jsonl"
if not arguments.names:
    readings.unlink(missing_ok=True)
(arguments.out / "run.json").write_text(json.dumps(machine()) + "\n")
with tempfile.TemporaryDirectory(prefix="precache-bench.", dir=os.environ.get("TMPDIR", "/tmp")) as folder:
    # nginx's worker may be another user, and has to get at the images.
    os.chmod(folder, 0o711)
    bench = Bench(Path(folder), readings, arguments.built, arguments.quick)
    try:
        for name in arguments.names or BENCHMARKS:
            begin = time.monotonic()
            print(f"== {name}", flush=True)
            BENCHMARKS[name](bench)
            print(f"== {name}: {time.monotonic() - begin:.0f} s", flush=True)
    finally:
        bench.close()
