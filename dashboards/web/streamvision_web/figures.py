"""Turns rows into what is drawn: words, written numbers and colours beside the values."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from statistics import fmean
from typing import Any, Literal

import pyarrow as pa

from streamvision_web import charts
from streamvision_web.language import Language

REBUFFERING_THRESHOLD = 0.004
"""A session is good below this rebuffering ratio; the same limit judges all of them together."""

MOVEMENT_COLOURS: Mapping[str, str] = {
    "renewal": charts.GREY,
    "start": charts.GREEN,
    "reactivation": charts.SKY,
    "upgrade": charts.BLUE,
    "downgrade": charts.ORANGE,
    "cancellation": charts.VERMILION,
}
"""Colour by movement, in the order in which they are shown."""

WINDOW_COLOURS: Mapping[str, str] = {"dau": charts.BLUE, "wau": charts.ORANGE, "mau": charts.GREEN}

_MONTHS_FROM_DAYS, _WEEKS_FROM_DAYS = 120, 31
_Row = Mapping[str, Any]


def with_columns(rows: pa.Table, **columns: Callable[[_Row], object]) -> pa.Table:
    """Return the rows with further columns, each worked out from its row."""
    listed = rows.to_pylist()
    for name, value in columns.items():
        rows = rows.append_column(name, pa.array([value(row) for row in listed]))
    return rows


def verdict(ratio: float | None, language: Language) -> tuple[str, Literal["blue", "orange", "gray"]]:
    """Judge a rebuffering ratio against the threshold: the words, which suffice, and their colour."""
    if ratio is None:
        return language.text("verdict_none"), "gray"
    threshold = language.percent(REBUFFERING_THRESHOLD)
    if ratio < REBUFFERING_THRESHOLD:
        return language.text("verdict_good", threshold=threshold), "blue"
    return language.text("verdict_bad", threshold=threshold), "orange"


def on_map(rows: pa.Table, language: Language) -> pa.Table:
    """Return one row per country with its name, its sessions and their share as written, and as spoken."""
    total = sum(count or 0 for count in rows["sessions"].to_pylist())
    written = with_columns(
        rows.drop_columns(["en", "fr"]).append_column("name", rows[language.code]),
        written=lambda row: language.number(row["sessions"]),
        share=lambda row: language.percent(None if row["sessions"] is None else row["sessions"] / total),
    )
    return with_columns(written, spoken=lambda row: f"{row['name']}: {row['written']} ({row['share']})")


def not_on_map(rows: pa.Table, drawn: frozenset[str], language: Language) -> str:
    """Name the countries with sessions that have no shape, and how many they have."""
    missing = [
        f"{row['name']} ({language.number(row['sessions'])})"
        for row in rows.to_pylist()
        if row["sessions"] and row["country_numeric"] not in drawn
    ]
    return ", ".join(missing)


def transitions(rows: pa.Table, language: Language) -> pa.Table:
    """Return the ring's parts in the order of the colours; the legend's words carry the share."""
    order = list(MOVEMENT_COLOURS)
    known = sorted(rows.to_pylist(), key=lambda row: order.index(row["movement_type"]))
    return with_columns(
        pa.Table.from_pylist(known, schema=rows.schema),
        movement=lambda row: language.label("movement", row["movement_type"]),
        label=lambda row: (
            f"{language.label('movement', row['movement_type'])}  {language.percent(row['share'])}"
        ),
        value=lambda row: row["events"],
        place=lambda row: order.index(row["movement_type"]),
        colour=lambda row: MOVEMENT_COLOURS[row["movement_type"]],
        written=lambda row: language.number(row["events"]),
        share_written=lambda row: language.percent(row["share"]),
    )


def long(
    rows: pa.Table, language: Language, series: Sequence[str], kind: str, *, percent: bool = False
) -> pa.Table:
    """Return one row per day and series, from one column per series."""
    listed = [
        {
            "day": row["day"],
            "series": language.label(kind, name),
            "value": row[name],
            "day_written": language.day(date.fromisoformat(row["day"])),
            "written": language.percent(row[name], 2) if percent else language.number(row[name]),
        }
        for name in series
        for row in rows.to_pylist()
    ]
    return pa.Table.from_pylist(listed)


def mean(values: Sequence[float]) -> float | None:
    """Return the mean, or None without values."""
    return fmean(values) if values else None


def step(first_day: date, last_day: date) -> str:
    """Return the step of time at which movements are summed: month, week or day."""
    days = (last_day - first_day).days + 1
    if days > _MONTHS_FROM_DAYS:
        return "month"
    return "week" if days > _WEEKS_FROM_DAYS else "day"


def movements(rows: pa.Table, language: Language, by: str) -> pa.Table:
    """Return the columns' parts; the periods are written out."""
    return with_columns(
        rows.rename_columns({"period": "period_iso"}),
        period=lambda row: period_written(row["period_iso"], language, by),
        series=lambda row: language.label("movement", row["movement_type"]),
        value=lambda row: row["events"],
        written=lambda row: language.number(row["events"]),
    )


def period_written(begins: str, language: Language, by: str) -> str:
    """Return a month, or the day on which a week or day begins, from its ISO text."""
    day = date.fromisoformat(begins)
    month = language.months[day.month - 1]
    return f"{month} {day.year}" if by == "month" else f"{day.day} {month} {day.year % 100:02}"
