"""Image files, and jobs asked for with Keystone's tokens."""

import os
import subprocess
from pathlib import Path

from fleet import request


def raw_image(folder: Path, name: str, size=6 << 20) -> Path:
    file = folder / name
    file.write_bytes(os.urandom(size))
    return file


def qcow2_image(folder: Path, name: str, size=3 << 20) -> Path:
    source = raw_image(folder, name + ".raw", size)
    file = folder / name
    subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", "qcow2", source, file], check=True)
    return file


def agents(fleet, count, **settings):
    return [fleet.agent(f"compute-{number}", **settings) for number in range(count)]


def post(fleet, token, *images, aggregate="web", **fields):
    return request(f"{fleet.url}/v1/aggregates/{aggregate}/images", "POST",
                   {"cache": [{"id": image} for image in images], **fields}, headers={"X-Auth-Token": token})


def accepted(answer) -> str:
    assert answer.status == 202, answer.body
    return answer.json["job"]["id"]
