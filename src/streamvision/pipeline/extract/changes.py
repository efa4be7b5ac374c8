"""Reads what changed from the source's log into the lake, one durable segment after the other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from streamvision.domain.batch import Batch, FileFormat
from streamvision.domain.contract import Contract
from streamvision.domain.manifest import FileEntry
from streamvision.domain.segment import Segment, parse_segment, segment_key, segments_prefix
from streamvision.pipeline.extract.files import write_files
from streamvision.pipeline.extract.progress import Progress
from streamvision.ports.arrow_types import changes_schema
from streamvision.ports.lake import Lake
from streamvision.ports.source import ChangeLog, Covered, Snapshot

MOST_CHANGES = 1_000_000
"""The changes after which a segment ends, with the transaction that is being read."""
_BUFFERED_BYTES = 64 * 1024 * 1024
_BYTES_PER_ARRAY = 512


def segments_in(lake: Lake, batch: Batch) -> list[Segment]:
    """Return the segments that a run before has left of a batch, in order; a gap ends them."""
    found: list[Segment] = []
    for key in lake.keys(segments_prefix(batch)):
        if key != segment_key(batch, len(found)):
            break
        found.append(parse_segment(lake.get(key) or b"", key))
    return found


@dataclass
class _Buffers:
    """Hold changes per table until they are worth a file."""

    lake: Lake
    batch: Batch
    file_format: FileFormat
    parts: dict[str, int]
    progress: Progress
    waiting: dict[str, tuple[Contract, list[pa.RecordBatch]]] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    files: dict[str, list[FileEntry]] = field(default_factory=dict)
    told: dict[str, tuple[int, int]] = field(default_factory=dict)

    def take(self, contract: Contract, changes: pa.RecordBatch) -> None:
        table = contract.table
        self.waiting.setdefault(table, (contract, []))[1].append(changes)
        # Each array costs something, however few its rows are.
        size = changes.nbytes + _BYTES_PER_ARRAY * changes.num_columns
        self.sizes[table] = self.sizes.get(table, 0) + size
        rows, told = self.told.get(table, (0, 0))
        self.told[table] = (rows + changes.num_rows, told + changes.nbytes)
        self.progress.table_advanced(table, *self.told[table])
        while sum(self.sizes.values()) > _BUFFERED_BYTES:
            self.flush(max(self.sizes, key=self.sizes.__getitem__))

    def flush(self, table: str) -> None:
        contract, batches = self.waiting.pop(table)
        del self.sizes[table]
        first = self.parts.get(table, 0)
        entries = write_files(
            self.lake,
            lambda part: self.batch.file_key(table, first + part, self.file_format),
            iter(batches),
            changes_schema(contract),
            self.file_format,
        )
        self.parts[table] = first + len(entries)
        self.files.setdefault(table, []).extend(entries)


@dataclass(frozen=True)
class ChangeReader:
    """Read the changes of some tables up to a snapshot.

    Attributes:
        since: the snapshot of the batch before.
        check: raises when another run has taken over; called before a segment becomes durable.

    """

    log: ChangeLog
    snapshot: Snapshot
    lake: Lake
    batch: Batch
    file_format: FileFormat
    since: str
    check: Callable[[], None]
    progress: Progress
    most_changes: int = MOST_CHANGES

    def read(self, contracts: Sequence[Contract], done: Sequence[Segment]) -> list[Segment]:
        """Read segment after segment until nothing is left that the snapshot shows; return all of them.

        The log is let go of up to the end of a segment as soon as that is durable.

        Args:
            contracts: the tables whose changes are wanted.
            done: the segments that a run before has left.

        """
        for contract in contracts:
            self.progress.table_started(contract.table, 0, 0)
        segments = list(done)
        if segments:
            self.log.confirm(segments[-1].confirmable)
        is_last = False
        while not is_last:
            segment, is_last = self._next(contracts, segments)
            self.check()
            self.lake.put(segment_key(self.batch, segment.number), segment.to_json())
            self.log.confirm(segment.confirmable)
            segments.append(segment)
        return segments

    def _next(self, contracts: Sequence[Contract], done: Sequence[Segment]) -> tuple[Segment, bool]:
        parts = {contract.table: _parts(done, contract.table) for contract in contracts}
        buffers = _Buffers(self.lake, self.batch, self.file_format, parts, self.progress)
        position = done[-1].next_position if done else 0
        covered = [Covered(self.since), *(Covered(segment.visible, segment.end) for segment in done)]
        read = self.log.read(
            contracts,
            self.snapshot,
            buffers.take,
            covered=covered,
            first_position=position,
            most_changes=self.most_changes,
        )
        for table in sorted(buffers.waiting):
            buffers.flush(table)
        tables = tuple((c.table, tuple(buffers.files.get(c.table, ()))) for c in contracts)
        return Segment(
            number=len(done),
            visible=self.snapshot.visible,
            end=read.end,
            confirmable=read.confirmable,
            next_position=position + read.changes,
            log_name=self.log.name,
            tables=tables,
        ), read.is_last


def _parts(segments: Sequence[Segment], table: str) -> int:
    return sum(len(segment.files(table)) for segment in segments)
