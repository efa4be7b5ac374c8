"""Keeps what a page shows, for a snapshot of it, instead of showing it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pyarrow as pa

from streamvision_web.specification import rows_of, specification
from streamvision_web.view import View


@dataclass
class Shown:
    """Hold one thing that a page shows: a big figure, or a visual.

    Attributes:
        value: of a figure; None where it is a visual.
        metrics: the names of the metrics in it.
        charts: the specifications of its charts.
        tables: its tables, each with how its columns are written.
        rows: what a reader may take away.

    """

    key: str
    title: str
    notes: list[str] = field(default_factory=list)
    value: str | None = None
    metrics: Sequence[str] = ()
    charts: list[dict[str, Any]] = field(default_factory=list)
    tables: list[tuple[pd.DataFrame, dict[Any, Any]]] = field(default_factory=list)
    rows: list[pa.Table | pd.DataFrame] = field(default_factory=list)


@dataclass(frozen=True)
class SnapshotView(View):
    """Keep what a page shows instead of showing it."""

    shown: list[Shown] = field(default_factory=list)

    @contextmanager
    def visual(
        self, key: str, title: str, *notes: str, metrics: Sequence[str] = (), hint: str | None = None
    ) -> Iterator[None]:
        """Keep one visual; what can be clicked on in it is nothing to click on in a file."""
        del hint
        self.shown.append(Shown(key, title, list(notes), metrics=metrics))
        yield

    def chart(self, chart: Any, rows: pa.Table | None = None, **_: Any) -> None:  # noqa: ANN401 - as in View
        """Keep a chart, and its rows."""
        drawn = specification(chart)
        self.shown[-1].charts.append(drawn)
        behind = rows if rows is not None else rows_of(drawn)
        self.shown[-1].rows += [] if behind is None else [behind]

    def table(self, frame: Any, formats: Any = None, *, rows: Any = None, **_: Any) -> None:  # noqa: ANN401
        """Keep a table."""
        shown = frame.to_pandas() if isinstance(frame, pa.Table) else frame
        self.shown[-1].tables.append((shown, dict(formats or {})))
        self.shown[-1].rows.append(frame if rows is None else rows)

    def figure(self, key: str, value: str, *, name: str, verdict: str | None = None, **_: Any) -> None:  # noqa: ANN401
        """Keep one big figure."""
        notes = [verdict] if verdict else []
        self.shown.append(Shown(key, self.text(name), notes, value=value, metrics=[name]))

    def notice(self, *, selected: bool) -> None:
        """Say nothing: nothing is filtered."""

    def remark(self, words: str, hint: str = "") -> None:
        """Keep what is said of the rows; nothing can be done with them in a file."""
        del hint
        self.shown[-1].notes.append(words)

    def nothing(self) -> None:
        """Keep that there is nothing to see."""
        self.shown[-1].notes.append(self.text("nothing"))
