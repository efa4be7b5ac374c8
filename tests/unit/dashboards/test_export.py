"""What readers take away."""

import csv
import io
import struct
from datetime import date
from decimal import Decimal

import altair as alt
import pandas as pd
import pyarrow as pa
import pytest

from streamvision_web import charts, export
from streamvision_web.language import ENGLISH, FRENCH
from streamvision_web.specification import specification


def _read(written: bytes, separator: str = ",") -> list[list[str]]:
    text = written.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\uff1d1+1", "=cmd|' /C calc'!A0"],
)
def test_text_that_looks_like_a_formula_gets_an_apostrophe(text: str) -> None:
    """In a cell as in a head; so a spreadsheet shows it."""
    head, cells = _read(export.csv_of(pa.table({text: [text]}), ENGLISH))
    assert (head, cells) == ([f"'{text}"], [f"'{text}"])


def test_harmless_text_stays_as_it_is() -> None:
    """Whatever quotes, line ends, separators and scripts are in it."""
    texts = ["a,b;c", 'say "x"', "two\nlines", "مرحبا", "1=1", "", "<b>"]
    assert _read(export.csv_of(pa.table({"title": texts}), ENGLISH))[1:] == [[text] for text in texts]


def test_numbers_stay_numbers() -> None:
    """Also below zero; what is not known is an empty cell."""
    rows = pa.table(
        {
            "count": [-5, None],
            "ratio": [-0.25, float("nan")],
            "exact": pa.array([Decimal("1.50"), None], pa.decimal128(9, 2)),
            "day": [date(2026, 1, 31), None],
        }
    )
    _, known, unknown = _read(export.csv_of(rows, ENGLISH))
    assert known == ["-5", "-0.25", "1.50", "2026-01-31"]
    assert unknown == ["", "", "", ""]


def test_french_spreadsheets_find_their_own_signs() -> None:
    """A comma before the decimals, hence a semicolon between the cells."""
    rows = pd.DataFrame({"Durée": [1234.5], "Titre": ["a;b"]})
    assert _read(export.csv_of(rows, FRENCH), ";") == [["Durée", "Titre"], ["1234,5", "a;b"]]


def test_a_spreadsheet_is_told_the_encoding() -> None:
    """By the mark without which it takes accents for other letters."""
    assert export.csv_of(pa.table({"é": [1]}), ENGLISH).startswith(b"\xef\xbb\xbf")


def test_a_chart_becomes_a_picture() -> None:
    """Of twice the pixels, with its rows, and with room for the title."""
    rows = pa.table({"label": ["<b>", "=1"], "value": [2, 1], "written": ["2", "1"]})
    chart = charts.bars(rows, ENGLISH, axis="Hours", tooltip={"label": "Title"})
    picture = export.png_of(specification(chart), "A title", ["1 Jan 2026 to 31 Jan 2026"])
    assert picture.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", picture[16:24])
    assert width > 2 * export.PICTURE_WIDTH
    assert height > 2 * charts.HEIGHT


def test_a_picture_grows_with_what_is_said_above_it() -> None:
    """Each filter has a line; what is too long for one goes on below, and ends after a few."""
    rows = pa.table({"label": ["a"], "value": [2], "written": ["2"]})
    drawn = specification(charts.bars(rows, ENGLISH, axis="Hours", tooltip={}))

    def height(*lines: str) -> int:
        picture = export.png_of(drawn, "A title", lines)
        return int(struct.unpack(">I", picture[20:24])[0])

    assert height("Days") < height("Days", "Devices: Television") < height("Days", "Countries: " + "Ö " * 120)
    assert height("Ö " * 2_000) == height("Ö " * 20_000)


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("Été à l'écran",), "ete-a-l-ecran"),
        (("../../etc/passwd",), "etc-passwd"),
        (("=مرحبا",), "streamvision"),
    ],
)
def test_files_have_names_that_every_system_takes(parts: tuple[str, ...], name: str) -> None:
    """No path, no accent, and never empty."""
    assert export.file_name(*parts) == name


def test_rows_are_kept_out_of_the_specification() -> None:
    """Layers that share rows share them there, too."""
    rows = pa.table({"label": ["a"], "value": [1], "written": ["1"]})
    drawn = specification(charts.bars(rows, ENGLISH, axis="Hours", tooltip={}))
    assert list(drawn["datasets"].values()) == [rows]
    assert isinstance(drawn["layer"][0].get("data", drawn.get("data")), dict)
    assert alt.Undefined not in drawn.values()
