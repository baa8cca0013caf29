"""A host whose storage needs no cache (RBD shared with Glance, say) takes part in jobs all the same."""

from test_main_job import entry


def test_every_image_is_unsupported_at_once_and_the_job_succeeds(fleet, images):
    images.add("one", b"1" * 10_000)
    images.add("two", b"2" * 10_000)
    fleet.start()
    fleet.agent("files")
    none = fleet.agent("none", start=False)
    none.start(cache__backend="none", cache__directory="/nowhere/at/all/_base", cache__owner="nobody-has-this-name",
               service__url=fleet.url, service__token=fleet.token("agent"))
    fleet.apply([entry(images, "one"), entry(images, "two")])
    job = fleet.await_end(fleet.cache("one", "two", keep_seconds=60)["id"])
    assert job["state"] == "succeeded"
    assert (job["results"]["cached"], job["results"]["unsupported"]) == (2, 2), job
    row = fleet.result(job["id"], "none", "one")
    assert (row["reason"], row["attempts"], row["bytes_done"]) == ("unsupported_backend", 1, 0), row
    assert len(images.seen) == 2
    fleet.eventually("the host being up", lambda: fleet.call("GET", "/v1/hosts/none").json["host"]["state"] == "up")
    assert none.call("GET", "/readyz").status == 200
    assert none.call("GET", "/v1/images").json == {"images": []}
    page = none.call("GET", "/v1/cache")
    assert (page.status, page.json["code"]) == (404, "no_cache"), page.body
    assert none.call("DELETE", "/v1/images/one").status == 404
    again = fleet.call("POST", f"/v1/jobs/{job['id']}/retry")
    assert (again.status, again.json["code"]) == (409, "nothing_to_retry"), again.body
