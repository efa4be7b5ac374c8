"""Each documented distribution is the one that the data have; a generator that draws evenly would fail."""

from datetime import date

import numpy as np
import pytest

from streamvision.pipeline.simulate.behaviour import Behaviour
from streamvision.pipeline.simulate.catalogue import FILM, SERIES, Catalogue, make_catalogue
from streamvision.pipeline.simulate.chance import Chance
from streamvision.pipeline.simulate.choices import Shelf
from streamvision.pipeline.simulate.columns import Ints
from streamvision.pipeline.simulate.countries import CODES, UTC_OFFSET
from streamvision.pipeline.simulate.history import Shard, make_shard
from streamvision.pipeline.simulate.lives import (
    CANCELLATION,
    PAYMENT_FAILED,
    REACTIVATION,
    RENEWAL,
    START,
    UPGRADE,
    VOLUNTARY,
)
from streamvision.pipeline.simulate.moments import HOURS
from streamvision.pipeline.simulate.people import DEVICES
from streamvision.pipeline.simulate.plans import BASIC, FREE, PREMIUM
from streamvision.pipeline.simulate.playback import outages
from streamvision.pipeline.simulate.sign_ups import campaign_days
from streamvision.pipeline.simulate.spec import SimulationSpec, Volumes
from streamvision.pipeline.simulate.timeline import DAY, HOUR, MINUTE

MANY = Volumes(
    users=30_000,
    content=400,
    episodes=1_000,
    viewing_sessions=90_000,
    episode_viewing=2_000,
    ratings=9_000,
    search_queries=9_000,
)
SPEC = SimulationSpec(MANY, seed=11, until=date(2026, 11, 22))
BEHAVIOUR = Behaviour()


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """Draw the catalogue once."""
    return make_catalogue(SPEC, Chance(SPEC.seed))


@pytest.fixture(scope="module")
def shard(catalogue: Catalogue) -> Shard:
    """Draw the people and what they did once."""
    return make_shard(SPEC, catalogue, Shelf(SPEC.behaviour, catalogue, SPEC.history), 0)


def first_after(users: Ints, starts: Ints, later_users: Ints, later: Ints) -> Ints:
    """Return for each start the wait until the user's first later instant, a century where there is none."""
    table: dict[int, list[int]] = {}
    for user, at in zip(later_users.tolist(), later.tolist(), strict=True):
        table.setdefault(user, []).append(at)
    found = [
        min((at - start for at in table.get(user, []) if at > start), default=36_500 * DAY)
        for user, start in zip(users.tolist(), starts.tolist(), strict=True)
    ]
    return np.array(found)


def test_sign_ups_grow_and_leap_in_campaigns(shard: Shard) -> None:
    """The third year has e to two thirds of the growth times the first; a campaign doubles a day."""
    days = shard.people.created_at // DAY
    year = (days - SPEC.sign_up_start // DAY) // 365
    grown = (year == 2).sum() / (year == 0).sum()
    assert grown == pytest.approx(np.exp(BEHAVIOUR.growth * 2 / 3), rel=0.1)
    # New Year's week against the three weeks after it, which are in the same season.
    january = (days.astype("M8[D]") - days.astype("M8[D]").astype("M8[M]").astype("M8[D]")).astype(int) + 1
    in_january = days.astype("M8[D]").astype("M8[M]").astype(int) % 12 == 0
    campaign = in_january & (campaign_days(days) == 1)
    after = in_january & (january >= 8) & (january <= 28)
    assert campaign.sum() / (after.sum() / 3) == pytest.approx(BEHAVIOUR.campaign_lift, rel=0.15)


def test_payers_leave_most_in_their_first_months(shard: Shard) -> None:
    """Voluntary churn is a tenth a month in the first quarter, and a third of that after a year."""
    events = shard.events
    monthly = (events.to_plan >= BASIC) & (events.to_plan <= PREMIUM)
    starts = (events.kind == START) & monthly & (events.occurred_at < SPEC.end - 100 * DAY)
    leaves = (events.kind == CANCELLATION) & (events.reason == VOLUNTARY)
    user, began = events.user[starts], events.occurred_at[starts]
    wait = first_after(user, began, events.user[leaves], events.occurred_at[leaves])
    kept = (1 - BEHAVIOUR.leaves_first_quarter) ** 3
    assert (wait < 91 * DAY).mean() == pytest.approx(1 - kept, abs=0.025)
    # Of those who stayed for a year and could be seen for half a year more.
    old = (wait > 365 * DAY) & (began < SPEC.end - 550 * DAY)
    left = (wait[old] < 548 * DAY).mean()
    assert left == pytest.approx(1 - (1 - BEHAVIOUR.leaves_later) ** 6, abs=0.05)


def test_bills_fail_as_often_as_published(shard: Shard) -> None:
    """Of the monthly bills, the published share is never paid."""
    events = shard.events
    monthly = (events.from_plan >= BASIC) & (events.from_plan <= PREMIUM)
    failed = (monthly & (events.reason == PAYMENT_FAILED)).sum()
    paid = (monthly & (events.kind == RENEWAL)).sum()
    assert failed / (failed + paid) == pytest.approx(BEHAVIOUR.payment_fails, rel=0.15)


def test_as_many_come_back_as_published(shard: Shard) -> None:
    """Of those who left more than a year ago, about 23% were back by month 3 and 41% by month 12."""
    events = shard.events
    left = (events.reason == VOLUNTARY) & (events.occurred_at < SPEC.end - 366 * DAY)
    back = events.kind == REACTIVATION
    wait = first_after(
        events.user[left], events.occurred_at[left], events.user[back], events.occurred_at[back]
    )
    assert (wait < 92 * DAY).mean() == pytest.approx(0.23, abs=0.03)
    assert (wait < 366 * DAY).mean() == pytest.approx(0.41, abs=0.03)


def test_a_few_free_users_come_to_pay(shard: Shard) -> None:
    """In the first month as many take a paid plan as the parameter says."""
    events = shard.events
    free = (events.kind == START) & (events.to_plan == FREE) & (events.occurred_at < SPEC.end - 31 * DAY)
    pays = (events.kind == UPGRADE) & (events.from_plan == FREE)
    wait = first_after(
        events.user[free], events.occurred_at[free], events.user[pays], events.occurred_at[pays]
    )
    # Some close their account first.
    assert (wait < 31 * DAY).mean() == pytest.approx(BEHAVIOUR.free_pays_first_month, abs=0.006)


def test_a_tenth_of_the_viewers_play_half(shard: Shard) -> None:
    """Activity has a heavy tail: under even chances a tenth would have a fifth of the plays."""
    plays = np.sort(np.bincount(shard.viewing.user))[::-1]
    plays = plays[plays > 0]
    assert plays[: len(plays) // 10].sum() / plays.sum() > 0.35
    assert np.log(shard.people.activity).std() == pytest.approx(BEHAVIOUR.activity_spread, rel=0.03)


@pytest.mark.parametrize(("country", "peak"), [("US", 20), ("GB", 20), ("ES", 21), ("AU", 20)])
def test_evenings_are_busy_by_local_time(shard: Shard, country: str, peak: int) -> None:
    """The day has the same curve by the clock of each country, later where people dine late."""
    code = CODES.index(country)
    at_home = (shard.viewing.country == code) & (shard.people.country[shard.viewing.user] == code)
    hours = (shard.viewing.started_at[at_home] + UTC_OFFSET[code]) // HOUR % 24
    curve = np.bincount(hours, minlength=24)
    shifts = [np.corrcoef(np.roll(HOURS, shift), curve)[0, 1] for shift in range(24)]
    assert max(shifts) > 0.97
    assert abs(20 + int(np.argmax(shifts)) - peak) <= 1
    assert abs(int(np.argmax(curve)) - peak) <= 1


def test_weekends_are_busy(shard: Shard) -> None:
    """Saturday and Sunday have more than two sevenths of the plays."""
    weekday = (shard.viewing.started_at // DAY + 3) % 7
    assert (weekday >= 5).mean() == pytest.approx(0.345, abs=0.02)


def test_plays_fall_with_the_rank(shard: Shard) -> None:
    """The exponent of the ranks, shifted as documented, is the one of Zipf's law; even plays would have 0."""
    plays = np.sort(np.bincount(shard.viewing.content, minlength=MANY.content))[::-1][:150]
    rank = np.arange(len(plays)) + BEHAVIOUR.zipf_shift
    exponent = -np.polyfit(np.log(rank), np.log(plays), 1)[0]
    assert exponent == pytest.approx(BEHAVIOUR.zipf_exponent, abs=0.25)


def test_new_titles_draw_attention_that_fades(shard: Shard, catalogue: Catalogue) -> None:
    """In its first two weeks a title has more plays than in two weeks of its third month."""
    age = shard.viewing.started_at // DAY - catalogue.added_day[shard.viewing.content]
    added = catalogue.added_day[shard.viewing.content]
    seen_long = (added >= SPEC.history.first_day) & (added < SPEC.end // DAY - 90)
    early, late = (seen_long & (age < 14)).sum(), (seen_long & (age >= 70) & (age < 84)).sum()
    assert early / late > 1.5


def test_people_watch_what_they_like(shard: Shard, catalogue: Catalogue) -> None:
    """A user's own genre has a far larger share of their plays than of everybody's."""
    genre, user = catalogue.genre[shard.viewing.content], shard.viewing.user
    own = (genre == shard.people.genre[user]).mean()
    others = (genre == np.random.default_rng(1).permutation(shard.people.genre)[user]).mean()
    assert own > 2 * others


def test_episodes_are_watched_in_their_order(shard: Shard, catalogue: Catalogue) -> None:
    """Each session of a series goes on where the one before it came to."""
    viewing = shard.viewing
    following: dict[tuple[int, int], int] = {}
    went_on = 0
    for row in np.flatnonzero(catalogue.kind[viewing.content] == SERIES):
        pair = (int(viewing.user[row]), int(viewing.content[row]))
        offset = int(viewing.first_episode[row] - catalogue.first_episode[pair[1]])
        assert offset == following.get(pair, 0)
        left, done = int(viewing.watched[row]), 0
        for seconds in viewing.parts[row][viewing.parts[row] > 0].tolist():
            if 100 * min(left, seconds) < 95 * seconds:
                break
            left, done = left - seconds, done + 1
        following[pair] = (offset + done) % int(catalogue.episode_count[pair[1]])
        went_on += offset > 0
    assert went_on > 0.25 * (catalogue.kind[viewing.content] == SERIES).sum()


def test_completion_has_two_humps(shard: Shard, catalogue: Catalogue) -> None:
    """Films are left soon or seen to the end; less than half as many plays end between."""
    viewing = shard.viewing
    films = viewing.conditions.starts & (catalogue.kind[viewing.content] == FILM) & ~viewing.conditions.breaks
    rate = viewing.watched[films] / viewing.length[films]
    assert (rate < 0.3).mean() == pytest.approx(0.25, abs=0.04)
    assert (rate > 0.9).mean() == pytest.approx(0.57, abs=0.05)
    assert ((rate >= 0.3) & (rate <= 0.9)).mean() < 0.25


def test_the_young_watch_on_telephones(shard: Shard) -> None:
    """Devices follow age and country."""
    mobile = shard.people.device == DEVICES.index("mobile")
    young, old = shard.people.age == 0, shard.people.age == 5
    assert mobile[young].mean() > 2 * mobile[old].mean()
    india = shard.people.country == CODES.index("IN")
    assert mobile[india].mean() > 1.5 * mobile[~india].mean()


def test_bad_lines_stall_long(shard: Shard) -> None:
    """Buffering follows from the line, and a twentieth of the plays have two fifths of it."""
    viewing = shard.viewing
    plays = viewing.watched > 0
    ratio = viewing.buffering_ms[plays] / (1_000 * viewing.watched[plays])
    line = viewing.conditions.line[plays]
    worst = line > np.quantile(line, 0.9)
    assert ratio[worst].mean() > 5 * ratio[~worst].mean()
    stalls = np.sort(viewing.buffering_ms[plays])[::-1]
    assert stalls[: len(stalls) // 20].sum() > 0.4 * stalls.sum()
    assert (
        viewing.conditions.resolution[plays][worst].mean() < 0.5 * viewing.conditions.resolution[plays].mean()
    )


def test_one_country_has_one_bad_day(shard: Shard) -> None:
    """On the day of the outage a third of the orders fail there, and nowhere else."""
    viewing, history = shard.viewing, SPEC.history
    struck = outages(BEHAVIOUR, Chance(SPEC.seed), history, history)
    assert (struck >= 0).sum() == 1
    row = int(np.flatnonzero(struck >= 0)[0])
    on_the_day = viewing.started_at // DAY - history.first_day == row
    there = on_the_day & (viewing.country == struck[row])
    failed = viewing.conditions.error >= 0
    assert there.sum() >= 15
    assert (failed & ~viewing.conditions.starts)[there].mean() == pytest.approx(0.35, abs=0.2)
    assert (failed & ~viewing.conditions.starts)[~there].mean() == pytest.approx(0.012, abs=0.003)


def test_ratings_are_kind_and_skewed(shard: Shard) -> None:
    """Most scores are high, with a tail of low ones; even scores would have a mean of 5.5 and no skew."""
    score = shard.ratings.score
    deviation = (score - score.mean()) / score.std()
    assert score.mean() == pytest.approx(7.8, abs=0.4)
    assert (deviation**3).mean() < -0.5


def test_searches_end_in_plays_clicks_and_nothing(shard: Shard, catalogue: Catalogue) -> None:
    """As many as documented lead to a play of the opened title, find nothing, are misspelt."""
    searches = shard.searches
    pair = shard.viewing.user * catalogue.count + shard.viewing.content
    starts = shard.viewing.conditions.starts
    wanted = searches.user * catalogue.count + searches.content
    wait = first_after(wanted, searches.searched_at - 1, pair[starts], shard.viewing.started_at[starts])
    played = searches.clicked & (wait <= 30 * MINUTE)
    assert played.mean() == pytest.approx(BEHAVIOUR.search_plays, abs=0.02)
    nothing = BEHAVIOUR.search_finds_nothing + 0.58 * 0.65 * BEHAVIOUR.misspelt * (
        1 - BEHAVIOUR.misspelt_finds
    )
    assert (searches.results == 0).mean() == pytest.approx(nothing, abs=0.015)
    typed = searches.form < 2
    assert searches.misspelt[typed].mean() == pytest.approx(BEHAVIOUR.misspelt, abs=0.015)
