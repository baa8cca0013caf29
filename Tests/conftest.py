"""What the tests of whole programs share: a fleet of real programs, and servers that misbehave on purpose."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "support"))

import faultshim  # noqa: E402
import postgres  # noqa: E402
from fleet import Fleet  # noqa: E402
from image_server import ImageServer  # noqa: E402
from webhook_receiver import WebhookReceiver  # noqa: E402


def pytest_collection_modifyitems(items):
    for item in items:
        if postgres.ENGINE == "postgres" and item.get_closest_marker("sqlite"):
            item.add_marker(pytest.mark.skip(reason="it is about SQLite's file"))


@pytest.fixture
def fleet(tmp_path):
    """precached and agents, started by the test, stopped and checked for a clean end afterwards."""
    fleet = Fleet(tmp_path)
    yield fleet
    fleet.stop()


@pytest.fixture
def images(tmp_path):
    """An image server whose behaviour each test scripts."""
    server = ImageServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def shim(tmp_path_factory):
    """The compiled library that makes an agent's file system calls fail."""
    return faultshim.build(tmp_path_factory.mktemp("faultshim"))


@pytest.fixture
def receiver():
    """A webhook's endpoint that takes everything unless the test says otherwise."""
    receiver = WebhookReceiver()
    yield receiver
    receiver.stop()
