"""Reads what the parameters of a run ask for; needs no Airflow."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from streamvision.domain.again import Again, Words
from streamvision.domain.errors import WrongUseError

_WORDS = Words(day="`last`", first="`first`", last="`last`", rebuild="`rebuild`")


def days_again(params: Mapping[str, Any]) -> Again:
    """Return which days the parameters of a run ask to be loaded again.

    Raises:
        WrongUseError: when they contradict each other, or ask for none.

    """
    first, last = (date.fromisoformat(params[name]) if params[name] else None for name in ("first", "last"))
    rebuild = bool(params["rebuild"])
    again = Again(last if rebuild else None, first, None if rebuild else last, rebuild=rebuild)
    if wrong := again.contradiction(_WORDS):
        raise WrongUseError(
            wrong,
            where="the parameters of the run",
            safe="nothing was changed",
            next_command="trigger the DAG with a `first` day, or with `rebuild`",
        )
    return again
