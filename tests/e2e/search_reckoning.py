"""The marts of searches, reckoned anew: each search is held against every play of its user.

Each function returns a mart's rows by their grain, as in `reckoning`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import psycopg
from psycopg.rows import dict_row

from tests.e2e.reckoning import Figures, Mart, grouped, ratio
from tests.e2e.service import Row, Service, utc_day

IN_TIME = timedelta(minutes=30)
FEWEST_USERS = 5


@dataclass(frozen=True)
class Search:
    """Hold one search, and when its user began to play what was opened."""

    row: Row
    country: str
    played_at: datetime | None

    @property
    def day(self) -> date:
        """Return the UTC day of the search."""
        return utc_day(self.row["searched_at"])

    @property
    def term(self) -> str:
        """Return what was typed, in small letters."""
        return str(self.row["query_text"]).strip(" ").lower()

    @property
    def found_nothing(self) -> bool:
        """Tell whether there were no results."""
        return int(self.row["results_count"]) == 0

    @property
    def position(self) -> int | None:
        """Return the place of the result that was opened."""
        place: int | None = self.row["clicked_position"]
        return place

    @property
    def wait_ms(self) -> int:
        """Return how many milliseconds of the clock lie between the search and the play; 0 without one."""
        if self.played_at is None:
            return 0
        return _clock_ms(self.played_at) - _clock_ms(self.row["searched_at"])


def searches_of(url: str, service: Service) -> list[Search]:
    """Read the searches from the database at a URL, and find what each has led to."""
    with psycopg.connect(url, row_factory=dict_row) as connection:
        rows = connection.execute("select * from search_queries").fetchall()
    plays = grouped(service.plays, lambda play: (play.row["user_id"], play.row["content_id"]))
    searches = []
    for row in rows:
        begun = [
            play.row["started_at"]
            for play in plays.get((row["user_id"], row["clicked_content_id"]), [])
            if timedelta(0) <= play.row["started_at"] - row["searched_at"] <= IN_TIME
        ]
        country = service.users[row["user_id"]]["country"]
        searches.append(Search(row, country, min(begun, default=None)))
    return searches


def search_performance_daily(searches: Iterable[Search]) -> Mart:
    """Reckon for every day, country and device with a search."""
    groups = grouped(searches, lambda search: (search.day, search.country, search.row["device_type"]))
    return {key: _performance(found) for key, found in groups.items()}


def search_positions_daily(searches: Iterable[Search]) -> Mart:
    """Reckon for every day, device and place from which a result was opened."""
    opened = [search for search in searches if search.position is not None]
    groups = grouped(opened, lambda search: (search.day, search.row["device_type"], search.position))
    return {
        key: {
            "clicks": len(found),
            "plays": sum(search.played_at is not None for search in found),
            "time_to_play_ms_sum": sum(search.wait_ms for search in found),
        }
        for key, found in groups.items()
    }


def search_terms(searches: Iterable[Search]) -> Mart:
    """Reckon for every term that enough users have typed, and for the others together."""
    by_term = grouped(searches, lambda search: (search.term,))
    mart: Mart = {}
    rare: list[Search] = []
    for (term,), found in by_term.items():
        if len({search.row["user_id"] for search in found}) < FEWEST_USERS:
            rare += found
        else:
            newest = max(found, key=lambda search: (search.row["searched_at"], search.row["id"]))
            mart[term,] = _term(found) | {"is_catalogue_gap": int(newest.found_nothing)}
    if rare:
        mart[None,] = _term(rare) | {"is_catalogue_gap": 0}
    return mart


def _performance(searches: list[Search]) -> Figures:
    opened = [search.position for search in searches if search.position is not None]
    played = [search for search in searches if search.played_at is not None]
    nothing = sum(search.found_nothing for search in searches)
    played_positions = sum(search.position or 0 for search in played)
    ranks = sum(int(Fraction(1_000_000, place) + Fraction(1, 2)) for place in opened)
    wait = sum(search.wait_ms for search in searches)
    return {
        "searches": len(searches),
        "zero_result_searches": nothing,
        "successful_searches": len(opened),
        "played_searches": len(played),
        "clicked_position_sum": sum(opened),
        "played_position_sum": played_positions,
        "reciprocal_rank_millionths": ranks,
        "time_to_play_ms_sum": wait,
        "zero_result_rate": ratio(nothing, len(searches)),
        "success_rate": ratio(len(opened), len(searches)),
        "play_rate": ratio(len(played), len(searches)),
        "mean_reciprocal_rank": ratio(ranks, 1_000_000 * len(searches)),
        "average_clicked_position": ratio(sum(opened), len(opened)),
        "average_position_to_play": ratio(played_positions, len(played)),
        "average_seconds_to_play": ratio(wait, 1000 * len(played)),
    }


def _term(searches: list[Search]) -> Figures:
    nothing = sum(search.found_nothing for search in searches)
    opened = sum(search.position is not None for search in searches)
    return {
        "searches": len(searches),
        "searchers": len({search.row["user_id"] for search in searches}),
        "zero_result_searches": nothing,
        "successful_searches": opened,
        "played_searches": sum(search.played_at is not None for search in searches),
        "zero_result_rate": ratio(nothing, len(searches)),
        "success_rate": ratio(opened, len(searches)),
    }


def _clock_ms(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
