"""The filters that both pages share, and what they say to a mart."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Filters:
    """Hold what the reader chose.

    Attributes:
        first_day: the first UTC day shown.
        last_day: the last one, included.
        countries: codes of the countries; none chosen means all. So too for plans and genres.

    """

    first_day: date
    last_day: date
    countries: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()
    genres: tuple[str, ...] = ()

    @property
    def narrow(self) -> bool:
        """Say whether more is chosen than the days."""
        return bool(self.countries or self.plans or self.genres)


@dataclass(frozen=True)
class Reach:
    """Name the columns of a mart that the filters reach; these names are ours, never a reader's.

    Attributes:
        plans: the columns that hold a plan; a row is kept when one of them is among the chosen.
        genre: None where the mart knows no genre; the visual then says that the filter does not apply.

    """

    day: str
    plans: tuple[str, ...] = ("plan_code",)
    genre: str | None = "genre"


def condition(filters: Filters, reach: Reach) -> tuple[str, dict[str, object]]:
    """Return an SQL condition on a mart and the parameters it names; values stand in the parameters only."""
    parts = [f"{reach.day} between $first_day and $last_day"]
    parameters: dict[str, object] = {"first_day": filters.first_day, "last_day": filters.last_day}
    if filters.countries:
        parts.append("country_code in $countries")
        parameters["countries"] = list(filters.countries)
    if filters.plans:
        one_of = " or ".join(f"{column} in $plans" for column in reach.plans)
        parts.append(f"({one_of})")
        parameters["plans"] = list(filters.plans)
    if filters.genres and reach.genre:
        parts.append(f"{reach.genre} in $genres")
        parameters["genres"] = list(filters.genres)
    return " and ".join(parts), parameters
