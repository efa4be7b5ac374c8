"""Shows what a batch made of each table, and records what came of its contract's expectations."""

from collections.abc import Sequence
from typing import Any

import duckdb

from streamvision.adapters.warehouse.duckdb.sql_text import identifier, literal
from streamvision.adapters.warehouse.duckdb.tables import VALID_FROM, VALID_TO, stored_columns, versions_of
from streamvision.domain.batch import Batch
from streamvision.domain.contract import Contract
from streamvision.ports.warehouse import (
    IncomingBatch,
    IncomingTable,
    Outcome,
    QuarantineGroup,
    TableAccount,
    TableState,
)


def states_of(
    connection: duckdb.DuckDBPyConnection, incoming: IncomingBatch, accounts: Sequence[TableAccount]
) -> list[TableState]:
    """Return the tables of a batch as it leaves them, inside the transaction that loaded it."""
    return [
        _state(connection, incoming, table, account)
        for table, account in zip(incoming.tables, accounts, strict=True)
    ]


def record(connection: duckdb.DuckDBPyConnection, batch: Batch, outcomes: Sequence[Outcome]) -> None:
    """Record what came of a batch's expectations, in the place of what was recorded of it before."""
    connection.execute("delete from ops.expectations where batch_id = $batch", {"batch": batch.id})
    for each in outcomes:
        connection.execute(
            "insert into ops.expectations values ($1, $2, $3, $4, $5, $6)",
            [each.batch_id, each.table, each.expectation, each.observed, each.expected, each.holds],
        )


def _state(
    connection: duckdb.DuckDBPyConnection,
    incoming: IncomingBatch,
    table: IncomingTable,
    account: TableAccount,
) -> TableState:
    contract = table.contract
    current, before = _rows(connection, contract, incoming.batch) if contract.volume else (0, None)
    return TableState(
        contract=contract,
        account=account,
        is_refused=bool(table.quarantined_because),
        broken=broken_rules(connection, account) if account.quarantined_rows else (),
        current_rows=current,
        rows_before=before,
        age_seconds=_age_seconds(connection, contract, incoming),
    )


def broken_rules(connection: duckdb.DuckDBPyConnection, account: TableAccount) -> tuple[QuarantineGroup, ...]:
    """Return the rules that rows of a table of a batch broke, the most rows first."""
    rows = connection.execute(
        "select batch_id, table_name, rule, min(reason), count(*) from quarantine.rows"
        " where batch_id = $batch and table_name = $table group by all order by count(*) desc, rule",
        {"batch": account.batch_id, "table": account.table},
    ).fetchall()
    return tuple(QuarantineGroup(*row) for row in rows)


def _rows(connection: duckdb.DuckDBPyConnection, contract: Contract, batch: Batch) -> tuple[int, int | None]:
    """Return the current rows, and those that were current before the batch."""
    current, before, known = _one(
        connection,
        f"select count(*) filter ({VALID_TO} is null),"
        f" count(*) filter ({VALID_FROM} <> $batch and ({VALID_TO} is null or {VALID_TO} = $batch)),"
        " exists (select 1 from ops.batches where table_name = $table and batch_id <> $batch)"
        f" from {versions_of(contract.table)}",
        {"batch": batch.id, "table": contract.table},
    )
    return current, before if known else None


def _age_seconds(
    connection: duckdb.DuckDBPyConnection, contract: Contract, incoming: IncomingBatch
) -> float | None:
    """Return the age of the newest value that is not of a time to come, which says nothing of how fresh."""
    expected = contract.freshness
    if expected is None or expected.column not in stored_columns(connection, contract.table):
        return None
    moment = f"timestamptz {literal(incoming.snapshot_at.isoformat())}"
    # The type may have become text, where the source's did.
    value = f"try_cast({identifier(expected.column)} as timestamptz)"
    (age,) = _one(
        connection,
        f"select epoch({moment}) - epoch(max({value}) filter ({value} <= {moment} and isfinite({value})))"
        f" from {versions_of(contract.table)} where {VALID_TO} is null",
        {},
    )
    return None if age is None else float(age)


def _one(connection: duckdb.DuckDBPyConnection, query: str, parameters: dict[str, object]) -> tuple[Any, ...]:
    row = connection.execute(query, parameters).fetchone()
    return row if row is not None else ()
