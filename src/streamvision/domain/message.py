"""A message to people: what happened, how bad it is, and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Severity = Literal["info", "warning", "failure"]
NotifyOn = Literal["failure", "warning", "always"]
"""From which severity on people want to be told."""

_LEAST: dict[NotifyOn, Severity] = {"failure": "failure", "warning": "warning", "always": "info"}
_ORDER: tuple[Severity, ...] = ("info", "warning", "failure")
_MOST_CHARACTERS = 1800
"""What every service takes in one message; some refuse more than 2,000."""


@dataclass(frozen=True)
class Message:
    """Tell of one thing.

    Attributes:
        lines: the most important first; what does not fit is left out from the end.
        key: the same for the same trouble, which is told once in a while; empty where each is told.
        resolves: how the keys begin of the troubles that are over with this; empty where none is.

    """

    severity: Severity
    title: str
    lines: tuple[str, ...]
    key: str = ""
    resolves: str = ""

    @property
    def text(self) -> str:
        """Return the lines, as many as every service takes."""
        return _fitting(self.lines)


def is_wanted(severity: Severity, notify_on: NotifyOn) -> bool:
    """Tell whether people want to be told of something as bad as this."""
    return _ORDER.index(severity) >= _ORDER.index(_LEAST[notify_on])


def _fitting(lines: Sequence[str]) -> str:
    whole = "\n".join(lines)
    if len(whole) <= _MOST_CHARACTERS:
        return whole
    kept: list[str] = []
    for line in lines:
        if sum(len(each) + 1 for each in kept) + len(line) > _MOST_CHARACTERS - 100:
            break
        kept.append(line)
    if not kept:
        return lines[0][: _MOST_CHARACTERS - 1] + "…"
    return "\n".join([*kept, f"(and {len(lines) - len(kept)} more lines)"])
