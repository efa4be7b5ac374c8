"""A seeding script as people write them: a row at a time from Faker, then `executemany`, table by table.

It asks Faker for every column that Faker has a provider for, makes no attempt to be clever about it, and
sends all rows of a table at once, which psycopg 3 does without waiting for an answer to each.
"""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import psycopg
from faker import Faker
from psycopg import sql

from streamvision.pipeline.simulate.spec import Volumes

_SINCE, _UNTIL = datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 12, 31, tzinfo=UTC)
_DEVICES = ("tv", "mobile", "tablet", "desktop", "console")
_PLANS = ("free", "basic", "standard", "premium", "annual")
_EVENTS_A_USER = 5
Row = tuple[object, ...]


def scripted(url: str, volumes: Volumes) -> float:
    """Fill all tables; return rows per second."""
    Faker.seed(42)
    began, rows = time.perf_counter(), 0
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        for table, columns, made in _Script(Faker(), volumes).tables():
            statement = sql.SQL("insert into {} ({}) values ({})").format(
                sql.Identifier(table),
                sql.SQL(", ").join(map(sql.Identifier, columns.split())),
                sql.SQL(", ").join(sql.Placeholder() * len(columns.split())),
            )
            cursor.executemany(statement, made)
            rows += len(made)
        connection.commit()
    return rows / (time.perf_counter() - began)


class _Script:
    def __init__(self, faker: Faker, volumes: Volumes) -> None:
        self._faker, self._volumes = faker, volumes

    def tables(self) -> Sequence[tuple[str, str, list[Row]]]:
        """Return the tables with their columns and rows, in an order in which every reference is met."""
        volumes = self._volumes
        numbered = {
            "users": [self._user(number) for number in range(1, volumes.users + 1)],
            "content": [self._title() for _ in range(volumes.content)],
            "sessions": [self._session() for _ in range(volumes.viewing_sessions)],
        }
        return [
            ("subscription_plans", _PLAN_COLUMNS, [self._plan(code) for code in _PLANS]),
            ("users", _USER_COLUMNS, numbered["users"]),
            ("content", _CONTENT_COLUMNS, numbered["content"]),
            ("episodes", _EPISODE_COLUMNS, [self._episode(each) for each in range(volumes.episodes)]),
            (
                "subscription_events",
                _EVENT_COLUMNS,
                [self._event() for _ in range(_EVENTS_A_USER * volumes.users)],
            ),
            ("viewing_sessions", _SESSION_COLUMNS, numbered["sessions"]),
            (
                "episode_viewing",
                _PART_COLUMNS,
                [self._part(number) for number in range(1, volumes.episode_viewing + 1)],
            ),
            ("ratings", _RATING_COLUMNS, [self._rating(number) for number in range(volumes.ratings)]),
            ("search_queries", _SEARCH_COLUMNS, [self._search() for _ in range(volumes.search_queries)]),
        ]

    def _plan(self, code: str) -> Row:
        return code, code.title(), self._faker.random_int(0, 2_000), "month", "HD", 2

    def _user(self, number: int) -> Row:
        faker = self._faker
        since = self._moment()
        return (
            # Faker does not know which it has given before; a number is the usual way out.
            f"{number}.{faker.email()}", f"{faker.user_name()}{number}", faker.first_name(),
            faker.last_name(),
            faker.country_code(), faker.random_element(("18-24", "25-34", "35-44", "45-54", "55-64", "65+")),
            faker.random_element(_PLANS), since, since,
            faker.date_time_between(since, _UNTIL, tzinfo=UTC),
            faker.random_element(("card", "paypal", "apple_pay", "google_pay", "direct_debit")),
            faker.random_element(_DEVICES),
        )  # fmt: skip

    def _title(self) -> Row:
        faker = self._faker
        return (
            faker.catch_phrase(), faker.random_element(("film", "series", "documentary")),
            faker.random_element(("Drama", "Comedy", "Crime")), faker.word(), faker.random_int(1990, 2025),
            faker.random_int(20, 200), faker.name(), faker.name(), faker.random_int(0, 100) / 10,
            faker.random_element(("G", "PG", "PG-13", "R", "NC-17")), faker.boolean(),
            faker.date_between(_SINCE.date(), _UNTIL.date()), [faker.country_code() for _ in range(5)],
            faker.words(3), faker.paragraph(),
        )  # fmt: skip

    def _episode(self, number: int) -> Row:
        faker, titles = self._faker, self._volumes.content
        return (
            number % titles + 1, 1, number // titles + 1, faker.sentence(nb_words=3),
            faker.random_int(1_200, 4_000), faker.date_between(_SINCE.date(), _UNTIL.date()),
        )  # fmt: skip

    def _event(self) -> Row:
        faker = self._faker
        plan = faker.random_int(1, len(_PLANS))
        return self._user_id(), "renewal", plan, plan, faker.random_int(0, 2_000), self._moment()

    def _session(self) -> Row:
        faker, since = self._faker, self._moment()
        seconds = faker.random_int(0, 6_000)
        return (
            self._user_id(), faker.random_int(1, self._volumes.content), since,
            since + timedelta(seconds=seconds + 1), seconds, faker.random_int(0, 1_000) / 1_000, True,
            faker.random_int(200, 5_000), faker.random_element(_DEVICES),
            faker.random_element(("SD", "HD", "Full HD", "4K")), faker.country_code(), faker.random_int(0, 5),
            faker.random_int(0, 90), faker.random_int(500, 16_000),
        )  # fmt: skip

    def _part(self, session: int) -> Row:
        faker = self._faker
        return (
            session, faker.random_int(1, self._volumes.episodes), self._user_id(), self._moment(),
            faker.random_int(0, 4_000), faker.boolean(),
        )  # fmt: skip

    def _rating(self, number: int) -> Row:
        faker, titles = self._faker, self._volumes.content
        # A user rates a title once: counted through, not drawn.
        user, title = number // titles % self._volumes.users + 1, number % titles + 1
        return user, title, faker.random_int(1, 10), faker.sentence(), self._moment()

    def _search(self) -> Row:
        faker = self._faker
        found = faker.random_int(0, 50)
        return self._user_id(), faker.word(), found, faker.random_element(_DEVICES), self._moment()

    def _user_id(self) -> int:
        return int(self._faker.random_int(1, self._volumes.users))

    def _moment(self) -> datetime:
        moment: datetime = self._faker.date_time_between(_SINCE, _UNTIL, tzinfo=UTC)
        return moment


_PLAN_COLUMNS = "code name price_cents billing_period max_resolution max_streams"
_USER_COLUMNS = (
    "email username first_name last_name country age_group subscription_plan subscription_start created_at "
    "last_login payment_method device_preference"
)
_CONTENT_COLUMNS = (
    "title content_type genre subgenre release_year duration_minutes director main_actor imdb_rating "
    "content_rating is_original added_date available_countries tags description"
)
_EPISODE_COLUMNS = "content_id season_number episode_number title duration_seconds air_date"
_EVENT_COLUMNS = "user_id event_type from_plan_id to_plan_id amount_cents occurred_at"
_SESSION_COLUMNS = (
    "user_id content_id started_at ended_at duration_seconds completion_rate playback_started startup_ms "
    "device_type resolution country buffering_events buffering_seconds average_bitrate_kbps"
)
_PART_COLUMNS = "session_id episode_id user_id started_at watched_seconds is_completed"
_RATING_COLUMNS = "user_id content_id score comment rated_at"
_SEARCH_COLUMNS = "user_id query_text results_count device_type searched_at"
