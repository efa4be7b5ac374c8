"""A month in the life of a tiny service, as one picture a day: rows that come late, are corrected, and go."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pyarrow as pa

from streamvision.pipeline.simulate.step import SimulationSpec, Volumes, simulated_tables

Row = dict[str, Any]
FIRST_DAY = date(2026, 3, 1)
DAYS = 30
_VOLUMES = Volumes(
    users=60,
    content=20,
    episodes=40,
    viewing_sessions=600,
    episode_viewing=60,
    ratings=60,
    search_queries=60,
)
_HAPPENED = {
    "users": "created_at",
    "subscription_events": "occurred_at",
    "viewing_sessions": "started_at",
    "episode_viewing": "started_at",
    "ratings": "rated_at",
    "search_queries": "searched_at",
}
_MAY_BE_LATE = {"subscription_events", "viewing_sessions", "ratings", "search_queries"}
_LATE_SHARE = 0.15
_MOST_LATE_DAYS = 9
_OF_USERS = ("subscription_events", "episode_viewing", "viewing_sessions", "ratings", "search_queries")


class ServiceMonth:
    """Hold the rows that the service has on a day; the same seed gives the same month.

    Attributes:
        tables: the rows by table and key, as they are now.
        erased: the users who asked to be forgotten.

    """

    def __init__(self, seed: int) -> None:
        """Simulate the month, and begin before its first day."""
        until = FIRST_DAY + timedelta(days=DAYS - 1)
        simulated = simulated_tables(SimulationSpec(_VOLUMES, seed=seed, until=until, days=DAYS))
        self._chance = Random(seed)  # noqa: S311 - nothing secret
        self.erased: set[int] = set()
        self.tables: dict[str, dict[int, Row]] = {}
        self._coming: list[tuple[int, str, Row]] = []
        for name, batches in simulated:
            self.tables[name] = {}
            for row in pa.Table.from_batches(list(batches)).to_pylist():
                self._coming.append((self._arrival(name, row), name, row))

    def pass_day(self, number: int) -> None:
        """Let a day pass, the first being 0."""
        coming, self._coming = self._coming, []
        for day, name, row in coming:
            if day > number:
                self._coming.append((day, name, row))
            elif self._has_parents(name, row):
                self.tables[name][row["id"]] = row
        self._log_in()
        self._correct()
        self._delete(number)
        self._change_once(number)

    def picture(self) -> Mapping[str, list[Row]]:
        """Return all rows, by table."""
        return {name: deepcopy(list(rows.values())) for name, rows in self.tables.items()}

    def _arrival(self, name: str, row: Row) -> int:
        """Return the day on which a row is seen first: that of its event, or some days later."""
        if name not in _HAPPENED:
            return 0
        happened: date = row[_HAPPENED[name]].date()
        day = max((happened - FIRST_DAY).days, 0)
        if name in _MAY_BE_LATE and self._chance.random() < _LATE_SHARE:
            day += self._chance.randint(1, _MOST_LATE_DAYS)
        return day

    def _has_parents(self, name: str, row: Row) -> bool:
        if row.get("user_id") in self.erased:
            return False
        sessions, titles = self.tables["viewing_sessions"], self.tables["content"]
        if name == "episode_viewing" and row["session_id"] not in sessions:
            return False
        wanted = row.get("content_id", row.get("clicked_content_id"))
        return wanted is None or wanted in titles

    def _some(self, name: str, number: int) -> list[Row]:
        rows = list(self.tables[name].values())
        return self._chance.sample(rows, min(number, len(rows)))

    def _log_in(self) -> None:
        """Change what no model of core tells of, in many rows."""
        for user in self._some("users", 20):
            user["last_login"] = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(
                minutes=self._chance.randint(0, 9)
            )

    def _correct(self) -> None:
        """Change rows of today and of long ago."""
        for session in self._some("viewing_sessions", 3):
            session["duration_seconds"] = self._chance.randint(0, session["duration_seconds"])
        for session in self._some("viewing_sessions", 1):
            # To another day, and maybe before or after a change of plan.
            earlier = timedelta(hours=self._chance.randint(1, 60))
            session["started_at"], session["ended_at"] = (
                session["started_at"] - earlier,
                session["ended_at"] - earlier,
            )
        for rating in self._some("ratings", 1):
            rating["score"] = self._chance.randint(1, 10)
        for user in self._some("users", 1):
            user["country"] = self._chance.choice(["FR", "DE", "NA", "JP"])
        for search in self._some("search_queries", 1):
            search["query_text"] = "corrected"
        for event in self._some("subscription_events", 1):
            event["occurred_at"] -= timedelta(hours=self._chance.randint(1, 400))
        for event in self._some("subscription_events", 4):
            if event["event_type"] in {"start", "reactivation"}:
                event["to_plan_id"] = self._chance.randint(1, 4)

    def _delete(self, number: int) -> None:
        for session in self._some("viewing_sessions", 2):
            self._forget("viewing_sessions", [session["id"]])
        if number % 3 == 0:
            for name in ("ratings", "search_queries", "subscription_events"):
                self._forget(name, [row["id"] for row in self._some(name, 1)])

    def _change_once(self, number: int) -> None:
        """Do what happens on some days alone."""
        once = {
            7: self._rename_a_plan,
            11: self._move_an_episode,
            13: self._erase_a_user,
            15: self._describe_a_title_otherwise,
            16: self._change_a_price,
            18: self._give_an_event_to_another,
            22: self._remove_a_title,
        }
        if number in once:
            once[number]()

    def _rename_a_plan(self) -> None:
        plan = self.tables["subscription_plans"][2]
        for user in self.tables["users"].values():
            if user["subscription_plan"] == plan["code"]:
                user["subscription_plan"] = "renamed"
        for _, name, row in self._coming:
            if name == "users" and row["subscription_plan"] == plan["code"]:
                row["subscription_plan"] = "renamed"
        plan["code"] = "renamed"

    def _change_a_price(self) -> None:
        self.tables["subscription_plans"][3]["price_cents"] += 100

    def _describe_a_title_otherwise(self) -> None:
        """Give the title that was watched most another name, another genre and another origin."""
        watched = [row["content_id"] for row in self.tables["viewing_sessions"].values()]
        title = self.tables["content"][max(watched, key=lambda each: (watched.count(each), each))]
        title["title"], title["genre"] = "Another title", "Another genre"
        title["is_original"] = not title["is_original"]

    def _move_an_episode(self) -> None:
        """Give the episode that was watched most to another series."""
        watched = [row["episode_id"] for row in self.tables["episode_viewing"].values()]
        episode = self.tables["episodes"][max(watched, key=lambda each: (watched.count(each), each))]
        others = {row["content_id"] for row in self.tables["episodes"].values()} - {episode["content_id"]}
        episode["content_id"], episode["season_number"] = min(others), 99

    def _give_an_event_to_another(self) -> None:
        event = self._some("subscription_events", 1)[0]
        event["user_id"] = next(each for each in self.tables["users"] if each != event["user_id"])

    def _erase_a_user(self) -> None:
        """Forget who watched most, with all that tells of them."""
        watched = [row["user_id"] for row in self.tables["viewing_sessions"].values()]
        user = max(watched, key=lambda each: (watched.count(each), each))
        self.erased.add(user)
        for name in _OF_USERS:
            self._forget(name, [row["id"] for row in self.tables[name].values() if row["user_id"] == user])
        self._forget("users", [user])

    def _remove_a_title(self) -> None:
        title = next(iter(self.tables["content"]))
        for search in self.tables["search_queries"].values():
            if search["clicked_content_id"] == title:
                search["clicked_content_id"] = search["clicked_position"] = None
        for name in ("ratings", "viewing_sessions", "episodes"):
            gone = [row["id"] for row in self.tables[name].values() if row["content_id"] == title]
            self._forget(name, gone)
        self._forget("content", [title])

    def _forget(self, name: str, keys: Iterable[int]) -> None:
        for key in list(keys):
            del self.tables[name][key]
        if name in {"viewing_sessions", "episodes"}:
            viewings = self.tables["episode_viewing"]
            for viewing in list(viewings.values()):
                gone_session = viewing["session_id"] not in self.tables["viewing_sessions"]
                if gone_session or viewing["episode_id"] not in self.tables["episodes"]:
                    del viewings[viewing["id"]]
