"""Fakes of those who are told, and of what they were told."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from streamvision.domain.errors import HomeError, NotificationError
from streamvision.domain.message import Message
from streamvision.domain.notice import Notice


class InMemoryNotifier:
    """Keep what was sent.

    Attributes:
        sent: the targets and messages, in their order.
        broken: the targets to which nothing gets, and what is raised then.

    """

    def __init__(self, *targets: str) -> None:
        """Take the targets."""
        self._targets = targets
        self.sent: list[tuple[str, Message]] = []
        self.broken: dict[str, Exception] = {}

    @property
    def targets(self) -> Sequence[str]:
        """Return where messages go."""
        return self._targets

    def check(self, target: str) -> None:
        """See that a target is one that can be sent to."""
        if target not in self._targets:
            raise NotificationError("There is no such target")

    def send(self, target: str, message: Message) -> None:
        """Send a message to one of the targets."""
        if target in self.broken:
            raise self.broken[target]
        self.sent.append((target, message))


class InMemoryNotices:
    """Remember what was told.

    Attributes:
        fails: when it cannot be used: at the beginning, at the end, or never.

    """

    def __init__(self) -> None:
        """Begin with nothing told."""
        self._told: dict[str, dict[str, Notice]] = {}
        self.fails = ""

    @contextmanager
    def opened(self) -> Iterator[dict[str, dict[str, Notice]]]:
        """Lend what was told."""
        if self.fails == "at the beginning":
            raise HomeError("The disk is full")
        told = {target: dict(notices) for target, notices in self._told.items()}
        try:
            yield told
        finally:
            if self.fails == "at the end":
                raise HomeError("The disk is full")
            self._told = told
