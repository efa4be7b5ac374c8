"""The page on subscriptions and engagement: how well it plays, who comes back, how subscriptions move."""

from functools import partial
from typing import Any

import streamlit as st

from streamvision_web import comparison, figures
from streamvision_web.comparison import Change, Direction
from streamvision_web.filters import Filters
from streamvision_web.queries import engagement, quality, subscriptions
from streamvision_web.sections import audience
from streamvision_web.sections import quality as playing
from streamvision_web.sections import subscriptions as subscribed
from streamvision_web.sections.framing import changed_figure
from streamvision_web.view import View

_METRICS = {"joined": "starts_and_reactivations", "cancelled": "cancellations"}


def show(view: View) -> None:
    """Draw the page."""
    _figures(view)
    st.markdown(f"### {view.text('part_quality')}")
    left, right = st.columns(2)
    with left:
        playing.trend(view)
    with right:
        playing.worst(view)
    playing.resolutions(view)
    st.markdown(f"### {view.text('part_audience')}")
    audience.users(view)
    left, right = st.columns([3, 1])
    with left:
        audience.weekdays(view)
    with right:
        audience.weekday_means(view)
    audience.retention(view)
    st.markdown(f"### {view.text('part_subscriptions')}")
    subscribed.mrr_waterfall(view)
    left, right = st.columns([1, 2])
    with left:
        subscribed.transitions(view)
    with right:
        subscribed.transition_matrix(view)
    left, right = st.columns([2, 1])
    with left:
        subscribed.movements(view)
    with right:
        subscribed.churn_by_plan(view)
    subscribed.payer_cohorts(view)


def _figures(view: View) -> None:
    now = view.marts.row(quality.REBUFFERING, view.filters)
    view.notice(selected=bool(now["sessions"]))
    before = comparison.days_before(view)
    before_subscriptions = comparison.days_before(view, subscriptions=True)
    with st.container(key="figures", gap="small"):
        columns = [*st.columns(3), *st.columns(3)]
        with columns[0]:
            _rebuffering(view, now["rebuffering_ratio"], before)
        with columns[1]:
            _daily_users(view, before)
        with columns[2]:
            _revenue(view, before_subscriptions)
        with columns[3]:
            _churn(view, before_subscriptions)
        _movements(view, before_subscriptions, columns[4], columns[5])
        st.caption(comparison.comparison_note(view, before, subscriptions=before_subscriptions))


def _rebuffering(view: View, ratio: float | None, before: Filters | None) -> None:
    language = view.language
    earlier = view.marts.row(quality.REBUFFERING, before)["rebuffering_ratio"] if before else None
    change = comparison.points(ratio, earlier, language, -1, decimals=2)
    verdict = Change(*figures.verdict(ratio, language))
    changed_figure(view, "rebuffering-ratio", ratio, change, quality.REBUFFERING, verdict=verdict)


def _daily_users(view: View, before: Filters | None) -> None:
    rows, _ = audience.active(view)
    users = figures.mean(rows["dau"].to_pylist())
    earlier = None
    if before:
        rows_before, _ = audience.active(view.under(before))
        earlier = figures.mean(rows_before["dau"].to_pylist())
    change = comparison.relative(users, earlier, view.language, 1)
    changed_figure(view, "average-dau", users, change, engagement.ACTIVE_USERS_FILTERED)


def _revenue(view: View, before: Filters | None) -> None:
    query, column = subscriptions.MRR_WATERFALL, "mrr_at_end_cents"
    now = view.marts.row(query, view.filters)
    earlier = view.marts.row(query, before)[column] if before else None
    change = comparison.relative(_float(now[column]), _float(earlier), view.language, 1)
    changed_figure(view, "mrr", _float(now[column]), change, query)


def _churn(view: View, before: Filters | None) -> None:
    query, column = subscriptions.CHURN, "churn_rate"
    now = view.marts.row(query, view.filters)[column]
    earlier = view.marts.row(query, before)[column] if before else None
    change = comparison.points(now, earlier, view.language, -1, decimals=2)
    changed_figure(view, "churn-rate", now, change, query)


def _movements(view: View, before: Filters | None, joined: Any, cancelled: Any) -> None:  # noqa: ANN401 - columns
    query, language = subscriptions.TRANSITIONS, view.language
    counted = [_moved(view)] + ([_moved(view.under(before))] if before else [])
    sums = {
        "joined": [each.get("start", 0) + each.get("reactivation", 0) for each in counted],
        "cancelled": [each.get("cancellation", 0) for each in counted],
    }
    change = partial(comparison.relative, language=language)
    better: dict[str, Direction] = {"joined": 1, "cancelled": -1}
    for column, (name, (now, *earlier)) in zip((joined, cancelled), sums.items(), strict=True):
        with column:
            before_it = earlier[0] if earlier else None
            held = change(now, before_it, better=better[name])
            changed_figure(view, name, now, held, query, metric=_METRICS[name])


def _moved(view: View) -> dict[str, int]:
    return {row["movement_type"]: row["events"] for row in view.rows(subscriptions.TRANSITIONS).to_pylist()}


def _float(cents: Any) -> float | None:  # noqa: ANN401 - an exact decimal
    return None if cents is None else float(cents)
