"""The dashboards are served to this machine alone, and stop when they are told to."""

import os
import signal
import socket
import subprocess
import urllib.error
import urllib.request
import urllib.response
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
import pytest

from tests.e2e.homes import succeed
from tests.support.cli import AT_EASE, Home, Outcome, finished, wait_until


@pytest.fixture
def home(first: Home, first_source: str, new_home: Callable[[str], Home]) -> Home:
    """Give a home with published marts."""
    home = new_home(first_source)
    succeed(first, home)
    return home


def test_the_dashboards_answer_on_this_machine_alone(home: Home) -> None:
    """They answer at 127.0.0.1, nothing listens on another address, and a terminal's Ctrl-C ends them."""
    port = free_port()
    with serving(home, port) as process:
        assert listening_addresses(process.pid, port) == {"127.0.0.1"}
        with opened(f"http://127.0.0.1:{port}/") as page:
            assert page.status == 200
            assert b"<html" in page.read().lower()
        assert home.run("status", "--format", "json").document["published"]
        # A terminal sends it to the command and to what it has started.
        os.killpg(process.pid, signal.SIGINT)
        outcome = finished(process)
    assert_stopped(outcome, port)


@pytest.mark.parametrize("signalled", [signal.SIGINT, signal.SIGTERM])
def test_the_dashboards_end_with_their_command(home: Home, signalled: signal.Signals) -> None:
    """Told to end, the command ends the server that it has started, and says that the data stay."""
    port = free_port()
    with serving(home, port) as process:
        process.send_signal(signalled)
        outcome = finished(process)
    assert_stopped(outcome, port)


def test_down_stops_the_dashboards(home: Home) -> None:
    """`down`, typed elsewhere, ends them; typed again it finds nothing to stop."""
    port = free_port()
    with serving(home, port) as process:
        assert home.run("down", "--format", "json").document["dashboards_stopped"] is True
        outcome = finished(process)
    assert_stopped(outcome, port)
    assert home.run("down", "--format", "json").document["dashboards_stopped"] is False


def test_the_dashboards_of_a_home_are_served_once(home: Home) -> None:
    """A second `dashboard` says where the first one is; the first goes on."""
    port = free_port()
    with serving(home, port):
        refused = home.run("dashboard", "--port", str(free_port()), exits=1)
        assert f"http://127.0.0.1:{port}" in refused.stderr
        with opened(f"http://127.0.0.1:{port}/") as page:
            assert page.status == 200


@contextmanager
def serving(home: Home, port: int) -> Iterator[subprocess.Popen[str]]:
    """Serve a home's dashboards for a block that begins when they answer."""
    with home.running("dashboard", "--port", str(port)) as process:
        wait_until(lambda: process.poll() is not None or answers(port), AT_EASE)
        assert process.poll() is None, finished(process).output
        yield process


def assert_stopped(outcome: Outcome, port: int) -> None:
    """Fail unless the command ended well and nothing listens on its port any more."""
    assert outcome.code == 0, outcome.output
    assert "Traceback" not in outcome.output
    assert "the data stay" in outcome.stderr
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def answers(port: int) -> bool:
    """Tell whether the dashboards are ready."""
    try:
        with opened(f"http://127.0.0.1:{port}/_stcore/health") as page:
            return bool(page.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def opened(url: str) -> "urllib.response.addinfourl":
    """Open a page, past any proxy."""
    page: urllib.response.addinfourl = urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url)
    return page


def listening_addresses(process_id: int, port: int) -> set[str]:
    """Return the addresses on which a process, or what it has started, listens on a port."""
    command = psutil.Process(process_id)
    return {
        connection.laddr.ip
        for process in [command, *command.children(recursive=True)]
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
    }
