"""The people who have, or had, an account."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from streamvision.pipeline.simulate import countries, names
from streamvision.pipeline.simulate.chance import Chance, choose, happens, heavy_tail
from streamvision.pipeline.simulate.columns import (
    Floats,
    Ints,
    batches,
    booleans,
    instants,
    keys,
    labels,
)
from streamvision.pipeline.simulate.plans import PLANS
from streamvision.pipeline.simulate.spec import SimulationSpec
from streamvision.pipeline.simulate.subscriptions import Subscriptions
from streamvision.pipeline.simulate.timeline import HOUR, between, whole_milliseconds

AGE_GROUPS = ("18-24", "25-34", "35-44", "45-54", "55-64", "65+")
PAYMENT_METHODS = ("card", "paypal", "apple_pay", "google_pay", "direct_debit")
DEVICES = ("tv", "mobile", "tablet", "desktop", "console")
TV, MOBILE, TABLET, DESKTOP, CONSOLE = range(len(DEVICES))
MAIL_DOMAINS = ("example.com", "example.org", "example.net")

# Sign-ups grow as exp(growth x share of the three years): about six times as many a day at the end.
_GROWTH = 1.8
_NEVER_SEEN = 0.1


@dataclass(frozen=True)
class People:
    """Keep what everything else about a person follows from; position i is the user with the id i + 1.

    Attributes:
        country, device, genre: codes into countries.COUNTRIES, DEVICES and names.GENRES.
        activity: how much they watch, relative to others.
        network: how bad their line is; 1 is usual, 3 is bad.

    """

    created_at: Ints
    country: Ints
    device: Ints
    genre: Ints
    activity: Floats
    network: Floats

    @property
    def count(self) -> int:
        """Return how many there are."""
        return len(self.created_at)


def make_people(spec: SimulationSpec, chance: Chance) -> People:
    """Draw the accounts, in the order in which they were made."""
    rng = chance.topic("people")
    count = spec.volumes.users
    # The inverse of the distribution function of an exponentially growing rate.
    share = np.log1p(rng.random(count) * np.expm1(_GROWTH)) / _GROWTH
    span = spec.end - HOUR - spec.sign_up_start  # the last hour leaves time to choose a plan
    return People(
        created_at=np.sort(spec.sign_up_start + whole_milliseconds(share * span)),
        country=choose(rng, countries.SHARES, count),
        device=choose(rng, (0.42, 0.27, 0.09, 0.15, 0.07), count),
        genre=choose(rng, (13, 6, 14, 11, 17, 6, 8, 4, 6, 3, 7, 10), count),
        activity=heavy_tail(rng, 1.1, count),
        network=heavy_tail(rng, 0.7, count),
    )


def user_batches(
    chance: Chance, people: People, subscriptions: Subscriptions, last_login: Ints
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of users; a last login of 0 is none."""
    rng = chance.topic("user details")
    first = choose(rng, np.ones(len(names.FIRST_NAMES)), people.count)
    last = choose(rng, np.ones(len(names.LAST_NAMES)), people.count)
    domain = choose(rng, (0.6, 0.25, 0.15), people.count)
    age = choose(rng, (17, 27, 22, 16, 11, 7), people.count)
    payment = choose(rng, (52, 20, 12, 9, 7), people.count)
    active = subscriptions.ended_at == 0

    def make(rows: slice) -> pa.RecordBatch:
        key = keys(rows)
        first_name = labels(names.FIRST_NAMES, first[rows])
        last_name = labels(names.LAST_NAMES, last[rows])
        number = key.cast(pa.string())
        login = pc.binary_join_element_wise(pc.utf8_lower(first_name), pc.utf8_lower(last_name), number, ".")
        return pa.RecordBatch.from_pydict(
            {
                "id": key,
                "email": pc.binary_join_element_wise(login, labels(MAIL_DOMAINS, domain[rows]), "@"),
                "username": pc.binary_join_element_wise(pc.utf8_lower(first_name), number, "_"),
                "first_name": first_name,
                "last_name": last_name,
                "country": labels(countries.CODES, people.country[rows]),
                "age_group": labels(AGE_GROUPS, age[rows]),
                "subscription_plan": labels([plan.code for plan in PLANS], subscriptions.plan[rows]),
                "subscription_start": instants(subscriptions.started_at[rows]),
                "subscription_end": instants(subscriptions.ended_at[rows], active[rows]),
                "created_at": instants(people.created_at[rows]),
                "last_login": instants(last_login[rows], last_login[rows] == 0),
                "is_active": booleans(active[rows]),
                "payment_method": labels(PAYMENT_METHODS, payment[rows]),
                "device_preference": labels(DEVICES, people.device[rows]),
            }
        )

    return batches(people.count, make)


def last_logins(
    spec: SimulationSpec,
    chance: Chance,
    people: People,
    subscriptions: Subscriptions,
    acts: list[tuple[Ints, Ints]],
) -> Ints:
    """Return when each person was last seen: the newest of their acts, given as (user, instant) pairs.

    Who did nothing in the days of viewing was seen at some time of their life, or never (0).
    """
    rng = chance.topic("last logins")
    over = np.where(subscriptions.ended_at == 0, spec.end, subscriptions.ended_at)
    some_time = between(people.created_at, over, rng.random(people.count))
    seen = np.where(happens(rng, _NEVER_SEEN, people.count), 0, some_time)
    active = np.unique(np.concatenate([user for user, _ in acts]))
    seen[active] = 0
    for user, instant in acts:
        np.maximum.at(seen, user, instant)
    return np.asarray(seen)
