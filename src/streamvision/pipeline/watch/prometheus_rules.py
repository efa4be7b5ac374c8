"""Says the rules of alerts in the language of Prometheus, over the metrics that every run leaves."""

from dataclasses import dataclass

from streamvision.domain.alert import AlertLimits, RuleName
from streamvision.pipeline.watch.alerts import rules

_HEAD = """\
# Alerting rules for Prometheus: the rules of `streamvision alerts list`, over the metrics of the runs.
# {origin}
groups:
  - name: streamvision
    rules:
"""
_RULE = """\
      - alert: {alert}
        expr: {expression}
        labels:
          severity: {severity}
          rule: {rule}
        annotations:
          summary: 'StreamVision {{{{ $labels.profile }}}}{of_table}: {summary}'
          description: 'Limit: {limit}. Look: streamvision alerts test --profile {{{{ $labels.profile }}}}'
"""
_BATCH = "streamvision_batch_rows"


@dataclass(frozen=True)
class _Alert:
    """Hold what Prometheus calls a rule, and what it looks at."""

    alert: str
    expression: str
    severity: str = "warning"
    of_table: bool = False


def prometheus_rules(limits: AlertLimits, origin: str) -> str:
    """Return the file of alerting rules under some limits.

    Args:
        limits: from where on something is told.
        origin: a sentence that says how the file came to be.

    """
    told = _alerts(limits)
    return _HEAD.format(origin=origin) + "".join(
        _RULE.format(
            alert=told[rule.name].alert,
            expression=told[rule.name].expression,
            severity=told[rule.name].severity,
            rule=rule.name,
            summary=rule.summary.replace("'", "''"),
            limit=rule.limit.replace("'", "''"),
            of_table=", {{ $labels.table }}" if told[rule.name].of_table else "",
        )
        for rule in rules(limits)
    )


def _alerts(limits: AlertLimits) -> dict[RuleName, _Alert]:
    extracted, quarantined = (f'{_BATCH}{{kind="{kind}"}}' for kind in ("extracted", "quarantined"))
    same = "ignoring(kind)"
    return {
        "last_run_failed": _Alert(
            "StreamVisionLastRunFailed", "streamvision_last_run_failed == 1", "critical"
        ),
        "no_run": _Alert(
            "StreamVisionNoRun",
            "time() - (streamvision_last_success_timestamp_seconds"
            " or streamvision_last_run_timestamp_seconds * 0)"
            f" > {_seconds(limits.no_run_hours)}",
            "critical",
        ),
        "stale_data": _Alert(
            "StreamVisionStaleData",
            f"time() - streamvision_newest_snapshot_timestamp_seconds > {_seconds(limits.max_age_hours)}",
        ),
        "freshness": _Alert("StreamVisionNotFresh", "streamvision_freshness_holds == 0", of_table=True),
        "quarantine_share": _Alert(
            "StreamVisionQuarantineShare",
            f"{quarantined} / {same} {extracted} > {limits.quarantine_share:g}"
            f" and {same} {quarantined} >= {limits.quarantine_rows:g}",
            of_table=True,
        ),
        "volume": _Alert(
            "StreamVisionVolume",
            f"{extracted} < {same} streamvision_batch_usual_rows_min"
            f" or {extracted} > {same} streamvision_batch_usual_rows_max",
            of_table=True,
        ),
    }


def _seconds(hours: float) -> str:
    return f"{hours * 3600:.0f}"
