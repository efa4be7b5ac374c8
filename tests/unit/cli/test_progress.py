"""What people see while tables are extracted."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from rich.console import Console
from rich.progress import Progress

from streamvision.domain.batch import Batch
from streamvision.domain.manifest import FileEntry, TableManifest
from streamvision.entrypoints.cli import output, progress
from streamvision.entrypoints.cli.output import size_text
from streamvision.entrypoints.cli.progress import (
    ExtractionProgress,
    bars_on,
    extraction_progress,
    table_progress,
)
from streamvision.entrypoints.cli.work import tell_of_extraction
from streamvision.pipeline.extract.step import Extraction
from tests.fakes.run import recorder

BATCH = Batch(date(2026, 3, 14))
MIB = 1024 * 1024


class Screen:
    """Hold what a console shows, and a clock that a test sets."""

    def __init__(self, *, terminal: str | None) -> None:
        """Take the terminal's kind; None where there is none."""
        self._file = io.StringIO()
        environment = {"TERM": terminal} if terminal else {}
        self.console = Console(
            file=self._file,
            width=120,
            force_terminal=terminal is not None,
            _environ=environment,
            highlight=False,
        )
        self.now = 0.0

    @property
    def text(self) -> str:
        """Return everything that was written."""
        return self._file.getvalue()

    def shown(self, bars: Progress) -> str:
        """Return the live lines as they are now."""
        with self.console.capture() as capture:
            self.console.print(bars.get_renderable())
        return capture.get()

    def bars(self) -> Progress:
        """Return live lines that follow this clock; nothing redraws them."""
        bars = bars_on(self.console)
        bars.get_time = lambda: self.now
        return bars


@pytest.fixture(autouse=True)
def screen(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Screen:
    """Put a screen in the place of the error stream: none of a terminal's, unless a test asks for one."""
    made = Screen(terminal=getattr(request, "param", None))
    monkeypatch.setattr(output, "NOTES", made.console)
    monkeypatch.setattr(progress, "NOTES", made.console)
    return made


def test_a_live_line_tells_rows_size_rate_and_time(screen: Screen) -> None:
    """Rows out of about how many, their size, rows in a second, and what is left at that rate."""
    bars = screen.bars()
    told = ExtractionProgress(bars)
    told.table_started("users", 10_000, 8 * MIB)
    for second in range(1, 5):
        screen.now = float(second)
        told.table_advanced("users", 1000 * second, MIB * second)
    line = screen.shown(bars)
    assert "users" in line
    assert "4,000/~10,000 rows  4.0 MiB  1,000 rows/s" in line
    assert "0:00:06" in line


def test_an_estimate_that_was_too_low_is_dropped(screen: Screen) -> None:
    """Nobody is told that nothing is left, nor is the rate forgotten."""
    bars = screen.bars()
    told = ExtractionProgress(bars)
    told.table_started("users", 1500, 0)
    for second in range(1, 5):
        screen.now = float(second)
        told.table_advanced("users", 1000 * second, 0)
    line = screen.shown(bars)
    assert "4,000 rows  1,000 rows/s" in line
    assert "0:00" not in line


def test_the_tables_that_moved_last_are_shown(screen: Screen) -> None:
    """A thousand tables do not fill the screen."""
    bars = screen.bars()
    told = ExtractionProgress(bars)
    for number in range(1000):
        told.table_started(f"t{number:04}", 10, 0)
    for number in (*range(1000), 7):
        told.table_advanced(f"t{number:04}", 5, 0)
    shown = [line.split()[0] for line in screen.shown(bars).splitlines()]
    assert sorted(shown) == ["t0007", *(f"t{number:04}" for number in range(989, 1000))]


def test_a_table_that_is_done_leaves_a_plain_line(screen: Screen) -> None:
    """Its live line goes; the plain one tells mode, rows, size and where the files are."""
    bars = screen.bars()
    told = ExtractionProgress(bars)
    told.table_started("users", 10, 0)
    told.table_advanced("users", 10, 100)
    told.table_done("users", "snapshot", 1234567, 5 * MIB, ["raw/a.parquet"])
    assert screen.shown(bars).strip() == ""
    assert screen.text == "  users: 1,234,567 rows (snapshot), 5.0 MiB, raw/a.parquet\n"


@pytest.mark.parametrize(
    ("keys", "told_of"), [([], "no file"), (["a"], "a"), (["a", "b", "c"], "a and 2 more")]
)
def test_where_there_is_no_terminal_lines_are_plain(screen: Screen, keys: list[str], told_of: str) -> None:
    """One line per table, when it is done."""
    with extraction_progress() as told:
        told.table_started("users", 10, 0)
        told.table_advanced("users", 3, 100)
        told.table_done("users", "changes", 3, 12, keys)
    assert screen.text == f"  users: 3 rows (changes), 12 bytes, {told_of}\n"


@pytest.mark.parametrize("screen", ["dumb"], indirect=True)
def test_a_dumb_terminal_gets_plain_lines(screen: Screen) -> None:
    """It cannot write over a line."""
    with extraction_progress() as told:
        told.table_advanced("users", 3, 100)
        told.table_done("users", "cursor", 3, 12, ["a"])
    with table_progress("written") as written:
        written.rows("users", 3)
    assert screen.text == "  users: 3 rows (cursor), 12 bytes, a\n  users: 3 rows written\n"


@pytest.mark.parametrize("screen", ["xterm"], indirect=True)
def test_a_terminal_keeps_the_plain_lines_only(screen: Screen) -> None:
    """What was live is gone at the end."""
    with extraction_progress() as told:
        told.table_started("users", 10, 0)
        told.table_advanced("users", 3, 100)
        told.table_done("users", "snapshot", 3, 12, ["a"])
    assert "users: 3 rows (snapshot), 12 bytes, a" in screen.text
    erased, cursor_shown_again = "\r\x1b[2K", "\x1b[?25h"
    assert screen.text.rstrip("\r").endswith(erased + cursor_shown_again)


def test_threads_may_tell_at_once(screen: Screen) -> None:
    """Every table has its line, whole."""
    bars = screen.bars()
    told = ExtractionProgress(bars)

    def extract(number: int) -> None:
        told.table_started(f"t{number}", 100, 0)
        for rows in range(0, 100, 10):
            told.table_advanced(f"t{number}", rows, rows)
        told.table_done(f"t{number}", "snapshot", 100, 5, ["k"])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(extract, range(200)))
    assert sorted(screen.text.splitlines()) == sorted(
        f"  t{number}: 100 rows (snapshot), 5 bytes, k" for number in range(200)
    )
    assert bars.tasks == []


def test_done_is_said_of_a_batch_that_is_in_the_lake(screen: Screen) -> None:
    """With its tables, rows and size, after what people should hear of."""
    tables = tuple(
        TableManifest(BATCH.id, name, "parquet", "s", (), (FileEntry(name, rows, size, ""),))
        for name, rows, size in (("a", 1200, MIB), ("b", 34, MIB))
    )
    run = recorder()
    tell_of_extraction(Extraction(BATCH, is_new=True, tables=tables, notes=("a note",)), run)
    assert [(each.table, each.extracted_rows) for each in run.record.tables] == [("a", 1200), ("b", 34)]
    assert screen.text == "  a note\n  done: batch 2026-03-14, 2 tables, 1,234 rows, 2.0 MiB\n"


def test_done_is_not_said_of_a_batch_that_was_there(screen: Screen) -> None:
    """Nothing was done."""
    tell_of_extraction(Extraction(BATCH, is_new=False, tables=()), recorder())
    assert screen.text == "  the lake has the batch of 2026-03-14 already; nothing was read\n"


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (1023, "1,023 bytes"),
        (1024, "1.0 KiB"),
        (5 * MIB + MIB // 2, "5.5 MiB"),
        (3 * 1024 * MIB, "3.0 GiB"),
        (2**60, "1,048,576.0 TiB"),
    ],
)
def test_sizes_are_in_the_unit_that_suits_them(size: int, text: str) -> None:
    """Counted by 1024."""
    assert size_text(size) == text
