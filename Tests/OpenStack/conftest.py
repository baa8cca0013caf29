"""The real Keystone and Glance, once for all tests here; and a fleet whose service works with them."""

import os

import pytest

from cloud import Cloud
from fleet import Fleet
from program import run
from relay import Relay


@pytest.fixture(scope="session")
def cloud(tmp_path_factory):
    """Keystone, Glance, users, roles and a catalogue that has `compute` where `cloud_fleet` listens."""
    cloud = Cloud(tmp_path_factory.mktemp("cloud"))
    try:
        yield cloud.start()
    finally:
        cloud.stop()


@pytest.fixture
def cloud_fleet(cloud, tmp_path):
    """precached in mode `tokens,keystone` at the catalogue's compute endpoint; the test starts it, and agents."""
    fleet = Fleet(tmp_path, port=cloud.compute_port)
    fleet.settings.update(cloud.service_settings())
    yield fleet
    fleet.stop()


@pytest.fixture
def relay(cloud, cloud_fleet):
    """Stands between the fleet and Glance."""
    relay = Relay(cloud.glance.port)
    cloud_fleet.settings["glance.endpoint"] = relay.url
    yield relay
    relay.stop()


@pytest.fixture
def target(tmp_path):
    """A precached of its own, to import into."""
    (tmp_path / "target").mkdir()
    fleet = Fleet(tmp_path / "target").start()
    yield fleet
    fleet.stop()


@pytest.fixture
def import_from_nova(target, tmp_path):
    """Runs `precache inventory import --from nova` with these variables and no others of OpenStack's."""

    def run_import(environment, *arguments):
        variables = {name: "" for name in os.environ if name.startswith("OS_")} | {
            "PRECACHE_URL": target.url, "PRECACHE_TOKEN": target.token("admin"), "HOME": str(tmp_path), **environment}
        return run(["precache", "inventory", "import", "--from", "nova", *arguments], variables)
    return run_import
