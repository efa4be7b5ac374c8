"""Answers what is loaded, what is in quarantine, and what was decided about it."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from streamvision.adapters.warehouse.snowflake.connection import Session
from streamvision.adapters.warehouse.snowflake.sql_text import identifier, literal
from streamvision.adapters.warehouse.snowflake.tables import Place, RawTables
from streamvision.domain.decision import ChosenRows
from streamvision.ports.warehouse import (
    AppliedDecision,
    CountedRows,
    Outcome,
    QuarantinedRow,
    QuarantineGroup,
    RowStatus,
    TableAccount,
)


class Reading:
    """Read from one warehouse; where its tables are not there yet, it has no rows."""

    def __init__(self, session: Session, place: Place) -> None:
        """Take a session."""
        self._session, self._place = session, place

    def accounts(self) -> list[TableAccount]:
        """Return the account of every table of every batch loaded, oldest first."""
        rows = self._rows(
            "SELECT BATCH_ID, TABLE_NAME, EXTRACTED_ROWS, LOADED_ROWS, QUARANTINED_ROWS, EXTRACTED_BYTES,"
            " MANIFEST_SHA256, SOURCE_ID, SNAPSHOT_AT, LOADED_AT, RUN_ID, MODE"
            f" FROM {self._place.batches} ORDER BY BATCH_ID, TABLE_NAME"
        )
        return [TableAccount(*row) for row in rows]

    def counted(self) -> dict[tuple[str, str], CountedRows]:
        """Count, by batch and table, the rows in RAW and those in quarantine that were not released."""
        names = {
            table.upper(): table
            for (table,) in self._rows(f"SELECT DISTINCT TABLE_NAME FROM {self._place.batches}")
        }
        parts = [
            f"SELECT {identifier('_batch_id')} AS BATCH_ID, {literal(names.get(table.upper(), table))}"
            f" AS TABLE_NAME, COUNT(*) AS LOADED, 0 AS QUARANTINED FROM {self._place.raw(table)} GROUP BY 1"
            for table in RawTables(self._session, self._place).names
        ]
        parts.append(
            "SELECT BATCH_ID, TABLE_NAME, 0 AS LOADED, COUNT(*) AS QUARANTINED"
            f" FROM {self._place.quarantine} WHERE STATUS <> 'released' GROUP BY 1, 2"
        )
        rows = self._rows(
            f"SELECT BATCH_ID, TABLE_NAME, SUM(LOADED), SUM(QUARANTINED) FROM ({' UNION ALL '.join(parts)})"
            " GROUP BY 1, 2"
        )
        return {(batch_id, table): CountedRows(*map(int, found)) for batch_id, table, *found in rows}

    def columns(self) -> list[tuple[str, str, str]]:
        """Return table, column and type of the source's tables."""
        tables = RawTables(self._session, self._place)
        return [
            (name, column, type_) for name in tables.names for column, type_ in tables.columns(name).items()
        ]

    def outcomes(self, batch_id: str) -> list[Outcome]:
        """Return what came of the expectations of a batch's tables."""
        rows = self._rows(
            "SELECT BATCH_ID, TABLE_NAME, EXPECTATION, OBSERVED, EXPECTED, HOLDS"
            f" FROM {self._place.expectations} WHERE BATCH_ID = ? ORDER BY TABLE_NAME, EXPECTATION",
            [batch_id],
        )
        return [Outcome(*row) for row in rows]

    def quarantine_groups(self, status: RowStatus | None) -> list[QuarantineGroup]:
        """Return how many rows are in quarantine, by batch, table and rule."""
        rows = self._rows(
            "SELECT BATCH_ID, TABLE_NAME, RULE, MIN(REASON), COUNT(*), STATUS, DECISION_ID"
            f" FROM {self._place.quarantine}{_where(STATUS=status)}"
            " GROUP BY BATCH_ID, TABLE_NAME, RULE, STATUS, DECISION_ID"
            " ORDER BY BATCH_ID, TABLE_NAME, RULE, STATUS, DECISION_ID"
        )
        return [QuarantineGroup(*row) for row in rows]

    def quarantined_rows(self, table: str, limit: int, status: RowStatus | None) -> list[QuarantinedRow]:
        """Return rows of a table that are in quarantine, newest batch first."""
        rows = self._rows(
            "SELECT BATCH_ID, TABLE_NAME, RULE, REASON, SOURCE_FILE, SOURCE_ROW, ROW_VALUES, STATUS,"
            f" DECISION_ID FROM {self._place.quarantine}{_where(TABLE_NAME=table, STATUS=status)}"
            f" ORDER BY BATCH_ID DESC, SOURCE_FILE, SOURCE_ROW LIMIT {limit:d}"
        )
        return [
            QuarantinedRow(batch_id, name, rule, reason, file, int(number), json.loads(values), is_, decided)
            for batch_id, name, rule, reason, file, number, values, is_, decided in rows
        ]

    def open_rows(self, table: str | None, batch_id: str | None, rule: str | None) -> list[ChosenRows]:
        """Return where the open rows are."""
        chosen = _where(STATUS="open", TABLE_NAME=table, BATCH_ID=batch_id, RULE=rule)
        rows = self._rows(
            "SELECT TABLE_NAME, BATCH_ID, SOURCE_FILE, MIN(SOURCE_ROW), MAX(SOURCE_ROW) FROM"
            " (SELECT TABLE_NAME, BATCH_ID, SOURCE_FILE, SOURCE_ROW, SOURCE_ROW - ROW_NUMBER() OVER"
            " (PARTITION BY TABLE_NAME, BATCH_ID, SOURCE_FILE ORDER BY SOURCE_ROW) AS ISLAND"
            f" FROM {self._place.quarantine}{chosen})"
            " GROUP BY TABLE_NAME, BATCH_ID, SOURCE_FILE, ISLAND ORDER BY 1, 2, 3, 4"
        )
        return [
            ChosenRows(name, batch, file, tuple((int(first), int(last)) for *_, first, last in found))
            for (name, batch, file), found in groupby(rows, key=lambda row: row[:3])
        ]

    def decisions(self) -> list[AppliedDecision]:
        """Return the decisions on rows in quarantine that were applied, in their order."""
        rows = self._rows(
            "SELECT DECISION_ID, ACTION, AFTER_BATCH, REASON, RUN_ID, DECIDED_AT, ROWS_CHOSEN, ROWS_LOADED,"
            f" ROWS_STILL_BROKEN FROM {self._place.decisions} ORDER BY DECISION_ID"
        )
        return [AppliedDecision(*row) for row in rows]

    def _rows(self, query: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        found = self._session.rows_if_there(query, parameters)
        return [tuple(map(_plain, row)) for row in found]


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    """Return a moment without the server's own class for UTC."""
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def _where(**wanted: str | None) -> str:
    conditions = [f"{name} = {literal(value)}" for name, value in wanted.items() if value is not None]
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""
