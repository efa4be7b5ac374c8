"""What is gathered of a run before it is told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from streamvision.domain.alert import Verdict
from streamvision.domain.errors import SourceUnreachableError
from streamvision.pipeline.notify.people import People, shown_day
from streamvision.pipeline.notify.step import Policy
from streamvision.ports.failures import FailedTest
from streamvision.ports.run_log import RunRecord, StepRecord, TableRows
from streamvision.ports.source import LogHealth
from streamvision.ports.warehouse import Warehouse
from tests.fakes.notifier import InMemoryNotices, InMemoryNotifier
from tests.fakes.run import InMemoryRunLog, SteppingClock
from tests.fakes.warehouse import InMemoryWarehouse

NOW = datetime(2026, 3, 15, 6, 0, tzinfo=UTC)
GIB = 1024**3
RECORD = RunRecord("r-1", "run", "2026-03-14", "done", NOW, NOW)
HEALTH = LogHealth("slot", is_kept=True, retained_bytes=5 * GIB, lost_because="", hindrances=())


def broken() -> InMemoryWarehouse:
    """Fail as a warehouse does that another process holds, with a secret in its words."""
    raise RuntimeError("hunter2")


def people(
    *targets: str,
    warehouse: Callable[[], Warehouse] = InMemoryWarehouse,
    log_health: Callable[[], LogHealth] | None = None,
) -> tuple[People, InMemoryNotifier, InMemoryRunLog]:
    """Return those who are told everything, what they got, and the history."""
    notifier, log = InMemoryNotifier(*targets), InMemoryRunLog()
    return (
        People(
            "live",
            notifier,
            InMemoryNotices(),
            Policy("always"),
            SteppingClock().now,
            log,
            warehouse,
            log_health,
            lambda text: text.replace("hunter2", "***"),
        ),
        notifier,
        log,
    )


def test_the_log_is_told_with_what_it_was_after_the_run_before() -> None:
    """And its size is handed back to be remembered."""
    told, notifier, log = people("mail", log_health=lambda: HEALTH)
    log.write(replace(RECORD, run_id="r-0", log_bytes=3 * GIB))
    assert told.tell(RECORD, None).log_bytes == 5 * GIB
    warning, success = (message for _, message in notifier.sent)
    assert "after the run before 3,072 MiB" in warning.lines[0]
    assert success.severity == "info"


def test_what_cannot_be_asked_is_left_out() -> None:
    """The source may be what does not answer, and the warehouse be held: the failure is told all the same."""

    def unreachable() -> LogHealth:
        raise SourceUnreachableError("it does not answer")

    told, notifier, _ = people("mail", warehouse=broken, log_health=unreachable)
    record = replace(RECORD, tables=(TableRows("2026-03-14", "users", 1, 1, 0),))
    result = told.tell(record, SourceUnreachableError("hunter2 does not answer"))
    assert [delivery.state for delivery in result.deliveries] == ["sent"]
    assert result.log_bytes is None
    ((_, message),) = notifier.sent
    assert message.lines[:2] == ("*** does not answer", "The dashboards show what they showed.")
    assert shown_day(broken) == ""


def test_an_error_of_our_own_does_not_fail_the_run() -> None:
    """It is told by its kind."""
    told, notifier, log = people("mail")
    log.recent = lambda _limit: broken()  # type: ignore[method-assign,assignment,return-value]
    (delivery,) = told.tell(RECORD, None).deliveries
    assert (delivery.state, delivery.reason) == ("failed", "RuntimeError")
    assert notifier.sent == []


def test_where_nobody_is_told_nothing_is_asked() -> None:
    """Neither the source nor the warehouse."""

    def asked() -> LogHealth:
        raise AssertionError("the source was asked")

    told, _, _ = people(warehouse=broken, log_health=asked)
    assert told.tell(RECORD, None).deliveries == ()


def test_everybody_gets_a_trial() -> None:
    """With the profile's name."""
    told, notifier, _ = people("chat", "mail")
    assert [delivery.target for delivery in told.try_all()] == ["chat", "mail"]
    assert notifier.sent[0][1].title == "StreamVision live: a test"


def test_failing_rows_are_asked_for_where_a_transformation_failed() -> None:
    """Be it that another process tells of it, with an error of its own; and nowhere else."""
    told, notifier, _ = people("mail")
    asked = replace(told, failed_tests=lambda: [FailedTest("keys_are_unique", 2, "there")])
    step = StepRecord("transform", NOW, NOW, "failed")
    asked.tell(replace(RECORD, outcome="failed", steps=(step,)), RuntimeError("2 tests failed"))
    asked.tell(replace(RECORD, outcome="failed", steps=(replace(step, name="load"),)), RuntimeError("no"))
    (_, first), (_, second) = notifier.sent
    assert "Rows: streamvision failures show keys_are_unique --profile live (2 rows)" in first.lines
    assert not [line for line in second.lines if line.startswith("Rows")]


def test_failing_rows_or_alerts_that_cannot_be_asked_for_are_left_out() -> None:
    """The failure is told all the same."""

    def refuse(*_arguments: object) -> list[Any]:
        raise RuntimeError("hunter2")

    told, notifier, _ = people("mail")
    step = StepRecord("transform", NOW, NOW, "failed")
    record = replace(RECORD, outcome="failed", steps=(step,))
    replace(told, failed_tests=refuse, verdicts=refuse).tell(record, RuntimeError("2 tests failed"))
    ((_, message),) = notifier.sent
    assert message.severity == "failure"


def test_alerts_are_told_whatever_people_asked_for() -> None:
    """Who calls for alerts wants them; the same is told once in a while."""
    told, notifier, _ = people("mail")
    strict = replace(told, policy=Policy("failure"))
    firing = [Verdict("no_run", "", "firing", "hunter2 is late"), Verdict("volume", "t", "well", "fine")]
    assert [each.state for each in strict.tell_alerts(firing)] == ["sent"]
    assert [each.state for each in strict.tell_alerts(firing)] == ["held back"]
    ((_, message),) = notifier.sent
    assert message.lines[0] == "*** is late."
