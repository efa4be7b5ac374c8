"""What readers take away: tables as CSV that no spreadsheet runs, charts as pictures."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from textwrap import wrap
from typing import Any
from unicodedata import normalize

import pandas as pd
import pyarrow as pa

from streamvision_web.language import Language
from streamvision_web.specification import Specification, with_inline_rows

PICTURE_WIDTH = 900
_LETTERS, _MOST_LINES = 140, 4
_MARK_OF_UTF8 = "\ufeff"
_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_FORBIDDEN = re.compile(r"[^a-z0-9]+")


def csv_of(rows: pa.Table | pd.DataFrame, language: Language) -> bytes:
    """Return rows as CSV that a spreadsheet in the reader's language opens by a click.

    Its lists stand in the language's own signs: where the comma is the decimal sign, a semicolon parts the
    cells. Text that a spreadsheet would take for a formula gets an apostrophe before it; numbers are numbers.
    """
    separator = ";" if language.decimal == "," else ","
    written = io.StringIO(_MARK_OF_UTF8)
    written.seek(0, io.SEEK_END)
    lines = csv.writer(written, delimiter=separator, lineterminator="\r\n")
    heads, cells = _cells(rows)
    lines.writerow([harmless(str(head)) for head in heads])
    lines.writerows([_cell(value, language) for value in row] for row in cells)
    return written.getvalue().encode("utf-8")


def harmless(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    # What looks like one of the signs in another script is taken for it, too; so are those behind spaces.
    bare = normalize("NFKC", text.lstrip(" \u00a0\u200b\ufeff"))
    return f"'{text}" if text.startswith(_BEGINS_FORMULA) or bare.startswith(_BEGINS_FORMULA) else text


def png_of(drawn: Specification, title: str, subtitle: Sequence[str]) -> bytes:
    """Return a chart as a picture on white, with lines above that say what it shows; needs vl-convert."""
    import vl_convert  # noqa: PLC0415 - a server without it does without pictures

    sized = {name: value for name, value in with_inline_rows(drawn).items() if name != "usermeta"}
    sized |= {"width": sized["width"] if isinstance(sized.get("width"), int) else PICTURE_WIDTH}
    sized["title"] = {
        "text": _wrapped([title]),
        "subtitle": _wrapped(subtitle),
        "anchor": "start",
        "offset": 14,
    }
    sized["background"] = "white"
    sized["padding"] = 16
    config = {**sized.get("config", {}), "background": "white"}
    picture: bytes = vl_convert.vegalite_to_png({**sized, "config": config}, scale=2)
    return picture


def _wrapped(lines: Sequence[str]) -> list[str]:
    """Return lines of which each fits into a picture; what is longer than a few of them is cut."""
    return [part for line in lines for part in wrap(line, _LETTERS, max_lines=_MOST_LINES, placeholder=" …")]


def pictures_can_be_made() -> bool:
    """Say whether this server can turn charts into pictures."""
    from importlib.util import find_spec  # noqa: PLC0415 - once per process is enough

    return find_spec("vl_convert") is not None


def file_name(*parts: str) -> str:
    """Return a file's name, without its end, of letters that every system takes."""
    bare = normalize("NFKD", " ".join(parts)).encode("ascii", "ignore").decode().lower()
    return _FORBIDDEN.sub("-", bare).strip("-")[:80] or "streamvision"


def _cells(rows: pa.Table | pd.DataFrame) -> tuple[list[str], Iterable[Iterable[Any]]]:
    table = rows if isinstance(rows, pa.Table) else pa.Table.from_pandas(rows, preserve_index=False)
    listed: list[Mapping[str, Any]] = table.to_pylist()
    return list(table.column_names), ([row[name] for name in table.column_names] for row in listed)


def _cell(value: object, language: Language) -> str:
    if value is None or value != value:  # noqa: PLR0124 - NaN is not itself
        return ""
    if isinstance(value, (bool, str)):
        return harmless(str(value))
    if isinstance(value, (int, float, Decimal)):
        return str(value).replace(".", language.decimal)
    return value.isoformat() if isinstance(value, (date, datetime)) else harmless(str(value))
