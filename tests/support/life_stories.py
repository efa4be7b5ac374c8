"""The rules that every simulated life keeps, told a second time in plain Python.

Each rule takes a `Service` and yields a sentence for whatever breaks it.
"""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any

import pyarrow as pa

from streamvision.pipeline.simulate.comments import COMMENTS, EACH
from streamvision.pipeline.simulate.step import SimulationSpec
from tests.support.memory_service import broken_keys

Row = dict[str, Any]
Rule = Callable[["Service"], Iterator[str]]
RESOLUTIONS = ("SD", "HD", "Full HD", "4K")
DEVICE_MAX = {"mobile": "HD", "tablet": "Full HD", "desktop": "Full HD", "tv": "4K", "console": "4K"}
TEN_THOUSANDTH = Decimal("0.0001")


class Service:
    """Hold the rows of a simulation, found by key.

    Attributes:
        end: the first instant after the last day.
        stories: each user's events in the order of time.

    """

    def __init__(self, tables: Mapping[str, pa.Table], spec: SimulationSpec) -> None:
        """Take the tables and what they were made from."""
        self.tables = tables
        self.rows: dict[str, list[Row]] = {name: table.to_pylist() for name, table in tables.items()}
        self.end = datetime.combine(spec.until + timedelta(days=1), time(), tzinfo=UTC)
        self.start = self.end - timedelta(days=spec.days)
        self.plans = by_id(self.rows["subscription_plans"])
        self.users = by_id(self.rows["users"])
        self.content = by_id(self.rows["content"])
        self.episodes = by_id(self.rows["episodes"])
        self.sessions = by_id(self.rows["viewing_sessions"])
        self.stories: dict[int, list[Row]] = defaultdict(list)
        for event in sorted(
            self.rows["subscription_events"], key=lambda row: (row["occurred_at"], row["id"])
        ):
            self.stories[event["user_id"]].append(event)

    def plan_at(self, user_id: int, instant: datetime) -> Row | None:
        """Return the plan that a user holds at an instant; None without a subscription."""
        held = None
        for event in self.stories[user_id]:
            if event["occurred_at"] <= instant:
                held = event["to_plan_id"]
        return None if held is None else self.plans[held]

    def subscribed_throughout(self, user_id: int, first: datetime, last: datetime) -> bool:
        """Tell whether one subscription covers all the time from the first to the last instant."""
        cancellations = [
            event["occurred_at"]
            for event in self.stories[user_id]
            if event["event_type"] == "cancellation" and event["occurred_at"] > first
        ]
        over = min(cancellations, default=self.end)
        return self.plan_at(user_id, first) is not None and last < over

    def monthly(self, plan_id: int) -> float:
        """Return what a plan costs a month."""
        return float(self.plans[plan_id]["price_cents"]) / self.months(plan_id)

    def months(self, plan_id: int) -> int:
        """Return the length of a plan's billing period."""
        return 12 if self.plans[plan_id]["billing_period"] == "year" else 1


def by_id(rows: list[Row]) -> dict[int, Row]:
    """Return rows by their primary key."""
    return {row["id"]: row for row in rows}


def add_months(instant: datetime, months: int) -> datetime:
    """Move an instant by months; a day that the month lacks becomes its last day."""
    year, month = divmod(instant.year * 12 + instant.month - 1 + months, 12)
    day = min(instant.day, monthrange(year, month + 1)[1])
    return instant.replace(year=year, month=month + 1, day=day)


def keys_and_references_hold(service: Service) -> Iterator[str]:
    """Check unique keys and references of all tables."""
    for name in service.tables:
        yield from broken_keys(name, service.tables)


def lives_are_coherent(service: Service) -> Iterator[str]:
    """Check that events follow one another: start first, return only after an end, plans handed on."""
    for user_id in service.users:
        story = service.stories[user_id]
        if not story or story[0]["event_type"] != "start":
            yield f"user {user_id} does not begin with a start"
        for before, event in pairwise(story):
            if event["occurred_at"] <= before["occurred_at"]:
                yield f"event {event['id']} is not after event {before['id']}"
            if event["event_type"] == "start":
                yield f"event {event['id']} is a second start"
            if (before["event_type"] == "cancellation") != (event["event_type"] == "reactivation"):
                yield f"event {event['id']} cannot follow event {before['id']}"
            if before["to_plan_id"] != event["from_plan_id"]:
                yield f"event {event['id']} does not go on from the plan held before"


def changes_go_by_rank(service: Service) -> Iterator[str]:
    """Check that upgrades lead to a dearer plan and downgrades to a cheaper one."""
    for event in service.rows["subscription_events"]:
        if event["event_type"] in {"upgrade", "downgrade"}:
            rises = service.monthly(event["to_plan_id"]) > service.monthly(event["from_plan_id"])
            if rises != (event["event_type"] == "upgrade"):
                yield f"event {event['id']} is no {event['event_type']}"


def bills_come_on_anniversaries(service: Service) -> Iterator[str]:
    """Check that each billing date has its event, and that no renewal comes on another day."""
    for story in service.stories.values():
        anchor, months, due = story[0]["occurred_at"], 0, None
        for event in story:
            at, kind, plan = event["occurred_at"], event["event_type"], event["to_plan_id"]
            if due is not None and at > due:
                yield f"event {event['id']} comes after an unpaid billing date"
            billed = kind in {"renewal", "downgrade"} or event["reason"] == "payment_failed"
            if billed and at != due:
                yield f"event {event['id']} is not on a billing date"
            if at == due:
                months += service.months(event["from_plan_id"])
            elif _billing_begins(service, event):
                anchor, months = at, 0
            if plan is None or service.monthly(plan) == 0:
                due = None
            else:
                due = add_months(anchor, months + service.months(plan))
        if due is not None and due < service.end:
            yield f"event {story[-1]['id']} is the last, but a bill was due"


def _billing_begins(service: Service, event: Row) -> bool:
    before, after = event["from_plan_id"], event["to_plan_id"]
    if after is None:
        return False
    if before is None:
        return True
    return service.monthly(before) == 0 or service.months(before) != service.months(after)


def amounts_are_prices(service: Service) -> Iterator[str]:
    """Check that an event costs its plan's price; an upgrade may cost less, a cancellation nothing."""
    for event in service.rows["subscription_events"]:
        to_plan = event["to_plan_id"]
        price = 0 if to_plan is None else service.plans[to_plan]["price_cents"]
        least = 0 if event["event_type"] == "upgrade" else price
        if not least <= event["amount_cents"] <= price:
            yield f"event {event['id']} costs {event['amount_cents']}"


def users_agree_with_events(service: Service) -> Iterator[str]:
    """Check that the users' own columns tell what their events tell."""
    for user_id, user in service.users.items():
        story = service.stories[user_id]
        begun = [row for row in story if row["event_type"] in {"start", "reactivation"}][-1]
        held = [row["to_plan_id"] for row in story if row["to_plan_id"] is not None][-1]
        ended = story[-1]["occurred_at"] if story[-1]["event_type"] == "cancellation" else None
        told = (
            user["subscription_start"],
            user["subscription_end"],
            user["subscription_plan"],
            user["is_active"],
        )
        if told != (begun["occurred_at"], ended, service.plans[held]["code"], ended is None):
            yield f"user {user_id} tells another story than the events"
        if story[0]["occurred_at"] < user["created_at"]:
            yield f"user {user_id} subscribed before signing up"


def sessions_lie_within_subscriptions(service: Service) -> Iterator[str]:
    """Check that sessions lie in the days of viewing and in one subscription of their user."""
    for session in service.sessions.values():
        first, last = session["started_at"], session["ended_at"]
        if not service.start <= first <= last < service.end:
            yield f"session {session['id']} lies outside the days of viewing"
        if not service.subscribed_throughout(session["user_id"], first, last):
            yield f"session {session['id']} lies outside a subscription"


def users_watch_one_thing_at_a_time(service: Service) -> Iterator[str]:
    """Check that no two sessions of a user overlap."""
    ends: dict[int, datetime] = {}
    for session in sorted(service.sessions.values(), key=lambda row: (row["started_at"], row["id"])):
        if session["started_at"] < ends.get(session["user_id"], session["started_at"]):
            yield f"session {session['id']} overlaps the one before"
        ends[session["user_id"]] = session["ended_at"]


def sessions_last_as_long_as_they_say(service: Service) -> Iterator[str]:
    """Check durations against the lengths of titles, and the clock against the durations."""
    for session in service.sessions.values():
        title = service.content[session["content_id"]]
        played = timedelta(
            seconds=session["duration_seconds"],
            microseconds=int(session["buffering_seconds"] * 1_000_000),
            milliseconds=session["startup_ms"] or 0,
        )
        if session["ended_at"] < session["started_at"] + played:
            yield f"session {session['id']} ends before what it played"
        if title["content_type"] != "series":
            length = title["duration_minutes"] * 60
            if session["duration_seconds"] > length:
                yield f"session {session['id']} is longer than its title"
            if session["completion_rate"] != _rate(session["duration_seconds"], length):
                yield f"session {session['id']} has a wrong completion rate"


def attempts_without_a_first_frame_hold_nothing(service: Service) -> Iterator[str]:
    """Check that only what played has a start-up time, a bitrate, a duration and buffering."""
    for session in service.sessions.values():
        played = session["playback_started"]
        measured = (session["startup_ms"] is not None, session["average_bitrate_kbps"] is not None)
        sums = (session["duration_seconds"], session["completion_rate"], session["buffering_seconds"])
        if measured != (played, played) or (not played and any(sums)):
            yield f"session {session['id']} measures what it did not play"
        if (session["buffering_events"] == 0) != (session["buffering_seconds"] == 0):
            yield f"session {session['id']} buffers without an event, or has one without buffering"


def resolutions_are_bounded(service: Service) -> Iterator[str]:
    """Check that neither the plan nor the device is surpassed."""
    for session in service.sessions.values():
        plan = service.plan_at(session["user_id"], session["started_at"])
        bounds = [DEVICE_MAX[session["device_type"]], plan["max_resolution"] if plan else "SD"]
        if RESOLUTIONS.index(session["resolution"]) > min(RESOLUTIONS.index(bound) for bound in bounds):
            yield f"session {session['id']} shows {session['resolution']} beyond {bounds}"


def titles_were_there(service: Service) -> Iterator[str]:
    """Check that what was played had been added, and was to be had in the country."""
    for session in service.sessions.values():
        title = service.content[session["content_id"]]
        if session["started_at"].date() < title["added_date"]:
            yield f"session {session['id']} plays a title not yet added"
        # A title that has left the catalogue is nowhere any more.
        if title["available_countries"] and session["country"] not in title["available_countries"]:
            yield f"session {session['id']} plays a title that {session['country']} does not have"


def episodes_fill_their_sessions(service: Service) -> Iterator[str]:
    """Check that the episodes of a session belong to its series and add up to what it played."""
    played: dict[int, list[Row]] = defaultdict(list)
    for row in service.rows["episode_viewing"]:
        played[row["session_id"]].append(row)
    for session_id, rows in played.items():
        session = service.sessions[session_id]
        episodes = [service.episodes[row["episode_id"]] for row in rows]
        watched = sum(row["watched_seconds"] for row in rows)
        length = sum(episode["duration_seconds"] for episode in episodes)
        if {episode["content_id"] for episode in episodes} != {session["content_id"]}:
            yield f"session {session_id} has episodes of another series"
        if watched != session["duration_seconds"]:
            yield f"session {session_id} and its episodes differ in what was watched"
        if session["completion_rate"] != _rate(watched, length):
            yield f"session {session_id} has a wrong completion rate"
        for row, episode in zip(rows, episodes, strict=True):
            yield from _episode_faults(session, row, episode)


def _episode_faults(session: Row, row: Row, episode: Row) -> Iterator[str]:
    seconds, length = row["watched_seconds"], episode["duration_seconds"]
    if row["user_id"] != session["user_id"]:
        yield f"episode viewing {row['id']} is another user's"
    if seconds > length or row["is_completed"] != (seconds >= 0.95 * length):
        yield f"episode viewing {row['id']} was not watched as it says"
    if (
        row["started_at"] < session["started_at"]
        or row["started_at"] + timedelta(seconds=seconds) > session["ended_at"]
    ):
        yield f"episode viewing {row['id']} lies outside its session"
    if episode["air_date"] > row["started_at"].date():
        yield f"episode viewing {row['id']} comes before the episode was aired"


def ratings_follow_plays(service: Service) -> Iterator[str]:
    """Check that a user rates what they played, afterwards, while subscribed."""
    first_play: dict[tuple[int, int], datetime] = {}
    for session in service.sessions.values():
        if session["duration_seconds"] > 0:
            pair = (session["user_id"], session["content_id"])
            first_play[pair] = min(first_play.get(pair, session["ended_at"]), session["ended_at"])
    for rating in service.rows["ratings"]:
        played = first_play.get((rating["user_id"], rating["content_id"]), service.end)
        if rating["rated_at"] <= played:
            yield f"rating {rating['id']} comes without a play before it"
        if service.plan_at(rating["user_id"], rating["rated_at"]) is None:
            yield f"rating {rating['id']} comes without a subscription"


def comments_suit_their_scores(service: Service) -> Iterator[str]:
    """Check that what is said praises where the score is high, and blames where it is low."""
    praise = {said for each in COMMENTS.values() for said in each[:EACH]}
    for rating in service.rows["ratings"]:
        if rating["comment"] is not None and (rating["comment"] in praise) != (rating["score"] >= 7):
            yield f"rating {rating['id']} says what its score does not"


def searches_make_sense(service: Service) -> Iterator[str]:
    """Check that subscribers search, and click what was found."""
    for search in service.rows["search_queries"]:
        if service.plan_at(search["user_id"], search["searched_at"]) is None:
            yield f"search {search['id']} comes without a subscription"
        position = search["clicked_position"]
        if (position is None) != (search["clicked_content_id"] is None):
            yield f"search {search['id']} has half a click"
        if position is not None and not 1 <= position <= search["results_count"]:
            yield f"search {search['id']} has a click beyond its results"
        if not search["query_text"]:
            yield f"search {search['id']} looks for nothing"


def last_logins_are_last(service: Service) -> Iterator[str]:
    """Check that nobody did anything after they were last seen."""
    acts = [(row["user_id"], row["started_at"]) for row in service.rows["viewing_sessions"]]
    acts += [(row["user_id"], row["rated_at"]) for row in service.rows["ratings"]]
    acts += [(row["user_id"], row["searched_at"]) for row in service.rows["search_queries"]]
    for user_id, instant in acts:
        seen = service.users[user_id]["last_login"]
        if seen is None or seen < instant:
            yield f"user {user_id} did something at {instant}, after the last login"
    for user in service.users.values():
        if user["last_login"] is not None and user["last_login"] < user["created_at"]:
            yield f"user {user['id']} logged in before signing up"


def nothing_lies_in_the_future(service: Service) -> Iterator[str]:
    """Check every date and instant of every table against the end."""
    for name, rows in service.rows.items():
        for row in rows:
            for column, value in row.items():
                if isinstance(value, datetime):
                    late = value >= service.end
                else:
                    late = hasattr(value, "isoformat") and value >= service.end.date()
                if late:
                    yield f"{name} {row['id']}: {column} is {value}"


def _rate(watched: int, length: int) -> Decimal:
    share = (Decimal(watched) / Decimal(length)).quantize(TEN_THOUSANDTH, ROUND_HALF_UP)
    return min(Decimal(1), share)


RULES: tuple[Rule, ...] = (
    keys_and_references_hold,
    lives_are_coherent,
    changes_go_by_rank,
    bills_come_on_anniversaries,
    amounts_are_prices,
    users_agree_with_events,
    sessions_lie_within_subscriptions,
    users_watch_one_thing_at_a_time,
    sessions_last_as_long_as_they_say,
    attempts_without_a_first_frame_hold_nothing,
    resolutions_are_bounded,
    titles_were_there,
    episodes_fill_their_sessions,
    ratings_follow_plays,
    comments_suit_their_scores,
    searches_make_sense,
    last_logins_are_last,
    nothing_lies_in_the_future,
)
