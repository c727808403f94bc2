"""A headless Chromium for the pages."""

import os
import shutil
from urllib.parse import unquote

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")


def missing(reason: str):
    """Skips, but fails where continuous integration would otherwise be green with pages untested."""
    if os.environ.get("CI", "").lower() in ("true", "1"):
        pytest.fail(f"CI is set, and {reason}", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(name="browser", scope="module")
def fixture_browser(tmp_path_factory):
    if not CHROMIUM or not DRIVER:
        missing("no Chromium with its driver here (Debian: apt-get install chromium-driver)")
    try:
        from selenium import webdriver
        from selenium.webdriver.support.wait import WebDriverWait
    except ImportError:
        missing("selenium is not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1280,1000",
        f"--user-data-dir={tmp_path_factory.mktemp('profile')}",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    get = browser.get

    def loaded(url: str) -> None:
        """Waits for the page itself: on a busy machine two were found with nothing drawn."""
        get(url)
        there = "return document.readyState === 'complete' && location.href"
        same = lambda found: found and unquote(found).partition("#")[0] == unquote(url).partition("#")[0]
        WebDriverWait(browser, 60).until(lambda one: same(one.execute_script(there)))

    browser.get = loaded
    yield browser
    browser.quit()
