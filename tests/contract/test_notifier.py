"""What every notifier does."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from streamvision.adapters.notifier.apprise_urls import AppriseNotifier
from streamvision.domain.errors import NotificationError
from streamvision.domain.message import Message
from streamvision.ports.notifier import Notifier
from tests.fakes.notifier import InMemoryNotifier
from tests.support.post import webhook

MESSAGE = Message("failure", "it failed", ("why", "what now"))


@dataclass(frozen=True)
class Subject:
    """Hold a notifier of two targets, the second of which is broken.

    Attributes:
        got: returns the titles and texts that arrived at the first one.

    """

    notifier: Notifier
    got: Callable[[], list[tuple[str, str]]]


@pytest.fixture(params=["apprise", "memory"])
def subject(request: pytest.FixtureRequest) -> Iterator[Subject]:
    """Return a notifier to two targets."""
    if request.param == "memory":
        memory = InMemoryNotifier("1 chat", "2 chat")
        memory.broken["2 chat"] = NotificationError("It did not get there")
        yield Subject(memory, lambda: [(message.title, message.text) for _, message in memory.sent])
        return
    with webhook() as good, webhook() as bad:
        bad.status = 500
        yield Subject(
            AppriseNotifier([good.url, bad.url]),
            lambda: [(document["title"], document["message"]) for document in good.documents],
        )


def test_each_target_has_a_name_of_its_own(subject: Subject) -> None:
    """What was told to it is remembered by it."""
    assert len(set(subject.notifier.targets)) == 2


def test_a_message_arrives_whole(subject: Subject) -> None:
    """Each time that it is sent."""
    first, _ = subject.notifier.targets
    subject.notifier.send(first, MESSAGE)
    subject.notifier.send(first, MESSAGE)
    assert subject.got() == [(MESSAGE.title, MESSAGE.text)] * 2


def test_a_message_that_does_not_arrive_is_an_error(subject: Subject) -> None:
    """And nothing arrives elsewhere instead."""
    _, second = subject.notifier.targets
    with pytest.raises(NotificationError):
        subject.notifier.send(second, MESSAGE)
    assert subject.got() == []
