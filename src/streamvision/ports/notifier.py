"""Who is told of what happens, and what they were told."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from streamvision.domain.message import Message
from streamvision.domain.notice import Notice


class Notifier(Protocol):
    """Send messages to people."""

    @property
    def targets(self) -> Sequence[str]:
        """Return where messages go, each by a name of its own that holds no secret."""
        ...

    def send(self, target: str, message: Message) -> None:
        """Send a message to one of the targets.

        Raises:
            NotificationError: when it did not get there; what it tells holds no secret.

        """
        ...


class Notices(Protocol):
    """Remember what was told."""

    def opened(self) -> AbstractContextManager[dict[str, dict[str, Notice]]]:
        """Lend what was told, by target and key of the message, to one holder at a time.

        What the block makes of it is kept when it ends, whatever ends it. What is damaged counts as nothing.

        Raises:
            HomeError: when it cannot be read or kept.

        """
        ...
