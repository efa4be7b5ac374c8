"""A page of drawings that shows how the simulated people behave, beside what the parameters expect."""

from collections.abc import Iterator
from html import escape

import numpy as np

from streamvision.pipeline.simulate.behaviour import Behaviour, Parameter, parameters
from streamvision.pipeline.simulate.catalogue import FILM, Catalogue
from streamvision.pipeline.simulate.chance import Chance
from streamvision.pipeline.simulate.choices import attention
from streamvision.pipeline.simulate.columns import Floats, Ints
from streamvision.pipeline.simulate.countries import CODES, HABIT_OFFSET
from streamvision.pipeline.simulate.drawing import Drawing, bars, ranks
from streamvision.pipeline.simulate.history import Shard
from streamvision.pipeline.simulate.lives import CANCELLATION, NEVER, RENEWAL, START, VOLUNTARY
from streamvision.pipeline.simulate.moments import HOURS, WEEKDAYS
from streamvision.pipeline.simulate.people import AGE_GROUPS, DEVICES
from streamvision.pipeline.simulate.plans import BASIC, PLANS, PREMIUM
from streamvision.pipeline.simulate.playback import outages
from streamvision.pipeline.simulate.shards import part_of, stocked
from streamvision.pipeline.simulate.sign_ups import sign_up_rates
from streamvision.pipeline.simulate.spec import SimulationSpec
from streamvision.pipeline.simulate.timeline import DAY, HOUR, MILLISECOND, MINUTE

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem; padding: 0 1rem;
  color: #1c2330; background: #fff; }
main { display: grid; grid-template-columns: repeat(auto-fit, minmax(26rem, 1fr)); gap: 1.5rem; }
figure { margin: 0; border: 1px solid #d6dae1; border-radius: 6px; padding: .8rem; }
figcaption { font-size: .85rem; color: #4a5363; }
h2 { font-size: 1rem; margin: 0 0 .4rem; }
svg { width: 100%; height: auto; }
svg rect { fill: #3e6fb0; }
svg circle { fill: #c2571a; }
svg circle.seen { fill: #3e6fb0; }
svg polyline { fill: none; stroke: #c2571a; stroke-width: 2; }
svg line { stroke: #8a93a3; }
svg text { font-size: 11px; fill: #4a5363; }
table { border-collapse: collapse; width: 100%; font-size: .85rem; margin-top: .5rem; }
th, td { text-align: left; padding: .3rem .5rem; border-bottom: 1px solid #d6dae1; vertical-align: top;
  overflow-wrap: anywhere; }
td:nth-child(4) { min-width: 16rem; }
"""
_DAYS_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS_OF_TENURE = 18
_WEEK = 7


def report_page(spec: SimulationSpec) -> str:
    """Return the page, as HTML that asks no other host for anything."""
    catalogue, _ = stocked(spec)
    drawings = list(_drawings(spec, part_of(spec, 0), catalogue))
    figures = "".join(
        f"<figure><h2>{escape(each.title)}</h2>{each.svg}<figcaption>{escape(each.caption)}</figcaption>"
        "</figure>"
        for each in drawings
    )
    rows = "".join(
        f"<tr><td>{escape(each.topic)}</td><td><code>{each.name}</code></td>"
        f"<td>{escape(value_text(each))}</td><td>{escape(each.meaning)}</td><td>{escape(each.source)}</td></tr>"
        for each in parameters(spec.behaviour)
    )
    people = f"{spec.volumes.part(0, spec.shards).users:,} of {spec.volumes.users:,} users"
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>The simulated service</title><style>{_STYLE}</style></head><body>"
        "<h1>The simulated service</h1>"
        f"<p>Drawn from {people}, seed {spec.seed}, history up to {spec.until}. Blue is what the data have, "
        f"orange what the parameters expect.</p><main>{figures}</main>"
        "<h1>Parameters</h1><table><thead><tr><th>topic</th><th>parameter</th><th>value</th><th>meaning</th>"
        f"<th>source</th></tr></thead><tbody>{rows}</tbody></table></body></html>\n"
    )


def value_text(parameter: Parameter) -> str:
    """Return a parameter's value as the documentation writes it."""
    value = parameter.value
    return ", ".join(f"{each:g}" for each in value) if isinstance(value, tuple) else f"{value:g}"


def _drawings(spec: SimulationSpec, shard: Shard, catalogue: Catalogue) -> Iterator[Drawing]:
    yield from _people(spec, shard)
    yield from _times(shard)
    yield from _titles(spec, shard, catalogue)
    yield from _playback(spec, shard, catalogue)
    yield from _opinions(spec, shard)


def _people(spec: SimulationSpec, shard: Shard) -> Iterator[Drawing]:
    behaviour = spec.behaviour
    first, last = spec.sign_up_start // DAY, spec.end // DAY
    weeks = (last - first) // _WEEK
    counted = np.bincount((shard.people.created_at // DAY - first) // _WEEK, minlength=weeks)[:weeks]
    rates = sign_up_rates(behaviour, np.arange(first, first + weeks * _WEEK), last)
    rates = rates.reshape(weeks, _WEEK).sum(axis=1)
    yield bars(
        "Sign-ups by week",
        "A trend, the seasons, and three campaigns a year.",
        [str(np.datetime64(first + _WEEK * week, "D")) if week % 26 == 0 else "" for week in range(weeks)],
        counted.tolist(),
        (rates / rates.sum() * counted.sum()).tolist(),
    )
    starts = shard.events.to_plan[shard.events.kind == START]
    yield bars(
        "First plans",
        "The share of each plan among new accounts.",
        [plan.code for plan in PLANS],
        _shares(starts, len(PLANS)),
        list(behaviour.first_plan),
    )
    yield _churn(behaviour, shard)


def _churn(behaviour: Behaviour, shard: Shard) -> Drawing:
    """Draw the voluntary churn of monthly payers by the month of their subscription."""
    events, people = shard.events, shard.people.count
    started = np.zeros(people, dtype=np.int64)
    begins = (events.kind == START) & (events.to_plan >= BASIC) & (events.to_plan <= PREMIUM)
    started[events.user[begins]] = events.occurred_at[begins]
    monthly = (events.from_plan >= BASIC) & (events.from_plan <= PREMIUM) & (started[events.user] > 0)
    month = (events.occurred_at - started[events.user]) // (30 * DAY)
    left = monthly & (events.kind == CANCELLATION) & (events.reason == VOLUNTARY)
    paid = monthly & (events.kind == RENEWAL)
    gone = np.bincount(month[left], minlength=_MONTHS_OF_TENURE)[:_MONTHS_OF_TENURE]
    stayed = np.bincount(month[paid], minlength=_MONTHS_OF_TENURE + 1)[1 : _MONTHS_OF_TENURE + 1]
    rates = [behaviour.leaves_first_quarter] * 3 + [behaviour.leaves_first_year] * 9
    expected = (rates + [behaviour.leaves_later] * _MONTHS_OF_TENURE)[:_MONTHS_OF_TENURE]
    return bars(
        "Voluntary churn by month of subscription",
        "Monthly payers from their start: the share that cancels by choice.",
        [str(tenure + 1) for tenure in range(_MONTHS_OF_TENURE)],
        (gone / np.maximum(gone + stayed, 1)).tolist(),
        expected,
    )


def _times(shard: Shard) -> Iterator[Drawing]:
    viewing = shard.viewing
    local = viewing.started_at + HABIT_OFFSET[shard.people.country[viewing.user]]
    yield bars(
        "Plays by hour of the day",
        "By the local clock of each country, less how late its evenings are.",
        [str(hour) for hour in range(24)],
        _shares(local // HOUR % 24, 24),
        (HOURS / HOURS.sum()).tolist(),
    )
    yield bars(
        "Plays by day of the week",
        "Weekends are busy.",
        list(_DAYS_NAMES),
        _shares((local // DAY + 3) % _WEEK, _WEEK),
        (WEEKDAYS / WEEKDAYS.sum()).tolist(),
    )
    plays = np.sort(np.bincount(viewing.user))[::-1]
    lorenz = np.cumsum(plays[plays > 0]) / max(plays.sum(), 1)
    tenths = [float(lorenz[max(int(len(lorenz) * part / 10) - 1, 0)]) for part in range(1, 11)]
    yield bars(
        "How much the most active viewers play",
        "Share of all plays that the most active tenth, two tenths, ... of the viewers have.",
        [f"{part * 10}%" for part in range(1, 11)],
        tenths,
    )


def _titles(spec: SimulationSpec, shard: Shard, catalogue: Catalogue) -> Iterator[Drawing]:
    behaviour, viewing = spec.behaviour, shard.viewing
    plays = np.sort(np.bincount(viewing.content, minlength=catalogue.count))[::-1].astype(np.float64)
    law = (np.arange(len(plays)) + behaviour.zipf_shift) ** -behaviour.zipf_exponent
    yield ranks(
        "Plays by rank of the title",
        "Both scales logarithmic; the line is Zipf's law with the parameters' exponent and shift.",
        plays.tolist(),
        (law / law.sum() * plays.sum()).tolist(),
    )
    weeks = np.arange(0, 20)
    age = viewing.started_at // DAY - catalogue.added_day[viewing.content]
    young = catalogue.added_day[viewing.content] >= spec.history.first_day
    counted = np.bincount(age[young] // _WEEK, minlength=len(weeks))[: len(weeks)].astype(np.float64)
    new = catalogue.added_day[catalogue.added_day >= spec.history.first_day]
    seen = np.array([(new + week * _WEEK < spec.end // DAY).sum() for week in weeks])
    pull = [
        float(attention(behaviour, np.array([week * _WEEK + 3]), catalogue.quality).mean()) for week in weeks
    ]
    per_title = counted / np.maximum(seen, 1)
    yield bars(
        "Plays of a new title by its age in weeks",
        "Attention fades; good titles are talked of first.",
        [str(week) for week in weeks],
        per_title.tolist(),
        (np.array(pull) / sum(pull) * per_title.sum()).tolist(),
    )
    own = catalogue.genre[viewing.content] == shard.people.genre[viewing.user]
    second = catalogue.genre[viewing.content] == shard.people.second_genre[viewing.user]
    yield bars(
        "What people play",
        "Share of plays in a user's own genre, in the second one, and in the others.",
        ["own", "second", "others"],
        [float(own.mean()), float((second & ~own).mean()), float((~own & ~second).mean())],
    )


def _playback(spec: SimulationSpec, shard: Shard, catalogue: Catalogue) -> Iterator[Drawing]:
    viewing = shard.viewing
    films = viewing.conditions.starts & (catalogue.kind[viewing.content] == FILM)
    rate = viewing.watched[films] / viewing.length[films]
    yield bars(
        "Completion of films",
        "Two humps: left soon, or seen to the end.",
        [f"{part * 5}%" for part in range(20)],
        _shares(np.minimum((rate * 20).astype(np.int64), 19), 20),
    )
    for age in (0, len(AGE_GROUPS) - 1):
        yield bars(
            f"Preferred devices at {AGE_GROUPS[age]}",
            "Devices follow age and country.",
            list(DEVICES),
            _shares(shard.people.device[shard.people.age == age], len(DEVICES)),
        )
    startup = viewing.conditions.startup_ms[viewing.conditions.starts]
    yield bars(
        "Start-up time",
        "Share of plays by half seconds to the first frame; the last bar is all above.",
        [f"{part / 2:g} s" for part in range(12)],
        _shares(np.minimum(startup // 500, 11), 12),
    )
    struck = outages(spec.behaviour, Chance(spec.seed), spec.history, spec.history)
    row = int(np.flatnonzero(struck >= 0)[0])
    day, country = viewing.started_at // DAY - spec.history.first_day, int(struck[row])
    days = np.arange(max(row - 10, 0), min(row + 4, spec.days))
    failed = (viewing.conditions.error >= 0) & ~viewing.conditions.starts & (viewing.country == country)
    orders = viewing.country == country
    yield bars(
        f"Failed starts in {CODES[country]} around the outage",
        "Share of orders to play that failed, day by day.",
        [str(np.datetime64(spec.history.first_day + each, "D"))[5:] for each in days.tolist()],
        [float((failed & (day == each)).sum() / max((orders & (day == each)).sum(), 1)) for each in days],
    )


def _opinions(spec: SimulationSpec, shard: Shard) -> Iterator[Drawing]:
    yield bars(
        "Ratings",
        "Share of each score: most are kind.",
        [str(score) for score in range(1, 11)],
        _shares(shard.ratings.score - 1, 10),
    )
    searches, viewing, behaviour = shard.searches, shard.viewing, spec.behaviour
    width = int(viewing.content.max(initial=0)) + int(searches.content.max(initial=0)) + 1
    starts = viewing.conditions.starts
    pair = viewing.user[starts] * width + viewing.content[starts]
    wait = _until_next(
        searches.user * width + searches.content, searches.searched_at, pair, viewing.started_at[starts]
    )
    played = searches.clicked & (wait <= 30 * MINUTE)
    nothing = searches.results == 0
    outcomes = [played, searches.clicked & ~played, ~searches.clicked & ~nothing, nothing]
    expected = behaviour.search_finds_nothing
    yield bars(
        "What searches lead to",
        f"A play within half an hour (expected: {behaviour.search_plays:g}), a title opened, a look at "
        f"results, nothing found (expected: {expected:g} and some of the misspelt).",
        ["play", "opened", "looked", "nothing"],
        [float(each.mean()) for each in outcomes],
    )


def _until_next(wanted: Ints, since: Ints, pair: Ints, at: Ints) -> Ints:
    """Return how long after each search the same pair of user and title was played; very long for never."""
    first = min(since.min(initial=NEVER), at.min(initial=NEVER))
    since, at = (since - first) // MILLISECOND, (at - first) // MILLISECOND
    span = int(max(since.max(initial=0), at.max(initial=0))) + 1
    codes = np.unique(np.concatenate([pair, wanted]))
    # One number for pair and instant: milliseconds of some years, times the pairs, stay below 2 ** 63.
    keys = np.sort(np.searchsorted(codes, pair) * span + at)
    asked = np.searchsorted(codes, wanted)
    place = np.searchsorted(keys, asked * span + since)
    following = keys[np.minimum(place, len(keys) - 1)]
    same = (place < len(keys)) & (following // span == asked)
    return np.where(same, (following % span - since) * MILLISECOND, NEVER)


def _shares(codes: Ints, count: int) -> list[float]:
    counted: Floats = np.bincount(codes, minlength=count)[:count] / max(len(codes), 1)
    return [float(share) for share in counted]
