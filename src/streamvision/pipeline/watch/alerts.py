"""Holds the history of runs and the accounts of batches against the rules of alerts."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from streamvision.domain.alert import AlertLimits, RuleName, UsualRows, Verdict, usual_rows
from streamvision.domain.expectation import FRESHNESS
from streamvision.ports.monitor import Figures
from streamvision.ports.run_log import RunRecord
from streamvision.ports.warehouse import TableAccount

_WEEK = timedelta(days=7)
_UNKNOWN_ACCOUNTS = "the warehouse could not be asked"


@dataclass(frozen=True)
class Rule:
    """Describe a rule: what it tells, and its limits in words."""

    name: RuleName
    summary: str
    limit: str


def rules(limits: AlertLimits) -> list[Rule]:
    """Return the rules under some limits."""
    return [
        Rule("last_run_failed", "the last run failed", "any failure"),
        Rule("no_run", "no run has published for too long", f"{limits.no_run_hours:g} hours"),
        Rule("stale_data", "the newest picture of the source is too old", f"{limits.max_age_hours:g} hours"),
        Rule("freshness", "a table is not as fresh as its contract expects", "the contract's"),
        Rule(
            "quarantine_share",
            "too large a share of a table's newest batch is in quarantine",
            f"{limits.quarantine_share:.3g} of the rows, and {limits.quarantine_rows:g} rows",
        ),
        Rule(
            "volume",
            "a table's newest batch has not as many rows as are usual for its weekday",
            f"median of the same weekday over {limits.volume_weeks:g} weeks (at least"
            f" {limits.volume_least_weeks:g}), give or take the largest of"
            f" {limits.volume_deviations:g} robust deviations, {limits.volume_tolerance:.3g} of it"
            f" and {limits.volume_rows:g} rows",
        ),
    ]


def judged(figures: Figures, limits: AlertLimits) -> list[Verdict]:
    """Return what was found of every rule, in the order of the rules, and tables by their names."""
    parts: tuple[Callable[[Figures, AlertLimits], Iterator[Verdict]], ...] = (
        _last_run,
        _no_run,
        _stale,
        _freshness,
        _quarantine,
        _volume,
    )
    return [verdict for part in parts for verdict in part(figures, limits)]


def last_run(runs: Sequence[RunRecord]) -> RunRecord | None:
    """Return the newest run that did a step and has ended; None where there is none."""
    return next((run for run in runs if run.steps and run.outcome != "running"), None)


def last_publishing_run(runs: Sequence[RunRecord]) -> RunRecord | None:
    """Return the newest run that has published; None where there is none."""
    return next((run for run in runs if _has_published(run)), None)


def _has_published(run: RunRecord) -> bool:
    return any(step.name == "publish" and step.outcome == "done" for step in run.steps)


def newest_accounts(accounts: Sequence[TableAccount]) -> Mapping[str, TableAccount]:
    """Return the account of each table in the newest batch that has it, by the table's name."""
    newest: dict[str, TableAccount] = {}
    for account in sorted(accounts, key=lambda each: each.batch_id):
        newest[account.table] = account
    return dict(sorted(newest.items()))


@dataclass(frozen=True)
class Volume:
    """Hold the number of rows of a table's newest batch against those before.

    Attributes:
        usual: None where nothing can be said.
        unknown_because: why; empty otherwise.

    """

    account: TableAccount
    usual: UsualRows | None
    unknown_because: str = ""


def volumes(accounts: Sequence[TableAccount], limits: AlertLimits) -> Iterator[Volume]:
    """Yield, table by table, what is usual for the weekday of its newest batch.

    Only batches that were read in the same way count. One that tells of changes counts where it tells of one
    day: after a day without a batch there are the changes of two.
    """
    for table, newest in newest_accounts(accounts).items():
        days = {_day(each): each for each in accounts if each.table == table}
        day = _day(newest)
        if not _is_of_one_day(day, days):
            yield Volume(newest, None, "it tells of the changes of more than one day")
            continue
        earlier = [day - week * _WEEK for week in range(1, int(limits.volume_weeks) + 1)]
        alike = [each for each in earlier if each in days and days[each].mode == newest.mode]
        history = [days[each].extracted_rows for each in alike if _is_of_one_day(each, days)]
        usual = usual_rows(history, limits)
        few = f"{len(history)} batches of the same weekday, {limits.volume_least_weeks:g} are needed"
        yield Volume(newest, usual, "" if usual else few)


def _is_of_one_day(day: date, days: Mapping[date, TableAccount]) -> bool:
    # A batch of changes without one the day before tells of more than its day.
    return days[day].mode == "snapshot" or day - timedelta(days=1) in days


def _day(account: TableAccount) -> date:
    return date.fromisoformat(account.batch_id[:10])


def _last_run(figures: Figures, _limits: AlertLimits) -> Iterator[Verdict]:
    run = last_run(figures.runs)
    if run is None:
        yield Verdict("last_run_failed", "", "unknown", "no run has ended yet")
    elif run.outcome == "failed":
        told = f"the last run, {run.run_id} ({run.command}), failed: {run.error}"
        yield Verdict("last_run_failed", "", "firing", told)
    else:
        yield Verdict("last_run_failed", "", "well", f"the last run, {run.run_id}, is done")


def _no_run(figures: Figures, limits: AlertLimits) -> Iterator[Verdict]:
    run = last_publishing_run(figures.runs)
    if run is None or run.ended_at is None:
        # Where runs were tried and none has ever published, somebody waits for the first.
        yield Verdict("no_run", "", "firing" if figures.runs else "unknown", "no run has published yet")
        return
    hours = (figures.now - run.ended_at).total_seconds() / 3600
    told = f"the last run that published, {run.run_id}, ended {hours:,.1f} hours ago"
    yield Verdict("no_run", "", "firing" if hours > limits.no_run_hours else "well", told)


def _stale(figures: Figures, limits: AlertLimits) -> Iterator[Verdict]:
    if not figures.accounts:
        told = _UNKNOWN_ACCOUNTS if figures.accounts is None else "no batch was loaded yet"
        yield Verdict("stale_data", "", "unknown", told)
        return
    newest = max(account.snapshot_at for account in figures.accounts)
    hours = (figures.now - newest).total_seconds() / 3600
    told = f"the newest picture of the source was taken {hours:,.1f} hours ago"
    yield Verdict("stale_data", "", "firing" if hours > limits.max_age_hours else "well", told)


def _freshness(figures: Figures, _limits: AlertLimits) -> Iterator[Verdict]:
    for outcome in sorted(figures.outcomes, key=lambda each: each.table):
        if outcome.expectation.startswith(FRESHNESS):
            told = f"batch {outcome.batch_id}: {outcome.told}"
            yield Verdict("freshness", outcome.table, "well" if outcome.holds else "firing", told)


def _quarantine(figures: Figures, limits: AlertLimits) -> Iterator[Verdict]:
    for table, account in newest_accounts(figures.accounts or ()).items():
        rows, of = account.quarantined_rows, account.extracted_rows
        share = rows / of if of else 0.0
        told = f"{rows:,} of {of:,} rows of {account.batch_id} are in quarantine ({share:.1%})"
        is_firing = rows >= limits.quarantine_rows and share > limits.quarantine_share
        yield Verdict("quarantine_share", table, "firing" if is_firing else "well", told)


def _volume(figures: Figures, limits: AlertLimits) -> Iterator[Verdict]:
    for volume in volumes(figures.accounts or (), limits):
        account = volume.account
        found = f"{account.extracted_rows:,} rows in {account.batch_id}"
        if volume.usual is None:
            yield Verdict("volume", account.table, "unknown", f"{found}; {volume.unknown_because}")
            continue
        usual = f"{volume.usual.least:,.0f} to {volume.usual.most:,.0f} are usual for the weekday"
        is_well = volume.usual.holds(account.extracted_rows)
        yield Verdict("volume", account.table, "well" if is_well else "firing", f"{found}; {usual}")
