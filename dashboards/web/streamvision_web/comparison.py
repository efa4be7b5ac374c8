"""Holds a figure against the same figure of the days before, as many as are shown."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from streamvision_web.filters import Filters
from streamvision_web.language import Language
from streamvision_web.queries import choices
from streamvision_web.view import View

Direction = Literal[1, -1, 0]
"""Whether more is better, worse, or neither."""
Colour = Literal["blue", "orange", "gray"]

_UP, _DOWN = "\u25b2", "\u25bc"


@dataclass(frozen=True)
class Change:
    """Say how a figure changed, in words that suffice, and their colour."""

    words: str
    colour: Colour


def days_before(view: View, *, subscriptions: bool = False) -> Filters | None:
    """Return the filters over the days before; None where the data do not reach back so far.

    Args:
        view: of the page.
        subscriptions: whether it is for them: they began before the first session.

    """
    first = view.marts.row(choices.DAYS)["earliest" if subscriptions else "first_day"]
    before = view.filters.before()
    return before if isinstance(first, date) and before.first_day >= first else None


def relative(
    now: float | None, before: float | None, language: Language, better: Direction = 0
) -> Change | None:
    """Return the change of a count or an amount, in percent; None where there is nothing to divide by."""
    if now is None or not before:
        return None
    ratio = now / before - 1
    return _change(_seen(ratio * 100, 1), language.percent(abs(ratio)), better)


def points(
    now: float | None,
    before: float | None,
    language: Language,
    better: Direction = 0,
    *,
    decimals: int = 1,
) -> Change | None:
    """Return the change of a ratio, in percentage points."""
    if now is None or before is None:
        return None
    difference = (now - before) * 100
    written = language.text("points", number=language.number(abs(difference), decimals))
    return _change(_seen(difference, decimals), written, better)


def difference(
    now: float | None,
    before: float | None,
    language: Language,
    better: Direction = 0,
    *,
    decimals: int = 2,
) -> Change | None:
    """Return the change of a mean in its own unit."""
    if now is None or before is None:
        return None
    written = language.number(abs(now - before), decimals)
    return _change(_seen(now - before, decimals), written, better)


def _seen(value: float, decimals: int) -> float:
    """Return a difference as it is written: what rounds to nothing is no change."""
    return round(value, decimals)


def _change(value: float, written: str, better: Direction) -> Change:
    if not value:
        return Change(f"= {written}", "gray")
    words = f"{_UP if value > 0 else _DOWN} {written}"
    if not better:
        return Change(words, "gray")
    return Change(words, "blue" if (value > 0) == (better > 0) else "orange")


def comparison_note(view: View, before: Filters | None, *, subscriptions: Filters | None = None) -> str:
    """Return what the changes are held against, or why there are none.

    Args:
        view: of the page.
        before: the days before, where the data on viewing reach back so far.
        subscriptions: those where the data on subscriptions do.

    """
    if before is None and subscriptions is None:
        return view.text("no_days_before")
    language, days = view.language, view.filters.before()
    first, last = language.day(days.first_day), language.day(days.last_day)
    key = "compared" if before is not None else "compared_subscriptions"
    return view.text(key, first=first, last=last, days=language.number(view.filters.days))
