"""Images that were uploaded to the real Glance with the real client, warmed on several hosts."""

import time

from fleet import request
from images import accepted, agents, post, qcow2_image, raw_image


def test_raw_and_qcow2_reach_every_host_byte_for_byte(cloud, cloud_fleet, tmp_path):
    files = {"raw": raw_image(tmp_path, "disk.raw"), "qcow2": qcow2_image(tmp_path, "disk.qcow2")}
    images = {kind: cloud.upload(f"cached-{kind}", file, kind) for kind, file in files.items()}
    cloud_fleet.start()
    hosts = agents(cloud_fleet, 3, cache__convert_to_raw=False)
    cloud_fleet.apply()
    asked, issued = len(cloud.glance.program.lines), len(cloud.keystone.program.lines)
    # By name and by id; the user's token counts, and is a member's of one more role.
    job = cloud_fleet.await_end(accepted(post(cloud_fleet, cloud["image_operator"].token(), "cached-raw",
                                              images["qcow2"])))
    assert job["state"] == "succeeded", (job, cloud_fleet.results(job["id"]))
    assert {image["id"] for image in job["images"]} == set(images.values())
    for host in hosts:
        for kind, file in files.items():
            assert host.file(images[kind]).read_bytes() == file.read_bytes(), (host.name, kind)
            result = cloud_fleet.result(job["id"], host.name, images[kind])
            assert result["outcome"] == "cached" and result["source"].startswith(cloud.glance.url), result
    requests = cloud.glance.requests(asked)
    looked_up = [line for line in requests if "/file" not in line]
    assert len(looked_up) == 2, requests
    tokens = [line for line in cloud.keystone.requests(issued) if line.startswith("POST /v3/auth/tokens")]
    assert len(tokens) <= 3, "the user's, the service's, and perhaps Glance's own"


def test_by_default_a_qcow2_becomes_the_disk_that_it_stands_for(cloud, cloud_fleet, tmp_path):
    file = qcow2_image(tmp_path, "disk.qcow2")
    image = cloud.upload("converted", file, "qcow2")
    cloud_fleet.start()
    (host,) = agents(cloud_fleet, 1)
    cloud_fleet.apply()
    for outcome in ("cached", "existing"):
        job = cloud_fleet.await_end(cloud_fleet.cache(image)["id"])
        assert cloud_fleet.result(job["id"], host.name, image)["outcome"] == outcome
        assert host.file(image).read_bytes() == (tmp_path / "disk.qcow2.raw").read_bytes()


def test_each_state_of_an_image_has_its_own_reason(cloud, cloud_fleet, tmp_path):
    file = raw_image(tmp_path, "small.raw", 1 << 16)
    connection = cloud["admin"].connection()
    queued = connection.image.create_image(name="queued", disk_format="raw", container_format="bare",
                                           visibility="public", allow_duplicates=True).id
    deactivated, hidden, deleted = (cloud.upload(name, file) for name in ("deactivated", "hidden", "deleted"))
    private = cloud.upload("private", file, visibility="private", user="member")
    ova = cloud.upload("ova", file, container="ova")
    for name in ("twin", "twin"):
        cloud.upload(name, file)
    connection.image.deactivate_image(deactivated)
    connection.image.update_image(hidden, os_hidden=True)
    connection.image.delete_image(deleted)
    cloud_fleet.start()
    agents(cloud_fleet, 1)
    cloud_fleet.apply()
    expected = {
        queued: "it has no data yet", deactivated: "is deactivated", hidden: "os_hidden", deleted: "no such image",
        private: "or none that the service's user can see", ova: "'ova'", "twin": "several images",
        "00000000-0000-4000-8000-000000000000": "no such image", "nothing-of-this-name": "no image of this name",
    }
    answer = cloud_fleet.call("POST", "/v1/aggregates/web/images", {"cache": [{"id": image} for image in expected]})
    assert answer.status == 400 and answer.json["code"] == "unknown_images"
    told = {error["field"]: error["message"] for error in answer.json["errors"]}
    for index, (image, words) in enumerate(expected.items()):
        assert words in told[f"cache[{index}].id"], (image, told)


def test_who_may_do_what(cloud, cloud_fleet, tmp_path):
    image = cloud.upload("roles", raw_image(tmp_path, "roles.raw", 1 << 16))
    cloud_fleet.start()
    agents(cloud_fleet, 1)
    cloud_fleet.apply()

    def get(token=None, bearer=None, path="/v1/jobs"):
        return request(cloud_fleet.url + path, "GET", None, bearer, {"X-Auth-Token": token} if token else {})

    nobody = get()
    assert nobody.status == 401
    assert nobody.headers.get_all("WWW-Authenticate") == ['Bearer realm="precache"',
                                                          f'Keystone uri="{cloud.keystone.url}"']
    assert get("no-such-token").status == 401
    reader, operator, admin = (cloud[name].token() for name in ("reader", "image_operator", "admin"))
    assert get(reader).status == 200
    assert get(bearer=reader).status == 200, "a Keystone token may come as a bearer token too"
    refused = post(cloud_fleet, reader, image)
    assert refused.status == 403 and "Keystone user reader" in refused.json["detail"]
    # 'member' implies 'reader' in Keystone, and stands for no more here.
    assert post(cloud_fleet, cloud["member"].token(), image).status == 403
    job = accepted(post(cloud_fleet, operator, image))
    assert get(operator, path=f"/v1/jobs/{job}").status == 200
    put = request(f"{cloud_fleet.url}/v1/aggregates/more", "PUT", {}, None, {"X-Auth-Token": admin})
    assert put.status == 201
    cloud_fleet.await_end(job)


def test_a_token_is_looked_up_once_and_its_revocation_noticed(cloud, cloud_fleet):
    cloud_fleet.start(keystone__cache_seconds=2)
    connection = cloud["reader"].connection()
    token = connection.auth_token

    def ask():
        return request(cloud_fleet.url + "/v1/jobs", headers={"X-Auth-Token": token}).status

    start = len(cloud.keystone.program.lines)
    begun = time.monotonic()
    assert [ask() for _ in range(20)] == [200] * 20
    took = time.monotonic() - begun
    looks = [line for line in cloud.keystone.requests(start) if line.startswith("GET /v3/auth/tokens")]
    assert len(looks) <= 2 + took / 2, looks
    connection.session.delete(f"{cloud.keystone.url}/v3/auth/tokens", headers={"X-Subject-Token": token})
    cloud_fleet.eventually("the revocation is noticed", lambda: ask() == 401)


def test_keystone_away_is_no_refusal(cloud, cloud_fleet):
    cloud_fleet.start(keystone__cache_seconds=300)
    known, strange = cloud["reader"].token(), cloud["admin"].token()

    def ask(token):
        return request(cloud_fleet.url + "/v1/jobs", headers={"X-Auth-Token": token})

    assert ask(known).status == 200
    cloud.keystone.stop()
    try:
        assert ask(known).status == 200
        answer = ask(strange)
        assert answer.status == 503 and int(answer.headers["Retry-After"]) > 0, answer.body
        assert cloud_fleet.call("GET", "/v1/jobs").status == 200, "our own tokens don't need Keystone"
    finally:
        cloud.keystone.start()
    cloud_fleet.eventually("it is asked again", lambda: ask(strange).status == 200)
