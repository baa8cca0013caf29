"""What an image's bytes are is looked at before anybody else can open them; qemu-img makes the images."""

import lzma
import secrets
import subprocess

import pytest

from test_main_job import entry


@pytest.fixture
def made(tmp_path):
    """Makes a disk with qemu-img and returns its bytes."""
    def make(name, format, *options):
        path = tmp_path / name
        subprocess.run(["qemu-img", "create", "-q", "-f", format, *options, path, "8M"], check=True)
        return path.read_bytes()
    return make


def ends(fleet, images, claims):
    fleet.start()
    agent = fleet.agent("host-0")
    fleet.apply([entry(images, name, disk_format=claim) for name, claim in claims.items()])
    job = fleet.await_end(fleet.cache(*claims)["id"])
    return agent, {row["image_id"]: row for row in fleet.results(job["id"])}


def test_only_what_is_harmless_and_what_it_is_said_to_be_gets_a_name(fleet, images, made, tmp_path):
    (tmp_path / "secret").write_bytes(b"\0" * (8 << 20))
    images.add("good", made("good", "qcow2"))
    images.add("plain", made("plain", "raw"))
    images.add("backed", made("backed", "qcow2", "-b", tmp_path / "secret", "-F", "raw"))
    images.add("disguised", made("disguised", "qcow2"))
    images.add("empty-promise", made("empty-promise", "raw"))
    agent, rows = ends(fleet, images, {"good": "qcow2", "plain": "raw", "backed": "qcow2", "disguised": "raw",
                                       "empty-promise": "qcow2"})
    assert {name: (row["outcome"], row["reason"], row["attempts"]) for name, row in rows.items()} == {
        "good": ("cached", None, 1), "plain": ("cached", None, 1), "backed": ("error", "unsafe_image", 1),
        "disguised": ("error", "format_mismatch", 1), "empty-promise": ("error", "format_mismatch", 1)}
    assert "backing" in rows["backed"]["detail"] and "qcow2" in rows["disguised"]["detail"], rows
    names = {path.name for path in agent.cache.iterdir()}
    assert names == {".precache", agent.file("good").name, agent.file("plain").name}
    assert not list((agent.cache / ".precache/staging").iterdir())
    metrics = agent.call("GET", "/metrics").body.decode()
    assert 'precache_agent_images_total{outcome="error",reason="unsafe_image"} 1' in metrics
    assert 'precache_agent_images_total{outcome="error",reason="format_mismatch"} 2' in metrics


def test_a_file_that_cannot_be_the_image_is_fetched_over(fleet, images, made):
    images.add("plain", made("plain", "raw"))
    fleet.start()
    agent = fleet.agent("host-0")
    agent.file("plain").write_bytes(b"half of it")
    fleet.apply([entry(images, "plain")])
    job = fleet.await_end(fleet.cache("plain")["id"])
    assert job["results"]["cached"] == 1
    assert agent.file("plain").read_bytes() == images.images["/plain"].data


def test_what_nova_converted_is_existing(fleet, images, made):
    images.add("one", made("one", "qcow2"))
    fleet.start()
    agent = fleet.agent("host-0")
    agent.file("one").write_bytes(b"\0" * (8 << 20))
    fleet.apply([entry(images, "one", disk_format="qcow2")])
    job = fleet.await_end(fleet.cache("one")["id"])
    assert job["results"]["existing"] == 1 and not images.seen
    assert "may be converted" in fleet.results(job["id"])[0]["detail"]


@pytest.fixture
def filled(tmp_path):
    """Makes an image of a disk of 4 MiB full of data and returns its bytes."""
    (tmp_path / "disk").write_bytes(secrets.token_bytes(64) * (1 << 16))

    def make(format, *options):
        subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", format, *options, tmp_path / "disk", tmp_path / "image"],
                       check=True)
        return (tmp_path / "image").read_bytes()
    return make


@pytest.mark.parametrize("converts", [True, False])
def test_an_image_that_was_cut_short_gets_no_name(fleet, images, filled, converts):
    claims = {"qcow2": ["qcow2"], "packed": ["qcow2", "-c"], "vdi": ["vdi"], "vmdk": ["vmdk"], "vhd": ["vpc"], "vhdx": ["vhdx"]}
    for name, kind in claims.items():
        image = filled(*kind)
        images.add(name, image[:len(image) * 6 // 10 // 512 * 512])
    fleet.start()
    agent = fleet.agent("host-0", cache__convert_to_raw=converts)
    formats = {"packed": "qcow2"}
    fleet.apply([entry(images, name, disk_format=formats.get(name, name)) for name in claims])
    job = fleet.await_end(fleet.cache(*claims)["id"])
    for row in fleet.results(job["id"]):
        assert (row["outcome"], row["reason"], row["attempts"]) == ("error", "unsafe_image", 1), row
    assert {path.name for path in agent.cache.iterdir()} == {".precache"}


def test_an_image_of_no_bytes_is_refused_at_each_door(fleet, images):
    images.add("empty", b"")
    fleet.start()
    fleet.agent("host-0")
    nothing = entry(images, "empty")
    answer = fleet.call("PUT", "/v1/images/empty", {key: nothing[key] for key in nothing if key != "id"})
    assert answer.status == 400 and "size_bytes" in str(answer.json), answer.body
    fleet.apply([{"id": "empty", "url": images.url("empty"), "allow_unverified": True}])
    job = fleet.await_end(fleet.cache("empty", max_attempts=1)["id"])
    row = fleet.result(job["id"], "host-0", "empty")
    assert (row["outcome"], row["reason"]) == ("error", "size_mismatch") and "no bytes at all" in row["detail"], row


def test_what_a_raw_image_really_is_is_said(fleet, images):
    images.add("packed", lzma.compress(bytes(100_000)))
    images.add("page", b"<html><body>We are sorry</body></html>")
    fleet.start()
    fleet.agent("host-0")
    page = {"id": "page", "url": images.url("page"), "allow_unverified": True}
    fleet.apply([entry(images, "packed"), page])
    for outcome in "cached", "existing":
        job = fleet.await_end(fleet.cache("packed", "page")["id"])
        row = fleet.result(job["id"], "host-0", "packed")
        assert row["outcome"] == outcome and "looks like xz" in row["detail"], row
        row = fleet.result(job["id"], "host-0", "page")
        assert row["reason"] == "format_mismatch" and "looks like HTML" in row["detail"], row
