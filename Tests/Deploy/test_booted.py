"""The units under a running systemd: when a start counts, what a fault becomes, what a reload and the journal say."""

import json
import sqlite3

import pytest

UNITS = ["precached", "precache-agent"]
SETTINGS = {"precached": "/etc/precache/precached.toml", "precache-agent": "/etc/precache/agent.toml"}
PORTS = {"precached": 7700, "precache-agent": 7701}
CACHE = "/var/lib/nova/instances"


@pytest.fixture(scope="module")
def machine(boot):
    """A compute host that is the central machine too: users, programs and units are there, nothing has started."""
    machine = boot("compute-1")
    machine.run("""
        install -m 755 precached precache-agent precache /usr/local/bin/
        install -D -m 644 deploy/systemd/precache.sysusers.conf /etc/sysusers.d/precache.conf
        systemd-sysusers
        useradd --system --home-dir /var/lib/nova nova
        install -d -o nova -g nova /var/lib/nova/instances
        install -d -m 750 -g precache /etc/precache
        install -m 644 deploy/systemd/*.service /etc/systemd/system/
        systemctl daemon-reload
    """)
    return machine


@pytest.fixture
def fresh(machine):
    """That, as after its boot: units stopped, settings plain, no database, no cache, an empty journal."""
    machine.run(f"""
        systemctl stop {' '.join(UNITS)}
        systemctl reset-failed
        rm -rf /var/lib/precached {CACHE}/* /etc/precache/* /etc/systemd/system/*.service.d
        systemctl daemon-reload
        for file in {' '.join(SETTINGS.values())}; do install -m 640 -g precache /dev/null $file; done
        journalctl -q --rotate && journalctl -q --vacuum-time=1s
    """)
    return machine


def lines(machine, unit, *options):
    """A unit's lines since its last start, as the journal has them."""
    start = machine.properties(unit, "InvocationID")[0]
    machine.run("journalctl --sync")
    shown = machine.says(f"journalctl -o json {' '.join(options)} _SYSTEMD_INVOCATION_ID={start}")
    return [json.loads(line) for line in shown.splitlines()]


def test_the_agent_starts_on_a_host_where_nova_has_no_guest_yet(fresh):
    fresh.run("systemctl start precache-agent")
    assert fresh.properties("precache-agent", "ActiveState", "NRestarts") == ["active", "0"]
    assert fresh.says(f"stat -c '%U %a %n' {CACHE}/_base {CACHE}/locks").splitlines() == [
        f"nova 755 {CACHE}/_base", f"nova 755 {CACHE}/locks"]
    agent = fresh.properties("precache-agent", "MainPID")[0]
    writes = "nsenter --target {0} --mount --setuid $(id -u nova) --setgid $(id -g nova) touch {1}/probe"
    for folder in [f"{CACHE}/_base", f"{CACHE}/locks"]:
        fresh.run(writes.format(agent, folder))
    refused = fresh.run(writes.format(agent, CACHE), check=False)
    assert "Read-only file system" in refused.stderr


@pytest.mark.parametrize("there", ["_base", "locks"])
def test_one_folder_of_novas_without_the_other_is_enough_to_start(fresh, there):
    fresh.run(f"install -d -o nova -g nova {CACHE}/{there} && systemctl start precache-agent")
    assert fresh.properties("precache-agent", "ActiveState", "NRestarts") == ["active", "0"]


def test_the_drop_in_of_the_units_comment_serves_another_directory(fresh):
    unit = (fresh.inside("/etc/systemd/system/precache-agent.service")).read_text().splitlines()
    comment = [line.lstrip("# ") for line in unit if line.startswith("#   ")]
    folder = "/etc/systemd/system/precache-agent.service.d"
    fresh.run(f"mkdir -p {folder}")
    fresh.inside(f"{folder}/override.conf").write_text("\n".join(comment))
    fresh.inside(SETTINGS["precache-agent"]).write_text('cache.directory = "/srv/images"\n')
    fresh.run("systemctl daemon-reload && systemctl start precache-agent")
    assert fresh.says("stat -c %U /srv/images/.precache") == "precache"


@pytest.mark.parametrize("obstacle, reason", [("chmod 600 {0}", "usage_unknown"),
                                              ("chmod 644 {0}; sleep 600 < {0} >/dev/null 2>&1 &", "in_use")])
def test_what_the_sandbox_hides_keeps_a_file_and_is_said_everywhere(fresh, obstacle, reason):
    """The scan of processes sees none of other users in there: the kernel is asked for a lease."""
    file = f"{CACHE}/_base/{'0' * 40}"
    fresh.inside(SETTINGS["precache-agent"]).write_text(
        'cache.nova_files = "age"\ncache.unused_minimum_age_seconds = 1\ncache.sweep_interval_seconds = 1\n')
    fresh.run(f"install -d -o nova -g nova {CACHE}/_base; touch -d '2 days ago' {file}; {obstacle.format(file)}")
    ask = "exec 3<>/dev/tcp/127.0.0.1/7701; printf 'GET {} HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3"
    fresh.run("systemctl start precache-agent; until journalctl -q -u precache-agent | grep 'stays after all'; do sleep 0.1; done")
    page = ask.format("/v1/cache")
    fresh.run(f"until ({page}) | grep '\"kept\":\"{reason}\"'; do sleep 0.1; done")
    problems = 1 if reason == "usage_unknown" else 0
    assert f"\nprecache_agent_usage_problems {problems}\n" in fresh.says(ask.format("/metrics"))


@pytest.mark.parametrize("unit", UNITS)
def test_started_means_that_it_serves(fresh, unit):
    for _ in range(4):
        fresh.run(f"systemctl restart {unit} && : </dev/tcp/127.0.0.1/{PORTS[unit]}")


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("settings", [
    "nonsense = 1\n",
    'listen.tls.certificate = "/etc/precache/none.pem"\nlisten.tls.key = "/etc/precache/none.key"\n',
])
def test_what_only_people_can_mend_fails_at_once_and_is_said_once(fresh, unit, settings):
    fresh.inside(SETTINGS[unit]).write_text(settings)
    assert fresh.run(f"systemctl start {unit}", check=False).returncode != 0
    assert fresh.properties(unit, "ActiveState", "NRestarts", "ExecMainStatus") == ["failed", "0", "78"]
    word = "nonsense" if "nonsense" in settings else "none.pem"
    told = [line for line in lines(fresh, unit, "-p", "err") if word in line["MESSAGE"]]
    assert len(told) == 1, told


def test_a_newer_database_fails_at_once(fresh):
    fresh.run("systemctl start precached && systemctl stop precached")
    with sqlite3.connect(fresh.inside("/var/lib/precached/precached.db")) as database:
        database.execute("INSERT INTO grdb_migrations VALUES ('99-from-the-future')")
    database.close()
    assert fresh.run("systemctl start precached", check=False).returncode != 0
    assert fresh.properties("precached", "ActiveState", "ExecMainStatus") == ["failed", "78"]


@pytest.mark.parametrize("unit", UNITS)
def test_it_comes_back_whatever_ends_it_but_a_stop(fresh, unit):
    fresh.run(f"systemctl start {unit}")
    for signal in ["KILL", "TERM"]:
        before = fresh.properties(unit, "MainPID")
        fresh.run(f"kill -{signal} {before[0]}")
        fresh.run(f"until [ $(systemctl show -p MainPID --value {unit}) != {before[0]} ] && systemctl is-active -q {unit}; "
                  "do sleep 0.1; done")
    fresh.run(f"systemctl stop {unit}")
    assert fresh.properties(unit, "ActiveState", "Result") == ["inactive", "success"]


@pytest.mark.parametrize("unit", UNITS)
def test_a_reload_keeps_the_process(fresh, unit):
    fresh.run(f"systemctl start {unit}")
    before = fresh.properties(unit, "MainPID")
    fresh.run(f"systemctl reload {unit} && systemctl is-active {unit}")
    assert fresh.properties(unit, "MainPID") == before


@pytest.mark.parametrize("unit", UNITS)
def test_a_reload_of_a_broken_key_fails_and_changes_nothing(fresh, unit):
    fresh.run("deploy/make-certificates.sh --group precache --days 10 /etc/precache/tls compute-1")
    fresh.inside(SETTINGS[unit]).write_text(
        'listen.tls.certificate = "/etc/precache/tls/service.pem"\nlisten.tls.key = "/etc/precache/tls/service.key"\n'
        + ('auth.mode = "none"\n' if unit == "precached" else ""))
    prefix = unit.replace("-", "_")
    metrics = (f"printf 'GET /metrics HTTP/1.0\\r\\n\\r\\n' | openssl s_client -quiet -connect 127.0.0.1:{PORTS[unit]} "
               f"2>/dev/null | grep ^{prefix}_")
    fresh.run(f"systemctl start {unit} && systemctl reload {unit}")
    assert f"{prefix}_last_reload_successful 1\n" in fresh.says(metrics)
    assert f'{prefix}_build_info{{version="{fresh.says(f"{unit} --version")}"}} 1\n' in fresh.says(metrics)
    end = fresh.says("date -d \"$(openssl x509 -noout -enddate -in /etc/precache/tls/service.pem | cut -d= -f2)\" +%s")
    assert f"{prefix}_certificate_end_timestamp_seconds {end}\n" in fresh.says(metrics)
    assert [line for line in lines(fresh, unit, "-p", "warning") if "the certificate ends soon" in line["MESSAGE"]]
    fresh.run("echo nonsense > /etc/precache/tls/service.key")
    before = fresh.properties(unit, "MainPID")
    assert fresh.run(f"systemctl reload {unit}", check=False).returncode != 0
    assert fresh.properties(unit, "ActiveState", "MainPID") == ["active", *before]
    assert f"{prefix}_last_reload_successful 0\n" in fresh.says(metrics)
    assert [line for line in lines(fresh, unit, "-p", "err") if "certificates not reloaded" in line["MESSAGE"]]


@pytest.mark.parametrize("unit", UNITS)
def test_the_journal_has_each_line_at_its_priority_and_no_noise(fresh, unit):
    fresh.inside(SETTINGS[unit]).write_text('log.level = "debug"\n' + (
        'listen.address = "0.0.0.0"\n' if unit == "precached" else 'service.url = "http://127.0.0.1:9"\n'))
    fresh.run(f"systemctl start {unit}; until journalctl -q -p warning -u {unit} | grep level=; do sleep 0.1; done")
    own = lines(fresh, unit, f"_SYSTEMD_UNIT={unit}.service")
    levels = {"debug": "7", "info": "6", "notice": "5", "warning": "4", "error": "3", "critical": "2"}
    for line in own:
        assert line["MESSAGE"].startswith("ts="), line["MESSAGE"]
        assert line["PRIORITY"] == levels[line["MESSAGE"].split("level=")[1].split()[0]], line["MESSAGE"]
    assert {line["PRIORITY"] for line in own} >= {"6" if unit == "precached" else "5", "4"}
