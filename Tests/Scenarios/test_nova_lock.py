"""The agent and nova-compute fetch one image on one host: whoever comes first brings it, the other finds it.

nova-compute's part is played by oslo.concurrency itself, from another process.
"""

import fcntl
import secrets
import threading

import pytest

from nova_lock import NovaFetch
from test_main_job import entry


@pytest.fixture
def nova():
    """Starts nova-computes; none outlives the test."""
    started = []

    def start(agent, image):
        started.append(NovaFetch(agent.folder, agent.file(image).name))
        return started[-1]

    yield start
    for one in started:
        one.kill()


def host(fleet, images, **settings):
    fleet.start()
    agent = fleet.agent("host-0", **settings)
    fleet.apply([entry(images, name[1:]) for name in images.images])
    return agent


def is_free(agent, image) -> bool:
    with (agent.folder / "locks" / f"nova-{agent.file(image).name}").open("a") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


def test_nova_comes_first_and_the_agent_finds_what_it_brought(fleet, images, nova):
    images.add("one", secrets.token_bytes(400_000))
    agent = host(fleet, images)
    compute = nova(agent, "one")
    compute.await_word("locked")
    job = fleet.cache("one")
    agent.program.await_line("somebody else fetches the image, waiting")
    assert fleet.job(job["id"])["state"] == "running" and not images.seen
    compute.tell(f"fetch {len(images.images['/one'].data)}")
    compute.await_word("released")
    ended = fleet.await_end(job["id"])
    assert ended["results"]["existing"] == 1, fleet.results(job["id"])
    assert not images.seen, "nothing was downloaded twice"
    assert agent.file("one").read_bytes() == b"n" * 400_000
    waits = agent.call("GET", "/metrics").body.decode()
    assert 'precache_agent_lock_wait_seconds_count{result="existing"} 1' in waits or \
        'precache_agent_lock_wait_seconds_count{result="taken"} 1' in waits, waits


def test_nova_gives_up_and_the_agent_fetches(fleet, images, nova):
    images.add("one", secrets.token_bytes(400_000))
    agent = host(fleet, images)
    compute = nova(agent, "one")
    compute.await_word("locked")
    job = fleet.cache("one")
    agent.program.await_line("somebody else fetches the image, waiting")
    compute.kill()
    assert fleet.await_end(job["id"])["results"]["cached"] == 1
    assert agent.file("one").read_bytes() == images.images["/one"].data
    assert is_free(agent, "one")


def test_the_agent_comes_first_and_nova_finds_what_it_brought(fleet, images, nova):
    gate = threading.Event()
    images.add("one", secrets.token_bytes(400_000), gate=gate)
    agent = host(fleet, images)
    job = fleet.cache("one")
    images.await_bytes(200_000)
    assert not is_free(agent, "one")
    compute = nova(agent, "one")
    gate.set()
    compute.await_word("found")
    compute.process.wait(60)
    assert agent.file("one").read_bytes() == images.images["/one"].data
    assert fleet.await_end(job["id"])["results"]["cached"] == 1
    assert is_free(agent, "one") and (agent.folder / "locks" / f"nova-{agent.file('one').name}").exists()


def test_a_killed_agent_leaves_no_lock(fleet, images, nova):
    gate = threading.Event()
    images.add("one", secrets.token_bytes(400_000), gate=gate)
    agent = host(fleet, images)
    job = fleet.cache("one")
    images.await_bytes(200_000)
    assert not is_free(agent, "one")
    agent.program.kill()
    assert is_free(agent, "one")
    compute = nova(agent, "one")
    compute.await_word("locked")
    compute.tell(f"fetch {len(images.images['/one'].data)}")
    compute.await_word("released")
    gate.set()
    agent.start()
    assert fleet.await_end(job["id"])["results"]["existing"] == 1


def test_waiting_is_bounded(fleet, images, nova):
    images.add("one", b"1" * 1000)
    agent = host(fleet, images, instances__lock_wait_seconds=1)
    nova(agent, "one").await_word("locked")
    job = fleet.await_end(fleet.cache("one", max_attempts=1)["id"])
    (row,) = fleet.results(job["id"])
    assert (row["outcome"], row["reason"]) == ("error", "agent_timeout"), row
    assert "has been held for 1 s" in row["detail"] and f"locks/nova-{agent.file('one').name}" in row["detail"], row
    assert not agent.file("one").exists()


def test_waiting_ends_with_the_job_and_holds_up_no_other_image(fleet, images, nova):
    images.add("one", b"1" * 1000)
    images.add("two", b"2" * 1000)
    agent = host(fleet, images, downloads__concurrent=1)
    nova(agent, "one").await_word("locked")
    job = fleet.cache("one", "two")
    agent.program.await_line("somebody else fetches the image, waiting")
    fleet.eventually("the other image being cached", lambda: fleet.job(job["id"])["results"]["cached"] == 1)
    fleet.call("POST", f"/v1/jobs/{job['id']}/cancel")
    ended = fleet.await_end(job["id"])
    assert (ended["results"]["cached"], ended["results"]["cancelled"]) == (1, 1), ended
    assert not agent.file("one").exists()


def test_without_a_nova_there_are_no_locks(fleet, images):
    images.add("one", b"1" * 1000)
    fleet.start()
    agent = fleet.agent("host-0", start=False)
    agent.cache = agent.folder / "images"
    agent.cache.mkdir()
    agent.start(cache__directory=str(agent.cache))
    fleet.apply([entry(images, "one")])
    assert fleet.await_end(fleet.cache("one")["id"])["results"]["cached"] == 1
    assert sorted(path.name for path in agent.folder.iterdir() if path.is_dir()) == ["_base", "images"]
    agent.program.await_line("instances=none")
