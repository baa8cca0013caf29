"""Who the far end is: an agent of another host, a token of another host, a caller behind a proxy, a token that is revoked."""

import json
import threading
import urllib.request

import pytest

from fleet import request, toml
from program import run
from test_main_job import entry

BEAT = {"interval_seconds": 30, "version": "1", "started_at": "2026-01-01T00:00:00Z",
        "disk": {"total_bytes": 1, "free_bytes": 1}, "cache": {"images": 0, "bytes": 0}, "images": [], "tasks": 0}


def test_another_hosts_agent_does_nothing_and_says_so(fleet, images):
    images.add("one", b"1" * 1000)
    fleet.start()
    one, two = fleet.agent("host-0"), fleet.agent("host-1")
    hosts = [{"name": name, "address": one.address, "port": one.port} for name in ("host-0", "host-1")]
    fleet.apply([entry(images, "one")], hosts=hosts)
    job = fleet.await_end(fleet.cache("one")["id"])
    assert job["state"] == "partial"
    assert fleet.result(job["id"], "host-0", "one")["outcome"] == "cached"
    row = fleet.result(job["id"], "host-1", "one")
    assert (row["outcome"], row["reason"], row["attempts"]) == ("error", "wrong_host", 1)
    assert "host-0" in row["detail"] and "host-1" in row["detail"]
    assert not two.file("one").exists()
    shown = fleet.call("GET", "/v1/hosts/host-1/cache")
    assert (shown.status, shown.json["code"]) == (502, "wrong_host"), "nor is its cache taken for the other's"
    assert fleet.call("GET", "/v1/hosts/host-0/cache").status == 200
    fleet.call("PUT", "/v1/hosts/host-1", {"address": two.address, "port": two.port})
    again = fleet.call("POST", f"/v1/jobs/{job['id']}/retry").json["job"]
    assert fleet.await_end(again["id"])["state"] == "succeeded" and two.file("one").exists()


def test_one_address_for_two_hosts_is_warned_of(fleet, tmp_path):
    fleet.start()
    file = tmp_path / "inventory.json"
    hosts = [{"name": "a", "address": "10.0.0.1"}, {"name": "b", "address": "10.0.0.1", "port": 7701},
             {"name": "c", "address": "10.0.0.1", "port": 7702}]
    file.write_text(json.dumps({"hosts": hosts}))
    done = fleet.cli("inventory", "apply", "-f", file)
    assert done.returncode == 0 and "Warning: 2 hosts at 10.0.0.1:7701: a, b" in done.stderr, done.stderr
    file.write_text(json.dumps({"hosts": hosts[1:]}))
    assert "Warning" not in fleet.cli("inventory", "apply", "-f", file).stderr


def test_a_right_token_comes_into_an_agent_whatever_wrong_ones_came_before(fleet, images):
    images.add("one", b"1" * 1000)
    fleet.start()
    agent = fleet.agent("host-0")
    fleet.apply([entry(images, "one")])
    statuses = [agent.call("GET", "/v1/tasks", token=f"wrong-{number}").status for number in range(15)]
    assert statuses[0] == 401 and statuses[-1] == 429
    assert agent.call("GET", "/v1/tasks").status == 200
    assert fleet.await_end(fleet.cache("one", max_attempts=1)["id"])["state"] == "succeeded"
    log = lambda: (agent.folder / "agent.log").read_text()
    fleet.eventually("both kinds of refusal being told", lambda: log().count("request refused") >= 2)
    assert log().count("request refused") == 2, "one line for each kind of refusal of an address"


def test_an_agents_token_speaks_for_its_host_alone(fleet):
    fleet.start()
    fleet.apply(hosts=[{"name": "host-0"}, {"name": "host-1"}])
    bound, unbound = fleet.token("agent", "host-0"), fleet.token("agent")

    def beat(host, token, headers=None):
        return request(fleet.url + f"/v1/hosts/{host}/heartbeat", "PUT", BEAT, token, headers)

    assert beat("host-0", bound).status == 200
    refused = beat("host-1", bound)
    assert refused.status == 403 and "host-0" in refused.json["detail"]
    assert [beat(host, unbound).status for host in ("host-0", "host-1")] == [200, 200]
    listed = run(["precached", "token", "list", "--config", fleet.config]).stdout
    rows = {line.split()[0]: line.split()[1:3] for line in listed.splitlines()}
    assert rows["test-agent-host-0"] == ["agent", "host-0"] and rows["test-agent"] == ["agent", "any"]
    assert rows["test-admin"] == ["admin", "-"]
    for arguments, word in [(["--role", "reader", "--host", "h"], "--host"), (["--role", "agent", "--host", "a b"], "--host")]:
        made = run(["precached", "token", "create", *arguments, "--name", "x", "--config", fleet.config])
        assert made.returncode == 64 and word in made.stderr, made


def test_agents_that_are_not_taken_are_told_and_listed(fleet):
    fleet.start()
    fleet.apply(hosts=[{"name": "host-0"}])
    stranger = fleet.agent("new-1", service__url=fleet.url, service__token=fleet.token("agent", "new-1"))
    wrong = fleet.agent("host-0", service__url=fleet.url, service__token="pc_" + "x" * 43)

    def listed():
        return {item["name"]: (item["address"], item["cause"])
                for item in fleet.call("GET", "/v1/hosts?unknown=true", role="reader").json["unknown"]}

    wanted = {"new-1": ("127.0.0.1", "unknown_host"), "host-0": ("127.0.0.1", "refused_token")}
    fleet.eventually("both are listed", lambda: listed() == wanted)
    shown = fleet.cli("host", "list", "--unknown").stdout
    assert "precache host set new-1 --address 127.0.0.1" in shown
    assert "precached token create --role agent --host host-0" in shown
    log = fleet.folder / "precached.log"
    for name, cause in [("new-1", "unknown_host"), ("host-0", "refused_token")]:
        told = lambda: [cause in line for line in log.read_text().splitlines() if "heartbeat refused" in line and f"host={name}" in line]
        fleet.eventually(f"{name} being told of", told)
        assert told() == [True]
    metrics = fleet.call("GET", "/metrics").body.decode()
    assert 'precached_heartbeats_refused_total{cause="unknown_host"}' in metrics
    for agent, words in [(stranger, "404: host_not_found, there is no host"), (wrong, "401: unauthorized, ")]:
        line = agent.program.await_line(f'heartbeat failed.*error="the service answered {words}.*').group()
        assert "{" not in line, "it is for people, not JSON"
    fleet.call("PUT", "/v1/hosts/new-1", {})
    assert "new-1" not in listed()


@pytest.mark.parametrize("header, value", [
    ("Origin", "http://evil.example"), ("Host", "evil.example:7701"), ("Host", "evil"), ("Sec-Fetch-Site", "cross-site"),
])
def test_an_agent_without_a_token_obeys_no_web_page(fleet, header, value):
    agent = fleet.agent("host-0", start=False)
    del agent.settings["token"]
    agent.start()
    url = f"http://{agent.address}:{agent.port}/v1/cache/sweep"
    refused = request(url, "POST", b"", headers={header: value, "Content-Type": "text/plain"})
    assert refused.status == 403 and "token" in refused.json["detail"]
    assert request(url, "POST", b"").status == 200


def test_a_token_in_clear_text_beyond_loopback_is_refused_with_advice(fleet, tmp_path):
    file = tmp_path / "agent.toml"
    settings = {"host": "h", "token": "t" * 32, "listen.address": "0.0.0.0", "listen.port": 0,
                "cache.directory": str(tmp_path)}
    file.write_text(toml(settings))
    file.chmod(0o600)
    for command in (["precache-agent", "check"], ["precache-agent"]):
        ended = run([*command, "--config", file])
        assert ended.returncode == 78 and "listen.tls.client_ca" in ended.stderr, ended
        assert "listen.plain_token" in ended.stderr
    file.write_text(toml({**settings, "listen.plain_token": True}))
    assert run(["precache-agent", "check", "--config", file]).returncode == 0


def test_a_revoked_tokens_stream_ends_while_the_job_goes_on(fleet, images):
    gate = threading.Event()
    images.add("stuck", b"s" * 1_000_000, gate=gate)
    fleet.start()
    fleet.agent("host-0")
    fleet.apply([entry(images, "stuck")])
    job = fleet.cache("stuck")["id"]
    watcher = urllib.request.Request(f"{fleet.url}/v1/jobs/{job}/events",
                                     headers={"Authorization": f"Bearer {fleet.token('reader')}"})
    with urllib.request.urlopen(watcher, timeout=60) as stream:
        assert stream.readline().startswith(b"retry")
        assert run(["precached", "token", "revoke", "--name", "test-reader", "--config", fleet.config]).returncode == 0
        assert b"finished" not in stream.read()
    assert fleet.job(job)["state"] == "running"
    gate.set()
    fleet.await_end(job)


def test_behind_a_named_proxy_callers_are_told_apart(fleet):
    fleet.start(listen__trusted_proxies="127.0.0.1")

    def ask(token, caller):
        return request(fleet.url + "/v1/jobs", token=token, headers={"X-Forwarded-For": caller}).status

    statuses = [ask(f"wrong-{number}", f"10.0.0.{number}, 192.0.2.1") for number in range(40)]
    assert statuses[-1] == 429, "what a caller writes in front doesn't help it"
    assert ask("wrong", "192.0.2.2") == 401, "another caller isn't slowed down"
