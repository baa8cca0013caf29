"""The real Keystone and Glance, once for all tests here; and a fleet whose service works with them."""

import pytest

from cloud import Cloud
from fleet import Fleet
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
