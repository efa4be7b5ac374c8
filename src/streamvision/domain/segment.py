"""A segment: a durable part of a batch's changes, after which the source's log may be forgotten up to there.

A batch may hold more changes than a run can read before it is stopped. So they are read in segments, and each
is made durable by a manifest of its own. A run that finds segments of a batch that does not exist yet goes on
after them. They mean nothing any more once the batch has its manifest.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from streamvision.domain.batch import Batch
from streamvision.domain.errors import ManifestError
from streamvision.domain.manifest import FileEntry

_VERSION = 1


@dataclass(frozen=True)
class Segment:
    """Describe one segment.

    Attributes:
        number: its place in the batch, from 0.
        visible: the snapshot whose transactions it has, those that commit up to `end`.
        end: a position in the source's log.
        confirmable: everything that commits up to here is in the lake.
        next_position: the position of the first change of the next segment.
        log_name: the slot that it was read from.
        tables: the tables whose changes were wanted, each with its files.

    """

    number: int
    visible: str
    end: int
    confirmable: int
    next_position: int
    log_name: str
    tables: tuple[tuple[str, tuple[FileEntry, ...]], ...]

    def to_json(self) -> bytes:
        """Return the segment's text; equal segments have equal bytes."""
        return (json.dumps({"version": _VERSION, **asdict(self)}, indent=2, sort_keys=True) + "\n").encode()

    @property
    def wanted(self) -> frozenset[str]:
        """Return the tables whose changes were wanted."""
        return frozenset(table for table, _ in self.tables)

    def files(self, table: str) -> tuple[FileEntry, ...]:
        """Return the files of a table."""
        return dict(self.tables).get(table, ())


def segments_prefix(batch: Batch) -> str:
    """Return the folder of a batch's segments."""
    return batch.manifest_key.rpartition("/")[0] + "/segments/"


def segment_key(batch: Batch, number: int) -> str:
    """Return the key of a segment's manifest."""
    return f"{segments_prefix(batch)}{number:06d}.json"


def parse_segment(content: bytes, key: str) -> Segment:
    """Read a segment.

    Raises:
        ManifestError: when it is damaged.

    """
    try:
        document = json.loads(content)
        if document["version"] != _VERSION:
            raise ValueError(f"version {document['version']}")  # noqa: TRY301 - told with the others below
        return Segment(
            number=document["number"],
            visible=document["visible"],
            end=document["end"],
            confirmable=document["confirmable"],
            next_position=document["next_position"],
            log_name=document["log_name"],
            tables=tuple((table, _entries(files)) for table, files in document["tables"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ManifestError(
            f"A segment of a batch in the lake is not what it should be: {error}",
            where=key,
            safe="the batch does not exist yet, and batches before it are whole",
            next_command="remove the file, then run `streamvision extract` again: the tables are read whole",
        ) from error


def _entries(files: Sequence[dict[str, object]]) -> tuple[FileEntry, ...]:
    return tuple(FileEntry(**file) for file in files)  # type: ignore[arg-type] # FileEntry's own fields
