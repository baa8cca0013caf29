"""What the tests of the page share: one browser, and for each test a tab of its own."""

import pytest

pytest.importorskip("selenium", reason="selenium of Tests/requirements.txt isn't there")

import browser  # noqa: E402


@pytest.fixture(scope="session")
def driver():
    if why := browser.obstacle():
        pytest.skip(why)
    driver = browser.start()
    yield driver
    driver.quit()


@pytest.fixture
def page(driver, fleet):
    """Looks at the fleet's service; nothing may have gone wrong in it unnoticed."""
    page = browser.Page(driver, fleet)
    yield page
    complaints = page.complaints()
    page.close()
    assert complaints == []
