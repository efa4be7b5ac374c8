"""Reads messages that were written by hand."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from streamvision.adapters.source.postgres.log_reader import LogReader
from streamvision.domain.contract import Contract
from streamvision.domain.visibility import parse_visible
from streamvision.ports.arrow_types import changes_schema
from streamvision.ports.source import Covered
from tests.fakes.building import column, contract
from tests.support.pgoutput_bytes import begin, commit, stretch

EVERYTHING = "1000:1000:"
NOTHING = "1:1:"
PEOPLE, VISITS = 11, 12
Row = dict[str, Any]


def people() -> Contract:
    """Return a table with a key and a large text."""
    return contract(
        "people",
        column("id", "integer"),
        column("name", "text", nullable=True),
        column("born", "timestamp", nullable=True),
    )


def visits() -> Contract:
    """Return a table whose key has two columns."""
    return contract(
        "visits",
        column("minutes", "numeric(5,1)", nullable=True),
        column("person_id", "integer"),
        column("day", "date"),
        key=("day", "person_id"),
    )


def transaction(number: int, *messages: bytes) -> list[bytes]:
    """Return a transaction; its number is also its time, in microseconds, and its place in the log."""
    return [begin(10 * number, number, number), *messages, commit(10 * number, 10 * number + 5, number)]


class Taken:
    """Take changes, and show them.

    Attributes:
        rows: what was taken, per table.
        sizes: the rows of each batch that was taken.

    """

    def __init__(
        self,
        *tables: Contract,
        visible: str = EVERYTHING,
        covered: Sequence[Covered] = (),
        first_position: int = 0,
    ) -> None:
        """Take what is wanted."""
        self.rows: dict[str, list[Row]] = {}
        self.sizes: list[int] = []
        self.reader = LogReader(tables, parse_visible(visible), covered, self._take, first_position)

    def read(self, *messages: bytes) -> "Taken":
        """Read one stretch."""
        self.reader.read(stretch(*messages, between=b"\x00\x01????"))
        return self

    def _take(self, contract: Contract, changes: pa.RecordBatch) -> None:
        changes.validate(full=True)
        assert changes.schema == changes_schema(contract)
        self.sizes.append(changes.num_rows)
        self.rows.setdefault(contract.table, []).extend(changes.to_pylist())


def short(row: Row) -> Row:
    """Leave out of a row what is NULL, and when it was committed."""
    unneeded = {"_commit_lsn", "_committed_at"}
    return {name: value for name, value in row.items() if value is not None and name not in unneeded}
