"""Finds the rows that break their contract.

Each check looks at the rows that passed the ones before: values and row rules, then the key, then unique
columns, then references. So of two rows with one key the first good one stays, and a row that refers to a
quarantined one goes to quarantine too. Of changes, only what they come to is held against other rows: see
`net.py`.
"""

from collections.abc import Iterator
from datetime import datetime

import duckdb

from streamvision.adapters.warehouse.duckdb.arrived import EXCUSED, IS_ROW, ROWS, UNFILLED
from streamvision.adapters.warehouse.duckdb.incoming import FILE_NUMBER, UNREADABLE, VIEW
from streamvision.adapters.warehouse.duckdb.sql_text import (
    all_hold,
    duckdb_type,
    identifier,
    literal,
    name_list,
)
from streamvision.adapters.warehouse.duckdb.tables import VALID_TO, stored_columns, versions_of
from streamvision.domain.changes import OPERATION, UNFIT, Mode
from streamvision.domain.contract import Column, Contract, Reference

BROKEN = "broken"
_WRONG = "wrong_by_themselves"
Rule = tuple[str, str, str]
"""A rule's name, what must not be false, and the reason as a SQL expression."""


def forget_broken(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary table `broken` (source_file, source_row, rule, reason), without rows."""
    connection.execute(
        f"create or replace temporary table {BROKEN}"
        " (source_file varchar, source_row bigint, rule varchar, reason varchar)"
    )


def anything_broke(connection: duckdb.DuckDBPyConnection) -> bool:
    """Tell whether there are rows in `broken`."""
    return connection.execute(f"select 1 from {BROKEN} limit 1").fetchone() is not None


def break_all(connection: duckdb.DuckDBPyConnection, rule: str, reason: str) -> None:
    """Break every incoming row for one reason."""
    connection.execute(
        f"insert into {BROKEN} select _source_file, _source_row, {literal(rule)}, {literal(reason)}"
        f" from {VIEW}"
    )


def find_broken_rows(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    mode: Mode,
    snapshot_at: datetime,
    may_lack: str = "false",
) -> None:
    """Break the rows that by themselves, or beside other rows of their file, are not what they should be.

    Where a row breaks several rules, `rule` is the first and `reason` tells all. Where `may_lack`
    holds, a condition, a row may lack values that the source did not repeat.
    """
    _find_by_row(connection, list(_rules_of_one_row(contract, mode, may_lack)), snapshot_at)
    if mode != "changes" and contract.key:
        _find_repeated(connection, contract, contract.key)


def find_conflicts(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Break the rows of a snapshot that repeat a unique value, or refer to nothing."""
    find_repeated_values(connection, contract)
    for column in contract.columns:
        if column.references:
            _find_orphans(connection, contract, column, column.references)


def find_repeated_values(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Break the rows that repeat the unique value of another one of them."""
    for column in contract.columns:
        if column.unique:
            _find_repeated(connection, contract, (column.name,))


def passed_rows(connection: duckdb.DuckDBPyConnection, rows: str = ROWS) -> str:
    """Return, as a relation, the rows that are not in `broken`."""
    if not anything_broke(connection):
        return rows
    return (
        f"(select * from {rows} as i where not exists (select 1 from {BROKEN} as b"
        " where b.source_file = i._source_file and b.source_row = i._source_row))"
    )


def parents_of(
    connection: duckdb.DuckDBPyConnection, column: Column, reference: Reference, child: str
) -> tuple[str, str]:
    """Return the relation of a reference's parents in their current state, and what makes one the right one.

    Args:
        connection: the warehouse.
        column: the column that refers.
        reference: what it refers to.
        child: the expression of the column's value.

    """
    types = {name.casefold(): type_ for name, type_ in stored_columns(connection, reference.table).items()}
    type_ = types.get(reference.column.casefold())
    if type_ is None:
        return "(select 1 where false)", "true"
    parents = f"(select {identifier(reference.column)} as _value from {versions_of(reference.table)}"
    equal = f"parents._value = {child}"
    if "VARCHAR" in {type_, duckdb_type(column.type)} != {"VARCHAR"}:
        equal = f"cast(parents._value as varchar) = cast({child} as varchar)"
    return f"{parents} where {VALID_TO} is null)", equal


def orphan_reason(column: Column, reference: Reference, value: str) -> str:
    """Return the expression of the reason why a reference to nothing is wrong."""
    return (
        f"{literal(column.name + ' ')} || cast({value} as varchar) ||"
        f" {literal(f' is not a loaded {reference.column} of {reference.table}')}"
    )


def repeated_reason(contract: Contract, columns: tuple[str, ...], row: str = "") -> str:
    """Return the expression of the reason why a repeated value is wrong."""
    shown = " || ', ' || ".join(f"{row}{identifier(name)}::varchar" for name in columns)
    what = ", ".join(columns) + f" of {contract.table} is there already: "
    return f"{literal(what)} || {shown}"


def _rules_of_one_row(contract: Contract, mode: Mode, may_lack: str) -> Iterator[Rule]:
    keys = "[" + ", ".join(map(literal, contract.key)) + "]::varchar[]"
    unreadable, unfit = UNREADABLE, f"json_keys({UNFIT})"
    if mode == "changes":
        # A row that is deleted is told by its key alone.
        unreadable, unfit = (
            f"(case when {IS_ROW} then {names} else list_intersect({keys}, {names}) end)"
            for names in (unreadable, unfit)
        )
    yield (
        "readable",
        f"len({unreadable}) = 0",
        f"'cannot be read in its type: ' || array_to_string({unreadable}, ', ')",
    )
    texts = f"map_entries(cast(cast({UNFIT} as json) as map(varchar, varchar)))"
    shown = f"list_transform({texts}, lambda _x: _x.key || ' is ' || _x.value)"
    yield (
        "exact",
        f"{UNFIT} is null or len({unfit}) = 0",
        f"'cannot be held exactly: ' || array_to_string({shown}, ', ')",
    )
    yield (
        "unchanged",
        f"len({UNFILLED}) = 0 or {may_lack}",
        f"'did not change since a version that is not loaded: ' || array_to_string({UNFILLED}, ', ')",
    )
    for rule, holds, reason in _rules_of_a_row(contract):
        is_key = rule in {f"{name}_not_null" for name in contract.key}
        judged = f"{OPERATION} is distinct from 'truncate'" if is_key else IS_ROW
        yield rule, f"not {judged} or ({holds})" if mode == "changes" else holds, reason


def _rules_of_a_row(contract: Contract) -> Iterator[Rule]:
    for column in contract.columns:
        yield from _rules_of_a_column(column, must_be=not column.nullable or column.name in contract.key)
    for rule in contract.rules:
        yield rule.name, rule.holds, literal(rule.reason)


def _rules_of_a_column(column: Column, *, must_be: bool) -> Iterator[Rule]:
    name = identifier(column.name)
    reason = f"{literal(column.name + ' is ')} || coalesce({name}::varchar, 'NULL')"
    if must_be:
        holds = f"{name} is not null or list_contains(_excused, {literal(column.name)})"
        yield f"{column.name}_not_null", holds, literal(f"{column.name} is NULL")
    if duckdb_type(column.type) == "VARCHAR":
        # The source has no such text, and what reads it as C does would cut it off there.
        yield f"{column.name}_text", f"not contains({name}, chr(0))", literal(f"{column.name} has a NUL byte")
    if column.values:
        allowed = ", ".join(literal(value) for value in column.values)
        yield f"{column.name}_values", f"{name} in ({allowed})", reason
    # A number without bounds is kept as text.
    number = f"try_cast({name} as double)" if duckdb_type(column.type) == "VARCHAR" else name
    if column.minimum is not None:
        yield f"{column.name}_min", f"{number} >= {column.minimum}", reason
    if column.maximum is not None:
        yield f"{column.name}_max", f"{number} <= {column.maximum}", reason
    if column.pattern:
        yield f"{column.name}_pattern", f"regexp_full_match({name}, {literal(column.pattern)})", reason


def _find_by_row(connection: duckdb.DuckDBPyConnection, rules: list[Rule], snapshot_at: datetime) -> None:
    moment = f"timestamptz {literal(snapshot_at.isoformat())}"
    hold = all_hold(f"coalesce(({holds}), true)" for _, holds, _ in rules)
    # What is wrong is asked of those rows alone where something is: there may be thousands of rules.
    connection.execute(
        f"create or replace temporary table {_WRONG} as select * from"
        f" (select *, {moment} as _snapshot_at, {EXCUSED} as _excused from {ROWS}) where not ({hold})"
    )
    if not connection.execute(f"select 1 from {_WRONG} limit 1").fetchone():
        return
    told = ", ".join(
        f"case when not ({holds}) then {{'rule': {literal(rule)}, 'reason': {reason}}} end"
        for rule, holds, reason in rules
    )
    connection.execute(
        f"insert into {BROKEN} select _source_file, _source_row, _told[1].rule,"
        " array_to_string(list_transform(_told, lambda _x: _x.reason), '; ') from"
        f" (select _source_file, _source_row, list_filter([{told}], lambda _x: _x is not null) as _told"
        f" from {_WRONG})"
    )


def _find_repeated(
    connection: duckdb.DuckDBPyConnection, contract: Contract, columns: tuple[str, ...]
) -> None:
    """Break all but the first row of each value; NULL repeats nothing."""
    names = name_list(columns)
    rule = "_".join(columns) + "_unique"
    present = all_hold(f"{identifier(name)} is not null" for name in columns)
    passed = passed_rows(connection)
    connection.execute(
        f"insert into {BROKEN} select _source_file, _source_row, {literal(rule)},"
        f" {repeated_reason(contract, columns)} from {passed}"
        f" where {present} and ({names}) in"
        f" (select ({names}) from {passed} where {present} group by {names} having count(*) > 1)"
        f" qualify row_number() over (partition by {names} order by {FILE_NUMBER}, _source_row) > 1"
    )


def _find_orphans(
    connection: duckdb.DuckDBPyConnection, contract: Contract, column: Column, reference: Reference
) -> None:
    name = f"passed.{identifier(column.name)}"
    is_own = reference.table == contract.table
    parents, equal = parents_of(connection, column, reference, name)
    found = 1
    # In a table that refers to itself, each orphan taken out can make orphans of others.
    while found:
        passed = passed_rows(connection)
        if is_own:
            parents = f"(select {identifier(reference.column)} as _value from {passed})"
            equal = f"parents._value = {name}"
        row = connection.execute(
            f"insert into {BROKEN} select _source_file, _source_row, {literal(column.name + '_references')},"
            f" {orphan_reason(column, reference, name)} from {passed} as passed where {name} is not null"
            f" and not exists (select 1 from {parents} as parents where {equal})"
        ).fetchone()
        found = row[0] if row and is_own else 0
