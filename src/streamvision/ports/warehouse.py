"""The warehouse: takes batches whole, keeps account of them, and shows what passed."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

from streamvision.domain.basis import BuildStart
from streamvision.domain.batch import Batch, FileFormat
from streamvision.domain.changes import Mode
from streamvision.domain.contract import Contract
from streamvision.domain.decision import Action, ChosenRows, Decision
from streamvision.ports.marts import Publication
from streamvision.ports.transformer import BuildPlace, BuildProgress


@dataclass(frozen=True)
class IncomingFile:
    """Name one file of a batch: its key in the lake and where it can be read now."""

    key: str
    path: Path
    rows: int


@dataclass(frozen=True)
class IncomingTable:
    """Hold one table's part of a batch, verified and ready to be loaded.

    Attributes:
        contract: with the columns that the files have; a table's columns may differ between batches.
        mode: whether the files hold the whole table, or what changed since the batch before.
        quarantined_because: why every row goes to quarantine; empty where each is judged by itself.

    """

    contract: Contract
    format: FileFormat
    files: tuple[IncomingFile, ...]
    extracted_bytes: int
    manifest_sha256: str
    mode: Mode = "snapshot"
    quarantined_because: str = ""

    @property
    def rows(self) -> int:
        """Return the rows in all files."""
        return sum(file.rows for file in self.files)


@dataclass(frozen=True)
class IncomingBatch:
    """Hold a whole batch. Tables come after those that they refer to."""

    batch: Batch
    source_id: str
    snapshot_at: datetime
    tables: tuple[IncomingTable, ...]


@dataclass(frozen=True)
class TableAccount:
    """Account for one table of one batch: extracted = loaded + quarantined."""

    batch_id: str
    table: str
    extracted_rows: int
    loaded_rows: int
    quarantined_rows: int
    extracted_bytes: int
    manifest_sha256: str
    source_id: str
    snapshot_at: datetime
    loaded_at: datetime
    run_id: str
    mode: Mode = "snapshot"

    @property
    def balances(self) -> bool:
        """Tell whether every row that was extracted is loaded or in quarantine."""
        return self.extracted_rows == self.loaded_rows + self.quarantined_rows


@dataclass(frozen=True)
class CountedRows:
    """Count the rows of one table of one batch that are there, whatever its account says."""

    loaded: int = 0
    quarantined: int = 0


RowStatus = Literal["open", "released", "dropped"]
"""What was decided about a row in quarantine: nothing yet, that it is loaded, or that it never will be."""


@dataclass(frozen=True)
class QuarantinedRow:
    """Show one row that broke its contract, whole, with what it broke."""

    batch_id: str
    table: str
    rule: str
    reason: str
    source_file: str
    source_row: int
    row: Mapping[str, object]
    status: RowStatus = "open"
    decision_id: str | None = None


@dataclass(frozen=True)
class QuarantineGroup:
    """Count the rows of one table of a batch that broke the same rule and had the same decision."""

    batch_id: str
    table: str
    rule: str
    reason: str
    rows: int
    status: RowStatus = "open"
    decision_id: str | None = None


@dataclass(frozen=True)
class AppliedDecision:
    """Tell of a decision on rows in quarantine and what came of it."""

    decision_id: str
    action: Action
    after_batch: str
    reason: str
    run_id: str
    decided_at: datetime
    rows_chosen: int
    rows_loaded: int
    rows_still_broken: int


@dataclass(frozen=True)
class DecidedRows:
    """Count what became of the rows of one table that a decision chose."""

    table: str
    chosen: int
    loaded: int
    still_broken: int


KeepQuarantined = Callable[[str, Path], None]
"""Take a table's name and a file of its rows that broke their contract."""


@dataclass(frozen=True)
class TableState:
    """Show what a batch made of one table, before its transaction ends.

    Attributes:
        is_refused: whether every row went to quarantine because of what the table is.
        broken: the rules that rows broke, the most rows first.
        current_rows: the rows that the table has now.
        rows_before: those that it had after the batch before; None where there is none of it.
        age_seconds: from the newest value of the column that tells of freshness to the picture of the source;
            None where no such column is asked for, or it has no value up to then.

    """

    contract: Contract
    account: TableAccount
    is_refused: bool
    broken: tuple[QuarantineGroup, ...]
    current_rows: int
    rows_before: int | None
    age_seconds: float | None


@dataclass(frozen=True)
class Outcome:
    """Tell whether a table is what its contract expects of it as a whole, after a batch."""

    batch_id: str
    table: str
    expectation: str
    observed: str
    expected: str
    holds: bool

    @property
    def told(self) -> str:
        """Return the sentence that tells of it where it does not hold."""
        return f"{self.table}: {self.expectation} is {self.observed}, expected {self.expected}"


@dataclass(frozen=True)
class Right:
    """Tell of something that a run must be allowed to do.

    Attributes:
        what: who must be allowed what.
        refused_because: what the engine said; empty where it is allowed.
        mend: what gives the right.

    """

    what: str
    refused_because: str = ""
    mend: str = ""


Judge = Callable[[Sequence[TableState]], Sequence[Outcome]]
"""Return what is to be recorded of the tables of a batch; an error that it raises is the load's."""


def expect_nothing(_states: Sequence[TableState]) -> Sequence[Outcome]:
    """Take any batch."""
    return ()


class Warehouse(Protocol):
    """Take batches and keep account. Every method raises WarehouseError when the engine refuses."""

    def accounts(self) -> Sequence[TableAccount]:
        """Return the account of every table of every batch loaded, oldest first."""
        ...

    def counted(self) -> Mapping[tuple[str, str], CountedRows]:
        """Count, by batch and table, the rows in RAW and those in quarantine that were not released."""
        ...

    def load(
        self,
        incoming: IncomingBatch,
        *,
        run_id: str,
        loaded_at: datetime,
        keep_quarantined: KeepQuarantined,
        judge: Judge = expect_nothing,
    ) -> Sequence[TableAccount]:
        """Load a batch in one transaction: all of its tables with their accounts, or nothing.

        A row that breaks its contract goes to quarantine instead of RAW. Before the transaction ends,
        `keep_quarantined` is handed, per table that has such rows, a Parquet file of them; and `judge` is
        shown every table as the batch leaves it. What it returns is recorded; where it raises, nothing of
        the batch is loaded.

        Beside RAW stand the versions of each row. A snapshot replaces the current rows of its table; changes
        are done to them in their order, and the rows of a cursor take the places of those with their keys.
        Of changes to one row only the last is held against other rows; where one is in quarantine, the
        version before stays current.

        Raises:
            WarehouseError: when a row is neither loaded nor quarantined.

        """
        ...

    def outcomes(self, batch_id: str) -> Sequence[Outcome]:
        """Return what came of the expectations of a batch's tables."""
        ...

    def forget_from(self, batch: Batch) -> Sequence[str]:
        """Take back a batch and all after it, in one transaction, as if they had never been loaded.

        What was decided since on rows in quarantine is taken back too; where it was decided on rows of an
        earlier batch, that one and those after it are. The next load brings them back.

        Returns:
            The batches that were taken back.

        """
        ...

    def anew(self) -> AbstractContextManager["Warehouse"]:
        """Lend an empty warehouse, which takes this one's place when the block ends without an error."""
        ...

    def quarantine_groups(self, status: RowStatus | None = "open") -> Sequence[QuarantineGroup]:
        """Return how many rows are in quarantine, by batch, table and rule.

        Args:
            status: only rows about which this was decided; None for all that ever were there.

        """
        ...

    def quarantined_rows(
        self, table: str, *, limit: int, status: RowStatus | None = "open"
    ) -> Sequence[QuarantinedRow]:
        """Return rows of a table that are in quarantine, newest batch first.

        Args:
            table: the table.
            limit: how many rows at the most.
            status: only rows about which this was decided; None for all that ever were there.

        """
        ...

    def open_rows(
        self, *, table: str | None = None, batch_id: str | None = None, rule: str | None = None
    ) -> Sequence[ChosenRows]:
        """Return where the open rows are: all, or those of a table, of a batch, or that broke a rule."""
        ...

    def decisions(self) -> Sequence[AppliedDecision]:
        """Return the decisions on rows in quarantine that were applied, in their order."""
        ...

    def release(
        self, decision: Decision, batches: Sequence[IncomingBatch], *, released_at: datetime
    ) -> Sequence[DecidedRows]:
        """Hold chosen rows against their contract again, and load those that pass, in one transaction.

        A row that passes counts as loaded in the account of its own batch; one that does not stays open, with
        what it breaks now. Where the source has told of a row anew since, and be it in quarantine, the row
        goes to RAW alone; else it becomes current, from the decision's `after_batch` on. A decision that was
        applied is not applied again.

        Args:
            decision: chooses the rows; those among them that are not open are left alone.
            batches: the batches that they are of, with the tables and files concerned.
            released_at: the moment at which they are loaded.

        """
        ...

    def drop(self, decision: Decision) -> Sequence[DecidedRows]:
        """Close chosen rows without loading them; a decision that was applied is not applied again."""
        ...

    def columns(self) -> Sequence[tuple[str, str, str]]:
        """Return table, column and type of what the models read of the source's tables, in one order."""
        ...

    def basis(self) -> str | None:
        """Return what the build that readers are shown was said to be made from; None where there is none."""
        ...

    def begin_build(self, start: BuildStart | None = None) -> BuildPlace:
        """Return where the models are to be built: beside what readers are shown, which stays as it is.

        What a build before has left there, and nobody is shown, is removed: only what is built from now on
        can be recorded, and published.

        Args:
            start: what the build is to remember; where it has a window, the build begins with the tables of
                core that readers are shown. Without it, with nothing.

        """
        ...

    def build_place(self) -> BuildPlace:
        """Return where `begin_build` lets models be built, and change nothing there."""
        ...

    def keep_progress(self, progress: BuildProgress) -> None:
        """Keep how far the build has come that goes on."""
        ...

    def progress(self) -> BuildProgress | None:
        """Return what was kept of the build that goes on; None since it began, was recorded or published."""
        ...

    def record_build(self, batch_id: str, *, run_id: str, tested_at: datetime) -> None:
        """Note that what was built, from everything up to a batch, passed its tests.

        Raises:
            WarehouseError: when there are no marts in it.

        """
        ...

    def tested_batch(self) -> str | None:
        """Return the newest batch in the build that passed its tests; None after a failed build."""
        ...

    def publish(self, *, run_id: str, published_at: datetime) -> Publication:
        """Show core and marts of the build that passed its tests to readers, in one step.

        A build that they are shown already stays as it was published; who reads the one before may go on.

        Raises:
            WarehouseError: when no build has passed its tests.

        """
        ...

    def published(self) -> Publication | None:
        """Return what readers are shown; None where nothing is."""
        ...

    def rights(self) -> Sequence[Right]:
        """Try what a run must be allowed to do, and leave nothing behind; none where no rights are kept."""
        ...

    def version(self) -> str:
        """Return the engine's name and version."""
        ...
