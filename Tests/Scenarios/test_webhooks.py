"""Who is told of jobs: everything, in order, signed, in either shape; set up by API, CLI or settings; no secret shown."""

import json
import re
import socket
import stat
from pathlib import Path

import pytest

from program import json_of
from test_main_job import entry
from webhook_receiver import WebhookReceiver

ROOT = Path(__file__).resolve().parents[2]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def put(fleet, name, url, **fields):
    answer = fleet.call("PUT", f"/v1/webhooks/{name}", {"url": url, **fields})
    assert answer.status in (200, 201), answer.body
    return answer.json["webhook"]


def webhook(fleet, name):
    return fleet.call("GET", f"/v1/webhooks/{name}").json["webhook"]


def await_idle(fleet, name):
    """Until the database knows that everything was delivered."""
    fleet.eventually(f"{name} has got everything", lambda: webhook(fleet, name)["waiting"] == 0)
    return webhook(fleet, name)


def events(fleet, job):
    """A job's events as its event stream tells them."""
    stream = fleet.call("GET", f"/v1/jobs/{job['id']}/events").body.decode()
    return [json.loads(line.removeprefix("data: ")) for line in stream.split("\n") if line.startswith("data: ")]


def readme_verify():
    """The verification that the README shows to those who write receivers."""
    code = re.search(r"```python\n(.*?def verify.*?)```", (ROOT / "deploy/README.md").read_text(), re.DOTALL).group(1)
    names = {}
    exec(code, names)
    return names["verify"]


def small_fleet(fleet, images, hosts=2, **settings):
    images.add("one", b"1" * 1000)
    images.add("two", b"2" * 2000)
    fleet.start(webhooks__allow_internal=True, **settings)
    for number in range(hosts):
        fleet.agent(f"host-{number}")
    fleet.apply([entry(images, "one"), entry(images, "two")])


def test_every_event_arrives_once_in_order_and_signed(fleet, images, receiver):
    small_fleet(fleet, images)
    made = put(fleet, "ci", receiver.url + "?token=in-the-query")
    job = fleet.await_end(fleet.cache("one", "two")["id"])
    receiver.await_end(job)
    verify = readme_verify()
    for one in receiver.received:
        assert one.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
        assert verify(made["secret"], one.headers, one.body)
        assert not verify(made["secret"], one.headers, one.body + b" ")
        assert not verify(SECRET, one.headers, one.body)
        assert not verify(made["secret"], {**one.headers, "webhook-timestamp": "1"}, one.body)
        assert one.id == one.json["id"] and one.json["specversion"] == "1.0"
        assert one.json["subject"] == one.job == job["id"] and one.json["source"] == f"//{socket.gethostname()}/precached"
        assert one.json["type"] == "dev.precache.job." + one.json["data"]["event"]["type"]
        assert one.json["time"] == one.json["data"]["event"]["at"] and one.json["data"]["aggregate"] == "web"
    assert [one.json["data"]["event"] for one in receiver.received] == events(fleet, job)
    assert receiver.received[-1].json["data"]["job"] == fleet.job(job["id"])
    shown = await_idle(fleet, "ci")
    assert shown["state"] == "active" and shown["dropped"] == 0 and shown["delivered"] == len(receiver.received)


def test_nova_gets_its_own_notifications_with_the_payloads_of_its_samples(fleet, images, receiver):
    small_fleet(fleet, images)
    put(fleet, "nova", receiver.url, format="nova")
    fleet.call("PUT", "/v1/aggregates/web", {"availability_zone": "nova", "metadata": {"purpose": "web"}})
    fleet.call("PUT", "/v1/hosts/host-1", {"address": "127.0.0.1", "enabled": False})
    images.images["/two"].status = 404
    job = fleet.await_end(fleet.cache("one", "two", max_attempts=1)["id"])
    assert job["results"]["cached"] == 1 and job["results"]["error"] == 1 and job["results"]["skipped"] == 2
    receiver.await_types("aggregate.cache_images.end")
    start, *progress, end = [one.json for one in receiver.received]
    aggregate = fleet.call("GET", "/v1/aggregates/web").json["aggregate"]
    identity = {"id": aggregate["id"], "uuid": aggregate["uuid"], "name": "web"}
    # nova: doc/notification_samples/common_payloads/AggregatePayload.json
    whole = {
        "nova_object.version": "1.1", "nova_object.namespace": "nova", "nova_object.name": "AggregatePayload",
        "nova_object.data": {**identity, "hosts": ["host-0", "host-1"],
                             "metadata": {"availability_zone": "nova", "purpose": "web"}},
    }
    for notification, phase in ((start, "start"), (end, "end")):
        assert notification["event_type"] == f"aggregate.cache_images.{phase}"
        assert notification["payload"] == whole and notification["priority"] == "INFO"
        assert notification["publisher_id"] == f"nova-api:{socket.gethostname()}"
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}", notification["timestamp"])
    # nova: doc/notification_samples/aggregate-cache_images-progress.json
    assert [one["payload"]["nova_object.data"]["index"] for one in progress] == [1, 2]
    by_host = {one["payload"]["nova_object.data"]["host"]: one for one in progress}
    for host, cached, failed in (("host-0", ["one"], ["two"]), ("host-1", [], ["one", "two"])):
        notification = by_host[host]
        index = notification["payload"]["nova_object.data"]["index"]
        assert notification["event_type"] == "aggregate.cache_images.progress"
        assert notification["publisher_id"] == f"nova-conductor:{socket.gethostname()}"
        assert notification["payload"] == {
            "nova_object.version": "1.0", "nova_object.namespace": "nova", "nova_object.name": "AggregateCachePayload",
            "nova_object.data": {**identity, "host": host, "total": 2, "index": index, "images_cached": cached,
                                 "images_failed": failed},
        }
    assert all(one.id == one.json["message_id"] and re.fullmatch(r"[0-9a-f-]{36}", one.id) for one in receiver.received)


def test_nova_hears_of_each_host_of_a_retried_job_though_it_lacked_some_images_only(fleet, images, receiver):
    small_fleet(fleet, images)
    fleet.call("PUT", "/v1/hosts/host-1", {"address": "127.0.0.1", "enabled": False})
    images.images["/two"].status = 404
    job = fleet.await_end(fleet.cache("one", "two", max_attempts=1)["id"])
    agent = fleet.agents["host-1"]
    fleet.call("PUT", "/v1/hosts/host-1", {"address": agent.address, "port": agent.port})
    put(fleet, "nova", receiver.url, format="nova")
    retry = fleet.call("POST", f"/v1/jobs/{job['id']}/retry")
    assert retry.status == 202, retry.body
    receiver.await_types("aggregate.cache_images.end")
    progress = [one.json["payload"]["nova_object.data"] for one in receiver.received[1:-1]]
    assert sorted(one["index"] for one in progress) == [1, 2]
    told = {one["host"]: (sorted(one["images_cached"]), sorted(one["images_failed"])) for one in progress}
    assert told == {"host-0": ([], ["two"]), "host-1": (["one"], ["two"])}, told


def test_only_what_is_asked_for_comes_and_only_from_then_on(fleet, images, receiver):
    small_fleet(fleet, images, hosts=1)
    host = fleet.agents["host-0"]
    fleet.apply([entry(images, "one"), entry(images, "two")], aggregates=[
        {"name": "web", "hosts": [host.name]}, {"name": "db", "hosts": [host.name]}])
    fleet.await_end(fleet.cache("one")["id"])  # before there is a webhook
    put(fleet, "ends", receiver.url, events=["finished"], aggregates=["db"])
    fleet.await_end(fleet.cache("one")["id"])
    put(fleet, "ends", receiver.url, events=["finished"], aggregates=["db"], enabled=False)
    fleet.await_end(fleet.cache("one", aggregate="db")["id"])  # while it is off
    assert webhook(fleet, "ends")["state"] == "disabled"
    put(fleet, "ends", receiver.url, events=["finished"], aggregates=["db"])
    job = fleet.await_end(fleet.cache("two", aggregate="db")["id"])
    receiver.await_end(job)
    await_idle(fleet, "ends")
    assert [(one.type, one.job) for one in receiver.received] == [("dev.precache.job.finished", job["id"])]


def test_the_settings_describe_one_that_the_api_cannot_change(fleet, images, receiver):
    secret = fleet.folder / "webhook-secret"
    secret.write_text(SECRET + "\n")
    secret.chmod(0o600)
    small_fleet(fleet, images, hosts=1, webhooks__url=receiver.url, webhooks__secret_file=str(secret),
                webhooks__format="nova")
    job = fleet.await_end(fleet.cache("one")["id"])
    receiver.await_types("aggregate.cache_images.end")
    assert readme_verify()(SECRET, receiver.received[0].headers, receiver.received[0].body)
    assert await_idle(fleet, "settings")["origin"] == "settings"
    for method, body in (("PUT", {"url": receiver.url}), ("DELETE", None)):
        answer = fleet.call(method, "/v1/webhooks/settings", body)
        assert answer.status == 409 and answer.json["code"] == "conflict" and "webhooks.url" in answer.json["detail"]
    assert fleet.call("POST", "/v1/webhooks/settings/test").json["test"]["delivered"]
    assert receiver.received[-1].type == "precache.webhook.test"
    count = len(receiver.received)
    fleet.service.terminate()
    fleet.restart()
    fleet.await_end(fleet.cache("two")["id"])
    receiver.wait(lambda: len([one for one in receiver.received if one.type.endswith(".end")]) == 2, "no second end")
    assert not {one.id for one in receiver.received[:count]} & {one.id for one in receiver.received[count:]}, job
    fleet.service.terminate()
    for key in ("webhooks.url", "webhooks.secret_file"):
        del fleet.settings[key]
    fleet.restart()
    assert fleet.call("GET", "/v1/webhooks").json["webhooks"] == []


def test_the_settings_one_is_there_however_many_the_api_has_made(fleet, receiver):
    """Otherwise the service would not start, and who mends that by the API needs it started."""
    fleet.start(webhooks__allow_internal=True)
    for number in range(32):
        put(fleet, f"api-{number}", receiver.url)
    fleet.service.terminate()
    fleet.restart(webhooks__url=receiver.url, webhooks__secret=SECRET)
    assert fleet.call("POST", "/v1/webhooks/settings/test").json["test"]["delivered"]
    more = fleet.call("PUT", "/v1/webhooks/more", {"url": receiver.url})
    assert more.status == 409 and "32 webhooks" in more.json["detail"]
    assert fleet.call("DELETE", "/v1/webhooks/api-0").status == 204
    put(fleet, "more", receiver.url)


def test_the_cli_does_all_of_it(fleet, images, receiver):
    small_fleet(fleet, images, hosts=1)
    made = fleet.cli("webhook", "set", "ci", "--url", receiver.url, "--event", "finished", "--aggregate", "web")
    assert made.returncode == 0 and "whsec_" in made.stdout and "shown this once" in made.stderr, made
    assert "whsec_" not in fleet.cli("webhook", "show", "ci").stdout
    tested = fleet.cli("webhook", "test", "ci")
    assert tested.returncode == 0 and "200" in tested.stdout, tested
    receiver.answer = lambda received: 503
    failed = fleet.cli("webhook", "test", "ci")
    assert failed.returncode == 1 and "the endpoint answered 503" in failed.stdout, failed
    receiver.answer = lambda received: 410
    fleet.await_end(fleet.cache("one")["id"])
    fleet.eventually("it is paused", lambda: webhook(fleet, "ci")["state"] == "paused")
    assert "paused" in fleet.cli("webhook", "list").stdout
    receiver.answer = lambda received: 200
    resumed = fleet.cli("webhook", "resume", "ci")
    assert resumed.returncode == 0 and "active" in resumed.stdout, resumed
    receiver.await_types("dev.precache.job.finished")
    kept = json_of(fleet.cli("webhook", "set", "ci", "--event", "all", "-o", "json"))["webhook"]
    assert kept["url"] == receiver.url and kept["events"] == [] and kept["aggregates"] == ["web"] and "secret" not in kept
    replaced = json_of(fleet.cli("webhook", "set", "ci", "--secret-file", "-", "-o", "json", input=SECRET + "\n"))
    assert "secret" not in replaced["webhook"]
    fleet.cli("webhook", "test", "ci")
    assert readme_verify()(SECRET, receiver.received[-1].headers, receiver.received[-1].body)
    assert fleet.cli("webhook", "delete", "ci").returncode == 0
    assert fleet.cli("webhook", "show", "ci").returncode == 1


@pytest.mark.parametrize("method, path, body", [
    ("PUT", "/v1/webhooks/x", {"url": "http://example.invalid/"}), ("DELETE", "/v1/webhooks/ci", None),
    ("POST", "/v1/webhooks/ci/test", None), ("POST", "/v1/webhooks/ci/resume", None),
])
def test_only_admins_change_them(fleet, receiver, method, path, body):
    fleet.start(webhooks__allow_internal=True)
    put(fleet, "ci", receiver.url)
    for role in ("reader", "operator", "agent"):
        assert fleet.call(method, path, body, role=role).status == 403
    assert fleet.call(method, path, body).status in (200, 201, 204)


def test_secrets_are_shown_once_and_are_nowhere_else(fleet, images, receiver):
    small_fleet(fleet, images, hosts=1, log__level="trace")
    made = put(fleet, "ci", receiver.url + "?key=query-password")
    receiver.answer = lambda received: 500
    fleet.await_end(fleet.cache("one")["id"])
    fleet.eventually("it fails", lambda: webhook(fleet, "ci")["state"] == "failing")
    fleet.call("POST", "/v1/webhooks/ci/test")
    secrets = [made["secret"], made["secret"].removeprefix("whsec_"), "query-password"]
    shown = [fleet.call("GET", path, role="reader").body.decode()
             for path in ("/v1/webhooks", "/v1/webhooks/ci", "/metrics")]
    shown += [fleet.cli("webhook", "list").stdout.replace("query-password", "")]  # an admin sees the whole URL
    shown += ["\n".join(fleet.service.lines), "".join(one.body.decode() for one in receiver.received)]
    for text in shown:
        assert not [secret for secret in secrets if secret in text]
    assert fleet.call("GET", "/v1/webhooks/ci").json["webhook"]["url"].endswith("query-password")
    assert receiver.received[0].path == "/hook?key=query-password"
    # The database must hold it, to sign with; it is its owner's alone.
    for file in fleet.folder.glob("precached.db*"):
        assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0, file
    given = fleet.call("PUT", "/v1/webhooks/own", {"url": receiver.url, "secret": SECRET})
    assert given.status == 201 and SECRET not in given.body.decode()
    wrong = fleet.call("PUT", "/v1/webhooks/own", {"url": receiver.url, "secret": "whsec_tooshort-query-password"})
    assert wrong.status == 400 and "query-password" not in wrong.body.decode()


INTERNAL = [
    "http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f.0.0.1/", "http://0177.0.0.1/",
    "http://localhost/", "http://LOCALHOST./", "http://x.localhost/", "http://[::1]/", "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/", "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://[::]/", "http://0.0.0.0/",
    "http://0/", "http://169.254.169.254/latest/meta-data", "http://[fd00:ec2::254]/", "http://[fe80::1]/",
    "http://[fe80::1%25lo]/", "http://224.0.0.1/", "http://[ff02::1]/", "http://255.255.255.255/", "http://100.100.100.200/",
]


def test_internal_addresses_are_refused_however_they_are_written(fleet, images, receiver):
    small_fleet(fleet, images, hosts=1)
    put(fleet, "ci", receiver.url)
    fleet.service.terminate()
    fleet.restart(webhooks__allow_internal=False)
    for url in INTERNAL:
        answer = fleet.call("PUT", "/v1/webhooks/ci", {"url": url})
        assert answer.status == 400, (url, answer.body)
        assert answer.json["errors"][0]["field"] == "url", (url, answer.body)
    for url in ("http://user@example.com/", "http://user:password@example.com/", "ftp://example.com/", "/hook", "http://"):
        answer = fleet.call("PUT", "/v1/webhooks/ci", {"url": url})
        assert answer.status == 400 and "password@" not in answer.body.decode(), (url, answer.body)
    # One that was allowed before is looked at when the connection is made.
    test = fleet.call("POST", "/v1/webhooks/ci/test").json["test"]
    assert not test["delivered"] and "Refused to connect to 127.0.0.1, a loopback address" in test["detail"]
    assert receiver.received == []
