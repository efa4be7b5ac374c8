"""Finds what the changes of a batch come to, and holds that against the other rows of the warehouse.

Only the last change of each row decides, so only that one must not refer to nothing or repeat a unique value.
Where it does it goes to quarantine, and the change before it decides, or the version before the batch.
"""

from dataclasses import dataclass

import duckdb

from streamvision.adapters.warehouse.duckdb.arrived import IS_ROW, PLACE, ROWS
from streamvision.adapters.warehouse.duckdb.checks import (
    BROKEN,
    orphan_reason,
    parents_of,
    passed_rows,
    repeated_reason,
)
from streamvision.adapters.warehouse.duckdb.sql_text import all_hold, identifier, literal, name_list
from streamvision.adapters.warehouse.duckdb.tables import VALID_TO, StoredTable
from streamvision.domain.changes import OPERATION
from streamvision.domain.contract import Column

NET = "net"
"""The temporary table of the last change of each row; deletes are among them."""
_AFTER = "after_batch"


def last_truncate(connection: duckdb.DuckDBPyConnection) -> int:
    """Return the place of the last change that emptied the table; 0 where none did."""
    row = connection.execute(f"select max({PLACE}) from {ROWS} where {OPERATION} = 'truncate'").fetchone()
    return int(row[0]) if row and row[0] is not None else 0


def same_key(stored: StoredTable, first: str, second: str) -> str:
    """Return the condition that two rows have one key."""
    names = [identifier(name) for name in stored.contract.key]
    return all_hold(f"{first}.{name} = {second}.{name}" for name in names)


def passing_rows(connection: duckdb.DuckDBPyConnection, stored: StoredTable) -> str:
    """Return, as a relation, the rows that are not broken, in the types in which they are kept."""
    values = [f"{value} as {identifier(name)}" for name, value in stored.values("p").items()]
    technical = [f"p.{name}" for name in ("_source_file", "_source_row", PLACE, IS_ROW, OPERATION)]
    return f"(select {', '.join([*values, *technical])} from {passed_rows(connection)} as p)"


@dataclass(frozen=True)
class _Check:
    """Name a rule over several rows.

    Attributes:
        loses: the condition that the last change of a row, `p`, breaks it.
        is_wrong: the condition that another change of such a row would break it in its place.

    """

    rule: str
    loses: str
    is_wrong: str
    reason: str


class NetChanges:
    """Settle what the changes of one table come to."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, stored: StoredTable) -> None:
        """Take the table; `arrived` and `broken` are there."""
        self._connection, self._stored = connection, stored
        self._truncated = last_truncate(connection)
        self._checks = [
            (column, kind)
            for kind in ("unique", "references")
            for column in stored.contract.columns
            if getattr(column, kind)
        ]

    def settle(self) -> None:
        """Make `net`, and break the changes that cannot stand beside the other rows."""
        self._find()
        while self._checks and any(self._break(*check) for check in self._checks):
            self._find()

    def _find(self) -> None:
        key = name_list(self._stored.contract.key)
        passing = passing_rows(self._connection, self._stored)
        self._connection.execute(
            f"create or replace temporary table {NET} as select * from {passing} where {PLACE} in"
            f" (select max({PLACE}) from {passing} where {PLACE} > {self._truncated} group by {key})"
        )

    def _break(self, column: Column, kind: str) -> int:
        """Break what breaks a rule, and return how many rows did.

        Where the last change of a row does, those before it are judged too, back to one that can stand.
        """
        check = self._unique(column) if kind == "unique" else self._orphan(column)
        key = name_list(self._stored.contract.key)
        losers = f"select ({key}) as _key from {NET} as p where {IS_ROW} and {check.loses}"
        if not self._connection.execute(f"{losers} limit 1").fetchone():
            return 0
        passing = passing_rows(self._connection, self._stored)
        row = self._connection.execute(
            f"insert into {BROKEN} select _source_file, _source_row, {literal(check.rule)}, {check.reason}"
            f" from (select *, {IS_ROW} and {check.is_wrong} as _is_wrong from {passing} as p"
            f" where {PLACE} > {self._truncated} and ({key}) in ({losers})) as p"
            f" qualify bool_and(_is_wrong) over (partition by {key} order by {PLACE} desc"
            " rows between unbounded preceding and current row)"
        ).fetchone()
        return int(row[0]) if row else 0

    def _orphan(self, column: Column) -> _Check:
        reference = column.references
        assert reference  # noqa: S101 - for the types: such columns were chosen
        name = f"p.{identifier(column.name)}"
        parents, equal = parents_of(self._connection, column, reference, name)
        if reference.table == self._stored.contract.table:
            parents = f"(select {identifier(reference.column)} as _value from {self._after()})"
            equal = f"parents._value = {name}"
        wrong = f"({name} is not null and not exists (select 1 from {parents} as parents where {equal}))"
        return _Check(f"{column.name}_references", wrong, wrong, orphan_reason(column, reference, name))

    def _unique(self, column: Column) -> _Check:
        """Let the row keep the value that had it first."""
        name = identifier(column.name)
        others = (
            f"select 1 from {self._after()} as a where a.{name} = p.{name} and not ({self._same('a', 'p')})"
        )
        return _Check(
            rule=f"{column.name}_unique",
            loses=f"exists ({others} and a.{PLACE} < p.{PLACE})",
            is_wrong=f"exists ({others})",
            reason=repeated_reason(self._stored.contract, (column.name,), "p."),
        )

    def _same(self, first: str, second: str) -> str:
        return same_key(self._stored, first, second)

    def _after(self) -> str:
        """Return, as a relation, the rows as the batch would leave them; those it leaves alone come first."""
        columns = name_list([*self._stored.columns])
        changed = f"select {columns}, {PLACE} from {NET} where {IS_ROW}"
        if self._truncated:
            return f"({changed})"
        return (
            f"({changed} union all by name select {columns}, 0 as {PLACE} from {self._stored.versions} as v"
            f" where {VALID_TO} is null"
            f" and not exists (select 1 from {NET} as n where {self._same('n', 'v')}))"
        )
