"""Which days are loaded again, and what of it makes no sense."""

from datetime import date

import pytest

from streamvision.domain.again import Again, Words

_WORDS = Words(day="DAY", first="FIRST", last="LAST", rebuild="REBUILD")
_EARLY, _LATE = date(2026, 3, 1), date(2026, 3, 9)


@pytest.mark.parametrize(
    "again",
    [
        Again(None, _EARLY, None, rebuild=False),
        Again(None, _EARLY, _LATE, rebuild=False),
        Again(None, _EARLY, _EARLY, rebuild=False),
        Again(None, None, None, rebuild=True),
        Again(_LATE, None, None, rebuild=True),
    ],
)
def test_days_that_go_together_are_taken(again: Again) -> None:
    """One, several, those from one on, all, and all up to one."""
    assert again.contradiction(_WORDS) == ""


@pytest.mark.parametrize(
    ("again", "told"),
    [
        (Again(None, _EARLY, None, rebuild=True), "REBUILD makes all days anew; it takes no FIRST or LAST"),
        (Again(None, None, _LATE, rebuild=True), "REBUILD makes all days anew; it takes no FIRST or LAST"),
        (Again(None, None, _LATE, rebuild=False), "LAST says up to which day, but FIRST does not say"),
        (Again(_EARLY, _EARLY, _LATE, rebuild=False), "DAY is one day; FIRST and LAST are several"),
        (Again(None, _LATE, _EARLY, rebuild=False), "LAST 2026-03-01 is before FIRST 2026-03-09"),
        (Again(_EARLY, None, None, rebuild=False), "neither FIRST nor REBUILD says what is to be loaded"),
    ],
)
def test_days_that_contradict_one_another_are_told(again: Again, told: str) -> None:
    """In the words of whoever asks."""
    assert again.contradiction(_WORDS).startswith(told)
