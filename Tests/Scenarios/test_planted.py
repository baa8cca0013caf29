"""What somebody else put where the agent looks: links, other kinds of files, a second agent by another path."""

import os
import secrets

import pytest

from program import run
from test_main_job import entry


def one_image(fleet, images):
    images.add("one", secrets.token_bytes(200_000))
    fleet.start()
    agent = fleet.agent("host-0")
    fleet.apply([entry(images, "one")])
    victim = agent.folder / "victim"
    victim.write_bytes(b"a guest's disk")
    return agent, victim


def caches(fleet):
    job = fleet.await_end(fleet.cache("one", max_attempts=1)["id"])
    (row,) = fleet.results(job["id"])
    return row


@pytest.mark.parametrize("kind", ["symlink", "dangling symlink", "directory", "fifo"])
def test_a_name_that_stands_for_something_else_is_an_error_and_nothing_is_followed(fleet, images, kind):
    agent, victim = one_image(fleet, images)
    planted = agent.file("one")
    match kind:
        case "symlink": planted.symlink_to(victim)
        case "dangling symlink": planted.symlink_to(agent.folder / "made-through-a-link")
        case "directory": planted.mkdir()
        case "fifo": os.mkfifo(planted)
    row = caches(fleet)
    assert (row["outcome"], row["reason"]) == ("error", "io_error"), row
    assert "is not a regular file" in row["detail"] and planted.name in row["detail"], row
    assert victim.read_bytes() == b"a guest's disk" and not (agent.folder / "made-through-a-link").exists()
    assert not images.seen and agent.program.is_running


@pytest.mark.parametrize("link", [os.symlink, os.link])
@pytest.mark.parametrize("suffix", [".part", ".json"])
def test_links_planted_in_staging_are_never_written_through(fleet, images, link, suffix):
    agent, victim = one_image(fleet, images)
    link(victim, agent.cache / ".precache/staging" / (agent.file("one").name + suffix))
    row = caches(fleet)
    assert row["outcome"] == "cached", row
    assert victim.read_bytes() == b"a guest's disk" and os.stat(victim).st_nlink == 1
    assert agent.file("one").read_bytes() == images.images["/one"].data


def test_a_file_with_a_second_name_is_replaced_under_ours_alone(fleet, images):
    agent, victim = one_image(fleet, images)
    os.link(victim, agent.file("one"))
    assert caches(fleet)["outcome"] == "cached", "14 bytes can't be the image"
    assert victim.read_bytes() == b"a guest's disk"
    assert agent.file("one").read_bytes() == images.images["/one"].data


@pytest.mark.parametrize("planted", ["symlink", "directory", "fifo"])
def test_what_is_planted_among_the_locks_is_not_followed(fleet, images, planted):
    agent, victim = one_image(fleet, images)
    lock = agent.folder / "locks" / f"nova-{agent.file('one').name}"
    match planted:
        case "symlink": lock.symlink_to(victim)
        case "directory": lock.mkdir()
        case "fifo": os.mkfifo(lock)
    row = caches(fleet)
    assert (row["outcome"], row["reason"]) == ("error", "io_error") and lock.name in row["detail"], row
    assert victim.read_bytes() == b"a guest's disk" and not agent.file("one").exists()


def test_a_second_agent_on_the_directory_refuses_also_by_another_path(fleet, images):
    agent, _ = one_image(fleet, images)
    other_way = agent.folder / "by-another-way"
    other_way.symlink_to(agent.cache)
    for path in (agent.cache, other_way, agent.folder / "locks" / ".." / "_base"):
        ended = run(["precache-agent", "--cache-directory", path, "--listen-port", "0",
                     "--instances-directory", agent.folder, "--host", agent.name])
        assert ended.returncode == 1 and "another agent uses" in ended.stderr, ended.stderr
    assert caches(fleet)["outcome"] == "cached"


def test_a_cache_directory_that_vanishes_is_an_error_until_it_is_back(fleet, images):
    agent, _ = one_image(fleet, images)
    agent.cache.rename(agent.folder / "gone")
    assert agent.call("GET", "/readyz").status == 503
    (agent.folder / "gone").rename(agent.cache)
    assert agent.call("GET", "/readyz").status == 200
    assert caches(fleet)["outcome"] == "cached"
