"""One host and one large image, beside curl, curl with a digest afterwards, and aria2c; and the agent's memory."""

import hashlib
import os
import subprocess
import time
from pathlib import Path

from bench import Bench, tool
from servers import Nginx


def make_image(folder: Path, name: str, size: int, seed: int) -> dict:
    """Bytes that nobody can compress, in the page cache, with their digest."""
    digest = hashlib.sha512()
    block = hashlib.shake_256(seed.to_bytes(8, "big")).digest(1 << 20)
    with (folder / name).open("wb") as file:
        for number in range(size >> 20):
            part = number.to_bytes(8, "big") + block[8:]
            file.write(part)
            digest.update(part)
    return {"id": name, "size_bytes": size, "hash_algorithm": "sha512", "hash": digest.hexdigest(), "disk_format": "raw"}


def warm(path: Path):
    with path.open("rb") as file:
        while file.read(1 << 22):
            pass


def until_done(service, *images) -> float:
    begin = time.perf_counter()
    job = service.await_end(service.cache(*images)["id"], limit=600)
    assert job["state"] == "succeeded", job
    return time.perf_counter() - begin


def download(bench: Bench):
    size = bench.pick(2 << 30, 64 << 20)
    folder = bench.scratch("download")
    image = make_image(folder, "image", size, 1)
    nginx = Nginx(folder, f"root {folder};")
    service = bench.service()
    agent = service.agent("compute-1")
    service.apply([{**image, "url": f"{nginx.url}/image"}])
    target = agent.cache / "by-hand"
    checksum = f"--checksum=sha-512={image['hash']}"
    try:
        # A virtual disk is slow at blocks that it has never held; nobody's first round is to pay for that.
        subprocess.run(["curl", "-fsS", "-o", target, f"{nginx.url}/image"], check=True)
        os.sync()
        target.unlink()
        for _ in range(bench.rounds):
            for name in ("precache-agent", "curl", "curl, sha512sum", "aria2c"):
                warm(folder / "image")
                os.sync()
                if name == "precache-agent":
                    seconds = until_done(service, "image")
                    assert agent.call("DELETE", "/v1/images/image").status == 204
                elif name == "aria2c":
                    seconds = bench.seconds(lambda: subprocess.run(
                        [tool("aria2c"), "-q", "--no-conf", "-d", target.parent, "-o", target.name, checksum, f"{nginx.url}/image"],
                        check=True))
                else:
                    begin = time.perf_counter()
                    subprocess.run(["curl", "-fsS", "-o", target, f"{nginx.url}/image"], check=True)
                    if name != "curl":
                        told = bench.output("sha512sum", target).split()[0]
                        assert told == image["hash"]
                    seconds = time.perf_counter() - begin
                target.unlink(missing_ok=True)
                bench.record("download", name, size / seconds / 1e6)
        bench.record("agent-memory-download", "precache-agent", agent.program.peak_memory_mib)
    finally:
        nginx.stop()
        service.stop()


def idle_memory(bench: Bench):
    service = bench.service()
    for number in range(bench.rounds):
        agent = service.agent(f"compute-{number}", service__url=service.url, service__token=service.token("agent"),
                              service__heartbeat_seconds=1)
        service.eventually("a heartbeat", lambda: service.call("GET", f"/v1/hosts/{agent.name}").status in (200, 404))
        time.sleep(1)
        bench.record("agent-memory-idle", "precache-agent", agent.program.private_memory_mib)
        agent.program.terminate()
    service.stop()


def eight_downloads(bench: Bench):
    size, count = bench.pick(256 << 20, 32 << 20), 8
    folder = bench.scratch("eight")
    images = [make_image(folder, f"image-{n}", size, n) for n in range(count)]
    nginx = Nginx(folder, f"root {folder};")
    service = bench.service()
    try:
        for number in range(bench.pick(3, 1)):
            agent = service.agent(f"compute-{number}", downloads__concurrent=count)
            service.apply([{**image, "url": f"{nginx.url}/{image['id']}"} for image in images],
                          aggregates=[{"name": "web", "hosts": [agent.name]}],
                          hosts=[{"name": agent.name, "address": agent.address, "port": agent.port}])
            until_done(service, *[image["id"] for image in images])
            bench.record("agent-memory-eight", "precache-agent", agent.program.peak_memory_mib)
            agent.program.terminate()
    finally:
        nginx.stop()
        service.stop()
