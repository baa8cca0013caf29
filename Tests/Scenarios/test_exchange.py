"""Hosts that exchange an image, over a network of their own: in namespaces, with certificates, the real service and agents."""

import os
import re
import secrets
import time

import pytest

from fleet import Fleet
from links import CountingSource, LinkedFleet, Links
from program import LIMIT, run

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root makes network namespaces")
SIZE = 8 << 20
MEGABIT = 1e6


@pytest.fixture
def links():
    links = Links()
    yield links
    links.close()


@pytest.fixture
def source(tmp_path, links):
    tmp_path.chmod(0o755)
    for folder in tmp_path.parents[:2]:
        folder.chmod(0o755)  # nginx is another user
    source = CountingSource(tmp_path / "source", links.host(100 * MEGABIT))
    yield source
    source.stop()


def image(source: CountingSource, name="big", size=SIZE) -> dict:
    (source.folder / "files" / name).write_bytes(secrets.token_bytes(size))
    return source.entry(name)


@pytest.fixture
def start(tmp_path, links, source):
    """Starts a fleet; a host is told as the arguments of its agent."""
    started = []

    def start(hosts: dict[str, dict], labels=None, before=None, capable=None, **settings) -> LinkedFleet:
        fleet = LinkedFleet(tmp_path, links, list(hosts))
        if before:
            before(fleet)
        started.append(fleet)
        fleet.start(relay__minimum_bytes=1 << 20, **settings)
        for name, arguments in hosts.items():
            fleet.agent(name, start=False, **arguments)
        fleet.apply([image(source, name) for name in ("big", "second", "third")], hosts=[
            {"name": agent.name, "address": agent.address, "port": agent.port, "labels": (labels or {}).get(agent.name, {})}
            for agent in fleet.agents.values()])
        for agent in fleet.agents.values():
            agent.start()
        fleet.await_heartbeats(len(hosts) if capable is None else capable)
        return fleet

    yield start
    for fleet in started:
        fleet.stop()


def cached_everywhere(fleet: Fleet, source: CountingSource, name="big") -> list[dict]:
    job = fleet.await_end(fleet.cache(name)["id"])
    rows = fleet.results(job["id"])
    assert [row["outcome"] for row in rows] == ["cached"] * len(fleet.agents), rows
    bytes_of_it = (source.folder / "files" / name).read_bytes()
    for agent in fleet.agents.values():
        assert agent.file(name).read_bytes() == bytes_of_it
    return rows


def test_a_service_that_is_told_so_does_without_exchanges(start, source):
    fleet = start({f"host-{number}": {"rate": 100 * MEGABIT} for number in range(4)}, relay__enabled=False)
    rows = cached_everywhere(fleet, source)
    # It counts a request once it has written it down.
    fleet.eventually("all of it being counted", lambda: source.sent() >= 4 * SIZE)
    assert source.sent() == 4 * SIZE
    assert not any(row.get("from_peers_bytes") for row in rows)


def test_a_host_whose_certificate_is_no_clients_fetches_for_itself(start, source, tmp_path):
    def weaken(fleet):
        """As make-certificates.sh made hosts' certificates before."""
        old = fleet.tls / "agents/host-0"
        (tmp_path / "usage").write_text("extendedKeyUsage=serverAuth\nsubjectAltName=DNS:host-0\n")
        asked = run(["openssl", "req", "-new", "-key", f"{old}.key", "-subj", "/CN=host-0"]).stdout
        run(["openssl", "x509", "-req", "-CA", fleet.tls / "ca.pem", "-CAkey", fleet.tls / "ca.key", "-set_serial", "5", "-days", "90",
             "-extfile", tmp_path / "usage", "-out", f"{old}.pem"], input=asked).check_returncode()

    fleet = start({f"host-{number}": {"rate": 100 * MEGABIT} for number in range(5)}, before=weaken, capable=4)
    rows = {row["host"]: row for row in cached_everywhere(fleet, source)}
    assert rows["host-0"]["bytes_done"] == SIZE and not rows["host-0"].get("from_peers_bytes")
    assert sum(row.get("from_peers_bytes", 0) for row in rows.values()) >= 2 * SIZE
    assert source.sent() <= 3 * SIZE


def test_hosts_whose_cables_are_pulled_hold_up_nobody(start, source):
    fleet = start({f"host-{number}": {"rate": 10 * MEGABIT} for number in range(6)})
    job = fleet.cache("big")
    seeds: set[str] = set()
    fleet.eventually("seeds reading the source", lambda: seeds.update(source.readers()) or len(seeds) >= 2)
    seed = next(agent for agent in fleet.agents.values() if agent.address in seeds)
    member = next(agent for agent in fleet.agents.values() if agent.address not in seeds)
    for agent in (seed, member):
        agent.place.plug(False)
    try:
        fleet.eventually("the others having it", lambda: fleet.job(job["id"])["results"]["cached"] == 4)
    finally:
        for agent in (seed, member):
            agent.place.plug(True)
    assert fleet.await_end(job["id"])["results"]["cached"] == 6, fleet.results(job["id"])
    assert source.sent() <= 3 * SIZE


def test_hosts_that_reach_nobody_but_the_source_are_warmed_all_the_same(start, source):
    fleet = start({f"host-{number}": {"rate": 100 * MEGABIT, "apart": True} for number in range(4)}, relay__enabled=False)
    begin = time.monotonic()
    cached_everywhere(fleet, source, "third")
    star = time.monotonic() - begin
    fleet.service.terminate()
    fleet.restart(relay__enabled=True)
    source.forget()
    begin = time.monotonic()
    cached_everywhere(fleet, source)
    took = time.monotonic() - begin
    # The agents wait fifteen seconds for neighbours, and once; the rest is as slow as the machine is.
    assert took <= 4 * star + LIMIT, f"{took:.1f} s, and {star:.1f} s without exchanges"
    assert source.sent() < 5 * SIZE
    job = fleet.job(fleet.call("GET", "/v1/jobs").json["jobs"][0]["id"])
    relays = {name: fleet.call("GET", f"/v1/hosts/{name}").json["relay"] for name in fleet.agents}
    out = [name for name, relay in relays.items() if relay["out_until"]]
    assert out and all("nobody is left to get the image from" in relays[name]["why"] for name in out), relays
    told = [note for note in job["transfer"]["notes"] if "fetch" in note]
    assert len(told) == 1 and sorted(re.findall("host-[0-9]", told[0])) == sorted(out), job["transfer"]
    # The next job loses no second on them: they exchange nothing.
    for row in cached_everywhere(fleet, source, "second"):
        assert row["host"] not in out or (row["attempts"] == 1 and "from_source_bytes" not in row), row


def test_a_zone_behind_a_thin_link_takes_two_copies_across(start, links, source):
    far = links.zone(30 * MEGABIT)
    hosts = {f"near-{number}": {"rate": 300 * MEGABIT} for number in range(8)}
    hosts |= {f"far-{number}": {"rate": 300 * MEGABIT, "zone": far} for number in range(5)}
    fleet = start(hosts, labels={name: {"zone": name.split("-")[0]} for name in hosts})
    before = links.crossed(far)
    cached_everywhere(fleet, source)
    transfer = fleet.call("GET", "/v1/jobs").json["jobs"][0]["transfer"]
    assert transfer["crossings"] and sum(crossing["bytes"] for crossing in transfer["crossings"]) <= transfer["from_peers_bytes"], transfer
    assert all(crossing["zone"] in ("near", "far") and 0 < crossing["copies"] <= 2.2 for crossing in transfer["crossings"]), transfer
    # Everything counted: frames, TLS, what hosts tell each other.
    assert links.crossed(far) - before < 2.3 * SIZE


def test_a_plan_knows_what_hosts_exchange(start, source):
    fleet = start({f"host-{number}": {"rate": 100 * MEGABIT} for number in range(6)})

    def plan(name):
        answer = fleet.call("POST", "/v1/aggregates/web/images", {"cache": [{"id": name}], "dry_run": True})
        assert answer.status == 200, answer.body
        return answer.json["plan"]

    assert plan("big")["bytes"] == {"from_source": 2 * SIZE, "between_hosts": 4 * SIZE, "unsized_images": 0}
    assert plan("big")["finish"]["rests_on"] == "assumed"
    cached_everywhere(fleet, source)
    assert plan("big")["hosts"]["existing"] == 6
    found = plan("second")
    assert found["finish"]["rests_on"] == "measured" and found["bytes"]["between_hosts"] == 4 * SIZE
    assert found["warnings"] == []
