"""Shows what a batch made of each table in Snowflake, and records what came of its expectations."""

from collections.abc import Sequence

import duckdb

from streamvision.adapters.warehouse.duckdb.judging import broken_rules
from streamvision.adapters.warehouse.duckdb.tables import VALID_FROM, VALID_TO
from streamvision.adapters.warehouse.snowflake.connection import Session
from streamvision.adapters.warehouse.snowflake.sql_text import identifier, literal, upper
from streamvision.adapters.warehouse.snowflake.tables import Place, RawTables
from streamvision.domain.batch import Batch
from streamvision.domain.contract import Contract
from streamvision.ports.warehouse import (
    IncomingBatch,
    IncomingTable,
    Outcome,
    TableAccount,
    TableState,
)

_MOST_ROWS = 200
"""In one statement, so that its text stays short."""
_UNTIL, _SINCE = identifier(VALID_TO), identifier(VALID_FROM)


def states_of(
    session: Session,
    bench: duckdb.DuckDBPyConnection,
    place: Place,
    tables: RawTables,
    incoming: IncomingBatch,
    accounts: Sequence[TableAccount],
) -> list[TableState]:
    """Return the tables of a batch as it leaves them, inside the transaction that loads it."""
    return [
        _state(session, bench, place, tables, incoming, table, account)
        for table, account in zip(incoming.tables, accounts, strict=True)
    ]


def record(session: Session, place: Place, outcomes: Sequence[Outcome]) -> None:
    """Record what came of a batch's expectations."""
    _insert(
        session,
        place.expectations,
        ("?",) * 6,
        [
            (each.batch_id, each.table, each.expectation, each.observed, each.expected, each.holds)
            for each in outcomes
        ],
    )


def record_accounts(session: Session, place: Place, batch: Batch, accounts: Sequence[TableAccount]) -> None:
    """Record the accounts of a batch's tables."""
    moment = "CAST(? AS TIMESTAMP_TZ(6))"
    _insert(
        session,
        place.batches,
        ("?", "?", "CAST(? AS DATE)", *("?",) * 6, moment, moment, "?", "?"),
        [
            (
                each.batch_id, each.table, batch.day.isoformat(), each.extracted_rows, each.loaded_rows,
                each.quarantined_rows, each.extracted_bytes, each.manifest_sha256, each.source_id,
                each.snapshot_at.isoformat(), each.loaded_at.isoformat(), each.run_id, each.mode,
            )
            for each in accounts
        ],
    )  # fmt: skip


def _insert(session: Session, table: str, row: Sequence[str], values: Sequence[tuple[object, ...]]) -> None:
    for first in range(0, len(values), _MOST_ROWS):
        some = values[first : first + _MOST_ROWS]
        rows = " UNION ALL ".join([f"SELECT {', '.join(row)}"] * len(some))
        session.run(f"INSERT INTO {table} {rows}", [value for each in some for value in each])


def _state(
    session: Session,
    bench: duckdb.DuckDBPyConnection,
    place: Place,
    tables: RawTables,
    incoming: IncomingBatch,
    table: IncomingTable,
    account: TableAccount,
) -> TableState:
    contract = table.contract
    current, before = _rows(session, place, contract, incoming.batch) if contract.volume else (0, None)
    return TableState(
        contract=contract,
        account=account,
        is_refused=bool(table.quarantined_because),
        broken=broken_rules(bench, account) if account.quarantined_rows else (),
        current_rows=current,
        rows_before=before,
        age_seconds=_age_seconds(session, place, tables, contract, incoming),
    )


def _rows(session: Session, place: Place, contract: Contract, batch: Batch) -> tuple[int, int | None]:
    """Return the current rows, and those that were current before the batch."""
    this = literal(batch.id)
    ((current, before),) = session.rows(
        f"SELECT COUNT(CASE WHEN {_UNTIL} IS NULL THEN 1 END),"
        f" COUNT(CASE WHEN {_SINCE} <> {this} AND ({_UNTIL} IS NULL OR {_UNTIL} = {this}) THEN 1 END)"
        f" FROM {place.versions(contract.table)}"
    )
    known = session.rows(
        f"SELECT 1 FROM {place.batches} WHERE TABLE_NAME = ? AND BATCH_ID <> ? LIMIT 1",
        [contract.table, batch.id],
    )
    return int(str(current)), int(str(before)) if known else None


def _age_seconds(
    session: Session, place: Place, tables: RawTables, contract: Contract, incoming: IncomingBatch
) -> float | None:
    """Return the age of the newest value that is not of a time to come, which says nothing of how fresh."""
    expected = contract.freshness
    kept = tables.columns(contract.table)
    if expected is None or upper(expected.column) not in kept:
        return None
    moment = f"CAST({literal(incoming.snapshot_at.isoformat())} AS TIMESTAMP_TZ(6))"
    name = identifier(expected.column)
    # The type may have become text, where the source's did.
    cast = "TRY_CAST" if kept[upper(expected.column)] == "VARCHAR" else "CAST"
    value = f"{cast}({name} AS TIMESTAMP_TZ(6))"
    ((age,),) = session.rows(
        f"SELECT DATEDIFF('microsecond', MAX(IFF({value} <= {moment}, {value}, NULL)), {moment})"
        f" FROM {place.versions(contract.table)} WHERE {_UNTIL} IS NULL"
    )
    return None if age is None else int(str(age)) / 1_000_000
