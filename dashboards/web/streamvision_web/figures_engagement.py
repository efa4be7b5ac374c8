"""Turns rows on subscriptions and engagement into what is drawn."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from statistics import fmean
from typing import Any

import pyarrow as pa

from streamvision_web import charts
from streamvision_web.figures import REBUFFERING_THRESHOLD, period_written, with_columns
from streamvision_web.filters import Filters
from streamvision_web.language import DASH, Language

RESOLUTION_COLOURS: Mapping[str, str] = dict(
    zip(("SD", "HD", "Full HD", "4K"), charts.FEW_TO_MANY, strict=True)
)
"""Colour by resolution: the more lines, the darker. One that is not named here is grey."""

CHURN_COLOURS: Mapping[str, str] = {"voluntary": charts.ORANGE, "involuntary": charts.VERMILION}
VERDICT_COLOURS: Mapping[str, str] = {"within": charts.BLUE, "above": charts.VERMILION}

MRR_STEPS: Mapping[str, int] = {
    "mrr_at_start_cents": 0,
    "new_mrr_cents": 1,
    "expansion_mrr_cents": 1,
    "reactivation_mrr_cents": 1,
    "contraction_mrr_cents": -1,
    "voluntary_churn_mrr_cents": -1,
    "involuntary_churn_mrr_cents": -1,
    "mrr_at_end_cents": 0,
}
"""The steps from the start to the end, and whether each adds, takes away, or says where it stands."""

_BREAKDOWNS = {"countries": "country", "plans": "plan", "devices": "device", "genres": "genre"}
_DARK_SHARE = 0.42


def only_choice(filters: Filters) -> tuple[str, str] | None:
    """Return the breakdown and its value where one single value is all that is chosen beside the days."""
    chosen = {name: getattr(filters, name) for name in _BREAKDOWNS if getattr(filters, name)}
    if len(chosen) != 1:
        return None
    ((name, values),) = chosen.items()
    return (_BREAKDOWNS[name], values[0]) if len(values) == 1 else None


def outlier_days(rows: pa.Table, language: Language) -> pa.Table:
    """Return the days that lie outside, with their figure and what it would have had to stay below."""
    if not rows.num_rows:
        return pa.table({})
    return with_columns(
        rows,
        value=lambda row: row["figure"],
        day_written=lambda row: language.day(date.fromisoformat(row["day"])),
        written=lambda row: language.percent(row["figure"], 2),
        fence=lambda row: language.percent(row["upper_fence"], 2),
    )


def worst(rows: pa.Table, language: Language, words: Mapping[str, str]) -> pa.Table:
    """Return bars of rebuffering ratios; `words` say which lie within the threshold and which above."""

    def written(row: Mapping[str, Any]) -> str:
        ratio = language.percent(row["rebuffering_ratio"], 2)
        marked = row["outlier_days"]
        return f"{ratio}  \u25c6\u2009{language.number(marked)}" if marked else ratio

    return with_columns(
        rows,
        value=lambda row: row["rebuffering_ratio"],
        written=written,
        series=lambda row: words["within" if row["rebuffering_ratio"] < REBUFFERING_THRESHOLD else "above"],
        count=lambda row: language.number(row["sessions"]),
        ratio=lambda row: language.percent(row["rebuffering_ratio"], 2),
        outliers=lambda row: language.number(row["outlier_days"]),
    )


def resolution_split(rows: pa.Table, language: Language, step: str) -> pa.Table:
    """Return each resolution's share of the time played in each period."""
    totals: dict[str, int] = {}
    for row in rows.to_pylist():
        totals[row["period"]] = totals.get(row["period"], 0) + row["playing_seconds"]
    return with_columns(
        rows.rename_columns({"period": "period_iso"}),
        period=lambda row: period_written(row["period_iso"], language, step),
        series=lambda row: row["resolution"] or DASH,
        value=lambda row: row["playing_seconds"] / totals[row["period_iso"]],
        written=lambda row: language.percent(row["playing_seconds"] / totals[row["period_iso"]]),
        hours=lambda row: language.hours(row["playing_seconds"]),
        count=lambda row: language.number(row["sessions"]),
    )


def resolution_colours(names: Sequence[str]) -> dict[str, str]:
    """Return the colours of the resolutions that are there, from low to high."""
    known = [name for name in RESOLUTION_COLOURS if name in names]
    others = sorted(set(names) - set(known))
    return {name: RESOLUTION_COLOURS.get(name, charts.GREY) for name in (*known, *others)}


def calendar(rows: pa.Table, language: Language) -> pa.Table:
    """Return one cell per day, with the Monday of its week and its weekday."""
    weekdays = language.weekdays()

    def monday(row: Mapping[str, Any]) -> str:
        day = date.fromisoformat(row["day"])
        return (day - timedelta(days=day.weekday())).isoformat()

    def written(row: Mapping[str, Any]) -> str:
        day = date.fromisoformat(row["day"])
        return f"{weekdays[day.weekday()]} {language.day(day)}"

    return with_columns(
        rows.select(["day", "dau"]),
        week=monday,
        down=lambda row: weekdays[date.fromisoformat(row["day"]).weekday()][:3],
        value=lambda row: row["dau"],
        day_written=written,
        written=lambda row: language.number(row["dau"]),
        place=lambda row: date.fromisoformat(row["day"]).weekday(),
    ).sort_by([("week", "ascending"), ("place", "ascending")])


def by_weekday(rows: pa.Table, language: Language) -> pa.Table:
    """Return the mean of the daily users of each weekday that occurs, Monday first."""
    found: dict[int, list[int]] = {}
    for row in rows.to_pylist():
        found.setdefault(date.fromisoformat(row["day"]).weekday(), []).append(row["dau"])
    weekdays = language.weekdays()
    return pa.Table.from_pylist(
        [
            {
                "label": weekdays[number],
                "value": fmean(users),
                "written": language.number(fmean(users), 1),
                "days": language.number(len(users)),
            }
            for number, users in sorted(found.items())
        ]
    )


def ends_of(rows: pa.Table) -> tuple[float, float]:
    """Return the lowest and the highest rate after the cohorts' own period, in which all are there."""
    rates = [row["rate"] for row in rows.to_pylist() if row["periods_since"] and row["rate"] is not None]
    return (min(rates), max(rates)) if rates and min(rates) < max(rates) else (0.0, 1.0)


def cohorts(rows: pa.Table, language: Language, step: str, ends: tuple[float, float]) -> pa.Table:
    """Return the cells of cohorts; a period that is not over has a mark beside its value."""

    def down(row: Mapping[str, Any]) -> str:
        begins = date.fromisoformat(row["cohort"])
        return language.month(begins) if step == "month" else language.day(begins)

    return with_columns(
        rows,
        across=lambda row: row["periods_since"],
        down=lambda row: f"{down(row)} ({language.number(row['members'])})",
        value=lambda row: row["rate"],
        written=lambda row: (
            language.percent(row["rate"], 0) + ("" if row["is_whole"] else "*")
            if row["rate"] is not None
            else DASH
        ),
        strong=lambda row: (row["rate"] or 0) > ends[0] + (ends[1] - ends[0]) * _DARK_SHARE,
        count=lambda row: language.number(row["kept"]),
        share=lambda row: language.percent(row["rate"]),
        whole=lambda row: language.text("yes" if row["is_whole"] else "not_over"),
    )


def matrix(rows: pa.Table, language: Language, names: Mapping[str, str]) -> pa.Table:
    """Return the cells from each plan to each; `names` are the plans in their order."""
    counts = {(row["from_plan"], row["to_plan"]): row["events"] for row in rows.to_pylist()}
    known = [*names, *sorted({code for pair in counts for code in pair} - set(names) - {""})]
    most = max(counts.values(), default=0)
    sums = {code: sum(counts.get((code, other), 0) for other in (*known, "")) for code in (*known, "")}

    def name(code: str, without: str) -> str:
        return names.get(code, code) if code else language.text(without)

    return pa.Table.from_pylist(
        [
            {
                "from_plan": name(before, "no_plan_before"),
                "to_plan": name(after, "no_plan_after"),
                "down": name(before, "no_plan_before"),
                "across": name(after, "no_plan_after"),
                "value": count,
                "written": language.number(count) if count else "",
                # The scale is a square root: the middle of its colours lies at a quarter.
                "strong": bool(count and count > most / 6),
                "count": language.number(count),
                "share": language.percent(count / sums[before]) if sums[before] else DASH,
            }
            for before in ("", *known)
            for after in (*known, "")
            if (count := counts.get((before, after), 0)) or (before and after)
        ]
    )


def waterfall(totals: Mapping[str, Any], language: Language, words: Mapping[str, str]) -> pa.Table:
    """Return the columns from the start to the end; each hangs where the one before ended.

    Args:
        totals: the amounts in minor units, exact.
        language: for the words.
        words: for the kinds `level`, `rise` and `fall`.

    """
    listed, level = [], Decimal(0)
    for name, sign in MRR_STEPS.items():
        amount = Decimal(totals[name] or 0)
        before, level = (Decimal(0), amount) if not sign else (level, level + sign * amount)
        kind = "level" if not sign else "rise" if sign > 0 else "fall"
        marked = {1: "+", -1: "\u2212", 0: ""}[sign] if amount else ""
        listed.append(
            {
                "step": language.label("mrr_step", name),
                "kind": words[kind],
                "low": float(min(before, level) / 100),
                "high": float(max(before, level) / 100),
                "end": float(level / 100),
                "written": f"{marked}{language.money(amount)}",
                "amount_cents": float(sign * amount if sign else amount),
            }
        )
    return pa.Table.from_pylist(listed)


def balances(totals: Mapping[str, Any]) -> bool:
    """Say whether the start and all movements make the end, to the last fraction of a cent."""
    moved = sum(sign * Decimal(totals[name] or 0) for name, sign in MRR_STEPS.items())
    return Decimal(totals["mrr_at_start_cents"] or 0) + moved == Decimal(totals["mrr_at_end_cents"] or 0)


def churn_by_plan(rows: pa.Table, language: Language, words: Mapping[str, str]) -> pa.Table:
    """Return two parts per plan: those who left by their own will, and those after failed payments."""
    return pa.Table.from_pylist(
        [
            {
                "label": row["plan_name"],
                "series": word,
                "value": row[f"{kind}_rate"],
                "written": language.percent(row[f"{kind}_rate"], 2),
                "count": language.number(row[f"{kind.removesuffix('y')}ily_lost"]),
                "payers": language.number(row["payers_at_start"]),
            }
            for row in rows.to_pylist()
            for kind, word in words.items()
        ]
    )
