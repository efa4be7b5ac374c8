"""Shows how long work goes: a live line on a terminal, plain lines elsewhere."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from streamvision.domain.changes import Mode
from streamvision.domain.plan import Step
from streamvision.entrypoints.cli.output import NOTES, note


class TableProgress:
    """Tell of rows, table by table. Where there is no terminal, one line per table when it is done."""

    def __init__(self, act: str, bars: Progress | None) -> None:
        """Take what is done to the rows (`extracted`), and the bars where there is a terminal."""
        self._act, self._bars = act, bars
        self._tasks: dict[str, TaskID] = {}
        self._rows: dict[str, int] = {}

    def rows(self, table: str, rows: int, estimate: int | None = None) -> None:
        """Hear how many rows of a table are done, out of about how many."""
        if self._bars is None:
            if table not in self._rows:
                self.finish()
            self._rows[table] = rows
            return
        if table not in self._tasks:
            self._tasks[table] = self._bars.add_task(table, total=estimate or None)
        self._bars.update(self._tasks[table], completed=rows, total=max(rows, estimate or 0) or None)

    def finish(self) -> None:
        """Tell of the tables not told of yet."""
        for table, rows in self._rows.items():
            if rows >= 0:
                note(f"  {table}: {rows:,} rows {self._act}")
                self._rows[table] = -1


class ExtractionProgress:
    """Tell of tables that are being extracted, several at once: a bar each, and a line when one is done."""

    def __init__(self, bars: Progress | None) -> None:
        """Take the bars where there is a terminal."""
        self._bars = bars
        self._lock = Lock()
        self._tasks: dict[str, TaskID] = {}

    def table_started(self, table: str, estimated_rows: int, estimated_bytes: int) -> None:  # noqa: ARG002 - the protocol's
        """Hear that a table is about to be read."""
        if self._bars is None:
            return
        with self._lock:
            self._tasks[table] = self._bars.add_task(table, total=estimated_rows or None)

    def table_advanced(self, table: str, rows: int, size_bytes: int) -> None:  # noqa: ARG002 - the protocol's
        """Hear how many rows of a table were read so far."""
        if self._bars is None:
            return
        with self._lock:
            if table in self._tasks:
                self._bars.update(self._tasks[table], completed=rows)

    def table_done(self, table: str, mode: Mode, rows: int, size_bytes: int, keys: Sequence[str]) -> None:
        """Hear that a table's files are in the lake."""
        files = f"{len(keys)} file{'' if len(keys) == 1 else 's'}"
        with self._lock:
            if self._bars is not None and table in self._tasks:
                self._bars.remove_task(self._tasks.pop(table))
            note(f"  {table}: {rows:,} rows ({mode}), {size_bytes:,} bytes in {files}")


@contextmanager
def extraction_progress() -> Iterator[ExtractionProgress]:
    """Show how an extraction comes along, for the length of a block."""
    if not NOTES.is_terminal:
        yield ExtractionProgress(None)
        return
    with _bars() as bars:
        yield ExtractionProgress(bars)


@contextmanager
def table_progress(act: str) -> Iterator[TableProgress]:
    """Show progress for the length of a block."""
    if not NOTES.is_terminal:
        progress = TableProgress(act, None)
        yield progress
        progress.finish()
        return
    with _bars() as bars:
        yield TableProgress(act, bars)


def _bars() -> Progress:
    columns = (
        TextColumn("  {task.description:<20}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=NOTES)


class StepNotes:
    """Tell of the steps of a run as they come."""

    def step_started(self, step: Step) -> None:
        """Hear that a step begins."""
        note(f"{step.name}: {step.summary}")

    def step_retried(self, step: Step, error: Exception, wait_seconds: float) -> None:
        """Hear that a step is tried again."""
        note(f"{step.name}: {str(error).splitlines()[0]}; trying again in {wait_seconds:g} s")

    def step_done(self, step: Step) -> None:
        """Hear that a step is done."""
