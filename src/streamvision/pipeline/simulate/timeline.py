"""Instants as whole microseconds since 1970 in UTC, and arithmetic on them."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from streamvision.pipeline.simulate.columns import Floats, Ints

MILLISECOND = 1_000
SECOND = 1_000 * MILLISECOND
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Window:
    """Fix the time in which something begins, from `start` to before `end`; by `limit` it must be over."""

    start: int
    end: int
    limit: int

    @property
    def first_day(self) -> int:
        """Return the first day, counted from 1970."""
        return self.start // DAY

    @property
    def days(self) -> int:
        """Return how many days it has."""
        return (self.end - self.start) // DAY


def add_months(instants: Ints, months: Ints) -> Ints:
    """Move each instant by whole months; a day that the month lacks becomes its last day."""
    moments = instants.astype("M8[us]")
    first = moments.astype("M8[M]")
    day_of_month = (moments.astype("M8[D]") - first.astype("M8[D]")).astype(np.int64)
    time_of_day = moments - moments.astype("M8[D]")
    target = first + months
    length = ((target + 1).astype("M8[D]") - target.astype("M8[D]")).astype(np.int64)
    day = target.astype("M8[D]") + np.minimum(day_of_month, length - 1)
    moved: Ints = (day.astype("M8[us]") + time_of_day).astype(np.int64)
    return moved


def number_of(day: date) -> int:
    """Return a day as counted from 1970."""
    return (day - _EPOCH).days


def day_of(number: int) -> date:
    """Return the day with a number, counted from 1970."""
    return _EPOCH + timedelta(days=number)


def days_of(instants: Ints) -> Ints:
    """Return each instant's UTC day, counted from 1970."""
    return instants // DAY


def whole_milliseconds(instants: Floats) -> Ints:
    """Return microseconds cut to whole milliseconds, as a service's clock would log them."""
    return (instants // MILLISECOND).astype(np.int64) * MILLISECOND


def between(start: Ints, end: Ints, share: Floats) -> Ints:
    """Return the instant at a share (0 to 1) of the way, strictly inside (start, end).

    The span must be longer than two milliseconds.
    """
    inner = (end - start - 2 * MILLISECOND) * share
    return start + MILLISECOND + whole_milliseconds(inner)
