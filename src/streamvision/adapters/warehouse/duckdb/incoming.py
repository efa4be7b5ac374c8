"""Shows the files of one table as rows, with file and row number, in the contract's types."""

import duckdb

from streamvision.adapters.warehouse.duckdb.sql_text import duckdb_type, identifier, literal, name_list
from streamvision.domain.contract import Column
from streamvision.ports.warehouse import IncomingTable

VIEW = "incoming"
UNREADABLE = "_unreadable"
"""Column of the view: the names of those columns whose text is no value of their type."""


def show_incoming(connection: duckdb.DuckDBPyConnection, table: IncomingTable) -> None:
    """Make `incoming`: the contract's columns, `_source_file`, `_source_row` (from 0) and `_unreadable`."""
    if table.format == "csv":
        _show_csv(connection, table)
    else:
        _show_parquet(connection, table)


def forget_incoming(connection: duckdb.DuckDBPyConnection, table: IncomingTable) -> None:
    """Remove `incoming`."""
    connection.execute(f"drop {'table' if table.format == 'csv' else 'view'} {VIEW}")


def _show_parquet(connection: duckdb.DuckDBPyConnection, table: IncomingTable) -> None:
    paths = ", ".join(literal(file.path) for file in table.files)
    names = name_list(table.contract.column_names)
    connection.execute(
        f"create temporary view {VIEW} as "
        f"select {names}, {_key_of_path(table)} as _source_file, file_row_number as _source_row,"
        f" cast([] as varchar[]) as {UNREADABLE}"
        f" from read_parquet([{paths}], file_row_number = true, filename = true)"
    )


def _show_csv(connection: duckdb.DuckDBPyConnection, table: IncomingTable) -> None:
    """Read all as text first: a value that cannot be read sends its row to quarantine."""
    columns = table.contract.columns
    names = "{" + ", ".join(f"{literal(column.name)}: 'VARCHAR'" for column in columns) + "}"
    scans = " union all by name ".join(
        f"select *, {literal(file.key)} as _source_file, row_number() over () - 1 as _source_row"
        f" from read_csv({literal(file.path)}, header = true, auto_detect = false, columns = {names},"
        " nullstr = '', allow_quoted_nulls = false, delim = ',', quote = '\"', escape = '\"',"
        " max_line_size = 134217728)"
        for file in table.files
    )
    typed = ", ".join(f"{_from_text(column)} as {identifier(column.name)}" for column in columns)
    unreadable = ", ".join(
        f"case when {identifier(column.name)} is not null and ({_from_text(column)}) is null"
        f" then {literal(column.name)} end"
        for column in columns
    )
    connection.execute(
        f"create temporary table {VIEW} as "
        f"select {typed}, _source_file, _source_row,"
        f" list_filter([{unreadable}], lambda _x: _x is not null) as {UNREADABLE} from ({scans})"
    )


def _from_text(column: Column) -> str:
    name = identifier(column.name)
    if column.type == "text[]":
        return f"try(from_json({name}, '[\"VARCHAR\"]'))"
    return f"try_cast({name} as {duckdb_type(column.type)})"


def _key_of_path(table: IncomingTable) -> str:
    cases = " ".join(f"when {literal(file.path)} then {literal(file.key)}" for file in table.files)
    return f"case filename {cases} end"
