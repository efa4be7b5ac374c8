"""Shows how long work goes: live lines on a terminal, plain lines elsewhere."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from streamvision.domain.changes import Mode
from streamvision.domain.plan import Listener, Step
from streamvision.entrypoints.cli.output import LOG, NOTES, note, size_text

_MOST_LINES = 12
"""The live lines that are shown at once, whatever the number of tables."""


class TableProgress:
    """Tell of rows, table by table. Where there is no terminal, one line per table when it is done."""

    def __init__(self, act: str, bars: Progress | None, totals: Mapping[str, int] | None = None) -> None:
        """Take what is done to the rows (`written`), and the bars where there is a terminal.

        With `totals`, as far as they are known, a table is told of when it has them, or at the end: it may
        come in several parts.
        """
        self._act, self._bars = act, bars
        self._in_parts, self._totals = totals is not None, totals or {}
        self._tasks: dict[str, TaskID] = {}
        self._rows: dict[str, int] = {}

    def rows(self, table: str, rows: int) -> None:
        """Hear how many rows of a table are done."""
        if self._bars is None:
            if table not in self._rows and not self._in_parts:
                self.finish()
            self._rows[table] = rows
            if rows == self._totals.get(table):
                self._tell(table)
            return
        if table not in self._tasks:
            self._tasks[table] = self._bars.add_task(table, total=self._totals.get(table))
        self._bars.update(self._tasks[table], completed=rows)

    def finish(self) -> None:
        """Tell of the tables not told of yet."""
        for table, rows in self._rows.items():
            if rows >= 0:
                self._tell(table)

    def _tell(self, table: str) -> None:
        note(f"  {table}: {self._rows[table]:,} rows {self._act}")
        self._rows[table] = -1


class ExtractionProgress:
    """Tell of tables that are being extracted, several at once: a live line each, a plain one when done.

    A live line comes with the first rows. There is room for a few: those that moved last.
    """

    def __init__(self, bars: Progress | None) -> None:
        """Take the bars where there is a terminal."""
        self._bars = bars
        self._lock = Lock()
        self._estimates: dict[str, int] = {}
        self._tasks: dict[str, TaskID] = {}

    def table_started(self, table: str, estimated_rows: int, estimated_bytes: int) -> None:  # noqa: ARG002 - the protocol's
        """Hear that a table is about to be read."""
        with self._lock:
            self._estimates[table] = estimated_rows

    def table_advanced(self, table: str, rows: int, size_bytes: int) -> None:
        """Hear how many rows of a table were read so far, and how large they were."""
        if self._bars is None:
            return
        with self._lock:
            task = self._tasks.pop(table, None)
            if task is None:
                task = self._bars.add_task(table, total=self._estimates.get(table) or None)
            self._tasks[table] = task
            self._bars.update(task, completed=rows, size_bytes=size_bytes, visible=True)
            self._drop_passed_estimate(self._bars, table)
            for hidden in list(self._tasks.values())[-_MOST_LINES - 1 : -_MOST_LINES]:
                self._bars.update(hidden, visible=False)

    def _drop_passed_estimate(self, bars: Progress, table: str) -> None:
        """Let go of an estimate that was too low: it says nothing about what is left."""
        task = bars.tasks[bars.task_ids.index(self._tasks[table])]
        if task.total is not None and task.completed > task.total:
            task.total = None

    def table_done(self, table: str, mode: Mode, rows: int, size_bytes: int, keys: Sequence[str]) -> None:
        """Hear that a table's files are in the lake."""
        with self._lock:
            if self._bars is not None and table in self._tasks:
                self._bars.remove_task(self._tasks.pop(table))
            note(f"  {table}: {rows:,} rows ({mode}), {size_text(size_bytes)}, {_keys_text(keys)}")


def _keys_text(keys: Sequence[str]) -> str:
    if not keys:
        return "no file"
    return keys[0] if len(keys) == 1 else f"{keys[0]} and {len(keys) - 1} more"


class _Figures(ProgressColumn):
    """Show rows out of about how many, their size, and how many come in a second."""

    def render(self, task: Task) -> Text:
        of_total = f"/~{task.total:,.0f}" if task.total else ""
        parts = [f"{task.completed:,.0f}{of_total} rows"]
        if size := task.fields.get("size_bytes"):
            parts.append(size_text(size))
        if task.speed:
            parts.append(f"{task.speed:,.0f} rows/s")
        return Text("  ".join(parts))


@contextmanager
def extraction_progress() -> Iterator[ExtractionProgress]:
    """Show how an extraction comes along, for the length of a block."""
    if not is_live(NOTES):
        yield ExtractionProgress(None)
        return
    with bars_on(NOTES, transient=True) as bars:
        yield ExtractionProgress(bars)


@contextmanager
def table_progress(act: str, totals: Mapping[str, int] | None = None) -> Iterator[TableProgress]:
    """Show progress for the length of a block; with `totals` by table, what is left and for how long."""
    if not is_live(NOTES):
        progress = TableProgress(act, None, totals)
        yield progress
        progress.finish()
        return
    with bars_on(NOTES) as bars:
        yield TableProgress(act, bars, totals)


def bars_on(console: Console, *, transient: bool = False) -> Progress:
    """Return live lines on a console; transient ones go when the block ends."""
    columns = (
        TextColumn("  {task.description:<20}", markup=False),
        BarColumn(bar_width=20),
        _Figures(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=console, transient=transient)


def is_live(console: Console) -> bool:
    """Tell whether lines can be written over: not in a file, on a terminal that is dumb, or for programs."""
    return console.is_terminal and not console.is_dumb_terminal and not LOG.is_json


class StepNotes:
    """Tell of the steps of a run as they come."""

    def step_started(self, step: Step) -> None:
        """Hear that a step begins."""
        LOG.where = replace(LOG.where, step=step.name)
        note(f"{step.name}: {step.summary}")

    def step_retried(self, step: Step, error: Exception, wait_seconds: float) -> None:
        """Hear that a step is tried again."""
        line = f"{step.name}: {str(error).splitlines()[0]}; trying again in {wait_seconds:g} s"
        note(line, "warning")

    def step_done(self, step: Step) -> None:  # noqa: ARG002 - the protocol's
        """Hear that a step is done."""
        LOG.where = replace(LOG.where, step="")


class Listeners:
    """Let several hear of the steps of a run."""

    def __init__(self, *listeners: Listener) -> None:
        """Take them."""
        self._listeners = listeners

    def step_started(self, step: Step) -> None:
        """Hear that a step begins."""
        for listener in self._listeners:
            listener.step_started(step)

    def step_retried(self, step: Step, error: Exception, wait_seconds: float) -> None:
        """Hear that a step is tried again."""
        for listener in self._listeners:
            listener.step_retried(step, error, wait_seconds)

    def step_done(self, step: Step) -> None:
        """Hear that a step is done."""
        for listener in self._listeners:
            listener.step_done(step)
