"""A stand-in for a Snowflake account, asked through Snowflake's own connector."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from threading import Event

import pytest
from snowflake.connector import SnowflakeConnection
from snowflake.connector.errors import ProgrammingError

from streamvision.adapters.warehouse.snowflake.account import SnowflakeAccount
from streamvision.adapters.warehouse.snowflake.administrator import connect_administrator
from streamvision.domain.account import Statement
from streamvision.domain.errors import WarehouseError

URL = "snowflake://administrator@fakesnow/STREAMVISION_WH"


class AccountOnStandIn(SnowflakeAccount):
    """Let the stand-in do what it understands, and remember what it does not."""

    def __init__(self, connection: SnowflakeConnection) -> None:
        """Take an open connection."""
        super().__init__(connection)
        self.connection = connection
        self.refused: list[Statement] = []

    def run(self, statement: Statement) -> None:
        """Say a statement; one that the stand-in cannot parse is put aside."""
        try:
            super().run(statement)
        except WarehouseError as error:
            if "Parser Error" not in error.what or not isinstance(error.__cause__, ProgrammingError):
                raise
            self.refused.append(statement)


@pytest.fixture(scope="session")
def administrators_environment() -> Iterator[dict[str, str]]:
    """Run a stand-in for Snowflake, and give the variables with which it is found."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # In a process of its own: its warnings are not ours.
    server = subprocess.Popen(  # noqa: S603 - our own command, no shell
        [sys.executable, "-m", "fakesnow", "--server", "--host", "127.0.0.1", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(server, port)
        yield {
            "SNOWFLAKE_HOST": "127.0.0.1",
            "SNOWFLAKE_PORT": str(port),
            "SNOWFLAKE_PROTOCOL": "http",
            "SNOWFLAKE_PASSWORD": "snow",
        }
    finally:
        server.terminate()
        server.wait()


def wait_for(server: "subprocess.Popen[bytes]", port: int) -> None:
    """Wait until a server that was started listens on its port."""
    pause = Event()
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert server.poll() is None, "the stand-in has ended"
        pause.wait(0.1)
    pytest.fail("the stand-in did not start")


@pytest.fixture(scope="session")
def account(administrators_environment: dict[str, str]) -> Iterator[AccountOnStandIn]:
    """Connect to the stand-in as its administrator."""
    connection = connect_administrator(URL, administrators_environment)
    yield AccountOnStandIn(connection)
    connection.close()
