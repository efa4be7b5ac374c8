"""Homes and sources that the end-to-end tests share."""

import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.browser.conftest import open_page, seen
from tests.e2e.changes import SECOND_DAY, Changes, change
from tests.e2e.homes import database_url, external, succeed
from tests.support.cli import Home, new_folder, remove_home

__all__ = ["open_page", "seen"]

SECOND_SEED, THIRD_SEED = 7, 2_024
_NUMBERS = count(1)


@pytest.fixture(scope="session")
def first(published_home: Path) -> Home:
    """Give the home in which all steps have run once; nobody changes it."""
    return Home(published_home)


@pytest.fixture(scope="session")
def first_source(first: Home) -> str:
    """Give the URL of the source of `first`; nobody changes it."""
    return first.source_url()


@pytest.fixture(scope="session")
def changed(first_source: str) -> tuple[str, Changes]:
    """Give the URL of a copy of the first source in which a day went by, and what changed on it."""
    url = new_database(first_source)
    return url, change(url)


@pytest.fixture(scope="session")
def second(first: Home, changed: tuple[str, Changes]) -> Iterator[Home]:
    """Give a home that followed `first` by a day, on the changed source; nobody changes it."""
    home = Home(new_folder() / "home", external(changed[0]))
    try:
        succeed(first, home)
        home.run("run", "--date", SECOND_DAY)
        yield home
    finally:
        shutil.rmtree(home.folder.parent)


@pytest.fixture(scope="session")
def other_seed() -> Iterator[Home]:
    """Give a home whose source has other data, up to a year's end, and a server of its own."""
    home = Home(new_folder() / "home")
    try:
        home.run("up", "--no-serve", "--preset", "small", "--seed", str(SECOND_SEED), "--date", "2023-12-31")
        yield home
    finally:
        remove_home(home)


@pytest.fixture(scope="session")
def third_seed() -> Iterator[Home]:
    """Give a home whose source has other data again, up to the middle of a week and a month."""
    home = Home(new_folder() / "home")
    try:
        home.run("up", "--no-serve", "--preset", "small", "--seed", str(THIRD_SEED), "--date", "2025-02-12")
        yield home
    finally:
        remove_home(home)


@pytest.fixture
def new_home() -> Iterator[Callable[[str], Home]]:
    """Give a function that makes an empty home on the source of a URL; they go when the test ends."""
    homes: list[Home] = []

    def make(url: str) -> Home:
        homes.append(Home(new_folder() / "home", external(url)))
        return homes[-1]

    yield make
    for home in homes:
        shutil.rmtree(home.folder.parent)


@pytest.fixture
def source(first_source: str) -> str:
    """Give the URL of a copy of the first source, for one test to change."""
    return new_database(first_source)


@pytest.fixture
def empty_source(first_source: str) -> str:
    """Give the URL of a database without any table."""
    return new_database(first_source, template="template0")


def new_database(url: str, template: str | None = None) -> str:
    """Make a database beside that of a URL, as a copy of it or of a template; return its URL."""
    name = f"copy_{next(_NUMBERS)}"
    copied = template or str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])
    with psycopg.connect(database_url(url, "postgres"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(copied))
        )
    return database_url(url, name)
