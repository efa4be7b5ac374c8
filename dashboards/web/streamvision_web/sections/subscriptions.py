"""Visuals on subscriptions: how they move from plan to plan, what they bring in, and who leaves."""

from functools import partial

import streamlit as st

from streamvision_web import charts, figures, figures_engagement, heat_maps, waterfall
from streamvision_web.queries import choices, subscriptions
from streamvision_web.sections.audience import cohort_tooltip
from streamvision_web.sections.framing import alone, missed_notes
from streamvision_web.view import View

_AT_FIRST = ("start", "reactivation", "upgrade", "downgrade", "cancellation")


def transitions(view: View) -> None:
    """Draw the shares of the kinds of movements."""
    with view.visual(
        "plan-transitions",
        view.text("plan_transitions"),
        *_movement_notes(view),
        metrics=("plan_transitions",),
    ):
        rows = view.rows(subscriptions.TRANSITIONS)
        if not rows.num_rows:
            return view.nothing()
        language = view.language
        tooltip = {
            "movement": view.text("movement"),
            "written": view.text("count"),
            "share_written": view.text("share"),
        }
        total = language.number(sum(rows["events"].to_pylist()))
        drawn = figures.transitions(rows, language)
        return view.chart(charts.donut(drawn, language, tooltip=tooltip, total=total), rows)


def transition_matrix(view: View) -> None:
    """Draw how often each plan was changed for each other."""
    notes = [view.text("matrix_note"), *_movement_notes(view)]
    with view.visual("transition-matrix", view.text("matrix"), *notes, metrics=("plan_transitions",)):
        rows = view.rows(subscriptions.TRANSITION_MATRIX)
        if not rows.num_rows:
            return view.nothing()
        plans = view.marts.rows(choices.PLANS).to_pylist()
        names = {row["code"]: row["name"] for row in plans if row["name"]}
        drawn = figures_engagement.matrix(rows, view.language, names)
        chart = heat_maps.heat_map(
            drawn,
            view.language,
            axes=(view.text("plan_after"), view.text("plan_before")),
            scale="sqrt",
            tooltip={
                "down": view.text("plan_before"),
                "across": view.text("plan_after"),
                "count": view.text("count"),
                "share": view.text("share_of_plan_before"),
            },
            height=charts.HEIGHT,
        )
        return view.chart(chart, rows)


@alone
def movements(view: View) -> None:
    """Draw the movements of each period."""
    notes = [*_movement_notes(view), view.text("movements_note")]
    with view.visual(
        "movements-over-time", view.text("movements_chart"), *notes, metrics=("plan_transitions",)
    ):
        language = view.language
        chosen = st.pills(
            view.text("movements_shown"),
            list(figures.MOVEMENT_COLOURS),
            selection_mode="multi",
            default=_AT_FIRST,
            format_func=partial(language.label, "movement"),
            key=f"movements-{language.code}",
            label_visibility="collapsed",
        )
        by = figures.step(view.filters.first_day, view.filters.last_day)
        rows = view.rows(subscriptions.MOVEMENTS_OVER_TIME, step=by, movements=list(chosen))
        if not rows.num_rows:
            return view.nothing()
        colours = figures.MOVEMENT_COLOURS
        chart = charts.columns(
            figures.movements(rows, language, by),
            language,
            axis=view.text("movements_axis", step=view.text(f"step_{by}")),
            colours={language.label("movement", name): colours[name] for name in colours if name in chosen},
            tooltip={
                "period": view.text("period_column"),
                "series": view.text("movement"),
                "written": view.text("count"),
            },
        )
        return view.chart(chart, rows)


def mrr_waterfall(view: View) -> None:
    """Draw how the monthly recurring revenue came from its start to its end."""
    notes = [view.text("mrr_note"), *missed_notes(view, subscriptions.MRR_WATERFALL)]
    metrics = (
        "mrr",
        "new_mrr",
        "expansion_mrr",
        "reactivation_mrr",
        "contraction_mrr",
        "voluntary_churn_mrr",
        "involuntary_churn_mrr",
    )
    with view.visual("mrr-waterfall", view.text("mrr_waterfall"), *notes, metrics=metrics):
        rows = view.rows(subscriptions.MRR_WATERFALL)
        totals = rows.to_pylist()[0]
        if not totals["days"]:
            return view.nothing()
        words = {kind: view.text(f"mrr_{kind}") for kind in waterfall.COLOURS}
        chart = waterfall.waterfall(
            figures_engagement.waterfall(totals, view.language, words),
            view.language,
            axis=view.text("mrr"),
            words=words,
            tooltip={
                "step": view.text("mrr_step"),
                "written": view.text("amount"),
                "kind": view.text("kind"),
            },
        )
        view.chart(chart, rows)
        if not figures_engagement.balances(totals):
            st.warning(view.text("mrr_unbalanced"))
        return None


def churn_by_plan(view: View) -> None:
    """Draw the share of the payers of each plan who leave in a month."""
    notes = [view.text("churn_note"), *missed_notes(view, subscriptions.CHURN_BY_PLAN)]
    with view.visual("churn-by-plan", view.text("churn_by_plan"), *notes, metrics=("churn_rate",)):
        rows = view.rows(subscriptions.CHURN_BY_PLAN)
        if not rows.num_rows:
            return view.nothing()
        words = {kind: view.text(f"churn_{kind}") for kind in figures_engagement.CHURN_COLOURS}
        chart = charts.stacked_bars(
            figures_engagement.churn_by_plan(rows, view.language, words),
            view.language,
            axis=view.text("churn_axis"),
            number_format=".1%",
            colours={words[kind]: colour for kind, colour in figures_engagement.CHURN_COLOURS.items()},
            tooltip={
                "label": view.text("plan"),
                "series": view.text("kind"),
                "written": view.text("churn_axis"),
                "count": view.text("payers_lost"),
                "payers": view.text("payers_at_start"),
            },
        )
        return view.chart(chart, rows)


def payer_cohorts(view: View) -> None:
    """Draw how many of each cohort of payers still pay, month by month."""
    notes = [view.text("payer_cohorts_note"), *missed_notes(view, subscriptions.PAYER_COHORTS)]
    with view.visual("payer-cohorts", view.text("payer_cohorts"), *notes, metrics=("payer_retention",)):
        rows = view.rows(subscriptions.PAYER_COHORTS)
        if not rows.num_rows:
            return view.nothing()
        ends = figures_engagement.ends_of(rows)
        chart = heat_maps.heat_map(
            figures_engagement.cohorts(rows, view.language, "month", ends),
            view.language,
            ends=ends,
            axes=(view.text("months_since"), view.text("payer_cohort")),
            tooltip=cohort_tooltip(view, "months_since", "payer_cohort"),
        )
        return view.chart(chart, rows)


def _movement_notes(view: View) -> list[str]:
    notes = missed_notes(view, subscriptions.TRANSITIONS)
    return [*notes, view.text("plan_either_side")] if view.filters.plans else notes
