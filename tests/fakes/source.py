"""A source in memory."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

import pyarrow as pa

from streamvision.domain.contract import Contract
from streamvision.domain.errors import SourceUnreachableError
from streamvision.ports.source import SourceColumn
from tests.fakes.building import SNAPSHOT_AT, Row, arrow_table


class InMemorySource:
    """Show the rows that a test gives it.

    Attributes:
        rows: the rows per table; a snapshot keeps those of the moment at which it was taken.
        catalogue: the columns of tables that are not what their contract says.
        missing: tables that are not there.
        opened: how many snapshots were taken.
        lost_after: how many batches of rows are read before the connection is lost; None for never.
        batch_rows: the rows in one batch.

    """

    def __init__(self, rows: Mapping[str, Sequence[Row]], *, batch_rows: int = 2) -> None:
        """Take the rows per table."""
        self.rows = dict(rows)
        self.catalogue: dict[str, Sequence[SourceColumn]] = {}
        self.missing: set[str] = set()
        self.opened = 0
        self.lost_after: int | None = None
        self.batch_rows = batch_rows

    @contextmanager
    def snapshot(self) -> Iterator["InMemorySnapshot"]:
        """Open a snapshot."""
        self.opened += 1
        yield InMemorySnapshot(self, f"snapshot-{self.opened}")

    def version(self) -> str:
        """Return a version."""
        return "InMemory 1"


class InMemorySnapshot:
    """Show every table as it was when the snapshot was opened."""

    def __init__(self, source: InMemorySource, name: str) -> None:
        """Keep what the source shows now."""
        self.id, self.source_id, self.taken_at = name, "memory-1-2", SNAPSHOT_AT
        self._source = source
        self._rows = {table: list(rows) for table, rows in source.rows.items()}

    id: str
    source_id: str
    taken_at: datetime

    def columns(self, contract: Contract) -> Sequence[SourceColumn]:
        """Return the columns of a table; none where there is no such table."""
        if contract.table in self._source.missing:
            return []
        agreed = [SourceColumn(column.name, column.type, column.nullable) for column in contract.columns]
        return self._source.catalogue.get(contract.table, agreed)

    def estimated_rows(self, contract: Contract) -> int:
        """Return how many rows a table has."""
        return len(self._rows.get(contract.table, ()))

    def read(self, contract: Contract, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a table in batches."""
        table = arrow_table(contract, self._rows.get(contract.table, ())).cast(schema)
        for batch in table.to_batches(max_chunksize=self._source.batch_rows):
            if self._source.lost_after is not None:
                if self._source.lost_after == 0:
                    raise SourceUnreachableError("The connection was lost", where=f"table {contract.table}")
                self._source.lost_after -= 1
            yield batch
