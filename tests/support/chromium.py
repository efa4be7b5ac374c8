"""A headless Chromium, one for all tests: a second one could not run beside it in the same process."""

import os
import shutil
import warnings
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

PATIENCE_MILLISECONDS = 60_000.0

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ARGUMENTS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Give the browser; without one the tests are skipped aloud, and fail where CI is set."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None:
        missing = "NO CHROMIUM: the dashboards were not looked at. Next: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(missing)
        warnings.simplefilter("default")
        warnings.warn(missing, stacklevel=1)
        pytest.skip(missing)
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=list(_ARGUMENTS))
        yield started
        started.close()
