"""The rows of the service's database, read by psycopg, with what plain Python makes of each.

Nothing here is shared with the models: no SQL but `select *`, and no code of the project.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, LiteralString

import psycopg
from psycopg.rows import dict_row

Row = dict[str, Any]
NO_PLAN = "none"


@dataclass(frozen=True)
class Attempt:
    """Hold one order to play a title, with the plan held at that moment."""

    row: Row
    title: Row
    plan: str

    @property
    def day(self) -> date:
        """Return the UTC day on which it began."""
        return utc_day(self.row["started_at"])

    @property
    def is_play(self) -> bool:
        """Tell whether a first frame was shown."""
        return bool(self.row["playback_started"])

    @property
    def is_valid(self) -> bool:
        """Tell whether at least 30 seconds were watched."""
        return self.is_play and self.watched >= 30

    @property
    def is_completed(self) -> bool:
        """Tell whether a valid play came to 95% of the title or more."""
        return self.is_valid and self.completion >= Decimal("0.95")

    @property
    def is_good(self) -> bool:
        """Tell whether it started within 2 s, without an error and with less than 0.4% of buffering."""
        whole = self.watched + self.buffered
        return (
            self.is_play
            and self.row["error_code"] is None
            and self.row["startup_ms"] <= 2000
            and whole > 0
            and self.buffered / whole < Fraction(4, 1000)
        )

    @property
    def watched(self) -> int:
        """Return the seconds watched."""
        return int(self.row["duration_seconds"])

    @property
    def completion(self) -> Decimal:
        """Return the completion rate as the service has it."""
        return Decimal(self.row["completion_rate"])

    @property
    def buffered(self) -> Fraction:
        """Return the seconds of buffering."""
        return Fraction(self.row["buffering_seconds"])


@dataclass(frozen=True)
class Movement:
    """Hold one event of a subscription, with the codes of its plans and what it does to the MRR in cents."""

    row: Row
    country: str
    from_plan: str | None
    to_plan: str | None
    mrr_change: Fraction


@dataclass(frozen=True)
class Rating:
    """Hold one rating, with the country of its user now and the plan held when it was given."""

    row: Row
    title: Row
    country: str
    plan: str


class Service:
    """Hold the service as it is now.

    Attributes:
        titles: by key, those that `earlier` had and the catalogue has no more among them.

    """

    def __init__(
        self, url: str, earlier: "Service | None" = None, bad_sessions: Collection[int] = ()
    ) -> None:
        """Read every row from the database at a URL, but for the sessions that have no meaning."""
        with psycopg.connect(url, row_factory=dict_row) as connection:
            self.users = _by_id(_read(connection, "select * from users"))
            self.plans = _by_id(_read(connection, "select * from subscription_plans"))
            titles = _by_id(_read(connection, "select * from content"))
            events = _read(connection, "select * from subscription_events")
            sessions = _read(connection, "select * from viewing_sessions")
            ratings = _read(connection, "select * from ratings")
        self.titles: dict[int, Row] = (earlier.titles if earlier else {}) | titles
        self._events = _events_by_user(events)
        self.movements = [self._movement(row) for row in events]
        self.attempts = [
            Attempt(row, self.titles[row["content_id"]], self.plan_held(row["user_id"], row["started_at"]))
            for row in sessions
            if row["id"] not in bad_sessions
        ]
        self.ratings = [self._rating(row) for row in ratings]

    @property
    def plays(self) -> list[Attempt]:
        """Return the attempts that showed a first frame."""
        return [attempt for attempt in self.attempts if attempt.is_play]

    def plan_held(self, user: int, moment: datetime) -> str:
        """Walk a user's events up to and with a moment, and return the code of the plan held then."""
        held = None
        for event in self._events[user]:
            if event["occurred_at"] > moment:
                break
            held = event["to_plan_id"]
        return NO_PLAN if held is None else str(self.plans[held]["code"])

    def monthly_price(self, plan_id: int | None) -> Fraction:
        """Return what a plan costs in a month, in cents; nothing for no plan."""
        if plan_id is None:
            return Fraction(0)
        plan = self.plans[plan_id]
        return Fraction(plan["price_cents"], 12 if plan["billing_period"] == "year" else 1)

    def _movement(self, row: Row) -> Movement:
        before, after = row["from_plan_id"], row["to_plan_id"]
        return Movement(
            row,
            country=self.users[row["user_id"]]["country"],
            from_plan=None if before is None else self.plans[before]["code"],
            to_plan=None if after is None else self.plans[after]["code"],
            mrr_change=self.monthly_price(after) - self.monthly_price(before),
        )

    def _rating(self, row: Row) -> Rating:
        return Rating(
            row,
            title=self.titles[row["content_id"]],
            country=self.users[row["user_id"]]["country"],
            plan=self.plan_held(row["user_id"], row["rated_at"]),
        )


def utc_day(moment: datetime) -> date:
    """Return the UTC day of a moment."""
    return moment.astimezone(UTC).date()


def _read(connection: psycopg.Connection[Row], query: LiteralString) -> list[Row]:
    return connection.execute(query).fetchall()


def _by_id(rows: Iterable[Row]) -> dict[int, Row]:
    return {row["id"]: row for row in rows}


def _events_by_user(events: Iterable[Row]) -> dict[int, list[Row]]:
    by_user: dict[int, list[Row]] = defaultdict(list)
    for event in sorted(events, key=lambda row: (row["occurred_at"], row["id"])):
        by_user[event["user_id"]].append(event)
    return by_user
