"""Finds the rows that break their contract.

Each check looks at the rows that passed the ones before: values and row rules, then the key, then unique
columns, then references. So of two rows with one key the first good one stays, and a row that refers to a
quarantined one goes to quarantine too.
"""

from collections.abc import Iterator
from datetime import datetime

import duckdb

from streamvision.adapters.warehouse.duckdb.incoming import FILE_NUMBER, UNREADABLE, VIEW
from streamvision.adapters.warehouse.duckdb.sql_text import identifier, literal, name_list
from streamvision.domain.contract import Column, Contract, Reference

BROKEN = "broken"
_PASSED = (
    f"(select * from {VIEW} as i where not exists (select 1 from {BROKEN} as b"
    " where b.source_file = i._source_file and b.source_row = i._source_row))"
)


def find_broken_rows(
    connection: duckdb.DuckDBPyConnection, contract: Contract, batch_id: str, snapshot_at: datetime
) -> None:
    """Fill the temporary table `broken` (source_file, source_row, rule, reason) with one row per broken row.

    Where a row breaks several rules, `rule` is the first and `reason` tells all.
    """
    connection.execute(
        f"create or replace temporary table {BROKEN}"
        " (source_file varchar, source_row bigint, rule varchar, reason varchar)"
    )
    rules = list(_rules_of_one_row(contract))
    _find_by_row(connection, rules, snapshot_at)
    for columns in [contract.key, *((column.name,) for column in contract.columns if column.unique)]:
        _find_repeated(connection, contract, columns)
    for column in contract.columns:
        if column.references:
            _find_orphans(connection, contract, column, column.references, batch_id)


def passed_rows() -> str:
    """Return, as a subquery, the incoming rows that are not in `broken`."""
    return _PASSED


def _rules_of_one_row(contract: Contract) -> Iterator[tuple[str, str, str]]:
    """Yield (rule, what must not be false, reason as a SQL expression)."""
    yield (
        "readable",
        f"len({UNREADABLE}) = 0",
        f"'cannot be read in its type: ' || array_to_string({UNREADABLE}, ', ')",
    )
    for column in contract.columns:
        yield from _rules_of_a_column(column)
    for rule in contract.rules:
        yield rule.name, rule.holds, literal(rule.reason)


def _rules_of_a_column(column: Column) -> Iterator[tuple[str, str, str]]:
    name = identifier(column.name)
    shown = f"coalesce({name}::varchar, 'NULL')"
    if not column.nullable:
        readable = f"list_contains({UNREADABLE}, {literal(column.name)})"
        yield f"{column.name}_not_null", f"{name} is not null or {readable}", f"'{column.name} is NULL'"
    if column.values:
        allowed = ", ".join(literal(value) for value in column.values)
        yield f"{column.name}_values", f"{name} in ({allowed})", f"'{column.name} is ' || {shown}"
    if column.minimum is not None:
        yield f"{column.name}_min", f"{name} >= {column.minimum}", f"'{column.name} is ' || {shown}"
    if column.maximum is not None:
        yield f"{column.name}_max", f"{name} <= {column.maximum}", f"'{column.name} is ' || {shown}"
    if column.pattern:
        matches = f"regexp_full_match({name}, {literal(column.pattern)})"
        yield f"{column.name}_pattern", matches, f"'{column.name} is ' || {shown}"


def _find_by_row(
    connection: duckdb.DuckDBPyConnection, rules: list[tuple[str, str, str]], snapshot_at: datetime
) -> None:
    moment = f"timestamptz {literal(snapshot_at.isoformat())}"
    all_hold = " and ".join(f"coalesce(({holds}), true)" for _, holds, _ in rules)
    names = ", ".join(f"case when not ({holds}) then {literal(rule)} end" for rule, holds, _ in rules)
    reasons = ", ".join(f"case when not ({holds}) then {reason} end" for _, holds, reason in rules)
    connection.execute(
        f"insert into {BROKEN} select _source_file, _source_row,"
        f" list_filter([{names}], lambda _x: _x is not null)[1],"
        f" array_to_string(list_filter([{reasons}], lambda _x: _x is not null), '; ')"
        f" from (select *, {moment} as _snapshot_at from {VIEW}) where not ({all_hold})"
    )


def _find_repeated(
    connection: duckdb.DuckDBPyConnection, contract: Contract, columns: tuple[str, ...]
) -> None:
    """Break all but the first row of each value; NULL repeats nothing."""
    names = name_list(columns)
    rule = "_".join(columns) + "_unique"
    present = " and ".join(f"{identifier(name)} is not null" for name in columns)
    shown = " || ', ' || ".join(f"{identifier(name)}::varchar" for name in columns)
    reason = f"'{', '.join(columns)} of {contract.table} is there already: ' || {shown}"
    connection.execute(
        f"insert into {BROKEN} select _source_file, _source_row, {literal(rule)}, {reason} from {_PASSED}"
        f" where {present} and ({names}) in"
        f" (select ({names}) from {_PASSED} where {present} group by {names} having count(*) > 1)"
        f" qualify row_number() over (partition by {names} order by {FILE_NUMBER}, _source_row) > 1"
    )


def _find_orphans(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    column: Column,
    reference: Reference,
    batch_id: str,
) -> None:
    name, parent_name = identifier(column.name), identifier(reference.column)
    parents = (
        f"(select {parent_name} from {_PASSED})"
        if reference.table == contract.table
        else f"(select {parent_name} from {identifier('raw', reference.table)}"
        f" where _batch_id = {literal(batch_id)})"
    )
    reason = (
        f"'{column.name} ' || {name}::varchar || ' is not a loaded {reference.column} of {reference.table}'"
    )
    statement = (
        f"insert into {BROKEN} select _source_file, _source_row, {literal(column.name + '_references')},"
        f" {reason} from {_PASSED} as passed where {name} is not null"
        f" and not exists (select 1 from {parents} as parents where parents.{parent_name} = passed.{name})"
    )
    found = connection.execute(statement).fetchone()
    # In a table that refers to itself, each orphan taken out can make orphans of others.
    while reference.table == contract.table and found and found[0]:
        found = connection.execute(statement).fetchone()
