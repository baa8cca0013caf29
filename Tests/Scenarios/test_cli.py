"""The CLI as a person and a script use it: texts, tables, exit statuses, Ctrl-C."""

import contextlib
import fcntl
import json
import os
import pty
import re
import secrets
import signal
import socket
import ssl
import struct
import subprocess
import termios
import threading

from program import Program, run
from test_main_job import entry


def test_cache_wait_ends_with_the_jobs_status(fleet, images):
    images.add("one", secrets.token_bytes(100_000))
    fleet.start()
    fleet.agent("host-0")
    fleet.apply([entry(images, "one", name="The one")])
    done = fleet.cli("cache", "web", "The one", "--wait")
    assert done.returncode == 0, done.stderr + done.stdout
    assert "succeeded" in done.stdout + done.stderr
    as_json = fleet.cli("cache", "web", "one", "--wait", "--output", "json")
    assert json.loads(as_json.stdout)["job"]["results"]["existing"] == 1
    fleet.agents["host-0"].program.kill()
    failed = fleet.cli("cache", "web", "one", "--wait", "--max-attempts", "1")
    assert failed.returncode == 3
    assert "agent_unreachable" in failed.stdout + failed.stderr and "host-0" in failed.stdout + failed.stderr


def test_partial_is_2_and_no_answer_is_4_and_usage_is_64(fleet, images):
    images.add("one", b"1")
    fleet.start()
    fleet.agent("host-0")
    agent = fleet.agents["host-0"]
    fleet.apply([entry(images, "one")], hosts=[
        {"name": "host-0", "address": agent.address, "port": agent.port}, {"name": "off", "enabled": False}])
    assert fleet.cli("cache", "web", "one", "--wait").returncode == 2
    refused = run(["precache", "job", "list"], {"PRECACHE_URL": fleet.url, "PRECACHE_TOKEN": "wrong"})
    assert refused.returncode == 4 and "PRECACHE_TOKEN" in refused.stderr
    nobody = run(["precache", "job", "list"], {"PRECACHE_URL": "http://127.0.0.1:1"})
    assert nobody.returncode == 4 and "PRECACHE_URL" in nobody.stderr
    assert fleet.cli("cache").returncode == 64
    unknown = fleet.cli("cache", "wbe", "one")
    assert unknown.returncode == 1 and "wbe" in unknown.stderr


def test_a_wrong_kind_of_address_is_explained(fleet, tmp_path):
    fleet.start()
    ask = lambda url: run(["precache", "job", "list"], {"PRECACHE_URL": url, "PRECACHE_TOKEN": fleet.token("admin")})
    https = ask(fleet.url.replace("http:", "https:"))
    assert https.returncode == 4 and "speaks plain HTTP" in https.stderr and fleet.url in https.stderr
    path = ask(fleet.url + "/v1")
    assert path.returncode == 1 and f"Is it {fleet.url}?" in path.stderr
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=x",
                    "-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def serve():
            connection, _ = listener.accept()
            with contextlib.suppress(OSError):
                context.wrap_socket(connection, server_side=True)
        server = threading.Thread(target=serve)
        server.start()
        port = listener.getsockname()[1]
        plain = ask(f"http://127.0.0.1:{port}")
        server.join()
    assert plain.returncode == 4 and f"https://127.0.0.1:{port}" in plain.stderr, plain.stderr


COMPLETE = """
source <(precache --generate-completion-script bash)
COMP_WORDS=(precache "$@"); COMP_CWORD=$#; COMP_LINE="precache $*"; COMP_POINT=${#COMP_LINE}
"$(complete -p precache | sed 's/.*-F \\([^ ]*\\).*/\\1/')" precache "${@: -1}" "${@: -2:1}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


def test_a_shell_completes_what_the_service_has(fleet):
    fleet.start()
    fleet.apply([], hosts=[{"name": "compute-1"}, {"name": "compute-2"}, {"name": "other"}])
    environment = {"PRECACHE_URL": fleet.url, "PRECACHE_TOKEN": fleet.token("reader")}
    offered = lambda *words, **changes: run(["bash", "-c", COMPLETE, "bash", *words], {**environment, **changes})
    assert offered("host", "show", "comp").stdout.split() == ["compute-1", "compute-2"]
    assert offered("cache", "").stdout.split() == ["web"]
    assert "succeeded" in offered("job", "list", "--state", "").stdout.split()
    silent = offered("host", "show", "", PRECACHE_URL="http://127.0.0.1:1")
    assert not silent.stdout.strip() and not silent.stderr


def test_a_shell_runs_nothing_of_what_it_completes(fleet, images, tmp_path):
    for image in ("one", "two", "three", "plain"):
        images.add(image, b"1")
    fleet.start()
    fleet.apply([entry(images, "one", name=f"$(touch {tmp_path}/ran)"), entry(images, "two", name=f"`touch {tmp_path}/ran`"),
                 entry(images, "three", name="it's"), entry(images, "plain", name="debian-12")])
    offered = run(["bash", "-c", COMPLETE, "bash", "image", "show", ""],
                  {"PRECACHE_URL": fleet.url, "PRECACHE_TOKEN": fleet.token("reader")})
    assert sorted(offered.stdout.split()) == ["debian-12", "one", "plain", "three", "two"] and not offered.stderr
    assert not (tmp_path / "ran").exists()


def test_tables_and_json_of_everything(fleet, images):
    images.add("one", b"1")
    fleet.start()
    fleet.agent("host-0")
    fleet.apply([entry(images, "one")])
    job = fleet.cache("one")["id"]
    fleet.await_end(job)
    for command in (["job", "list"], ["job", "show", job], ["job", "results", job], ["host", "list"], ["host", "show", "host-0"],
                    ["aggregate", "list"], ["aggregate", "show", "web"], ["image", "list"], ["image", "show", "one"]):
        shown = fleet.cli(*command)
        assert shown.returncode == 0 and shown.stdout.strip(), (command, shown.stderr)
        json.loads(fleet.cli(*command, "--output", "json").stdout)


def test_inventory_from_yaml_with_a_dry_run(fleet):
    fleet.start()
    text = "hosts:\n  - {name: a, labels: {rack: r1}}\naggregates:\n  - {name: g, hosts: [a]}\n"
    dry = fleet.cli("inventory", "apply", "-f", "-", "--dry-run", input=text)
    assert dry.returncode == 0 and "a" in dry.stdout, dry.stderr
    assert fleet.call("GET", "/v1/hosts/a").status == 404
    assert fleet.cli("inventory", "apply", "-f", "-", input=text).returncode == 0
    assert fleet.call("GET", "/v1/hosts/a").json["host"]["labels"] == {"rack": "r1"}
    broken = fleet.cli("inventory", "apply", "-f", "-", input="hosts:\n  - {name: a\n")
    assert broken.returncode != 0 and re.search(r"line|:\d", broken.stderr)


def test_an_exported_inventory_can_be_applied(fleet, images, tmp_path):
    fleet.start()
    images.add("one", b"1")
    hosts = [{"name": "compute-2", "labels": {"rack": "7", "on": "yes"}}, {"name": "compute-11", "enabled": False}]
    fleet.apply([entry(images, "one", name="The: one #1")], hosts=hosts)
    exported = fleet.cli("inventory", "export")
    assert exported.returncode == 0, exported.stderr
    assert exported.stdout.index("compute-2") < exported.stdout.index("compute-11")
    (tmp_path / "inventory.yaml").write_text(exported.stdout)
    again = fleet.cli("inventory", "apply", str(tmp_path / "inventory.yaml"), "--prune")
    assert again.returncode == 0 and "Nothing changed" in again.stderr, again.stdout + again.stderr
    for name in ("compute-2", "compute-11"):
        fleet.call("DELETE", f"/v1/hosts/{name}")
    assert fleet.cli("inventory", "apply", "-f", "-", input=exported.stdout).returncode == 0
    assert fleet.cli("inventory", "export").stdout == exported.stdout


def test_ctrl_c_leaves_the_job_running_and_says_how_to_go_on(fleet, images, tmp_path):
    gate = threading.Event()
    images.add("one", secrets.token_bytes(100_000), gate=gate)
    fleet.start()
    fleet.agent("host-0")
    fleet.apply([entry(images, "one")])
    environment = {"PRECACHE_URL": fleet.url, "PRECACHE_TOKEN": fleet.token("admin")}
    watcher = Program(["precache", "cache", "web", "one", "--wait"], tmp_path / "watcher.log", environment, standard_output=True)
    images.await_requests(1)
    # From its first line of progress on it minds the signal.
    watcher.await_line(r" (queued|running): ")
    watcher.process.send_signal(signal.SIGINT)
    status, text = watcher.wait(), watcher.tail()
    job = fleet.call("GET", "/v1/jobs").json["jobs"][0]
    assert status == 130, text
    assert f"precache job watch {job['id']}" in text and f"precache job cancel {job['id']}" in text
    assert job["state"] == "running"
    gate.set()
    assert fleet.await_end(job["id"])["state"] == "succeeded"


def test_a_terminal_shows_a_live_picture(fleet, images):
    gate = threading.Event()
    images.add("one", secrets.token_bytes(400_000), gate=gate)
    fleet.start()
    fleet.agent("host-0")
    fleet.apply([entry(images, "one")])
    environment = {**os.environ, "PRECACHE_URL": fleet.url, "PRECACHE_TOKEN": fleet.token("admin"), "TERM": "xterm"}
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    watcher = subprocess.Popen(["precache", "cache", "web", "one", "--wait"], env=environment, stdin=terminal,
                               stdout=terminal, stderr=terminal, close_fds=True)
    os.close(terminal)
    images.await_requests(1)
    text = b""
    while True:
        try:
            part = os.read(controller, 65536)
        except OSError:
            break
        if not part:
            break
        text += part
        if b"0/1" in text:
            gate.set()
    assert watcher.wait(60) == 0
    assert b"0/1" in text and b"\x1b[" in text and b"succeeded" in text


def test_completions_and_help(fleet):
    for shell in ("bash", "zsh", "fish"):
        assert "precache" in run(["precache", "--generate-completion-script", shell]).stdout
    for command in ([], ["cache"], ["job"], ["inventory", "apply"]):
        shown = run(["precache", *command, "--help"])
        assert shown.returncode == 0 and "USAGE" in shown.stdout
    assert "Exit status" in run(["precache", "--help"]).stdout
