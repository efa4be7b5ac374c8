"""Says which days are to be loaded again, and what of it makes no sense."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Words:
    """Say how whoever asks calls what is asked for."""

    day: str
    first: str
    last: str
    rebuild: str


@dataclass(frozen=True)
class Again:
    """Say which days are to be loaded again from the lake alone.

    Attributes:
        day: up to which day all are made anew.
        first: the first day that is loaded again.
        last: the last one; without it, all that follow are.
        rebuild: whether all days are made anew, in a new warehouse.

    """

    day: date | None
    first: date | None
    last: date | None
    rebuild: bool

    def contradiction(self, words: Words) -> str:
        """Return what does not go together; nothing where all does."""
        if self.rebuild and (self.first or self.last):
            others = words.first if words.last == words.day else f"{words.first} or {words.last}"
            return f"{words.rebuild} makes all days anew; it takes no {others}"
        if self.last and not self.first:
            return f"{words.last} says up to which day, but {words.first} does not say from which"
        if self.first and self.day:
            return f"{words.day} is one day; {words.first} and {words.last} are several"
        if self.first and self.last and self.last < self.first:
            return f"{words.last} {self.last} is before {words.first} {self.first}"
        if not self.first and not self.rebuild:
            return f"neither {words.first} nor {words.rebuild} says what is to be loaded again"
        return ""
