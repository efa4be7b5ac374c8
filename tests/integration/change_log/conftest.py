"""What the tests of the change log share."""

from collections.abc import Iterator
from itertools import count

import pytest

from tests.integration.change_log.logged import Logged
from tests.support.embedded_postgres import EmbeddedPostgres

_NUMBERS = count(1)


@pytest.fixture
def logged(embedded_server: EmbeddedPostgres) -> Iterator[Logged]:
    """Give a database with a table, and a log that is not kept yet."""
    logged = Logged(embedded_server.new_database(), f"kept_{next(_NUMBERS)}", wait_seconds=30)
    logged.run("create table people (id int primary key, name text, body text)")
    yield logged
    logged.log.drop()
