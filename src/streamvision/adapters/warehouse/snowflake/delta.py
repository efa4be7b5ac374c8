"""Carries to Snowflake what changed among the versions on the workbench."""

import duckdb

from streamvision.adapters.warehouse.duckdb.sql_text import identifier, name_list
from streamvision.adapters.warehouse.duckdb.tables import OUTDATED, VALID_FROM, VALID_TO, StoredTable
from streamvision.adapters.warehouse.snowflake import sql_text as sf
from streamvision.adapters.warehouse.snowflake.connection import Session
from streamvision.adapters.warehouse.snowflake.shipping import Shipment
from streamvision.adapters.warehouse.snowflake.tables import Place

_ACTION = "_action"
_BEGIN, _CHANGE, _REMOVE, _STAY = "begin", "change", "remove", "stay"
_IDENTITY = ("_source_file", "_source_row", VALID_FROM)


def remember_versions(bench: duckdb.DuckDBPyConnection, stored_versions: str, table: str) -> None:
    """Keep the versions of a table as they are before anything is done to them."""
    bench.execute(f"create or replace table {_before(table)} as select * from {stored_versions}")


def ship_delta(bench: duckdb.DuckDBPyConnection, shipment: Shipment, stored: StoredTable) -> str:
    """Bring what changed since, and return the quoted name of the table that holds it."""
    names = [*stored.columns, *_IDENTITY, VALID_TO, OUTDATED]
    now, before = stored.versions, _before(stored.contract.table)
    same = " and ".join(f"n.{name} is not distinct from b.{name}" for name in _IDENTITY)
    states = ", ".join(f"{{row}}.{name}" for name in (VALID_TO, OUTDATED))
    stays = f"({states.format(row='n')}) is not distinct from ({states.format(row='b')})"
    begun = name_list(names)
    changed = ", ".join(f"n.{identifier(name)}" for name in names)
    removed = ", ".join(
        f"b.{name}" if name in _IDENTITY else f"cast(null as {type_}) as {identifier(name)}"
        for name, type_ in ({name: "" for name in names} | dict(stored.columns) | _TYPES).items()
    )
    query = (
        f"select '{_BEGIN}' as {_ACTION}, {begun} from {now} as n"
        f" where not exists (select 1 from {before} as b where {same})"
        f" union all select case when {stays} then '{_STAY}' else '{_CHANGE}' end, {changed}"
        f" from {now} as n join {before} as b on {same}"
        f" union all select '{_REMOVE}', {removed} from {before} as b"
        f" where not exists (select 1 from {now} as n where {same})"
    )
    return shipment.ship(bench, f"{stored.contract.table}__DELTA", query)


def apply_delta(
    session: Session, place: Place, stored: StoredTable, delta: str, *, emptied_by: str = ""
) -> None:
    """Do to the versions in Snowflake what was done on the workbench.

    Args:
        session: inside a transaction.
        place: the warehouse.
        stored: the table.
        delta: what was shipped.
        emptied_by: the batch that emptied the table; then what the workbench did not see ends with it.

    """
    versions = place.versions(stored.contract.table)
    same = " AND ".join(f"v.{sf.identifier(name)} = d.{sf.identifier(name)}" for name in _IDENTITY)
    until, outdated, action = (sf.identifier(name) for name in (VALID_TO, OUTDATED, _ACTION))
    if emptied_by:
        seen = f"SELECT 1 FROM {delta} AS d WHERE d.{action} <> '{_BEGIN}' AND {same}"
        session.run(
            f"UPDATE {versions} AS v SET {until} = {sf.literal(emptied_by)}"
            f" WHERE v.{until} IS NULL AND NOT EXISTS ({seen})"
        )
    session.run(
        f"UPDATE {versions} AS v SET {until} = d.{until}, {outdated} = d.{outdated} FROM {delta} AS d"
        f" WHERE d.{action} = '{_CHANGE}' AND {same}"
    )
    session.run(f"DELETE FROM {versions} AS v USING {delta} AS d WHERE d.{action} = '{_REMOVE}' AND {same}")
    names = sf.name_list([*stored.columns, *_IDENTITY, VALID_TO, OUTDATED])
    session.run(
        f"INSERT INTO {versions} ({names}) SELECT {names} FROM {delta} WHERE {action} = '{_BEGIN}'"
    )


_TYPES = {VALID_TO: "varchar", OUTDATED: "varchar"}


def _before(table: str) -> str:
    return identifier(f"versions of {table} before")
