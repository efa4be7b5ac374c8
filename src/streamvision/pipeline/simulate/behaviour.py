"""How people behave: every parameter of the simulation, with its default and where that comes from."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import TypeVar

ASSUMED = "assumed"
_ANTENNA_CHURN = (
    "Antenna, A Case for Rethinking Churn (2024), https://antenna.live/post/a-case-for-rethinking-churn"
)
_ANTENNA_TENURE = (
    "Antenna by The Streamable: 8.6% a month in the first year, 4% in the second, most in the first three "
    "months, https://thestreamable.com/news/subscribers-who-stay-with-a-streamer-for-1-year-are-half-as-"
    "likely-to-cancel-their-subscription; less what fails to be paid"
)
_ANTENNA_RETURN = (
    "Antenna: 23% of those who cancel are back by month 3, 41% by month 12, "
    "https://www.antenna.live/post/the-rise-of-the-show-chaser"
)
_RECURLY = "Recurly, Churn Rate Benchmarks, https://recurly.com/research/churn-rate-benchmarks/"
_FREEMIUM = (
    "First Page Sage by Crazy Egg: 2 to 5% of free users come to pay, "
    "https://www.crazyegg.com/blog/free-to-paid-conversion-rate"
)
_SPELLING = (
    "Google: one query in ten is misspelt, http://searchnews.org/2021/03/31/misspellings-in-google-search/"
)
_YU = (
    "heavy tail as in Yu et al., Understanding User Behavior in Large-Scale Video-on-Demand Systems, EuroSys "
    "2006, http://www.cs.ucsb.edu/~ravenben/publications/abstracts/vod-eurosys06.html; the number is assumed"
)
_BROWSING = (
    "short views before a long one: A Study of User Behavior in Online VoD Services (Chen et al., 2014); "
    "the shares are assumed"
)

Value = float | tuple[float, ...]
T = TypeVar("T", float, tuple[float, ...])


def _default(value: T, topic: str, meaning: str, source: str = ASSUMED) -> T:
    made: T = field(default=value, metadata={"topic": topic, "meaning": meaning, "source": source})
    return made


@dataclass(frozen=True)
class Parameter:
    """Describe one parameter as the documentation shows it."""

    name: str
    topic: str
    value: Value
    meaning: str
    source: str


@dataclass(frozen=True)
class Behaviour:
    """Fix how people behave. Shares and rates are probabilities; what a rate is of stands in its meaning."""

    growth: float = _default(1.8, "Sign-ups", "sign-ups a day grow by e to this power over three years")
    campaign_lift: float = _default(
        2.0, "Sign-ups", "sign-ups a day in a campaign (New Year, early July, late November) against without"
    )
    first_plan: tuple[float, ...] = _default(
        (0.42, 0.20, 0.20, 0.10, 0.08),
        "Sign-ups",
        "share of the free, basic, standard, premium and annual plan among new accounts",
    )

    leaves_first_quarter: float = _default(
        0.10,
        "Churn",
        "share of payers who cancel by choice, a month, in the first three months",
        _ANTENNA_TENURE,
    )
    leaves_first_year: float = _default(0.065, "Churn", "the same in months 4 to 12", _ANTENNA_TENURE)
    leaves_later: float = _default(0.031, "Churn", "the same from the second year on", _ANTENNA_TENURE)
    annual_leaves: float = _default(0.25, "Churn", "what a yearly plan multiplies these rates by")
    free_leaves: float = _default(0.02, "Churn", "share of free accounts that are closed, a month")
    payment_fails: float = _default(
        0.0086, "Churn", "share of monthly bills that are never paid and end the subscription", _RECURLY
    )
    annual_payment_fails: float = _default(0.04, "Churn", "the same of yearly bills")

    pauses: float = _default(
        0.12,
        "Return",
        "share of those who cancel by choice and are back after one to three months to the day",
        _ANTENNA_RETURN,
    )
    returns: float = _default(0.37, "Return", "share of the others who ever come back", _ANTENNA_RETURN)
    mean_absence_days: float = _default(
        180.0, "Return", "how long those stay away, in the mean", _ANTENNA_RETURN
    )
    erasures: float = _default(
        0.02,
        "Return",
        "share of those who leave that ask for the erasure of their data (from the second run on)",
    )

    free_pays_first_month: float = _default(
        0.035, "Plans", "share of free users who take a paid plan in the first month", _FREEMIUM
    )
    free_pays_later: float = _default(0.008, "Plans", "the same in each later month", _FREEMIUM)
    upgrades: float = _default(0.016, "Plans", "share of payers who take a dearer plan, a month")
    downgrades: float = _default(
        0.014, "Plans", "share of monthly bills at which payers change to another plan"
    )
    annual_changes: float = _default(0.12, "Plans", "the same of yearly bills")

    activity_spread: float = _default(
        1.1, "Viewing", "spread (sigma of a log-normal) of how much people watch", _YU
    )
    zipf_exponent: float = _default(0.9, "Viewing", "a title's plays fall with its rank to this power", _YU)
    zipf_shift: float = _default(8.0, "Viewing", "what is added to the rank, so that the head is flat", _YU)
    attention_floor: float = _default(
        0.3, "Viewing", "what is left of a title's pull when it is no longer new"
    )
    attention_days: float = _default(
        30.0, "Viewing", "days in which the pull of a new title falls to a third"
    )
    word_of_mouth_days: float = _default(
        25.0, "Viewing", "days after which people talk most of a good new title"
    )
    second_taste: float = _default(
        0.7, "Viewing", "chance to take a title of one's second genre that is offered"
    )
    other_taste: float = _default(
        0.25, "Viewing", "chance to take a title of any other genre that is offered"
    )
    goes_on_with_series: float = _default(
        0.6, "Viewing", "chance that what follows the play of a series is its next episode"
    )
    leaves_soon: float = _default(0.2, "Viewing", "share of plays that are left in the first part", _BROWSING)
    leaves_in_the_middle: float = _default(
        0.22, "Viewing", "share of plays left somewhere between", _BROWSING
    )
    usual_device: float = _default(0.72, "Viewing", "chance to take the preferred device")
    at_home: float = _default(0.97, "Viewing", "chance to watch in the home country")

    network_spread: float = _default(0.7, "Playback", "spread (sigma of a log-normal) of people's lines")
    start_fails: float = _default(0.012, "Playback", "share of orders to play that fail")
    exits_before_start: float = _default(0.008, "Playback", "share left before the first frame")
    breaks_off: float = _default(0.006, "Playback", "share of plays that an error ends")
    outage_fails: float = _default(0.35, "Playback", "share of orders that fail in the country of an outage")
    outage_line: float = _default(3.5, "Playback", "how much worse the lines are there on that day")
    outages_a_year: float = _default(4.0, "Playback", "outages of a day in one country (the history has one)")

    says_why: float = _default(0.18, "Ratings", "share of ratings with a comment")
    disappointment: float = _default(
        1.3, "Ratings", "mean points lost against what a title is worth (exponential, so that most are high)"
    )

    search_finds_nothing: float = _default(0.08, "Searches", "share that look for what does not exist")
    misspelt: float = _default(0.1, "Searches", "share typed with an error", _SPELLING)
    misspelt_finds: float = _default(0.6, "Searches", "share of these that find something all the same")
    search_plays: float = _default(
        0.42, "Searches", "share that lead to a play of the opened title within 20 minutes"
    )
    search_clicks: float = _default(0.3, "Searches", "share of the others with results that open a title")

    expiries_a_year: float = _default(0.05, "Catalogue", "share of titles that leave the catalogue in a year")
    new_titles: float = _default(0.25, "Catalogue", "share of the catalogue that came in the last year")


def parameters(behaviour: Behaviour) -> Iterator[Parameter]:
    """Yield every parameter with the value it has."""
    for each in fields(behaviour):
        yield Parameter(
            each.name,
            each.metadata["topic"],
            getattr(behaviour, each.name),
            each.metadata["meaning"],
            each.metadata["source"],
        )
