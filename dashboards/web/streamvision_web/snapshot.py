"""Writes the pages as they are now into a folder of files that a browser opens without a server.

Each page is drawn once by the server's own test bed, which needs neither a port nor a browser, with a view
that keeps what the page shows.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import streamlit as st
from streamlit.testing.v1 import AppTest

from streamvision.domain.errors import StreamVisionError
from streamvision_web import choosing, export, site, snapshot_html
from streamvision_web.data_access import open_publication
from streamvision_web.language import LANGUAGES
from streamvision_web.sidebar import default_filters, possible_choices
from streamvision_web.snapshot_view import SnapshotView

PATIENCE_SECONDS = 600
_PAGE, _DRAWN = "snapshot-page", "snapshot-drawn"
_SCRIPT = "from streamvision_web import snapshot\nsnapshot.draw()\n"


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
