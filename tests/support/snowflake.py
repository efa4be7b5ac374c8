"""A stand-in for Snowflake that tests share; each takes a database of its own."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

from tests.support.object_store import StandIn
from tests.support.snowflake_server import DENY, FORGET, S3_ADDRESS, SAID

_NUMBERS = count(1)
_ROOT = Path(__file__).parents[2]
_PATIENCE_SECONDS = 60


class SnowflakeStandIn:
    """Tell where the server is, and end its sessions."""

    def __init__(self, port: int) -> None:
        """Take the port."""
        self.port = port

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables with which the project finds it."""
        return {
            "SNOWFLAKE_HOST": "127.0.0.1",
            "SNOWFLAKE_PORT": str(self.port),
            "SNOWFLAKE_PROTOCOL": "http",
            "SNOWFLAKE_PASSWORD": "snow",
        }

    def new_url(self, more: str = "") -> str:
        """Return the URL of a new database."""
        return f"snowflake://fake@fakesnow/TEST_{next(_NUMBERS)}{more}"

    def forget_sessions(self) -> None:
        """End every session."""
        request = Request(f"http://127.0.0.1:{self.port}{FORGET}", method="POST")
        urlopen(request).close()  # noqa: S310

    def said(self, url: str) -> list[str]:
        """Return the statements that were said to a URL's database."""
        database = urlsplit(url).path.strip("/")
        with urlopen(f"http://127.0.0.1:{self.port}{SAID}?database={database}") as answer:
            found: list[str] = json.load(answer)
        return found

    def deny(self, url: str, pattern: str) -> None:
        """Let a URL's database refuse statements in which a pattern is found."""
        database = urlsplit(url).path.strip("/")
        body = json.dumps({"database": database, "pattern": pattern}).encode()
        request = Request(f"http://127.0.0.1:{self.port}{DENY}", data=body, method="POST")
        urlopen(request).close()  # noqa: S310 - our own server


@pytest.fixture(scope="session")
def snowflake_server(stand_in: StandIn) -> Iterator[SnowflakeStandIn]:
    """Run a stand-in for Snowflake."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(  # noqa: S603 - this project's own module
        [sys.executable, "-m", "tests.support.snowflake_server", str(port)],
        cwd=_ROOT,
        env=os.environ | {S3_ADDRESS: stand_in.address},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(process, port)
        yield SnowflakeStandIn(port)
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def snowflake(snowflake_server: SnowflakeStandIn, monkeypatch: pytest.MonkeyPatch) -> SnowflakeStandIn:
    """Let this test find the stand-in by the environment."""
    for name, value in snowflake_server.environment.items():
        monkeypatch.setenv(name, value)
    for name in ("SNOWFLAKE_USER", "SNOWFLAKE_PRIVATE_KEY_PATH", "SNOWFLAKE_PRIVATE_KEY_PASSPHRASE"):
        monkeypatch.delenv(name, raising=False)
    return snowflake_server


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    until = monotonic() + _PATIENCE_SECONDS
    while monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        sleep(0.1)
    pytest.fail("the stand-in for Snowflake did not start")
