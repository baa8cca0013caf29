"""Nova's API on the wire: every refusal with its status, name and message, in Nova's order; and that both APIs are of one
inventory."""

import statistics
import time

import pytest

from fleet import request
from nova_api import NovaAPI

IMAGE = "00000000-0000-4000-8000-000000000001"
ORDER = {"cache": [{"id": IMAGE}]}


@pytest.fixture
def api(fleet):
    """Host h1 in `web` (zone z1), h2 in none; `other` makes zone z2."""
    fleet.start()
    fleet.apply(hosts=[{"name": "h1"}, {"name": "h2"}], aggregates=[
        {"name": "web", "availability_zone": "z1", "hosts": ["h1"]}, {"name": "other", "availability_zone": "z2"}])
    return NovaAPI(fleet.url, fleet.token("admin"))


TAKEN = "One or more hosts already in availability zone(s) ['z1']."
REFUSALS = [
    ("POST", "/os-aggregates", b"{", 400, "badRequest", "Malformed request body"),
    ("POST", "/os-aggregates", {"aggregate": {"name": ""}}, 400, "badRequest",
     "Invalid input for field/attribute name. Value: . '' should be non-empty"),
    ("POST", "/os-aggregates", {"aggregate": {"name": "web"}}, 409, "conflictingRequest", "Aggregate web already exists."),
    ("PUT", "/os-aggregates/2", {"aggregate": {"name": "web"}}, 409, "conflictingRequest", "Aggregate web already exists."),
    ("GET", "/os-aggregates/web", None, 400, "badRequest", "Invalid input received: id must be an integer"),
    ("GET", "/os-aggregates/7", None, 404, "itemNotFound", "Aggregate 7 could not be found."),
    ("GET", "/os-aggregates/-1", None, 404, "itemNotFound", "Aggregate -1 could not be found."),
    ("DELETE", "/os-aggregates/7", None, 404, "itemNotFound", "Aggregate 7 could not be found."),
    ("DELETE", "/os-aggregates/1", None, 400, "badRequest",
     "Cannot remove host from aggregate 1. Reason: Host aggregate is not empty."),
    ("POST", "/os-aggregates/1/action", {"x": {}}, 400, "badRequest", "There is no such action: x"),
    ("POST", "/os-aggregates/1/action", {"add_host": {"host": "h"}}, 404, "itemNotFound", "Host 'h' is not mapped to any cell"),
    ("POST", "/os-aggregates/1/action", {"add_host": {"host": "h1"}}, 409, "conflictingRequest",
     "Aggregate 1 already has host h1."),
    ("POST", "/os-aggregates/2/action", {"add_host": {"host": "h1"}}, 409, "conflictingRequest",
     f"Cannot add host to aggregate 2. Reason: {TAKEN}"),
    ("POST", "/os-aggregates/1/action", {"remove_host": {"host": "h2"}}, 404, "itemNotFound",
     "Cannot remove host h2 in aggregate 1"),
    ("POST", "/os-aggregates/7/action", {"remove_host": {"host": "h1"}}, 404, "itemNotFound",
     "Cannot remove host h1 in aggregate 7"),
    ("PUT", "/os-aggregates/1", {"aggregate": {"availability_zone": None}}, 400, "badRequest",
     "Cannot update aggregate 1. Reason: Aggregate web does not support empty named availability zone."),
    ("POST", "/os-aggregates/1/action", {"set_metadata": {"metadata": {"availability_zone": ""}}}, 400, "badRequest",
     "Cannot update metadata of aggregate 1. Reason: Aggregate web does not support empty named availability zone."),
    ("POST", "/os-aggregates/1/images", {"cache": ORDER["cache"] * 2}, 400, "badRequest", "Duplicate images in request"),
    ("POST", "/os-aggregates/7/images", ORDER, 404, "itemNotFound", "Aggregate 7 could not be found."),
    ("GET", "/servers", None, 404, "itemNotFound", "The resource could not be found."),
    ("PATCH", "/os-aggregates", None, 405, "badMethod", "PATCH is not allowed here; allowed are GET, HEAD, POST."),
]


def test_refusals_are_novas_to_the_letter(api):
    for method, path, body, *said in REFUSALS:
        assert api.fault(method, path, body) == tuple(said), (method, path, body)
    early = api.fault("POST", "/os-aggregates/1/images", ORDER, version="2.80")
    assert early == (404, "itemNotFound", "The resource could not be found.")
    typed = api.fault("POST", "/os-aggregates", b"<x/>", headers={"Content-Type": "application/xml"})
    assert typed == (415, "badMediaType", "Unsupported Content-Type")
    assert api.fault("GET", "/os-aggregates", version="3.0") == (
        406, "computeFault", "Version 3.0 is not supported by the API. Minimum is 2.1 and maximum is 2.100.")
    assert NovaAPI(api.url, None)("GET", "/os-aggregates").json == {"error": {
        "code": 401, "title": "Unauthorized", "message": "The request you have made requires authentication."}}


def test_a_zone_that_hosts_have_by_another_aggregate_stays_theirs(api):
    third = api.aggregate("third", hosts=["h1"])
    assert api.fault("PUT", f"/os-aggregates/{third}", {"aggregate": {"availability_zone": "z9"}}) == (
        400, "badRequest", f"Cannot update aggregate {third}. Reason: {TAKEN}")
    body = {"set_metadata": {"metadata": {"availability_zone": "z9"}}}
    assert api.fault("POST", f"/os-aggregates/{third}/action", body) == (
        400, "badRequest", f"Cannot update metadata of aggregate {third}. Reason: {TAKEN}")


def test_both_apis_are_of_one_inventory(api, fleet):
    number = api.aggregate("new", zone="z1", hosts=["h1"])
    new = fleet.call("GET", "/v1/aggregates/new").json["aggregate"]
    assert (new["id"], new["hosts"], new["availability_zone"]) == (number, ["h1"], "z1")
    fleet.call("PUT", "/v1/aggregates/new/hosts/h2")
    assert api.ok("GET", f"/os-aggregates/{number}")["aggregate"]["hosts"] == ["h1", "h2"]
    # One host was added by each of the two, and both are told.
    for action, count in (("host added to aggregate", 2), ("aggregate created", 1)):
        told = lambda: [line for line in fleet.service.lines if action in line]
        fleet.eventually(action, lambda: len(told()) >= count)
        lines = told()
        assert len(lines) == count
        assert all("caller=test-admin" in line and "aggregate=new" in line for line in lines)
        assert any("request=req-" in line for line in lines)


def test_numbers_and_uuids_outlive_a_restart_and_are_never_used_again(api, fleet):
    before = api.ok("GET", "/os-services"), api.ok("GET", "/os-hypervisors"), api.ok("GET", "/os-aggregates")
    number = api.aggregate("short-lived")
    api.ok("DELETE", f"/os-aggregates/{number}")
    fleet.service.process.terminate()
    fleet.service.wait()
    fleet.restart()
    assert (api.ok("GET", "/os-services"), api.ok("GET", "/os-hypervisors"), api.ok("GET", "/os-aggregates")) == before
    assert api.aggregate("next") > number


def test_an_order_is_a_job_that_location_leads_to_even_of_unknown_images(api, fleet):
    answer = api("POST", "/os-aggregates/1/images", ORDER, version="2.81")
    assert (answer.status, answer.body, answer.headers["Content-Length"]) == (202, b"", "0")
    job = fleet.await_end(answer.headers["Location"].rsplit("/", 1)[1])
    assert job["aggregate"] == "web" and job["results"]["error"] == 1, job
    assert fleet.result(job["id"], "h1", IMAGE)["reason"] == "image_not_found"


def test_version_documents_are_open_and_their_links_lead_on(api):
    for version in request(api.url + "/").json["versions"]:
        for link in version["links"]:
            assert request(link["href"]).json["version"]["id"] == version["id"]


def test_a_thousand_aggregates_of_a_hundred_hosts_are_one_answer(fleet):
    fleet.start()
    hosts = [{"name": f"h{number}"} for number in range(100)]
    names = [host["name"] for host in hosts]
    fleet.apply(hosts=hosts, aggregates=[{"name": f"a{number}", "hosts": names} for number in range(1000)])
    api = NovaAPI(fleet.url, fleet.token("admin"))
    took = []
    for _ in range(5):
        begun = time.monotonic()
        listed = api.ok("GET", "/os-aggregates")["aggregates"]
        took.append(time.monotonic() - begun)
    assert len(listed) == 1000 and all(len(one["hosts"]) == 100 for one in listed)
    print(f"1,000 aggregates of 100 hosts: {statistics.median(took):.3f} s")
