"""PostgreSQL's text in the lake's types: whole columns, with the odd ones among them."""

from decimal import Decimal

import pyarrow as pa
import pytest

from streamvision.adapters.source.postgres.from_text import from_text
from streamvision.adapters.source.postgres.unfit import unfit_column

MICROSECONDS, UTC_MICROSECONDS = pa.timestamp("us"), pa.timestamp("us", "UTC")
TEXTS = pa.list_(pa.string())


def _read(type_: pa.DataType, *texts: str | None) -> tuple[pa.Array, list[str | None] | None]:
    """Read texts that are the middle of a larger array, as slices of batches are."""
    given = pa.array(["?", *texts, "?"], pa.string()).slice(1, len(texts))
    values, unfit = from_text(given, pa.field("value", type_))
    values.validate(full=True)
    assert values.type == type_
    return values, unfit.to_pylist() if unfit is not None else None


@pytest.mark.parametrize(
    ("type_", "texts", "values"),
    [
        (pa.int64(), ["-9223372036854775808", None, "0"], [-(2**63), None, 0]),
        (pa.bool_(), ["t", "f", None], [True, False, None]),
        (pa.string(), ["", "NULL", None], ["", "NULL", None]),
        (pa.decimal128(5, 2), ["-0.01", "999.99", None], [Decimal("-0.01"), Decimal("999.99"), None]),
        (pa.binary(), ["\\x", "\\x00ff", None, "\\xde"], [b"", b"\0\xff", None, b"\xde"]),
        (TEXTS, ["{a,b}", "{}", None, "{NULL}", "{é}"], [["a", "b"], [], None, [None], ["é"]]),
        (
            TEXTS,
            ['{"",NULL,"NULL",null}', "{a}", r'{"\"","\\",",","{}"," "}', None, '{"a\nb"}'],
            [["", None, "NULL", "null"], ["a"], ['"', "\\", ",", "{}", " "], None, ["a\nb"]],
        ),
    ],
)
def test_texts_become_values(type_: pa.DataType, texts: list[str | None], values: list[object]) -> None:
    """NULL stays NULL, and is never unfit."""
    assert _read(type_, *texts) == (pa.array(values, type_), None)


@pytest.mark.parametrize(
    "type_",
    [
        *(pa.bool_(), pa.int16(), pa.float32(), pa.string(), pa.binary(), pa.date32()),
        *(pa.decimal128(38, 10), MICROSECONDS, UTC_MICROSECONDS, TEXTS),
    ],
)
def test_columns_may_hold_nothing(type_: pa.DataType) -> None:
    """No rows, or NULL only."""
    assert _read(type_) == (pa.array([], type_), None)
    assert _read(type_, None, None) == (pa.nulls(2, type_), None)


def test_floats_keep_their_edges() -> None:
    """The sign of zero, the infinities, the smallest there is."""
    texts = ["-0", "Infinity", "-Infinity", "5e-324", "1.7976931348623157e+308"]
    values, _ = _read(pa.float64(), *texts, "NaN")
    assert [repr(value) for value in values.to_pylist()] == [
        *("-0.0", "inf", "-inf", "5e-324", "1.7976931348623157e+308", "nan")
    ]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("1970-01-02", 1),
        ("infinity", 2**31 - 1),
        ("-infinity", -(2**31) + 1),
        ("0001-01-01", -719_162),
        ("0001-12-31 BC", -719_163),
        ("4714-11-24 BC", -2_440_588),
        ("10000-01-01", 2_932_897),
        ("5874897-12-31", 2_145_042_905),
    ],
)
def test_days_of_every_year_are_exact(text: str, days: int) -> None:
    """Alone, and among plain ones."""
    for around in ([], ["2000-02-29", None]):
        values, unfit = _read(pa.date32(), *around, text, *around)
        assert values.view(pa.int32())[len(around)].as_py() == days
        assert values.null_count == len(around)
        assert unfit is None


@pytest.mark.parametrize("zone", ["", "+00"])
@pytest.mark.parametrize(
    ("text", "era", "moment"),
    [
        ("1970-01-01 00:00:00.1", "", 100_000),
        ("1969-12-31 23:59:59.999999", "", -1),
        ("0001-12-31 23:59:59.999999", " BC", -62_135_596_800_000_001),
        ("4714-11-24 00:00:00", " BC", -210_866_803_200_000_000),
        ("10000-01-01 00:00:00", "", 253_402_300_800_000_000),
        ("294247-01-10 04:00:54.775806", "", 2**63 - 2),
    ],
)
def test_moments_of_every_year_are_exact(text: str, era: str, moment: int, zone: str) -> None:
    """With a zone and without."""
    values, unfit = _read(pa.timestamp("us", "UTC" if zone else None), f"{text}{zone}{era}", None)
    assert values.view(pa.int64()).to_pylist() == [moment, None]
    assert unfit is None


def test_infinite_moments_are_the_greatest_integers() -> None:
    """So DuckDB reads them."""
    values, unfit = _read(MICROSECONDS, "infinity", "2000-01-01 00:00:00", "-infinity")
    assert values.view(pa.int64()).to_pylist() == [2**63 - 1, 946_684_800_000_000, -(2**63) + 1]
    assert unfit is None


@pytest.mark.parametrize(
    ("type_", "fitting", "text"),
    [
        (pa.decimal128(5, 2), "1.50", "NaN"),
        (UTC_MICROSECONDS, "2000-01-01 00:00:00+00", "294247-01-10 04:00:54.775807+00"),
        (MICROSECONDS, "infinity", "294276-12-31 23:59:59.999999"),
        (TEXTS, "{a}", "{{a},{b}}"),
        (TEXTS, '{"{"}', "[3:4]={a,b}"),
    ],
)
def test_what_does_not_fit_keeps_its_text(type_: pa.DataType, fitting: str, text: str) -> None:
    """The value is NULL; all others are as they were."""
    values, unfit = _read(type_, fitting, text, None, text, fitting)
    assert values.is_null().to_pylist() == [False, True, True, True, False]
    assert unfit == [None, text, None, text, None]


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        (pa.bool_(), "true"),
        (pa.int16(), "32768"),
        (pa.decimal128(5, 2), "Infinity"),
        (pa.date32(), "yesterday"),
        (pa.date32(), "2026-02-29"),
        (MICROSECONDS, "2026-01-01 00:00:00+02"),
        (UTC_MICROSECONDS, "2026-01-01 00:00:00"),
        (pa.binary(), "ab"),
        (pa.binary(), "\\x0g"),
    ],
)
def test_text_of_another_type_is_refused(type_: pa.DataType, text: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(ValueError, match=r".+"):
        _read(type_, text)


def test_unfit_values_of_a_row_stand_together() -> None:
    """In the order of the columns, whatever they hold; most rows have none."""
    texts = {"b": pa.array(["NaN", None, None]), "a": pa.array(['{{"é"}}', None, "x"])}
    assert unfit_column(texts, 3).to_pylist() == [r'{"b": "NaN", "a": "{{\"é\"}}"}', None, '{"a": "x"}']
    assert unfit_column({}, 2).equals(pa.nulls(2, pa.string()))
