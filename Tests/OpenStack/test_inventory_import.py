"""`precache inventory import --from nova`, from the Nova API of one precached into another."""

import json

import pytest
import yaml

from nova_api import NovaAPI


@pytest.fixture
def source(cloud, cloud_fleet):
    """The cloud's Nova: three hosts, one disabled, and two aggregates."""
    cloud_fleet.start()
    cloud_fleet.apply(
        hosts=[{"name": "c1", "address": "10.0.0.1"}, {"name": "c2", "address": "10.0.0.2"},
               {"name": "c3", "address": "10.0.0.3", "enabled": False, "disabled_reason": "broken fan"}],
        aggregates=[{"name": "web", "availability_zone": "z1", "metadata": {"ssd": "true"}, "hosts": ["c1", "c2"]},
                    {"name": "db", "hosts": ["c3"]}])
    return cloud_fleet


@pytest.fixture
def take(cloud, source, import_from_nova):
    """Runs the import with this user's variables, and checks that no secret shows."""

    def run_import(*arguments, user="admin", environment=None, expect=0):
        done = import_from_nova(cloud[user].environment if environment is None else environment, *arguments)
        assert done.returncode == expect, (done.returncode, done.stdout, done.stderr)
        assert cloud[user].password not in done.stdout + done.stderr
        return done.stdout + done.stderr
    return run_import


def inventory(fleet):
    hosts = {host["name"]: host for host in fleet.call("GET", "/v1/hosts").json["hosts"]}
    return hosts, {one["name"]: one for one in fleet.call("GET", "/v1/aggregates").json["aggregates"]}


def test_hosts_and_aggregates_come_over(take, target):
    assert "dry run" in take("--dry-run") and inventory(target) == ({}, {})
    assert "5 changes made." in take()
    hosts, aggregates = inventory(target)
    assert {name: (host["address"], host["enabled"], host["disabled_reason"]) for name, host in hosts.items()} == {
        "c1": ("10.0.0.1", True, None), "c2": ("10.0.0.2", True, None), "c3": ("10.0.0.3", False, "broken fan")}
    web = aggregates["web"]
    assert (web["availability_zone"], web["metadata"], web["hosts"]) == ("z1", {"ssd": "true"}, ["c1", "c2"])
    assert aggregates["db"]["hosts"] == ["c3"]
    assert "Nothing changed" in take()


def test_what_is_ours_survives_and_leftovers_are_named_until_pruned(take, target):
    target.apply(hosts=[{"name": "c1", "address": "192.0.2.1", "port": 7999, "labels": {"rack": "7"}},
                        {"name": "old", "address": "192.0.2.9"}], aggregates=[{"name": "gone", "hosts": ["old"]}])
    said = take()
    assert "Not in Nova, and left alone: aggregate gone, host old. With --prune they go." in said
    hosts, aggregates = inventory(target)
    assert (hosts["c1"]["address"], hosts["c1"]["port"], hosts["c1"]["labels"]) == ("192.0.2.1", 7999, {"rack": "7"})
    assert set(hosts) == {"c1", "c2", "c3", "old"} and set(aggregates) == {"web", "db", "gone"}
    take("--addresses", "--prune", "--dry-run")
    assert set(inventory(target)[0]) == set(hosts)
    take("--addresses", "--prune")
    hosts, aggregates = inventory(target)
    assert (hosts["c1"]["address"], hosts["c1"]["port"], hosts["c1"]["labels"]) == ("10.0.0.1", 7999, {"rack": "7"})
    assert set(hosts) == {"c1", "c2", "c3"} and set(aggregates) == {"web", "db"}


def test_enabled_can_be_left_to_us(take, target):
    target.apply(hosts=[{"name": "c1", "address": "c1", "enabled": False, "disabled_reason": "ours"},
                        {"name": "c3", "address": "c3"}])
    take("--keep-enabled")
    hosts, _ = inventory(target)
    assert (hosts["c1"]["enabled"], hosts["c1"]["disabled_reason"], hosts["c3"]["enabled"]) == (False, "ours", True)
    take()
    hosts, _ = inventory(target)
    assert (hosts["c1"]["enabled"], hosts["c1"]["disabled_reason"], hosts["c3"]["enabled"]) == (True, None, False)


def test_changes_in_nova_follow(take, cloud, source, target):
    take()
    api = NovaAPI(source.url, cloud["admin"].token())
    [web] = [one["id"] for one in api.ok("GET", "/os-aggregates")["aggregates"] if one["name"] == "web"]
    api.ok("POST", f"/os-aggregates/{web}/action", {"remove_host": {"host": "c2"}})
    api.ok("POST", f"/os-aggregates/{web}/action", {"set_metadata": {"metadata": {"ssd": None, "gpu": "yes"}}})
    said = take("-o", "json")
    assert json.loads(said[:said.rindex("}") + 1])["changes"] == [
        {"action": "update", "kind": "aggregate", "name": "web", "fields": ["metadata", "hosts"]}]
    _, aggregates = inventory(target)
    assert aggregates["web"]["hosts"] == ["c1"] and aggregates["web"]["metadata"] == {"gpu": "yes"}


def test_clouds_yaml_and_application_credentials(take, cloud, target, tmp_path):
    folder = tmp_path / ".config" / "openstack"
    folder.mkdir(parents=True)
    mine = cloud["admin"].environment
    plain = {"auth_url": cloud.keystone.url, "username": "admin", "project_name": mine["OS_PROJECT_NAME"],
             "user_domain_name": "Default", "project_domain_name": "Default"}
    made = cloud["admin"].connection().identity.create_application_credential(
        cloud["admin"].connection().current_user_id, "importer")
    (folder / "clouds.yaml").write_text(yaml.safe_dump({"clouds": {
        "plain": {"auth": plain, "region_name": cloud.region},
        "app": {"auth_type": "v3applicationcredential", "auth": {
            "auth_url": mine["OS_AUTH_URL"], "application_credential_id": made.id,
            "application_credential_secret": made.secret}}}}))
    (folder / "secure.yaml").write_text(yaml.safe_dump({"clouds": {"plain": {"auth": {"password": mine["OS_PASSWORD"]}}}}))
    assert "5 changes made." in take("--os-cloud", "plain", environment={})
    assert "Nothing changed" in take(environment={"OS_CLOUD": "app"})
    assert "has no cloud 'none'" in take("--os-cloud", "none", environment={}, expect=64)


def test_mistakes_are_told(take, cloud):
    mine = cloud["admin"].environment
    assert "says no OS_AUTH_URL" in take(environment={}, expect=64)
    assert "neither a user with a password" in take(environment={"OS_AUTH_URL": mine["OS_AUTH_URL"]}, expect=64)
    wrong = take(environment={**mine, "OS_PASSWORD": "no-such-password"}, expect=4)
    assert "refuses" in wrong and "401" in wrong and "no-such-password" not in wrong
    assert "Policy doesn't allow" in take(user="member", expect=4)
    assert "It has some in RegionOne" in take(environment={**mine, "OS_REGION_NAME": "Mars"}, expect=1)
    assert "no answer from Keystone" in take(environment={**mine, "OS_AUTH_URL": "http://127.0.0.1:9"}, expect=4)
