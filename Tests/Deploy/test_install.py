"""deploy/README.md, followed to the letter by a newcomer: two minimal Debians, the central machine and a compute host.

Its blocks that are marked `sh central` and `sh compute` run as they stand, in their order, on these machines, which share a
network. `scp` is a stand-in, since there is no sshd between them.
"""

import hashlib
import json
import re
from itertools import takewhile
from pathlib import Path

import pytest

from conftest import CHECKOUT, PROGRAMS, give_address, image_server

PAGE = (CHECKOUT / "deploy/README.md").read_text()
BLOCK = re.compile(r"^( *)```sh (central|compute)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
ADDRESSES = {"central": "192.0.2.1", "compute-1": "192.0.2.11"}
IMAGE = b"a disk's bytes" * 100_000
SHA256 = hashlib.sha256(IMAGE).hexdigest()


def blocks(heading: str) -> list[tuple[str, str]]:
    """The blocks of a section up to the next heading, with the machine that each is for."""
    section = re.search(rf"^(#+) {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    found = [(machine, re.sub(f"^{indent}", "", text, flags=re.MULTILINE))
             for indent, machine, text in BLOCK.findall(section[2])]
    assert found, f"nothing to run below {heading}"
    return found


class Reader:
    """Follows the page on both machines, each as in one shell: what a block exports, its functions, where it is, and its umask, the next
    has."""

    def __init__(self, central, compute):
        self.machines = {"central": central, "compute": compute}

    def follow(self, heading: str):
        for machine, text in blocks(heading):
            self.run(machine, text)

    def run(self, machine: str, text: str, check=True):
        ended = self.machines[machine].run(
            f"cd archive; [ ! -e ../shell ] || . ../shell\n{text}\n"
            "{ export -p; declare -f; echo \"umask $(umask); cd '$PWD'\"; } > /root/shell", check)
        for file in self.machines["central"].inside("/root/sent").glob("*"):
            # What scp would do, on the other side: -p keeps the mode, the folder gives the group.
            self.machines["compute"].inside(f"/root/{file.name}").write_bytes(file.read_bytes())
            self.machines["compute"].run(f"install -m {file.stat().st_mode & 0o777:o} {file.name} /etc/precache/tls/{file.name}")
            file.unlink()
        return ended


@pytest.fixture(scope="module")
def reader(boot):
    central = boot("central")
    compute = boot("compute-1", beside=central)
    names = "".join(f"{address} {name}\\n" for name, address in ADDRESSES.items()) + "192.0.2.1 precache.example.org\\n"
    for machine in [central, compute]:
        machine.run(f"printf '{names}' >> /etc/hosts; mkdir /root/archive; "
                    f"tar -cf - deploy {' '.join(PROGRAMS)} | tar -xf - -C archive")
    for address in ADDRESSES.values():
        give_address(central, address)
    # As Nova's packages leave a host.
    compute.run("useradd --system --home-dir /var/lib/nova nova; install -d -o nova -g nova /var/lib/nova/instances")
    central.run("mkdir /root/sent; printf '%s\\n' '#!/bin/bash' '[[ $1 = -p && ${*: -1} = root@compute-1:/etc/precache/tls/ ]]' "
                "'cp \"${@:1:$#-1}\" /root/sent/' > /usr/local/bin/scp; chmod 755 /usr/local/bin/scp")
    return Reader(central, compute)


@pytest.fixture(scope="module")
def source(reader, tmp_path_factory):
    """An image server in the machines' network."""
    folder = tmp_path_factory.mktemp("images")
    (folder / "disk.img").write_bytes(IMAGE)
    with image_server(reader.machines["central"], ADDRESSES["central"], folder) as url:
        yield f"{url}/disk.img"


def test_the_install_works_as_written(reader):
    reader.follow("Install")
    assert reader.machines["central"].properties("precached", "ActiveState") == ["active"]
    assert reader.machines["compute"].properties("precache-agent", "ActiveState") == ["active"]
    modes = "stat -c '%a %U:%G' /etc/precache/{}"
    assert reader.machines["central"].says(modes.format("precached.toml")) == "640 root:precache"
    assert reader.machines["compute"].says(modes.format("agent.toml")) == "640 root:precache"


def test_a_host_takes_few_commands():
    """Of the section's blocks up to the renewal, those that say the host's name; the first makes the certificates of all."""
    before = takewhile(lambda text: "--renew" not in text, (text for _, text in blocks("Certificates, end to end")[1:]))
    own = [text for text in before if "compute-1" in text]
    commands = re.sub(r"\\\n|<<'EOF'.*?^EOF$", " ", "".join(own), flags=re.DOTALL | re.MULTILINE).split("\n")
    assert 3 <= len([command for command in commands if command.strip()]) <= 6, commands


def test_mutual_tls_works_as_written_and_a_job_is_done_over_it(reader, source):
    # With the renewal at its end: both programs have reloaded their certificates.
    reader.follow("Certificates, end to end")
    central, compute = reader.machines["central"], reader.machines["compute"]
    reader.run("central", "until precache host list | grep -E 'compute-1 .* up '; do sleep 0.2; done")
    reader.run("central", f"""
        printf '%s\\n' 'aggregates: [{{name: one, hosts: [compute-1]}}]' 'images:' \\
            '  - {{id: disk, url: "{source}", hash_algorithm: sha256, hash: {SHA256}}}' > own.yaml
        precache inventory apply -f own.yaml
        precache cache one disk --wait
    """)
    assert SHA256 in compute.says("sha256sum $(find /var/lib/nova/instances/_base -maxdepth 1 -type f)")
    # Nobody but the service gives orders: a caller without its certificate isn't let in.
    refused = central.run("printf 'GET /v1/tasks HTTP/1.0\\r\\n\\r\\n' | openssl s_client -quiet -connect compute-1:7701 2>&1")
    assert " 401 " in refused.stdout, refused.stdout
    assert central.says("find /etc/precache -name '*.key' ! -name ca.key ! -group precache; stat -c '%a %U' "
                        "/etc/precache/tls/ca.key") == "600 root"
    # Who breaks into the service finds neither a host's key nor its token; the host's agent alone reads them.
    assert central.says("find /etc/precache -name '*.token'") == ""
    for file in ["agents/compute-1.key", "agents/compute-1.pem", "ca.key"]:
        assert central.run(f"runuser -u precache -- cat /etc/precache/tls/{file}", check=False).returncode != 0, file
    assert compute.says("stat -c '%a %U:%G' /etc/precache/tls/compute-1.{key,token}").split("\n") == ["640 root:precache"] * 2


def test_a_token_that_cannot_be_made_is_copied_nowhere(reader):
    step = next(text for _, text in blocks("Certificates, end to end") if "token create" in text)
    token = "cat /etc/precache/tls/compute-1.token"
    before = reader.machines["compute"].says(token)
    # As in a shell at a terminal, which goes on after what fails.
    reader.run("central", "set +e +o pipefail\n" + step.replace("token create", "token create --config /etc/precache/none.toml"))
    assert reader.machines["compute"].says(token) == before != ""
    assert reader.machines["central"].says("find /etc/precache -name '*.token'") == ""


def test_upgrade_backup_and_restore_work_as_written(reader):
    central = reader.machines["central"]
    reader.follow("Upgrade")
    backup, restore = blocks("Backup and restore")
    assert reader.run("central", backup[1]).stdout.strip().endswith("ok")
    assert central.says("stat -c '%a %U' /var/lib/precached/backup.db") == "600 precache"
    before = json.loads(reader.run("central", "precache host list -o json").stdout)["hosts"]
    reader.run("central", "precache host set later --address 192.0.2.99")
    reader.run("central", restore[1])
    after = json.loads(reader.run("central", "precache host list -o json").stdout)["hosts"]
    assert [host["name"] for host in after] == [host["name"] for host in before]


def test_uninstall_of_a_host_leaves_the_service_beside_it(reader):
    central = reader.machines["central"]
    files = "find /etc/precache -type f | sort"
    before = central.says(files)
    assert "/etc/precache/tls/ca.key" in before
    reader.run("central", """
        install -m 755 precache-agent /usr/local/bin/
        install -m 644 deploy/systemd/precache-agent.service /etc/systemd/system/
        systemctl daemon-reload
        touch /etc/precache/agent.toml /etc/precache/tls/compute-1.{pem,key,token}
        mkdir -p /var/lib/nova/instances/_base/.precache
    """)
    machine, own = blocks("Uninstall")[0]
    assert machine == "compute"
    reader.run("central", own)
    assert central.says(files) == before
    reader.run("central", "systemctl restart precached")


def test_uninstall_leaves_the_images_and_nothing_of_ours(reader):
    reader.follow("Uninstall")
    for machine in reader.machines.values():
        left = machine.says("find / -xdev -name '*precache*' -not -path '/proc/*' -not -path '/root/*' -not -path '/var/log/*' "
                            "-not -path '/run/*' -not -path '/sys/*'; getent passwd precache || true")
        assert left == ""
    assert reader.machines["compute"].says("ls /var/lib/nova/instances/_base") != ""
