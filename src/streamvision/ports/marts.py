"""What is published, as the dashboards read it: the marts, and core of the same build."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

import pyarrow as pa


@dataclass(frozen=True)
class Publication:
    """Say which state of the marts is shown.

    Attributes:
        batch_id: the newest batch in it.
        batch_date: the day of that batch.
        published_at: when it became visible, UTC.
        run_id: the run that published it.

    """

    batch_id: str
    batch_date: date
    published_at: datetime
    run_id: str


class MartReader(Protocol):
    """Read the last published marts, whatever a run does meanwhile."""

    def publication(self) -> Publication:
        """Return what is published now.

        Raises:
            NothingPublishedError: when no run has published yet.

        """
        ...

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> pa.Table:
        """Run one SELECT over the schemas marts and core and return its rows.

        One text is to run on every warehouse, so it keeps to what their SQL has in common; weeks begin on
        Monday, and a day as text is year-month-day. Parameters are named in it as `$name` and are never
        pasted into its text; a list is asked with `in $name`. Columns come with small letters in their names,
        moments in UTC.

        Raises:
            NothingPublishedError: when no run has published yet.

        """
        ...
