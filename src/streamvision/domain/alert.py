"""When people are to be called: limits, what was found of each, and how many rows are usual for a weekday."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from statistics import median
from typing import Literal

RuleName = Literal["last_run_failed", "no_run", "stale_data", "freshness", "quarantine_share", "volume"]
State = Literal["firing", "well", "unknown"]

_MAD_TO_DEVIATION = 1.4826
"""What makes a median absolute deviation comparable with a standard deviation, where values are normal."""


@dataclass(frozen=True)
class AlertLimits:
    """Say from where on something is told.

    Attributes:
        no_run_hours: how long no run may have published.
        max_age_hours: how old the newest picture of the source that is loaded may be.
        quarantine_share: the share of a table's rows of the newest batch that may be in quarantine.
        quarantine_rows: fewer rows than this are never told, whatever their share.
        volume_weeks: how many weeks back the batches of the same weekday are looked at.
        volume_least_weeks: with fewer of them than this, nothing is said of the number of rows.
        volume_deviations: how many robust standard deviations from the median are usual.
        volume_tolerance: the share of the median that is usual in any case.
        volume_rows: so many rows more or less are usual in any case.

    """

    no_run_hours: float = 26
    max_age_hours: float = 48
    quarantine_share: float = 0.05
    quarantine_rows: float = 10
    volume_weeks: float = 8
    volume_least_weeks: float = 4
    volume_deviations: float = 5
    volume_tolerance: float = 0.3
    volume_rows: float = 20


LIMIT_NAMES = tuple(each.name for each in fields(AlertLimits))


def with_limits(values: Mapping[str, float]) -> AlertLimits:
    """Return the usual limits with some of them replaced; a name that is not a limit's is an error."""
    return replace(AlertLimits(), **values)


@dataclass(frozen=True)
class Verdict:
    """Tell what was found of one rule, for one table where it is about tables.

    Attributes:
        table: empty where the rule is about the runs as a whole.
        state: `unknown` where there is too little to judge by.
        told: what was found, in a sentence without its full stop.

    """

    rule: RuleName
    table: str
    state: State
    told: str

    @property
    def is_firing(self) -> bool:
        """Tell whether people are to be called."""
        return self.state == "firing"


@dataclass(frozen=True)
class UsualRows:
    """Give the numbers of rows that are usual, both ends included."""

    least: float
    most: float
    middle: float

    def holds(self, rows: int) -> bool:
        """Tell whether a number of rows is usual."""
        return self.least <= rows <= self.most


def usual_rows(history: Sequence[int], limits: AlertLimits) -> UsualRows | None:
    """Return what is usual after earlier numbers of rows; None where they are too few to say.

    The median and the median absolute deviation are moved little by a day that was itself not usual.
    """
    if not history or len(history) < limits.volume_least_weeks:
        return None
    middle = median(history)
    deviation = _MAD_TO_DEVIATION * median(abs(rows - middle) for rows in history)
    away = max(limits.volume_deviations * deviation, limits.volume_tolerance * middle, limits.volume_rows)
    return UsualRows(max(0.0, middle - away), middle + away, middle)
