"""Messages to people, and how often they come."""

from datetime import UTC, datetime, timedelta

import pytest

from streamvision.domain.message import Message, NotifyOn, Severity, is_wanted
from streamvision.domain.notice import Notice, after_holding_back, after_sending, counted, is_due

NOW = datetime(2026, 3, 15, 6, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
FAILED = Message("failure", "it failed", ("why", "what now"), key="failed/run/1")
DONE = Message("info", "it is done", ("how much",), resolves="failed/run/")


@pytest.mark.parametrize(
    ("notify_on", "wanted"),
    [
        ("failure", ["failure"]),
        ("warning", ["warning", "failure"]),
        ("always", ["info", "warning", "failure"]),
    ],
)
def test_people_say_from_which_severity_on_they_are_told(notify_on: NotifyOn, wanted: list[str]) -> None:
    """What is worse is always told too."""
    severities: tuple[Severity, ...] = ("info", "warning", "failure")
    assert [severity for severity in severities if is_wanted(severity, notify_on)] == wanted


def test_a_short_text_is_whole() -> None:
    """Line by line."""
    assert FAILED.text == "why\nwhat now"


def test_a_long_text_loses_its_last_lines() -> None:
    """Some services refuse more than 2,000 characters; the first lines say what to do."""
    text = Message("failure", "t", ("next", *("x" * 99 for _ in range(40)))).text
    assert len(text) <= 1800
    assert text.startswith("next\nxxx")
    assert text.endswith("(and 24 more lines)")


def test_one_line_that_is_too_long_is_cut() -> None:
    """Something is better than nothing."""
    text = Message("failure", "t", ("x" * 9000,)).text
    assert (len(text), text[-1]) == (1800, "…")


def test_what_was_not_told_is_due() -> None:
    """So is what has no key, always."""
    assert is_due({}, FAILED, NOW, HOUR)
    assert is_due({"": Notice(NOW, NOW, NOW)}, DONE, NOW, HOUR)


def test_the_same_trouble_is_due_again_after_a_while() -> None:
    """Not before, but at once where the clock was set back."""
    told = after_sending({}, FAILED, NOW)
    assert not is_due(told, FAILED, NOW, HOUR)
    assert not is_due(told, FAILED, NOW + HOUR - timedelta(microseconds=1), HOUR)
    assert is_due(told, FAILED, NOW + HOUR, HOUR)
    assert is_due(told, FAILED, NOW - HOUR, HOUR)


def test_what_is_told_again_says_how_often_it_came() -> None:
    """Those that were held back count, and so does this one."""
    told = after_sending({}, FAILED, NOW)
    told = after_holding_back(told, FAILED, NOW + HOUR)
    told = after_holding_back(told, FAILED, NOW + 2 * HOUR)
    again = counted(told, FAILED)
    assert again.title == "it failed (3 times)"
    assert again.lines == (
        "It came 3 times since this was told, first at 2026-03-15 06:00 UTC.",
        "why",
        "what now",
    )
    told = after_sending(told, FAILED, NOW + 3 * HOUR)
    assert told[FAILED.key] == Notice(NOW, NOW + 3 * HOUR, NOW + 3 * HOUR)
    assert counted(told, FAILED).title == "it failed (once)"


def test_an_end_of_troubles_says_what_is_over_and_forgets_it() -> None:
    """Those of another command stay."""
    other = Message("failure", "t", (), key="failed/up/1")
    told = after_sending(after_sending({}, FAILED, NOW), other, NOW)
    told = after_holding_back(told, FAILED, NOW + HOUR)
    assert (
        counted(told, DONE).lines[0]
        == "This is well again; it had failed 2 times since 2026-03-15 06:00 UTC."
    )
    assert after_sending(told, DONE, NOW + HOUR).keys() == {"failed/up/1"}
    assert counted({}, DONE) == DONE


def test_what_has_not_come_for_a_month_is_forgotten() -> None:
    """What is remembered does not grow for ever."""
    told = after_sending({}, FAILED, NOW)
    other = Message("warning", "t", (), key="k")
    assert after_sending(told, other, NOW + timedelta(days=29)).keys() == {FAILED.key, "k"}
    assert after_sending(told, other, NOW + timedelta(days=30)).keys() == {"k"}
