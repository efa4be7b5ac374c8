"""Makes the messages of a run: pure functions of how it ended."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from streamvision.domain.alert import RuleName, Verdict
from streamvision.domain.errors import StreamVisionError
from streamvision.domain.expectation import FRESHNESS, QUARANTINED
from streamvision.domain.message import Message
from streamvision.ports.failures import FailedTest
from streamvision.ports.run_log import RunRecord
from streamvision.ports.source import LogHealth
from streamvision.ports.warehouse import Outcome

FAILURES_PAGE = "failing-tests"
"""The page of the dashboards that shows the tests that failed."""
_MIB = 1024**2
_SHOWN_TESTS = 5


@dataclass(frozen=True)
class RunEnd:
    """Tell all that is known when a run has ended.

    Attributes:
        error: what stopped it; None where it is done.
        outcomes: what came of the expectations of the batches that it loaded.
        shown: the day that the dashboards show; empty where nothing is published, or nobody knows.
        log: how the source's log stands; None where it is not read, or could not be asked.
        log_bytes_before: how much of it was kept after the run before; None where nobody knows.
        alerts: the rules that fire.
        failed_tests: the tests of the data that failed, with how many rows are kept of each.
        dashboard_url: where people open the dashboards; empty where nobody has said so.

    """

    profile: str
    record: RunRecord
    error: BaseException | None = None
    outcomes: Sequence[Outcome] = ()
    shown: str = ""
    log: LogHealth | None = None
    log_bytes_before: int | None = None
    alerts: Sequence[Verdict] = ()
    failed_tests: Sequence[FailedTest] = ()
    dashboard_url: str = ""


def messages_of(end: RunEnd) -> list[Message]:
    """Return what there is to be told of a run, the worst first."""
    first = _success(end) if end.error is None else _failure(end, end.error)
    warnings = [*_breaches(end), *_alerts(end), *_tests(end), *_log(end)]
    return [first, *warnings] if end.error is not None else [*warnings, first]


def trial(profile: str) -> Message:
    """Return the message that tries whether messages arrive."""
    return Message(
        "info",
        f"StreamVision {profile}: a test",
        ("Messages about the runs of this profile will arrive here.",),
    )


def _failure(end: RunEnd, error: BaseException) -> Message:
    record = end.record
    what, *details = (record.error_text or str(error) or type(error).__name__).splitlines()
    parts: tuple[str, ...] = ()
    if isinstance(error, StreamVisionError):
        # What it says in its own lines comes last: they may be many.
        what, *details = error.what.splitlines() or [type(error).__name__]
        labelled = (("Where", error.where), ("Safe", error.safe), ("Next", error.next_command))
        parts = tuple(f"{label}: {text}" for label, text in labelled if text)
    step = record.steps[-1].name if record.steps else record.command
    # What was not let in is no run that could be looked at.
    look = () if record.outcome == "running" else (_look(end),)
    return Message(
        "failure",
        f"StreamVision {end.profile}: {_named(record)} failed at {step}",
        (what, _shown(end), *parts, *_failing_rows(end), *look, *details),
        key=f"{_scope(end)}{step}/{type(error).__name__}/{_fingerprint(what, *details)}",
    )


def _failing_rows(end: RunEnd) -> Iterator[str]:
    """Yield the commands, and the page, that show the rows of the tests that failed."""
    for each in end.failed_tests[:_SHOWN_TESTS]:
        yield f"Rows: streamvision failures show {each.test} --profile {end.profile} ({each.rows:,} rows)"
    if len(end.failed_tests) > _SHOWN_TESTS:
        yield f"Rows of {len(end.failed_tests)} tests: streamvision failures list --profile {end.profile}"
    if end.failed_tests and end.dashboard_url:
        yield f"Link: {end.dashboard_url}/{FAILURES_PAGE}"


def _success(end: RunEnd) -> Message:
    record = end.record
    rows = record.tables
    batches = sorted({each.batch_id for each in rows})
    seconds = f" in {record.seconds:,.0f} s" if record.seconds is not None else ""
    carried = (
        f"Batches {', '.join(batches)}: {_sum(each.loaded_rows for each in rows):,} rows loaded,"
        f" {_sum(each.quarantined_rows for each in rows):,} in quarantine."
        if batches
        else "The lake and the warehouse had it all already; nothing was carried."
    )
    return Message(
        "info",
        f"StreamVision {end.profile}: {_named(record)} is done{seconds}",
        (carried, _shown(end), _look(end)),
        resolves=_scope(end),
    )


def _sum(numbers: Iterator[int | None]) -> int:
    return sum(number or 0 for number in numbers)


def _breaches(end: RunEnd) -> Iterator[Message]:
    """Yield one message for each kind of expectation that does not hold."""
    broken = [outcome for outcome in end.outcomes if not outcome.holds]
    kinds = (
        ("quarantine", "too many rows are in quarantine", "streamvision quarantine list"),
        ("freshness", "the data are not fresh", "streamvision status"),
        ("volume", "the number of rows is not what is expected", "streamvision status"),
    )
    for kind, what, command in kinds:
        of_kind = [outcome for outcome in broken if _kind(outcome) == kind]
        if of_kind:
            concerned = sorted(f"{each.table} {each.expectation}" for each in of_kind)
            yield Message(
                "warning",
                f"StreamVision {end.profile}: {what}",
                (
                    *(f"Batch {each.batch_id}: {each.told}." for each in of_kind),
                    "The rows were loaded all the same.",
                    f"Next: {command} --profile {end.profile}",
                    _look(end),
                ),
                key=f"warning/{kind}/{_fingerprint(*concerned)}",
            )


def alert_messages(profile: str, verdicts: Sequence[Verdict]) -> list[Message]:
    """Return one message for each rule that fires."""
    firing: dict[RuleName, list[Verdict]] = {}
    for verdict in verdicts:
        if verdict.is_firing:
            firing.setdefault(verdict.rule, []).append(verdict)
    return [_alert(profile, rule, found) for rule, found in firing.items()]


def _alert(profile: str, rule: RuleName, found: Sequence[Verdict]) -> Message:
    tables = sorted(verdict.table for verdict in found)
    of_tables = f" of {', '.join(filter(None, tables))}" if any(tables) else ""
    return Message(
        "warning",
        f"StreamVision {profile}: the alert {rule}{of_tables} fires",
        (
            *(f"{f'{each.table}: ' if each.table else ''}{each.told}." for each in found),
            f"Next: streamvision alerts test --profile {profile}",
        ),
        key=f"alert/{rule}/{_fingerprint(*tables)}",
    )


def _alerts(end: RunEnd) -> list[Message]:
    """Return what the rules of alerts add to what is told of the run anyway."""
    breached = {(_kind(each), each.table) for each in end.outcomes if not each.holds}
    of_breach = {"quarantine_share": "quarantine", "volume": "volume"}
    told = {"last_run_failed", "no_run", "freshness"}
    return alert_messages(
        end.profile,
        [
            each
            for each in end.alerts
            if each.rule not in told and (of_breach.get(each.rule), each.table) not in breached
        ],
    )


def _kind(outcome: Outcome) -> str:
    if outcome.expectation == QUARANTINED:
        return "quarantine"
    return "freshness" if outcome.expectation.startswith(FRESHNESS) else "volume"


def _tests(end: RunEnd) -> Iterator[Message]:
    warnings = end.record.test_warnings
    if warnings:
        yield Message(
            "warning",
            f"StreamVision {end.profile}: {warnings:,} tests of the data warn",
            (
                "They stop nothing; the models were built.",
                f"Rows: streamvision failures list --profile {end.profile}",
                _look(end),
            ),
            key="warning/tests",
        )


def _log(end: RunEnd) -> Iterator[Message]:
    """Yield what the source's log of changes gives cause for."""
    health = end.log
    if health is None:
        return
    if health.lost_because:
        yield Message(
            "warning",
            f"StreamVision {end.profile}: the source's log of changes is lost",
            (
                f"{health.name}: {health.lost_because}; the next batch reads all tables whole.",
                f"Next: streamvision doctor --profile {end.profile}",
            ),
            key="warning/log lost",
        )
    elif health.keeps_much:
        before = end.log_bytes_before
        earlier = f", after the run before {_mib(before)}" if before is not None else ""
        yield Message(
            "warning",
            f"StreamVision {end.profile}: the source keeps {_mib(health.retained_bytes)} of its log",
            (
                f"It keeps {_mib(health.retained_bytes)} for the slot {health.name}{earlier}.",
                "A log that is not read fills the source's disk.",
                "Next: `streamvision extract` reads it; `streamvision log drop` gives it up.",
            ),
            key="warning/log kept",
        )


def _shown(end: RunEnd) -> str:
    if not end.shown:
        return "The dashboards show what they showed." if end.error else "Nothing is published."
    return f"The dashboards {'still ' if end.error else ''}show the state of {end.shown}."


def _look(end: RunEnd) -> str:
    return f"More: streamvision runs show {end.record.run_id} --profile {end.profile}"


def _named(record: RunRecord) -> str:
    return f"{record.command} of {record.day}" if record.day else record.command


def _scope(end: RunEnd) -> str:
    return f"failed/{end.record.command}/"


def _mib(size: int) -> str:
    return f"{size / _MIB:,.0f} MiB"


def _fingerprint(*texts: str) -> str:
    """Return the same for texts that differ in their figures only, such as days and counts."""
    return sha256(re.sub(r"\d+", "#", "\n".join(texts)).encode()).hexdigest()[:12]
