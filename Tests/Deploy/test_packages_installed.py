"""The packages installed, used, upgraded, removed and purged under a running systemd, from nothing but themselves.

Where no machine can be booted these are skipped and say why; test_packages.py is all that is checked then.
"""

import hashlib

import pytest

from conftest import PROGRAMS, give_address, image_server
from debian_packages import SETTINGS, UNITS
from test_install import Reader

ADDRESS = "192.0.2.1"
IMAGE = b"a disk's bytes" * 100_000
SHA256 = hashlib.sha256(IMAGE).hexdigest()


@pytest.fixture(scope="module")
def reader(boot, folder, newer):
    """A compute host that is the central machine too, as Nova's packages leave it; of ours it has packages alone."""
    machine = boot("compute-1", seen={folder: "/root/archive", newer: "/root/newer"})
    give_address(machine, ADDRESS)
    machine.run("useradd --system --home-dir /var/lib/nova nova; install -d -o nova -g nova /var/lib/nova/instances")
    return Reader(machine, machine)


@pytest.fixture
def machine(reader):
    return reader.machines["central"]


@pytest.fixture(scope="module")
def source(reader, tmp_path_factory):
    """An image server in the machine's network."""
    images = tmp_path_factory.mktemp("images")
    (images / "disk.img").write_bytes(IMAGE)
    with image_server(reader.machines["central"], ADDRESS, images) as url:
        yield f"{url}/disk.img"


def running(machine) -> dict[str, list[str]]:
    return {unit: machine.properties(unit, "ActiveState", "MainPID") for unit in UNITS}


def test_an_install_starts_nothing_and_says_what_is_next(machine):
    said = machine.says("cd archive; apt-get install ./precached_*.deb ./precache-agent_*.deb ./precache_*.deb")
    assert running(machine) == {unit: ["inactive", "0"] for unit in UNITS}
    assert machine.run("systemctl is-enabled precached precache-agent", check=False).stdout.split() == ["disabled"] * 2
    for unit in UNITS:
        told = said[said.index(f"{unit} is installed, not started"):].splitlines()[:3]
        assert f"systemctl enable --now {unit}" in "".join(told) and SETTINGS[unit] in "".join(told)
    paths = ["/etc/precache", "/etc/precache/tls", *SETTINGS.values(), "/var/lib/precached"]
    assert machine.says(f"stat -c '%a %U:%G' {' '.join(paths)}").splitlines() == [
        "2750 root:precache", "2750 root:precache", "640 root:precache", "640 root:precache", "700 precache:precache"]
    assert machine.says("dpkg --verify; dpkg --audit") == ""


def test_an_empty_secret_is_no_secret(machine):
    settings = SETTINGS["precached"]
    machine.run(f"cp -p {settings} before; echo 'agents.token = \"\"' >> {settings}")
    assert machine.run("systemctl start precached", check=False).returncode != 0
    assert machine.properties("precached", "ActiveState", "ExecMainStatus") == ["failed", "78"]
    machine.run(f"cp -p before {settings}; systemctl reset-failed")


def test_the_page_is_followed_and_a_job_done_from_the_packages_alone(reader, machine, source):
    reader.follow("Install from packages")
    found = machine.says(f"command -v {' '.join(PROGRAMS)}")
    assert found.splitlines() == [f"/usr/bin/{name}" for name in PROGRAMS]
    machine.run(f"""
        cd /etc/precache && /usr/share/precached/make-certificates.sh --service-names 127.0.0.1 tls compute-1={ADDRESS}
        cp tls/agents/compute-1.* tls/ && chgrp precache tls/compute-1.* && chmod 640 tls/compute-1.key
        printf 'agents.tls.%s = "/etc/precache/tls/%s"\\n' >> precached.toml \\
            ca ca.pem certificate service-client.pem key service-client.key
        printf 'listen.tls.%s = "/etc/precache/tls/%s"\\n' >> agent.toml \\
            client_ca ca.pem certificate compute-1.pem key compute-1.key
        systemctl restart precached precache-agent
    """)
    reader.run("central", f"""
        printf '%s\\n' 'hosts: [{{name: compute-1, address: 127.0.0.1}}]' \\
            'aggregates: [{{name: one, hosts: [compute-1]}}]' 'images:' \\
            '  - {{id: disk, url: "{source}", hash_algorithm: sha256, hash: {SHA256}}}' > /root/own.yaml
        precache inventory apply -f /root/own.yaml
        precache cache one disk --wait
    """)
    assert SHA256 in machine.says("sha256sum $(find /var/lib/nova/instances/_base -maxdepth 1 -type f)")


@pytest.mark.parametrize("program", PROGRAMS)
def test_bash_takes_the_completions(machine, program):
    completions = f"/usr/share/bash-completion/completions/{program}"
    assert machine.says(f"source {completions}; complete -p {program}").endswith(f" {program}")


def test_an_upgrade_restarts_what_runs_and_keeps_settings_and_state(reader, machine):
    settings = "find /etc/precache -type f -exec sha256sum {} + -exec stat -c '%a %G %n' {} +"
    before, etc = running(machine), machine.says(settings)
    assert [state for state, _ in before.values()] == ["active"] * 2
    machine.run("apt-get install -y ./newer/*.deb")
    after = running(machine)
    assert {unit: state for unit, (state, _) in after.items()} == {unit: "active" for unit in UNITS}
    assert all(after[unit][1] != before[unit][1] for unit in UNITS)
    assert machine.says(settings) == etc
    assert "succeeded" in reader.run("central", "precache job list").stdout


def test_an_upgrade_of_what_is_stopped_leaves_it_stopped(machine):
    machine.run("systemctl stop precache-agent; apt-get install -y --allow-downgrades ./archive/precache-agent_*.deb")
    assert running(machine)["precache-agent"] == ["inactive", "0"]
    assert machine.says("systemctl is-enabled precache-agent") == "enabled"
    machine.run("systemctl start precache-agent")


def test_a_removal_keeps_settings_and_state_and_a_new_install_goes_on(reader, machine):
    kept = "cd /; sha256sum /etc/precache/*.toml; ls /var/lib/precached/precached.db"
    before = machine.says(kept)
    machine.run("apt-get remove -y precached precache-agent")
    assert running(machine) == {unit: ["inactive", "0"] for unit in UNITS}
    assert machine.says(kept) == before
    machine.run("apt-get install -y ./newer/*.deb; systemctl start precached precache-agent")
    assert machine.says("systemctl is-enabled precached precache-agent").split() == ["enabled"] * 2
    assert "succeeded" in reader.run("central", "precache job list").stdout


def test_a_purge_takes_state_and_settings_and_leaves_keys_and_what_is_novas(machine):
    nova = "find /var/lib/nova -exec stat -c '%n %U %a %s' {} + | sort"
    machine.run("systemctl stop precached precache-agent")
    keys, images = machine.says("find /etc/precache/tls -type f | sort"), machine.says(nova)
    assert "ca.key" in keys and "_base/" in images
    said = machine.says("apt-get purge -y precached precache-agent precache")
    assert machine.says(nova) == images
    assert "rm -r /var/lib/nova/instances/_base/.precache" in said and "/var/lib/precached stays" not in said
    assert machine.says("find /etc/precache -type f | sort") == keys
    places = ["proc", "root", "var/log", "run", "sys", "var/lib/nova"]
    elsewhere = " ".join(f"-not -path '/{place}/*'" for place in places)
    left = machine.says(f"find / -xdev -name '*precache*' {elsewhere}")
    assert left == "/etc/precache"
    assert machine.says("id -un precache; systemctl list-unit-files --no-legend 'precache*' || true") == "precache"


def test_a_purge_leaves_what_the_service_did_not_make_and_tells_of_it(machine):
    machine.run("apt-get install -y ./newer/precached_*.deb; systemctl start precached; systemctl stop precached")
    # Names like its own ones, too, and what is left where the service was killed.
    own = ["precached.db", *(f"precached.db{end}" for end in ["-wal", "-shm", "-journal", ".lock"])]
    others = ["backup.db", "before-0.1.0.db", "older/precached.db", "precached.db.bak"]
    machine.run(f"""
        cd /var/lib/precached; mkdir older; touch {' '.join(others + own)}
    """)
    said = machine.says("apt-get purge -y precached")
    assert machine.says("cd /var/lib/precached; find . -type f -printf '%P\n' | LC_ALL=C sort").split() == sorted(others)
    assert machine.says("stat -c '%a %U' /var/lib/precached") == "700 precache"
    told = said[said.index("/var/lib/precached stays"):]
    assert all(f"  /var/lib/precached/{name.split('/')[0]}\n" in told for name in others)
    machine.run("rm -r /var/lib/precached")


def test_settings_of_an_install_by_hand_are_taken_over(machine):
    """After the purges, so that this is a first install; dpkg is told to keep what it doesn't know."""
    settings = SETTINGS["precached"]
    machine.run(f"""
        echo 'listen.port = 7799' | install -m 640 -g precache /dev/stdin {settings}
        apt-get install -y -o Dpkg::Options::=--force-confold ./newer/precached_*.deb
        systemctl start precached
        : </dev/tcp/127.0.0.1/7799
    """)
    assert machine.says(f"cat {settings}; stat -c '%a %U:%G' {settings}") == "listen.port = 7799\n640 root:precache"
