"""Which troubles were told, so that the same one is told once in a while and not at every run."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from streamvision.domain.message import Message

_FORGOTTEN_AFTER = timedelta(days=30)


@dataclass(frozen=True)
class Notice:
    """Remember one trouble.

    Attributes:
        first_at: when it was told first.
        told_at: when it was told last.
        seen_at: when it came last, told or not.
        held_back: how often it came since it was told, and was not told.

    """

    first_at: datetime
    told_at: datetime
    seen_at: datetime
    held_back: int = 0


Told = Mapping[str, Notice]
"""The troubles that were told, by the keys of their messages."""


def is_due(told: Told, message: Message, now: datetime, repeat_after: timedelta) -> bool:
    """Tell whether a message is to be sent now: the same one was not, for as long as that."""
    notice = told.get(message.key) if message.key else None
    # A clock that was set back must not keep people waiting.
    return notice is None or not timedelta(0) <= now - notice.told_at < repeat_after


def counted(told: Told, message: Message) -> Message:
    """Return a message that tells how often its trouble came since it was told, or what is over with it."""
    notice = told.get(message.key) if message.key else None
    if notice is not None:
        times = notice.held_back + 1
        line = f"It came {_times(times)} since this was told, first at {_moment(notice.first_at)}."
        return replace(message, title=f"{message.title} ({_times(times)})", lines=(line, *message.lines))
    over = resolved(told, message)
    if not over:
        return message
    since = min(told[key].first_at for key in over)
    times = sum(told[key].held_back + 1 for key in over)
    line = f"This is well again; it had failed {_times(times)} since {_moment(since)}."
    return replace(message, lines=(line, *message.lines))


def resolved(told: Told, message: Message) -> list[str]:
    """Return the keys of the troubles that are over with a message."""
    return [key for key in told if message.resolves and key.startswith(message.resolves)]


def after_sending(told: Told, message: Message, now: datetime) -> dict[str, Notice]:
    """Return what is remembered once a message was sent."""
    over = set(resolved(told, message))
    left = {key: notice for key, notice in _fresh(told, now).items() if key not in over}
    if message.key:
        before = told.get(message.key)
        left[message.key] = Notice(before.first_at if before else now, now, now)
    return left


def after_holding_back(told: Told, message: Message, now: datetime) -> dict[str, Notice]:
    """Return what is remembered once a message was held back because the same one was sent."""
    left = _fresh(told, now)
    notice = told[message.key]
    left[message.key] = replace(notice, seen_at=now, held_back=notice.held_back + 1)
    return left


def _fresh(told: Told, now: datetime) -> dict[str, Notice]:
    return {key: notice for key, notice in told.items() if now - notice.seen_at < _FORGOTTEN_AFTER}


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
