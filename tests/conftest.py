"""What tests of several kinds share."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import passed_unit_tests
from tests.support.azure import az_url, azurite
from tests.support.chromium import browser
from tests.support.cli import Home, new_folder, remove_home
from tests.support.embedded_postgres import embedded_server
from tests.support.object_store import aws, s3_url, stand_in
from tests.support.snowflake import snowflake, snowflake_server

__all__ = [
    "aws",
    "az_url",
    "azurite",
    "browser",
    "embedded_server",
    "published_home",
    "s3_url",
    "snowflake",
    "snowflake_server",
    "stand_in",
]

PUBLISHED_SEED = 42
# Long past on every machine, and its year of viewing holds a leap day.
PUBLISHED_DAY = "2024-06-30"

# A shell lets what it runs in the background ignore Ctrl-C, and what the tests start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    passed_unit_tests.forget()


@pytest.fixture(scope="session")
def published_home() -> Iterator[Path]:
    """Give a home in which all steps have run once on a small source; tests look and do not change it."""
    home = Home(new_folder() / "home")
    try:
        options = ("--preset", "small", "--seed", str(PUBLISHED_SEED), "--date", PUBLISHED_DAY)
        home.run("up", "--no-serve", *options)
        yield home.folder
    finally:
        remove_home(home)
