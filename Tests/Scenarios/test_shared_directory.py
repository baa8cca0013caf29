"""Hosts that share one instances directory, as on NFS: each has its agent, and there is one copy of each image."""

import secrets
import subprocess
import threading

from test_main_job import entry
from test_pins import pinned_until

HOSTS = 3


def shared_fleet(fleet, images, count=HOSTS, **settings):
    """Agents whose `_base`, locks and instances are one."""
    fleet.start()
    folder = fleet.folder / "shared"
    (folder / "_base").mkdir(parents=True)
    agents = []
    for number in range(count):
        agent = fleet.agent(f"host-{number}", start=False)
        agent.cache = folder / "_base"
        agents.append(agent.start(cache__directory=str(agent.cache), **settings))
    fleet.apply([entry(images, name[1:]) for name in images.images])
    return agents


def outcomes(fleet, job) -> list[str]:
    fleet.await_end(job["id"])
    return sorted(row["outcome"] for row in fleet.results(job["id"]))


def test_one_fetches_and_the_others_find_it(fleet, images):
    for name in ("one", "two"):
        images.add(name, secrets.token_bytes(2_000_000))
    agents = shared_fleet(fleet, images)
    assert outcomes(fleet, fleet.cache("one", "two", max_attempts=1)) == ["cached"] * 2 + ["existing"] * 4
    assert len(images.seen) == 2 and images.bytes_sent < 4_100_000, "once each"
    for agent in agents:
        found = agent.call("GET", "/v1/images").json["images"]
        assert [image["id"] for image in found if image["verified"]] == ["one", "two"]
    assert not list((agents[0].cache / ".precache/staging").iterdir())
    assert outcomes(fleet, fleet.cache("one", max_attempts=1)) == ["existing"] * 3
    assert len(images.seen) == 2


def test_a_crash_of_one_blocks_nobody_and_the_next_goes_on(fleet, images):
    gate = threading.Event()
    data = secrets.token_bytes(4_000_000)
    images.add("one", data, gate=gate)
    agents = shared_fleet(fleet, images)
    job = fleet.cache("one", max_attempts=20, parallelism=1)
    fleet.eventually("something being staged", lambda: agents[0].staged() > 0)
    (running,) = [agent for agent in agents if agent.call("GET", "/v1/tasks").json["tasks"]]
    running.program.kill()
    gate.set()
    others = [agent for agent in agents if agent is not running]
    fleet.eventually("somebody else brings it", agents[0].file("one").exists)
    assert agents[0].file("one").read_bytes() == data
    assert any(seen.range for seen in images.seen[1:]), "what was there wasn't fetched again"
    running.start()
    ended = fleet.await_end(job["id"])
    assert ended["state"] == "succeeded", fleet.results(job["id"])
    assert len([agent for agent in others if agent.program.is_running]) == 2


def test_a_start_leaves_the_download_of_another_host_alone(fleet, images):
    gate = threading.Event()
    data = secrets.token_bytes(400_000)
    images.add("one", data, gate=gate)
    first, second, third = shared_fleet(fleet, images)
    job = fleet.cache("one", max_attempts=1)
    images.await_bytes(200_000)
    for agent in (first, second, third):
        agent.call("POST", "/v1/cache/sweep")
    late = fleet.agent("host-late", start=False)
    late.cache = first.cache
    late.start(cache__directory=str(first.cache))
    late.program.kill()
    late.start()
    gate.set()
    assert outcomes(fleet, job) == ["cached", "existing", "existing"]
    assert first.file("one").read_bytes() == data and len(images.seen) == 1


def test_in_use_and_pinned_is_so_on_every_host(fleet, images):
    for name in ("used", "pinned", "idle"):
        images.add(name, secrets.token_bytes(100_000))
    agents = shared_fleet(fleet, images, cache__unused_minimum_age_seconds=0, cache__open_files="ignore")
    first, second, _ = agents
    fleet.await_end(fleet.cache("used", "idle")["id"])
    fleet.await_end(fleet.cache("pinned", keep_seconds=86_400)["id"])
    guest = first.cache.parent / "3b0e7c2e-guest-of-host-0"
    guest.mkdir()
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", first.file("used"), guest / "disk"],
                   check=True)
    sweep = second.call("POST", "/v1/cache/sweep").json["sweep"]
    assert (sweep["removed"], sweep["kept"]) == (1, {"in_use": 1, "pinned": 1}), sweep
    assert first.file("used").exists() and first.file("pinned").exists() and not first.file("idle").exists()
    for agent in agents:
        assert {image["id"] for image in agent.call("GET", "/v1/images").json["images"]} == {"used", "pinned"}
        assert pinned_until(agent, "pinned") is not None
        removed = agent.call("GET", "/v1/cache").json["cache"]["removals"]
        assert [(note["image_id"], note["reason"]) for note in removed] == [("idle", "unused")]
    assert outcomes(fleet, fleet.cache("idle", max_attempts=1)) == ["cached", "existing", "existing"]


def test_sweeps_and_jobs_of_all_hosts_at_once(fleet, images):
    """What one host says is there isn't being taken away by another."""
    images.add("one", secrets.token_bytes(50_000))
    agents = shared_fleet(fleet, images, cache__unused_minimum_age_seconds=0, cache__open_files="ignore",
                          cache__sweep_interval_seconds=1)
    stop = threading.Event()

    def sweep(agent):
        while not stop.is_set():
            assert agent.call("POST", "/v1/cache/sweep").json["sweep"]["failure"] is None

    sweepers = [threading.Thread(target=sweep, args=(agent,)) for agent in agents]
    for sweeper in sweepers:
        sweeper.start()
    try:
        for _ in range(20):
            job = fleet.cache("one", max_attempts=1)
            assert set(outcomes(fleet, job)) <= {"cached", "existing"}, fleet.results(job["id"])
    finally:
        stop.set()
        for sweeper in sweepers:
            sweeper.join()
    job = fleet.cache("one", keep_seconds=600, max_attempts=1)
    assert set(outcomes(fleet, job)) <= {"cached", "existing"}
    assert agents[0].file("one").read_bytes() == images.images["/one"].data
