"""Agents that exchange an image over mutual TLS, ordered as the service would: killed, asked by strangers, watched for memory."""

import base64
import hashlib
import json
import os
import ssl
import subprocess
import threading
import urllib.error
import urllib.request
import uuid

import pytest

MEBIBYTE = 1 << 20
TICKET = base64.urlsafe_b64encode(hashlib.sha256(b"ticket").digest()).decode().rstrip("=")


class Mesh:
    """Agents with certificates of one authority, and what their service would order."""

    def __init__(self, fleet, images, size, piece, count=1):
        """Of so many images; those that are asked for by name here are about the first."""
        self.fleet, self.images, self.piece, self.job = fleet, images, piece, str(uuid.uuid4())
        self.folder = fleet.folder
        self.authority("ca")
        self.certificate("service", "ca")
        self.all = {"image" if number == 0 else f"image-{number}": os.urandom(size) for number in range(count)}
        self.contents = {name: "sha256:" + images.add(name, data).sha256 for name, data in self.all.items()}
        self.data, self.content = self.all["image"], self.contents["image"]

    def openssl(self, *arguments, input=None) -> bytes:
        return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, input=input).stdout

    def authority(self, name):
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", 2, "-subj",
                     f"/CN={name}", "-keyout", self.folder / f"{name}.key", "-out", self.folder / f"{name}.pem")

    def certificate(self, name, authority, file=None):
        file = file or name
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", 2, "-subj",
                     f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-addext", "basicConstraints=critical,CA:FALSE",
                     "-CA", self.folder / f"{authority}.pem", "-CAkey", self.folder / f"{authority}.key",
                     "-keyout", self.folder / f"{file}.key", "-out", self.folder / f"{file}.pem")

    def agent(self, name, **settings):
        self.certificate(name, "ca")
        return self.fleet.agent(name, **{
            "listen__tls__certificate": str(self.folder / f"{name}.pem"), "listen__tls__key": str(self.folder / f"{name}.key"),
            "listen__tls__client_ca": str(self.folder / "ca.pem"), "listen__tls__client_name": "service", **settings})

    def open(self, agent, path, method="GET", body=None, headers=None, shown="service"):
        """Asks an agent as whoever has this certificate."""
        context = ssl.create_default_context(cafile=self.folder / "ca.pem")
        context.check_hostname = False
        if shown:
            context.load_cert_chain(self.folder / f"{shown}.pem", self.folder / f"{shown}.key")
        request = urllib.request.Request(f"https://{agent.address}:{agent.port}{path}", method=method, headers=headers or {},
                                         data=body and json.dumps(body).encode())
        if body:
            request.add_header("Content-Type", "application/json")
        return urllib.request.urlopen(request, timeout=60, context=context)

    def warrant(self, seed, content=None) -> dict:
        ticket = hashlib.sha256(TICKET.encode()).hexdigest()
        message = f"precache-seed-1\n{content or self.content}\n{ticket}\n{seed}\n".encode()
        signature = self.openssl("dgst", "-sha256", "-sign", self.folder / "service.key", input=message)
        return {"certificate": (self.folder / "service.pem").read_text(),
                "signature": base64.urlsafe_b64encode(signature).decode().rstrip("=")}

    def order(self, agent, neighbours=(), is_seed=False, attempt=1):
        """The lines that an agent tells of the images, as they come."""
        entries = []
        for name, content in self.contents.items():
            relay = {"ticket": TICKET, "piece_bytes": self.piece, "serve_seconds": 600, "neighbours": [
                {"host": each.name, "address": each.address, "port": each.port} for each in neighbours]}
            if is_seed:
                relay["seed"] = {"index": 0, "count": 1, "warrant": self.warrant(agent.name, content)}
            entries.append({
                "id": name, "size_bytes": len(self.all[name]), "hash_algorithm": "sha256", "hash": content.removeprefix("sha256:"),
                "sources": [{"url": self.images.url(name)}] if is_seed else [], "relay": relay})
        body = {"job_id": self.job, "attempt": attempt, "timeout_seconds": 600, "images": entries}
        number = int(agent.name.split("-")[1])
        with self.open(agent, f"/v1/tasks/{self.job}.{number}", "PUT", body) as answer:
            for line in answer:
                yield json.loads(line)

    def outcome(self, *arguments, **more) -> dict:
        return [line for line in self.order(*arguments, **more) if line["type"] == "outcome"][0]


@pytest.fixture
def mesh(fleet, images):
    return lambda *arguments: Mesh(fleet, images, *arguments)


def private_memory(agent) -> int:
    """Of the agent's process, in bytes, without the pages of files."""
    with open(f"/proc/{agent.program.process.pid}/status") as status:
        return [int(line.split()[1]) * 1024 for line in status if line.startswith("RssAnon")][0]


def test_a_killed_member_goes_on_from_its_pieces_and_gives_them(mesh):
    # Long enough for what is whole to grow from the front: pieces come in any order within a window of 128 MiB.
    mesh = mesh(320 * MEBIBYTE, 256 << 10)
    seed = mesh.agent("compute-1", peers__upload_bytes_per_second=60_000_000)
    member, last = mesh.agent("compute-2"), mesh.agent("compute-3")
    assert mesh.outcome(seed, is_seed=True)["outcome"] == "cached"
    try:
        for line in mesh.order(member, [seed]):
            if line.get("bytes_done", 0) > 80 * MEBIBYTE:
                member.program.kill()
    except OSError:
        pass
    member.program.process.wait()
    assert not member.file("image").exists()
    member.start()
    outcome = mesh.outcome(member, [seed], attempt=2)
    assert outcome["outcome"] == "cached", outcome
    assert member.file("image").read_bytes() == mesh.data
    assert outcome["from_peers_bytes"] <= 257 * MEBIBYTE, "at least 64 MiB were kept"
    # It gives what it has the seed's word for, and no more is asked of it; the rest comes from the seed.
    outcome = mesh.outcome(last, [member, seed])
    assert outcome["outcome"] == "cached" and last.file("image").read_bytes() == mesh.data
    assert mesh.images.bytes_sent < 1.1 * len(mesh.data), "one copy"


def exchange_at_once(mesh, agents) -> "tuple[dict[str, list], int, int]":
    """Has all agents exchange everything, the first as the seed; the outcomes, and the most that one of them took of memory and
    descriptors."""
    most, done, outcomes = [0, 0], threading.Event(), {}

    def watch():
        while not done.wait(0.02):
            most[0] = max([most[0], *(private_memory(agent) for agent in agents)])
            most[1] = max([most[1], *(len(os.listdir(f"/proc/{agent.program.process.pid}/fd")) for agent in agents)])

    def run(agent):
        others = [other for other in agents if other is not agent]
        lines = list(mesh.order(agent, others, is_seed=agent is agents[0]))
        outcomes[agent.name] = [line for line in lines if line["type"] == "outcome"]

    watcher, runs = threading.Thread(target=watch), [threading.Thread(target=run, args=(agent,)) for agent in agents]
    for each in [watcher, *runs]:
        each.start()
    for each in runs:
        each.join()
    done.set()
    watcher.join()
    assert {line["outcome"] for lines in outcomes.values() for line in lines} == {"cached"}, outcomes
    print(f"at most {most[0] / MEBIBYTE:.1f} MiB of private memory and {most[1]} descriptors")
    return outcomes, *most


def test_who_takes_and_gives_at_full_rate_stays_small(mesh):
    mesh = mesh(384 * MEBIBYTE, 4 * MEBIBYTE)
    agents = [mesh.agent(f"compute-{number}", peers__upload_bytes_per_second=2_000_000_000) for number in range(1, 4)]
    _, memory, _ = exchange_at_once(mesh, agents)
    assert memory <= 64 * MEBIBYTE
    assert mesh.images.bytes_sent < 1.1 * len(mesh.data)


def test_sixteen_images_at_once_take_no_more_than_one(mesh):
    mesh = mesh(16 * MEBIBYTE, 4 * MEBIBYTE, 16)
    agents = [mesh.agent(f"compute-{number}", peers__upload_bytes_per_second=2_000_000_000) for number in range(1, 5)]
    outcomes, memory, descriptors = exchange_at_once(mesh, agents)
    assert {len(lines) for lines in outcomes.values()} == {16}
    for agent in agents:
        assert all(agent.file(name).read_bytes() == data for name, data in mesh.all.items())
    assert memory <= 64 * MEBIBYTE
    assert descriptors <= 200
    assert mesh.images.bytes_sent < 1.1 * 16 * len(mesh.data)


def test_strangers_learn_nothing(mesh):
    mesh = mesh(2 * MEBIBYTE, 256 << 10)
    seed = mesh.agent("compute-1")
    assert mesh.outcome(seed, is_seed=True)["outcome"] == "cached"
    mesh.authority("other")
    mesh.certificate("compute-2", "ca")
    mesh.certificate("compute-2", "other", file="foreign")
    path, right = f"/v1/relay/{mesh.content}/0", {"Authorization": f"Relay {TICKET}"}
    with mesh.open(seed, path, headers=right, shown="compute-2") as answer:
        assert answer.read() == mesh.data[: 256 << 10]
        assert answer.headers["Precache-Seal"].startswith("compute-1 ")
    words = set()
    for path, headers, shown in [
        (path, {}, "compute-2"), (path, {"Authorization": "Relay " + "u" * 43}, "compute-2"), (path, right, None),
        (path, {"Authorization": f"Bearer {TICKET}"}, "compute-2"), (f"/v1/relay/{mesh.content}", {}, "compute-2"),
        (f"/v1/relay/sha256:{'ab' * 32}/0", right, "compute-2"), (f"/v1/relay/{mesh.content}/8", right, "compute-2"),
        (f"/v1/relay/{mesh.content}/-1", right, "compute-2"), (f"/v1/relay/{mesh.content}/99999999999999999999", right, "compute-2"),
        (f"/v1/relay/{mesh.content}/1e0", right, "compute-2"), (path, {**right, "Precache-Host": "compute-9"}, "compute-2"),
    ]:
        with pytest.raises(urllib.error.HTTPError) as refusal:
            mesh.open(seed, path, headers=headers, shown=shown)
        assert refusal.value.code == 404, (path, headers, shown)
        words.add(json.loads(refusal.value.read())["detail"])
    assert len(words) == 1, "all are told the same"
    with pytest.raises(OSError):
        mesh.open(seed, path, headers=right, shown="foreign").read()
    # A neighbour's certificate opens nothing else.
    with pytest.raises(urllib.error.HTTPError) as refusal:
        mesh.open(seed, "/v1/tasks", shown="compute-2")
    assert refusal.value.code in (401, 403)
