"""The step: every table, as one snapshot shows it, into the lake as the batch of a day."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from streamvision.domain.batch import Batch, FileFormat
from streamvision.domain.changes import Mode
from streamvision.domain.errors import SourceUnreachableError, WrongUseError
from streamvision.domain.manifest import (
    BatchManifest,
    FileEntry,
    TableManifest,
    check_source,
    digest,
    parse_batch_manifest,
)
from streamvision.domain.segment import Segment, segments_prefix
from streamvision.pipeline.extract.agreement import Agreed, agree
from streamvision.pipeline.extract.changes import MOST_CHANGES, ChangeReader, segments_in
from streamvision.pipeline.extract.derive import ContractsOf
from streamvision.pipeline.extract.modes import (
    Earlier,
    Extracting,
    batches_in,
    earlier,
    known_tables,
    log_continues,
    mode_of,
)
from streamvision.pipeline.extract.pictures import Picture, PictureReader
from streamvision.pipeline.extract.progress import Progress, Unheard
from streamvision.ports.arrow_types import cursor_schema, snapshot_schema
from streamvision.ports.lake import Lake
from streamvision.ports.source import ChangeLog, Snapshot, Source

THREADS = 2
"""How many pieces of tables are read at once: as many connections to the source, besides the first."""


@dataclass(frozen=True)
class Options:
    """Say how a source is to be read.

    Attributes:
        extracting: what is read where that is possible; `changes` needs a log.
        threads: how many pieces are read at once.
        most_changes: the changes after which a segment is made durable.

    """

    extracting: Extracting = "snapshot"
    file_format: FileFormat = "parquet"
    threads: int = THREADS
    most_changes: int = MOST_CHANGES


@dataclass(frozen=True)
class Extraction:
    """Tell what the step did.

    Attributes:
        is_new: False where the lake had the batch already; nothing was read then.
        notes: what people should hear of: columns that came or went, tables that had to be read whole.

    """

    batch: Batch
    is_new: bool
    tables: tuple[TableManifest, ...]
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Return the rows of all tables."""
        return sum(table.rows for table in self.tables)

    @property
    def size_bytes(self) -> int:
        """Return the size of all files."""
        return sum(table.size_bytes for table in self.tables)


def extract(  # noqa: PLR0913 - the step's ports, by name
    source: Source,
    lake: Lake,
    contracts_of: ContractsOf,
    batch: Batch,
    *,
    run_id: str,
    log: ChangeLog | None = None,
    options: Options = Options(),
    check: Callable[[], None] = lambda: None,
    progress: Progress | None = None,
) -> Extraction:
    """Carry all tables, as one snapshot shows them, into the lake.

    A table is read whole, or what changed in it since the batch before. Files come first, then each table's
    manifest, then the batch's own: until that is written the batch does not exist, and a later call goes on
    after the last durable segment of changes. A batch that exists is left as it is.

    Args:
        source: the database.
        lake: where its batch goes.
        batch: names the day.
        run_id: the run, for the manifest.
        options: how the source is to be read.
        progress: hears how the tables come along.
        contracts_of: returns the contracts of the tables that a snapshot shows.
        log: the source's log of changes; needed for `changes`.
        check: raises when another run has taken over; called before anything becomes durable.

    Raises:
        WrongUseError: when the lake has a later batch; the source no longer shows an earlier day.
        ContractError: when the source is not what the contracts say.
        SourceError, SourceUnreachableError, LakeError: as the ports say; no batch exists then.

    """
    content = lake.get(batch.manifest_key)
    if content is not None:
        manifest = parse_batch_manifest(content, batch)
        return Extraction(batch, is_new=False, tables=known_tables(lake, batch, manifest))
    batches = batches_in(lake)
    _refuse_an_earlier_day(batches, batch)
    making = _Making(
        source,
        lake,
        contracts_of,
        batch,
        run_id,
        log,
        options,
        check,
        progress or Unheard(),
        earlier(lake, batches),
    )
    return making.make()


@dataclass
class _Making:
    """Make one batch."""

    source: Source
    lake: Lake
    contracts_of: ContractsOf
    batch: Batch
    run_id: str
    log: ChangeLog | None
    options: Options
    check: Callable[[], None]
    progress: Progress
    before: Earlier | None
    continues: bool = False
    notes: list[str] = field(default_factory=list)

    def make(self) -> Extraction:
        with self.source.snapshot() as snapshot:
            if self.before is not None:
                expected = self.before.manifest.source_id
                check_source(self.batch, snapshot.source_id, expected, safe="nothing was extracted")
            agreed = agree(snapshot, self.contracts_of(snapshot))
        segments = self._segments()
        told = self._keep_log(agreed, segments)
        lockable = [each.contract for each in agreed if each.table.kind in {"table", "partitioned"}]
        with self.source.snapshot(lockable) as snapshot:
            agreed = self._agreed_again(snapshot, agreed)
            modes = {each.contract.table: self._mode(each, segments, told) for each in agreed}
            self._clean(agreed, segments)
            segments = self._read_changes(snapshot, agreed, modes, segments)
            files = self._read_pictures(snapshot, agreed, modes)
            tables = tuple(
                self._write_table(snapshot, each, modes[each.contract.table], segments, files)
                for each in agreed
            )
            self._write_batch(snapshot, tables, segments)
        for each in agreed:
            self.notes += each.notes
        return Extraction(self.batch, is_new=True, tables=tables, notes=tuple(self.notes))

    @property
    def _log(self) -> ChangeLog | None:
        return self.log if self.options.extracting == "changes" else None

    def _segments(self) -> list[Segment]:
        """Return what a killed run has left, if it was read from the same log."""
        if self._log is None:
            return []
        segments = segments_in(self.lake, self.batch)
        return segments if all(part.log_name == self._log.name for part in segments) else []

    def _keep_log(self, agreed: Sequence[Agreed], segments: list[Segment]) -> frozenset[str]:
        """See that the log is kept, and return the tables that it has told of since the batch before."""
        if self._log is None:
            return frozenset()
        position = self._log.position()
        wanted = [each.contract for each in agreed if not each.table.unlogged_because]
        self.continues = log_continues(self.before, segments, self._log.name, position)
        since = self.before.manifest.visible if self.before and self.continues else ""
        newly_told = self._log.keep(wanted, since=since)
        if not self.continues:
            segments.clear()
            if self.before is not None:
                self.notes.append(
                    "the source's log does not go back to the batch before: all tables are read whole"
                )
        return (
            frozenset(contract.table for contract in wanted) - newly_told if self.continues else frozenset()
        )

    def _agreed_again(self, snapshot: Snapshot, locked: Sequence[Agreed]) -> list[Agreed]:
        """Return the agreement as the snapshot has it.

        Raises:
            SourceUnreachableError: when a table has come since the tables were locked; a retry sees it.

        """
        agreed = agree(snapshot, self.contracts_of(snapshot))
        new = {each.contract.table for each in agreed} - {each.contract.table for each in locked}
        if new:
            raise SourceUnreachableError(
                f"Tables were made while the extraction began: {', '.join(sorted(new))}",
                where=f"batch {self.batch.id}",
                safe="no batch was made",
                next_command="run the same command again",
            )
        return agreed

    def _mode(self, each: Agreed, segments: Sequence[Segment], told: frozenset[str]) -> Mode:
        table = each.contract.table
        is_told = table in told and all(table in segment.wanted for segment in segments)
        return mode_of(each.contract, each.table, self.options.extracting, self.before, told=is_told)

    def _clean(self, agreed: Sequence[Agreed], segments: Sequence[Segment]) -> None:
        """Remove what a killed run has left, but for its segments, and the segments of the batch before."""
        kept = {entry.key for segment in segments for _, files in segment.tables for entry in files}
        tables = {each.contract.table for each in agreed}.union(*(segment.wanted for segment in segments))
        if self.before is not None:
            tables.update(self.before.tables)
            self._remove(segments_prefix(self.before.batch), set())
        for table in sorted(tables):
            self._remove(self.batch.table_prefix(table), kept)
        if not segments:
            self._remove(segments_prefix(self.batch), set())

    def _remove(self, prefix: str, kept: set[str]) -> None:
        for key in self.lake.keys(prefix):
            if key not in kept:
                self.lake.delete(key)

    def _read_changes(
        self,
        snapshot: Snapshot,
        agreed: Sequence[Agreed],
        modes: dict[str, Mode],
        segments: list[Segment],
    ) -> list[Segment]:
        contracts = [each.contract for each in agreed if modes[each.contract.table] == "changes"]
        if self._log is None or self.before is None or not self.continues:
            return segments
        reader = ChangeReader(
            log=self._log,
            snapshot=snapshot,
            lake=self.lake,
            batch=self.batch,
            file_format=self.options.file_format,
            since=self.before.manifest.visible,
            check=self.check,
            progress=self.progress,
            most_changes=self.options.most_changes,
        )
        return reader.read(contracts, segments)

    def _read_pictures(
        self, snapshot: Snapshot, agreed: Sequence[Agreed], modes: dict[str, Mode]
    ) -> dict[str, list[FileEntry]]:
        since = self.before.manifest.visible if self.before else ""
        pictures = []
        for each in agreed:
            mode = modes[each.contract.table]
            if mode == "cursor":
                pictures.append(Picture(each.contract, cursor_schema(each.contract), since))
            elif mode == "snapshot":
                pictures.append(Picture(each.contract, snapshot_schema(each.contract)))
        reader = PictureReader(
            snapshot,
            self.lake,
            self.batch,
            file_format=self.options.file_format,
            progress=self.progress,
            threads=self.options.threads,
        )
        return reader.read(pictures)

    def _write_table(
        self,
        snapshot: Snapshot,
        each: Agreed,
        mode: Mode,
        segments: Sequence[Segment],
        files: dict[str, list[FileEntry]],
    ) -> TableManifest:
        contract = each.contract
        if mode == "changes":
            entries = [entry for segment in segments for entry in segment.files(contract.table)]
        else:
            entries = files[contract.table]
        manifest = TableManifest(
            batch_id=self.batch.id,
            table=contract.table,
            format=self.options.file_format,
            snapshot=snapshot.id,
            schema=tuple((column.name, column.type) for column in contract.columns),
            files=tuple(entries),
            mode=mode,
            relation=(contract.schema, contract.in_source),
            key=contract.key,
            nullable=tuple(column.name for column in contract.columns if column.nullable),
            source_names=tuple((c.name, c.source_name) for c in contract.columns if c.source_name),
            signature=each.table.signature,
        )
        self.lake.put(self.batch.table_manifest_key(contract.table), manifest.to_json())
        keys = [entry.key for entry in entries]
        self.progress.table_done(contract.table, mode, manifest.rows, manifest.size_bytes, keys)
        return manifest

    def _write_batch(
        self, snapshot: Snapshot, tables: Sequence[TableManifest], segments: Sequence[Segment]
    ) -> None:
        manifest = BatchManifest(
            batch_id=self.batch.id,
            source_id=snapshot.source_id,
            snapshot=snapshot.id,
            snapshot_at=snapshot.taken_at,
            run_id=self.run_id,
            tables=tuple(sorted((table.table, digest(table.to_json())) for table in tables)),
            visible=snapshot.visible,
            log_name=self._log.name if self._log else "",
            log_end=self._log_end(segments),
            previous=self.before.batch.id if self.before else "",
            previous_sha256=self.before.sha256 if self.before else "",
        )
        self.check()
        self.lake.put(self.batch.manifest_key, manifest.to_json())

    def _log_end(self, segments: Sequence[Segment]) -> int:
        """Return the position up to which the lake has everything that the log told."""
        if segments:
            return segments[-1].confirmable
        return (self._log.position() or 0) if self._log else 0


def _refuse_an_earlier_day(existing: Sequence[Batch], batch: Batch) -> None:
    if existing and batch < (newest := max(existing)):
        raise WrongUseError(
            f"The lake has the batch of {newest.id}; the day {batch.id} before it cannot be extracted any"
            " more, since the source shows only its present state",
            where=f"batch {batch.id}",
            safe="nothing was changed",
            next_command="choose a later --date",
        )
