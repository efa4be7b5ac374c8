"""Reads tables piece by piece in one snapshot, several pieces at a time, each into files of its own."""

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from threading import Event, Lock

import pyarrow as pa

from streamvision.domain.batch import Batch, FileFormat
from streamvision.domain.contract import Contract
from streamvision.domain.manifest import FileEntry
from streamvision.pipeline.extract.files import TableWriter, write_files
from streamvision.pipeline.extract.progress import Progress
from streamvision.ports.lake import Lake
from streamvision.ports.source import Piece, Snapshot


@dataclass(frozen=True)
class Picture:
    """Say how one table is to be read.

    Attributes:
        since: an earlier snapshot: only rows that may have come or changed after it; empty for all rows.
        schema: of the files.

    """

    contract: Contract
    schema: pa.Schema
    since: str = ""


@dataclass
class _Work:
    """Keep count of one table while its pieces are read."""

    picture: Picture
    pieces: Sequence[Piece]
    next_part: int
    rows: int = 0
    size: int = 0
    left: int = 0
    entries: dict[int, list[FileEntry]] = field(default_factory=dict)


class PictureReader:
    """Read pictures into the lake, with a number of threads."""

    def __init__(
        self,
        snapshot: Snapshot,
        lake: Lake,
        batch: Batch,
        *,
        file_format: FileFormat,
        progress: Progress,
        threads: int,
    ) -> None:
        """Take what all tables share."""
        self._snapshot, self._lake, self._batch = snapshot, lake, batch
        self._format, self._progress, self._threads = file_format, progress, threads
        self._lock = Lock()
        self._stopped = Event()

    def read(self, pictures: Sequence[Picture]) -> dict[str, list[FileEntry]]:
        """Read all of them and return the files per table.

        Raises:
            SourceError, SourceUnreachableError, LakeError: the first that a piece met; the others stop.

        """
        works = [self._planned(picture) for picture in pictures]
        with ThreadPoolExecutor(self._threads, thread_name_prefix="extract") as pool:
            futures = [
                pool.submit(self._read_piece, work, index)
                for work in works
                for index in range(len(work.pieces))
            ]
            try:
                _raise_first(futures)
            finally:
                self._stopped.set()
                pool.shutdown(cancel_futures=True)
        return {work.picture.contract.table: self._files(work) for work in works}

    def _planned(self, picture: Picture) -> _Work:
        pieces = self._snapshot.pieces(picture.contract)
        self._progress.table_started(
            picture.contract.table,
            sum(piece.estimated_rows for piece in pieces),
            sum(piece.estimated_bytes for piece in pieces),
        )
        return _Work(picture, pieces, next_part=len(pieces), left=len(pieces))

    def _read_piece(self, work: _Work, index: int) -> None:
        if self._stopped.is_set():
            return
        picture = work.picture

        def key_of_part(part: int) -> str:
            # The first file of a piece has the piece's number, whichever thread is first.
            number = index if part == 0 else self._another_part(work)
            return self._batch.file_key(picture.contract.table, number, self._format)

        with TableWriter(self._lake, key_of_part, picture.schema, self._format) as writer:
            for rows in self._snapshot.read(
                picture.contract, picture.schema, work.pieces[index], since=picture.since
            ):
                writer.write(rows)
                self._advanced(work, rows)
                if self._stopped.is_set():
                    writer.abandon()
                    return
            entries = writer.close(empty_file=False)
        with self._lock:
            work.entries[index] = entries
            work.left -= 1

    def _another_part(self, work: _Work) -> int:
        with self._lock:
            work.next_part += 1
            return work.next_part - 1

    def _advanced(self, work: _Work, rows: pa.RecordBatch) -> None:
        with self._lock:
            work.rows += rows.num_rows
            work.size += rows.nbytes
            done = (work.rows, work.size)
        self._progress.table_advanced(work.picture.contract.table, *done)

    def _files(self, work: _Work) -> list[FileEntry]:
        entries = [entry for index in sorted(work.entries) for entry in work.entries[index]]
        if entries or work.picture.since:
            return entries
        # A table without rows has one file, so that its columns are known.
        table, schema = work.picture.contract.table, work.picture.schema
        nothing: Iterator[pa.RecordBatch] = iter(())
        return write_files(
            self._lake,
            lambda part: self._batch.file_key(table, part, self._format),
            nothing,
            schema,
            self._format,
        )


def _raise_first(futures: Sequence[Future[None]]) -> None:
    done, _ = wait(futures, return_when=FIRST_EXCEPTION)
    for future in done:
        future.result()
