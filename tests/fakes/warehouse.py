"""A warehouse in memory."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from streamvision.domain.basis import BuildStart
from streamvision.domain.batch import Batch
from streamvision.domain.contract import Contract
from streamvision.domain.decision import ChosenRows, Decision
from streamvision.domain.errors import WarehouseError
from streamvision.ports.marts import Publication
from streamvision.ports.transformer import BuildPlace, BuildProgress
from streamvision.ports.warehouse import (
    AppliedDecision,
    CountedRows,
    DecidedRows,
    IncomingBatch,
    Judge,
    KeepQuarantined,
    Outcome,
    QuarantinedRow,
    QuarantineGroup,
    Right,
    RowStatus,
    TableAccount,
    expect_nothing,
)
from tests.fakes.judging import state_of
from tests.fakes.releasing import Told, place_of, ranges_of, release
from tests.fakes.versions import Versions, rows_of

_LOADED = ("raw", "incoming", "versions", "_accounts", "_quarantined", "_decisions", "_told", "_outcomes")
"""The attributes that hold what was loaded."""


class InMemoryWarehouse:
    """Keep batches of Parquet files in lists. Of a contract's rules it knows one: NULL where none may be.

    Attributes:
        raw: the rows loaded per table, as the files had them.
        versions: the versions of each table's rows.
        incoming: the batches loaded, as they came.
        has_marts: whether the build that was begun last has marts.
        lost: the rows that are left of those loaded, by batch and table, where somebody has removed some.

    """

    def __init__(self) -> None:
        """Begin empty."""
        self.raw: dict[str, list[Mapping[str, object]]] = {}
        self.incoming: list[IncomingBatch] = []
        self.versions: dict[str, Versions] = {}
        self.has_marts = True
        self.lost: dict[tuple[str, str], int] = {}
        self._accounts: list[TableAccount] = []
        self._quarantined: list[QuarantinedRow] = []
        self._decisions: list[AppliedDecision] = []
        self._outcomes: list[Outcome] = []
        self._told: list[Told] = []
        self._before: dict[str, dict[str, Any]] = {}
        self._tested: str | None = None
        self._progress: BuildProgress | None = None
        self._basis_shown: str | None = None
        self.start = BuildStart()
        self._tested_is_shown = False
        self._published: Publication | None = None

    def accounts(self) -> Sequence[TableAccount]:
        """Return the account of every table of every batch loaded, oldest first."""
        return sorted(self._accounts, key=attrgetter("batch_id", "table"))

    def counted(self) -> Mapping[tuple[str, str], CountedRows]:
        """Count, by batch and table, the rows in RAW and those in quarantine that were not released."""
        return {
            (account.batch_id, account.table): CountedRows(
                self.lost.get((account.batch_id, account.table), account.loaded_rows),
                account.quarantined_rows,
            )
            for account in self._accounts
        }

    def load(
        self,
        incoming: IncomingBatch,
        *,
        run_id: str,
        loaded_at: datetime,
        keep_quarantined: KeepQuarantined,
        judge: Judge = expect_nothing,
    ) -> Sequence[TableAccount]:
        """Load a batch: all of its tables with their accounts, or nothing."""
        batch = incoming.batch
        if any(account.batch_id == batch.id for account in self._accounts):
            raise WarehouseError(f"The warehouse refused: the batch {batch.id} is there already")
        accounts, good, bad, states = [], {}, [], []
        after: dict[str, Versions] = {}
        for table in incoming.tables:
            name = table.contract.table
            after[name] = deepcopy(self.versions.get(name, Versions()))
            good[name], broken = after[name].take(table, batch.id)
            account = TableAccount(
                batch.id, name, table.rows, len(good[name]), len(broken), table.extracted_bytes,
                table.manifest_sha256, incoming.source_id, incoming.snapshot_at, loaded_at, run_id,
                table.mode,
            )  # fmt: skip
            if not account.balances:
                raise WarehouseError("The account does not balance", where=f"table {name}")
            if broken:
                _hand_over(table.contract, broken, keep_quarantined)
            states.append(state_of(table, account, broken, self.versions.get(name), after[name].current))
            accounts.append(account)
            bad.extend(broken)
        outcomes = judge(states)
        self._before[batch.id] = deepcopy({name: getattr(self, name) for name in _LOADED})
        self.incoming.append(incoming)
        self._told += [
            Told(batch.id, table.contract.table, table.mode, [row for _, _, row in rows_of(table)])
            for table in incoming.tables
        ]
        for name, rows in good.items():
            self.raw.setdefault(name, []).extend(rows)
        self.versions |= after
        self._accounts += accounts
        self._quarantined += bad
        self._outcomes += outcomes
        return accounts

    def outcomes(self, batch_id: str) -> Sequence[Outcome]:
        """Return what came of the expectations of a batch's tables."""
        found = [outcome for outcome in self._outcomes if outcome.batch_id == batch_id]
        return sorted(found, key=attrgetter("table", "expectation"))

    def forget_from(self, batch: Batch) -> Sequence[str]:
        """Go back to what was there before a batch, or before the first whose rows were decided on since."""
        first = batch.id
        while decided := [row.batch_id for row in self._quarantined if self._was_decided_since(row, first)]:
            first = min(decided)
        forgotten = sorted(batch_id for batch_id in self._before if batch_id >= first)
        for name, value in self._before[forgotten[0]].items() if forgotten else ():
            setattr(self, name, value)
        for batch_id in forgotten:
            del self._before[batch_id]
        return forgotten

    @contextmanager
    def anew(self) -> Iterator["InMemoryWarehouse"]:
        """Lend an empty warehouse, which takes this one's place when the block ends without an error."""
        fresh = InMemoryWarehouse()
        yield fresh
        for name in (*_LOADED, "_before"):
            setattr(self, name, getattr(fresh, name))

    def _was_decided_since(self, row: QuarantinedRow, batch_id: str) -> bool:
        after = {each.decision_id: each.after_batch for each in self._decisions}
        return row.batch_id < batch_id <= after.get(row.decision_id or "", "")

    def quarantine_groups(self, status: RowStatus | None = "open") -> Sequence[QuarantineGroup]:
        """Return how many rows are in quarantine, by batch, table and rule."""

        def by_rule(row: QuarantinedRow) -> tuple[str, str, str, RowStatus, str]:
            return row.batch_id, row.table, row.rule, row.status, row.decision_id or ""

        groups = groupby(sorted(self._with_status(status), key=by_rule), key=by_rule)
        listed = [(key, list(rows)) for key, rows in groups]
        return [
            QuarantineGroup(*key[:3], rows[0].reason, len(rows), rows[0].status, rows[0].decision_id)
            for key, rows in listed
        ]

    def quarantined_rows(
        self, table: str, *, limit: int, status: RowStatus | None = "open"
    ) -> Sequence[QuarantinedRow]:
        """Return rows of a table that are in quarantine, newest batch first."""
        rows = [row for row in self._with_status(status) if row.table == table]
        rows.sort(key=attrgetter("source_file", "source_row"))
        rows.sort(key=attrgetter("batch_id"), reverse=True)
        return rows[:limit]

    def open_rows(
        self, *, table: str | None = None, batch_id: str | None = None, rule: str | None = None
    ) -> Sequence[ChosenRows]:
        """Return where the rows are about which nothing was decided, each by itself."""
        rows = [
            row
            for row in self._with_status("open")
            if row.table == (table or row.table)
            and row.batch_id == (batch_id or row.batch_id)
            and row.rule == (rule or row.rule)
        ]
        by_file = attrgetter("table", "batch_id", "source_file")
        rows.sort(key=attrgetter("table", "batch_id", "source_file", "source_row"))
        return [
            ChosenRows(*file, ranges_of(row.source_row for row in found))
            for file, found in groupby(rows, key=by_file)
        ]

    def decisions(self) -> Sequence[AppliedDecision]:
        """Return the decisions on rows in quarantine that were applied, in their order."""
        return sorted(self._decisions, key=attrgetter("decision_id"))

    def release(
        self, decision: Decision, batches: Sequence[IncomingBatch], *, released_at: datetime
    ) -> Sequence[DecidedRows]:
        """Hold chosen rows against their contract again, and load those that pass."""
        del released_at
        if self._was_applied(decision):
            return []
        chosen = self._chosen(decision)
        good: list[QuarantinedRow] = []
        for batch in sorted(batches, key=attrgetter("batch")):
            for table in batch.tables:
                name = table.contract.table
                mine = [row for row in chosen if (row.batch_id, row.table) == (batch.batch.id, name)]
                versions = self.versions.setdefault(name, Versions())
                raw, broken = release(versions, table, mine, self._told, decision.after_batch)
                self.raw.setdefault(name, []).extend(raw)
                passed = [row for row in mine if place_of(row) not in broken]
                good += passed
                self._replace(mine, lambda row, broken=broken: broken.get(place_of(row), row))  # type: ignore[misc] # mypy cannot infer a lambda's default
                self._move(batch.batch.id, name, len(passed))
        self._replace(good, lambda row: replace(row, status="released", decision_id=decision.decision_id))
        return self._note(decision, chosen, good)

    def drop(self, decision: Decision) -> Sequence[DecidedRows]:
        """Close chosen rows without loading them."""
        if self._was_applied(decision):
            return []
        chosen = self._chosen(decision)
        self._replace(chosen, lambda row: replace(row, status="dropped", decision_id=decision.decision_id))
        return self._note(decision, chosen, [])

    def _with_status(self, status: RowStatus | None) -> list[QuarantinedRow]:
        return [row for row in self._quarantined if row.status == (status or row.status)]

    def _was_applied(self, decision: Decision) -> bool:
        return any(each.decision_id == decision.decision_id for each in self._decisions)

    def _chosen(self, decision: Decision) -> list[QuarantinedRow]:
        ranges = {(each.table, each.batch_id, each.source_file): each.ranges for each in decision.rows}
        return [
            row
            for row in self._with_status("open")
            for first, last in ranges.get((row.table, row.batch_id, row.source_file), ())
            if first <= row.source_row <= last
        ]

    def _replace(
        self, rows: Sequence[QuarantinedRow], new: Callable[[QuarantinedRow], QuarantinedRow]
    ) -> None:
        places = {(row.table, *place_of(row)) for row in rows}
        self._quarantined = [
            new(row) if (row.table, *place_of(row)) in places else row for row in self._quarantined
        ]

    def _move(self, batch_id: str, table: str, rows: int) -> None:
        self._accounts = [
            replace(
                account,
                loaded_rows=account.loaded_rows + rows,
                quarantined_rows=account.quarantined_rows - rows,
            )
            if (account.batch_id, account.table) == (batch_id, table)
            else account
            for account in self._accounts
        ]

    def _note(
        self, decision: Decision, chosen: Sequence[QuarantinedRow], good: Sequence[QuarantinedRow]
    ) -> list[DecidedRows]:
        of, passed = Counter(row.table for row in chosen), Counter(row.table for row in good)
        is_drop = decision.action == "drop"
        decided = [
            DecidedRows(table, of[table], passed[table], 0 if is_drop else of[table] - passed[table])
            for table in sorted(of)
        ]
        self._decisions.append(
            AppliedDecision(
                decision.decision_id,
                decision.action,
                decision.after_batch,
                decision.reason,
                decision.run_id,
                decision.decided_at,
                len(chosen),
                len(good),
                sum(each.still_broken for each in decided),
            )
        )
        return decided

    def columns(self) -> Sequence[tuple[str, str, str]]:
        """Return the columns of each table that a batch brought, with their types."""
        contracts = {t.contract.table: t.contract for each in self.incoming for t in each.tables}
        return [(name, c.name, str(c.type)) for name in sorted(contracts) for c in contracts[name].columns]

    def basis(self) -> str | None:
        """Return what the build that is shown was made from."""
        return self._basis_shown

    def begin_build(self, start: BuildStart | None = None) -> BuildPlace:
        """Forget the build before."""
        self._tested, self._tested_is_shown, self._progress = None, False, None
        self.start = start or BuildStart()
        return self.build_place()

    def build_place(self) -> BuildPlace:
        """Return no place in particular."""
        return BuildPlace("memory", "memory", {})

    def record_build(self, batch_id: str, *, run_id: str, tested_at: datetime) -> None:  # noqa: ARG002 - the port's
        """Note that what was built, from everything up to a batch, passed its tests."""
        if not self.has_marts:
            raise WarehouseError("There are no marts to publish")
        self._tested, self._tested_is_shown, self._progress = batch_id, False, None

    def keep_progress(self, progress: BuildProgress) -> None:
        """Keep how far the build has come."""
        self._progress = progress

    def progress(self) -> BuildProgress | None:
        """Return how far it has come."""
        return self._progress

    def tested_batch(self) -> str | None:
        """Return the newest batch in the build that passed its tests; None after a failed build."""
        return self._tested

    def publish(self, *, run_id: str, published_at: datetime) -> Publication:
        """Show the build that passed to readers."""
        if self._tested is None:
            raise WarehouseError("There are no marts to publish")
        if self._published is None or not self._tested_is_shown:
            day = date.fromisoformat(self._tested)
            self._published = Publication(self._tested, day, published_at, run_id)
            self._basis_shown = self.start.basis or None
            self._tested_is_shown = True
        return self._published

    def published(self) -> Publication | None:
        """Return what readers are shown; None where nothing is."""
        return self._published

    def rights(self) -> Sequence[Right]:
        """Return nothing."""
        return ()

    def version(self) -> str:
        """Return a name and version."""
        return "InMemory 1"


def _hand_over(
    contract: Contract, broken: Sequence[QuarantinedRow], keep_quarantined: KeepQuarantined
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{contract.table}.parquet"
        rows = [dict(row.row) | {"_rule": row.rule, "_reason": row.reason} for row in broken]
        pq.write_table(pa.Table.from_pylist(rows), path)
        keep_quarantined(contract.table, path)
