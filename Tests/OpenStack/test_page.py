"""The page in a cloud: who signs in with a token of Keystone's, and is asked again when it has ended."""

import pytest

pytest.importorskip("selenium", reason="selenium of Tests/OpenStack/requirements.txt isn't there")

import browser  # noqa: E402
from images import agents, raw_image  # noqa: E402


@pytest.fixture
def page(cloud_fleet):
    if why := browser.obstacle():
        pytest.skip(why)
    driver = browser.start()
    try:
        page = browser.Page(driver, cloud_fleet)
        yield page
        assert page.complaints() == []
    finally:
        driver.quit()


def sign_in(page, token):
    field = page.until("the field", "return document.querySelector('#token')")
    field.clear()
    field.send_keys(token, browser.KEYS.ENTER)


def test_a_token_of_keystones_opens_the_page_as_far_as_its_roles_go(page, cloud, cloud_fleet, tmp_path):
    image = cloud.upload("seen", raw_image(tmp_path, "seen.raw", 1 << 16))
    cloud_fleet.start()
    agents(cloud_fleet, 2)
    cloud_fleet.apply()
    job = cloud_fleet.await_end(cloud_fleet.cache(image)["id"])
    place = f"#/jobs/{job['id']}"
    page.open(place, role=None).sees("Sign in", "One of Keystone's works too")
    sign_in(page, cloud["reader"].token()[:-8] + "AAAAAAAA")
    page.sees("The service doesn't honour this token.")
    sign_in(page, cloud["reader"].token())
    page.sees("succeeded", "2 / 2", "reader", image, "web ← seen")
    assert [role.text for role in page.all("#who .role")] == ["reader"]
    page.click("Sign out")
    sign_in(page, cloud["image_operator"].token())
    page.sees("image_operator", "succeeded")
    assert [role.text for role in page.all("#who .role")] == ["operator"]


def test_a_token_of_keystones_that_has_ended_has_one_sign_in_again(page, cloud, cloud_fleet):
    cloud.restart_keystone(expiration=30)
    try:
        cloud_fleet.start()
        page.open("#/hosts", role=None).sees("Sign in")
        sign_in(page, cloud["reader"].token())
        page.sees("0 hosts", "reader")
        page.go("#/jobs").sees("No jobs yet", "live")
        # Nobody does anything: the stream ends, and coming back for the rest is refused.
        page.sees("no longer honours this token", "Sign in")
        assert page.script("return document.querySelectorAll('tbody tr').length") == 0
    finally:
        cloud.restart_keystone()
    sign_in(page, cloud["reader"].token())
    page.sees("No jobs yet", "live")
