"""deploy/ansible: a service and two compute hosts from packages to a newer version, by playbooks alone.

The machines are minimal Debians with a systemd and Python; one host has Nova's user, the other does without.
"""

import hashlib
import json
import re
import subprocess
import tomllib
from contextlib import contextmanager

import debian
import playbooks
import pytest

from conftest import CHECKOUT, PYTHON, give_address, image_server
from playbooks import Fleet, ansible

ADDRESSES = {"central": "192.0.2.1", "compute-1": "192.0.2.11", "compute-2": "192.0.2.12"}
AGENTS = ["compute-1", "compute-2"]
URL = "https://precache.example.org:7700"
UNITS = {"central": "precached", "compute-1": "precache-agent", "compute-2": "precache-agent"}
TLS = "/etc/precache/tls"
CACHES = {"compute-1": "/var/lib/nova/instances/_base", "compute-2": "/srv/100% our images"}
IMAGE = b"a disk's bytes" * 100_000
SHA256 = hashlib.sha256(IMAGE).hexdigest()
OWN_SECRETS = ["a service's own secret", "an agent's own secret"]
UNCHANGED = dict.fromkeys(ADDRESSES, 0)
CLI = f"PRECACHE_URL={URL} PRECACHE_CA={TLS}/ca.pem PRECACHE_TOKEN_FILE=/etc/precache/admin.token precache"

pytestmark = pytest.mark.skipif(playbooks.obstacle() is not None, reason=playbooks.obstacle() or "")


def test_the_linter_finds_nothing_of_its_strictest_profile(tmp_path):
    linted = ansible("ansible-lint", "--offline", "--strict", "--profile", "production", "--nocolor", home=tmp_path)
    assert linted.returncode == 0, linted.stdout + linted.stderr


def test_the_example_is_an_inventory_that_the_playbook_takes(tmp_path):
    checked = ansible("ansible-playbook", "-i", "inventory.example.yml", "--syntax-check", "site.yml", home=tmp_path)
    assert checked.returncode == 0 and "WARNING" not in checked.stderr, checked.stdout + checked.stderr


def test_the_example_of_a_playbook_of_ones_own_is_taken_from_wherever_it_was_copied_to(tmp_path):
    text = (playbooks.FOLDER / "own.example.yml").read_text()
    assert text.count(": site.yml") == 1
    book = tmp_path / "own.yml"
    book.write_text(text.replace(": site.yml", f": {playbooks.FOLDER / 'site.yml'}"))
    listed = ansible("ansible-playbook", "-i", "inventory.example.yml", "--list-tasks", book, home=tmp_path, roles=None)
    plays = re.findall(r"play #\d+ \([^)]*\): ([^\t\n]+)", listed.stdout)
    assert listed.returncode == 0 and "WARNING" not in listed.stderr, listed.stdout + listed.stderr
    assert plays == ["Prepare the machines", "Make certificates on this machine", "Set up the service", "Set up the agents",
                     "Go on with a fleet that is up"]


def test_an_ansible_that_writes_settings_wrongly_is_refused_before_anything_is_made(tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text("import ansible.release\nansible.release.__version__ = '2.18.11'\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    here = Fleet(tmp_path, {"here": ["env"]}, {"here": {}}, {})
    played = here.play()
    assert played.failed == {"here"} and "2.19 or newer; this is 2.18.11" in played.said, played.said
    assert not here.local.exists()


@pytest.fixture(scope="module")
def machines(boot):
    """What a fleet is before: hosts that know each other's names, one of them with Nova's user."""
    central = boot("central", seen={}, more=PYTHON)
    machines = {"central": central} | {
        name: boot(name, beside=central, seen={}, more=PYTHON) for name in AGENTS}
    for name, address in ADDRESSES.items():
        give_address(central, address)
        machines[name].run(f"echo '{ADDRESSES['central']} precache.example.org' >> /etc/hosts")
    machines["compute-1"].run(
        "useradd --system --home-dir /var/lib/nova nova; install -d -o nova -g nova /var/lib/nova/instances")
    return machines


@pytest.fixture(scope="module")
def source(machines, tmp_path_factory):
    """An image server in the machines' network."""
    images = tmp_path_factory.mktemp("images")
    (images / "disk.img").write_bytes(IMAGE)
    with image_server(machines["central"], ADDRESSES["central"], images) as url:
        yield f"{url}/disk.img"


@pytest.fixture(scope="module")
def fleet(machines, folder, source, tmp_path_factory):
    def agent(name, **own):
        return {"ansible_host": ADDRESSES[name], "precache_labels": {"rack": name[-1]}, "precache_aggregates": ["web"],
                "precache_agent_settings": {"listen": {"address": ADDRESSES[name]}, "service": {"heartbeat_seconds": 2}}, **own}

    return Fleet(
        tmp_path_factory.mktemp("control"), {name: machine.entry for name, machine in machines.items()},
        {"central": {"precache_images": [{"id": "disk", "url": source, "hash_algorithm": "sha256", "hash": SHA256}],
                     "precache_aggregate_properties": {"web": {"metadata": {"ssd": "true"}}}}},
        {"compute-1": agent("compute-1"),
         "compute-2": agent("compute-2", precache_agent_user="precache", precache_agent_directory=CACHES["compute-2"])},
        precache_package_folder=str(folder), precache_service_url=URL, precache_service_secrets={"own": OWN_SECRETS[0]},
        precache_agent_secrets={"own": OWN_SECRETS[1]})


def pids(machines) -> dict[str, list[str]]:
    return {name: machine.properties(UNITS[name], "ActiveState", "MainPID") for name, machine in machines.items()}


def certificate(machine, port_at: str) -> str:
    """The serial number of what is shown there."""
    return machine.says(f"openssl s_client -connect {port_at} </dev/null 2>/dev/null | openssl x509 -noout -serial")


@contextmanager
def kept_connection(machine, address: str, port: int):
    """A connection over TLS; gives what asks over it, whenever that is, and answers with the status."""
    program = f"""if True:
        import socket, ssl, sys
        context = ssl._create_unverified_context()
        connection = context.wrap_socket(socket.create_connection(("{address}", {port})))
        for _ in sys.stdin:
            connection.sendall(b"GET /healthz HTTP/1.1\\r\\nHost: {address}\\r\\n\\r\\n")
            print(connection.recv(65536).split(b"\\r\\n")[0].decode(), flush=True)
    """
    held = subprocess.Popen([*machine.entry, "python3", "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask():
        held.stdin.write("\n")
        held.stdin.flush()
        return held.stdout.readline()

    try:
        yield ask
    finally:
        held.kill()
        held.communicate()


def test_a_dry_run_of_a_fleet_that_is_nowhere_yet_fails_nowhere_and_makes_nothing(fleet, machines):
    played = fleet.play("--check", "--diff").good()
    assert all(played.changed[name] for name in ADDRESSES), played.said
    assert not fleet.local.exists()
    for machine in machines.values():
        assert machine.says("ls -d /etc/precache /var/cache/apt/archives/precache* 2>/dev/null || true") == ""


@pytest.fixture(scope="module")
def first(fleet):
    """The run that sets all of it up; it says as much as it can."""
    return fleet.play("-vvv", "--diff").good()


def test_one_run_brings_the_fleet_up_and_a_job_is_done_over_mutual_tls(first, machines):
    central = machines["central"]
    assert {state for state, _ in pids(machines).values()} == {"active"}
    for name, machine in machines.items():
        assert machine.says(f"systemctl is-enabled {UNITS[name]}") == "enabled"
    central.run(f"until [ $({CLI} host list | grep -c ' up ') = 2 ]; do sleep 0.2; done; {CLI} cache web disk --wait")
    for name, cache in CACHES.items():
        assert SHA256 in machines[name].says(f"find '{cache}' -maxdepth 1 -type f -exec sha256sum {{}} +")
    refused = central.run("printf 'GET /v1/tasks HTTP/1.0\\r\\n\\r\\n' | "
                          f"openssl s_client -quiet -connect {ADDRESSES['compute-1']}:7701 2>&1")
    assert " 401 " in refused.stdout, refused.stdout
    users = {name: machines[name].says("stat -c %U /proc/$(systemctl show -p MainPID --value precache-agent)") for name in AGENTS}
    assert users == {"compute-1": "nova", "compute-2": "precache"}


def test_secrets_are_where_they_belong_and_for_whom_they_are(fleet, machines):
    for name, machine in machines.items():
        private = machine.says("find /etc/precache -name '*.key' -o -name '*.token' | sort | xargs stat -c '%a %U:%G %n'")
        expected = {f"640 root:precache {TLS}/{name}.key", f"640 root:precache {TLS}/{name}.token"}
        if name == "central":
            expected = {f"640 root:precache {TLS}/service.key", f"640 root:precache {TLS}/service-client.key",
                        "600 root:root /etc/precache/admin.token"}
        assert set(private.splitlines()) == expected
        own = machine.says("cd /etc/precache; stat -c '%a %U:%G' own; cat own")
        assert own == f"640 root:precache\n{OWN_SECRETS[name != 'central']}"
    assert fleet.local.stat().st_mode & 0o777 == 0o700
    private = [file for file in fleet.local.rglob("*") if file.suffix in (".key", ".token")]
    assert len(private) == 6 and {file.stat().st_mode & 0o777 for file in private} == {0o600}


def test_no_secret_is_told_by_the_most_talkative_run(fleet, machines, first):
    """By the one that made them all."""
    files = [file for file in fleet.local.rglob("*") if file.suffix in (".key", ".token")]
    secrets = [re.sub(r"-----.*?-----|\s", "", text) for text in [*OWN_SECRETS, *(file.read_text() for file in files)]]
    secrets += [machines[name].says(f"cat {TLS}/{name}.token") for name in AGENTS]
    # Modules write what they are called with into the hosts' journals, too.
    journals = [machine.says("journalctl --sync; journalctl -q -o cat") for machine in machines.values()]
    assert all("Invoked with" in journal for journal in journals)
    said = re.sub(r"\s|\\n", "", "".join([first.said, *journals]))
    assert len(set(secrets)) == 10
    assert [secret for secret in secrets if secret in said] == []


def test_a_second_run_changes_nothing_and_what_others_disabled_stays_so(fleet, machines):
    central = machines["central"]
    central.run(f"{CLI} host disable compute-2 --reason 'a new disk'")
    before = pids(machines)
    # As people type them these are texts.
    typed = [f"precache_{name}=false" for name in ["new_tokens", "inventory_prune"]] + [
        f"precache_{name}=true" for name in ["backup", "certificates_made", "inventory_applied", "apt_update"]]
    played = fleet.play(*(word for variable in typed for word in ["--extra-vars", variable])).good()
    assert played.changed == UNCHANGED, played.said
    assert pids(machines) == before
    assert "no: a new disk" in central.says(f"{CLI} host show compute-2")
    central.run(f"{CLI} host enable compute-2")


def test_a_dry_run_tells_what_would_change_nothing_else_and_changes_nothing(fleet, machines):
    file = "sha256sum /etc/precache/precached.toml"
    before, running = machines["central"].says(file), pids(machines)
    dry = fleet.play("--check", "--diff", precache_service_settings={"fanout": {"parallelism": "7%"}},
                     precache_aggregate_properties={"spare": {}}).good()
    assert dry.changed == {**UNCHANGED, "central": 4}, dry.said
    assert '+fanout.parallelism = "7%"' in dry.said
    assert machines["central"].says(file) == before and pids(machines) == running
    assert "spare" not in machines["central"].says(f"{CLI} aggregate list")


def test_renewed_certificates_are_taken_without_a_restart_or_a_cut_connection(fleet, machines):
    places = {"central": f"{ADDRESSES['central']}:7700", **{name: f"{ADDRESSES[name]}:7701" for name in AGENTS}}
    before, running = {name: certificate(machines["central"], place) for name, place in places.items()}, pids(machines)
    with (kept_connection(machines["central"], ADDRESSES["central"], 7700) as service,
          kept_connection(machines["central"], ADDRESSES["compute-1"], 7701) as agent):
        assert " 200 " in service() and " 200 " in agent()
        # More days than new certificates have: all of them are due.
        renewed = fleet.play(precache_certificate_renew_days=400).good()
        assert " 200 " in service() and " 200 " in agent()
    assert all(renewed.changed.values())
    after = {name: certificate(machines["central"], place) for name, place in places.items()}
    assert all(after[name] != before[name] for name in places) and pids(machines) == running
    machines["central"].run(f"{CLI} cache web disk --wait")


def test_one_more_name_of_the_service_leaves_the_agents_certificates(fleet, machines):
    agents = {file: file.read_bytes() for file in (fleet.local / "tls/agents").iterdir()}
    fleet.play("--limit", "central", precache_service_names=["precache.example.org", "central", "localhost", "127.0.0.1", "other"]).good()
    assert "DNS:other" in machines["central"].says(f"openssl x509 -in {TLS}/service.pem -noout -ext subjectAltName")
    assert {file: file.read_bytes() for file in (fleet.local / "tls/agents").iterdir()} == agents


def test_settings_that_the_program_refuses_stop_the_run_with_its_words_and_what_runs_goes_on(fleet, machines):
    running = pids(machines)
    settings = {"central": "precached.toml", **dict.fromkeys(AGENTS, "agent.toml")}
    files = {name: machine.says(f"cat /etc/precache/{settings[name]}; ls -A /etc/precache") for name, machine in machines.items()}
    service = fleet.play(precache_service_settings={"listen": {"prt": 1}})
    assert service.status != 0 and service.failed == {"central"}
    assert "no setting; did you mean listen.port?" in service.said and "Set up the agents" not in service.said
    agents = fleet.play("--limit", "compute-1", precache_agent_settings={"cache": {"reserve": "all"}})
    assert agents.status != 0 and agents.failed == {"compute-1"}
    assert "virtual, allocated" in agents.said
    assert pids(machines) == running
    assert {name: machine.says(f"cat /etc/precache/{settings[name]}; ls -A /etc/precache")
            for name, machine in machines.items()} == files


def test_a_variable_of_the_wrong_type_is_refused_before_anything_is_touched(fleet):
    wrong = fleet.play(precache_agent_port="seven")
    assert wrong.status != 0 and "precache_agent_port" in wrong.said and not any(wrong.changed.values())


def test_what_an_earlier_run_wrote_and_got_no_further_is_read(fleet, machines):
    began = lambda name: machines[name].properties(UNITS[name], "MainPID")
    reloaded = lambda: machines["central"].properties("precached", "StateChangeTimestampMonotonic")
    before, read = {name: began(name) for name in machines}, reloaded()
    # Two that were left behind, and one that runs and isn't enabled, with settings that somebody changed long ago.
    machines["central"].run(f"touch {TLS}/service.pem")
    machines["compute-1"].run("systemctl disable -q precache-agent; cd /etc/precache; echo '#' >> agent.toml; "
                              "touch -d yesterday agent.toml")
    machines["compute-2"].run("touch /etc/precache/agent.toml")
    assert fleet.play().good().changed == {"central": 1, "compute-1": 3, "compute-2": 1}
    assert {name for name in machines if began(name) != before[name]} == set(AGENTS) and reloaded() != read


def held(machines, name: str) -> list[str]:
    """The names of the tokens of a purpose that aren't revoked."""
    told = machines["central"].says("runuser -u precache -- precached token list --config /etc/precache/precached.toml")
    rows = [line.split() for line in told.splitlines()]
    return [row[0] for row in rows if row[-1] == "-" and row[0].split("@")[0] == name]


def test_a_host_that_was_made_anew_gets_a_token_of_its_own(fleet, machines):
    token, before = f"{TLS}/compute-1.token", held(machines, "agent-compute-1")
    lost = machines["compute-1"].says(f"cat {token}; rm {token}")
    assert fleet.play("--limit", "compute-1").good().changed == {"compute-1": 4}
    assert machines["compute-1"].says(f"cat {token}") not in ("", lost)
    after = held(machines, "agent-compute-1")
    assert len(before) == len(after) == 1 and after != before
    machines["central"].run(f"until {CLI} host show compute-1 | grep -E '^State +up'; do sleep 0.2; done")


def test_a_rotation_that_breaks_leaves_tokens_that_hold_and_the_next_revokes_all_others(fleet, machines):
    token, purposes = f"{TLS}/compute-1.token", ["ansible", "agent-compute-1", "agent-compute-2"]
    before = {name: held(machines, name) for name in purposes}
    machines["compute-1"].run(f"mount --bind {token} {token}")
    broken = fleet.play("--limit", "compute-1", precache_new_tokens=True)
    machines["compute-1"].run(f"umount {token}")
    assert broken.failed == {"compute-1"}, broken.said
    assert held(machines, "agent-compute-1")[:-1] == before["agent-compute-1"]
    failed = lambda: [machines[name].says("journalctl -q -u precache-agent -o cat | grep -c 'heartbeat failed' || true")
                      for name in AGENTS]
    failed_before = failed()
    fleet.play(precache_new_tokens=True).good()
    assert failed() == failed_before, "each agent held a token at every time"
    after = {name: held(machines, name) for name in purposes}
    assert all(len(after[name]) == 1 and after[name] != before[name] for name in purposes)
    machines["central"].run(f"{CLI} host list")


OTHERS = f"""precache inventory apply - <<'END'
hosts: [{{name: theirs, address: 192.0.2.99}}]
aggregates: [{{name: theirs, hosts: [theirs]}}]
images: [{{id: glance, url: 'http://192.0.2.99/image', hash_algorithm: sha256, hash: {SHA256}}}]
END
precache aggregate add-host web theirs
"""
BY_HAND = "runuser -u precache -- precached token create --config /etc/precache/precached.toml --role agent --host"


@pytest.fixture
def others(machines, first):
    """What isn't the role's: an inventory, a host in its aggregate, a token, and one of the role's that nobody revoked."""
    central = machines["central"]
    environment = "\n".join(f"export {word}" for word in CLI.split()[:-1])
    central.run(f"{environment}\n{OTHERS}")
    central.run(f"{BY_HAND} compute-2 --name by-hand; {BY_HAND} theirs --name agent-theirs; "
                f"{BY_HAND} gone --name agent-gone@20260101T000000Z")
    yield
    central.run(f"{environment}\nprecache host delete theirs; precache aggregate delete theirs; precache image delete glance")


def known(machines) -> dict[str, list[str]]:
    """The names of all that the service knows."""
    document = json.loads(machines["central"].says(f"{CLI} inventory export -o json"))
    return {kind: sorted(entry.get("name") or entry["id"] for entry in document[kind]) for kind in document}


def test_what_is_pruned_is_what_was_listed_before_and_never_what_others_put_there(fleet, machines, others, tmp_path):
    everything = {"hosts": ["compute-1", "compute-2", "theirs"], "aggregates": ["theirs", "web"], "images": ["disk", "glance"]}
    # Without pruning all of it stays, in the role's own aggregate too, but for the token of a host that nobody knows.
    assert fleet.play("--limit", "central").good().changed == {"central": 1}
    assert known(machines) == everything and held(machines, "agent-gone") == []
    assert "theirs" in machines["central"].says(f"{CLI} aggregate show web")

    variables = fleet.inventory["all"]["vars"] | {"precache_inventory_prune": True}
    entries = {name: machines[name].entry for name in ["central", "compute-1"]}
    smaller = Fleet(tmp_path, entries, {"central": {}}, {"compute-1": {"ansible_host": ADDRESSES["compute-1"]}}, **variables)
    token = held(machines, "agent-compute-2")
    dry = smaller.play("--check", "-v", "--limit", "central").good()
    told = set(re.findall(r"(?:remove \w+|revoke) [\w@-]+", dry.said))
    assert told == {"remove host compute-2", "remove aggregate web", "remove image disk", f"revoke {token[0]}"}, dry.said
    assert known(machines) == everything and held(machines, "agent-compute-2") == token

    smaller.play("--limit", "central").good()
    assert known(machines) == {"hosts": ["compute-1", "theirs"], "aggregates": ["theirs"], "images": ["glance"]}
    assert held(machines, "agent-compute-2") == [] and len(held(machines, "agent-compute-1")) == 1
    assert held(machines, "by-hand") == ["by-hand"] and held(machines, "agent-theirs") == ["agent-theirs"]
    assert smaller.play("--limit", "central").good().changed == {"central": 0}


def test_a_host_that_was_pruned_and_is_back_has_a_token_that_holds(fleet, machines):
    assert fleet.play().good().changed == {"central": 2, "compute-1": 0, "compute-2": 3}
    assert len(held(machines, "agent-compute-2")) == 1
    machines["central"].run(f"until {CLI} host show compute-2 | grep -E '^State +up'; do sleep 0.2; done")


def test_pruning_never_takes_every_host(fleet, machines, tmp_path):
    variables = fleet.inventory["all"]["vars"] | {"precache_inventory_prune": True}
    none = Fleet(tmp_path, {"central": machines["central"].entry}, {"central": {}}, {}, **variables)
    refused = none.play("--check")
    assert refused.failed == {"central"} and "would remove every host" in refused.said, refused.said


def test_a_folder_that_lacks_a_package_is_told_also_when_it_has_another_twice(fleet, folder, newer, tmp_path):
    for file in [*folder.glob("precached_*.deb"), *newer.glob("precached_*.deb")]:
        (tmp_path / file.name).symlink_to(file)
    refused = fleet.play("--check", "--limit", "central", precache_package_folder=str(tmp_path))
    assert refused.failed == {"central"} and "has to have one .deb each of precached, precache" in refused.said, refused.said


def test_newer_packages_are_an_upgrade_service_first_with_a_backup(fleet, machines, newer):
    started = "systemctl show -p ActiveEnterTimestampMonotonic --value"
    running = pids(machines)
    fleet.play(precache_package_folder=str(newer)).good()
    assert all(pids(machines)[name] != running[name] for name in machines)
    assert {state for state, _ in pids(machines).values()} == {"active"}
    begun = {name: int(machine.says(f"{started} {UNITS[name]}")) for name, machine in machines.items()}
    assert begun["central"] < min(begun[name] for name in AGENTS)
    central = machines["central"]
    assert {machine.says("dpkg-query -W -f '${Version}\\n' 'precache*' | sed 's/.*-//' | sort -u")
            for machine in machines.values()} == {"2"}
    backup = central.says("ls /var/lib/precached/before-*-2-*.db")
    assert central.says(f"stat -c '%a %U' {backup}; runuser -u precache -- sqlite3 {backup} 'SELECT count(*) FROM host'"
                        ).split("\n") == ["600 precache", "2"]
    assert "succeeded" in central.says(f"{CLI} job list")


def test_in_a_root_without_systemd_units_are_enabled_and_settings_and_own_certificates_are_there(root, newer, tmp_path):
    own = tmp_path / "own"
    subprocess.run([CHECKOUT / "deploy/make-certificates.sh", "--service-names", "localhost", own, "compute-9"], check=True,
                   capture_output=True)
    (own / "agents/compute-9.pem").rename(own / "nine.pem")
    variables = {
        "precache_package_folder": str(newer), "precache_certificates_made": False, "precache_tls_folder": str(own),
        "precache_agent_certificate_file": str(own / "nine.pem"), "precache_host": "compute-9",
        "precache_service_secrets": {"agents-token": "s" * 40},
        "precache_service_settings": {"agents": {"token_file": "/etc/precache/agents-token"}, "log": {"level": None},
                                      "relay": {"enabled": False}, "fanout": {"deadline_seconds": 0.5 + 60}},
        "precache_agent_settings": {"downloads": {"mirrors": ["https://a.example = https://b.example/\"ü\U0001f600"]}}}
    entry = ["chroot", str(root), *debian.BARE]
    (tmp_path / "control").mkdir()
    fleet = Fleet(tmp_path / "control", {"both": entry}, {"both": {}}, {"both": {}}, **variables)
    refused = fleet.play("--check")
    assert refused.failed == {"both"} and "this host has no user 'nova'" in refused.said, refused.said
    without_nova = {"precache_agent_user": "precache", "precache_agent_directory": "/srv/images"}
    fleet.play(**without_nova).good()
    for unit in ["precached", "precache-agent"]:
        assert (root / f"etc/systemd/system/multi-user.target.wants/{unit}.service").is_symlink()
    service, agent = (tomllib.loads((root / f"etc/precache/{name}.toml").read_text()) for name in ["precached", "agent"])
    assert service["agents"]["token_file"] == "/etc/precache/agents-token" and service["listen"]["port"] == 7700
    assert service["relay"] == {"enabled": False} and service["fanout"] == {"deadline_seconds": 60.5} and "log" not in service
    assert agent["host"] == "compute-9" and agent["downloads"] == variables["precache_agent_settings"]["downloads"]
    drop_in = (root / "etc/systemd/system/precache-agent.service.d/ansible.conf").read_text()
    comment = re.findall(r"^#   (.+)$", (CHECKOUT / "deploy/systemd/precache-agent.service").read_text(), re.MULTILINE)
    assert set(comment) <= set(drop_in.splitlines())
    assert (root / "etc/precache/tls/compute-9.pem").read_bytes() == (own / "nine.pem").read_bytes()
    # The role in a play of one's own finds nothing to do.
    book = tmp_path / "own.yml"
    book.write_text("[{hosts: all, gather_facts: false, become: true, roles: [precache]}]")
    again = fleet.play(book=book, **without_nova).good()
    assert again.changed == {"both": 0} and "WARNING" not in again.said, again.said
