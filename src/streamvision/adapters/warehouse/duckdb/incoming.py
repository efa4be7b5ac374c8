"""Shows the files of one table as rows, with file and row number, in the contract's types."""

import duckdb

from streamvision.adapters.warehouse.duckdb.csv_text import csv_scan, exact_value
from streamvision.adapters.warehouse.duckdb.sql_text import duckdb_type, identifier, literal
from streamvision.domain.changes import (
    COMMIT_LSN,
    COMMITTED_AT,
    MOVED_FROM,
    OPERATION,
    POSITION,
    ROW,
    UNCHANGED,
    UNFIT,
)
from streamvision.ports.arrow_types import changes_schema, cursor_schema, snapshot_schema
from streamvision.ports.warehouse import IncomingTable

VIEW = "incoming"
FILE_NUMBER = "_file_number"
"""Column of the view: the place of the row's file among the files, which their names do not tell."""
ROW_NUMBER = "file_row_number"
UNREADABLE = "_unreadable"
"""Column of the view: the names of those columns whose text is no value of their type."""
AS_READ = "_as_read"
"""Column of the view: the row's text as JSON where a value could not be read, NULL for all other rows."""

TECHNICAL = {
    OPERATION: "VARCHAR",
    COMMIT_LSN: "BIGINT",
    COMMITTED_AT: "TIMESTAMP WITH TIME ZONE",
    POSITION: "BIGINT",
    UNCHANGED: "VARCHAR",
    MOVED_FROM: "BIGINT",
    UNFIT: "VARCHAR",
}
"""The technical columns that a file may have, with their types; the view has all of them."""

_SCHEMAS = {"snapshot": snapshot_schema, "changes": changes_schema, "cursor": cursor_schema}


def show_incoming(connection: duckdb.DuckDBPyConnection, table: IncomingTable) -> None:
    """Make `incoming`: the contract's columns, all of TECHNICAL, and what tells a row from others.

    Those are `_source_file`, `_file_number` and `_source_row` (from 0); `_unreadable` and `_as_read` tell of
    text that is no value of its type. What the files do not have is NULL.
    """
    if table.format == "parquet":
        _show_parquet(connection, table)
        return
    if table.files:
        _show_csv(connection, table)
    else:
        connection.execute(f"create temporary table {VIEW} as {_no_rows(table)}")
    there = {name for (name, *_) in connection.execute(f"describe {VIEW}").fetchall()}
    for name, type_ in TECHNICAL.items():
        if name not in there:
            connection.execute(f"alter table {VIEW} add column {name} {type_}")


def forget_incoming(connection: duckdb.DuckDBPyConnection, table: IncomingTable) -> None:
    """Remove `incoming`."""
    connection.execute(f"drop {'view' if table.format == 'parquet' else 'table'} {VIEW}")


def _no_rows(table: IncomingTable) -> str:
    """Return the query of a table of which a batch has no file, since nothing of it changed."""
    typed = {column.name: duckdb_type(column.type) for column in table.contract.columns} | TECHNICAL
    typed |= {"_source_file": "VARCHAR", FILE_NUMBER: "INTEGER", "_source_row": "BIGINT"}
    typed |= {UNREADABLE: "VARCHAR[]", AS_READ: "JSON"}
    columns = ", ".join(f"cast(null as {type_}) as {identifier(name)}" for name, type_ in typed.items())
    return f"select {columns} where false"


def _show_parquet(connection: duckdb.DuckDBPyConnection, table: IncomingTable) -> None:
    if not table.files:
        connection.execute(f"create temporary view {VIEW} as {_no_rows(table)}")
        return
    row = _parquet_row(connection, table)
    scans = " union all ".join(
        f"select {row}, {literal(file.key)} as _source_file, {number} as {FILE_NUMBER}"
        f" from read_parquet({literal(file.path)}{_numbering(table)})"
        for number, file in enumerate(table.files)
    )
    connection.execute(
        f"create temporary view {VIEW} as select *, cast([] as varchar[]) as {UNREADABLE},"
        f" cast(null as json) as {AS_READ} from ({scans})"
    )


def _parquet_row(connection: duckdb.DuckDBPyConnection, table: IncomingTable) -> str:
    described = connection.execute(f"describe select * from read_parquet({literal(table.files[0].path)})")
    there = {name for (name, *_) in described.fetchall()}
    technical = [
        name if name in there else f"cast(null as {type_}) as {name}" for name, type_ in TECHNICAL.items()
    ]
    # The reader can number the rows itself, unless a column has the name that it gives the number.
    number = ROW_NUMBER if _can_number(table) else "row_number() over () - 1"
    values = [_parquet_value(column.name, duckdb_type(column.type)) for column in table.contract.columns]
    return ", ".join([*values, *technical, f"{number} as _source_row"])


def _parquet_value(name: str, type_: str) -> str:
    value = identifier(name)
    if type_ not in {"FLOAT", "DOUBLE"}:
        return value
    # A file's least and greatest values leave NaN out, and by them the engine takes a rule to hold without
    # looking at the rows. Seen like this, it knows that NaN may be there.
    return f"case when isnan({value}) then cast('nan' as {type_}) else {value} end as {value}"


def _numbering(table: IncomingTable) -> str:
    return f", {ROW_NUMBER} = true" if _can_number(table) else ""


def _can_number(table: IncomingTable) -> bool:
    return ROW_NUMBER not in map(str.casefold, table.contract.column_names)


def _show_csv(connection: duckdb.DuckDBPyConnection, table: IncomingTable) -> None:
    """Read all as text first: a value that cannot be read sends its row to quarantine."""
    schema = _SCHEMAS[table.mode](table.contract)
    scans = " union all by name ".join(
        f"select *, {literal(file.key)} as _source_file, {number} as {FILE_NUMBER},"
        f" row_number() over () - 1 as _source_row from {csv_scan(file.path, schema.names)}"
        for number, file in enumerate(table.files)
    )
    values = {f.name: exact_value(f"t.{identifier(f.name)}", f.type) for f in schema if f.name != ROW}
    typed = [f"{value} as {identifier(name)}" for name, value in values.items()]
    unreadable = ", ".join(
        f"case when t.{identifier(name)} is not null and ({value}) is null then {literal(name)} end"
        for name, value in values.items()
    )
    texts = ", ".join(f"{literal(name)}: t.{identifier(name)}" for name in table.contract.column_names)
    as_read = f"to_json({{{texts}}})" if texts else "cast(null as json)"
    connection.execute(
        f"create temporary table {VIEW} as "
        f"select {', '.join([*typed, '_source_file', FILE_NUMBER, '_source_row'])},"
        f" list_filter(cast([{unreadable}] as varchar[]), lambda _x: _x is not null) as {UNREADABLE},"
        f" case when len({UNREADABLE}) > 0 then {as_read} end as {AS_READ} from ({scans}) as t"
    )
