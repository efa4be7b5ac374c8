"""The source database, read in one consistent snapshot."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import pyarrow as pa

from streamvision.domain.contract import Contract


@dataclass(frozen=True)
class SourceColumn:
    """Describe a column as the source's catalogue has it; the type is in the contracts' short form."""

    name: str
    type: str
    nullable: bool


class Snapshot(Protocol):
    """Show every table of the source as it was at one moment.

    Attributes:
        id: the database's own name of the snapshot.
        source_id: which cluster and database this is, without address or secret.
        taken_at: when it was taken, by the source's clock, UTC.

    """

    id: str
    source_id: str
    taken_at: datetime

    def columns(self, contract: Contract) -> Sequence[SourceColumn]:
        """Return the columns of a table, in catalogue order; none where there is no such table."""
        ...

    def estimated_rows(self, contract: Contract) -> int:
        """Return about how many rows a table has, for progress only."""
        ...

    def read(self, contract: Contract, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a table in batches of bounded size, in the types of `schema`.

        Raises:
            SourceError: when a value does not fit its type exactly.
            SourceUnreachableError: when the connection is lost.

        """
        ...


class Source(Protocol):
    """Open snapshots of the source."""

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """Open a snapshot; it holds one read-only transaction until it is closed.

        Raises:
            SourceUnreachableError: when the server does not answer.

        """
        ...

    def version(self) -> str:
        """Return the server's version, having asked it.

        Raises:
            SourceUnreachableError: when the server does not answer.

        """
        ...
