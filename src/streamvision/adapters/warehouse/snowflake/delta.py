"""Carries to Snowflake what changed among the versions on the workbench."""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from streamvision.adapters.warehouse.duckdb.sql_text import identifier, name_list
from streamvision.adapters.warehouse.duckdb.tables import OUTDATED, VALID_FROM, VALID_TO, StoredTable
from streamvision.adapters.warehouse.snowflake import sql_text as sf
from streamvision.adapters.warehouse.snowflake.connection import Session
from streamvision.adapters.warehouse.snowflake.shipping import Shipment
from streamvision.adapters.warehouse.snowflake.tables import Place

_ACTION = "_action"
_BEGIN, _CHANGE, _REMOVE, _STAY = "begin", "change", "remove", "stay"
_DELTA = "delta"
_TYPES = {VALID_TO: "varchar", OUTDATED: "varchar"}
_IDENTITY = ("_source_file", "_source_row", VALID_FROM)


def remember_versions(bench: duckdb.DuckDBPyConnection, stored_versions: str, table: str) -> None:
    """Keep the versions of a table as they are before anything is done to them."""
    bench.execute(f"create or replace table {_before(table)} as select * from {stored_versions}")


@dataclass(frozen=True)
class Delta:
    """Tell where it is shipped what changed among the versions of a table, and how many rows did.

    Attributes:
        rows: by what is to be done; none where nothing is.

    """

    stored: StoredTable
    shipped: str
    rows: Mapping[str, int]


def ship_delta(
    bench: duckdb.DuckDBPyConnection, shipment: Shipment, stored: StoredTable, *, with_stays: bool = False
) -> Delta:
    """Bring what changed since.

    Args:
        bench: the workbench.
        shipment: brings it.
        stored: the table.
        with_stays: whether those are brought too that stay as they are.

    """
    bench.execute(f"create or replace temporary table {_DELTA} as {_query(stored)}")
    if not with_stays:
        bench.execute(f"delete from {_DELTA} where {_ACTION} = '{_STAY}'")
    rows = dict(bench.execute(f"select {_ACTION}, count(*) from {_DELTA} group by all").fetchall())
    shipped = shipment.ship(bench, "DELTA", f"select * from {_DELTA}") if rows else ""
    return Delta(stored, shipped, rows)


def _query(stored: StoredTable) -> str:
    names = [*stored.columns, *_IDENTITY, VALID_TO, OUTDATED]
    now, before = stored.versions, _before(stored.contract.table)
    same = " and ".join(f"n.{name} is not distinct from b.{name}" for name in _IDENTITY)
    stays = " and ".join(f"n.{name} is not distinct from b.{name}" for name in (VALID_TO, OUTDATED))
    changed = ", ".join(f"n.{identifier(name)}" for name in names)
    removed = ", ".join(
        f"b.{name}" if name in _IDENTITY else f"cast(null as {type_}) as {identifier(name)}"
        for name, type_ in (dict(stored.columns) | dict.fromkeys(_IDENTITY, "") | _TYPES).items()
    )
    return (
        f"select '{_BEGIN}' as {_ACTION}, {name_list(names)} from {now} as n"
        f" where not exists (select 1 from {before} as b where {same})"
        f" union all select case when {stays} then '{_STAY}' else '{_CHANGE}' end, {changed}"
        f" from {now} as n join {before} as b on {same}"
        f" union all select '{_REMOVE}', {removed} from {before} as b"
        f" where not exists (select 1 from {now} as n where {same})"
    )


def apply_delta(session: Session, place: Place, delta: Delta, *, emptied_by: str = "") -> None:
    """Do to the versions in Snowflake what was done on the workbench.

    Args:
        session: inside a transaction.
        place: the warehouse.
        delta: what was shipped; with what stays, where the table was emptied.
        emptied_by: the batch that emptied the table; then what the workbench did not see ends with it.

    """
    stored, shipped = delta.stored, delta.shipped
    versions = place.versions(stored.contract.table)
    same = " AND ".join(f"v.{sf.identifier(name)} = d.{sf.identifier(name)}" for name in _IDENTITY)
    until, outdated, action = (sf.identifier(name) for name in (VALID_TO, OUTDATED, _ACTION))
    if emptied_by:
        seen = f"SELECT 1 FROM {shipped} AS d WHERE d.{action} <> '{_BEGIN}' AND {same}"
        unseen = f" AND NOT EXISTS ({seen})" if shipped else ""
        session.run(
            f"UPDATE {versions} AS v SET {until} = {sf.literal(emptied_by)} WHERE v.{until} IS NULL{unseen}"
        )
    if delta.rows.get(_CHANGE):
        session.run(
            f"UPDATE {versions} AS v SET {until} = d.{until}, {outdated} = d.{outdated} FROM {shipped} AS d"
            f" WHERE d.{action} = '{_CHANGE}' AND {same}"
        )
    if delta.rows.get(_REMOVE):
        session.run(
            f"DELETE FROM {versions} AS v USING {shipped} AS d WHERE d.{action} = '{_REMOVE}' AND {same}"
        )
    if delta.rows.get(_BEGIN):
        names = sf.name_list([*stored.columns, *_IDENTITY, VALID_TO, OUTDATED])
        session.run(
            f"INSERT INTO {versions} ({names}) SELECT {names} FROM {shipped} WHERE {action} = '{_BEGIN}'"
        )


def _before(table: str) -> str:
    return identifier(f"versions of {table} before")
