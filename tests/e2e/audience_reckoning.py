"""The marts of the audience, reckoned anew from the service's rows with sets and loops.

Each function returns a mart's rows by their grain: a key, and what the mart must say for it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from tests.e2e.service import Attempt
from tests.e2e.viewed import Mart, Period, Viewed, divided, users

_MINUTE = timedelta(minutes=1)
_BREAKDOWNS: dict[str, Callable[[Attempt], str]] = {
    "country": lambda play: play.row["country"],
    "plan": lambda play: play.plan,
    "device": lambda play: play.row["device_type"],
    "genre": lambda play: play.title["genre"],
}


def active_viewers_daily(viewed: Viewed) -> Mart:
    """Reckon per day and value, by uniting the viewers of all days in a window."""
    viewers: dict[tuple[str, str], dict[date, set[int]]] = defaultdict(lambda: defaultdict(set))
    for play in viewed.plays:
        for breakdown, value_of in _BREAKDOWNS.items():
            viewers[breakdown, value_of(play)][play.day].add(play.row["user_id"])
    mart: Mart = {}
    for (breakdown, value), of_day in viewers.items():
        for day in viewed.days:
            dau, wau, mau = (_in_window(of_day, day, length) for length in (1, 7, 28))
            mart[day, breakdown, value] = {
                "dau": dau,
                "wau": wau,
                "mau": mau,
                "stickiness": divided(dau, mau),
            }
    return mart


def viewer_growth(viewed: Viewed) -> Mart:
    """Reckon per day, week and month, with the sets of who watched before."""
    mart: Mart = {}
    for kind in ("day", "week", "month"):
        before: set[int] = set()
        earlier: set[int] = set()
        for period, plays in viewed.by_period(viewed.plays, kind):
            now = users(plays)
            mart[kind, period.start] = {
                "period_end_date": period.end,
                "is_whole_period": period.is_whole,
                "viewers": len(now),
                "viewers_before": len(before),
                "new_viewers": len(now - before - earlier),
                "returning_viewers": len(now & before),
                "resurrected_viewers": len((now & earlier) - before),
                "dormant_viewers": len(before - now),
            }
            earlier |= before
            before = now
    return mart


def viewer_retention(viewed: Viewed) -> Mart:
    """Reckon per week and month, for the users who were never there before."""
    mart: Mart = {}
    for kind in ("week", "month"):
        periods = [(period, users(plays)) for period, plays in viewed.by_period(viewed.plays, kind)]
        known: set[int] = set()
        for number, (own, viewers) in enumerate(periods):
            cohort = viewers - known
            known |= cohort
            if cohort:
                mart |= _retention(own, cohort, periods[number:])
    return mart


def concurrent_plays_daily(viewed: Viewed) -> Mart:
    """Reckon per day, for all and each country, by going through each play minute by minute."""
    there: dict[tuple[str, str], Counter[datetime]] = defaultdict(Counter)
    for play in viewed.plays:
        minutes = _minutes(play)
        there["country", play.row["country"]].update(minutes)
        there["total", "all"].update(minutes)
    mart: Mart = {}
    for (breakdown, value), counts in there.items():
        of_day: dict[date, dict[datetime, int]] = defaultdict(dict)
        for minute, plays in counts.items():
            of_day[minute.date()][minute] = plays
        for day in viewed.days:
            most = max(of_day[day].values(), default=0)
            first = min((minute for minute, plays in of_day[day].items() if plays == most), default=None)
            mart[day, breakdown, value] = {"peak_concurrent_plays": most, "peak_minute_at": first}
    return mart


def _in_window(viewers: dict[date, set[int]], day: date, length: int) -> int:
    window = (day - timedelta(days=back) for back in range(length))
    return len(set().union(*(viewers.get(past, set()) for past in window)))


def _retention(own: Period, cohort: set[int], since: list[tuple[Period, set[int]]]) -> Mart:
    return {
        (own.kind, own.start, number): {
            "period_start_date": period.start,
            "is_whole_period": period.is_whole,
            "cohort_viewers": len(cohort),
            "retained_viewers": len(cohort & viewers),
            "retention_rate": divided(len(cohort & viewers), len(cohort)),
        }
        for number, (period, viewers) in enumerate(since)
    }


def _minutes(play: Attempt) -> list[datetime]:
    """List the starts of minutes at which a play goes on, in UTC without saying so."""
    start, end = (play.row[name].astimezone(UTC).replace(tzinfo=None) for name in ("started_at", "ended_at"))
    minute = start.replace(second=0, microsecond=0)
    found = []
    while minute < end:
        if minute >= start:
            found.append(minute)
        minute += _MINUTE
    return found
