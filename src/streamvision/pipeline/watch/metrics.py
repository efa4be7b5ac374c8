"""The metrics: their names, what they mean, and their values after a run."""

from collections.abc import Iterator

from streamvision.domain.alert import AlertLimits
from streamvision.domain.expectation import FRESHNESS
from streamvision.pipeline.watch.alerts import (
    judged,
    last_publishing_run,
    last_run,
    newest_accounts,
    volumes,
)
from streamvision.ports.monitor import Figures, Sample
from streamvision.ports.run_log import RunRecord

METRICS: dict[str, str] = {
    "streamvision_last_run_failed": "Whether the last run failed: 1 or 0.",
    "streamvision_last_run_timestamp_seconds": "When the last run ended.",
    "streamvision_last_success_timestamp_seconds": "When the last run that published ended.",
    "streamvision_run_duration_seconds": "How long the last run took.",
    "streamvision_run_test_warnings": "How many tests of the data warned in the last run.",
    "streamvision_step_duration_seconds": "How long a step of the last run took.",
    "streamvision_step_attempts": "How often a step of the last run was tried.",
    "streamvision_step_failed": "Whether a step of the last run failed: 1 or 0.",
    "streamvision_run_rows": "Rows of a table that the last run carried: extracted, loaded or quarantined.",
    "streamvision_run_bytes": "Bytes of a table's files in the batches that the last run carried.",
    "streamvision_batch_rows": "Rows of a table in its newest batch: extracted, loaded or quarantined.",
    "streamvision_batch_bytes": "Bytes of a table's files in its newest batch.",
    "streamvision_batch_usual_rows_min": "The fewest extracted rows that are usual for the weekday.",
    "streamvision_batch_usual_rows_max": "The most extracted rows that are usual for the weekday.",
    "streamvision_newest_snapshot_timestamp_seconds": "When the newest picture of the source was taken.",
    "streamvision_freshness_holds": "Whether a table is as fresh as its contract expects: 1 or 0.",
    "streamvision_source_log_retained_bytes": "How much of its log the source keeps for the lake.",
    "streamvision_alert_firing": "Whether an alert fired when the last run had ended: 1 or 0.",
}
"""Every metric, all of them gauges, with its help."""


def samples_of(figures: Figures, limits: AlertLimits) -> list[Sample]:
    """Return the values of all metrics."""
    of_profile = [("profile", figures.profile)]
    found = [*_of_runs(figures), *_of_batches(figures, limits), *_of_alerts(figures, limits)]
    return [Sample(each.name, each.value, (*of_profile, *each.labels)) for each in found]


def _of_runs(figures: Figures) -> Iterator[Sample]:
    if published := last_publishing_run(figures.runs):
        yield _moment("last_success", published)
    if run := last_run(figures.runs):
        yield Sample("streamvision_last_run_failed", float(run.outcome == "failed"))
        yield _moment("last_run", run)
        yield from _of_run(run)
    if figures.log_bytes is not None:
        yield Sample("streamvision_source_log_retained_bytes", figures.log_bytes)


def _moment(name: str, run: RunRecord) -> Sample:
    ended = run.ended_at or run.started_at
    return Sample(f"streamvision_{name}_timestamp_seconds", ended.timestamp())


def _of_run(run: RunRecord) -> Iterator[Sample]:
    yield Sample("streamvision_run_duration_seconds", run.seconds or 0.0)
    yield Sample("streamvision_run_test_warnings", run.test_warnings)
    for step in run.steps:
        labels = (("step", step.name),)
        yield Sample("streamvision_step_duration_seconds", step.seconds or 0.0, labels)
        yield Sample("streamvision_step_attempts", step.attempts, labels)
        yield Sample("streamvision_step_failed", float(step.outcome == "failed"), labels)
    for table in sorted({each.table for each in run.tables}):
        of_table = [each for each in run.tables if each.table == table]
        for kind in ("extracted", "loaded", "quarantined"):
            known = [rows for each in of_table if (rows := getattr(each, f"{kind}_rows")) is not None]
            if known:
                yield Sample("streamvision_run_rows", sum(known), (("table", table), ("kind", kind)))
        sizes = [each.extracted_bytes for each in of_table if each.extracted_bytes is not None]
        if sizes:
            yield Sample("streamvision_run_bytes", sum(sizes), (("table", table),))


def _of_batches(figures: Figures, limits: AlertLimits) -> Iterator[Sample]:
    accounts = figures.accounts or ()
    if accounts:
        newest = max(account.snapshot_at for account in accounts)
        yield Sample("streamvision_newest_snapshot_timestamp_seconds", newest.timestamp())
    for table, account in newest_accounts(accounts).items():
        for kind in ("extracted", "loaded", "quarantined"):
            rows = getattr(account, f"{kind}_rows")
            yield Sample("streamvision_batch_rows", rows, (("table", table), ("kind", kind)))
        yield Sample("streamvision_batch_bytes", account.extracted_bytes, (("table", table),))
    for volume in volumes(accounts, limits):
        if volume.usual is not None:
            labels = (("table", volume.account.table),)
            yield Sample("streamvision_batch_usual_rows_min", volume.usual.least, labels)
            yield Sample("streamvision_batch_usual_rows_max", volume.usual.most, labels)
    for outcome in figures.outcomes:
        if outcome.expectation.startswith(FRESHNESS):
            yield Sample("streamvision_freshness_holds", float(outcome.holds), (("table", outcome.table),))


def _of_alerts(figures: Figures, limits: AlertLimits) -> Iterator[Sample]:
    for verdict in judged(figures, limits):
        if verdict.state != "unknown":
            labels = (("rule", verdict.rule), ("table", verdict.table))
            yield Sample("streamvision_alert_firing", float(verdict.is_firing), labels)
