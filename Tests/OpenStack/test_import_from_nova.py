"""`precache inventory import --from nova` from the real Nova, also while a cell of it is down."""

import pytest

from nova_api import NovaAPI
from real_nova import Nova

CELLS = {"one": ["c1", "c2"], "two": ["c3", "c4"]}


@pytest.fixture
def nova(cloud, tmp_path):
    nova = Nova(cloud, tmp_path, CELLS, {"web": ["c1", "c3"]}).start()
    yield nova
    nova.stop()


@pytest.fixture
def take(cloud, import_from_nova):
    """Runs the import as an administrator and returns its status and all that it says."""

    def run_import(*arguments):
        done = import_from_nova(cloud["admin"].environment, *arguments)
        return done.returncode, done.stdout + done.stderr
    return run_import


def inventory(fleet):
    """Addresses by host, and hosts by aggregate."""
    return ({host["name"]: host["address"] for host in fleet.call("GET", "/v1/hosts").json["hosts"]},
            {one["name"]: one["hosts"] for one in fleet.call("GET", "/v1/aggregates").json["aggregates"]})


def test_a_cell_that_is_down_costs_nothing(cloud, nova, target, take):
    whole = ({f"c{number}": f"10.0.0.{number}" for number in range(1, 5)}, {"web": ["c1", "c3"]})
    status, said = take("--prune")
    assert status == 0 and "5 changes made." in said and inventory(target) == whole

    # What our own tests' stand-in for Nova is modelled on.
    nova.lose("two")
    api = NovaAPI(nova.url, cloud["admin"].token())
    services = api.ok("GET", "/os-services?binary=nova-compute", version="2.69")["services"]
    assert [one for one in services if one["host"] in CELLS["two"]] == [
        {"binary": "nova-compute", "host": host, "status": "UNKNOWN"} for host in CELLS["two"]]
    services = api.ok("GET", "/os-services?binary=nova-compute", version="2.1")["services"]
    assert {one["host"] for one in services} == set(CELLS["one"])
    assert api("GET", "/os-hypervisors/detail", version="2.1").status == 500

    for arguments in ([], ["--prune"]):
        status, said = take(*arguments)
        assert status == 1 and "a cell of Nova is down, so c3, c4 can't be seen" in said, said
        assert inventory(target) == whole

    nova.find("two")
    assert take("--prune") == (0, "Nothing changed: the inventory is as Nova says.\n")
