"""Who may do what; nothing beyond loopback without authentication; no secret where it can be read."""

import os
import shutil
import socket
import ssl
import subprocess
import tempfile
from pathlib import Path

import pytest

from fleet import free_port, host_token, request, toml
from program import LIMIT, Program, run
from test_main_job import entry

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("method, path, body, least", [
    ("GET", "/v1/jobs", None, "reader"), ("GET", "/v1/hosts", None, "reader"), ("GET", "/metrics", None, "reader"),
    ("POST", "/v1/aggregates/web/images", {"cache": [{"id": "one"}]}, "operator"),
    ("PUT", "/v1/hosts/x", {}, "admin"), ("DELETE", "/v1/hosts/x", None, "admin"), ("PUT", "/v1/inventory", {}, "admin"),
    ("PUT", "/v1/images/two", {"url": "http://x/y", "allow_unverified": True}, "admin"),
    ("PUT", "/v1/hosts/h/heartbeat", {"interval_seconds": 30, "version": "1", "started_at": "2026-01-01T00:00:00Z",
     "disk": {"total_bytes": 1, "free_bytes": 1}, "cache": {"images": 0, "bytes": 0}, "images": [], "tasks": 0}, "agent"),
])
def test_roles(fleet, images, method, path, body, least):
    images.add("one", b"1")
    fleet.start()
    fleet.apply([entry(images, "one")], hosts=[{"name": "h", "enabled": False}, {"name": "x"}])
    allowed = {"reader": ["reader", "operator", "admin"], "operator": ["operator", "admin"], "admin": ["admin"],
               "agent": ["agent"]}[least]
    for role in ["reader", "operator", "agent", "admin"]:
        answer = fleet.call(method, path, body, role=role)
        assert (answer.status != 403) == (role in allowed), (role, answer.status, answer.body)
        if role not in allowed:
            assert least in answer.json["detail"]
    assert fleet.call(method, path, body, role=None).status == 401


def test_tokens_are_shown_once_listed_without_secret_and_revoked(fleet):
    fleet.start()
    token = fleet.token("reader")
    assert fleet.call("GET", "/v1/jobs", role="reader").status == 200
    listed = run(["precached", "token", "list", "--config", fleet.config])
    assert "test-reader" in listed.stdout and token not in listed.stdout
    assert run(["precached", "token", "revoke", "--name", "test-reader", "--config", fleet.config]).returncode == 0
    fleet.eventually("the revocation being noticed", lambda: fleet.call("GET", "/v1/jobs", role="reader").status == 401)
    stored = b"".join(file.read_bytes() for file in fleet.folder.glob("precached.db*"))
    assert token.encode() not in stored, "only a hash is stored"
    again = run(["precached", "token", "create", "--role", "reader", "--name", "test-admin", "--config", fleet.config])
    assert again.returncode != 0 and "test-admin" in again.stderr


def test_what_one_host_knows_gives_another_no_orders(fleet, images):
    images.add("one", b"1")
    fleet.start()
    def own(name):
        made = run(["precached", "token", "agent", "--host", name, "--config", fleet.config])
        assert made.returncode == 0 and made.stdout.strip() == host_token(fleet.agent_token, name)
        return made.stdout.strip()
    first = fleet.agent("host-0", token=own("host-0"))
    second = fleet.agent("host-1", token=own("host-1"))
    third = fleet.agent("host-2")
    fleet.apply([entry(images, "one")])
    assert fleet.await_end(fleet.cache("one")["id"])["state"] == "succeeded"
    for stolen in [own("host-0"), fleet.agent_token]:
        for victim in [second, third]:
            assert victim.call("DELETE", "/v1/images/one", token=stolen).status in (401, 403)
            assert victim.file("one").read_bytes() == b"1"
    assert third.call("GET", "/v1/images", token=fleet.agent_token).status == 200, "the secret lets look"
    assert first.call("DELETE", "/v1/images/one").status == 204
    refused = run(["precached", "token", "agent", "--host", "no host", "--config", fleet.config])
    assert refused.returncode == 64 and "no host" in refused.stderr
    for agent, warns in [(first, False), (third, True)]:
        checked = run(["precache-agent", "check", "--config", agent.folder / "agent.toml"])
        for told in [checked.stderr, (agent.folder / "agent.log").read_text()]:
            assert (f"precached token agent --host {agent.name}" in told) == warns
        assert checked.returncode == 0


def test_wrong_tokens_are_slowed_down_and_right_ones_still_work(fleet):
    fleet.start()
    statuses = [request(fleet.url + "/v1/jobs", token=f"wrong-{number}").status for number in range(60)]
    assert statuses[0] == 401 and 429 in statuses
    assert fleet.call("GET", "/v1/jobs").status == 200, "a right token isn't locked out by others' wrong ones"


@pytest.mark.parametrize("program, settings", [
    ("precached", {"auth.mode": "none", "listen.address": "0.0.0.0"}),
    ("precache-agent", {"host": "h", "listen.address": "0.0.0.0"}),
])
def test_nothing_listens_beyond_loopback_without_authentication(tmp_path, program, settings):
    settings = {"listen.port": 0, **settings}
    if program == "precached":
        settings["database.path"] = str(tmp_path / "db")
    else:
        settings["cache.directory"] = str(tmp_path)
    file = tmp_path / "settings.toml"
    file.write_text(toml(settings))
    file.chmod(0o600)
    ended = run([program, "--config", file])
    assert ended.returncode == 78, ended
    assert ("auth.mode" if program == "precached" else "token") in ended.stderr, ended.stderr


def test_secrets_are_refused_as_flags_and_kept_out_of_logs_and_process_lists(fleet, images):
    images.add("one", b"1")
    fleet.start()
    agent = fleet.agent("host-0", service__url=fleet.url, service__token=fleet.token("agent"))
    refused = run(["precache-agent", "--token", "s3cret-s3cret"])
    assert refused.returncode != 0 and "s3cret" not in refused.stderr + refused.stdout
    fleet.apply([entry(images, "one")])
    fleet.await_end(fleet.cache("one")["id"])
    for program, log in [(fleet.service, fleet.folder / "precached.log"), (agent.program, agent.folder / "agent.log")]:
        text = log.read_text() + Path(f"/proc/{program.process.pid}/cmdline").read_text()
        for secret in [fleet.agent_token, *fleet.tokens.values()]:
            assert secret not in text


@pytest.fixture
def authority(tmp_path):
    """A private CA and certificates, made by our own script."""
    folder = tmp_path / "tls"
    subprocess.run([ROOT / "deploy/make-certificates.sh", folder, "host-0", "host-1"], check=True, capture_output=True)
    return folder


def with_tls(fleet, authority, name, **settings):
    return fleet.agent(name, **{
        "listen__tls__certificate": str(authority / f"agents/{name}.pem"),
        "listen__tls__key": str(authority / f"agents/{name}.key"),
        "listen__tls__client_ca": str(authority / "ca.pem"), **settings})


def test_service_and_agents_trust_each_other_by_certificate(fleet, images, authority):
    images.add("one", b"1" * 5000)
    fleet.start(agents__tls__ca=str(authority / "ca.pem"), agents__tls__certificate=str(authority / "service-client.pem"),
                agents__tls__key=str(authority / "service-client.key"))
    agent = with_tls(fleet, authority, "host-0")
    # host-1's agent shows host-0's certificate: the service must not take it for host-1.
    impostor = with_tls(fleet, authority, "host-1", listen__tls__certificate=str(authority / "agents/host-0.pem"),
                        listen__tls__key=str(authority / "agents/host-0.key"))
    fleet.apply([entry(images, "one")])
    job = fleet.await_end(fleet.cache("one")["id"])
    assert fleet.result(job["id"], "host-0", "one")["outcome"] == "cached"
    row = fleet.result(job["id"], "host-1", "one")
    assert row["reason"] == "agent_unauthorized", row
    assert not impostor.file("one").exists()
    # Another host's certificate may ask for pieces of images with a ticket, and for nothing else.
    context = ssl.create_default_context(cafile=authority / "ca.pem")
    context.load_cert_chain(authority / "agents/host-1.pem", authority / "agents/host-1.key")
    name = agent.file("one").name
    for asked, status in [("GET /v1/images", 403), ("PUT /v1/tasks/x.1", 403), ("DELETE /v1/images/one", 403), ("GET /metrics", 403),
                          (f"GET /v1/relay/sha256:{images.images['/one'].sha256}", 404), (f"GET /v1/relay/{name}/0", 404)]:
        with socket.create_connection((agent.address, agent.port)) as plain, \
                context.wrap_socket(plain, server_hostname="host-0") as connection:
            connection.sendall(f"{asked} HTTP/1.1\r\nHost: host-0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
            answer = connection.makefile("rb").read().decode()
        assert answer.startswith(f"HTTP/1.1 {status} "), (asked, answer)
        assert status == 404 or "the certificate names host-1; this agent takes orders from precached" in answer
    assert agent.file("one").exists()


def test_the_api_over_tls_with_curl_and_certificates_reloaded_under_a_connection(fleet, authority):
    fleet.settings.update({"listen.tls.certificate": str(authority / "service.pem"),
                           "listen.tls.key": str(authority / "service.key")})
    fleet.start()
    url = f"https://127.0.0.1:{fleet.port}"
    curl = ["curl", "-fsS", "--cacert", authority / "ca.pem"]
    assert run([*curl, url + "/healthz"]).stdout == "ok\n"
    assert run(["curl", "-fsS", url + "/healthz"]).returncode == 60, "a stranger's CA isn't trusted"
    context = ssl.create_default_context(cafile=authority / "ca.pem")
    with socket.create_connection(("127.0.0.1", fleet.port)) as plain:
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as connection:
            ask = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
            connection.sendall(ask)
            assert b"200" in connection.recv(65536)
            serial = connection.getpeercert()["serialNumber"]
            subprocess.run([ROOT / "deploy/make-certificates.sh", "--renew", authority, "host-0"], check=True,
                           capture_output=True)
            fleet.service.process.send_signal(1)
            fleet.service.await_line("reload")
            connection.sendall(ask)
            assert b"200" in connection.recv(65536), "the connection outlives the reload"
    with socket.create_connection(("127.0.0.1", fleet.port)) as plain:
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as connection:
            assert connection.getpeercert()["serialNumber"] != serial


def test_unknown_settings_and_wrong_values_are_refused_by_name(tmp_path):
    file = tmp_path / "settings.toml"
    for text, word in [("[listen]\nprot = 1\n", "listen.prot"), ("[listen]\nport = 'x'\n", "listen.port"),
                       ("[listen]\nport = 99999\n", "listen.port"), ("[listen\n", str(file))]:
        file.write_text(text)
        file.chmod(0o600)
        ended = run(["precached", "--config", file])
        assert ended.returncode != 0 and word in ended.stderr, ended.stderr
    environment = {"PRECACHED_LISTEN_PORT": "abc"}
    ended = run(["precached"], environment)
    assert ended.returncode != 0 and "PRECACHED_LISTEN_PORT" in ended.stderr


def test_a_request_whose_token_is_revoked_before_its_body_ends_does_nothing(fleet, images):
    images.add("one", b"1")
    fleet.start()
    fleet.apply([entry(images, "one")], hosts=[{"name": "h", "enabled": False}])
    body = b'{"cache": [{"id": "one"}]}'
    head = (f"POST /v1/aggregates/web/images HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {fleet.token('operator')}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n").encode()
    with socket.create_connection(("127.0.0.1", fleet.port)) as slow:
        slow.sendall(head + body[:5])
        assert run(["precached", "token", "revoke", "--name", "test-operator", "--config", fleet.config]).returncode == 0
        fleet.eventually("the revocation", lambda: fleet.call("GET", "/v1/jobs", role="operator").status == 401)
        slow.sendall(body[5:])
        slow.settimeout(LIMIT)
        assert slow.makefile("rb").readline().startswith(b"HTTP/1.1 401 ")
    assert fleet.call("GET", "/v1/jobs").json["jobs"] == []


def test_who_makes_and_revokes_tokens_and_what_was_refused_is_in_the_log(fleet):
    fleet.start()
    def lines(word):
        return [line for line in (fleet.folder / "precached.log").read_text().splitlines() if word in line]
    fleet.token("reader")
    fleet.eventually("the new token's line", lambda: any("test-reader" in line for line in lines("token made")))
    assert fleet.call("PUT", "/v1/images/x", {"url": "http://x/y"}, role="reader").status == 403
    assert run(["precached", "token", "revoke", "--name", "test-reader", "--config", fleet.config]).returncode == 0
    fleet.eventually("the revoked token's line", lambda: any("test-reader" in line for line in lines("token revoked")))
    [refused] = lines("change refused")
    assert "test-reader" in refused and "/v1/images/x" in refused and "admin" in refused


@pytest.mark.sqlite
@pytest.mark.skipif(os.geteuid() != 0, reason="about what root does")
def test_root_makes_tokens_as_whom_the_databases_folder_belongs_to(request):
    # That user can't enter pytest's own folder.
    top = Path(tempfile.mkdtemp(dir="/tmp"))
    request.addfinalizer(lambda: shutil.rmtree(top))
    top.chmod(0o755)
    folder, secret, config = top / "state", top / "secret", top / "precached.toml"
    folder.mkdir()
    os.chown(folder, 7_701, 7_702)
    config.write_text(toml({"database.path": str(folder / "state.db")}))
    config.chmod(0o600)
    make = lambda name: run(["precached", "token", "create", "--role", "reader", "--name", name, "--config", config])
    made = make("first")
    assert made.returncode == 0, made.stderr
    assert {(file.stat().st_uid, file.stat().st_gid) for file in folder.iterdir()} == {(7_701, 7_702)}
    # A link that whoever has the folder put there leads no further than that user may go.
    secret.write_text("kept")
    secret.chmod(0o600)
    lock = folder / "state.db.lock"
    lock.unlink(missing_ok=True)
    lock.symlink_to(secret)
    refused = make("second")
    assert refused.returncode == 1 and "state.db.lock" in refused.stderr and secret.read_text() == "kept"
    # A database that is root's own, as of a service that root runs, stays so.
    lock.unlink()
    for file in folder.iterdir():
        os.chown(file, 0, 0)
    assert make("third").returncode == 0 and (folder / "state.db").stat().st_uid == 0
