"""The step: fill an empty service database with a simulated service."""

from collections.abc import Callable, Iterable, Iterator

import pyarrow as pa

from streamvision.domain.errors import WrongUseError
from streamvision.pipeline.simulate.catalogue import make_catalogue
from streamvision.pipeline.simulate.catalogue_rows import content_batches, episode_batches
from streamvision.pipeline.simulate.chance import Chance
from streamvision.pipeline.simulate.people import last_logins, make_people, user_batches
from streamvision.pipeline.simulate.plans import plan_batches
from streamvision.pipeline.simulate.ratings import make_ratings, rating_batches
from streamvision.pipeline.simulate.searches import make_searches, search_batches
from streamvision.pipeline.simulate.spec import PRESETS, SimulationSpec, Volumes
from streamvision.pipeline.simulate.subscriptions import event_batches, make_subscriptions
from streamvision.pipeline.simulate.viewing import make_viewing
from streamvision.pipeline.simulate.viewing_rows import (
    episode_viewing_batches,
    make_episode_viewing,
    session_batches,
)
from streamvision.ports.service import ServiceDatabase

__all__ = ["PRESETS", "SimulationSpec", "Volumes", "simulate", "simulated_tables"]

Table = tuple[str, Iterator[pa.RecordBatch]]
Progress = Callable[[str, int], None]


def simulate(database: ServiceDatabase, spec: SimulationSpec, progress: Progress) -> dict[str, int]:
    """Migrate the database, check that it is empty, and fill it in one transaction.

    `progress` is told, batch by batch, a table and how many of its rows were handed over so far.

    Returns:
        The rows written per table.

    Raises:
        WrongUseError: when the database holds rows already, or the volumes cannot be met.
        StreamVisionError: when the database refuses; nothing is written then.

    """
    database.migrate()
    if not database.is_empty():
        raise WrongUseError(
            "The service's database holds rows already, and a simulation needs an empty one",
            safe="nothing was written",
            next_command="`streamvision extract` to go on with these rows, or name an empty database "
            "in STREAMVISION_SOURCE",
        )
    return database.fill(
        (table, _counted(table, batches, progress)) for table, batches in simulated_tables(spec)
    )


def simulated_tables(spec: SimulationSpec) -> Iterable[Table]:
    """Return the tables and their rows, in an order in which every reference is met.

    The batches of a table are made while they are read; what they follow from is drawn before.

    Raises:
        WrongUseError: when the volumes cannot be met.

    """
    chance = Chance(spec.seed)
    people = make_people(spec, chance)
    subscriptions = make_subscriptions(people.created_at, spec.end, chance)
    spells = subscriptions.spells
    catalogue = make_catalogue(spec, chance)
    viewing = make_viewing(spec, chance, people, spells, catalogue)
    episodes_played = make_episode_viewing(spec, chance, viewing, catalogue)
    ratings = make_ratings(spec, chance, viewing, spells, catalogue)
    searches = make_searches(spec, chance, people, spells, catalogue)
    acts = [
        (viewing.user, viewing.started_at),
        (ratings.user, ratings.rated_at),
        (searches.user, searches.searched_at),
    ]
    last_login = last_logins(spec, chance, people, subscriptions, acts)
    return [
        ("subscription_plans", plan_batches(spec.sign_up_start)),
        ("users", user_batches(chance, people, subscriptions, last_login)),
        ("subscription_events", event_batches(subscriptions.events)),
        ("content", content_batches(chance, catalogue)),
        ("episodes", episode_batches(chance, catalogue)),
        ("viewing_sessions", session_batches(viewing)),
        ("episode_viewing", episode_viewing_batches(viewing, episodes_played)),
        ("ratings", rating_batches(ratings)),
        ("search_queries", search_batches(searches, catalogue)),
    ]


def _counted(table: str, batches: Iterator[pa.RecordBatch], progress: Progress) -> Iterator[pa.RecordBatch]:
    rows = 0
    for batch in batches:
        rows += batch.num_rows
        yield batch
        progress(table, rows)
