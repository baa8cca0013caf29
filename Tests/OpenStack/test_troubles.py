"""What goes wrong in a cloud while hosts download: tokens end, Glance goes away, images are withdrawn."""

from pathlib import Path

import pytest

from fleet import free_port, request
from images import accepted, agents, post, raw_image
from scripted_agent import HEAD, ScriptedAgent, line

HELD = 1 << 20


def holds(cloud, token: str) -> bool:
    return request(f"{cloud.keystone.url}/v3/auth/tokens", headers={"X-Auth-Token": token, "X-Subject-Token": token}
                   ).status == 200


def test_a_token_that_ends_in_mid_download_is_replaced_and_the_download_goes_on(cloud, cloud_fleet, relay, tmp_path):
    file = raw_image(tmp_path, "long.raw")
    image = cloud.upload("long", file)
    relay.hold_after = HELD
    cloud.restart_keystone(expiration=15)
    try:
        cloud_fleet.start()
        host, = agents(cloud_fleet, 1)
        cloud_fleet.apply()
        job = cloud_fleet.cache(image)["id"]
        relay.await_held()
        first = relay.of("/file")[0].headers["x-auth-token"]
        cloud_fleet.eventually("the token has ended", lambda: not holds(cloud, first))
        relay.cut()
        ended = cloud_fleet.await_end(job)
    finally:
        cloud.restart_keystone()
    result = cloud_fleet.result(job, host.name, image)
    assert ended["state"] == "succeeded" and result["attempts"] == 2, result
    assert host.file(image).read_bytes() == file.read_bytes()
    told = [(download.status, download.headers.get("range")) for download in relay.of("/file")]
    assert told[0] == (200, None) and told[-1][0] == 206 and 401 in [status for status, _ in told], told
    assert int(told[-1][1].removeprefix("bytes=").removesuffix("-")) > HELD // 2, "it began anew"
    assert relay.of("/file")[-1].headers["x-auth-token"] != first


def test_glance_goes_and_comes_back_in_mid_job(cloud, cloud_fleet, relay, tmp_path):
    file = raw_image(tmp_path, "patient.raw")
    image = cloud.upload("patient", file)
    relay.hold_after = HELD
    cloud_fleet.start()
    hosts = agents(cloud_fleet, 3)
    cloud_fleet.apply()
    job = cloud_fleet.cache(image, max_attempts=50)["id"]
    relay.await_held(3)
    cloud.glance.stop()
    try:
        relay.cut()
        cloud_fleet.eventually("every host tries again",
                               lambda: all(row["attempts"] > 1 for row in cloud_fleet.results(job)))
    finally:
        cloud.glance.start()
    assert cloud_fleet.await_end(job)["state"] == "succeeded"
    assert all(host.file(image).read_bytes() == file.read_bytes() for host in hosts)
    assert any(download.status == 206 for download in relay.of("/file")), "what was there is kept"
    assert len(relay.of(f"/v2/images/{image} ")) == 1, "the image is looked up once"


@pytest.mark.parametrize("what, reason", [("delete_image", "image_not_found"),
                                          ("deactivate_image", "image_not_active")])
def test_an_image_that_is_withdrawn_after_the_request(cloud, cloud_fleet, relay, tmp_path, what, reason):
    image = cloud.upload(what, raw_image(tmp_path, "withdrawn.raw"))
    relay.hold_after = HELD
    cloud_fleet.start()
    agents(cloud_fleet, 3)
    cloud_fleet.apply()
    job = cloud_fleet.cache(image, parallelism=1)["id"]
    relay.await_held()
    getattr(cloud["admin"].connection().image, what)(image)
    relay.release()
    assert cloud_fleet.await_end(job)["state"] == "partial"
    late = cloud_fleet.results(job, outcome="error")
    assert [row["reason"] for row in late] == [reason, reason], late
    if reason == "image_not_active":
        assert "deactivated" in late[0]["detail"], late


def test_a_user_of_the_service_who_may_not_download_is_named(cloud, cloud_fleet, tmp_path):
    image = cloud.upload("forbidden", raw_image(tmp_path, "forbidden.raw", 1 << 16))
    cloud_fleet.settings.update({"keystone.username": "reader", "keystone.password": cloud["reader"].password,
                                 "keystone.project_name": "demo", "auth.mode": "tokens"})
    cloud_fleet.start()
    agents(cloud_fleet, 1)
    cloud_fleet.apply()
    job = cloud_fleet.await_end(cloud_fleet.cache(image)["id"])
    row, = cloud_fleet.results(job["id"])
    assert (row["reason"], row["attempts"]) == ("source_unauthorized", 1), row
    assert "403" in row["detail"] and "role" in row["detail"], row


def test_a_wrong_password_is_said_so(cloud, cloud_fleet, tmp_path):
    image = cloud.upload("unasked", raw_image(tmp_path, "unasked.raw", 1 << 16))
    cloud_fleet.start(keystone__password="wrong")
    agents(cloud_fleet, 1)
    cloud_fleet.apply()
    answer = cloud_fleet.call("POST", "/v1/aggregates/web/images", {"cache": [{"id": image}]})
    assert answer.status == 503 and answer.json["code"] == "image_service_unavailable", answer.body
    assert "refuses the service's user precache" in answer.json["detail"], answer.body


def test_glance_away_is_said_so_with_a_time_to_come_again(cloud, cloud_fleet):
    cloud_fleet.start(glance__endpoint=f"http://127.0.0.1:{free_port()}")
    agents(cloud_fleet, 1)
    cloud_fleet.apply()
    answer = cloud_fleet.call("POST", "/v1/aggregates/web/images",
                              {"cache": [{"id": "00000000-0000-4000-8000-000000000000"}]})
    assert answer.status == 503 and int(answer.headers["Retry-After"]) > 0, answer.body


def test_no_secret_is_told(cloud, cloud_fleet, relay, tmp_path):
    image = cloud.upload("secret", raw_image(tmp_path, "secret.raw"))
    relay.hold_after = HELD
    cloud_fleet.start(log__level="trace")
    agents(cloud_fleet, 2, log__level="trace")
    cloud_fleet.apply()
    user = cloud["image_operator"].token()
    job = accepted(post(cloud_fleet, user, image))
    relay.await_held(2)
    programs = [cloud_fleet.service] + [agent.program for agent in cloud_fleet.agents.values()]
    lines = b"".join(Path(f"/proc/{program.process.pid}/cmdline").read_bytes() for program in programs)
    relay.cut()
    cloud_fleet.await_end(job)
    told = [lines, *(cloud_fleet.call("GET", path).body for path in (
        f"/v1/jobs/{job}", f"/v1/jobs/{job}/results", "/metrics"))]
    told += [program.log.read_bytes() for program in programs]
    told += [file.read_bytes() for file in cloud_fleet.folder.glob("precached.db*")]
    tokens = relay.tokens()
    assert tokens
    for secret in {*tokens, user, cloud["precache"].password}:
        assert not any(secret.encode() in text for text in told)
        state = [file for agent in cloud_fleet.agents.values() for file in agent.cache.rglob("*") if file.is_file()]
        assert not any(secret.encode() in file.read_bytes() for file in state)


def test_many_hosts_cost_one_look_at_each_image_and_one_token(cloud, cloud_fleet, relay, tmp_path):
    images = [cloud.upload(f"many-{number}", raw_image(tmp_path, f"{number}.raw", 1 << 16)) for number in range(2)]

    def behaviour(connection, data):
        task = data.split(b" ")[1].decode().rsplit("/", 1)[1]
        lines = [line(type="accepted", task_id=task, attempt=1, attached=False)]
        lines += [line(type="outcome", image_id=image, outcome="cached", bytes_done=65536, bytes_total=65536,
                       verified=True) for image in images]
        connection.sendall(HEAD + b"".join(lines) + line(type="end") + b"0\r\n\r\n")

    agent = ScriptedAgent("127.0.0.1", behaviour)
    try:
        cloud_fleet.start(auth__mode="tokens")
        cloud_fleet.apply(hosts=[agent.host(f"host-{number:04}") for number in range(1000)])
        start = len(cloud.keystone.program.lines)
        job = cloud_fleet.await_end(cloud_fleet.cache(*images, parallelism=100)["id"])
    finally:
        agent.stop()
    assert job["results"]["cached"] == 2000, job
    assert len(relay.requests) == 2, relay.requests
    issued = [asked for asked in cloud.keystone.requests(start) if asked.startswith("POST /v3/auth/tokens")]
    # Glance has a user of its own, whose token may be renewed at the same time.
    assert len(issued) <= 2, issued
    orders = [request for request in agent.requests if request.startswith(b"PUT")]
    assert len(orders) == 1000 and all(b"X-Auth-Token" in order for order in orders)
