"""What is in use stays, what is old and unused goes, and everybody can see why."""

import ctypes
import json
import mmap
import os
import secrets

import pytest

from instances import Instances, age, cache, cached_file, sweep
from nova_lock import NovaFetch
from test_main_job import entry

AT_ONCE = {"cache__unused_minimum_age_seconds": 0, "cache__sweep_interval_seconds": 3600}
DAYS = 3 * 86_400


@pytest.fixture
def host(fleet, images):
    """An agent with images a to d cached, at whose age nothing is spared, and its instances."""
    fleet.start()
    agent = fleet.agent("host-0", **AT_ONCE)
    for name in "abcd":
        images.add(name, secrets.token_bytes(200_000))
    fleet.apply([entry(images, name) for name in "abcd"])
    assert fleet.await_end(fleet.cache(*"abcd")["id"])["state"] == "succeeded"
    return agent


def present(agent) -> str:
    return "".join(name for name in "abcd" if agent.file(name).exists())


def test_what_an_instance_stands_on_stays_and_what_nothing_uses_goes(host):
    instances = Instances(host)
    disk = instances.add(host.file("a"))
    top = instances.add(instances.add(host.file("b"), relative=True), disk="disk.local", format="qcow2")
    resized = instances.add(host.file("c"), name=f"{disk.parent.name}_resize", disk="disk.swap")
    done = sweep(host, dry_run=True)
    assert done["candidates"] == [host.file("d").name] and present(host) == "abcd"
    done = sweep(host)
    assert present(host) == "abc"
    assert (done["removed"], done["kept"], done["problems"]) == (1, {"in_use": 3}, 0), done
    users = {name: cached_file(host, host.file(name))["users"] for name in "abc"}
    assert users["a"]["disk_names"] == [f"{disk.parent.name}/disk"]
    assert users["b"]["disks"] == 2 and f"{top.parent.name}/disk.local" in users["b"]["disk_names"]
    assert users["c"]["disk_names"] == [f"{resized.parent.name}/disk.swap"]
    removal = cache(host)["removals"][0]
    assert (removal["image_id"], removal["reason"], removal["name"]) == ("d", "unused", host.file("d").name)
    host.program.await_line("removed a cached file.*image=d reason=unused")
    for path in (disk, top, resized):
        path.unlink()
    sweep(host)
    assert present(host) == "b", "the lower disk of b's chain still stands on it"


def test_the_age_of_what_is_in_use_starts_anew_and_its_digest_stays_known(fleet, images, host):
    Instances(host).add(host.file("a"))
    age(host.file("a"), DAYS)
    assert fleet.await_end(fleet.cache("a")["id"])["state"] == "succeeded"
    before = host.file("a").stat().st_mtime_ns
    assert sweep(host)["renewed"] == 1
    assert host.file("a").stat().st_mtime_ns > before
    assert cached_file(host, host.file("a"))["verified"]
    host.program.terminate()
    host.start()
    assert cached_file(host, host.file("a"))["verified"], "the time that the sweep gave it is known after a restart"


class Mapping:
    """A file mapped into memory and open nowhere: proc(5)'s fd doesn't show it. (Python's own mmap keeps a descriptor.)"""

    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
    libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]

    def __init__(self, path):
        with path.open("rb") as file:
            self.place = self.libc.mmap(None, 4096, mmap.PROT_READ, mmap.MAP_PRIVATE, file.fileno(), 0)
        assert self.place not in (None, ctypes.c_void_p(-1).value), ctypes.get_errno()

    def close(self):
        self.libc.munmap(self.place, 4096)


@pytest.mark.parametrize("how", ["open", "mapped"])
def test_what_a_process_has_open_stays(host, how):
    held = Mapping(host.file("a")) if how == "mapped" else host.file("a").open("rb")
    if how == "open":
        users = cached_file(host, host.file("a"))["users"]
        assert f"({os.getpid()})" in users["process_names"][0], users
        refused = host.call("DELETE", "/v1/images/a")
        assert refused.status == 409 and refused.json["code"] == "image_in_use", refused.body
    sweep(host)
    assert present(host) == "a"
    held.close()
    sweep(host)
    assert present(host) == ""


def test_nothing_goes_while_a_disk_cannot_be_read(host):
    broken = host.folder / "5f0c8e7a" / "disk"
    broken.parent.mkdir()
    broken.write_bytes(b"QFI\xfb" + b"\xff" * 500)
    done = sweep(host)
    assert (done["removed"], done["problems"], done["kept"]) == (0, 1, {"usage_unknown": 4}), done
    assert str(broken) in done["problem_examples"][0]
    host.program.await_line("it can't be told what is in use, so nothing is removed.*5f0c8e7a/disk")
    assert str(broken) in cache(host)["usage"]["problem"]
    refused = host.call("DELETE", "/v1/images/a")
    assert refused.status == 409 and "can't be told" in refused.json["detail"], refused.body
    (broken.parent / "disk.info").write_text(json.dumps({f"/var/lib/nova/{broken.parent.name}/disk": "raw"}))
    assert sweep(host)["removed"] == 4, "of a disk that Nova knows to be raw the guest writes the first bytes"


def test_hostile_instances_neither_stop_the_sweep_nor_hide_a_use(host):
    instances = Instances(host)
    loop = instances.add(host.file("a"))
    os.system(f"cd {loop.parent} && qemu-img rebase -u -f qcow2 -b disk -F qcow2 disk")
    os.symlink(".", loop.parent / "round")
    os.symlink("/nowhere", loop.parent / "dangling")
    os.mkfifo(loop.parent / "fifo")
    (loop.parent / "console.log").write_bytes(b"QFI\xfb" + b"\xff" * 500)
    other = host.folder / "elsewhere"
    other.mkdir()
    kept = instances.add(host.file("b"), name="elsewhere/moved\nhere")
    os.symlink(kept.parent, host.folder / "a\nlinked instance")
    away = instances.add(host.file("c"))
    os.system(f"qemu-img rebase -u -f qcow2 -b /var/lib/nova/instances/_base/{host.file('c').name} -F raw {away}")
    os.link(host.file("d"), host.folder / "second-name")
    done = sweep(host)
    assert present(host) == "bcd" and done["problems"] == 0, done
    assert cached_file(host, host.file("d"))["users"]["other_names"]


def test_strange_things_in_the_cache_are_left_alone_and_counted(host):
    for name in ("a" * 39, "b" * 40 + "_x", "C" * 40, "new\nline", "swap_", "f" * 40 + ".part", "backup.qcow2"):
        (host.cache / name).write_bytes(b"mine")
        age(host.cache / name, DAYS)
    (host.cache / ("d" * 40)).mkdir()
    (host.cache / ("e" * 40)).symlink_to(host.file("a"))
    listed = set(os.listdir(host.cache))
    done = sweep(host)
    assert done["unknown"] == 9 and done["removed"] == 4
    assert listed - set(os.listdir(host.cache)) == {host.file(name).name for name in "abcd"}


@pytest.mark.parametrize("policy", ["leave", "age"])
def test_what_nova_made_is_left_or_ages_as_a_setting_says(fleet, policy):
    fleet.start()
    agent = fleet.agent("host-0", cache__nova_files=policy, cache__sweep_interval_seconds=3600)
    files = {name: agent.cache / name for name in (
        "1" * 40, "2" * 40 + "_20", "swap_512", "ephemeral_1_abcdef0", "3" * 40, "4" * 40 + "_20", "swap_64")}
    for path in files.values():
        path.write_bytes(b"x" * 70_000)
        age(path, 7_200)
    for name in ("1" * 40, "swap_512", "ephemeral_1_abcdef0"):
        age(files[name], DAYS)
    for name in ("swap_64", "3" * 40, "4" * 40 + "_20"):
        age(files[name], DAYS)
        Instances(agent).add(files[name])
    done = sweep(agent)
    left = {name for name, path in files.items() if path.exists()}
    if policy == "leave":
        assert left == set(files) and done["kept"] == {"in_use": 3, "nova_file": 4}
    else:
        assert left == {"swap_64", "3" * 40, "4" * 40 + "_20"}, "resized ones after an hour, others after a day"
        assert {cached_file(agent, files[name])["kind"] for name in left} == {"image", "resized", "swap"}


@pytest.mark.parametrize("time, goes", [(1, False), (-(10**10), False), (2**33, False), (1_600_000_000, True)])
def test_a_file_goes_only_if_its_age_is_certain(fleet, time, goes):
    fleet.start()
    agent = fleet.agent("host-0", cache__nova_files="age", cache__sweep_interval_seconds=3600)
    path = agent.cache / ("1" * 40)
    path.write_bytes(b"x")
    os.utime(path, (time, time))
    sweep(agent)
    assert path.exists() != goes


def test_a_pinned_image_stays_and_stays_young_for_nova(fleet, images, host):
    job = fleet.cache("a", keep_seconds=3600)
    assert fleet.await_end(job["id"])["state"] == "succeeded"
    os.utime(host.file("a"), (1_600_000_000, 1_600_000_000))
    sweep(host)
    assert present(host) == "a"
    assert host.file("a").stat().st_mtime > 1_600_000_000
    file = cached_file(host, host.file("a"))
    assert file["kept"] == "pinned" and file["kept_until"] == file["pinned_until"]
    assert host.call("DELETE", "/v1/images/a").status == 204, "who asks for it may remove a pinned one"


def test_nothing_is_removed_while_nova_holds_the_files_lock(host):
    host.file("a").rename(host.folder / "hidden")
    held = NovaFetch(host.folder, host.file("a").name)
    try:
        held.await_word("locked")
        (host.folder / "hidden").rename(host.file("a"))
        done = sweep(host)
        assert done["kept"] == {"busy": 1} and present(host) == "a"
        held.tell("go")
        held.await_word("released")
        held.process.wait()
        sweep(host)
        assert present(host) == ""
    finally:
        held.kill()


def test_removal_off_keeps_what_is_old(fleet):
    fleet.start()
    agent = fleet.agent("host-0", cache__remove_unused=False, cache__nova_files="age")
    path = agent.cache / ("1" * 40)
    path.write_bytes(b"x")
    age(path, DAYS)
    assert sweep(agent)["kept"] == {"removal_off": 1}


def test_an_image_in_use_is_not_removed_on_request(host):
    disk = Instances(host).add(host.file("a"))
    refused = host.call("DELETE", "/v1/images/a")
    assert refused.status == 409 and refused.json["code"] == "image_in_use"
    assert f"{disk.parent.name}/disk" in refused.json["detail"]
    assert host.call("DELETE", "/v1/images/b").status == 204
    assert host.call("DELETE", "/v1/images/b").status == 404
    assert present(host) == "acd"
    assert cache(host)["removals"][0]["reason"] == "asked"


def test_sweeps_come_by_themselves_and_removals_outlive_a_restart(fleet, host):
    host.program.terminate()
    host.start(cache__sweep_interval_seconds=1)
    host.program.await_line("removed a cached file.*image=d")
    fleet.eventually("all images going", lambda: present(host) == "")
    host.program.terminate()
    host.start()
    assert {removal["image_id"] for removal in cache(host)["removals"]} == set("abcd")
    metrics = host.call("GET", "/metrics").body.decode()
    assert "precache_agent_removed_files_total" in metrics


def test_the_service_and_the_cli_show_a_hosts_cache(fleet, host):
    disk = Instances(host).add(host.file("a"))
    sweep(host)
    answer = fleet.call("GET", "/v1/hosts/host-0/cache", role="reader")
    assert answer.status == 200 and len(answer.json["cache"]["files"]) == 1
    page = fleet.call("GET", "/v1/hosts/host-0/cache?limit=1", role="reader").json["cache"]
    assert page["next"] is None
    shown = fleet.cli("host", "cache", "host-0")
    assert shown.returncode == 0, shown.stderr
    assert f"in use: 1 disk ({disk.parent.name}/disk)" in shown.stdout and host.file("a").name in shown.stdout
    assert shown.stdout.count("unused") == 3
    whole = json.loads(fleet.cli("host", "cache", "host-0", "--output", "json").stdout)["cache"]
    assert [file["image_id"] for file in whole["files"]] == ["a"] and len(whole["removals"]) == 3


def test_a_host_that_cannot_be_asked_is_a_clear_error(fleet, host):
    assert fleet.call("GET", "/v1/hosts/nobody/cache").json["code"] == "host_not_found"
    assert fleet.call("GET", "/v1/hosts/host-0/cache?after=../x").status == 400
    assert fleet.call("GET", "/v1/hosts/host-0/cache", role="agent").status == 403
    host.program.terminate()
    answer = fleet.call("GET", "/v1/hosts/host-0/cache")
    assert answer.status == 502 and answer.json["code"] == "agent_unreachable", answer.body
    shown = fleet.cli("host", "cache", "host-0")
    assert shown.returncode == 4 and "precache host show" in shown.stderr, shown.stderr
    host.settings["token"] = "0" * 32
    host.start()
    assert fleet.call("GET", "/v1/hosts/host-0/cache").json["code"] == "agent_unauthorized"


def test_a_disk_never_finds_other_bytes_under_the_name_that_it_stands_on(fleet, images, host):
    instances = Instances(host)
    disk = instances.add(host.file("a"))
    old = host.file("a").read_bytes()
    images.add("a", secrets.token_bytes(250_000))
    fleet.apply([entry(images, "a")])
    requests = len(images.requests_for("a"))
    job = fleet.await_end(fleet.cache("a", max_attempts=1)["id"])
    row = fleet.result(job["id"], "host-0", "a")
    assert (row["outcome"], row["reason"]) == ("error", "io_error"), row
    assert f"{disk.parent.name}/disk" in row["detail"] and host.file("a").read_bytes() == old
    assert len(images.requests_for("a")) == requests, "nothing was fetched in vain"
    disk.unlink()
    job = fleet.await_end(fleet.cache("a")["id"])
    assert fleet.result(job["id"], "host-0", "a")["outcome"] == "cached"
    assert host.file("a").read_bytes() == images.images["/a"].data


def test_room_is_made_of_what_is_unused_and_unpinned_oldest_first(fleet, images):
    fleet.start()
    agent = fleet.agent("host-0", cache__max_bytes=1 << 20, cache__sweep_interval_seconds=3600)
    for name in "abcde":
        images.add(name, secrets.token_bytes(300_000))
    fleet.apply([entry(images, name) for name in "abcde"])
    for name, wish in [("a", {"keep_seconds": 600}), ("b", {}), ("c", {})]:
        assert fleet.await_end(fleet.cache(name, **wish)["id"])["state"] == "succeeded"
    Instances(agent).add(agent.file("b"))
    job = fleet.await_end(fleet.cache("d")["id"])
    assert fleet.result(job["id"], "host-0", "d")["outcome"] == "cached"
    assert [name for name in "abcd" if agent.file(name).exists()] == ["a", "b", "d"], "c was all that could go"
    assert cache(agent)["removals"][0]["reason"] == "room"
    Instances(agent).add(agent.file("d"), name="7d1e3c52-0000-4000-8000-000000000002")
    job = fleet.await_end(fleet.cache("e", max_attempts=1)["id"])
    row = fleet.result(job["id"], "host-0", "e")
    assert (row["outcome"], row["reason"], row["bytes_done"]) == ("error", "no_space", 0), row
    assert "0 evictable" in row["detail"] and not images.requests_for("e"), row
