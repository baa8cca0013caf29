"""The samples for load balancers: callers and agents reach whichever service is there, over its own TLS."""

import json
import shutil
import ssl
import subprocess
import urllib.request
from pathlib import Path

import pytest

from fleet import BEAT, Fleet, free_port
from program import LIMIT, run

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
pytestmark = pytest.mark.sqlite


class Balancer:
    """A sample with this test's addresses for those that it names."""

    def __init__(self, sample, folder, services, authority):
        self.port = free_port()
        text = (DEPLOY / "proxies" / sample).read_text()
        said = {"192.0.2.11:7700": f"127.0.0.1:{services[0].port}", "192.0.2.12:7700": f"127.0.0.1:{services[1].port}"}
        if sample == "haproxy.cfg":
            said |= {"bind :7700": f"bind 127.0.0.1:{self.port}", "/etc/precache/tls/ca.pem": f"{authority}/ca.pem",
                     "Host precache.example.org": "Host localhost", "verifyhost precache.example.org": "verifyhost localhost",
                     "maxconn 50000": "maxconn 1000"}
            command, checked = ["haproxy", "-db", "-f"], ["haproxy", "-c", "-f"]
        else:
            said |= {"listen 7700;": f"listen 127.0.0.1:{self.port};", "/run/nginx.pid": f"{folder}/nginx.pid",
                     "load_module modules": "load_module /usr/lib/nginx/modules", "user www-data;\n": "",
                     "worker_processes auto;": "worker_processes 1;", "worker_connections 50000;": "worker_connections 500;",
                     "worker_rlimit_nofile 131072;\n": f"error_log {folder}/error.log;\ndaemon off;\n"}
            command, checked = ["nginx", "-p", folder, "-c"], ["nginx", "-t", "-p", folder, "-c"]
        for word, used in said.items():
            assert text.count(word) == 1, word
            text = text.replace(word, used)
        config = folder / sample
        config.write_text(text)
        run([*checked, config]).check_returncode()
        self.process = subprocess.Popen([*command, config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.url = f"https://localhost:{self.port}"
        self.trust = ssl.create_default_context(cafile=authority / "ca.pem")

    def answered_by(self, token) -> str | None:
        """The name of the service that answers now; none for one that can't, and for nobody."""
        asked = urllib.request.Request(self.url + "/v1/controllers", headers={"Authorization": f"Bearer {token}"})
        try:
            answer = urllib.request.urlopen(asked, timeout=LIMIT, context=self.trust)
        except OSError:
            return None
        with answer:
            return next(one["name"] for one in json.load(answer)["controllers"] if one["answering"])


@pytest.fixture
def services(tmp_path, fleet):
    """Two services that know the same; they needn't share a database to be chosen between."""
    authority = tmp_path / "tls"
    run([DEPLOY / "make-certificates.sh", "--service-names", "localhost", authority]).check_returncode()
    fleet.start()
    fleet.agent("host-0", start=False)
    fleet.apply()
    fleet.token("agent", "host-0")
    assert fleet.service.terminate() == 0
    (tmp_path / "other").mkdir()
    other = Fleet(tmp_path / "other")
    other.tokens = fleet.tokens
    shutil.copy(fleet.database, other.database)
    for number, one in enumerate([fleet, other], 1):
        one.start(controllers__name=f"precached-{number}", listen__tls__certificate=str(authority / "service.pem"),
                  listen__tls__key=str(authority / "service.key"))
    yield fleet, other, authority
    other.stop()


@pytest.fixture(params=["haproxy.cfg", "nginx-controllers.conf"])
def balancer(request, services, tmp_path):
    balancer = Balancer(request.param, tmp_path, services[:2], services[2])
    balancer.sample = request.param
    try:
        services[0].eventually("the balancer being there", lambda: balancer.answered_by(services[0].token("admin")))
        yield balancer
    finally:
        balancer.process.terminate()
        balancer.process.wait(LIMIT)


def test_callers_and_agents_reach_whoever_is_there(services, balancer, tmp_path):
    fleet, other, authority = services
    token = fleet.token("admin")
    fleet.eventually("both being asked", lambda: {balancer.answered_by(token) for _ in range(4)} == {"precached-1", "precached-2"})
    secret = tmp_path / "token"
    secret.write_text(fleet.token("agent", "host-0"))
    secret.chmod(0o600)
    fleet.agents["host-0"].start(service__url=balancer.url, service__ca=str(authority / "ca.pem"), service__token_file=str(secret),
                                  service__heartbeat_seconds=BEAT)

    if balancer.sample == "haproxy.cfg":
        # It still answers, and says that it isn't ready.
        other.database.rename(tmp_path / "away.db")
        fleet.eventually("one being left alone", lambda: {balancer.answered_by(token) for _ in range(8)} == {"precached-1"})
        (tmp_path / "away.db").rename(other.database)
        fleet.eventually("it being asked again", lambda: {balancer.answered_by(token) for _ in range(4)} == {"precached-1", "precached-2"})
    assert other.service.terminate() == 0
    assert {balancer.answered_by(token) for _ in range(8)} == {"precached-1"}

    def heard():
        asked = urllib.request.Request(balancer.url + "/v1/hosts/host-0", headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(asked, timeout=LIMIT, context=balancer.trust) as answer:
            return json.load(answer)["host"]["state"] == "up"
    fleet.eventually("a heartbeat through the balancer", heard)
