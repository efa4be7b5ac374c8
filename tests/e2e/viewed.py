"""What people watched, read from the service's rows, and the calendar that it is told by.

Nothing here is shared with the models: no SQL but `select *`, and no code of the project.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar

import psycopg
from psycopg.rows import dict_row

from tests.e2e.service import Attempt, Row, Service

Figures = dict[str, Any]
Mart = dict[tuple[Hashable, ...], Figures]
K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


@dataclass(frozen=True)
class Period:
    """Hold a day, week or month in which there is a day of viewing."""

    kind: str
    start: date
    end: date
    is_whole: bool

    @property
    def days(self) -> Iterator[date]:
        """Yield its days."""
        return _days(self.start, self.end)

    def __contains__(self, day: date) -> bool:
        """Tell whether a day lies in it."""
        return self.start <= day <= self.end


class Viewed:
    """Hold what a service's users watched.

    Attributes:
        attempts, plays: every order to play, and those that showed a first frame.
        titles: by key, those that left the catalogue among them.
        removed: the day of the first batch without a title, by the title's key.
        episodes, episode_viewings: as the service has them, but for the viewings that have no meaning.
        days: every UTC day from the first attempt to the last.

    """

    def __init__(
        self,
        url: str,
        service: Service,
        bad_viewings: Collection[int] = (),
        removed: Mapping[int, date] | None = None,
    ) -> None:
        """Take what was read of a service, and read its episodes from the same database."""
        with psycopg.connect(url, row_factory=dict_row) as connection:
            self.episodes: list[Row] = connection.execute("select * from episodes").fetchall()
            viewings: list[Row] = connection.execute("select * from episode_viewing").fetchall()
        self.episode_viewings = [row for row in viewings if row["id"] not in bad_viewings]
        self.attempts, self.plays, self.titles = service.attempts, service.plays, service.titles
        self.removed = removed or {}
        told = [attempt.day for attempt in self.attempts]
        self.days = list(_days(min(told), max(told)))

    def periods(self, *kinds: str) -> list[Period]:
        """List the periods of some kinds in the order of time, within each kind."""
        found = {(kind, *_BOUNDS[kind](day)) for kind in kinds for day in self.days}
        return [
            Period(kind, start, end, is_whole=self.days[0] <= start and end <= self.days[-1])
            for kind, start, end in sorted(found)
        ]

    def by_period(self, plays: Iterable[Attempt], *kinds: str) -> Iterator[tuple[Period, list[Attempt]]]:
        """Yield each period of some kinds with the plays that started in it."""
        of_day = by(plays, lambda play: play.day)
        for period in self.periods(*kinds):
            yield period, [play for day in period.days for play in of_day.get(day, [])]


def users(plays: Iterable[Attempt]) -> set[int]:
    """Return the users of some plays."""
    return {play.row["user_id"] for play in plays}


def seconds(plays: Iterable[Attempt]) -> int:
    """Return the seconds watched in some plays."""
    return sum(play.watched for play in plays)


def divided(numerator: float, denominator: int) -> float | None:
    """Divide as a computer does that keeps doubles; there is no ratio to nothing."""
    return numerator / denominator if denominator else None


def by(things: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    """Put things together that have the same key."""
    groups: dict[K, list[T]] = defaultdict(list)
    for thing in things:
        groups[key(thing)].append(thing)
    return dict(groups)


def ranks(amounts: dict[K, int]) -> dict[K, int]:
    """Rank things by an amount: one more than how many have more."""
    return {key: 1 + sum(other > amount for other in amounts.values()) for key, amount in amounts.items()}


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def _day(day: date) -> tuple[date, date]:
    return day, day


def _week(day: date) -> tuple[date, date]:
    year, week, _ = day.isocalendar()
    return date.fromisocalendar(year, week, 1), date.fromisocalendar(year, week, 7)


def _month(day: date) -> tuple[date, date]:
    after = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return day.replace(day=1), after - timedelta(days=1)


_BOUNDS: dict[str, Callable[[date], tuple[date, date]]] = {"day": _day, "week": _week, "month": _month}
