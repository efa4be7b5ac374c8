"""The address on which the dashboards listen."""

import socket

import pytest

from streamvision.domain.errors import PortInUseError, WrongUseError
from streamvision.entrypoints.cli.serving import check_port


def test_an_address_that_this_machine_does_not_have_is_wrong_use() -> None:
    """It is not taken for a port that is in use."""
    with pytest.raises(WrongUseError, match=r"cannot listen on 192\.0\.2\.1:8501"):
        check_port(8501, "192.0.2.1")


def test_a_port_in_use_is_told_whatever_the_address() -> None:
    """With the address on which it was tried."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortInUseError) as told:
            check_port(port, "0.0.0.0")  # noqa: S104 - what a container uses
        assert told.value.where == f"0.0.0.0:{port}"
