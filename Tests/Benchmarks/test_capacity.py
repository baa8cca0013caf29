"""What the capacity page makes of measured costs."""

import re
from pathlib import Path

import pytest
from capacity import Model, page, transfer


def job(hosts, images, seconds, cpu, rest, **more) -> dict:
    return {"hosts": hosts, "images": images, "seconds": seconds, "cpu_seconds": cpu, "written_bytes": cpu * 1e6,
            "network_bytes": cpu * 1e6, "memory_bytes": cpu * 1e6, "rest_bytes": rest, **more}


SHEET = {
    "one_image": job(100, 1, 2, 3, 2_000),
    "five_images": job(100, 5, 4, 7, 2_000),
    "one_by_one": job(10, 1, 1, 0.8, 1_000),
    "progress": job(10, 1, 2, 1, 1_000),
    "heartbeat": {"cpu_seconds": 0.001, "written_bytes": 50, "most_per_second": 1000},
    "checks": [job(200, 1, 20, 6, 3_000, image_bytes=10, source_bytes_per_second=100, downloads=64)],
    "exchanges": [{"hosts": 640, "image_bytes": 1e9, "link": 1.25e8, "source": 1.25e9, "median_seconds": 9, "p99_seconds": 9.5,
                   "last_seconds": 10, "copies": 1.02, "largest_upload": 1.5}],
}


def test_costs_come_from_the_difference_of_jobs():
    model = Model(SHEET)
    assert model.image.cpu == pytest.approx(0.01, abs=1e-9) and model.host.cpu == pytest.approx(0.02, abs=1e-9)
    assert model.hosts_per_second == 50
    assert (model.rest_base, model.rest_host) == (1_000, 10)
    needs = model.needs(1_000, 2, 5)
    # 40 hosts a second, of which 4 share their transactions.
    assert model.alone.cpu == pytest.approx(0.05, abs=1e-9) and model.turn == 0.1
    assert needs.seconds == 25 and needs.total.cpu == pytest.approx(52.5, abs=1e-9) and needs.rest == 11_000


def test_the_sources_link_bounds_the_transfer():
    # 100 hosts, 10 at once over a link of 50: each download has 5 a second.
    assert transfer(100, 20, source=50, downloads=10) == 40
    # A host's own link of 2 is slower than its share.
    assert transfer(100, 20, source=50, downloads=10, link=2) == 100
    # The last host has the whole link for itself.
    assert transfer(101, 20, source=50, downloads=10) == 40.4
    assert transfer(5, 20, source=50, downloads=10) == 2


def test_the_page_shows_prediction_beside_measurement():
    text = page(SHEET)
    assert "*prediction → measurement*" in text
    assert "| 200, 0.000 MB | 24.0 → 20.0 | 16.0 → 6.00 |" in text
    assert "| 100,000 | 1,000 TB |" in text


def test_the_page_shows_an_exchange_beside_the_star():
    row = "| 640, 1.00 GB, 1.00 Gbit/s | 8.00 s | 9.00 s; 9.50 s; 10.0 s | **1.25** | 1.02 | 1.50 | 8.53 min |"
    assert row in page(SHEET)


def test_another_shape_is_refused():
    with pytest.raises(KeyError):
        page({})


def test_the_page_has_the_bounds_of_coverages_history_as_the_service_has_them():
    pairs, moments = re.search(r"([\d,]+) pairs of aggregate and image at a time with (\d+) moments each", page(SHEET)).groups()
    service = Path(__file__).resolve().parents[2] / "Sources/Service"
    assert f"pairs = {pairs.replace(',', '_')}\n" in (service / "ServiceApp/Policies/PolicyKeeper+History.swift").read_text()
    assert f"keptMoments = {moments}\n" in (service / "Store/Inventory/StoredInventory+History.swift").read_text()
