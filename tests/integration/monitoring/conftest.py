"""What the tests of watching share."""

from collections.abc import Iterator

import pytest

from tests.support.receiver import Receiver, receiver

SECRET = "geheim77"  # noqa: S105 - it opens nothing; tests look for it where it must not be


@pytest.fixture
def server() -> Iterator[Receiver]:
    """Lend a server that keeps what is sent to it."""
    with receiver() as kept:
        yield kept
