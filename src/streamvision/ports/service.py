"""The streaming service's own database, as the simulator needs it."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa


@dataclass(frozen=True)
class ServiceChanges:
    """Say what changes in the service's tables at once.

    Attributes:
        inserts: new rows by table, in an order in which every reference is met.
        updates: new values by table, of the rows that the column `id` names.
        erased_users: the keys of users who are forgotten, with all that tells of them.

    """

    inserts: Sequence[tuple[str, Sequence[pa.RecordBatch]]]
    updates: Sequence[tuple[str, pa.RecordBatch]]
    erased_users: Sequence[int]


class ServiceDatabase(Protocol):
    """Hold the service's tables and take bulk rows."""

    def hold(self) -> AbstractContextManager[None]:
        """Keep other simulations away for the length of a block; a process that dies lets go.

        Raises:
            RunInProgressError: when another one is at work in this database.
            StreamVisionError: when the server cannot be reached.

        """
        ...

    def migrate(self) -> Sequence[str]:
        """Apply the migrations that are missing, in order, and return their names.

        Raises:
            StreamVisionError: when the server cannot be reached or a migration was changed after it ran.

        """
        ...

    def is_empty(self) -> bool:
        """Tell whether no table of the service holds a row."""
        ...

    def lift_constraints(self) -> None:
        """Let the tables take what their checks, references and unique columns would refuse; keys stay.

        Raises:
            StreamVisionError: when the database refuses.

        """
        ...

    def note(self) -> str:
        """Return what was noted when the rows were written last; empty where nothing was."""
        ...

    def fill(self, tables: Iterable[tuple[str, Iterable[pa.RecordBatch]]], note: str = "") -> dict[str, int]:
        """Copy the rows of each table, in the order given, in one transaction; keep a note with them.

        The columns of a table's batches name the columns to fill; a table may come more than once. Identity
        sequences stand behind the highest key afterwards, and the planner's statistics are fresh.

        Returns:
            The rows written per table.

        Raises:
            StreamVisionError: when a row breaks a constraint; nothing is written then.

        """
        ...

    def change(self, changes: ServiceChanges, note: str) -> dict[str, int]:
        """Insert, update and delete rows in one transaction, and keep a note with them.

        Returns:
            The rows inserted, updated or deleted per table.

        Raises:
            StreamVisionError: when a row breaks a constraint; nothing is changed then.

        """
        ...
