"""Prints results, as tables for people or JSON for programs. Progress goes to the error stream."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from streamvision.domain.log_line import Level, Where, log_line
from streamvision.entrypoints.cli.options import OutputFormat
from streamvision.settings import LogFormat

NOTES = Console(stderr=True, highlight=False)
"""Where progress, remarks and errors go."""

_WIDTH_OF_NO_TERMINAL = 400
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


def show(output_format: OutputFormat, document: object, tables: Sequence[Table | str]) -> None:
    """Print a result: the document as JSON, or the tables and lines."""
    if output_format is OutputFormat.JSON:
        sys.stdout.write(json.dumps(document, default=_plain, indent=2, ensure_ascii=False) + "\n")
        return
    # Where there is no terminal to fit into, a line stays a line.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH_OF_NO_TERMINAL)
    for table in tables:
        console.print(Text(table) if isinstance(table, str) else table, soft_wrap=isinstance(table, str))


def table_of(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    """Make a table; numbers stand to the right, with thousands apart."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for index, column in enumerate(columns):
        numeric = bool(rows) and isinstance(rows[0][index], (int, float))
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_shown(value)) for value in row))
    return table


class LogState:
    """Know how lines on the error stream are written, and what is being done.

    Attributes:
        is_json: whether each is a JSON object.
        is_chosen: whether the command line has said so, whatever a profile says.
        where: the run, batch and step that lines are about.

    """

    def __init__(self) -> None:
        """Begin with lines for people."""
        self.is_json = self.is_chosen = False
        self.where = Where()

    def begin(self, log_format: LogFormat | None) -> None:
        """Take what the command line says, be it nothing; nothing is being done yet."""
        self.is_json, self.is_chosen = log_format == "json", log_format is not None
        self.where = Where()

    def suggest(self, log_format: LogFormat) -> None:
        """Take what a profile says, where the command line says nothing."""
        if not self.is_chosen:
            self.is_json = log_format == "json"


LOG = LogState()


def note(line: str, level: Level | None = None) -> None:
    """Print one line on the error stream; what says of itself that it is a warning is one."""
    if not LOG.is_json:
        NOTES.print(Text(line, style="red" if level == "error" else ""), soft_wrap=True)
        return
    message = line.strip()
    plain = message.removeprefix("warning: ")
    found = level or ("warning" if plain != message else "info")
    sys.stderr.write(log_line(datetime.now(UTC), found, LOG.where, plain) + "\n")


def size_text(size: int) -> str:
    """Return a number of bytes in the unit that suits it."""
    power = min(max(size.bit_length() - 1, 0) // 10, len(_UNITS) - 1)
    return f"{size / 2 ** (10 * power):,.{1 if power else 0}f} {_UNITS[power]}"


def _shown(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S} UTC"
    return str(value)


def _plain(value: object) -> object:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
