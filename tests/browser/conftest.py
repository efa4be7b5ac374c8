"""The dashboards served as the product serves them, and what a browser does with them."""

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.support.chromium import PATIENCE_MILLISECONDS
from tests.support.cli import AT_EASE, Home, wait_until

_ADDRESS = "127.0.0.1"


@dataclass
class Seen:
    """Hold what a browser did while a test ran.

    Attributes:
        hosts: the hosts that were asked for something.
        complaints: errors on the console, and those that no page caught.

    """

    hosts: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """Note what a page does from now on."""
        page.on("request", lambda request: self._asked(request.url))
        page.on("websocket", lambda socket: self._asked(socket.url))
        page.on("console", self._complained)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _asked(self, url: str) -> None:
        if urlsplit(url).scheme not in {"data", "blob", "file"}:
            self.hosts.add(urlsplit(url).hostname or url)

    def _complained(self, message: ConsoleMessage) -> None:
        # Opened by a page's own address, Streamlit looks there for its server before it looks at the root.
        searching = "/_stcore/" in message.location["url"]
        if message.type == "error" and not searching:
            self.complaints.append(f"{message.text} ({message.location['url']})")


@dataclass(frozen=True)
class Dashboards:
    """Name a server and the home whose marts it shows."""

    url: str
    home: Home

    def figures(self, sql: str, **parameters: object) -> list[tuple[Any, ...]]:
        """Ask the marts file itself, past all that the dashboards do."""
        pointer = json.loads((self.home.published / "current.json").read_text(encoding="utf-8"))
        with duckdb.connect(str(self.home.published / pointer["file"]), read_only=True) as connection:
            return connection.execute(sql, parameters).fetchall()

    def figure(self, sql: str, **parameters: object) -> Any:  # noqa: ANN401 - as the column is
        """Return the one value that a query gives."""
        ((value,),) = self.figures(sql, **parameters)
        return value


@pytest.fixture(scope="session")
def dashboards(published_home: Path) -> Iterator[Dashboards]:
    """Serve the dashboards of the published home."""
    with served(Home(published_home)) as serving:
        yield serving


@pytest.fixture
def seen() -> Seen:
    """Give what the browser does in this test."""
    return Seen()


@pytest.fixture
def open_page(browser: Browser, dashboards: Dashboards, seen: Seen) -> Iterator[Callable[..., Page]]:
    """Give a function that opens an address; at the end, no other host was asked and nothing complained."""
    contexts = []

    def open_address(path: str = "/", *, locale: str = "en-US", url: str = dashboards.url) -> Page:
        context = browser.new_context(
            locale=locale, timezone_id="UTC", viewport={"width": 1400, "height": 1000}
        )
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        contexts.append(context)
        page = context.new_page()
        seen.watch(page)
        page.goto(f"{url}{path}")
        return page

    yield open_address
    for context in contexts:
        context.close()
    assert seen.hosts <= {_ADDRESS}
    assert seen.complaints == []


@contextmanager
def served(home: Home) -> Iterator[Dashboards]:
    """Serve a home's dashboards with the product's own command for the length of a block."""
    with socket.socket() as probe:
        probe.bind((_ADDRESS, 0))
        port = probe.getsockname()[1]
    with home.running("dashboard", "--port", str(port)) as process:
        url = f"http://{_ADDRESS}:{port}"
        wait_until(lambda: _answers(f"{url}/_stcore/health") or process.poll() is not None, AT_EASE)
        assert process.poll() is None, "the dashboards ended before they answered"
        yield Dashboards(url, home)
        # The command stops its server; a kill would leave it behind.
        process.terminate()
        wait_until(lambda: process.poll() is not None, AT_EASE)


def _answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=2):
            return True
    except (urllib.error.URLError, OSError):
        return False
