"""Puts the incoming rows of a table in order and gives them the values that the source did not repeat.

A change leaves out the large values that it left as they were. They stand in the row's version before: in an
earlier change of the batch, under another key where the key was changed meanwhile, or in the current state.
So the changes of one row are chained, over its keys, and each left-out value is the last one in its chain.
"""

from collections.abc import Sequence

import duckdb

from streamvision.adapters.warehouse.duckdb.incoming import FILE_NUMBER, UNREADABLE, VIEW
from streamvision.adapters.warehouse.duckdb.sql_text import (
    all_hold,
    duckdb_type,
    identifier,
    literal,
    name_list,
)
from streamvision.adapters.warehouse.duckdb.tables import OUTDATED, VALID_TO, StoredTable
from streamvision.domain.changes import MOVED_FROM, OPERATION, POSITION, UNCHANGED, UNFIT, Mode

ROWS = "arrived"
PLACE = "_place"
"""Column of `arrived`: the row's place in the order of the changes, from 1, with gaps. NULL in a snapshot."""
IS_ROW = "_is_row"
"""Column of `arrived`: whether the row holds a row of the table; false for a delete or truncate."""
UNFILLED = "_unfilled"
"""Column of `arrived`: the names of the columns whose value was left out and is not known here either."""
EXCUSED = f"(case when {UNFIT} is null then [] else json_keys({UNFIT}) end || {UNREADABLE} || {UNFILLED})"
"""The expression of the names of the columns that are NULL only because their value cannot be had here."""
_PLACED, _CHAINED, _LINKS = "placed", "chained", "links"


def show_arrived(
    connection: duckdb.DuckDBPyConnection, stored: StoredTable, mode: Mode, known_since: str = "NULL"
) -> None:
    """Make `arrived` from `incoming`: the same columns and those named above.

    Versions that are outdated give no values, unless it is since the batch of the expression `known_since`.
    """
    if mode == "snapshot":
        connection.execute(
            f"create temporary view {ROWS} as select *, cast(null as bigint) as {PLACE}, true as {IS_ROW},"
            f" cast([] as varchar[]) as {UNFILLED} from {VIEW}"
        )
        return
    is_row = f"coalesce({OPERATION} not in ('delete', 'truncate'), true)"
    placed = f"select *, {_place(connection)} as {PLACE}, {is_row} as {IS_ROW}"
    kept = f"from_json({UNCHANGED}, '[\"VARCHAR\"]')"
    left_out = connection.execute(
        f"select distinct unnest({kept}) from {VIEW} where {UNCHANGED} is not null and {is_row}"
    ).fetchall()
    if not left_out:
        connection.execute(
            f"create temporary table {ROWS} as {placed}, cast([] as varchar[]) as {UNFILLED} from {VIEW}"
        )
        return
    connection.execute(f"create temporary table {_PLACED} as {placed}, {kept} as _kept from {VIEW}")
    _fill(connection, stored, sorted(name for (name,) in left_out), known_since)
    connection.execute(f"drop table {_PLACED}")


def forget_arrived(connection: duckdb.DuckDBPyConnection, mode: Mode) -> None:
    """Remove `arrived`."""
    connection.execute(f"drop {'view' if mode == 'snapshot' else 'table'} {ROWS}")


def _place(connection: duckdb.DuckDBPyConnection) -> str:
    """Return the expression of a row's place: its position where all differ, since sorting takes time."""
    row = connection.execute(
        f"select min({POSITION}), count(distinct {POSITION}) = count(*) from {VIEW}"
    ).fetchone()
    least, all_differ = row or (None, False)
    if least is not None and all_differ:
        return f"{POSITION} - {least} + 1"
    return f"row_number() over (order by {POSITION}, {FILE_NUMBER}, _source_row)"


def _fill(
    connection: duckdb.DuckDBPyConnection, stored: StoredTable, left_out: Sequence[str], known_since: str
) -> None:
    _chain(connection, stored)
    _link(connection)
    types = {column.name: duckdb_type(column.type) for column in stored.contract.columns}
    # After a change of its type, a column's older values are no longer in the form of the new ones.
    names = [name for name in left_out if name in types and types[name] == stored.columns.get(name)]
    columns = dict(enumerate(map(identifier, names)))
    last = "".join(f", {_last_value(name)} as _last_{number}" for number, name in enumerate(names))
    base = "".join(f", v.{column} as _base_{number}" for number, column in columns.items())
    filled = [
        f"case when not {_was_left_out(names[number])} then w.{column}"
        f" when _last_{number} is not null then _last_{number}.told else _base_{number} end as {column}"
        for number, column in columns.items()
    ]
    known = [
        f"case when coalesce(_last_{number}.is_known, b._root is not null) then {literal(name)} end"
        for number, name in enumerate(names)
    ]
    filled.append(f"w.{IS_ROW} as {IS_ROW}")  # The list must not be empty.
    unneeded = "".join(f", _last_{number}" for number in columns)
    is_known = f"coalesce(list_contains([{', '.join([*known, 'NULL'])}], _x), false)"
    connection.execute(
        f"create temporary table {ROWS} as with"
        f" rooted as (select p.*, coalesce(l._parent, c._segment, -p.{PLACE}) as _root from {_PLACED} as p"
        f" left join {_CHAINED} as c on c.{PLACE} = p.{PLACE}"
        f" left join {_LINKS} as l on l._segment = c._segment),"
        f" windowed as (select *{last} from rooted),"
        f" bases as (select c.{PLACE} as _root{base} from {_CHAINED} as c"
        f" join {stored.versions} as v on v.{VALID_TO} is null"
        f" and (v.{OUTDATED} is null or v.{OUTDATED} is not distinct from {known_since})"
        f" and {all_hold(f'v.{column} = c.{column}' for column in map(identifier, stored.contract.key))}"
        " where c._is_based)"
        f" select w.* exclude (_kept, _root{unneeded}) replace ({', '.join(filled)}),"
        f" case when w.{IS_ROW} and len(_kept) > 0 then list_filter(_kept, lambda _x: not {is_known})"
        f" else cast([] as varchar[]) end as {UNFILLED}"
        " from windowed as w left join bases as b on b._root = w._root"
    )
    connection.execute(f"drop table {_CHAINED}; drop table {_LINKS}")


def _chain(connection: duckdb.DuckDBPyConnection, stored: StoredTable) -> None:
    """Part the changes of each key into segments: those of one row, while it had that key."""
    key = name_list(stored.contract.key)
    has_key = all_hold(f"{identifier(name)} is not null" for name in stored.contract.key)
    connection.execute(
        f"create temporary table {_CHAINED} as with"
        # A count with a filter would take time that grows with the square of the changes.
        f" counted as (select *, sum(case when {OPERATION} = 'truncate' then 1 else 0 end) over"
        f" (order by {PLACE} rows between unbounded preceding and current row) as _truncates from {_PLACED}),"
        f" keyed as (select {key}, {PLACE}, {POSITION}, {OPERATION}, {MOVED_FROM}, _truncates,"
        f" lag({OPERATION}) over (partition by _truncates, {key} order by {PLACE}) as _before"
        f" from counted where {OPERATION} <> 'truncate' and {has_key}),"
        f" begun as (select *, _before is null or _before = 'delete' or {OPERATION} = 'insert'"
        f" or {MOVED_FROM} is not null as _begins from keyed)"
        f" select {key}, {PLACE}, {POSITION}, {OPERATION}, {MOVED_FROM}, _begins,"
        f" _before is null and _truncates = 0 and {OPERATION} <> 'insert' and {MOVED_FROM} is null"
        " as _is_based,"
        f" max(case when _begins then {PLACE} end)"
        f" over (partition by _truncates, {key} order by {PLACE}) as _segment from begun"
    )


def _link(connection: duckdb.DuckDBPyConnection) -> None:
    """Find, for each segment that a change of key began, the first segment of the row."""
    connection.execute(
        f"create temporary table {_LINKS} as select s._segment, d._segment as _parent"
        f" from {_CHAINED} as s join {_CHAINED} as d"
        f" on d.{POSITION} = s.{MOVED_FROM} and d.{OPERATION} = 'delete'"
        f" where s._begins and s.{MOVED_FROM} is not null"
    )
    # Each round doubles how far back a link leads.
    statement = (
        f"update {_LINKS} as l set _parent = further._parent from {_LINKS} as further"
        " where further._segment = l._parent"
    )
    while (found := connection.execute(statement).fetchone()) and found[0]:
        pass


def _last_value(name: str) -> str:
    """Return the window that finds the last value of a column that a row's changes told."""
    return (
        f"last_value(case when {IS_ROW} and not {_was_left_out(name)}"
        f" then {{'told': {identifier(name)}, 'is_known': not ({_is_lost(name)})}} end ignore nulls)"
        f" over (partition by _root order by {PLACE} rows between unbounded preceding and current row)"
    )


def _was_left_out(name: str) -> str:
    return f"coalesce(list_contains(_kept, {literal(name)}), false)"


def _is_lost(name: str) -> str:
    return (
        f"list_contains({UNREADABLE}, {literal(name)})"
        f" or ({UNFIT} is not null and list_contains(json_keys({UNFIT}), {literal(name)}))"
    )
