"""When people sign up: a trend, the seasons, the week, the hours of the day, and campaigns."""

import numpy as np

from streamvision.pipeline.simulate.behaviour import Behaviour
from streamvision.pipeline.simulate.columns import Floats, Ints
from streamvision.pipeline.simulate.timeline import DAY, HOUR

# By UTC hour, from midnight; by weekday, from Monday; by month, from January.
_HOURS = np.array([9, 8, 7, 5, 4, 3, 3, 4, 5, 6, 7, 8, 9, 10, 10, 11, 12, 14, 16, 17, 17, 15, 13, 11])
_WEEKDAYS = np.array([0.93, 0.92, 0.94, 0.97, 1.05, 1.12, 1.07])
_MONTHS = np.array([1.15, 1.02, 0.98, 0.94, 0.90, 0.88, 0.95, 0.93, 0.98, 1.03, 1.10, 1.14])
# The first and the last day, as month and day.
CAMPAIGNS = ((101, 107), (701, 707), (1123, 1130))
_THURSDAY = 3  # 1970-01-01
_HOURS_OF_A_DAY = 24
_TREND_DAYS = 3 * 365


def campaign_days(days: Ints) -> Ints:
    """Return 1 for the days since 1970 on which a campaign runs, 0 for the others."""
    dates = days.astype("M8[D]")
    month = dates.astype("M8[M]")
    of_month = (dates - month.astype("M8[D]")).astype(np.int64) + 1
    code = (month.astype(np.int64) % 12 + 1) * 100 + of_month
    runs = np.zeros(len(days), dtype=np.int64)
    for first, last in CAMPAIGNS:
        runs |= (code >= first) & (code <= last)
    return runs


def sign_up_rates(behaviour: Behaviour, days: Ints, present: int) -> Floats:
    """Return how many sign up on each day, against others; `present` is the day on which the trend is 1."""
    trend = np.exp(behaviour.growth * (days - present) / _TREND_DAYS)
    month = days.astype("M8[D]").astype("M8[M]").astype(np.int64) % len(_MONTHS)
    season = _MONTHS[month] * _WEEKDAYS[(days + _THURSDAY) % len(_WEEKDAYS)]
    return np.asarray(trend * season * np.where(campaign_days(days) == 1, behaviour.campaign_lift, 1.0))


def sign_up_moments(behaviour: Behaviour, first_day: int, days: int, present: int, shares: Floats) -> Floats:
    """Return the instants that stand at the shares (0 to 1) of all sign-ups of some days."""
    rates = sign_up_rates(behaviour, np.arange(first_day, first_day + days), present)
    hourly = (rates[:, None] * (_HOURS / _HOURS.sum())).ravel()
    summed = np.concatenate([[0.0], np.cumsum(hourly)])
    edges = first_day * DAY + np.arange(days * _HOURS_OF_A_DAY + 1) * float(HOUR)
    return np.asarray(np.interp(shares * summed[-1], summed, edges))
