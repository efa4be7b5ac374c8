"""The tables that the load keeps: RAW and versions per contract, quarantine, and the account of batches."""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from streamvision.adapters.warehouse.duckdb.column_types import converted, wider
from streamvision.adapters.warehouse.duckdb.sql_text import duckdb_type, identifier, literal
from streamvision.domain.changes import (
    COMMIT_LSN,
    COMMITTED_AT,
    MOVED_FROM,
    OPERATION,
    POSITION,
    UNCHANGED,
    Mode,
)
from streamvision.domain.contract import Contract
from streamvision.domain.errors import WarehouseError
from streamvision.domain.names import CHANGES_SUFFIX, SNAPSHOTS_SUFFIX, VERSIONS_SUFFIX

VALID_FROM = "_valid_from_batch"
VALID_TO = "_valid_to_batch"
OUTDATED = "_outdated_since"
"""Column of versions: the batch whose later change of the row is in quarantine; NULL where there is none."""
CHANGE_COLUMNS = {
    OPERATION: "VARCHAR",
    COMMIT_LSN: "BIGINT",
    COMMITTED_AT: "TIMESTAMP WITH TIME ZONE",
    POSITION: "BIGINT",
    UNCHANGED: "VARCHAR",
    MOVED_FROM: "BIGINT",
}
ARRIVAL_COLUMNS = {
    "_batch_id": "VARCHAR",
    "_source_file": "VARCHAR",
    "_source_row": "BIGINT",
    "_loaded_at": "TIMESTAMP WITH TIME ZONE",
}
VERSION_COLUMNS = {
    VALID_FROM: "VARCHAR",
    VALID_TO: "VARCHAR",
    "_source_file": "VARCHAR",
    "_source_row": "BIGINT",
    OUTDATED: "VARCHAR",
}
RAW_TABLES = (
    "select view_name from duckdb_views() where database_name = current_database() and schema_name = 'raw'"
    " order by all"
)
"""The query of the names of the source's tables in RAW."""
_LAYOUT = 2
"""The number of the form in which the tables are kept; it changes with them."""
_FIXED = f"""
create schema if not exists raw;
create schema if not exists ops;
create schema if not exists quarantine;
create table if not exists ops.layout as select {_LAYOUT} as number;
create table if not exists ops.batches (
    batch_id varchar not null,
    table_name varchar not null,
    batch_date date not null,
    extracted_rows bigint not null,
    loaded_rows bigint not null,
    quarantined_rows bigint not null,
    extracted_bytes bigint not null,
    manifest_sha256 varchar not null,
    source_id varchar not null,
    snapshot_at timestamp with time zone not null,
    loaded_at timestamp with time zone not null,
    run_id varchar not null,
    mode varchar not null,
    primary key (batch_id, table_name),
    check (extracted_rows = loaded_rows + quarantined_rows)
);
create table if not exists quarantine.rows (
    batch_id varchar not null,
    table_name varchar not null,
    rule varchar not null,
    reason varchar not null,
    source_file varchar not null,
    source_row bigint not null,
    row_values json not null,
    quarantined_at timestamp with time zone not null,
    status varchar not null default 'open' check (status in ('open', 'released', 'dropped')),
    decision_id varchar,
    primary key (batch_id, table_name, source_file, source_row),
    check ((status = 'open') = (decision_id is null))
);
create table if not exists ops.expectations (
    batch_id varchar not null,
    table_name varchar not null,
    expectation varchar not null,
    observed varchar not null,
    expected varchar not null,
    holds boolean not null,
    primary key (batch_id, table_name, expectation)
);
create table if not exists ops.decisions (
    decision_id varchar not null primary key,
    action varchar not null,
    after_batch varchar not null,
    reason varchar not null,
    run_id varchar not null,
    decided_at timestamp with time zone not null,
    rows_chosen bigint not null,
    rows_loaded bigint not null,
    rows_still_broken bigint not null
);
"""


@dataclass(frozen=True)
class StoredTable:
    """Describe how RAW and the versions keep a table.

    RAW is a view over two tables: pictures of a whole table are large, and each column that only changes have
    would cost as much time as one of data.

    Attributes:
        columns: their data columns with their types: those that any batch ever had.

    """

    contract: Contract
    columns: Mapping[str, str]

    @property
    def raw(self) -> str:
        """Return RAW's quoted name."""
        return identifier("raw", self.contract.table)

    def part(self, mode: Mode) -> str:
        """Return the quoted name of that part of RAW where what comes in a mode goes."""
        return raw_parts(self.contract.table)[mode != "snapshot"]

    @property
    def versions(self) -> str:
        """Return the quoted name of the versions."""
        return versions_of(self.contract.table)

    def values(self, row: str) -> dict[str, str]:
        """Return, by column, an incoming row's value in the type that is kept; NULL where it has none."""
        given = {column.name: duckdb_type(column.type) for column in self.contract.columns}
        return {
            name: converted(f"{row}.{identifier(name)}", given[name], kept)
            if name in given
            else f"cast(null as {kept})"
            for name, kept in self.columns.items()
        }


def versions_of(table: str) -> str:
    """Return the quoted name of the versions of a table's rows."""
    return identifier("raw", table + VERSIONS_SUFFIX)


def raw_parts(table: str) -> tuple[str, str]:
    """Return the quoted names of the two parts of RAW: what came in pictures, and what came otherwise."""
    return identifier("raw", table + SNAPSHOTS_SUFFIX), identifier("raw", table + CHANGES_SUFFIX)


def create_fixed_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the schemas, the account of batches and the quarantine where they are missing.

    Raises:
        WarehouseError: when the tables are kept in the form of another version.

    """
    if _layout(connection) not in {None, _LAYOUT}:
        raise WarehouseError(
            "The warehouse was made by another version of StreamVision, which kept its tables otherwise",
            where="ops.layout",
            safe="nothing was changed; the lake has every row",
            next_command="`streamvision run --rebuild` makes the warehouse anew from the lake",
        )
    connection.execute(_FIXED)


def _layout(connection: duckdb.DuckDBPyConnection) -> int | None:
    """Return the number of the form in which a warehouse is kept; None where it is empty."""
    there = {
        name
        for (name,) in connection.execute(
            "select table_name from duckdb_tables() where database_name = current_database()"
            " and schema_name = 'ops'"
        ).fetchall()
    }
    if "layout" not in there:
        return 1 if there else None
    row = connection.execute("select number from ops.layout").fetchone()
    return int(row[0]) if row else None


def create_tables(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Make RAW and the versions of a contract's table where they are missing."""
    typed = {column.name: duckdb_type(column.type) for column in contract.columns}
    snapshots, changes = raw_parts(contract.table)
    for name, technical in (
        (snapshots, ARRIVAL_COLUMNS),
        (changes, CHANGE_COLUMNS | ARRIVAL_COLUMNS),
        (versions_of(contract.table), VERSION_COLUMNS),
    ):
        columns = ", ".join(f"{identifier(column)} {type_}" for column, type_ in (typed | technical).items())
        connection.execute(f"create table if not exists {name} ({columns})")
    _show_raw(connection, contract)


def fit_tables(connection: duckdb.DuckDBPyConnection, contract: Contract) -> StoredTable:
    """Make RAW and the versions able to hold what a contract's columns hold, and all that they hold already.

    A column that is new is added; one whose type is another gets a type that holds both, text where no
    other does.
    """
    create_tables(connection, contract)
    kept = stored_columns(connection, contract.table)
    # DuckDB does not tell names apart by case: the contract's way of writing one is as good as another.
    spelled = {column.name.casefold(): column.name for column in contract.columns}
    columns = {spelled.get(name.casefold(), name): type_ for name, type_ in kept.items()}
    for column in contract.columns:
        name, type_ = identifier(column.name), duckdb_type(column.type)
        before = columns.get(column.name)
        if before is None:
            _alter(connection, contract, f"add column {name} {type_}")
            columns[column.name] = type_
        elif (common := wider(before, type_)) != before:
            value = converted(name, before, common)
            _alter(connection, contract, f"alter column {name} type {common} using {value}")
            columns[column.name] = common
    if [*columns.values()] != [*kept.values()]:
        _show_raw(connection, contract)
    return StoredTable(contract, columns)


def stored_columns(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """Return the data columns of a table in RAW with their types; none where there is no such table."""
    found = connection.execute(
        "select column_name, data_type from duckdb_columns() where database_name = current_database()"
        " and schema_name = 'raw' and table_name = $table order by column_index",
        {"table": table + VERSIONS_SUFFIX},
    ).fetchall()
    return {name: type_ for name, type_ in found if name not in VERSION_COLUMNS}


def _alter(connection: duckdb.DuckDBPyConnection, contract: Contract, how: str) -> None:
    for name in (*raw_parts(contract.table), versions_of(contract.table)):
        connection.execute(f"alter table {name} {how}")


def _show_raw(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    snapshots, changes = raw_parts(contract.table)
    columns = ", ".join(
        [*map(identifier, stored_columns(connection, contract.table)), *CHANGE_COLUMNS, *ARRIVAL_COLUMNS]
    )
    read = ", ".join(
        f"cast({'NULL' if name != OPERATION else literal('read')} as {type_}) as {name}"
        for name, type_ in CHANGE_COLUMNS.items()
    )
    connection.execute(
        f"create or replace view {identifier('raw', contract.table)} as select {columns} from"
        f" (select *, {read} from {snapshots}) union all select {columns} from {changes}"
    )
