"""Writes the pages as they are now into a folder of files that a browser opens without a server.

Each page is drawn once by the server's own test bed, which needs neither a port nor a browser, with a view
that keeps what the page shows.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import streamlit as st
from streamlit.testing.v1 import AppTest

from streamvision.domain.errors import StreamVisionError
from streamvision_web import choosing, export, site, snapshot_html
from streamvision_web.data_access import open_publication
from streamvision_web.language import LANGUAGES
from streamvision_web.sidebar import default_filters, possible_choices
from streamvision_web.specification import rows_of, specification
from streamvision_web.view import View

PATIENCE_SECONDS = 600
_PAGE, _DRAWN = "snapshot-page", "snapshot-drawn"
_SCRIPT = "from streamvision_web import snapshot\nsnapshot.draw()\n"


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

    def nothing(self) -> None:
        """Keep that there is nothing to see."""
        self.shown[-1].notes.append(self.text("nothing"))


def draw() -> None:
    """Draw the page that the session names; runs within the test bed."""
    page = next(each for each in site.PAGES if each.path == st.session_state[_PAGE])
    language = choosing.language()
    marts = open_publication()
    possible = possible_choices(marts, language)
    view = SnapshotView(marts, default_filters(possible), language)
    page.show(view)
    st.session_state[_DRAWN] = view


def drawn(path: str, code: str) -> SnapshotView:
    """Return what a page shows at first.

    Raises:
        StreamVisionError: when it cannot be drawn.

    """
    bed = AppTest.from_string(_SCRIPT, default_timeout=PATIENCE_SECONDS)
    bed.session_state[_PAGE] = path
    bed.session_state[choosing.LANGUAGE] = code
    bed.run()
    if bed.exception:
        raise StreamVisionError(
            f"The page {path} cannot be drawn: {bed.exception[0].message}",
            where="the published marts",
            safe="nothing of it was written",
            next_command="streamvision doctor",
        )
    view: SnapshotView = bed.session_state[_DRAWN]
    return view


def write(folder: Path, codes: Sequence[str]) -> list[Path]:
    """Write the snapshot, and return its pages; the first is where to begin."""
    pages = [page for page in site.PAGES if page.alone and not page.hidden]
    folder.mkdir(parents=True, exist_ok=True)
    snapshot_html.write_assets(folder)
    written = []
    for code in codes:
        for page in pages:
            view = drawn(page.path, code)
            target = folder / f"{page.path}.{code}.html"
            target.write_text(snapshot_html.document(page, view, pages, codes), encoding="utf-8")
            _write_rows(folder, view)
            written.append(target)
    start = written[0].name
    (folder / "index.html").write_text(snapshot_html.forward(start), encoding="utf-8")
    return [folder / "index.html", *written]


def _write_rows(folder: Path, view: SnapshotView) -> None:
    (folder / "rows").mkdir(exist_ok=True)
    for shown in view.shown:
        for number, rows in enumerate(shown.rows):
            name = snapshot_html.rows_file(shown.key, number, view.language)
            (folder / name).write_bytes(export.csv_of(rows, view.language))


def main() -> int:
    """Write the snapshot that the command line asks for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--to", type=Path, required=True)
    parser.add_argument("--language", action="append", choices=list(LANGUAGES))
    asked = parser.parse_args()
    try:
        for path in write(asked.to, asked.language or list(LANGUAGES)):
            sys.stdout.write(f"{path}\n")
    except StreamVisionError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
