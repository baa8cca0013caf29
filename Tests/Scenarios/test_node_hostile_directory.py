"""What somebody planted in the agent's directories, or did to them: never followed, never written through, never a crash."""

import os
import secrets
import shutil
import threading

import pytest

from attacked_host import AttackedHost, order
from small_disk import as_root, tmpfs

SECRET = b"not the agent's business\n" * 10


@pytest.fixture
def host(fleet, images, shim):
    images.add("one", secrets.token_bytes(700_000))
    return AttackedHost(fleet, "host-0", shim)


@pytest.fixture
def outside(tmp_path):
    """A file elsewhere that must stay as it is."""
    file = tmp_path / "outside"
    file.write_bytes(SECRET)
    file.chmod(0o640)
    before = file.stat()
    yield file
    after = file.stat()
    assert file.read_bytes() == SECRET
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)


def check_works(host, images):
    """The image can be had, by a second start at the latest, and everything is in order then."""
    host.agent.program.terminate()
    host.start()
    outcome = host.obtain(order(images, "one"))["one"]
    assert outcome["outcome"] in ("cached", "existing") and outcome["verified"], outcome
    assert host.file("one").read_bytes() == images.images["/one"].data
    host.check_staging(empty=True)
    host.check_records()


def name(host, kind):
    sha = host.file("one").name
    return host.own / {"part": f"staging/{sha}.part", "note": f"staging/{sha}.json", "note's": f"staging/.{sha}.json.tmp",
                       "record": f"records/{sha}.json", "record's": f"records/.{sha}.json.tmp", "probe": "probe"}[kind]


PLANTS = {
    "symlink": lambda path, outside: path.symlink_to(outside),
    "dangling symlink": lambda path, outside: path.symlink_to(outside.with_name("nothing")),
    "hard link": lambda path, outside: path.hardlink_to(outside),
    "fifo": lambda path, outside: os.mkfifo(path),
    "directory": lambda path, outside: (path / "in").mkdir(parents=True),
}


@pytest.mark.parametrize("plant", PLANTS)
@pytest.mark.parametrize("running", [False, True], ids=["before the start", "while it runs"])
def test_things_planted_in_the_agents_own_corner(host, images, outside, plant, running):
    """Each of its names at once; what can't be removed costs this image, not the agent."""
    host.start()
    if not running:
        host.stop()
    kinds = ("part", "note", "note's", "record", "record's", "probe")
    for kind in kinds:
        PLANTS[plant](name(host, kind), outside)
    if not running:
        host.start()
    outcome = host.obtain(order(images, "one"))["one"]
    assert outcome["outcome"] == "cached" or outcome["reason"] == "io_error", outcome
    assert host.call("GET", "/v1/images").status == 200
    assert host.call("GET", "/readyz").status in (200, 503) and host.call("GET", "/healthz").status == 200
    if plant == "directory":
        for kind in kinds:
            shutil.rmtree(name(host, kind), ignore_errors=True)
    else:
        assert outcome["outcome"] == "cached", outcome
    assert not outside.with_name("nothing").exists()
    check_works(host, images)


@pytest.mark.parametrize("plant", ["symlink", "dangling symlink", "fifo", "directory"])
def test_something_else_under_an_images_name(host, images, outside, plant):
    PLANTS[plant](host.file("one"), outside)
    host.start()
    outcome = host.obtain(order(images, "one"))["one"]
    assert (outcome["outcome"], outcome["reason"]) == ("error", "io_error"), outcome
    assert "not a regular file" in outcome["detail"]
    assert host.call("GET", "/v1/images").json["images"] == []
    assert os.path.lexists(host.file("one"))


def test_a_hard_link_under_an_images_name_is_replaced_and_not_written_through(host, images, outside):
    host.start()
    assert host.obtain(order(images, "one"))["one"]["outcome"] == "cached"
    host.file("one").unlink()
    host.file("one").hardlink_to(outside)
    assert host.obtain(order(images, "one"))["one"]["outcome"] == "cached"
    assert outside.stat().st_nlink == 1
    check_works(host, images)


@pytest.mark.parametrize("plant", PLANTS)
def test_something_else_under_a_locks_name(host, images, outside, plant):
    PLANTS[plant](host.instances / "locks" / f"nova-{host.file('one').name}", outside)
    host.start()
    outcome = host.obtain(order(images, "one"))["one"]
    if plant == "hard link":  # a file is a file: locked, and nothing else
        assert outcome["outcome"] == "cached", outcome
    else:
        assert (outcome["outcome"], outcome["reason"]) == ("error", "io_error"), outcome
    assert not outside.with_name("nothing").exists()


@pytest.mark.parametrize("folder", [".precache", ".precache/staging", ".precache/records"])
def test_a_link_in_place_of_a_folder_is_refused(host, tmp_path, folder):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mine.part").write_bytes(SECRET)
    (host.base / folder).parent.mkdir(exist_ok=True)
    (host.base / folder).symlink_to(elsewhere)
    assert folder in host.refuses_to_start()
    assert [path.name for path in elsewhere.iterdir()] == ["mine.part"]


def test_names_of_any_bytes_are_let_be(host, images):
    """Newlines, escapes, bytes that aren't UTF-8, the longest name: beside the images, and in the agent's corner."""
    host.start()
    host.stop()
    names = [b"new\nline", b"\x1b[31mred", b"\xff\xfe\x80", b"x" * 255, b"-rf", b"\xc0\xaf..", "ü".encode() * 127]
    for folder in (host.base, host.instances, host.instances / "locks", host.own):
        for raw in names:
            with open(os.path.join(os.fsencode(folder), raw), "wb") as file:
                file.write(raw)
    for raw in names:
        open(os.path.join(os.fsencode(host.own / "staging"), raw), "wb").close()
        open(os.path.join(os.fsencode(host.own / "records"), raw), "wb").close()
    host.start()
    assert host.obtain(order(images, "one"))["one"]["outcome"] == "cached"
    assert [image["id"] for image in host.call("GET", "/v1/images").json["images"]] == ["one"]
    for folder in (host.base, host.instances, host.instances / "locks", host.own):
        for raw in names:
            with open(os.path.join(os.fsencode(folder), raw), "rb") as file:
                assert file.read() == raw
    assert host.stop() == 0
    log = (host.agent.folder / "agent.log").read_bytes()
    assert b"\x1b" not in log and not log.replace(b"\n", b"").count(b"\r")


@as_root
@pytest.mark.parametrize("seconds", [-(2**40), -1, 0, 2**33, 31_556_952_000_000, 2**62 // 10**9 * 4], ids=str)
def test_times_that_no_clock_shows(fleet, images, shim, tmp_path, seconds):
    """A file's time may be anything that fits into 64 bits."""
    gate = threading.Event()
    one = images.add("one", secrets.token_bytes(700_000), gate=gate, gate_at=600_000)
    with tmpfs(tmp_path / "disk", size="8m") as disk:
        host = AttackedHost(fleet, "host-0", shim, disk).start()
        part = host.own / "staging" / f"{host.file('one').name}.part"
        with host.obtaining(order(images, "one")):
            fleet.eventually("the first block being written", lambda: part.exists() and part.stat().st_size > 0)
            host.kill()
            gate.set()
        for path in [*host.base.rglob("*"), host.base]:
            os.utime(path, (seconds, seconds), follow_symlinks=False)
        host.start()
        assert host.obtain(order(images, "one"))["one"]["outcome"] == "cached"
        os.utime(host.file("one"), (seconds, seconds))
        assert host.call("GET", "/v1/images").status == 200
        found = host.obtain(order(images, "one"))["one"]
        assert found["outcome"] == "existing" and found["verified"], found
        assert host.file("one").read_bytes() == one.data
        host.check_staging(empty=True)
        host.check_records()
        assert host.stop() == 0


@pytest.mark.parametrize("offset", [-20 * 365 * 86_400, 20 * 365 * 86_400], ids=["back", "forth"])
def test_a_clock_set_wrong_while_it_runs(host, images, offset):
    host.start()
    host.shim.set_clock(offset)
    assert host.obtain(order(images, "one"))["one"]["outcome"] == "cached"
    assert host.obtain(order(images, "one"))["one"]["outcome"] == "existing"
    host.shim.let_be()
    again = host.obtain(order(images, "one"))["one"]
    assert again["outcome"] == "existing" and again["verified"], again
    host.check_records()
    check_works(host, images)


def test_two_agents_on_one_directory(host, fleet, shim, tmp_path):
    """The second of one host refuses, by whatever path it comes; after the first is killed it may."""
    host.start()
    second = AttackedHost(fleet, "host-1", shim)
    second.agent.settings["host"] = host.agent.name
    real = second.base
    shutil.rmtree(real)
    real.symlink_to(host.base)
    assert "another agent uses" in second.refuses_to_start()
    real.unlink()
    real.symlink_to(os.path.relpath(host.base, real.parent))
    assert "another agent uses" in second.refuses_to_start()
    host.check_records()
    host.kill()
    second.start()
    assert "another agent uses" in host.refuses_to_start()
    assert second.stop() == 0


def test_a_hundred_thousand_files(host, images):
    """Names that aren't images cost a start and a download little memory."""
    for number in range(100_000):
        os.close(os.open(host.base / f"{number:040x}", os.O_CREAT | os.O_WRONLY, 0o644))
    host.start()
    assert host.obtain(order(images, "one"))["one"]["outcome"] == "cached"
    assert host.call("GET", "/v1/images").status == 200
    assert host.agent.program.peak_memory_mib < 64
    assert host.stop() == 0
    assert sum(1 for _ in os.scandir(host.base)) >= 100_000
