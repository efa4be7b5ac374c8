"""Shows the files of one table as rows, with file and row number, in the contract's types."""

import duckdb

from streamvision.adapters.warehouse.duckdb.sql_text import duckdb_type, identifier, literal, name_list
from streamvision.domain.contract import Column
from streamvision.ports.warehouse import IncomingTable

VIEW = "incoming"
FILE_NUMBER = "_file_number"
"""Column of the view: the place of the row's file among the files, which their names do not tell."""
ROW_NUMBER = "file_row_number"
UNREADABLE = "_unreadable"
"""Column of the view: the names of those columns whose text is no value of their type."""
AS_READ = "_as_read"
"""Column of the view: the row's text as JSON where a value could not be read, NULL for all other rows."""

# DuckDB's casts round, guess and cut; only text that has exactly the form of its type is cast.
_EXACT_FORMS = {
    "smallint": r"-?\d+",
    "integer": r"-?\d+",
    "bigint": r"-?\d+",
    "boolean": "true|false",
    "date": r"\d{4}-\d{2}-\d{2}",
    "timestamptz": r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}(:?\d{2})?)",
}


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
    scans = " union all ".join(
        f"select {_parquet_row(table)}, {literal(file.key)} as _source_file, {number} as {FILE_NUMBER}"
        f" from read_parquet({literal(file.path)}{_numbering(table)})"
        for number, file in enumerate(table.files)
    )
    connection.execute(
        f"create temporary view {VIEW} as select *, cast([] as varchar[]) as {UNREADABLE},"
        f" cast(null as json) as {AS_READ} from ({scans})"
    )


def _parquet_row(table: IncomingTable) -> str:
    names = table.contract.column_names
    # The reader can number the rows itself, unless a column has the name that it gives the number.
    number = "row_number() over () - 1" if ROW_NUMBER in names else ROW_NUMBER
    return f"{name_list(names)}, {number} as _source_row"


def _numbering(table: IncomingTable) -> str:
    return "" if ROW_NUMBER in table.contract.column_names else f", {ROW_NUMBER} = true"


def _show_csv(connection: duckdb.DuckDBPyConnection, table: IncomingTable) -> None:
    """Read all as text first: a value that cannot be read sends its row to quarantine."""
    columns = table.contract.columns
    names = "{" + ", ".join(f"{literal(column.name)}: 'VARCHAR'" for column in columns) + "}"
    scans = " union all by name ".join(
        f"select *, {literal(file.key)} as _source_file, {number} as {FILE_NUMBER},"
        " row_number() over () - 1 as _source_row"
        f" from read_csv({literal(file.path)}, header = true, auto_detect = false, columns = {names},"
        " nullstr = '', allow_quoted_nulls = false, delim = ',', quote = '\"', escape = '\"',"
        " max_line_size = 134217728)"
        for number, file in enumerate(table.files)
    )
    typed = ", ".join(f"{_from_text(column)} as {identifier(column.name)}" for column in columns)
    unreadable = ", ".join(
        f"case when t.{identifier(column.name)} is not null and ({_from_text(column)}) is null"
        f" then {literal(column.name)} end"
        for column in columns
    )
    texts = ", ".join(f"{literal(column.name)}: t.{identifier(column.name)}" for column in columns)
    connection.execute(
        f"create temporary table {VIEW} as "
        f"select {typed}, _source_file, {FILE_NUMBER}, _source_row,"
        f" list_filter([{unreadable}], lambda _x: _x is not null) as {UNREADABLE},"
        f" case when len({UNREADABLE}) > 0 then to_json({{{texts}}}) end as {AS_READ} from ({scans}) as t"
    )


def _from_text(column: Column) -> str:
    name = f"t.{identifier(column.name)}"
    if column.type == "text[]":
        return f"try(from_json({name}, '[\"VARCHAR\"]'))"
    form = _EXACT_FORMS.get(column.type)
    if column.type.startswith("numeric"):
        scale = column.type.rstrip(")").rpartition(",")[2]
        form = rf"-?\d+(\.\d{{1,{scale}}})?" if scale != "0" else r"-?\d+"
    if form is None:
        return name
    return (
        f"case when regexp_full_match({name}, {literal(form)})"
        f" then try_cast({name} as {duckdb_type(column.type)}) end"
    )
