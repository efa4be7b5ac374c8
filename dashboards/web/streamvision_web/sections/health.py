"""Visuals on the health of the data: runs, rows accounted for, quarantine, failed tests, lineage."""

import pandas as pd
import streamlit as st

from streamvision.ports.run_log import RunRecord
from streamvision_web import charts, figures_health, lineage_graph
from streamvision_web.comparison import Change, Colour
from streamvision_web.health_data import RUNS, Health
from streamvision_web.language import DASH
from streamvision_web.view import View

_GOOD: Colour = "blue"
_BAD: Colour = "orange"


def figures(view: View, health: Health) -> None:
    """Show the last run, the age of the data, what is published, the account and the failed tests."""
    shown = (_last_run, _freshness, _published, _accounted, _failed_tests)
    with st.container(key="figures"):
        for column, show in zip(st.columns(len(shown)), shown, strict=True):
            with column:
                show(view, health)


def _figure(view: View, key: str, value: str, said: Change | None = None) -> None:
    name = f"health_{key.replace('-', '_')}"
    view.figure(
        key, value, name=name, verdict=said.words if said else None, colour=said.colour if said else "gray"
    )


def _last_run(view: View, health: Health) -> None:
    if not health.runs:
        return _figure(view, "last-run", view.text("health_no_run"))
    run = health.runs[0]
    ago = view.language.duration((health.now - (run.ended_at or run.started_at)).total_seconds())
    words = view.text("health_ended", command=run.command, ago=ago)
    colours: dict[str, Colour] = {"done": _GOOD, "failed": _BAD}
    colour = colours.get(run.outcome, "gray")
    return _figure(view, "last-run", view.language.label("outcome", run.outcome), Change(words, colour))


def _freshness(view: View, health: Health) -> None:
    _figure(view, "freshness", view.language.duration(health.age_seconds))


def _published(view: View, health: Health) -> None:  # noqa: ARG001 - as its neighbours
    publication, language = view.marts.publication, view.language
    since = view.text("health_since", moment=language.moment(publication.published_at))
    _figure(view, "published", language.day(publication.batch_date), Change(since, "gray"))


def _accounted(view: View, health: Health) -> None:
    batch = health.newest_batch
    extracted = sum(each.extracted_rows for each in batch)
    if not extracted:
        return _figure(view, "accounted", DASH)
    wrong = sum(not each.balances for each in batch)
    kept = sum(each.loaded_rows + each.quarantined_rows for each in batch)
    said = (
        Change(view.text("health_not_accounted", tables=wrong), _BAD)
        if wrong
        else Change(view.text("health_all_accounted"), _GOOD)
    )
    return _figure(view, "accounted", view.language.percent(kept / extracted), said)


def _failed_tests(view: View, health: Health) -> None:
    failed = health.failed_tests
    _figure(view, "failed-tests", DASH if failed is None else view.language.number(len(failed)))


def failed_run(view: View, health: Health) -> None:
    """Say at which step the last run failed, and which command tells why.

    The error itself is not shown: its words may name a value of somebody's row.
    """
    last = health.runs[0] if health.runs else None
    if last is None or last.outcome != "failed":
        return
    step = next((each.name for each in last.steps if each.outcome == "failed"), "")
    written = view.language.label("step", step) if step else DASH
    note = view.text("health_run_failed", step=written)
    with view.visual("run-failed", view.text("health_run_error"), note):
        st.code(f"streamvision runs show {last.run_id} --profile {health.profile}", language=None)


def failing_tests(view: View, health: Health) -> None:
    """Show the tests that failed, with the command that shows their rows."""
    found = health.failed_tests
    if found is None:
        return
    if not found:
        with st.container(key="no-failing-tests"):
            st.success(view.text("failing_none"), icon=":material/check:")
        return
    with view.visual("failing-tests", view.text("failing_table"), view.text("failing_note")):
        commands = [f"streamvision failures show {each.test} --profile {health.profile}" for each in found]
        st.code("\n".join(commands), language=None)
        rows, tests = view.text("failing_rows"), view.text("failing_test")
        table = pd.DataFrame({tests: [each.test for each in found], rows: [each.rows for each in found]})
        view.table(table, {rows: view.language.number})


def rows_accounted(view: View, health: Health) -> None:
    """Show, by table of the newest batch, what became of the rows."""
    batch = health.newest_batch
    notes = [view.text("health_batch", batch=batch[0].batch_id)] if batch else []
    with view.visual("rows-accounted", view.text("health_rows"), *notes):
        if not batch:
            return _empty(view, health, "health_no_batch", known=health.accounts is not None)
        rows = figures_health.accounts(batch)
        number = view.language.number
        counts = {
            "extracted_rows": view.text("health_extracted"),
            "loaded_rows": view.text("health_loaded"),
            "quarantined_rows": view.text("health_quarantined"),
        }
        table = rows.to_pandas()
        table["balances"] = [view.text("yes" if each else "health_no") for each in table["balances"]]
        heads = {"table": view.text("health_table"), **counts, "balances": view.text("health_balances")}
        return view.table(table.rename(columns=heads), dict.fromkeys(counts.values(), number), rows=rows)


def quarantine(view: View, health: Health) -> None:
    """Show how many rows broke which rule, and what was decided of them."""
    with view.visual("quarantine", view.text("health_quarantine"), view.text("health_quarantine_note")):
        rows = figures_health.quarantine(health.quarantine or ())
        if not rows.num_rows:
            return _empty(view, health, "health_quarantine_none", known=health.quarantine is not None)
        table = rows.to_pandas()
        table["status"] = [view.language.label("quarantine_status", each) for each in table["status"]]
        heads = {
            "table": view.text("health_table"),
            "rule": view.text("health_rule"),
            "status": view.text("health_status"),
            "rows": view.text("failing_rows"),
        }
        return view.table(table.rename(columns=heads), {heads["rows"]: view.language.number}, rows=rows)


def durations(view: View, health: Health) -> None:
    """Draw how long the steps of the last runs took."""
    note = view.text("health_durations_note", runs=RUNS)
    with view.visual("step-durations", view.text("health_durations"), note):
        rows = figures_health.durations(health.runs, view.language)
        if not rows.num_rows:
            st.info(view.text("health_no_runs"))
            return
        chart = charts.columns(
            rows,
            view.language,
            axis=view.text("health_seconds"),
            colours=figures_health.step_colours(rows, view.language),
            tooltip={
                "period": view.text("health_run"),
                "command": view.text("health_command"),
                "series": view.text("health_step"),
                "written": view.text("health_took"),
                "outcome": view.text("health_outcome"),
            },
        )
        view.chart(chart, rows.select(["run", "command", "series", "value", "outcome"]))


def runs(view: View, health: Health) -> None:
    """List the last runs."""
    with view.visual("last-runs", view.text("health_runs")):
        if not health.runs:
            st.info(view.text("health_no_runs"))
            return
        view.table(pd.DataFrame([_run(view, each) for each in health.runs]), height=charts.HEIGHT)


def _run(view: View, run: RunRecord) -> dict[str, str]:
    language = view.language
    return {
        view.text("health_began"): language.moment(run.started_at),
        view.text("health_command"): run.command,
        view.text("health_carried"): run.day or DASH,
        view.text("health_outcome"): language.label("outcome", run.outcome),
        view.text("health_took"): language.duration(run.seconds),
    }


def lineage(view: View, health: Health) -> None:
    """Draw which model reads which."""
    with view.visual("lineage", view.text("health_lineage"), view.text("health_lineage_note")):
        if not health.models:
            st.info(view.text("health_lineage_none"))
            return
        everything = ""
        chosen = st.selectbox(
            view.text("health_model"),
            [everything, *sorted(model.name for model in health.models)],
            format_func=lambda name: name or view.text("health_all_models"),
            key=f"lineage-model-{view.language.code}",
            label_visibility="collapsed",
        )
        nodes, edges = figures_health.lineage(health.models, chosen or None)
        chart = lineage_graph.graph(
            nodes,
            edges,
            view.language,
            layers=figures_health.LAYERS,
            tooltip={
                "name": view.text("health_model"),
                "layer_written": view.text("health_layer"),
                "reads": view.text("health_reads"),
                "read_by": view.text("health_read_by"),
            },
        )
        view.chart(chart)


def _empty(view: View, health: Health, words: str, *, known: bool) -> None:
    """Say that there is nothing, or that it cannot be told now and why."""
    if known:
        st.info(view.text(words))
    else:
        reason = health.problem or view.text("health_run_at_work")
        st.warning(view.text("health_cannot", reason=reason))
