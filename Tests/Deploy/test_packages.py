"""What deploy/package.sh makes, looked into: modes, dependencies, manuals, what lintian says."""

import gzip
import json
import os
import re
import shlex
import shutil
import subprocess
import tarfile

import pages
import pytest
import yaml

from conftest import CHECKOUT, PROGRAMS, packages
from debian_packages import SETTINGS, UNITS, Package, make


MANUALS = {"precached": "precached.8", "precache-agent": "precache-agent.8", "precache": "precache.1"}
STATUSES = {"precached": ["0", "64", "78", "1"], "precache-agent": ["0", "64", "78", "1"],
            "precache": ["0", "2", "3", "4", "64", "1", "130"]}


@pytest.fixture(params=PROGRAMS)
def package(request, folder, tmp_path):
    """A package and what is in it."""
    return Package(request.param, folder, tmp_path)


def output(*command) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def tracked(folder) -> set[str]:
    return set(subprocess.run(["git", "ls-files", "."], cwd=folder, capture_output=True, text=True, check=True).stdout.split())


def test_lintian_finds_no_error(folder):
    ended = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning", *folder.glob("*.deb")],
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
    said = output(package.root / "usr/bin" / package.name, "--version").strip()
    assert package.field("Version") == f"{said}-1"
    assert said in (CHECKOUT / "Sources/Domain/PrecacheModel/Version.swift").read_text()
    changelog = package.root / f"usr/share/doc/{package.name}/changelog.Debian.gz"
    entry = gzip.decompress(changelog.read_bytes()).decode()
    assert entry.startswith(f"precache ({said}-1) ") and (CHECKOUT / "deploy/packages/changes").read_text() in entry
    places = re.findall(r"(/usr/share/[\w./-]*\w)", entry)
    owner = re.compile(r"/usr/share/(?:doc/)?([\w-]+)/")
    assert places and all((package.root / place.lstrip("/")).exists() for place in places
                          if owner.match(place + "/")[1] == package.name)


def manuals(package) -> dict[str, str]:
    """The text of each page, as somebody reads it; reading it gives no warning."""
    text = {}
    for page in (package.root / "usr/share/man").rglob("*.gz"):
        read = subprocess.run(["man", "--warnings", "--local-file", page], capture_output=True, text=True,
                              env={**os.environ, "MANWIDTH": "200", "LC_ALL": "C.UTF-8", "MANROFFSEQ": ""})
        assert (read.returncode, read.stderr) == (0, ""), page
        text[page.name.removesuffix(".gz")] = read.stdout
    return text


def section(text: str, heading: str) -> str:
    return re.search(rf"^{heading}\n(.*?)(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL)[1]


def test_the_manual_has_every_command_and_every_setting_and_reads_without_a_warning(package):
    text = manuals(package)
    commands = text[MANUALS[package.name]]
    names = re.findall(r"^  ([a-z]+) ", output(package.name, "--help").split("SUBCOMMANDS:")[1], re.MULTILINE)
    assert len(names) > 2
    for name in names:
        assert re.search(rf"^ +{package.name} {name}\b", commands, re.MULTILINE), name
    if package.name in SETTINGS:
        keys = re.findall(r"^#([\w.]+) = ", output(package.name, "settings"), re.MULTILINE)
        assert len(keys) > 20
        assert [key for key in keys if f"       {key} = " not in text[f"{package.name}.toml.5"]] == []


def test_the_manual_tells_the_exit_statuses_of_the_help(package):
    table = re.search(r"^Exit status:\n(.*?)\n\n", output(package.name, "--help"), re.MULTILINE | re.DOTALL)[1]
    said = " ".join(table.split())
    assert re.findall(r"^ +(\d+) ", table, re.MULTILINE) == STATUSES[package.name]
    assert " ".join(section(manuals(package)[MANUALS[package.name]], "EXIT STATUS").split()) == said


def known(command: dict, words: list[str]) -> tuple[dict, list[str]]:
    """The command that words call, of those below one, and what they give it."""
    for below in command.get("subcommands", []):
        if words and below["commandName"] == words[0]:
            return known(below, words[1:])
    # What is given to a daemon itself is given to its `serve`.
    serve = [below for below in command.get("subcommands", []) if below["commandName"] == "serve" and words]
    return (*serve, command)[0], words


def test_the_manuals_examples_are_commands_and_settings_that_the_program_takes(package):
    text = manuals(package)
    all_commands = json.loads(output(package.name, "--experimental-dump-help"))["command"]
    settings = output(package.name, "settings") if package.name in SETTINGS else ""
    flags = set(re.findall(r"--[\w-]+", settings))
    typed = [line for line in section(text[MANUALS[package.name]], "EXAMPLES").splitlines() if line.startswith(" " * 11)]
    assert len(typed) > 3
    for line in map(shlex.split, typed):
        command, given = known(all_commands, line[line.index(package.name) + 1:])
        named = {f"--{name['name']}" for argument in command["arguments"] for name in argument.get("names", [])}
        options = {word for word in given if word.startswith("--")}
        assert options <= named | flags and (command is not all_commands or options), line
        # What takes its settings from flags is to have none of the installed ones.
        assert not options & flags - named or ["--config", "/dev/null"] in map(list, zip(given, given[1:])), line
    if package.name in SETTINGS:
        lines = section(text[f"{package.name}.toml.5"], "EXAMPLES").splitlines()
        keys = [match[1] for line in lines if (match := re.match(r" {11}([\w.]+) = \S", line))]
        assert len(keys) > 3 and set(keys) <= set(re.findall(r"^#([\w.]+) = ", settings, re.MULTILINE))


def test_units_differ_from_those_of_the_page_in_paths_alone(package):
    if package.name not in UNITS:
        return
    ours = (package.root / f"lib/systemd/system/{package.name}.service").read_text().splitlines()
    page = (CHECKOUT / f"deploy/systemd/{package.name}.service").read_text().splitlines()
    assert len(ours) == len(page)
    differing = [new for new, old in zip(ours, page) if new != old]
    assert all(re.match(r"Exec(Start|Reload)=/usr/bin/precache|Documentation=man:", line) for line in differing)
    assert len(differing) == 3 and "/usr/local" not in "\n".join(ours)


def test_every_link_of_a_page_leads_somewhere_in_the_package_itself(package):
    found = {page: pages.links(page) for page in package.root.rglob("*.md")}
    inside = {page: [link for link in links if (page.parent / link).resolve().is_relative_to(package.root)]
              for page, links in found.items()}
    assert {str(page): [link for link in links if not pages.leads(page, link)] for page, links in inside.items()} == {
        str(page): [] for page in found}
    assert inside == found
    if package.name == "precached":
        assert {page.stem for page in found} >= {"README", "overview", "first-fleet", "controllers", "proxies", "capacity"}
        links = found[package.root / "usr/share/doc/precached/README.md"]
        # By their folder: what a page names as its own in the checkout stays a link.
        assert {"examples/prometheus/precache.rules.yml", "examples/openstack/precache_weigher.py", "controllers.md#poolers",
                "overview.md", "../../precached/ansible/README.md"} <= set(links)


@pytest.mark.parametrize("of", ["grafana", "openstack", "prometheus", "proxies", "settings"])
def test_the_service_brings_the_examples_as_they_are(folder, tmp_path, of):
    there = Package("precached", folder, tmp_path).root / "usr/share/doc/precached/examples" / of
    files = tracked(CHECKOUT / "deploy" / of)
    assert files and {str(file.relative_to(there)) for file in there.rglob("*") if file.is_file()} == files
    assert all((there / file).read_bytes() == (CHECKOUT / "deploy" / of / file).read_bytes() for file in files)


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not here")
def test_prometheus_takes_the_rules_where_they_are_installed(folder, tmp_path):
    there = Package("precached", folder, tmp_path).root / "usr/share/doc/precached/examples/prometheus"
    subprocess.run(["promtool", "test", "rules", *there.glob("tests/*.yml")], check=True, capture_output=True)


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="shellcheck is not here")
def test_the_scripts_of_a_package_are_plain_shell(package):
    for script in ["postinst", "prerm", "postrm"]:
        if package.name in UNITS:
            subprocess.run(["shellcheck", package.root / "DEBIAN" / script], check=True)


def purge(state, stubs) -> str:
    """What the service's script says that purges a folder of state; systemd's helpers do nothing."""
    script = (CHECKOUT / "deploy/packages/postrm").read_text()
    for name, value in {"PACKAGE": "precached", "STATE": str(state), "CACHE": ""}.items():
        script = script.replace(f"@{name}@", value)
    stubs.mkdir()
    for name in ["deb-systemd-helper", "systemctl"]:
        (stubs / name).symlink_to(shutil.which("true"))
    return subprocess.run(["sh", "-s", "purge"], input=script, env={**os.environ, "PATH": f"{stubs}:{os.environ['PATH']}"},
                          capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("others", [[], ["backup.db", "older"]])
@pytest.mark.parametrize("kind", ["folder", "link", "file system"])
def test_a_purge_tells_of_files_that_stay_and_of_nothing_else(tmp_path, kind, others):
    state = folder = tmp_path / "state"
    if kind == "link":
        folder = tmp_path / "elsewhere"
        state.symlink_to(folder)
    folder.mkdir()
    own = ["precached.db", "precached.db-wal", "precached.db.lock"]
    for name in own + others:
        (folder / name).touch()
    if kind == "file system":
        (folder / "lost+found").mkdir()
    said = purge(state, tmp_path / "stubs")
    if others:
        first, *told = said.splitlines()
        assert first.startswith(f"precached: {state} stays") and told == [f"  {state / name}" for name in others]
    else:
        assert said == ""
    assert state.exists() == bool(others or kind != "folder")
    if state.exists():
        assert {file.name for file in folder.iterdir()} - {"lost+found"} == set(others)


def test_the_service_brings_the_role_with_the_program_that_it_calls(package):
    if package.name != "precached":
        return
    ours = CHECKOUT / "deploy/ansible"
    there = package.root / "usr/share/precached/ansible"
    assert {str(file.relative_to(there)) for file in there.rglob("*") if file.is_file()} == tracked(ours)
    defaults = yaml.safe_load((there / "roles/precache/defaults/main.yml").read_text())
    program = defaults["precache_make_certificates"].replace("{{ role_path }}", str(there / "roles/precache"))
    assert os.access(program, os.X_OK)


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
    again = make(tmp_path / "again", TZ="Asia/Tokyo", LC_ALL="C.UTF-8")
    assert (again / "SHA256SUMS").read_text() == (folder / "SHA256SUMS").read_text()
