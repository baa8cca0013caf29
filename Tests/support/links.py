"""A network of one's own: hosts in namespaces on a bridge, each behind a link with a rate; and a fleet on them. For root."""

import hashlib
import ipaddress
import os
import random
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from fleet import Agent, Fleet
from program import LIMIT, run

ROOT = Path(__file__).resolve().parents[2]

MTU = 9_000
"""Jumbo frames, as many data centres have: two cores carry each packet of all hosts, up to four times."""

QUEUE = 0.1
"""Seconds that a packet waits at most for its turn on a link; what is behind it is dropped."""


def ip(*arguments, check=True) -> str:
    done = run(["ip", *arguments])
    assert not check or done.returncode == 0, f"ip {' '.join(map(str, arguments))}: {done.stderr}"
    return done.stdout


@dataclass(frozen=True)
class Place:
    """A host's place in the network."""

    namespace: str
    address: str
    device: str
    """The bridge's end of its link."""

    @property
    def command(self) -> list[str]:
        return ["ip", "netns", "exec", self.namespace]

    def plug(self, plugged: bool):
        """Pulls the cable, or puts it back: nobody hears of it, as where a route is dropped."""
        ip("link", "set", self.device, "up" if plugged else "down")

    def statistics(self, name: str) -> int:
        """`tx_bytes` is what the host has received, `rx_bytes` what it has sent, everything counted."""
        return int(Path(f"/sys/class/net/{self.device}/statistics/{name}").read_text())


class Links:
    """A network in a part of 198.18.0.0/15, which is set aside for measuring (RFC 2544). `close()` takes it down.

    The test itself is in it, too, at `address`, without a limit.
    """

    def __init__(self):
        taken = ip("-o", "-4", "address")
        free = [net for net in ipaddress.ip_network("198.18.0.0/15").subnets(new_prefix=22) if f" {net[-2]}/" not in taken]
        self.network = random.choice(free)
        self.tag = f"pc{random.randrange(1 << 20):05x}"
        self.address = str(self.network[-2])
        self.places: list[Place] = []
        self.devices = [self.tag]
        ip("link", "add", self.tag, "mtu", MTU, "type", "bridge")
        ip("address", "add", f"{self.address}/{self.network.prefixlen}", "dev", self.tag)
        ip("link", "set", self.tag, "up")

    def zone(self, rate: "float | None" = None) -> str:
        """Another bridge, joined to the first by a link that takes `rate` bits a second each way: where hosts may stand."""
        name = f"{self.tag}z{len(self.devices)}"
        ip("link", "add", name, "mtu", MTU, "type", "bridge")
        self.devices.append(name)
        for end, bridge in [(f"{name}a", self.tag), (f"{name}b", name)]:
            if end.endswith("a"):
                ip("link", "add", end, "mtu", MTU, "type", "veth", "peer", "name", f"{name}b", "mtu", MTU)
            ip("link", "set", end, "master", bridge, "up")
            limit(end, rate)
        ip("link", "set", name, "up")
        return name

    def crossed(self, zone: str) -> int:
        """Bytes that have gone into a zone, everything counted."""
        return int(Path(f"/sys/class/net/{zone}b/statistics/rx_bytes").read_text())

    def host(self, rate: "float | None" = None, zone: "str | None" = None, apart=False) -> Place:
        """A host behind a link of `rate` bits a second each way; one that is `apart` reaches no other such host."""
        number = len(self.places)
        namespace, device = f"{self.tag}-{number}", f"{self.tag}v{number}"
        place = Place(namespace, str(self.network[number + 1]), device)
        ip("netns", "add", namespace)
        self.places.append(place)
        ip("link", "add", device, "mtu", MTU, "type", "veth", "peer", "name", "eth0", "mtu", MTU, "netns", namespace)
        ip("link", "set", device, "master", zone or self.tag, "up")
        if apart:
            ip("link", "set", device, "type", "bridge_slave", "isolated", "on")
        ip("-n", namespace, "address", "add", f"{place.address}/{self.network.prefixlen}", "dev", "eth0")
        for name in ("eth0", "lo"):
            ip("-n", namespace, "link", "set", name, "up")
        limit(device, rate)
        limit("eth0", rate, place.command)
        return place

    def close(self):
        for place in self.places:
            ip("netns", "delete", place.namespace, check=False)
        for device in reversed(self.devices):
            ip("link", "delete", device, check=False)


def limit(device: str, rate: "float | None", command=()):
    """Lets so many bits a second out of a device."""
    if rate:
        burst = max(16_000, int(rate / 8 / 100))
        done = run([*command, "tc", "qdisc", "add", "dev", device, "root", "tbf", "rate", f"{int(rate)}bit", "burst", str(burst),
                    "latency", f"{int(QUEUE * 1000)}ms"])
        assert done.returncode == 0, done.stderr


class CountingSource:
    """nginx with files behind a link of its own; it counts what it sends."""

    def __init__(self, folder: Path, place: Place):
        self.folder, self.place = folder, place
        (folder / "files").mkdir(parents=True)
        for part in (folder, folder / "files"):
            part.chmod(0o755)
        temporary = "".join(f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (folder / "nginx.conf").write_text(f"""
            daemon off; master_process off; pid {folder}/nginx.pid;
            events {{ worker_connections 4096; }}
            http {{
                {temporary} sendfile on; keepalive_timeout 2;
                log_format sent '$remote_addr $body_bytes_sent'; access_log {folder}/sent.log sent;
                server {{ listen {place.address}:8000; root {folder}/files; }}
            }}""")
        self.url = f"http://{place.address}:8000"
        self.process = subprocess.Popen([*place.command, "nginx", "-e", folder / "error.log", "-c", folder / "nginx.conf"])

    def entry(self, name: str) -> dict:
        """A file as the inventory wants it."""
        file = self.folder / "files" / name
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        return {"id": name, "url": f"{self.url}/{name}", "size_bytes": file.stat().st_size, "hash_algorithm": "sha256", "hash": digest,
                "disk_format": "raw"}

    def readers(self) -> set[str]:
        """The addresses that are connected now."""
        told = run([*self.place.command, "ss", "-Htn", "state", "established", "sport = :8000"]).stdout
        return {line.split()[3].rsplit(":", 1)[0].removeprefix("[::ffff:").rstrip("]") for line in told.splitlines()}

    def sent(self) -> int:
        """Bytes of bodies that went out, once nobody is connected any more."""
        deadline = time.monotonic() + LIMIT
        while self.readers():
            assert time.monotonic() < deadline, f"still connected: {self.readers()}"
            time.sleep(0.1)
        return sum(int(line.split()[1]) for line in (self.folder / "sent.log").read_text().splitlines())

    def forget(self):
        """Counts from here on."""
        self.sent()
        os.truncate(self.folder / "sent.log", 0)

    def stop(self):
        self.process.terminate()
        self.process.wait(LIMIT)


class LinkedFleet(Fleet):
    """precached and its agents, each in a place of its own, with certificates by make-certificates.sh."""

    def __init__(self, folder: Path, links: Links, hosts: list[str], rate: "float | None" = None):
        super().__init__(folder)
        self.links, self.tls = links, folder / "tls"
        made = run([ROOT / "deploy/make-certificates.sh", self.tls, *hosts])
        assert made.returncode == 0, made.stderr
        self.place = links.host(rate)
        self.port, self.url = 7700, f"http://{self.place.address}:7700"
        self.wrapper = self.place.command
        del self.settings["agents.token"]
        self.settings |= {
            "listen.address": self.place.address, "listen.port": self.port, "agents.tls.ca": str(self.tls / "ca.pem"),
            "agents.tls.certificate": str(self.tls / "service-client.pem"), "agents.tls.key": str(self.tls / "service-client.key"),
        }

    def agent(self, name: str, start=True, rate=None, zone=None, apart=False, **settings) -> Agent:
        agent = Agent(self, name, len(self.agents))
        self.agents[name] = agent
        agent.place = self.links.host(rate, zone, apart)
        agent.address, agent.port, agent.wrapper = agent.place.address, 7701, agent.place.command
        del agent.settings["token"]
        agent.settings |= {
            "listen.address": agent.address, "listen.port": agent.port,
            "listen.tls.certificate": str(self.tls / f"agents/{name}.pem"), "listen.tls.key": str(self.tls / f"agents/{name}.key"),
            "listen.tls.client_ca": str(self.tls / "ca.pem"), "service.url": self.url, "service.token": self.token("agent"),
        }
        if start:
            agent.start(**settings)
        return agent

    def await_heartbeats(self, capable: int):
        """Until every host has sent one, and so many of them have said that they can exchange images."""
        def said():
            beats = [host["heartbeat"] for host in self.call("GET", "/v1/hosts?limit=1000").json["hosts"]]
            return all(beats) and sum("relay-1" in beat.get("capabilities", []) for beat in beats) == capable
        self.eventually("a heartbeat of every host", said)
