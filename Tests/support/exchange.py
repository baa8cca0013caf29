"""Hosts that give images to each other: agents with certificates, and a service that has them do it."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def certificates(folder: Path, *names: str) -> Path:
    """Those of the service and of agents of these names, in a folder."""
    subprocess.run([ROOT / "deploy/make-certificates.sh", folder, *names], check=True, capture_output=True)
    return folder


def join(fleet, folder, names):
    """A service that has images exchanged from 1 MiB on, and agents that take part, with the certificates of a folder."""
    fleet.start(agents__tls__ca=str(folder / "ca.pem"), agents__tls__certificate=str(folder / "service-client.pem"),
                agents__tls__key=str(folder / "service-client.key"), relay__minimum_bytes=1 << 20)
    for name in names:
        fleet.agent(name, start=False).settings.update({
            "listen.tls.certificate": str(folder / f"agents/{name}.pem"), "listen.tls.key": str(folder / f"agents/{name}.key"),
            "listen.tls.client_ca": str(folder / "ca.pem"), "service.url": fleet.url, "service.token": fleet.token("agent")})
    return fleet


def await_capable(fleet, count: int):
    """Until the service knows that so many hosts can take part."""
    def capable():
        # In the database, not in memory alone: a service that is killed now must know it, too.
        return int(fleet.sql("SELECT count(*) FROM heartbeat WHERE capabilities = 'relay-1'")[0][0])
    fleet.eventually("all hosts can exchange images", lambda: capable() == count)
