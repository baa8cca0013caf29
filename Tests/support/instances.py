"""Instances as nova-compute leaves them on a host: folders with real qcow2 overlays in Nova's layout."""

import os
import subprocess
import time
import uuid
from pathlib import Path


def qemu_img(*arguments):
    subprocess.run(["qemu-img", *(str(argument) for argument in arguments)], check=True, capture_output=True, text=True)


class Instances:
    """The instances directory of an agent."""

    def __init__(self, agent):
        self.agent = agent
        self.folder: Path = agent.folder

    def add(self, base: Path, disk="disk", name=None, relative=False, format="raw") -> Path:
        """An instance whose disk stands on `base`; the disk's path."""
        folder = self.folder / (name or str(uuid.uuid4()))
        folder.mkdir(exist_ok=True)
        path = folder / disk
        backing = os.path.relpath(base, folder) if relative else base
        qemu_img("create", "-q", "-f", "qcow2", "-b", backing, "-F", format, path)
        return path


def sweep(agent, dry_run=False) -> dict:
    answer = agent.call("POST", "/v1/cache/sweep" + ("?dry_run=true" if dry_run else ""), b"")
    assert answer.status == 200, answer.body
    assert answer.json["sweep"]["failure"] is None, answer.json
    return answer.json["sweep"]


def cache(agent) -> dict:
    """The whole of GET /v1/cache, page by page."""
    whole, after = None, None
    while True:
        answer = agent.call("GET", "/v1/cache?limit=1000" + (f"&after={after}" if after else ""))
        assert answer.status == 200, answer.body
        page = answer.json["cache"]
        if whole is None:
            whole = page
        else:
            whole["files"] += page["files"]
        after = page["next"]
        if after is None:
            return whole


def cached_file(agent, path: Path) -> dict:
    found = [file for file in cache(agent)["files"] if file["name"] == path.name]
    assert len(found) == 1, found
    return found[0]


def age(path: Path, seconds: float):
    """Makes a file look unused for so long."""
    then = time.time() - seconds
    os.utime(path, (then, then))
