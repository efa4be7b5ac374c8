"""Turns rows on content into what is drawn."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

import pyarrow as pa

from streamvision_web.figures import with_columns
from streamvision_web.language import Language

LEAST_RATINGS = 3
"""Below so many ratings, a mean says little."""
LEAST_VALID_SESSIONS = 3

_PERCENTS = 101
_NAMED_AT_EACH_END = 2
_TO_THE_RIGHT = 0.7
"""From so far along the axis on, a name stands before its circle."""
_NAME_HEIGHT, _NAME_WIDTH = 0.07, 0.35
"""What a name takes of the axes."""


def reached(rows: pa.Table, words: Mapping[str, str], language: Language) -> pa.Table:
    """Return the share of plays that reached each percent, for the title chosen and for all.

    Args:
        rows: columns percent, chosen, everything: the plays that ended there.
        words: for the series `chosen` and `everything`; one without a play is left out.
        language: for what is written.

    """
    listed = []
    for series, name in words.items():
        ended = dict(zip(rows["percent"].to_pylist(), rows[series].to_pylist(), strict=True))
        total = sum(ended.values())
        left = total
        for percent in range(_PERCENTS) if total else ():
            listed.append(
                {
                    "across": percent / 100,
                    "value": left / total,
                    "series": name,
                    "across_written": language.percent(percent / 100, 0),
                    "written": language.percent(left / total),
                    "plays": language.number(left),
                }
            )
            left -= ended.get(percent, 0)
    return pa.Table.from_pylist(listed)


def long_tail(rows: pa.Table, series: str, language: Language) -> pa.Table:
    """Return the points of the curve, the first at nothing."""
    listed = [
        {
            "across": row["place"] / row["titles"],
            "value": row["watch_share"],
            "series": series,
            "across_written": _place_written(row["place"], row["titles"], language),
            "written": language.percent(row["watch_share"]),
        }
        for row in rows.to_pylist()
    ]
    none = language.number(0)
    start = {
        "across": 0.0,
        "value": 0.0,
        "series": series,
        "across_written": none,
        "written": language.percent(0),
    }
    return pa.Table.from_pylist([start, *listed])


def _place_written(place: int, titles: int, language: Language) -> str:
    return f"{language.number(place)} ({language.percent(place / titles, 0)})"


def rated_titles(rows: pa.Table, language: Language) -> pa.Table:
    """Return the titles with enough ratings and plays to stand in the scatter; the outermost have names."""
    kept = [
        row
        for row in rows.to_pylist()
        if row["ratings"] >= LEAST_RATINGS and row["valid_sessions"] >= LEAST_VALID_SESSIONS
    ]
    if not kept:
        return pa.table({})
    named = _outermost(kept)
    rates = [row["completion_rate"] for row in kept]
    far_right = min(rates) + (max(rates) - min(rates)) * _TO_THE_RIGHT
    return with_columns(
        pa.Table.from_pylist(kept, schema=rows.schema),
        across=lambda row: row["completion_rate"],
        value=lambda row: row["average_rating"],
        size=lambda row: row["sessions"],
        name=lambda row: row["title"] if row["content_id"] in named else "",
        to_left=lambda row: row["completion_rate"] > far_right,
        completion=lambda row: language.percent(row["completion_rate"]),
        rating=lambda row: language.number(row["average_rating"], 2),
        count=lambda row: language.number(row["sessions"]),
        rated=lambda row: language.number(row["ratings"]),
    )


def middles(rows: pa.Table) -> tuple[float, float]:
    """Return the means of what is drawn, across and up."""
    return fmean(rows["across"].to_pylist()), fmean(rows["value"].to_pylist())


def _outermost(rows: Sequence[Mapping[str, Any]]) -> frozenset[int]:
    """Return the keys of the titles at the ends of either axis, and of the most watched one.

    Of two whose names would lie one upon the other, the first found is named.
    """
    found = [max(rows, key=lambda row: (row["sessions"], -row["content_id"]))]
    for column in ("completion_rate", "average_rating"):
        in_order = sorted(rows, key=lambda row: (row[column], row["content_id"]))
        ends = in_order[:_NAMED_AT_EACH_END] + in_order[::-1][:_NAMED_AT_EACH_END]
        for row in ends:
            if not any(_near(row, other, rows) for other in found):
                found.append(row)
    return frozenset(row["content_id"] for row in found)


def _near(one: Mapping[str, Any], other: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> bool:
    def distance(column: str) -> float:
        values = [row[column] for row in rows]
        apart: float = abs(one[column] - other[column])
        return apart / ((max(values) - min(values)) or 1)

    return distance("average_rating") < _NAME_HEIGHT and distance("completion_rate") < _NAME_WIDTH
