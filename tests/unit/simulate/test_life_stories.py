"""Every simulated life keeps the rules, and each rule notices when it is broken."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from streamvision.pipeline.simulate.step import PRESETS, SimulationSpec, simulate
from tests.support import life_stories as stories
from tests.support.life_stories import RULES, Row, Rule, Service
from tests.support.memory_service import MemoryServiceDatabase

SPEC = SimulationSpec(PRESETS["small"], seed=42, until=date(2026, 11, 22))
EVENTS, SESSIONS = "subscription_events", "viewing_sessions"
Choice = Callable[[Row], bool]
Change = Callable[[Row], dict[str, Any]]


@pytest.fixture(scope="module")
def tables() -> dict[str, pa.Table]:
    """Simulate the small preset once."""
    database = MemoryServiceDatabase()
    simulate(database, SPEC, lambda _table, _rows: None)
    return database.tables


@pytest.fixture(scope="module")
def service(tables: dict[str, pa.Table]) -> Service:
    """Index its rows."""
    return Service(tables, SPEC)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_no_life_breaks_a_rule(service: Service, rule: Rule) -> None:
    """The rules hold for all rows of the small preset."""
    assert list(rule(service)) == []


def _shift(column: str, **delta: float) -> Change:
    return lambda row: {column: row[column] + timedelta(**delta)}


def _set(**values: object) -> Change:
    return lambda _row: values


def _copy(column: str, source: str) -> Change:
    return lambda row: {column: row[source]}


def _all(_row: Row) -> bool:
    return True


def _where(column: str, value: object) -> Choice:
    return lambda row: row[column] == value


def _has(column: str) -> Choice:
    return lambda row: bool(row[column])


# What to spoil: the rule, the table, which rows, and how.
SPOILED: list[tuple[Rule, str, Choice, Change]] = [
    (stories.keys_and_references_hold, "ratings", _all, _set(content_id=9_999)),
    (stories.keys_and_references_hold, "users", _where("id", 2), _set(id=1)),
    (stories.lives_are_coherent, EVENTS, _where("event_type", "renewal"), _set(from_plan_id=1)),
    (stories.lives_are_coherent, EVENTS, _where("event_type", "reactivation"), _set(event_type="start")),
    (stories.changes_go_by_rank, EVENTS, _where("event_type", "upgrade"), _set(event_type="downgrade")),
    (
        stories.bills_come_on_anniversaries,
        EVENTS,
        _where("event_type", "renewal"),
        _shift("occurred_at", days=-1),
    ),
    (
        stories.bills_come_on_anniversaries,
        EVENTS,
        _where("reason", "payment_failed"),
        _shift("occurred_at", seconds=1),
    ),
    (stories.amounts_are_prices, EVENTS, _where("event_type", "renewal"), _set(amount_cents=1)),
    (stories.users_agree_with_events, "users", _has("is_active"), _set(is_active=False)),
    (stories.users_agree_with_events, "users", _all, _shift("subscription_start", seconds=1)),
    (stories.sessions_lie_within_subscriptions, SESSIONS, _all, _shift("started_at", days=-400)),
    (stories.users_watch_one_thing_at_a_time, SESSIONS, _all, _shift("ended_at", days=300)),
    (stories.sessions_last_as_long_as_they_say, SESSIONS, _all, _copy("ended_at", "started_at")),
    (stories.sessions_last_as_long_as_they_say, SESSIONS, _all, _set(completion_rate=Decimal("0.0001"))),
    (
        stories.attempts_without_a_first_frame_hold_nothing,
        SESSIONS,
        _where("playback_started", value=False),
        _set(duration_seconds=1),
    ),
    (
        stories.attempts_without_a_first_frame_hold_nothing,
        SESSIONS,
        _has("buffering_events"),
        _set(buffering_events=0),
    ),
    (stories.resolutions_are_bounded, SESSIONS, _where("device_type", "mobile"), _set(resolution="4K")),
    (stories.titles_were_there, "content", _all, _set(added_date=SPEC.until)),
    (stories.titles_were_there, "content", _all, _set(available_countries=["AQ"])),
    (stories.episodes_fill_their_sessions, "episode_viewing", _all, _set(watched_seconds=1)),
    (stories.episodes_fill_their_sessions, "episode_viewing", _all, _shift("started_at", hours=12)),
    (stories.ratings_follow_plays, "ratings", _all, _shift("rated_at", days=-366)),
    (stories.comments_suit_their_scores, "ratings", _has("comment"), _set(score=1)),
    (stories.searches_make_sense, "search_queries", _has("clicked_position"), _set(results_count=0)),
    (stories.searches_make_sense, "search_queries", _all, _shift("searched_at", days=-1_500)),
    (stories.last_logins_are_last, "users", _has("last_login"), _copy("last_login", "created_at")),
    (stories.nothing_lies_in_the_future, "episodes", _where("id", 1), _set(air_date=date(2026, 11, 23))),
]


@pytest.mark.parametrize(("rule", "table", "chosen", "change"), SPOILED)
def test_a_rule_notices_what_breaks_it(
    tables: dict[str, pa.Table], rule: Rule, table: str, chosen: Choice, change: Change
) -> None:
    """A spoiled row of the right table is reported by the rule."""
    rows = [row | change(row) if chosen(row) else row for row in tables[table].to_pylist()]
    spoiled = tables | {table: pa.Table.from_pylist(rows, schema=tables[table].schema)}
    assert list(rule(Service(spoiled, SPEC)))


def test_the_shapes_are_pleasant(service: Service) -> None:
    """Popularity is heavy-tailed, evenings and weekends are busy, ratings are kind, failures are few."""
    sessions = list(service.sessions.values())
    started: list[datetime] = [session["started_at"] for session in sessions]
    plays_by_title: dict[int, int] = {}
    for session in sessions:
        plays_by_title[session["content_id"]] = plays_by_title.get(session["content_id"], 0) + 1
    counts = sorted(plays_by_title.values(), reverse=True)
    scores = [rating["score"] for rating in service.rows["ratings"]]
    weekend = sum(moment.weekday() >= 5 for moment in started)
    halfway = service.start + (service.end - service.start) / 2
    assert sum(counts[: len(counts) // 5]) > 0.4 * len(sessions)
    assert weekend / len(sessions) > 2 / 7
    assert sum(moment >= halfway for moment in started) > 0.52 * len(sessions)
    assert sum(scores) / len(scores) > 7
    assert 0.01 < sum(not session["playback_started"] for session in sessions) / len(sessions) < 0.035
    assert len({user["country"] for user in service.users.values()}) >= 20
