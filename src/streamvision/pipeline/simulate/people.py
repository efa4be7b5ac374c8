"""The people who have, or had, an account."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from streamvision.pipeline.simulate import countries, names
from streamvision.pipeline.simulate.behaviour import Behaviour
from streamvision.pipeline.simulate.chance import Chance, choose, happens, heavy_tail, pick_by_row
from streamvision.pipeline.simulate.columns import (
    Floats,
    Ints,
    batches,
    booleans,
    instants,
    labels,
    numbers,
)
from streamvision.pipeline.simulate.plans import PLANS
from streamvision.pipeline.simulate.sign_ups import sign_up_moments
from streamvision.pipeline.simulate.subscriptions import Standing
from streamvision.pipeline.simulate.timeline import DAY, HOUR, between, whole_milliseconds

AGE_GROUPS = ("18-24", "25-34", "35-44", "45-54", "55-64", "65+")
PAYMENT_METHODS = ("card", "paypal", "apple_pay", "google_pay", "direct_debit")
DEVICES = ("tv", "mobile", "tablet", "desktop", "console")
TV, MOBILE, TABLET, DESKTOP, CONSOLE = range(len(DEVICES))
MAIL_DOMAINS = ("example.com", "example.org", "example.net")

_NEVER_SEEN = 0.1
_AGES = (17, 27, 22, 16, 11, 7)
_GENRES = (13, 6, 14, 11, 17, 6, 8, 4, 6, 3, 7, 10)
# One row per age group, in the order of DEVICES.
_DEVICES_BY_AGE = np.array(
    [
        [0.22, 0.40, 0.06, 0.18, 0.14],
        [0.34, 0.31, 0.08, 0.16, 0.11],
        [0.43, 0.26, 0.10, 0.15, 0.06],
        [0.49, 0.21, 0.12, 0.15, 0.03],
        [0.56, 0.15, 0.13, 0.15, 0.01],
        [0.64, 0.10, 0.13, 0.13, 0.00],
    ]
)


@dataclass(frozen=True)
class People:
    """Keep what everything else about a person follows from.

    Attributes:
        number: of the person among all; the user's id is one more.
        country, device, age: codes into countries.COUNTRIES, DEVICES and AGE_GROUPS.
        genre, second_genre: what they like, as codes into names.GENRES.
        activity: how much they watch, relative to others.
        network: how bad their line is; 1 is usual, 3 is bad.

    """

    number: Ints
    created_at: Ints
    country: Ints
    age: Ints
    device: Ints
    genre: Ints
    second_genre: Ints
    activity: Floats
    network: Floats

    @property
    def count(self) -> int:
        """Return how many there are."""
        return len(self.created_at)


def draw_people(behaviour: Behaviour, chance: Chance, created_at: Ints, first: int) -> People:
    """Draw the people who made accounts at these instants; the first of them has a number."""
    rng = chance.topic("people")
    count = len(created_at)
    country, age = choose(rng, countries.SHARES, count), choose(rng, _AGES, count)
    return People(
        number=first + np.arange(count),
        created_at=created_at,
        country=country,
        age=age,
        device=_devices(rng, country, age),
        genre=choose(rng, _GENRES, count),
        second_genre=choose(rng, _GENRES, count),
        activity=heavy_tail(rng, behaviour.activity_spread, count),
        network=heavy_tail(rng, behaviour.network_spread, count) * countries.LINE[country],
    )


def history_moments(behaviour: Behaviour, chance: Chance, start: int, end: int, count: int) -> Ints:
    """Draw when the accounts of the history were made, in the order of time."""
    rng = chance.topic("sign-ups")
    days = (end - start) // DAY
    at = sign_up_moments(behaviour, start // DAY, days, end // DAY, rng.random(count))
    # The last hour leaves time to choose a plan.
    return np.minimum(np.sort(whole_milliseconds(at)), end - HOUR)


def _devices(rng: np.random.Generator, country: Ints, age: Ints) -> Ints:
    weights = np.repeat(_DEVICES_BY_AGE[None], len(countries.COUNTRIES), axis=0)
    weights[:, :, MOBILE] *= countries.MOBILE[:, None]
    rows = country * len(AGE_GROUPS) + age
    return pick_by_row(weights.reshape(-1, len(DEVICES)), rows, rng.random(len(age)))


def user_batches(
    chance: Chance, people: People, standing: Standing, last_login: Ints
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of users; a last login of 0 is none."""
    rng = chance.topic("user details")
    first = choose(rng, np.ones(len(names.FIRST_NAMES)), people.count)
    last = choose(rng, np.ones(len(names.LAST_NAMES)), people.count)
    domain = choose(rng, (0.6, 0.25, 0.15), people.count)
    payment = choose(rng, (52, 20, 12, 9, 7), people.count)

    def make(rows: slice) -> pa.RecordBatch:
        key = numbers(people.number[rows] + 1, pa.int64())
        first_name = labels(names.FIRST_NAMES, first[rows])
        last_name = labels(names.LAST_NAMES, last[rows])
        number = key.cast(pa.string())
        login = pc.binary_join_element_wise(pc.utf8_lower(first_name), pc.utf8_lower(last_name), number, ".")
        changing = standing_columns(standing, last_login, rows)
        return pa.RecordBatch.from_pydict(
            {
                "id": key,
                "email": pc.binary_join_element_wise(login, labels(MAIL_DOMAINS, domain[rows]), "@"),
                "username": pc.binary_join_element_wise(pc.utf8_lower(first_name), number, "_"),
                "first_name": first_name,
                "last_name": last_name,
                "country": labels(countries.CODES, people.country[rows]),
                "age_group": labels(AGE_GROUPS, people.age[rows]),
                "subscription_plan": changing["subscription_plan"],
                "subscription_start": changing["subscription_start"],
                "subscription_end": changing["subscription_end"],
                "created_at": instants(people.created_at[rows]),
                "last_login": changing["last_login"],
                "is_active": changing["is_active"],
                "payment_method": labels(PAYMENT_METHODS, payment[rows]),
                "device_preference": labels(DEVICES, people.device[rows]),
            }
        )

    return batches(people.count, make)


def standing_columns(standing: Standing, last_login: Ints, rows: slice | Ints) -> dict[str, pa.Array]:
    """Return the columns of users that change in the course of a life."""
    ended = standing.ended_at[rows]
    return {
        "subscription_plan": labels([plan.code for plan in PLANS], standing.plan[rows]),
        "subscription_start": instants(standing.started_at[rows]),
        "subscription_end": instants(ended, ended == 0),
        "last_login": instants(last_login[rows], last_login[rows] == 0),
        "is_active": booleans(ended == 0),
    }


def last_logins(
    end: int, chance: Chance, people: People, standing: Standing, acts: list[tuple[Ints, Ints]]
) -> Ints:
    """Return when each person was last seen: the newest of their acts, given as (user, instant) pairs.

    Who did nothing in the days of viewing was seen at some time of their life, or never (0).
    """
    rng = chance.topic("last logins")
    over = np.where(standing.ended_at == 0, end, standing.ended_at)
    some_time = between(people.created_at, over, rng.random(people.count))
    seen = np.where(happens(rng, _NEVER_SEEN, people.count), 0, some_time)
    active = np.unique(np.concatenate([user for user, _ in acts]))
    seen[active] = 0
    for user, instant in acts:
        np.maximum.at(seen, user, instant)
    return np.asarray(seen)
