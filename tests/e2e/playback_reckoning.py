"""The marts of the quality of experience, reckoned anew from the attempts with lists and fractions.

Each function returns a mart's rows by their grain, as in `reckoning`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction

from tests.e2e.reckoning import Figures, Mart, grouped, quality_of, ratio
from tests.e2e.service import Attempt, Service

MEMBERS: Mapping[str, Callable[[Attempt], str]] = {
    "all": lambda _attempt: "all",
    "country": lambda attempt: str(attempt.row["country"]),
    "device": lambda attempt: str(attempt.row["device_type"]),
    "resolution": lambda attempt: str(attempt.row["resolution"]),
}
BASELINE_DAYS, FEWEST_DAYS, FEWEST_ATTEMPTS = 28, 7, 100
_OUTLYING = ("all", "country", "device")


def playback_experience_daily(service: Service) -> Mart:
    """Reckon for every day as a whole, and by country, device and resolution."""
    mart: Mart = {}
    played: dict[date, int] = defaultdict(int)
    for attempt in service.attempts:
        played[attempt.day] += attempt.watched
    for breakdown in MEMBERS:
        for day, name, attempts in _by_day_and_member(service.attempts, breakdown):
            figures = _experience(attempts)
            figures["playing_time_share"] = ratio(_number(figures["playing_seconds"]), played[day])
            mart[day, breakdown, name] = figures
    return mart


def playback_errors_daily(service: Service) -> Mart:
    """Reckon for every day, error, country and device with an error."""
    failed = [attempt for attempt in service.attempts if attempt.row["error_code"] is not None]
    groups = grouped(
        failed,
        lambda attempt: (
            attempt.day,
            attempt.row["error_code"],
            attempt.row["country"],
            attempt.row["device_type"],
        ),
    )
    return {
        key: {
            "start_failures": sum(not attempt.is_play for attempt in attempts),
            "playback_failures": sum(attempt.is_play for attempt in attempts),
        }
        for key, attempts in groups.items()
    }


def playback_outliers(service: Service) -> Mart:
    """Reckon which days were worse than the days before them let expect."""
    mart: Mart = {}
    for breakdown in _OUTLYING:
        days: dict[str, dict[date, list[Attempt]]] = defaultdict(dict)
        for day, member, attempts in _by_day_and_member(service.attempts, breakdown):
            if len(attempts) >= FEWEST_ATTEMPTS:
                days[member][day] = attempts
        for member, of_member in days.items():
            for metric, measure in _MEASURES.items():
                for day, figures in _outliers(of_member, measure).items():
                    mart[day, breakdown, member, metric] = figures | {"attempts": len(of_member[day])}
    return mart


def _by_day_and_member(
    attempts: Iterable[Attempt], breakdown: str
) -> Iterator[tuple[date, str, list[Attempt]]]:
    groups: dict[tuple[date, str], list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        groups[attempt.day, MEMBERS[breakdown](attempt)].append(attempt)
    for (day, member), of_member in groups.items():
        yield day, member, of_member


def _experience(attempts: list[Attempt]) -> Figures:
    quality = quality_of(attempts)
    plays = [attempt for attempt in attempts if attempt.is_play]
    waits = sorted(-(-play.row["startup_ms"] // 10) * 10 for play in plays)
    broken = sum(play.row["error_code"] is not None for play in plays)
    buffered = sum(play.row["buffering_events"] > 0 for play in plays)
    return quality | {
        "playback_failures": broken,
        "buffered_sessions": buffered,
        "startup_ms_p50": _percentile(waits, 50),
        "startup_ms_p95": _percentile(waits, 95),
        "average_startup_ms": ratio(_number(quality["startup_ms_sum"]), len(plays)),
        "start_failure_rate": ratio(_number(quality["start_failures"]), len(attempts)),
        "exit_before_start_rate": ratio(_number(quality["exits_before_start"]), len(attempts)),
        "playback_failure_rate": ratio(broken, len(plays)),
        "good_session_rate": ratio(_number(quality["good_sessions"]), len(plays)),
        "buffered_session_rate": ratio(buffered, len(plays)),
        "buffering_events_per_hour": ratio(
            3600 * _number(quality["buffering_events"]), _number(quality["playing_seconds"])
        ),
    }


def _percentile(ordered: list[int], percent: int) -> int | None:
    """Return the least of some values that so many percent of them do not exceed."""
    return next(
        (value for place, value in enumerate(ordered, 1) if place * 100 >= percent * len(ordered)), None
    )


def _failures(attempts: list[Attempt]) -> Fraction | None:
    return ratio(_number(quality_of(attempts)["start_failures"]), len(attempts))


def _exits(attempts: list[Attempt]) -> Fraction | None:
    return ratio(_number(quality_of(attempts)["exits_before_start"]), len(attempts))


def _rebuffering(attempts: list[Attempt]) -> Fraction | None:
    found = quality_of(attempts)["rebuffering_ratio"]
    return None if found is None else Fraction(found)


def _poor(attempts: list[Attempt]) -> Fraction | None:
    plays = [attempt for attempt in attempts if attempt.is_play]
    return ratio(sum(not play.is_good for play in plays), len(plays))


def _startup(attempts: list[Attempt]) -> Fraction | None:
    plays = [attempt for attempt in attempts if attempt.is_play]
    return ratio(sum(play.row["startup_ms"] for play in plays), len(plays))


_MEASURES: Mapping[str, Callable[[list[Attempt]], Fraction | None]] = {
    "start_failure_rate": _failures,
    "exit_before_start_rate": _exits,
    "rebuffering_ratio": _rebuffering,
    "poor_session_rate": _poor,
    "average_startup_ms": _startup,
}


def _millionths(figure: Fraction) -> int:
    """Return a figure in millionths, half of one rounded up."""
    return int(figure * 1_000_000 + Fraction(1, 2))


def _outliers(
    days: Mapping[date, list[Attempt]], measure: Callable[[list[Attempt]], Fraction | None]
) -> dict[date, Figures]:
    measured = {day: measure(attempts) for day, attempts in days.items()}
    series = {day: _millionths(figure) for day, figure in measured.items() if figure is not None}
    found: dict[date, Figures] = {}
    for day, value in series.items():
        window = (day - timedelta(days=back) for back in range(1, BASELINE_DAYS + 1))
        baseline = sorted(series[past] for past in window if past in series)
        if len(baseline) < FEWEST_DAYS:
            continue
        quartiles = [_percentile(baseline, percent) for percent in (25, 50, 75)]
        first, median, third = (_number(quartile) for quartile in quartiles)
        fence = third + Fraction(3, 2) * (third - first)
        if value > fence:
            found[day] = {
                "baseline_days": len(baseline),
                "figure": Fraction(value, 1_000_000),
                "baseline_median": Fraction(median, 1_000_000),
                "upper_fence": Fraction(fence, 1_000_000),
            }
    return found


def _number(value: Fraction | int | None) -> Fraction | int:
    assert value is not None
    return value
