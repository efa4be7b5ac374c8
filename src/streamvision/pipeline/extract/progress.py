"""What extraction tells of its progress while it works."""

from collections.abc import Sequence
from typing import Protocol

from streamvision.domain.changes import Mode


class Progress(Protocol):
    """Hear how the tables of a batch come along. Several threads call it at once."""

    def table_started(self, table: str, estimated_rows: int, estimated_bytes: int) -> None:
        """Hear that a table is about to be read; estimates are 0 where none can be made."""
        ...

    def table_advanced(self, table: str, rows: int, size_bytes: int) -> None:
        """Hear how many rows of a table were read so far, and how large they were in memory."""
        ...

    def table_done(self, table: str, mode: Mode, rows: int, size_bytes: int, keys: Sequence[str]) -> None:
        """Hear that a table's files are in the lake: their rows, their size, and their keys."""
        ...


class Unheard:
    """Keep silent."""

    def table_started(self, table: str, estimated_rows: int, estimated_bytes: int) -> None:
        """Hear that a table is about to be read."""

    def table_advanced(self, table: str, rows: int, size_bytes: int) -> None:
        """Hear how far a table was read."""

    def table_done(self, table: str, mode: Mode, rows: int, size_bytes: int, keys: Sequence[str]) -> None:
        """Hear that a table's files are in the lake."""
