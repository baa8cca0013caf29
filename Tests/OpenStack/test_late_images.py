"""Nova's `POST …/images` takes any image's id, also while Glance is away: what it is shows later, once for the job."""

from fleet import free_port, request
from images import agents, raw_image

UNKNOWN = "00000000-0000-4000-8000-000000000000"


def pre_cache(cloud, fleet, *images) -> str:
    """Asks as the client does; returns the job's id."""
    number = fleet.call("GET", "/v1/aggregates/web").json["aggregate"]["id"]
    answer = request(f"{cloud.compute_url}/os-aggregates/{number}/images", "POST",
                     {"cache": [{"id": image} for image in images]},
                     headers={"X-Auth-Token": cloud["admin"].token(), "X-OpenStack-Nova-API-Version": "2.81"})
    assert answer.status == 202 and answer.body == b"", answer.body
    job, = fleet.call("GET", "/v1/jobs").json["jobs"]
    return job["id"]


def test_an_unknown_image_ends_as_an_error_on_every_host_and_the_rest_is_cached(cloud, cloud_fleet, relay, tmp_path):
    file = raw_image(tmp_path, "good.raw", 1 << 16)
    good = cloud.upload("good", file)
    queued = cloud["admin"].connection().image.create_image(
        name="still-queued", disk_format="raw", container_format="bare", visibility="public", allow_duplicates=True).id
    cloud_fleet.start()
    hosts = agents(cloud_fleet, 3)
    cloud_fleet.apply()
    job = cloud_fleet.await_end(pre_cache(cloud, cloud_fleet, UNKNOWN, good, queued))
    assert job["state"] == "partial" and job["results"]["cached"] == 3 and job["results"]["error"] == 6
    reasons = {(row["image_id"], row["reason"]) for row in cloud_fleet.results(job["id"], outcome="error")}
    assert reasons == {(UNKNOWN, "image_not_found"), (queued, "image_not_active")}
    assert all(host.file(good).read_bytes() == file.read_bytes() for host in hosts)
    assert len([asked for asked in relay.requests if "/file" not in asked.line]) == 3


def test_a_job_waits_for_a_glance_that_is_away_also_through_a_kill_of_the_service(cloud, cloud_fleet, tmp_path):
    file = raw_image(tmp_path, "patient.raw", 1 << 16)
    image = cloud.upload("waited-for", file)
    cloud_fleet.start()
    host, = agents(cloud_fleet, 1)
    cloud_fleet.apply()
    cloud.glance.stop()
    try:
        job = pre_cache(cloud, cloud_fleet, image)
        cloud_fleet.service.await_line("images can't be looked up now")
        assert cloud_fleet.job(job)["state"] == "queued"
        cloud_fleet.service.kill()
        cloud_fleet.restart()
        cloud_fleet.service.await_line("images can't be looked up now")
    finally:
        cloud.glance.start()
    assert cloud_fleet.await_end(job)["state"] == "succeeded"
    assert host.file(image).read_bytes() == file.read_bytes()


def test_a_job_that_waits_ends_with_its_deadline_or_its_cancellation(cloud, cloud_fleet):
    cloud_fleet.start(glance__endpoint=f"http://127.0.0.1:{free_port()}", fanout__deadline_seconds=1)
    agents(cloud_fleet, 1)
    cloud_fleet.apply()
    late = pre_cache(cloud, cloud_fleet, UNKNOWN)
    assert cloud_fleet.await_end(late)["state"] == "failed"
    row, = cloud_fleet.results(late)
    assert row["reason"] == "deadline_exceeded" and "Glance can't be reached" in row["detail"], row
    again = cloud_fleet.call("POST", f"/v1/jobs/{late}/retry").json["job"]["id"]
    # It has the same second, which may be over.
    assert cloud_fleet.call("POST", f"/v1/jobs/{again}/cancel").status in (202, 409)
    assert cloud_fleet.await_end(again)["state"] in ("cancelled", "failed")


def test_a_wrong_password_ends_the_job_at_once(cloud, cloud_fleet):
    cloud_fleet.settings["auth.mode"] = "tokens"
    cloud_fleet.start(keystone__password="wrong")
    agents(cloud_fleet, 1)
    cloud_fleet.apply()
    number = cloud_fleet.call("GET", "/v1/aggregates/web").json["aggregate"]["id"]
    answer = request(f"{cloud.compute_url}/os-aggregates/{number}/images", "POST", {"cache": [{"id": UNKNOWN}]},
                     headers={"X-Auth-Token": cloud_fleet.token("admin"), "X-OpenStack-Nova-API-Version": "2.81"})
    assert answer.status == 202, answer.body
    job, = cloud_fleet.call("GET", "/v1/jobs").json["jobs"]
    cloud_fleet.await_end(job["id"])
    row, = cloud_fleet.results(job["id"])
    assert row["reason"] == "source_unauthorized" and "refuses the service's user" in row["detail"], row
