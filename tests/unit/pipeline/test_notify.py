"""Who is told what, when, and what becomes of it where that fails."""

from datetime import timedelta

import pytest

from streamvision.domain.errors import NotificationError
from streamvision.domain.message import Message
from streamvision.pipeline.notify.step import Delivery, Policy, notify, send_all
from tests.fakes.notifier import InMemoryNotices, InMemoryNotifier
from tests.fakes.run import SteppingClock

FAILED = Message("failure", "it failed", ("why",), key="failed/run/1")
OTHER = Message("failure", "it failed otherwise", ("why",), key="failed/run/2")
WARNING = Message("warning", "take care", ("why",), key="warning/1")
DONE = Message("info", "it is done", ("how",), resolves="failed/run/")
POLICY = Policy("warning", timedelta(hours=12))


class Desk:
    """Tell people, hour by hour."""

    def __init__(self, *targets: str) -> None:
        """Take the targets."""
        self.notifier, self.notices, self.clock = (
            InMemoryNotifier(*targets),
            InMemoryNotices(),
            SteppingClock(),
        )

    def tell(self, *messages: Message, policy: Policy = POLICY) -> list[Delivery]:
        """Tell something."""
        return notify(self.notifier, self.notices, messages, policy, self.clock.now)

    def titles(self, target: str = "mail") -> list[str]:
        """Return the titles of what a target got."""
        return [message.title for to, message in self.notifier.sent if to == target]


def test_only_what_people_want_is_sent() -> None:
    """A success is nothing to be told, unless they say so."""
    desk = Desk("mail")
    desk.tell(WARNING, DONE)
    assert desk.titles() == ["take care"]
    desk.tell(WARNING, DONE, policy=Policy("always"))
    assert desk.titles() == ["take care", "it is done"]
    desk.tell(OTHER, WARNING, policy=Policy("failure"))
    assert desk.titles()[2:] == ["it failed otherwise"]


def test_the_same_trouble_is_told_once_in_a_while_with_a_count() -> None:
    """Another one is told at once."""
    desk = Desk("mail")
    assert [each.state for each in desk.tell(FAILED)] == ["sent"]
    for _ in range(11):
        desk.clock.pause(3600)
        assert [each.state for each in desk.tell(FAILED)] == ["held back"]
    assert [each.state for each in desk.tell(OTHER)] == ["sent"]
    desk.clock.pause(3600)
    desk.tell(FAILED)
    assert desk.titles() == ["it failed", "it failed otherwise", "it failed (12 times)"]


def test_the_end_of_a_trouble_is_told_to_those_who_heard_of_it() -> None:
    """Once, though they want failures only; then the trouble is new when it comes again."""
    desk = Desk("mail")
    policy = Policy("failure")
    desk.tell(DONE, policy=policy)
    desk.tell(FAILED, policy=policy)
    desk.tell(DONE, policy=policy)
    desk.tell(DONE, policy=policy)
    desk.tell(FAILED, policy=policy)
    assert desk.titles() == ["it failed", "it is done", "it failed"]
    assert desk.notifier.sent[1][1].lines[0].startswith("This is well again; it had failed once since")


def test_a_target_that_does_not_answer_keeps_nothing_from_the_others() -> None:
    """It is told next time, and only it."""
    desk = Desk("chat", "mail")
    desk.notifier.broken["chat"] = NotificationError("The message was not sent: error 500")
    first = desk.tell(FAILED)
    assert [(each.target, each.state, each.reason) for each in first] == [
        ("chat", "failed", "The message was not sent: error 500"),
        ("mail", "sent", ""),
    ]
    del desk.notifier.broken["chat"]
    assert [each.state for each in desk.tell(FAILED)] == ["sent", "held back"]
    assert (desk.titles("chat"), desk.titles("mail")) == (["it failed"], ["it failed"])


def test_an_error_of_a_service_is_told_by_its_kind_alone() -> None:
    """Its words may hold a URL with a secret, and the run does not fail for it."""
    desk = Desk("chat")
    desk.notifier.broken["chat"] = RuntimeError("https://hooks.example.org/hunter2 did not answer")
    (delivery,) = desk.tell(FAILED)
    assert (delivery.state, delivery.reason) == ("failed", "RuntimeError")
    assert delivery.line == "message to chat failed: it failed: RuntimeError"


@pytest.mark.parametrize("fails", ["at the beginning", "at the end"])
def test_what_cannot_be_remembered_is_told_all_the_same(fails: str) -> None:
    """Once, and then again: a full disk is the worst time to keep silent."""
    desk = Desk("mail")
    desk.notices.fails = fails
    for _ in range(2):
        sent, trouble = desk.tell(FAILED)
        assert sent.state == "sent"
        assert (
            trouble.line
            == "message failed: all messages: what was told cannot be remembered: The disk is full"
        )
    assert desk.titles() == ["it failed", "it failed"]


def test_nobody_to_tell_is_nothing_to_do() -> None:
    """Nothing is remembered either."""
    desk = Desk()
    desk.notices.fails = "at the beginning"
    assert desk.tell(FAILED) == []


def test_a_trial_goes_to_everybody_whatever_was_told() -> None:
    """And is not remembered."""
    desk = Desk("chat", "mail")
    desk.tell(FAILED)
    assert [each.state for each in send_all(desk.notifier, FAILED)] == ["sent", "sent"]
