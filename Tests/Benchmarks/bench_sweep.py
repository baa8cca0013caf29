"""Looking over 10,000 cached files and the disks of 10,000 instances, beside find and stat of the same."""

import subprocess
import uuid

from bench import Bench
from instances import Instances, age, sweep


def look(bench: Bench):
    count = bench.pick(10_000, 500)
    service = bench.service()
    agent = service.agent("compute-1", cache__sweep_interval_seconds=3600)
    try:
        names = [f"{number:040x}" for number in range(count)]
        for name in names:
            (agent.cache / name).write_bytes(b"x" * 5_000)
            age(agent.cache / name, 100_000)
        # One overlay made by qemu-img, and its like, so that every file is in use and every sweep finds the same.
        model = Instances(agent).add(agent.cache / names[0], name="model").read_bytes()
        old = str(agent.cache / names[0]).encode()
        for number, name in enumerate(names):
            folder = agent.folder / str(uuid.UUID(int=number))
            folder.mkdir()
            (folder / "disk").write_bytes(model.replace(old, str(agent.cache / name).encode()))
        for _ in range(bench.rounds):
            # A new process, which knows nothing from an earlier sweep.
            agent.program.terminate()
            agent.start()
            bench.record("sweep", "precache-agent", bench.seconds(lambda: sweep(agent)))
            command = ["find", agent.folder, "-type", "f", "-exec", "stat", "-c", "%n %s %Y %b", "{}", "+"]
            bench.record("sweep", "find, stat", bench.seconds(
                lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL)))
            bench.record("sweep-memory", "precache-agent", agent.program.peak_memory_mib)
    finally:
        service.stop()
