"""Nova's own schemas and validator as judges: of what our Nova API answers at each version, and of what it says to bodies
that are wrong."""

import json

import pytest

from nova_api import NovaAPI

nova = pytest.importorskip("nova.api.openstack.compute.schemas.aggregates")

from nova import exception  # noqa: E402
from nova.api.openstack.compute.schemas import (  # noqa: E402
    aggregate_images, aggregates, availability_zone, hypervisors, services, versions)
from nova.api.validation import validators  # noqa: E402

IMAGE = "00000000-0000-4000-8000-000000000001"
VERSIONS = ["2.1", "2.10", "2.11", "2.27", "2.28", "2.33", "2.40", "2.41", "2.52", "2.53", "2.69", "2.75", "2.81", "2.88",
            "2.96", "2.100"]


def schema_for(module, name: str, version: str):
    """The youngest schema called NAME or NAME_vXYZ that is no younger than the version."""
    minor = int(version.split(".")[1])
    found = [(1, getattr(module, name))] if hasattr(module, name) else []
    for other in dir(module):
        if other.startswith(name + "_v2"):
            found.append((int(other.removeprefix(name + "_v2")), getattr(module, other)))
    return max((entry for entry in found if entry[0] <= minor), key=lambda entry: entry[0])[1]


def judge(module, name, version, document):
    validators._SchemaValidator(schema_for(module, name, version)).validate(document)


@pytest.fixture
def api(fleet):
    fleet.start()
    fleet.apply(hosts=[{"name": "c1", "address": "192.0.2.2"},
                       {"name": "c2", "address": "192.0.2.1", "enabled": False, "labels": {"rack": "1"}}], aggregates=[
        {"name": "web", "availability_zone": "z1", "metadata": {"ssd": "true"}, "hosts": ["c1", "c2"]}])
    beat = {"interval_seconds": 30, "version": "1", "started_at": "2026-01-01T00:00:00Z", "tasks": 0, "images": [],
            "disk": {"total_bytes": 100 << 30, "free_bytes": 40 << 30}, "cache": {"images": 0, "bytes": 0}}
    assert fleet.call("PUT", "/v1/hosts/c1/heartbeat", beat, role="agent").status == 200
    return NovaAPI(fleet.url, fleet.token("admin"))


@pytest.mark.parametrize("version", VERSIONS)
def test_answers_have_the_shape_that_nova_promises(api, version):
    api.version = version
    judge(aggregates, "index_response", version, api.ok("GET", "/os-aggregates"))
    judge(aggregates, "show_response", version, api.ok("GET", "/os-aggregates/1"))
    made = api.ok("POST", "/os-aggregates", {"aggregate": {"name": "new", "availability_zone": "z1"}})
    judge(aggregates, "create_response", version, made)
    path = f"/os-aggregates/{made['aggregate']['id']}"
    judge(aggregates, "update_response", version, api.ok("PUT", path, {"aggregate": {"name": "newer"}}))
    for action, body in [("set_metadata", {"metadata": {"k": "v"}}), ("add_host", {"host": "c1"}),
                         ("remove_host", {"host": "c1"})]:
        judge(aggregates, f"{action}_response", version, api.ok("POST", f"{path}/action", {action: body}))
    judge(aggregates, "delete_response", version, api.ok("DELETE", path))
    judge(services, "index_response", version, api.ok("GET", "/os-services"))
    judge(hypervisors, "index_response", version, api.ok("GET", "/os-hypervisors"))
    detail = api.ok("GET", "/os-hypervisors/detail")
    judge(hypervisors, "detail_response", version, detail)
    judge(hypervisors, "show_response", version, api.ok("GET", f"/os-hypervisors/{detail['hypervisors'][0]['id']}"))
    judge(availability_zone, "index_response", version, api.ok("GET", "/os-availability-zone"))
    judge(availability_zone, "detail_response", version, api.ok("GET", "/os-availability-zone/detail"))
    judge(versions, "show_response", version, api.ok("GET", ""))


BODIES = [
    ("create", "POST", "/os-aggregates", [
        None, [], 5, {}, {"aggregate": 5}, {"aggregate": {}}, {"aggregate": {"name": ""}}, {"aggregate": {"name": " x"}},
        {"aggregate": {"name": 5}}, {"aggregate": {"name": None}}, {"aggregate": {"name": "x" * 256}},
        {"aggregate": {"name": "a\nb"}}, {"aggregate": {"name": " "}}, {"aggregate": {"name": "x", "y": 1.5, "z": ["it's", '"']}},
        {"aggregate": {"name": "x", "availability_zone": ""}}, {"aggregate": {"name": "x", "availability_zone": "a:b"}},
        {"aggregate": {"name": "x", "availability_zone": True}}, {"aggregate": {"name": "x"}, "more": 1}]),
    ("update", "PUT", "/os-aggregates/1", [
        {"aggregate": {}}, {"aggregate": {"name": "   "}}, {"aggregate": {"x": 1}}, {"aggregate": {"name": "", "x": 1}}]),
    ("add_host", "POST", "/os-aggregates/1/action", [
        {"add_host": {}}, {"add_host": {"host": ""}}, {"add_host": {"host": "h/x"}}, {"add_host": {"host": "h" * 256}},
        {"add_host": {"host": 1}}, {"add_host": {"host": "h", "x": 1}}, {"add_host": None}]),
    ("remove_host", "POST", "/os-aggregates/1/action", [{"remove_host": {"host": "h h"}}, {"remove_host": {}}]),
    ("set_metadata", "POST", "/os-aggregates/1/action", [
        {"set_metadata": {}}, {"set_metadata": {"metadata": None}}, {"set_metadata": {"metadata": {"a": 5}}},
        {"set_metadata": {"metadata": {"a": "x" * 256}}}, {"set_metadata": {"metadata": {"a/b": "x"}}},
        {"set_metadata": {"metadata": {"a/b": "x", "c;": "y", "ok": "z"}}}, {"set_metadata": {"metadata": {"": "x"}}}]),
    ("images", "POST", "/os-aggregates/1/images", [
        {}, {"cache": []}, {"cache": {}}, {"cache": [5]}, {"cache": [{}]}, {"cache": [{"id": "x"}]}, {"cache": [{"id": 5}]},
        {"cache": [{"id": IMAGE, "x": 1}]}, {"cache": [{"id": IMAGE}], "x": 1}, {"cache": [{"id": IMAGE}, {"id": None}]}]),
]
SCHEMAS = {name: getattr(aggregates, name, None) for name, *_ in BODIES} | {"images": aggregate_images.aggregate_images}


@pytest.mark.parametrize("name, method, path, bodies", BODIES, ids=[name for name, *_ in BODIES])
def test_wrong_bodies_are_told_what_nova_tells_them(api, name, method, path, bodies):
    for body in bodies:
        with pytest.raises(exception.ValidationError) as refusal:
            validators._SchemaValidator(SCHEMAS[name]).validate(body)
        said = api.fault(method, path, json.dumps(body).encode())
        assert said == (400, "badRequest", refusal.value.format_message()), body
