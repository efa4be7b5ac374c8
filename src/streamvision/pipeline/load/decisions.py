"""Decides on rows in quarantine, and applies what was decided.

A decision is written to the lake before anything is done: so one that a kill has stopped is not forgotten,
and a warehouse that is made anew comes to the same rows.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime

from streamvision.domain.batch import Batch, batch_of
from streamvision.domain.contract import Contract
from streamvision.domain.decision import (
    DECISIONS_PREFIX,
    Action,
    Decision,
    id_from_key,
    key_of_decision,
    next_id,
    parse_decision,
)
from streamvision.domain.errors import ManifestError
from streamvision.pipeline.load.verify import verified_batch
from streamvision.ports.lake import Lake
from streamvision.ports.warehouse import DecidedRows, IncomingBatch, Warehouse


@dataclass(frozen=True)
class Choice:
    """Choose rows in quarantine: all of them, or those of a table, of a batch, or that broke a rule."""

    table: str | None = None
    batch_id: str | None = None
    rule: str | None = None


@dataclass(frozen=True)
class Decisions:
    """Hold what deciding and applying need.

    Attributes:
        contracts: those that were written; None where each table's follows from the batch itself.
        now: tells the time.

    """

    lake: Lake
    warehouse: Warehouse
    contracts: Sequence[Contract] | None
    now: Callable[[], datetime]

    def decide(
        self, action: Action, choice: Choice, *, reason: str, run_id: str
    ) -> tuple[Decision | None, Sequence[DecidedRows]]:
        """Decide on the rows that are chosen and still open, and apply it; there may be none.

        Raises:
            ManifestError: when an earlier decision, or a batch that rows are of, is damaged.

        """
        accounts = self.warehouse.accounts()
        pending = self.pending()
        for batch_id in sorted({account.batch_id for account in accounts}):
            self.apply_after(batch_of(batch_id), pending)
        rows = self.warehouse.open_rows(table=choice.table, batch_id=choice.batch_id, rule=choice.rule)
        if not rows:
            return None, []
        newest = accounts[-1]
        decision = Decision(
            decision_id=next_id(self._ids(), newest.batch_id),
            action=action,
            reason=reason,
            run_id=run_id,
            decided_at=self.now(),
            after_batch=newest.batch_id,
            source_id=newest.source_id,
            rows=tuple(rows),
        )
        self.lake.put(decision.key, decision.to_json())
        return decision, self._apply(decision)

    def pending(self) -> list[Decision]:
        """Return, in their order, the decisions that were not applied.

        Raises:
            ManifestError: when one of them is damaged.

        """
        applied = {each.decision_id for each in self.warehouse.decisions()}
        keys = [key_of_decision(each) for each in self._ids() if each not in applied]
        return [parse_decision(self.lake.get(key) or b"", key) for key in keys]

    def apply_after(self, batch: Batch, pending: Sequence[Decision]) -> None:
        """Apply those decisions that hold from a batch on, which is loaded.

        Raises:
            ManifestError: when a batch that rows are of is damaged.

        """
        for decision in pending:
            if decision.after_batch == batch.id:
                self._apply(decision)

    def _ids(self) -> list[str]:
        found = (id_from_key(key) for key in self.lake.keys(DECISIONS_PREFIX))
        return [each for each in found if each is not None]

    def _apply(self, decision: Decision) -> Sequence[DecidedRows]:
        self._check_source(decision)
        if decision.action == "drop":
            return self.warehouse.drop(decision)
        with ExitStack() as stack:
            batches = [
                self._concerned(stack, decision, batch_id)
                for batch_id in sorted({each.batch_id for each in decision.rows})
            ]
            return self.warehouse.release(decision, batches, released_at=self.now())

    def _concerned(self, stack: ExitStack, decision: Decision, batch_id: str) -> IncomingBatch:
        """Lend a batch with no more of it than the decision is about."""
        files = {each.source_file for each in decision.rows if each.batch_id == batch_id}
        whole = stack.enter_context(
            verified_batch(self.lake, batch_of(batch_id), self.contracts, source_id=decision.source_id)
        )
        tables = (
            replace(table, files=tuple(file for file in table.files if file.key in files))
            for table in whole.tables
        )
        return replace(whole, tables=tuple(table for table in tables if table.files))

    def _check_source(self, decision: Decision) -> None:
        accounts = self.warehouse.accounts()
        if accounts and accounts[-1].source_id != decision.source_id:
            raise ManifestError(
                f"A decision is about rows of another database ({decision.source_id}) than the warehouse has"
                f" ({accounts[-1].source_id})",
                where=decision.key,
                safe="the rows in quarantine stay as they are",
                next_command="give each source a lake and a warehouse of its own",
            )
