"""Reads the failing rows from the schema that a build in Snowflake keeps them in."""

from collections.abc import Mapping, Sequence

from streamvision.adapters.warehouse.snowflake.address import Address
from streamvision.adapters.warehouse.snowflake.building import FAILURES, build_schema
from streamvision.adapters.warehouse.snowflake.connection import Session, connect
from streamvision.adapters.warehouse.snowflake.sql_text import identifier
from streamvision.ports.failures import FailedTest

_SCHEMA = build_schema(FAILURES)


class SnowflakeFailures:
    """Read as the role that builds; readers of the marts may not see these rows."""

    def __init__(self, address: Address) -> None:
        """Take where the warehouse is."""
        self._address = address

    def failed_tests(self) -> Sequence[FailedTest]:
        """Return the tests that failed in the last build, by name."""
        with connect(self._address, "transform") as session:
            return _failed_tests(session)

    def rows(self, test: str, limit: int) -> Sequence[Mapping[str, object]]:
        """Return rows of a test that failed."""
        with connect(self._address, "transform") as session:
            if test not in {each.test for each in _failed_tests(session)}:
                return []
            table = identifier(_SCHEMA, test.upper())
            found = session.arrow(f"SELECT * FROM {table} LIMIT {limit:d}").to_pylist()
        return [{name.lower(): value for name, value in row.items()} for row in found]


def _failed_tests(session: Session) -> list[FailedTest]:
    tables = session.rows(
        "SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = ? ORDER BY TABLE_NAME",
        [_SCHEMA],
    )
    found = []
    for (name,) in tables:
        ((rows,),) = session.rows(f"SELECT COUNT(*) FROM {identifier(_SCHEMA, str(name))}")
        if rows:
            found.append(FailedTest(str(name).lower(), int(str(rows)), f"{_SCHEMA}.{name}"))
    return found
