"""Reads the rows that tests found wrong from the schemas that a build in Snowflake keeps them in."""

from collections.abc import Mapping, Sequence

from streamvision.adapters.warehouse.snowflake.address import Address
from streamvision.adapters.warehouse.snowflake.building import FAILURES, WARNINGS, build_schema
from streamvision.adapters.warehouse.snowflake.connection import Session, connect
from streamvision.adapters.warehouse.snowflake.sql_text import identifier
from streamvision.ports.failures import FailedTest

_FAILURES, _WARNINGS = build_schema(FAILURES), build_schema(WARNINGS)


class SnowflakeFailures:
    """Read as the role that builds; readers of the marts may not see these rows."""

    def __init__(self, address: Address) -> None:
        """Take where the warehouse is."""
        self._address = address

    def failed_tests(self) -> Sequence[FailedTest]:
        """Return the tests that failed in the last build, by name."""
        with connect(self._address, "transform") as session:
            return _tests(session, _FAILURES)

    def warned_tests(self) -> Sequence[FailedTest]:
        """Return the tests that warned in the last build, by name."""
        with connect(self._address, "transform") as session:
            return _tests(session, _WARNINGS)

    def rows(self, test: str, limit: int) -> Sequence[Mapping[str, object]]:
        """Return rows of a test that failed or warned."""
        with connect(self._address, "transform") as session:
            for schema in (_FAILURES, _WARNINGS):
                if test in {each.test for each in _tests(session, schema)}:
                    table = identifier(schema, test.upper())
                    found = session.arrow(f"SELECT * FROM {table} LIMIT {limit:d}").to_pylist()
                    return [{name.lower(): value for name, value in row.items()} for row in found]
        return []


def _tests(session: Session, schema: str) -> list[FailedTest]:
    tables = session.rows(
        "SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = ? ORDER BY TABLE_NAME",
        [schema],
    )
    found = []
    for (name,) in tables:
        ((rows,),) = session.rows(f"SELECT COUNT(*) FROM {identifier(schema, str(name))}")
        if rows:
            found.append(FailedTest(str(name).lower(), int(str(rows)), f"{schema}.{name}"))
    return found
