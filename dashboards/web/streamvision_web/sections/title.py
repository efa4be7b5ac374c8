"""Visuals on one title."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pyarrow as pa
import streamlit as st

from streamvision_web import charts, figures
from streamvision_web.markdown import plain
from streamvision_web.queries import content, title
from streamvision_web.sections.framing import missed_notes
from streamvision_web.specification import Pick
from streamvision_web.view import View

_MOST_COUNTRIES = 12
_SCORES = range(1, 11)


def by_day(view: View, content_id: int) -> None:
    """Draw its watch time by day."""
    with view.visual("title-by-day", view.text("title_by_day"), metrics=("watch_time",)):
        rows = view.rows(title.WATCH_TIME_BY_DAY, content_id=content_id)
        if not rows.num_rows:
            return view.nothing()
        language, name = view.language, view.text("watch_time")
        drawn = figures.with_columns(
            rows,
            value=lambda row: row["watch_seconds"] / 3600,
            series=lambda _: name,
            day_written=lambda row: language.day(date.fromisoformat(row["day"])),
            written=lambda row: language.hours(row["watch_seconds"]),
            count=lambda row: language.number(row["sessions"]),
        )
        chart = charts.day_columns(
            drawn,
            language,
            axis=view.text("watch_hours"),
            days=(view.filters.first_day, view.filters.last_day),
            tooltip={
                "day_written": view.text("day"),
                "written": view.text("watch_time"),
                "count": view.text("sessions"),
            },
        )
        return view.chart(chart, rows)


def countries(view: View, content_id: int) -> None:
    """Draw where it is watched."""
    found = view.rows(content.SESSIONS_BY_COUNTRY.of_title(), content_id=content_id)
    rows = pa.Table.from_pylist([row for row in found.to_pylist() if row["sessions"]], schema=found.schema)
    _shares(view, "title-countries", rows, "country_code", view.language.code)


def devices(view: View, content_id: int) -> None:
    """Draw on what it is watched."""
    rows = view.rows(content.SESSIONS_BY_DEVICE.of_title(), content_id=content_id)
    _shares(view, "title-devices", rows, "device_type", None)


def _shares(view: View, key: str, rows: pa.Table, code: str, name: str | None) -> None:
    kind = "country" if name else "device"
    with view.visual(key, view.text(key.replace("-", "_")), metrics=("sessions",)):
        if not rows.num_rows:
            return view.nothing()
        language = view.language
        total = sum(rows["sessions"].to_pylist())
        drawn = figures.with_columns(
            rows.slice(0, _MOST_COUNTRIES),
            label=lambda row: row[name] if name else language.label(kind, row[code]),
            value=lambda row: row["sessions"],
            written=lambda row: language.percent(row["sessions"] / total),
            count=lambda row: language.number(row["sessions"]),
        )
        chart = charts.bars(
            drawn,
            language,
            axis=view.text("sessions"),
            tooltip={"label": view.text(kind), "count": view.text("sessions"), "written": view.text("share")},
        )
        pick = Pick("countries" if name else "devices", code)
        return view.chart(chart, rows, pick=pick)


def scores(view: View, content_id: int) -> None:
    """Draw how often each score was given."""
    notes = missed_notes(view, title.SCORES)
    with view.visual("title-scores", view.text("title_scores"), *notes, metrics=("average_rating",)):
        rows = view.rows(title.SCORES, content_id=content_id)
        if not rows.num_rows:
            return view.nothing()
        given = dict(zip(rows["score"].to_pylist(), rows["ratings"].to_pylist(), strict=True))
        total = sum(given.values())
        language, name = view.language, view.text("ratings")
        drawn = pa.Table.from_pylist(
            [
                {
                    "period": language.number(score),
                    "series": name,
                    "value": given.get(score, 0),
                    "written": language.number(given.get(score, 0)),
                    "share": language.percent(given.get(score, 0) / total),
                }
                for score in _SCORES
            ]
        )
        chart = charts.columns(
            drawn,
            language,
            axis=name,
            colours={name: charts.BLUE},
            tooltip={"period": view.text("score"), "written": name, "share": view.text("share")},
        )
        return view.chart(chart, rows)


def episodes(view: View, content_id: int) -> None:
    """Draw how far the viewers of a series come."""
    rows = view.marts.rows(title.EPISODES, content_id=content_id)
    note = view.text("title_episodes_note")
    with view.visual("title-episodes", view.text("title_episodes"), note, metrics=("reach_rate",)):
        if not rows.num_rows:
            return view.nothing()
        language, name = view.language, view.text("episode_reached")

        def place(row: Mapping[str, Any]) -> str:
            return view.text("episode_place", season=row["season_number"], episode=row["episode_number"])

        drawn = figures.with_columns(
            rows,
            period=place,
            series=lambda _: name,
            value=lambda row: row["reach_rate"],
            written=lambda row: language.percent(row["reach_rate"]),
            count=lambda row: language.number(row["viewers"]),
            completed=lambda row: language.percent(row["completion_rate"]),
            continued=lambda row: language.percent(row["continuation_rate"]),
        )
        chart = charts.columns(
            drawn,
            language,
            axis=name,
            number_format=".0%",
            colours={name: charts.BLUE},
            tooltip={
                "period": view.text("episode"),
                "episode_title": view.text("title"),
                "count": view.text("episode_viewers"),
                "written": name,
                "completed": view.text("episode_completed"),
                "continued": view.text("episode_continued"),
            },
        )
        return view.chart(chart, rows)


def head(view: View, row: dict[str, object]) -> None:
    """Show the title's name and what it is; the name is text, whatever letters it has."""
    language = view.language
    kinds = [
        language.label("content_type", str(row["content_type"])),
        language.label("genre", str(row["genre"])),
        view.text("title_released", year=row["release_year"]),
        *([view.text("title_original")] if row["is_original"] else []),
    ]
    with st.container(key="title-head"):
        st.header(plain(str(row["title"])), anchor=False)
        st.caption(" · ".join(kinds))
