"""The marts, reckoned anew from the service's rows with sets, dicts and fractions.

Each function returns a mart's rows by their grain: a key, and what the mart must say for it. Additive
figures are whole numbers and fractions, so that they can be held against the mart's exactly.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import TypeVar

from tests.e2e.service import Attempt, Rating, Service, utc_day

Figures = dict[str, Fraction | int | None]
Mart = dict[tuple[Hashable, ...], Figures]
T = TypeVar("T")

BAYESIAN_WEIGHT = 25


def content_performance(service: Service) -> Mart:
    """Reckon per title, for every title that ever was in the catalogue."""
    attempts = grouped(service.attempts, lambda attempt: (attempt.row["content_id"],))
    ratings = grouped(service.ratings, lambda rating: (rating.row["content_id"],))
    mean = Fraction(sum(rating.row["score"] for rating in service.ratings), len(service.ratings))
    return {
        (title,): _of_title(attempts.get((title,), []), ratings.get((title,), []), mean)
        for title in service.titles
    }


def content_performance_daily(service: Service) -> Mart:
    """Reckon per day, title, country, device and plan."""
    groups = grouped(
        service.attempts,
        lambda attempt: (
            attempt.day,
            attempt.row["content_id"],
            attempt.row["country"],
            attempt.row["device_type"],
            attempt.plan,
        ),
    )
    return {key: _of_attempts(attempts) for key, attempts in groups.items()}


def content_ratings_daily(service: Service) -> Mart:
    """Reckon per day, title, country and plan of the raters."""
    groups = grouped(
        service.ratings,
        lambda rating: (
            utc_day(rating.row["rated_at"]),
            rating.row["content_id"],
            rating.country,
            rating.plan,
        ),
    )
    return {
        key: {"ratings": len(ratings), "score_sum": sum(rating.row["score"] for rating in ratings)}
        for key, ratings in groups.items()
    }


def content_scores_daily(service: Service) -> Mart:
    """Reckon per day, title, country and plan of the raters, and score."""
    groups = grouped(
        service.ratings,
        lambda rating: (
            utc_day(rating.row["rated_at"]),
            rating.row["content_id"],
            rating.country,
            rating.plan,
            rating.row["score"],
        ),
    )
    return {key: {"ratings": len(ratings)} for key, ratings in groups.items()}


def viewer_days(service: Service) -> Mart:
    """Reckon per day, user, country, plan, genre and device with a play."""
    groups = grouped(
        service.plays,
        lambda play: (
            play.day,
            play.row["user_id"],
            play.row["country"],
            play.plan,
            play.title["genre"],
            play.row["device_type"],
        ),
    )
    return {
        key: {"sessions": len(plays), "watch_seconds": sum(play.watched for play in plays)}
        for key, plays in groups.items()
    }


def daily_active_users(service: Service) -> Mart:
    """Reckon for every day from the first attempt to the last."""
    viewers: dict[date, set[int]] = defaultdict(set)
    for play in service.plays:
        viewers[play.day].add(play.row["user_id"])
    days_of_attempts = [attempt.day for attempt in service.attempts]
    first, last = min(days_of_attempts), max(days_of_attempts)
    mart: Mart = {}
    for day in (first + timedelta(days=number) for number in range((last - first).days + 1)):
        dau, wau, mau = (len(_viewers_up_to(viewers, day, days)) for days in (1, 7, 28))
        mart[(day,)] = {"dau": dau, "wau": wau, "mau": mau, "stickiness": ratio(dau, mau)}
    return mart


def subscription_movements(service: Service) -> Mart:
    """Reckon per day, country, movement and plans."""
    groups = grouped(
        service.movements,
        lambda movement: (
            utc_day(movement.row["occurred_at"]),
            movement.country,
            movement.row["event_type"],
            movement.from_plan,
            movement.to_plan,
        ),
    )
    return {
        key: {
            "events": len(movements),
            "mrr_change_cents": sum((movement.mrr_change for movement in movements), Fraction(0)),
        }
        for key, movements in groups.items()
    }


def playback_quality_daily(service: Service) -> Mart:
    """Reckon per day, device, resolution, country, plan and genre."""
    groups = grouped(
        service.attempts,
        lambda attempt: (
            attempt.day,
            attempt.row["device_type"],
            attempt.row["resolution"],
            attempt.row["country"],
            attempt.plan,
            attempt.title["genre"],
        ),
    )
    return {key: quality_of(attempts) for key, attempts in groups.items()}


def quality_of(attempts: Iterable[Attempt]) -> Figures:
    """Reckon how well some attempts played."""
    attempts = list(attempts)
    plays = [attempt for attempt in attempts if attempt.is_play]
    failed = [attempt for attempt in attempts if not attempt.is_play and attempt.row["error_code"]]
    playing = sum(play.watched for play in plays)
    buffering = sum((play.buffered for play in plays), Fraction(0))
    bits = sum(play.watched * play.row["average_bitrate_kbps"] for play in plays)
    return {
        "attempts": len(attempts),
        "sessions": len(plays),
        "start_failures": len(failed),
        "exits_before_start": len(attempts) - len(plays) - len(failed),
        "good_sessions": sum(play.is_good for play in plays),
        "playing_seconds": playing,
        "buffering_seconds": buffering,
        "buffering_events": sum(play.row["buffering_events"] for play in plays),
        "bitrate_kbps_seconds": bits,
        "startup_ms_sum": sum(play.row["startup_ms"] for play in plays),
        "rebuffering_ratio": ratio(buffering, playing + buffering),
        "average_bitrate_kbps": ratio(bits, playing),
    }


def viewers(plays: Iterable[Attempt]) -> int:
    """Count the distinct users of some plays."""
    return len({play.row["user_id"] for play in plays})


def grouped(
    things: Iterable[T], key: Callable[[T], tuple[Hashable, ...]]
) -> dict[tuple[Hashable, ...], list[T]]:
    """Put things together that have the same key."""
    groups: dict[tuple[Hashable, ...], list[T]] = defaultdict(list)
    for thing in things:
        groups[key(thing)].append(thing)
    return dict(groups)


def ratio(numerator: Fraction | int, denominator: Fraction | int) -> Fraction | None:
    """Divide; there is no ratio to nothing."""
    return Fraction(numerator) / denominator if denominator else None


def _of_title(attempts: list[Attempt], ratings: list[Rating], mean: Fraction) -> Figures:
    figures = _of_attempts(attempts)
    valid = sum(attempt.is_valid for attempt in attempts)
    scores = sum(rating.row["score"] for rating in ratings)
    return figures | {
        "unique_viewers": viewers(attempt for attempt in attempts if attempt.is_play),
        "completion_rate": ratio(_completion(attempts), valid),
        "completed_share": ratio(sum(attempt.is_completed for attempt in attempts), valid),
        "ratings": len(ratings),
        "score_sum": scores,
        "average_rating": ratio(scores, len(ratings)),
        "bayesian_rating": ratio(BAYESIAN_WEIGHT * mean + scores, BAYESIAN_WEIGHT + len(ratings)),
    }


def _of_attempts(attempts: list[Attempt]) -> Figures:
    return {
        "attempts": len(attempts),
        "sessions": sum(attempt.is_play for attempt in attempts),
        "valid_sessions": sum(attempt.is_valid for attempt in attempts),
        "watch_seconds": sum(attempt.watched for attempt in attempts),
        "completion_rate_sum": _completion(attempts),
        "completed_sessions": sum(attempt.is_completed for attempt in attempts),
    }


def _completion(attempts: list[Attempt]) -> Fraction:
    return sum((Fraction(attempt.completion) for attempt in attempts if attempt.is_valid), Fraction(0))


def _viewers_up_to(viewers_of: Mapping[date, set[int]], day: date, days: int) -> set[int]:
    """Return who watched in the days that end on a day."""
    window = (day - timedelta(days=back) for back in range(days))
    return set().union(*(viewers_of.get(past, set()) for past in window))
