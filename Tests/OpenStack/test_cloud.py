"""The cloud that the other tests here lean on is what they think it is."""

import json


def test_the_client_finds_services_users_and_roles(cloud):
    listed = cloud.openstack("catalog", "list", "-f", "json")
    assert listed.returncode == 0, listed.stderr
    catalogue = {entry["Type"]: entry["Endpoints"] for entry in json.loads(listed.stdout)}
    assert set(catalogue) == {"identity", "image", "compute"}
    assert {endpoint["url"] for endpoint in catalogue["compute"]} == {cloud.compute_url}
    assert cloud.openstack("image", "list", user="reader").returncode == 0


def test_an_image_comes_back_as_it_was_uploaded(cloud, tmp_path):
    file = tmp_path / "image.raw"
    file.write_bytes(bytes(range(256)) * 4096)
    image = cloud.upload("plain", file)
    saved = tmp_path / "saved"
    assert cloud.openstack("image", "save", "--file", saved, image, user="member").returncode == 0
    assert saved.read_bytes() == file.read_bytes()


def test_tokens_can_be_made_to_live_for_seconds(cloud):
    cloud.restart_keystone(expiration=3)
    try:
        made = cloud.openstack("token", "issue", "-f", "json")
        assert made.returncode == 0, made.stderr
    finally:
        cloud.restart_keystone()
    assert cloud.openstack("token", "issue").returncode == 0


def test_glance_can_go_and_come_back(cloud):
    cloud.glance.stop()
    try:
        assert cloud.openstack("image", "list").returncode != 0
    finally:
        cloud.glance.start()
    assert cloud.openstack("image", "list").returncode == 0
