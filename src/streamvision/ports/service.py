"""The streaming service's own database, as the simulator needs it."""

from collections.abc import Iterable, Sequence
from typing import Protocol

import pyarrow as pa


class ServiceDatabase(Protocol):
    """Hold the service's tables and take bulk rows."""

    def migrate(self) -> Sequence[str]:
        """Apply the migrations that are missing, in order, and return their names.

        Raises:
            StreamVisionError: when the server cannot be reached or a migration was changed after it ran.

        """
        ...

    def is_empty(self) -> bool:
        """Tell whether no table of the service holds a row."""
        ...

    def fill(self, tables: Iterable[tuple[str, Iterable[pa.RecordBatch]]]) -> dict[str, int]:
        """Copy the rows of each table, in the order given, in one transaction.

        The columns of a table's batches name the columns to fill. Identity sequences stand behind the
        highest key afterwards, and the planner's statistics are fresh.

        Returns:
            The rows written per table.

        Raises:
            StreamVisionError: when a row breaks a constraint; nothing is written then.

        """
        ...
