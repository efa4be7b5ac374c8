"""Judges the tables of a batch on the workbench, and keeps what came of it for Snowflake."""

from dataclasses import dataclass, field

import duckdb

from streamvision.adapters.warehouse.duckdb.arrived import (
    IS_ROW,
    forget_arrived,
    show_arrived,
)
from streamvision.adapters.warehouse.duckdb.checks import (
    BROKEN,
    find_broken_rows,
    find_conflicts,
    passed_rows,
)
from streamvision.adapters.warehouse.duckdb.incoming import TECHNICAL, VIEW
from streamvision.adapters.warehouse.duckdb.loading import BatchLoading
from streamvision.adapters.warehouse.duckdb.net import NetChanges, last_truncate, passing_rows
from streamvision.adapters.warehouse.duckdb.sql_text import duckdb_type, identifier, literal, name_list
from streamvision.adapters.warehouse.duckdb.tables import VALID_FROM, StoredTable, fit_tables
from streamvision.adapters.warehouse.duckdb.versions import Versions
from streamvision.domain.contract import Contract
from streamvision.ports.warehouse import IncomingTable

_MOST_TEXT_BYTES = 16 * 1024 * 1024
_MOST_BINARY_BYTES = 8 * 1024 * 1024


@dataclass
class Judged:
    """Tell what Snowflake must know of a judged table besides its rows on the workbench.

    Attributes:
        stored: the table with the types in which it is to be kept.
        is_emptied: whether its changes emptied it.

    """

    stored: StoredTable
    is_emptied: bool


@dataclass
class References:
    """Tell which columns of a table others refer to."""

    columns: dict[str, set[str]] = field(default_factory=dict)

    def of(self, table: str) -> list[str]:
        """Return those of a table."""
        return sorted(self.columns.get(table, ()))


class JudgedLoading(BatchLoading):
    """Judge as the DuckDB warehouse does, on slices of the tables; rows of RAW stay in their files."""

    judged: dict[str, Judged]
    references: References

    def _take(self, table: IncomingTable) -> int:
        connection, contract, mode = self._connection, table.contract, table.mode
        stored = fit_tables(connection, contract)
        show_arrived(connection, stored, mode)
        find_broken_rows(connection, contract, mode, self._incoming.snapshot_at)
        _find_beyond(connection, contract)
        emptied = False
        if mode == "snapshot":
            find_conflicts(connection, contract)
            self._keep_referenced(stored)
        else:
            NetChanges(connection, stored).settle()
            emptied = last_truncate(connection) > 0
            Versions(connection, stored, self._incoming.batch.id).take_changes()
        loaded = self._count(f"select count(*) from {passed_rows(connection, VIEW)}", {})
        forget_arrived(connection, mode)
        self.judged[contract.table] = Judged(stored, emptied)
        if table.format != "parquet":
            self._keep_read(table)
        return loaded

    def _keep_read(self, table: IncomingTable) -> None:
        """Keep the rows of text that passed, as they were read: nobody else reads text as exactly."""
        names = name_list([*table.contract.column_names, *TECHNICAL])
        self._connection.execute(
            f"create or replace table {read_rows(table.contract.table)} as select {names},"
            f" _source_file as source_key, _source_row as source_number"
            f" from {passed_rows(self._connection, VIEW)} as i"
        )

    def _keep_referenced(self, stored: StoredTable) -> None:
        """Make those values of a picture current on the workbench that other tables refer to."""
        names = [name for name in self.references.of(stored.contract.table) if name in stored.columns]
        if names:
            self._connection.execute(
                f"insert into {stored.versions} ({name_list(names)}, {identifier(VALID_FROM)})"
                f" select distinct {name_list(names)}, {literal(self._incoming.batch.id)}"
                f" from {passing_rows(self._connection, stored)}"
            )


def read_rows(table: str) -> str:
    """Return the quoted name of the workbench's table of the rows of text that passed."""
    return identifier(f"read rows of {table}")


def _find_beyond(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Break the rows with values that Snowflake could not hold as they are."""
    for column in contract.columns:
        name, type_ = identifier(column.name), duckdb_type(column.type)
        shown = f"{literal(column.name + ' is ')} || {name}::varchar"
        if type_ in {"DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"}:
            beyond = f"({name} < cast('0001-01-01' as {type_}) or {name} >= cast('10000-01-01' as {type_}))"
        elif type_ == "VARCHAR":
            beyond = f"strlen({name}) > {_MOST_TEXT_BYTES}"
            shown = f"{literal(column.name + ' has bytes: ')} || strlen({name})::varchar"
        elif type_ == "BLOB":
            beyond = f"octet_length({name}) > {_MOST_BINARY_BYTES}"
            shown = f"{literal(column.name + ' has bytes: ')} || octet_length({name})::varchar"
        else:
            continue
        connection.execute(
            f"insert into {BROKEN} select _source_file, _source_row, 'exact',"
            f" 'cannot be held exactly: ' || {shown} from {passed_rows(connection)} as a"
            f" where {IS_ROW} and {beyond}"
        )
