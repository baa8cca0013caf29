"""What deploy/package.sh makes: looked into, and installed, used, upgraded, removed and purged under a running systemd.

Where no machine can be booted only the first is done; the skipped tests say why.
"""

import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from conftest import CHECKOUT, PROGRAMS, packages, runtime
from test_install import Reader

SETTINGS = {"precached": "/etc/precache/precached.toml", "precache-agent": "/etc/precache/agent.toml"}
UNITS = list(SETTINGS)
ADDRESS = "192.0.2.1"
IMAGE = b"a disk's bytes" * 100_000
SHA256 = hashlib.sha256(IMAGE).hexdigest()
STATE = "systemctl show -p ActiveState,MainPID --value {}"


def made(out: Path, **environment) -> Path:
    subprocess.run([CHECKOUT / "deploy/package.sh", "--programs", Path(shutil.which("precached")).parent, "--out", out],
                   check=True, env={**os.environ, **environment}, capture_output=True)
    return out


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The packages of the programs on the path."""
    if runtime(shutil.which("precached")):
        pytest.skip("debug programs need Swift's libraries, which no package of Debian's has")
    if missing := [tool for tool in ["dpkg-shlibdeps", "lintian"] if not shutil.which(tool)]:
        pytest.skip(f"{', '.join(missing)} is not here: deploy/setup.sh test")
    return made(tmp_path_factory.mktemp("packages"))


@pytest.fixture(params=PROGRAMS)
def package(request, folder, tmp_path):
    """A package and what is in it."""
    return Package(request.param, folder, tmp_path)


class Package:
    def __init__(self, name: str, folder: Path, unpacked: Path):
        self.name = name
        [self.file] = folder.glob(f"{name}_*.deb")
        self.root = unpacked / name
        subprocess.run(["dpkg-deb", "--raw-extract", self.file, self.root], check=True)

    def field(self, name: str) -> str:
        return subprocess.run(["dpkg-deb", "--field", self.file, name], capture_output=True, text=True, check=True).stdout.strip()

    def listing(self) -> dict[str, tuple[str, str]]:
        """Mode and owner of each path."""
        lines = subprocess.run(["dpkg-deb", "--contents", self.file], capture_output=True, text=True, check=True).stdout
        return {line.split()[5].removeprefix("."): (line.split()[0], line.split()[1]) for line in lines.splitlines()}


def test_lintian_finds_no_error(folder):
    ended = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning", *sorted(folder.glob("*.deb"))],
                           capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (0, "")


def test_dependencies_are_what_the_program_links_and_what_it_runs(package):
    depends = {item.split()[0] for item in package.field("Depends").split(", ")}
    libraries = {"libc6", "libgcc-s1", "libstdc++6", "libssl3", "libcurl4"}
    own = {"precached": {"libsqlite3-0", "libpq5", "tzdata", "systemd"}, "precache-agent": {"qemu-utils", "systemd"},
           "precache": set()}
    assert depends == libraries | {"ca-certificates"} | own[package.name]
    # What the page tells those who install by hand is neither more nor less, but for what has its own reason there.
    assert depends - {"libc6", "libgcc-s1", "systemd"} <= set(packages())


def test_all_is_roots_and_settings_are_not_for_everybody(package):
    listing = package.listing()
    assert {owner for _, owner in listing.values()} == {"root/root"}
    settings = SETTINGS.get(package.name)
    for path, (mode, _) in listing.items():
        if path == settings:
            assert mode == "-rw-r-----"
        elif path.startswith("/etc/precache"):
            assert mode == "drwxr-s---", path
        else:
            executable = path.startswith("/usr/bin/") or path.endswith((".sh", "/"))
            assert mode[1:] == ("rwxr-xr-x" if executable else "rw-r--r--"), path
    conffiles = package.root / "DEBIAN/conffiles"
    assert (conffiles.read_text().split() if conffiles.exists() else []) == ([settings] if settings else [])


def test_the_version_is_the_programs_own(package):
    said = subprocess.run([package.root / "usr/bin" / package.name, "--version"], capture_output=True, text=True).stdout.strip()
    assert package.field("Version") == f"{said}-1"
    assert said in (CHECKOUT / "Sources/Domain/PrecacheModel/Version.swift").read_text()
    changelog = gzip.decompress((package.root / f"usr/share/doc/{package.name}/changelog.Debian.gz").read_bytes()).decode()
    assert changelog.startswith(f"precache ({said}-1) ")


def test_the_manual_has_every_command_and_every_setting_and_reads_without_a_warning(package):
    manual = package.root / "usr/share/man"
    text = {}
    for page in manual.rglob("*.gz"):
        read = subprocess.run(["man", "--warnings", "--local-file", page], capture_output=True, text=True,
                              env={**os.environ, "MANWIDTH": "200", "LC_ALL": "C.UTF-8", "MANROFFSEQ": ""})
        assert (read.returncode, read.stderr) == (0, ""), page
        text[page.name] = read.stdout
    section = "1" if package.name == "precache" else "8"
    commands = text[f"{package.name}.{section}.gz"]
    helped = subprocess.run([package.name, "--help"], capture_output=True, text=True, check=True).stdout
    names = re.findall(r"^  ([a-z]+) ", helped.split("SUBCOMMANDS:")[1], re.MULTILINE)
    assert len(names) > 2
    for name in names:
        assert re.search(rf"^ +{package.name} {name}\b", commands, re.MULTILINE), name
    if package.name in SETTINGS:
        printed = subprocess.run([package.name, "settings"], capture_output=True, text=True, check=True).stdout
        keys = re.findall(r"^#([\w.]+) = ", printed, re.MULTILINE)
        assert len(keys) > 20
        assert [key for key in keys if f"       {key} = " not in text[f"{package.name}.toml.5.gz"]] == []


def test_units_differ_from_those_of_the_page_in_paths_alone(package):
    if package.name not in UNITS:
        return
    ours = (package.root / f"lib/systemd/system/{package.name}.service").read_text().splitlines()
    page = (CHECKOUT / f"deploy/systemd/{package.name}.service").read_text().splitlines()
    assert len(ours) == len(page)
    differing = [new for new, old in zip(ours, page) if new != old]
    assert all(re.match(r"Exec(Start|Reload)=/usr/bin/precache|Documentation=man:", line) for line in differing)
    assert len(differing) == 3 and "/usr/local" not in "\n".join(ours)


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="shellcheck is not here")
def test_the_scripts_of_a_package_are_plain_shell(package):
    for script in ["postinst", "prerm", "postrm"]:
        if package.name in UNITS:
            subprocess.run(["shellcheck", package.root / "DEBIAN" / script], check=True)


def test_the_tarball_is_for_the_pages_install_and_checksums_are_of_all(folder):
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=folder, check=True)
    assert len((folder / "SHA256SUMS").read_text().splitlines()) == len(list(folder.iterdir())) - 1 == 4
    [archive] = folder.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        files = {member.name.partition("/")[2]: member for member in tar}
    assert {"deploy/systemd/precached.service", "deploy/README.md", "man/man1/precache.1", *PROGRAMS} <= set(files)
    assert {(member.uid, member.gid) for member in files.values()} == {(0, 0)}
    assert all(files[program].mode == 0o755 for program in PROGRAMS)


def test_the_same_programs_make_the_same_bytes(folder, tmp_path):
    again = made(tmp_path / "again", TZ="Asia/Tokyo", LC_ALL="C.UTF-8")
    assert (again / "SHA256SUMS").read_text() == (folder / "SHA256SUMS").read_text()


@pytest.fixture(scope="module")
def newer(folder, tmp_path_factory):
    """The same packages as a next version's."""
    unpacked, out = tmp_path_factory.mktemp("newer-roots"), tmp_path_factory.mktemp("newer")
    for name in PROGRAMS:
        root = Package(name, folder, unpacked).root
        control = root / "DEBIAN/control"
        control.write_text(re.sub(r"^(Version: .*)-1$", r"\1-2", control.read_text(), flags=re.MULTILINE))
        subprocess.run(["dpkg-deb", "--build", "--root-owner-group", "-Znone", root, out], check=True, capture_output=True)
    return out


@pytest.fixture(scope="module")
def reader(boot, folder, newer):
    """A compute host that is the central machine too, as Nova's packages leave it; nothing of ours but packages is there."""
    machine = boot("compute-1", seen={folder: "/root/archive", newer: "/root/newer"})
    subprocess.run(["nsenter", "--target", str(machine.init), "--net", "ip", "address", "add", ADDRESS, "dev", "lo"], check=True)
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
    server = subprocess.Popen(
        ["nsenter", "--target", str(reader.machines["central"].init), "--net", sys.executable, "-u", "-m", "http.server",
         "--bind", ADDRESS, "--directory", images, "8080"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert "Serving" in server.stdout.readline()
    yield f"http://{ADDRESS}:8080/disk.img"
    server.kill()
    server.wait()


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
    reader.run("central", "[ \"$(command -v precache)\" = /usr/bin/precache ] && ! ls /usr/local/bin/precache* 2>/dev/null")
    machine.run(f"""
        cd /etc/precache && /usr/share/precached/make-certificates.sh --service-names 127.0.0.1 tls compute-1={ADDRESS}
        cp tls/agents/compute-1.* tls/ && chgrp precache tls/compute-1.* && chmod 640 tls/compute-1.key
        printf 'agents.tls.%s = "/etc/precache/tls/%s"\\n' ca ca.pem certificate service-client.pem key service-client.key \\
            >> precached.toml
        printf 'listen.tls.%s = "/etc/precache/tls/%s"\\n' client_ca ca.pem certificate compute-1.pem key compute-1.key \\
            >> agent.toml
        systemctl restart precached precache-agent
    """)
    reader.run("central", f"""
        printf '%s\\n' 'hosts: [{{name: compute-1, address: 127.0.0.1}}]' 'aggregates: [{{name: one, hosts: [compute-1]}}]' \\
            'images:' '  - {{id: disk, url: "{source}", hash_algorithm: sha256, hash: {SHA256}}}' > /root/own.yaml
        precache inventory apply -f /root/own.yaml
        precache cache one disk --wait
    """)
    assert SHA256 in machine.says("sha256sum $(find /var/lib/nova/instances/_base -maxdepth 1 -type f)")


@pytest.mark.parametrize("program", PROGRAMS)
def test_bash_takes_the_completions(machine, program):
    completions = f"/usr/share/bash-completion/completions/{program}"
    assert machine.says(f"source {completions}; complete -p {program}").endswith(f" {program}")


def test_an_upgrade_restarts_what_runs_and_keeps_settings_and_state(reader, machine):
    before, etc = running(machine), machine.says("find /etc/precache -type f -exec sha256sum {} + -exec stat -c '%a %G %n' {} +")
    assert [state for state, _ in before.values()] == ["active"] * 2
    machine.run("apt-get install -y ./newer/*.deb")
    after = running(machine)
    assert {unit: state for unit, (state, _) in after.items()} == {unit: "active" for unit in UNITS}
    assert all(after[unit][1] != before[unit][1] for unit in UNITS)
    assert machine.says("find /etc/precache -type f -exec sha256sum {} + -exec stat -c '%a %G %n' {} +") == etc
    assert "succeeded" in reader.run("central", "precache job list").stdout


def test_an_upgrade_of_what_is_stopped_leaves_it_stopped(machine):
    machine.run("systemctl stop precache-agent; cd archive; apt-get install -y --allow-downgrades ./precache-agent_*.deb")
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
    machine.run("apt-get purge -y precached precache-agent precache")
    assert machine.says(nova) == images
    assert machine.says("find /etc/precache -type f | sort") == keys
    left = machine.says("find / -xdev -name '*precache*' -not -path '/proc/*' -not -path '/root/*' -not -path '/var/log/*' "
                        "-not -path '/run/*' -not -path '/sys/*' -not -path '/var/lib/nova/*'")
    assert left == "/etc/precache"
    assert machine.says("id -un precache; systemctl list-unit-files --no-legend 'precache*' || true") == "precache"
