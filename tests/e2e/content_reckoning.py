"""The marts of titles, genres and the catalogue, reckoned anew from the service's rows.

Each function returns a mart's rows by their grain: a key, and what the mart must say for it.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from tests.e2e.service import Attempt, Row
from tests.e2e.viewed import Figures, Mart, Period, Viewed, by, divided, ranks, seconds, users

_DONE = Decimal("0.95")


def content_completion_daily(viewed: Viewed) -> Mart:
    """Reckon per day, title, country, device, plan and percent."""
    groups = by(
        viewed.plays,
        lambda play: (
            play.day,
            play.row["content_id"],
            play.row["country"],
            play.row["device_type"],
            play.plan,
            _percent(play),
        ),
    )
    return {key: {"sessions": len(plays), "genre": plays[0].title["genre"]} for key, plays in groups.items()}


def content_abandonment_curve(viewed: Viewed) -> Mart:
    """Reckon per title and percent, by asking each play."""
    mart: Mart = {}
    for title, plays in by(viewed.plays, _title).items():
        for percent in range(101):
            reached = sum(100 * play.completion >= percent for play in plays)
            mart[title, percent] = {
                "ended_sessions": sum(_percent(play) == percent for play in plays),
                "reached_sessions": reached,
                "sessions": len(plays),
                "reached_share": divided(reached, len(plays)),
                **_labels(plays[0].title, "title", "content_type", "genre"),
            }
    return mart


def content_completion(viewed: Viewed) -> Mart:
    """Reckon per title that ever was in the catalogue."""
    plays_of = by(viewed.plays, _title)
    mart: Mart = {}
    for key, title in viewed.titles.items():
        plays = plays_of.get(key, [])
        left = sorted(_percent(play) for play in plays if play.completion < _DONE)
        mart[(key,)] = {
            "sessions": len(plays),
            **{
                f"reached_{quarter}_sessions": sum(100 * play.completion >= quarter for play in plays)
                for quarter in (25, 50, 75, 100)
            },
            "abandoned_sessions": len(left),
            "abandoned_share": divided(len(left), len(plays)),
            "abandonment_percent": left[(len(left) - 1) // 2] if left else None,
            **_labels(title, "title", "content_type", "genre", "is_original"),
        }
    return mart


def title_rankings(viewed: Viewed) -> Mart:
    """Reckon per week and month, and title with a play in it."""
    mart: Mart = {}
    for period, plays in viewed.by_period(viewed.plays, "week", "month"):
        of_title = {key[0]: found for key, found in by(plays, lambda play: (play.row["content_id"],)).items()}
        watched = {title: seconds(found) for title, found in of_title.items()}
        by_time, by_viewers = ranks(watched), ranks({key: len(users(of)) for key, of in of_title.items()})
        for title, found in of_title.items():
            genre = viewed.titles[title]["genre"]
            rivals = {key: watched[key] for key in watched if viewed.titles[key]["genre"] == genre}
            mart[period.kind, period.start, title] = {
                "is_whole_period": period.is_whole,
                "sessions": len(found),
                "unique_viewers": len(users(found)),
                "watch_seconds": watched[title],
                "watch_time_rank": by_time[title],
                "watch_time_rank_in_genre": ranks(rivals)[title],
                "viewers_rank": by_viewers[title],
                **_labels(viewed.titles[title], "title", "content_type", "genre", "is_original"),
            }
    return mart


def genre_rankings(viewed: Viewed) -> Mart:
    """Reckon per week and month, and genre with a play in it."""
    mart: Mart = {}
    for period, plays in viewed.by_period(viewed.plays, "week", "month"):
        of_genre = {key[0]: found for key, found in by(plays, lambda play: (play.title["genre"],)).items()}
        by_time = ranks({genre: seconds(found) for genre, found in of_genre.items()})
        by_viewers = ranks({genre: len(users(found)) for genre, found in of_genre.items()})
        for genre, found in of_genre.items():
            mart[period.kind, period.start, genre] = {
                "is_whole_period": period.is_whole,
                "watch_time_rank": by_time[genre],
                "viewers_rank": by_viewers[genre],
                **_share(found, plays),
            }
    return mart


def originals_performance(viewed: Viewed) -> Mart:
    """Reckon per week and month, for originals and for what is licensed."""
    mart: Mart = {}
    for period, plays in viewed.by_period(viewed.plays, "week", "month"):
        for is_original in {title["is_original"] for title in viewed.titles.values()}:
            found = [play for play in plays if play.title["is_original"] == is_original]
            valid = [play for play in found if play.is_valid]
            completion = sum((Fraction(play.completion) for play in valid), Fraction(0))
            mart[period.kind, period.start, is_original] = {
                "is_whole_period": period.is_whole,
                "played_titles": len({play.row["content_id"] for play in found}),
                "valid_sessions": len(valid),
                "completion_rate_sum": completion,
                "completion_rate": divided(float(completion), len(valid)),
                **_share(found, plays),
            }
    return mart


def catalogue_coverage(viewed: Viewed) -> Mart:
    """Reckon per week and month, with the titles sorted by how long they were watched."""
    mart: Mart = {}
    for period, plays in viewed.by_period(viewed.plays, "week", "month"):
        watched: Counter[int] = Counter()
        for play in plays:
            watched[play.row["content_id"]] += play.watched
        played = {play.row["content_id"] for play in plays}
        there = {key for key in viewed.titles if _was_listed(viewed, key, period)} | played
        head = -(-len(there) // 5)
        tail = sorted((watched[key] for key in there), reverse=True)[head:]
        mart[period.kind, period.start] = {
            "is_whole_period": period.is_whole,
            "available_titles": len(there),
            "played_titles": len(played),
            "coverage_rate": divided(len(played), len(there)),
            "head_titles": head,
            "watch_seconds": seconds(plays),
            "tail_watch_seconds": sum(tail),
            "long_tail_share": divided(sum(tail), seconds(plays)),
        }
    return mart


def _was_listed(viewed: Viewed, title: int, period: Period) -> bool:
    """Tell whether the catalogue had a title on any day of a period."""
    added, gone = viewed.titles[title]["added_date"], viewed.removed.get(title, date.max)
    return any(added <= day < gone for day in period.days)


def new_titles(viewed: Viewed) -> Mart:
    """Reckon per title that was added on a day of viewing."""
    mart: Mart = {}
    for key, title in viewed.titles.items():
        added: date = title["added_date"]
        if not viewed.days[0] <= added <= viewed.days[-1]:
            continue
        plays = [play for play in viewed.plays if play.row["content_id"] == key and play.day >= added]
        first = min((play.row["started_at"].astimezone(UTC) for play in plays), default=None)
        midnight = datetime.combine(added, time(), tzinfo=UTC)
        mart[(key,)] = {
            "added_date": added,
            "first_played_at": first and first.replace(tzinfo=None),
            "seconds_to_first_play": first and int((first - midnight).total_seconds() // 1),
            **_first_days(plays, added, viewed.days[-1], 7),
            **_first_days(plays, added, viewed.days[-1], 28),
            **_labels(title, "title", "content_type", "genre", "is_original"),
        }
    return mart


def series_progression(viewed: Viewed) -> Mart:
    """Reckon per episode, with the moment at which each user first played each."""
    firsts: dict[int, dict[int, datetime]] = defaultdict(dict)
    rows_of: dict[int, list[Row]] = defaultdict(list)
    for row in sorted(viewed.episode_viewings, key=lambda row: row["started_at"]):
        firsts[row["episode_id"]].setdefault(row["user_id"], row["started_at"])
        rows_of[row["episode_id"]].append(row)
    mart: Mart = {}
    for series, episodes in by(viewed.episodes, _series).items():
        order = sorted(episodes, key=lambda row: (row["season_number"], row["episode_number"]))
        audience = {user for episode in order for user in firsts[episode["id"]]}
        for place, episode in enumerate(order):
            mart[(episode["id"],)] = {
                "content_id": series,
                "episode_order": place + 1,
                "episode_title": episode["title"],
                "series_viewers": len(audience),
                **_labels(episode, "season_number", "episode_number"),
                **_labels(viewed.titles[series], "title", "genre"),
                **_progress(order[place : place + 2], rows_of[episode["id"]], firsts, len(audience)),
            }
    return mart


def series_binges_daily(viewed: Viewed) -> Mart:
    """Reckon per day, series, country, device and plan, by walking the episodes of each session."""
    series_of = {episode["id"]: episode["content_id"] for episode in viewed.episodes}
    session_of = {attempt.row["id"]: attempt for attempt in viewed.attempts}
    sessions = by(viewed.episode_viewings, lambda row: (row["session_id"], series_of[row["episode_id"]]))
    mart: Mart = {}
    for (session, series), rows in sessions.items():
        attempt = session_of[session]
        key = (attempt.day, series, attempt.row["country"], attempt.row["device_type"], attempt.plan)
        title = viewed.titles[series]
        found = mart.setdefault(
            key,
            {
                "series_sessions": 0,
                "episode_viewings": 0,
                "binge_sessions": 0,
                **_labels(title, "title", "genre"),
            },
        )
        found["series_sessions"] += 1
        found["episode_viewings"] += len(rows)
        found["binge_sessions"] += _most_in_a_row(rows) >= 3
        found["binge_rate"] = divided(found["binge_sessions"], found["series_sessions"])
    return mart


def _title(play: Attempt) -> int:
    return int(play.row["content_id"])


def _genre(play: Attempt) -> str:
    return str(play.title["genre"])


def _series(episode: Row) -> int:
    return int(episode["content_id"])


def _percent(play: Attempt) -> int:
    return int(100 * play.completion)


def _labels(row: Row, *names: str) -> Figures:
    return {name: row[name] for name in names}


def _share(found: Sequence[Attempt], plays: Sequence[Attempt]) -> Figures:
    return {
        "sessions": len(found),
        "unique_viewers": len(users(found)),
        "watch_seconds": seconds(found),
        "period_watch_seconds": seconds(plays),
        "watch_share": divided(seconds(found), seconds(plays)),
    }


def _first_days(plays: Sequence[Attempt], added: date, last: date, days: int) -> Figures:
    early = [play for play in plays if (play.day - added).days < days]
    return {
        f"has_{days}_days": (last - added).days + 1 >= days,
        f"sessions_in_{days}_days": len(early),
        f"viewers_in_{days}_days": len(users(early)),
        f"watch_seconds_in_{days}_days": seconds(early),
    }


def _progress(
    pair: Sequence[Row], rows: Sequence[Row], firsts: dict[int, dict[int, datetime]], audience: int
) -> Figures:
    """Reckon for an episode, which comes with the next one where there is one."""
    viewers = firsts[pair[0]["id"]]
    done = {row["user_id"] for row in rows if row["is_completed"]}
    continued = None
    if len(pair) > 1:
        following = firsts[pair[1]["id"]]
        continued = sum(user in following and following[user] > first for user, first in viewers.items())
    return {
        "viewings": len(rows),
        "watch_seconds": sum(row["watched_seconds"] for row in rows),
        "viewers": len(viewers),
        "completed_viewers": len(done),
        "continued_viewers": continued,
        "reach_rate": divided(len(viewers), audience),
        "completion_rate": divided(len(done), len(viewers)),
        "continuation_rate": None if continued is None else divided(continued, len(viewers)),
    }


def _most_in_a_row(rows: Sequence[Row]) -> int:
    order = sorted(rows, key=lambda row: (row["started_at"], row["id"]))
    longest = row_now = 1
    for before, after in pairwise(order):
        gap = (after["started_at"] - before["started_at"]).total_seconds() - before["watched_seconds"]
        row_now = row_now + 1 if gap < 1800 else 1
        longest = max(longest, row_now)
    return longest
