"""Images become plain disks before they get their name: by the real qemu-img, or by a stand-in that waits."""

import contextlib
import os
import secrets
import struct
import subprocess

import pytest

from test_main_job import entry
from test_storage_faults import as_root, small_disk  # noqa: F401


def qemu(*arguments):
    subprocess.run(["qemu-img", *arguments], check=True)


@pytest.fixture
def disk(tmp_path):
    """A qcow2 image of 64 MiB with some data in it, and the plain disk that it stands for."""
    plain = tmp_path / "disk.raw"
    with plain.open("wb") as file:
        for place in (0, 3_000_000, 40_000_000):
            file.seek(place)
            file.write(secrets.token_bytes(100_000))
        file.truncate(64 << 20)
    image = tmp_path / "disk.qcow2"
    qemu("convert", "-c", "-f", "raw", "-O", "qcow2", plain, image)
    return image.read_bytes(), plain.read_bytes()


def host(fleet, images, image, **settings):
    images.add("one", image)
    fleet.start()
    agent = fleet.agent("host-0", **settings)
    fleet.apply([entry(images, "one", disk_format="qcow2")])
    return agent


def run(fleet):
    job = fleet.await_end(fleet.cache("one")["id"])
    return fleet.result(job["id"], "host-0", "one")


def staged(agent):
    return sorted(path.suffix for path in (agent.cache / ".precache/staging").iterdir())


class StandIn:
    """A program in qemu-img's place that says it started, and waits until it is ended or told to go on."""

    def __init__(self, folder):
        self.path, self.started, self.gate = folder / "qemu-img", folder / "started", folder / "gate"
        os.mkfifo(self.gate)
        look = '[ "$1" = info ] && exec qemu-img "$@"'
        self.path.write_text(f"#!/bin/sh\n{look}\necho $$ >{self.started}\nread word <{self.gate}\nexec qemu-img \"$@\"\n")
        self.path.chmod(0o755)

    @property
    def process(self):
        return int(self.started.read_text()) if self.started.exists() and self.started.read_text() else None

    @property
    def is_alive(self):
        return os.path.exists(f"/proc/{self.process}")

    def go_on(self):
        """Lets it end, if it still waits."""
        try:
            os.close(os.open(self.gate, os.O_WRONLY | os.O_NONBLOCK))
        except OSError:
            pass


@pytest.fixture
def stand_in(tmp_path):
    stand_in = StandIn(tmp_path)
    yield stand_in
    stand_in.go_on()


def test_what_is_cached_is_the_disk_with_its_holes_and_is_known_again(fleet, images, disk):
    image, plain = disk
    agent = host(fleet, images, image)
    row = run(fleet)
    assert (row["outcome"], row["bytes_done"], row["bytes_total"]) == ("cached", len(image), len(image)), row
    file = agent.file("one")
    assert file.read_bytes() == plain
    assert file.stat().st_blocks * 512 < 2 << 20, "holes stay holes"
    assert file.stat().st_mode & 0o777 == 0o644
    assert staged(agent) == []
    assert (run(fleet)["outcome"], len(images.seen)) == ("existing", 1)
    # nova-compute renews the times of what it uses.
    os.utime(file, (1, 1))
    row = run(fleet)
    assert (row["outcome"], len(images.seen)) == ("existing", 1)
    assert "digest checked again" in row["detail"], row
    agent.program.terminate()
    agent.start()
    assert (run(fleet)["outcome"], len(images.seen)) == ("existing", 1)


def test_a_converted_disk_that_rots_is_fetched_and_converted_anew(fleet, images, disk):
    image, plain = disk
    agent = host(fleet, images, image)
    run(fleet)
    with agent.file("one").open("r+b") as file:
        file.seek(3_000_500)
        file.write(b"rot")
    assert run(fleet)["outcome"] == "cached"
    assert agent.file("one").read_bytes() == plain and len(images.seen) == 2


def test_images_stay_as_they_are_where_nova_keeps_them_so(fleet, images, disk):
    agent = host(fleet, images, disk[0], cache__convert_to_raw=False)
    assert run(fleet)["outcome"] == "cached"
    assert agent.file("one").read_bytes() == disk[0]


def test_a_hostile_image_is_refused_before_any_program_sees_it(fleet, images, stand_in, tmp_path):
    qemu("create", "-q", "-f", "qcow2", "-b", "/etc/hostname", "-F", "raw", tmp_path / "backed", "1M")
    agent = host(fleet, images, (tmp_path / "backed").read_bytes(), cache__qemu_img=str(stand_in.path))
    assert run(fleet)["reason"] == "unsafe_image"
    assert stand_in.process is None and staged(agent) == []


def test_a_disk_that_is_an_image_itself_is_refused(fleet, images, disk, tmp_path):
    (tmp_path / "inner").write_bytes(disk[0] + bytes(-len(disk[0]) % 512))
    qemu("convert", "-f", "raw", "-O", "qcow2", tmp_path / "inner", tmp_path / "outer")
    agent = host(fleet, images, (tmp_path / "outer").read_bytes())
    row = run(fleet)
    assert row["reason"] == "unsafe_image" and "itself a qcow2 image" in row["detail"], row
    assert not agent.file("one").exists() and staged(agent) == []


def test_an_agent_killed_in_mid_conversion_leaves_nothing_but_the_download(fleet, images, disk, stand_in):
    agent = host(fleet, images, disk[0], cache__qemu_img=str(stand_in.path))
    job = fleet.cache("one")
    fleet.eventually("the conversion begun", lambda: stand_in.process is not None)
    assert staged(agent) == [".converted", ".json", ".part"]
    agent.program.kill()
    # The orphan goes on, and can't get at anything any more.
    fleet.eventually("the orphan's end", lambda: stand_in.go_on() or not stand_in.is_alive)
    assert not agent.file("one").exists()
    agent.start(cache__qemu_img="qemu-img")
    assert fleet.await_end(job["id"])["state"] == "succeeded"
    assert agent.file("one").read_bytes() == disk[1] and staged(agent) == []
    assert sum(seen.range is None for seen in images.seen) == 1, "nothing is downloaded twice"


def test_a_cancelled_conversion_ends_its_program_and_keeps_the_download(fleet, images, disk, stand_in):
    agent = host(fleet, images, disk[0], cache__qemu_img=str(stand_in.path))
    job = fleet.cache("one")
    fleet.eventually("the conversion begun", lambda: stand_in.process is not None)
    assert fleet.call("POST", f"/v1/jobs/{job['id']}/cancel").status == 202
    assert fleet.await_end(job["id"])["state"] == "cancelled"
    fleet.eventually("the program's end", lambda: not stand_in.is_alive)
    fleet.eventually("the half-made disk gone", lambda: staged(agent) == [".json", ".part"])
    assert not agent.file("one").exists()


def test_without_the_program_the_reason_says_what_to_install(fleet, images, disk):
    agent = host(fleet, images, disk[0], cache__qemu_img="/no/such/qemu-img")
    row = run(fleet)
    assert (row["outcome"], row["reason"], row["attempts"]) == ("error", "conversion_failed", 1), row
    assert "install qemu-utils" in row["detail"], row
    assert not agent.file("one").exists()
    agent.program.terminate()
    agent.start(cache__qemu_img="qemu-img")
    assert run(fleet)["outcome"] == "cached"
    assert sum(seen.range is None for seen in images.seen) == 1, "the download was kept"


def test_a_program_that_fails_is_heard(fleet, images, disk, stand_in):
    stand_in.path.write_text("#!/bin/sh\necho 'qemu-img: the disk is haunted' >&2\nexit 1\n")
    agent = host(fleet, images, disk[0], cache__qemu_img=str(stand_in.path))
    row = run(fleet)
    assert (row["reason"], row["attempts"]) == ("conversion_failed", 1)
    assert "qemu-img: the disk is haunted" in row["detail"], row
    assert not agent.file("one").exists() and staged(agent) == []


@as_root
def test_a_disk_too_large_for_the_host_is_no_space(fleet, images, disk, small_disk):  # noqa: F811
    fleet.start()
    agent = fleet.agent("host-0", start=False)
    agent.cache = small_disk / "_base"
    agent.cache.mkdir()
    images.add("one", disk[0])
    agent.start(cache__directory=str(agent.cache))
    fleet.apply([entry(images, "one", disk_format="qcow2")])
    row = run(fleet)
    assert row["reason"] == "no_space" and str(64 << 20) in row["detail"], row
    assert not agent.file("one").exists() and staged(agent) == []


@as_root
def test_a_thin_image_fits_where_the_room_is_counted_by_its_tables(fleet, images, disk, small_disk):  # noqa: F811
    fleet.start()
    agent = fleet.agent("host-0", start=False)
    agent.cache = small_disk / "_base"
    agent.cache.mkdir()
    images.add("one", disk[0])
    agent.start(cache__directory=str(agent.cache), cache__minimum_free_bytes=0)
    fleet.apply([entry(images, "one", disk_format="qcow2")])
    row = run(fleet)
    assert row["reason"] == "no_space" and 'cache.reserve = "virtual"' in row["detail"], row
    agent.program.terminate()
    agent.start(cache__directory=str(agent.cache), cache__minimum_free_bytes=0, cache__reserve="allocated")
    assert run(fleet)["outcome"] == "cached"
    assert agent.file("one").read_bytes() == disk[1]


@pytest.mark.parametrize("creator", [b"wa\0\0", b"vbox", b"win ", b"qem2", b"vpc "])
def test_a_vhd_keeps_its_end(fleet, images, creator):
    size, geometry = 8 << 20, 240 * 4 * 17 * 512
    plain = secrets.token_bytes(512).replace(b"\x55\xaa", b"\0\0") + bytes(size - 1024) + b"EFI PART" * 64
    footer = bytearray(512)
    footer[:40] = struct.pack(">8sIIQI4sI4s", b"conectix", 2, 0x10000, 2 ** 64 - 1, 0, creator, 0x50003, b"Wi2k")
    footer[40:64] = struct.pack(">QQHBBI", size, size, 240, 4, 17, 2)
    footer[64:68] = struct.pack(">I", ~sum(footer) & 0xffffffff)
    images.add("one", plain + bytes(footer))
    fleet.start()
    agent = fleet.agent("host-0")
    fleet.apply([entry(images, "one", disk_format="vhd")])
    assert run(fleet)["outcome"] == "cached"
    assert agent.file("one").read_bytes() == (plain[:geometry] if creator == b"vpc " else plain)


def test_an_encrypted_image_is_said_to_be(fleet, images, tmp_path):
    create = ["create", "-q", "-f", "qcow2", "--object", "secret,id=s,data=abc123", "-o",
              "encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10", tmp_path / "image", "4M"]
    # It measures how fast it derives keys, and fails where another program has the processor meanwhile.
    for _ in range(20):
        with contextlib.suppress(subprocess.CalledProcessError):
            qemu(*create)
            break
    else:
        qemu(*create)
    agent = host(fleet, images, (tmp_path / "image").read_bytes())
    row = run(fleet)
    assert (row["reason"], row["attempts"]) == ("conversion_failed", 1)
    assert "the qcow2 image is encrypted (LUKS)" in row["detail"] and "/proc/" not in row["detail"], row
    assert not agent.file("one").exists() and staged(agent) == []
