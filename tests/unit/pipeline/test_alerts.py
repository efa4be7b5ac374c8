"""What each rule of alerts finds in the history of runs and the accounts of batches."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from streamvision.domain.alert import AlertLimits, RuleName, Verdict
from streamvision.domain.changes import Mode
from streamvision.pipeline.watch.alerts import judged, rules
from streamvision.ports.monitor import Figures
from streamvision.ports.run_log import RunRecord
from streamvision.ports.warehouse import Outcome, TableAccount
from tests.fakes.monitoring import DAY, NOW, account, run

LIMITS = AlertLimits()
WEEK, HOUR, ONE_DAY = timedelta(days=7), timedelta(hours=1), timedelta(days=1)


def found(rule: RuleName, figures: Figures, limits: AlertLimits = LIMITS) -> list[Verdict]:
    """Return what was found of one rule."""
    return [verdict for verdict in judged(figures, limits) if verdict.rule == rule]


def state(rule: RuleName, figures: Figures) -> str:
    """Return the state of a rule that is about one thing."""
    (verdict,) = found(rule, figures)
    return verdict.state


def of(*runs: RunRecord, accounts: Sequence[TableAccount] | None = ()) -> Figures:
    """Return figures with some runs, the newest first."""
    return Figures("production", NOW, runs, accounts)


def test_every_rule_is_described_and_judged() -> None:
    """In the same order."""
    figures = replace(
        of(run(), accounts=weeks(1000)),
        outcomes=[Outcome("b", "plays", "freshness of a", "1", "2", holds=True)],
    )
    names = list(dict.fromkeys(verdict.rule for verdict in judged(figures, LIMITS)))
    assert names == [rule.name for rule in rules(LIMITS)]


def test_a_failed_last_run_fires() -> None:
    """With what stopped it; one before it, or one that goes on, says nothing of how things stand."""
    assert state("last_run_failed", of(run("r-2"), run("r-1", "failed"))) == "well"
    going_on = replace(run("r-3"), outcome="running", ended_at=None)
    (verdict,) = found("last_run_failed", of(going_on, run("r-2", "failed"), run("r-1")))
    assert verdict.is_firing
    assert "r-2 (run), failed: it broke" in verdict.told
    assert state("last_run_failed", of()) == "unknown"


@pytest.mark.parametrize(("hours", "expected"), [(0, "well"), (26, "well"), (26.1, "firing")])
def test_a_run_that_did_not_come_fires(hours: float, expected: str) -> None:
    """Only one that has published counts: one that failed, or was killed, showed nothing new."""
    published = run("r-1", ended=NOW - hours * HOUR)
    loaded = run("r-2", "failed", steps=("extract", "load", "transform"))
    killed = replace(run("r-3", steps=("extract",)), outcome="running", ended_at=None)
    assert state("no_run", of(killed, loaded, published)) == expected


def test_where_no_run_was_ever_tried_none_is_missed() -> None:
    """Where some were and none has published, somebody waits for it."""
    assert state("no_run", of()) == "unknown"
    assert state("no_run", of(run("r-1", "failed"))) == "firing"


@pytest.mark.parametrize(("days", "expected"), [(1, "well"), (3, "firing")])
def test_an_old_picture_fires(days: int, expected: str) -> None:
    """Of all tables the newest counts."""
    accounts = [account(NOW.date() - timedelta(days=9), "plans"), account(NOW.date() - timedelta(days=days))]
    assert state("stale_data", of(run(), accounts=accounts)) == expected


def test_a_warehouse_that_cannot_be_asked_is_unknown() -> None:
    """Nobody is called for what nobody knows; the runs that fail tell of it."""
    assert state("stale_data", of(run(), accounts=None)) == "unknown"
    assert found("volume", of(run(), accounts=None)) == []


def test_freshness_that_a_contract_expects_is_an_alert_of_its_table() -> None:
    """Other expectations are not."""
    outcomes = [
        Outcome("b", "plays", "freshness of started_at", "50 hours old", "at most 48", holds=False),
        Outcome("b", "users", "freshness of seen_at", "1 hour old", "at most 48", holds=True),
        Outcome("b", "users", "quarantined share", "1", "0", holds=False),
    ]
    verdicts = found("freshness", replace(of(), outcomes=outcomes))
    assert [(each.table, each.state) for each in verdicts] == [("plays", "firing"), ("users", "well")]


@pytest.mark.parametrize(
    ("rows", "quarantined", "expected"),
    [
        (100, 10, "firing"),
        (100, 5, "well"),
        (100, 9, "well"),
        (1000, 50, "well"),
        (1000, 51, "firing"),
        (0, 0, "well"),
    ],
)
def test_a_share_in_quarantine_fires_where_it_is_some_rows(
    rows: int, quarantined: int, expected: str
) -> None:
    """More than a twentieth, and ten rows at the least; two of three rows are no trend."""
    assert state("quarantine_share", of(accounts=[account(rows=rows, quarantined=quarantined)])) == expected


def test_of_each_table_its_newest_batch_counts() -> None:
    """What was in quarantine last week has been told."""
    accounts = [
        account(DAY - ONE_DAY, rows=100, quarantined=90),
        account(rows=100),
        account(table="users", rows=1),
    ]
    verdicts = found("quarantine_share", of(accounts=accounts))
    assert [(each.table, each.state) for each in verdicts] == [("plays", "well"), ("users", "well")]


def weeks(
    newest: int, *before: int, weekday: int = 1000, other_days: int = 10, mode: Mode = "changes"
) -> list[TableAccount]:
    """Return nine weeks of daily batches, in which a Saturday is not like other days.

    Args:
        newest: the rows of the newest Saturday.
        before: those of the Saturdays before it, the nearest first; what is missing is `weekday`.
        weekday: the rows of a usual Saturday.
        other_days: the rows of another day.
        mode: how the batches were read.

    """
    saturdays = [newest, *before, *[weekday] * (9 - len(before))]
    accounts = []
    for days in range(64):
        rows = saturdays[days // 7] if days % 7 == 0 else other_days
        accounts.append(account(DAY - timedelta(days=days), rows=rows, mode=mode))
    return accounts[::-1]


@pytest.mark.parametrize(
    ("newest", "expected"), [(1000, "well"), (701, "well"), (699, "firing"), (10, "firing"), (2000, "firing")]
)
def test_a_day_is_held_against_its_own_weekday(newest: int, expected: str) -> None:
    """What is usual on a Monday would be the loss of nearly all on a Saturday."""
    (verdict,) = found("volume", of(accounts=weeks(newest)))
    assert verdict.state == expected
    assert verdict.told == f"{newest:,} rows in 2026-03-14; 700 to 1,300 are usual for the weekday"


def test_a_bad_week_does_not_spoil_what_is_usual() -> None:
    """Neither an empty Saturday nor one of ten times the rows."""
    assert state("volume", of(accounts=weeks(1000, 0, 10_000))) == "well"
    assert state("volume", of(accounts=weeks(0, 0, 10_000))) == "firing"


def test_a_service_that_grows_is_not_an_alert() -> None:
    """By a twentieth a week, for two months; twice as much at once is."""
    grown = [round(1000 / 1.05**week) for week in range(10)]
    assert state("volume", of(accounts=weeks(*grown))) == "well"
    assert state("volume", of(accounts=weeks(2000, *grown[1:]))) == "firing"


def test_fewer_weeks_than_are_needed_say_nothing() -> None:
    """And it is said how many there are."""
    (verdict,) = found("volume", of(accounts=weeks(1)[-22:]))
    assert verdict.state == "unknown"
    assert verdict.told == "1 rows in 2026-03-14; 2 batches of the same weekday, 4 are needed"


def test_a_batch_of_changes_after_a_gap_is_not_a_day() -> None:
    """It has the changes of several; and such a one is no measure for others."""
    whole = weeks(1000)
    without_friday = [each for each in whole if each.batch_id != "2026-03-13"]
    (verdict,) = found("volume", of(accounts=without_friday))
    assert (verdict.state, "more than one day" in verdict.told) == ("unknown", True)
    gap_before = [each for each in weeks(1000, 7000) if each.batch_id != "2026-03-06"]
    assert state("volume", of(accounts=gap_before)) == "well"


def test_whole_tables_need_no_day_before() -> None:
    """Each holds the table as it was."""
    saturdays = [each for each in weeks(100, mode="snapshot") if each.extracted_rows != 10]
    assert state("volume", of(accounts=saturdays)) == "firing"


def test_batches_that_were_read_otherwise_do_not_count() -> None:
    """A whole table is no measure for a day's changes."""
    accounts = [replace(each, mode="snapshot") for each in weeks(10)[:-1]] + [account(rows=10)]
    (verdict,) = found("volume", of(accounts=accounts))
    assert verdict.state == "unknown"


def test_limits_are_the_profile_s() -> None:
    """Each rule under its own."""
    figures = of(run(ended=NOW - 3 * HOUR), accounts=[account(NOW.date() - ONE_DAY, rows=100, quarantined=2)])
    strict = AlertLimits(no_run_hours=2, max_age_hours=1, quarantine_share=0.01, quarantine_rows=1)
    firing = {verdict.rule for verdict in judged(figures, strict) if verdict.is_firing}
    assert firing == {"no_run", "stale_data", "quarantine_share"}
    assert not [verdict for verdict in judged(figures, LIMITS) if verdict.is_firing]
