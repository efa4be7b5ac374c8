"""The warehouse: takes batches whole, keeps account of them, and shows what passed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from streamvision.domain.batch import Batch, FileFormat
from streamvision.domain.changes import Mode
from streamvision.domain.contract import Contract
from streamvision.ports.marts import Publication


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
class QuarantinedRow:
    """Show one row that broke its contract, whole, with what it broke."""

    batch_id: str
    table: str
    rule: str
    reason: str
    source_file: str
    source_row: int
    row: Mapping[str, object]


@dataclass(frozen=True)
class QuarantineGroup:
    """Count the rows of one table of a batch that broke the same rule."""

    batch_id: str
    table: str
    rule: str
    reason: str
    rows: int


KeepQuarantined = Callable[[str, Path], None]
"""Take a table's name and a file of its rows that broke their contract."""


class Warehouse(Protocol):
    """Take batches and keep account. Every method raises WarehouseError when the engine refuses."""

    def accounts(self) -> Sequence[TableAccount]:
        """Return the account of every table of every batch loaded, oldest first."""
        ...

    def load(
        self, incoming: IncomingBatch, *, run_id: str, loaded_at: datetime, keep_quarantined: KeepQuarantined
    ) -> Sequence[TableAccount]:
        """Load a batch in one transaction: all of its tables with their accounts, or nothing.

        A row that breaks its contract goes to quarantine instead of RAW. Before the transaction ends,
        `keep_quarantined` is handed, per table that has such rows, a Parquet file of them.

        Beside RAW stand the versions of each row. A snapshot replaces the current rows of its table; changes
        are done to them in their order, and the rows of a cursor take the places of those with their keys.
        Of changes to one row only the last is held against other rows; where one is in quarantine, the
        version before stays current.

        Raises:
            WarehouseError: when a row is neither loaded nor quarantined.

        """
        ...

    def quarantine_groups(self) -> Sequence[QuarantineGroup]:
        """Return how many rows are in quarantine, by batch, table and rule."""
        ...

    def quarantined_rows(self, table: str, *, limit: int) -> Sequence[QuarantinedRow]:
        """Return rows of a table that are in quarantine, newest batch first."""
        ...

    def forget_build(self) -> None:
        """Note that the marts are about to change and have not passed their tests."""
        ...

    def record_build(self, batch_id: str, *, run_id: str, tested_at: datetime) -> None:
        """Note that the marts, built from everything up to a batch, passed their tests."""
        ...

    def tested_batch(self) -> str | None:
        """Return the newest batch in the marts that passed their tests; None after a failed build."""
        ...

    def publish(self, batch_day: date, *, run_id: str, published_at: datetime) -> Publication:
        """Show the marts as they are now to readers, in one step."""
        ...

    def published(self) -> Publication | None:
        """Return what readers are shown; None where nothing is."""
        ...

    def version(self) -> str:
        """Return the engine's name and version."""
        ...
