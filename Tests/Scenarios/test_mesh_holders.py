"""Hosts that had an image before their job: they give it to the others, and the source is left alone."""

import os
import threading

import pytest
from test_mesh import ROOT, entry
from program import run

SIZE = 24 << 20
NAMES = [f"host-{number}" for number in range(10)]
STUCK = 1 << 20
"""What the source sends of the image before it is stuck for good."""


@pytest.fixture
def mesh(fleet, tmp_path):
    tls = tmp_path / "tls"
    run([ROOT / "deploy/make-certificates.sh", tls, *NAMES]).check_returncode()
    fleet.start(agents__tls__ca=str(tls / "ca.pem"), agents__tls__certificate=str(tls / "service-client.pem"),
                agents__tls__key=str(tls / "service-client.key"), relay__minimum_bytes=1 << 20)
    for name in NAMES:
        fleet.agent(name, start=False).settings.update({
            "listen.tls.certificate": str(tls / f"agents/{name}.pem"), "listen.tls.key": str(tls / f"agents/{name}.key"),
            "listen.tls.client_ca": str(tls / "ca.pem"), "service.url": fleet.url, "service.token": fleet.token("agent")})
    return fleet


# Seeds are chosen before anybody knows who has it: those that lack it, and those that have it.
@pytest.mark.parametrize("lacking, most", [(NAMES[:2], STUCK), (NAMES[-2:], 0)], ids=["seeds lack it", "seeds have it"])
def test_eight_of_ten_have_it_and_give_it(mesh, images, lacking, most):
    data = os.urandom(SIZE)
    image = images.add("one", data)
    had = [name for name in NAMES if name not in lacking]
    # Three at a time: too few to exchange anything.
    groups = [had[start:start + 3] for start in range(0, len(had), 3)]
    mesh.apply([entry(images, "one")], [{"name": "web", "hosts": NAMES}] + [
        {"name": f"before-{number}", "hosts": group} for number, group in enumerate(groups)])
    for agent in mesh.agents.values():
        agent.start()
    mesh.eventually("all hosts can exchange images", lambda: all(
        "relay-1" in (host["heartbeat"] or {}).get("capabilities", []) for host in mesh.call("GET", "/v1/hosts").json["hosts"]))
    for number in range(len(groups)):
        assert mesh.await_end(mesh.cache("one", aggregate=f"before-{number}")["id"])["state"] == "succeeded"
    before, image.gate, image.gate_at = images.bytes_sent, threading.Event(), STUCK
    try:
        job = mesh.await_end(mesh.cache("one")["id"])
        rows, sent = mesh.results(job["id"]), images.bytes_sent - before
    finally:
        image.gate.set()
    assert (job["results"]["existing"], job["results"]["cached"]) == (8, 2), rows
    assert all(mesh.agents[name].file("one").read_bytes() == data for name in NAMES)
    assert sent <= most
    assert not job["transfer"]["notes"], job["transfer"]
    assert all(row["attempts"] == 1 for row in rows), rows
