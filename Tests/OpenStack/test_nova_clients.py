"""The real clients, unmodified, against our Nova API: each command that concerns aggregates, its status and what it prints."""

import json

import pytest

from cloud import python
from nova_api import NovaAPI

PINNED = ["--os-compute-api-version", "2.96"]


@pytest.fixture
def compute(cloud, cloud_fleet):
    """precached where the catalogue says that Nova is: two hosts with agents, and one that is disabled."""
    cloud_fleet.start()
    for name in ("compute-1", "compute-2"):
        cloud_fleet.agent(name, start=False)
    hosts = [{"name": agent.name, "address": agent.address, "port": agent.port} for agent in cloud_fleet.agents.values()]
    hosts.append({"name": "compute-3", "address": "192.0.2.3", "enabled": False, "disabled_reason": "broken fan"})
    cloud_fleet.apply(hosts=hosts, aggregates=[{"name": "seed"}])
    for agent in cloud_fleet.agents.values():
        agent.start(service__url=cloud_fleet.url, service__token=cloud_fleet.token("agent"))
    cloud_fleet.eventually("both agents are up", lambda: [
        host["state"] for host in cloud_fleet.call("GET", "/v1/hosts").json["hosts"]][:2] == ["up", "up"])
    return cloud_fleet


@pytest.fixture
def client(cloud, compute):
    """Runs the openstack client as the administrator; what it printed as JSON where it prints any."""

    def run(*arguments, expect=0, user="admin", form="json"):
        more = ["-f", form] if form else []
        done = cloud.openstack(*arguments, *more, user=user)
        assert done.returncode == expect, (arguments, done.returncode, done.stdout, done.stderr)
        return (json.loads(done.stdout) if form == "json" and expect == 0 else done.stdout) if expect == 0 else done.stderr
    return run


def shown(fleet, name):
    answer = fleet.call("GET", f"/v1/aggregates/{name}")
    return answer.json["aggregate"] if answer.status == 200 else None


def test_aggregates_are_made_changed_and_removed(client, compute):
    made = client("aggregate", "create", "--zone", "z1", "--property", "ssd=true", "web")
    assert made["name"] == "web" and made["availability_zone"] == "z1"
    assert shown(compute, "web")["metadata"] == {"ssd": "true"}

    listed = client("aggregate", "list", "--long")
    assert {row["Name"]: (row["Availability Zone"], row["Properties"]) for row in listed} == {
        "seed": (None, {}), "web": ("z1", {"ssd": "true"})}

    client("aggregate", "add", "host", "web", "compute-1")
    added = client("aggregate", "add", "host", "web", "compute-2")
    assert sorted(added["hosts"]) == ["compute-1", "compute-2"]
    assert shown(compute, "web")["hosts"] == ["compute-1", "compute-2"]

    by_name, by_id = client("aggregate", "show", "web"), client("aggregate", "show", str(made["id"]))
    assert by_name == by_id and by_name["hosts"] == ["compute-1", "compute-2"] and by_name["uuid"]

    client("aggregate", "set", "--name", "front", "--zone", "z2", "--property", "gpu=no", "web", form=None)
    assert shown(compute, "web") is None
    changed = shown(compute, "front")
    assert changed["availability_zone"] == "z2" and changed["metadata"] == {"ssd": "true", "gpu": "no"}

    client("aggregate", "unset", "--property", "gpu", "front", form=None)
    assert shown(compute, "front")["metadata"] == {"ssd": "true"}
    client("aggregate", "set", "--no-property", "front", form=None)
    changed = shown(compute, "front")
    assert changed["metadata"] == {} and changed["availability_zone"] == "z2"

    refused = client("aggregate", "delete", "front", form=None, expect=1)
    assert "Host aggregate is not empty" in refused
    client("aggregate", "remove", "host", "front", "compute-1")
    assert client("aggregate", "remove", "host", "front", "compute-2")["hosts"] == []
    client("aggregate", "delete", "front", "seed", form=None)
    assert client("aggregate", "list") == []


def test_what_the_service_refuses_is_what_people_read(client, compute):
    client("aggregate", "create", "web")
    assert "Aggregate web already exists." in client("aggregate", "create", "web", expect=1)
    client("aggregate", "add", "host", "web", "compute-1")
    assert "already has host compute-1" in client("aggregate", "add", "host", "web", "compute-1", expect=1)
    assert "not mapped to any cell" in client("aggregate", "add", "host", "web", "nowhere", expect=1)
    assert "Cannot remove host compute-2 in aggregate" in client("aggregate", "remove", "host", "web", "compute-2", expect=1)
    client("aggregate", "set", "--zone", "z1", "web", form=None)
    client("aggregate", "create", "--zone", "z2", "other")
    assert "already in availability zone(s) ['z1']" in client("aggregate", "add", "host", "other", "compute-1", expect=1)
    assert "No Aggregate found for nothing" in client("aggregate", "show", "nothing", expect=1)


def test_images_are_cached_by_the_command_made_for_it(client, cloud, compute, tmp_path):
    client("aggregate", "create", "web")
    for host in ("compute-1", "compute-2", "compute-3"):
        client("aggregate", "add", "host", "web", host)
    contents = {name: name.encode() * 65536 for name in ("first", "second")}
    ids = {}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        ids[name] = cloud.upload(name, tmp_path / name)
    client("aggregate", "cache", "image", "web", "second", ids["first"], form=None)
    [job] = compute.call("GET", "/v1/jobs").json["jobs"]
    assert [image["id"] for image in job["images"]] == [ids["second"], ids["first"]]
    assert job["aggregate"] == "web"
    done = compute.await_end(job["id"])
    assert done["results"]["cached"] == 4 and done["results"]["skipped"] == 2, done
    for agent in compute.agents.values():
        for name, content in contents.items():
            assert agent.file(ids[name]).read_bytes() == content
    compute.service.await_line("job accepted")
    accepted = [line for line in compute.service.lines if "job accepted" in line]
    assert len(accepted) == 1 and "caller=admin" in accepted[0] and job["id"] in accepted[0]


def test_novaclient_lists_shows_and_caches(cloud, compute, tmp_path):
    api = NovaAPI(compute.url, cloud["admin"].token())
    number = api.aggregate("web", hosts=["compute-1"])
    file = tmp_path / "image"
    file.write_bytes(b"i" * 4096)
    image = cloud.upload("for-nova", file)

    def nova(*arguments):
        done = cloud.openstack(*PINNED, *arguments, program="nova")
        assert done.returncode == 0, (arguments, done.stdout, done.stderr)
        return done.stdout

    assert "web" in nova("aggregate-list")
    assert "compute-1" in nova("aggregate-show", "web")
    nova("aggregate-cache-images", str(number), image)
    nova("aggregate-cache-images", "web", image)
    jobs = compute.call("GET", "/v1/jobs").json["jobs"]
    assert [compute.await_end(job["id"])["results"]["error"] for job in jobs] == [0, 0]


def test_the_sdk_caches_images(cloud, compute):
    api = NovaAPI(compute.url, cloud["admin"].token())
    number = api.aggregate("web")
    connection = cloud["admin"].connection()
    image = "00000000-0000-4000-8000-000000000001"
    assert connection.compute.aggregate_precache_images(number, [image]) is None
    assert connection.compute.find_aggregate("web").id == number
    # Actions go out without a version, so they are served as 2.1.
    answered = connection.compute.add_host_to_aggregate(number, "compute-1")
    assert answered.hosts == ["compute-1"] and answered.uuid is None
    [job] = compute.call("GET", "/v1/jobs").json["jobs"]
    assert job["hosts"]["total"] == 0


def test_services_hypervisors_and_zones_are_listed(client, compute):
    client("aggregate", "create", "--zone", "z1", "web")
    client("aggregate", "add", "host", "web", "compute-1")
    services = {row["Host"]: row for row in client("compute", "service", "list")}
    assert {name: (row["Zone"], row["Status"], row["State"]) for name, row in services.items()} == {
        "compute-1": ("z1", "enabled", "up"), "compute-2": ("nova", "enabled", "up"), "compute-3": ("nova", "disabled", "down")}
    assert [row["Host"] for row in client("compute", "service", "list", "--service", "nova-compute", "--host", "compute-3",
                                          "--long")] == ["compute-3"]
    hypervisors = {row["Hypervisor Hostname"]: row["State"] for row in client("hypervisor", "list", "--long")}
    assert hypervisors == {"compute-1": "up", "compute-2": "up", "compute-3": "down"}
    one = client("hypervisor", "show", "compute-1")
    assert one["aggregates"] == ["web"] and one["service_host"] == "compute-1"
    zones = client("availability", "zone", "list", "--compute", "--long")
    assert {(row["Zone Name"], row["Host Name"], row["Zone Status"]) for row in zones} == {
        ("z1", "compute-1", "available"), ("nova", "compute-2", "available")}
    plain = client("availability", "zone", "list", "--compute", user="reader")
    assert {row["Zone Name"] for row in plain} == {"z1", "nova"}


def test_a_user_without_the_role_is_told_which_rule_says_no(client, cloud, compute):
    refused = client("aggregate", "list", user="member", expect=1)
    assert "Policy doesn't allow os_compute_api:os-aggregates:index to be performed." in refused
    api = NovaAPI(compute.url, cloud["admin"].token())
    number = api.aggregate("web")
    operator = NovaAPI(compute.url, cloud["image_operator"].token())
    order = {"cache": [{"id": "00000000-0000-4000-8000-000000000001"}]}
    assert operator.fault("POST", f"/os-aggregates/{number}/images", order) == (
        403, "forbidden", "Policy doesn't allow compute:aggregates:images to be performed.")
    stranger = NovaAPI(compute.url, "nonsense")("GET", "/os-aggregates")
    assert stranger.status == 401
    assert stranger.headers.get_all("WWW-Authenticate") == [f'Keystone uri="{cloud.keystone.url}"']


def test_the_path_may_name_the_tokens_project_alone(cloud, compute):
    connection = cloud["admin"].connection()
    api = NovaAPI(compute.url, connection.auth_token)
    assert api("GET", f"/{connection.current_project_id}/os-aggregates").status == 200
    status, name, message = api.fault("GET", "/0a1b/os-aggregates")
    assert (status, name) == (400, "badRequest") and message.startswith("Malformed request URL: URL's project_id '0a1b'")


def test_a_client_pinned_below_281_doesnt_even_ask(cloud, compute):
    done = cloud.openstack("--os-compute-api-version", "2.80", "aggregate", "cache", "image", "seed", "x")
    assert done.returncode == 1 and "2.81" in done.stderr


def test_discovery_needs_no_token(cloud, compute):
    script = """
import sys
from keystoneauth1 import adapter, session, noauth
found = adapter.Adapter(session.Session(noauth.NoAuth(endpoint=sys.argv[1])), endpoint_override=sys.argv[1])
data = found.get_endpoint_data()
print(data.api_version, data.min_microversion, data.max_microversion)
"""
    done = python(script, f"{compute.url}/v2.1")
    assert done.stdout.strip() == "(2, 1) (2, 1) (2, 100)", (done.stdout, done.stderr)


def test_a_cloud_of_ones_own_may_lead_here_past_the_catalogue(cloud, fleet, tmp_path):
    """Nothing listens where the catalogue has compute; clouds.yaml says where precached is."""
    fleet.settings.update(cloud.service_settings())
    fleet.start()
    fleet.apply(aggregates=[{"name": "web"}], hosts=[])
    mine = cloud["admin"].environment
    (tmp_path / "clouds.yaml").write_text(json.dumps({"clouds": {"precache": {
        "auth": {"auth_url": mine["OS_AUTH_URL"], "username": "admin", "password": mine["OS_PASSWORD"],
                 "project_name": mine["OS_PROJECT_NAME"], "user_domain_id": "default", "project_domain_id": "default"},
        "region_name": cloud.region, "compute_endpoint_override": f"{fleet.url}/v2.1"}}}))
    environment = {name: "" for name in mine} | {"OS_CLIENT_CONFIG_FILE": str(tmp_path / "clouds.yaml")}
    done = cloud.openstack("--os-cloud", "precache", "aggregate", "list", "-f", "json", environment=environment)
    assert done.returncode == 0, done.stderr
    assert [row["Name"] for row in json.loads(done.stdout)] == ["web"]
