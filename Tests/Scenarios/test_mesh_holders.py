"""Hosts that had an image before their job: nobody waits for what they don't give, and seeds among them give it."""

import os
import subprocess

import pytest
from exchange import certificates, join
from test_main_job import entry

SIZE = 24 << 20
NAMES = [f"host-{number}" for number in range(10)]


@pytest.fixture
def mesh(fleet, tmp_path):
    tls = tmp_path / "tls"
    certificates(tls, *NAMES)
    return join(fleet, tls, NAMES)


def qcow2(folder) -> bytes:
    raw, made = folder / "raw", folder / "qcow2"
    raw.write_bytes(os.urandom(SIZE))
    subprocess.run(["qemu-img", "convert", "-O", "qcow2", raw, made], check=True)
    return made.read_bytes()


# Seeds are chosen before anybody knows who has it: those that lack it, and those that have it. What was converted isn't what
# the others wait for.
@pytest.mark.parametrize("lacking, converted, least, most", [
    (NAMES[:2], False, 1, 1.1), (NAMES[-2:], False, 0, 0), (NAMES[-2:], True, 1, 2.1), (NAMES[-1:], True, 1, 1.1)],
    ids=["seeds lack it", "seeds have it", "it was converted", "it was converted, and one lacks it"])
def test_most_have_it_already(mesh, images, tmp_path, lacking, converted, least, most):
    data = qcow2(tmp_path) if converted else os.urandom(SIZE)
    images.add("one", data)
    had = [name for name in NAMES if name not in lacking]
    # Three at a time: too few to exchange anything.
    groups = [had[start:start + 3] for start in range(0, len(had), 3)]
    mesh.apply([entry(images, "one", disk_format="qcow2" if converted else "raw")], [{"name": "web", "hosts": NAMES}] + [
        {"name": f"before-{number}", "hosts": group} for number, group in enumerate(groups)])
    for agent in mesh.agents.values():
        agent.start()
    mesh.eventually("all hosts can exchange images", lambda: all(
        "relay-1" in (host["heartbeat"] or {}).get("capabilities", []) for host in mesh.call("GET", "/v1/hosts").json["hosts"]))
    for number in range(len(groups)):
        assert mesh.await_end(mesh.cache("one", aggregate=f"before-{number}")["id"])["state"] == "succeeded"
    before = images.bytes_sent
    job = mesh.await_end(mesh.cache("one")["id"])
    rows, sent = mesh.results(job["id"]), (images.bytes_sent - before) / len(data)
    assert (job["results"]["existing"], job["results"]["cached"]) == (len(had), len(lacking)), rows
    assert least <= sent <= most, sent
    assert not job["transfer"]["notes"], job["transfer"]
    assert all(row["attempts"] == 1 for row in rows), rows
    if not converted:
        assert all(mesh.agents[name].file("one").read_bytes() == data for name in NAMES)
