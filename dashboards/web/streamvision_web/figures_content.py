"""Turns rows on content into what is drawn."""

from collections.abc import Mapping, Sequence
from math import ceil, floor
from statistics import fmean
from typing import Any, TypeAlias

import pyarrow as pa

from streamvision_web.figures import with_columns
from streamvision_web.language import Language

Ends: TypeAlias = tuple[tuple[float, float], tuple[float, float]]

LEAST_RATINGS = 3
"""Below so many ratings, a mean says little."""
LEAST_VALID_SESSIONS = 3

_PERCENTS = 101
_MANY_TITLES = 200
"""Among so many circles, fewer names can be read."""
_TO_THE_RIGHT = 0.6
"""From so far along the axis on, a name stands before its circle."""
_NAME_HEIGHT, _NAME_WIDTH = 0.07, 0.4
"""What a name takes of the axes."""
_SCORES = (1, 10)
"""The least and the best that a viewer can give."""
_STEPS = 20
"""The axis of the completion rate ends at one of so many parts."""


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
    (first, last), _ = _ends(kept)
    far_right = first + (last - first) * _TO_THE_RIGHT
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


def ends(rows: pa.Table) -> Ends:
    """Return where the axes of what is drawn end, across and up: no farther than a rate or a score can go."""
    return _ends(rows.to_pylist())


def _ends(rows: Sequence[Mapping[str, Any]]) -> Ends:
    rates = [row["completion_rate"] * _STEPS for row in rows]
    first, last = _around(rates, 0, _STEPS)
    return (first / _STEPS, last / _STEPS), _around([row["average_rating"] for row in rows], *_SCORES)


def _around(values: Sequence[float], least: int, most: int) -> tuple[int, int]:
    """Return the whole numbers between which all values lie, and which differ."""
    low, high = floor(min(values)), ceil(max(values))
    return (low, high) if low < high else (max(least, low - 1), min(most, high + 1))


def _outermost(rows: Sequence[Mapping[str, Any]]) -> frozenset[int]:
    """Return the keys of the most watched title, and of those at the ends of either axis.

    Of two whose names would lie one upon the other, the first found is named.
    """
    (first, last), (low, high) = _ends(rows)
    found = [max(rows, key=lambda row: (row["sessions"], -row["content_id"]))]
    at_each_end = 1 if len(rows) > _MANY_TITLES else 2
    for column in ("completion_rate", "average_rating"):
        in_order = sorted(rows, key=lambda row: (row[column], row["content_id"]))
        found += in_order[:at_each_end] + in_order[::-1][:at_each_end]
    taken: dict[int, tuple[float, float]] = {}
    for row in found:
        along = (row["completion_rate"] - first) / (last - first)
        begins = along - _NAME_WIDTH if along > _TO_THE_RIGHT else along
        up = (row["average_rating"] - low) / (high - low)
        if not any(abs(begins - x) < _NAME_WIDTH and abs(up - y) < _NAME_HEIGHT for x, y in taken.values()):
            taken[row["content_id"]] = (begins, up)
    return frozenset(taken)
