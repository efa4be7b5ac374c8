"""What people are told of a run."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from streamvision.domain.alert import RuleName, Verdict
from streamvision.domain.errors import DataQualityError, RunInProgressError, SourceUnreachableError
from streamvision.domain.message import Message
from streamvision.pipeline.notify.messages import RunEnd, alert_messages, messages_of, trial
from streamvision.ports.failures import FailedTest
from streamvision.ports.run_log import RunRecord, StepRecord, TableRows
from streamvision.ports.source import LogHealth
from streamvision.ports.warehouse import Outcome

NOW = datetime(2026, 3, 15, 6, 0, tzinfo=UTC)
GIB = 1024**3
RECORD = RunRecord(
    "r-1",
    "run",
    "2026-03-14",
    "done",
    NOW,
    NOW + timedelta(seconds=75),
    steps=(StepRecord("extract", NOW), StepRecord("transform", NOW)),
    tables=(TableRows("2026-03-14", "users", 1200, 1190, 10), TableRows("2026-03-14", "plans", 5, 5, 0)),
)
END = RunEnd("production", RECORD, shown="2026-03-14")
QUALITY = DataQualityError(
    "2 tests of the data failed:\n  - account_agrees: Got 3 results\n  - users_have_plans: Got 1 result",
    where="the models in warehouse/",
    safe="RAW is complete, and the dashboards show the last good day",
    next_command="mend the source, then `streamvision run`",
)
HEALTH = LogHealth("streamvision_1", is_kept=True, retained_bytes=5 * GIB, lost_because="", hindrances=())


def failed(error: Exception, **changes: object) -> Message:
    """Return the message of a run that failed."""
    record = replace(RECORD, **({"outcome": "failed"} | changes))  # type: ignore[arg-type]
    end = replace(END, error=error, shown="2026-03-13", record=record)
    (message,) = messages_of(end)
    return message


def outcome(expectation: str, table: str = "users", *, holds: bool = False) -> Outcome:
    """Return what came of an expectation."""
    return Outcome("2026-03-14", table, expectation, "this", "that", holds)


def test_a_failure_says_what_is_shown_what_is_safe_and_what_to_do() -> None:
    """In this order, since the end may not fit; what each test found comes last."""
    message = failed(QUALITY)
    assert (message.severity, message.title) == (
        "failure",
        "StreamVision production: run of 2026-03-14 failed at transform",
    )
    assert message.lines == (
        "2 tests of the data failed:",
        "The dashboards still show the state of 2026-03-13.",
        "Where: the models in warehouse/",
        "Safe: RAW is complete, and the dashboards show the last good day",
        "Next: mend the source, then `streamvision run`",
        "More: streamvision runs show r-1 --profile production",
        "  - account_agrees: Got 3 results",
        "  - users_have_plans: Got 1 result",
    )


def test_the_same_failure_of_another_day_has_the_same_key() -> None:
    """Thirty days that fail alike are told once; another test that fails is another trouble."""
    first = failed(QUALITY)
    later = failed(DataQualityError(QUALITY.what.replace("3 results", "41 results")), day="2026-03-15")
    other = failed(DataQualityError(QUALITY.what.replace("users_have_plans", "users_have_names")))
    assert first.key == later.key
    assert first.key != other.key
    assert first.key != failed(SourceUnreachableError("The source does not answer")).key


def test_a_failure_before_any_step_and_of_no_known_kind_is_told_too() -> None:
    """With what was recorded of it, which holds no secret, and not with its own words."""
    message = failed(ValueError("hunter2"), steps=(), error_text="*** is wrong", day="", command="up")
    assert message.title == "StreamVision production: up failed at up"
    assert message.lines[0] == "*** is wrong"
    assert "hunter2" not in message.text


def test_what_was_not_let_in_is_told_and_cannot_be_looked_at() -> None:
    """It is no run of the history."""
    message = failed(RunInProgressError("Another run is at work"), steps=(), outcome="running")
    assert message.lines == ("Another run is at work", "The dashboards still show the state of 2026-03-13.")


def test_a_failure_is_told_where_nobody_knows_what_is_shown() -> None:
    """It is what it was."""
    (message,) = messages_of(replace(END, error=QUALITY, shown=""))
    assert message.lines[1] == "The dashboards show what they showed."


def test_a_success_says_what_was_carried_and_ends_failures_of_the_same_command() -> None:
    """Rows loaded and in quarantine."""
    (message,) = messages_of(END)
    assert (message.severity, message.key, message.resolves) == ("info", "", "failed/run/")
    assert message.title == "StreamVision production: run of 2026-03-14 is done in 75 s"
    assert message.lines == (
        "Batches 2026-03-14: 1,195 rows loaded, 10 in quarantine.",
        "The dashboards show the state of 2026-03-14.",
        "More: streamvision runs show r-1 --profile production",
    )
    assert failed(QUALITY).key.startswith(message.resolves)


def test_a_run_that_had_nothing_to_carry_says_so() -> None:
    """It is done all the same."""
    (message,) = messages_of(replace(END, record=replace(RECORD, tables=())))
    assert "it all already" in message.lines[0]


@pytest.mark.parametrize(
    ("expectation", "title", "command"),
    [
        ("quarantined share", "too many rows are in quarantine", "streamvision quarantine list"),
        ("freshness of started_at", "the data are not fresh", "streamvision status"),
        ("volume", "the number of rows is not what is expected", "streamvision status"),
        ("volume change", "the number of rows is not what is expected", "streamvision status"),
    ],
)
def test_an_expectation_that_does_not_hold_is_a_warning(expectation: str, title: str, command: str) -> None:
    """One message a kind, before that of the success; those that hold are not told."""
    outcomes = [outcome(expectation), outcome(expectation, "plans"), outcome(expectation, "x", holds=True)]
    warning, success = messages_of(replace(END, outcomes=outcomes))
    assert (warning.severity, success.severity) == ("warning", "info")
    assert warning.title == f"StreamVision production: {title}"
    assert warning.lines[:2] == (
        f"Batch 2026-03-14: users: {expectation} is this, expected that.",
        f"Batch 2026-03-14: plans: {expectation} is this, expected that.",
    )
    assert f"Next: {command} --profile production" in warning.lines
    again = [replace(each, batch_id="2026-03-15", observed="more") for each in outcomes]
    assert messages_of(replace(END, outcomes=again))[0].key == warning.key
    assert messages_of(replace(END, outcomes=again[:1]))[0].key != warning.key


def test_each_kind_of_breach_is_a_message_of_its_own() -> None:
    """Also where the run failed later, after the failure."""
    outcomes = [outcome("freshness of a"), outcome("volume"), outcome("quarantined share")]
    messages = messages_of(replace(END, error=QUALITY, outcomes=outcomes))
    assert [message.severity for message in messages] == ["failure", "warning", "warning", "warning"]
    assert len({message.key for message in messages}) == 4


def test_tests_that_warn_are_told() -> None:
    """They stop nothing."""
    warning, _ = messages_of(replace(END, record=replace(RECORD, test_warnings=2)))
    assert warning.title == "StreamVision production: 2 tests of the data warn"
    assert "Rows: streamvision failures list --profile production" in warning.lines


def test_a_log_that_grows_is_told_with_how_it_was_before() -> None:
    """A source whose disk fills stops the service itself."""
    warning, _ = messages_of(replace(END, log=HEALTH, log_bytes_before=3 * GIB))
    assert warning.title == "StreamVision production: the source keeps 5,120 MiB of its log"
    assert "for the slot streamvision_1, after the run before 3,072 MiB." in warning.lines[0]
    assert "`streamvision extract`" in warning.lines[2]
    assert "before" not in messages_of(replace(END, log=HEALTH))[0].lines[0]


@pytest.mark.parametrize("retained", [0, 4 * GIB])
def test_a_log_of_a_usual_size_is_not_told(retained: int) -> None:
    """It is kept between any two runs."""
    assert len(messages_of(replace(END, log=replace(HEALTH, retained_bytes=retained)))) == 1


def test_a_log_that_is_lost_is_told() -> None:
    """However large it is."""
    lost = replace(HEALTH, lost_because="the source no longer has all of it")
    warning, _ = messages_of(replace(END, log=lost))
    assert warning.title == "StreamVision production: the source's log of changes is lost"
    assert "reads all tables whole" in warning.lines[0]


FAILED_TESTS = [FailedTest("account_agrees", 3, "there"), FailedTest("users_have_plans", 1, "there")]


def test_a_failing_test_leads_to_its_rows() -> None:
    """By the command that shows them, and a link where the profile knows the dashboards; before details."""
    end = replace(END, error=QUALITY, failed_tests=FAILED_TESTS, dashboard_url="https://data.example.org")
    (message,) = messages_of(end)
    rows = [
        "Rows: streamvision failures show account_agrees --profile production (3 rows)",
        "Rows: streamvision failures show users_have_plans --profile production (1 rows)",
        "Link: https://data.example.org/failing-tests",
    ]
    at = message.lines.index(rows[0])
    assert list(message.lines[at : at + 3]) == rows
    assert message.lines.index("  - users_have_plans: Got 1 result") > at
    (without,) = messages_of(replace(end, dashboard_url=""))
    assert rows[0] in without.lines
    assert not [line for line in without.lines if line.startswith("Link")]


def test_of_many_failing_tests_some_are_named_and_all_are_counted() -> None:
    """The message has to fit."""
    many = [FailedTest(f"test_{number}", 1, "there") for number in range(9)]
    (message,) = messages_of(replace(END, error=QUALITY, failed_tests=many))
    assert len([line for line in message.lines if line.startswith("Rows: ")]) == 5
    assert "Rows of 9 tests: streamvision failures list --profile production" in message.lines


def test_a_failure_of_another_kind_has_no_rows() -> None:
    """Neither command nor link would lead anywhere."""
    (message,) = messages_of(replace(END, error=QUALITY, dashboard_url="https://data.example.org"))
    assert not [line for line in message.lines if line.startswith(("Rows", "Link"))]


def verdict(rule: RuleName, table: str = "", told: str = "it is so") -> Verdict:
    """Return what was found of a rule that fires."""
    return Verdict(rule, table, "firing", told)


def test_alerts_are_told_one_message_for_a_rule() -> None:
    """With its tables; the same rule of other tables is other trouble, other figures are the same."""
    alerts = [
        verdict("volume", "plays", "7 rows"),
        verdict("volume", "users", "8 rows"),
        verdict("stale_data"),
    ]
    volume, stale, success = messages_of(replace(END, alerts=alerts))
    assert volume.severity == stale.severity == "warning"
    assert success.severity == "info"
    assert volume.title == "StreamVision production: the alert volume of plays, users fires"
    assert volume.lines == (
        "plays: 7 rows.",
        "users: 8 rows.",
        "Next: streamvision alerts test --profile production",
    )
    assert stale.lines[0] == "it is so."
    (again,) = alert_messages("production", [replace(each, told="9 rows") for each in alerts[:2]])
    (fewer,) = alert_messages("production", alerts[:1])
    assert again.key == volume.key
    assert fewer.key != volume.key


def test_what_is_told_of_a_run_anyway_is_no_alert_beside() -> None:
    """A run that failed or loaded too much bad data says so by itself."""
    alerts = [
        verdict("last_run_failed"),
        verdict("no_run"),
        verdict("freshness", "users"),
        verdict("quarantine_share", "users"),
    ]
    outcomes = [outcome("quarantined share"), outcome("freshness of a")]
    titles = [message.title for message in messages_of(replace(END, alerts=alerts, outcomes=outcomes))]
    assert not [title for title in titles if "alert" in title]
    (warning, _) = messages_of(replace(END, alerts=[verdict("quarantine_share", "plans")]))
    assert "the alert quarantine_share of plans fires" in warning.title


def test_rules_that_do_not_fire_are_no_messages() -> None:
    """Nor are those that nothing is known of."""
    others = [Verdict("volume", "plays", "well", "fine"), Verdict("volume", "users", "unknown", "too few")]
    assert alert_messages("p", others) == []


def test_a_trial_is_of_a_profile() -> None:
    """It says what will come."""
    assert trial("production").title == "StreamVision production: a test"
