"""What the parameters of a run of the backfill ask for."""

from datetime import date

import pytest

from streamvision.domain.again import Again
from streamvision.domain.errors import WrongUseError
from streamvision.entrypoints.airflow.parameters import days_again

_DAY = date(2026, 3, 9)


def test_days_are_asked_for_as_on_the_command_line() -> None:
    """From one to another, or all up to one; Airflow gives None for what was left out."""
    asked = {"first": "2026-03-09", "last": None, "rebuild": False}
    assert days_again(asked) == Again(None, _DAY, None, rebuild=False)
    asked = {"first": None, "last": "2026-03-09", "rebuild": True}
    assert days_again(asked) == Again(_DAY, None, None, rebuild=True)


@pytest.mark.parametrize(
    ("first", "last", "rebuild"),
    [
        ("2026-03-09", None, True),
        ("2026-03-09", "2026-03-01", False),
        (None, "2026-03-09", False),
        (None, None, False),
    ],
)
def test_what_the_command_line_refuses_is_refused_here(
    first: str | None, last: str | None, *, rebuild: bool
) -> None:
    """As wrong use, which no retry mends, in the parameters' own names."""
    with pytest.raises(WrongUseError, match="`first`") as refused:
        days_again({"first": first, "last": last, "rebuild": rebuild})
    assert refused.value.where == "the parameters of the run"
