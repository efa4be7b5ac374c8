"""The filters that all pages share, and what they say to a mart."""

from dataclasses import dataclass, replace
from datetime import date, timedelta


@dataclass(frozen=True)
class Filters:
    """Hold what the reader chose.

    Attributes:
        first_day: the first UTC day shown.
        last_day: the last one, included.
        countries: codes of the countries; none chosen means all. So too for plans, genres and devices.

    """

    first_day: date
    last_day: date
    countries: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()
    genres: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()

    @property
    def narrow(self) -> bool:
        """Say whether more is chosen than the days."""
        return bool(self.countries or self.plans or self.genres or self.devices)

    @property
    def days(self) -> int:
        """Return how many days are shown."""
        return (self.last_day - self.first_day).days + 1

    def before(self) -> "Filters":
        """Return the same choices over the days before, as many as are shown."""
        length = timedelta(days=self.days)
        return replace(self, first_day=self.first_day - length, last_day=self.last_day - length)


@dataclass(frozen=True)
class Reach:
    """Name the columns of a mart that the filters reach; these names are ours, never a reader's.

    Where the mart has no such column, it is None, or no plan: the visual then says that the filter does not
    apply.

    Attributes:
        plans: the columns that hold a plan; a row is kept when one of them is among the chosen.

    """

    day: str | None
    country: str | None = "country_code"
    plans: tuple[str, ...] = ("plan_code",)
    genre: str | None = "genre"
    device: str | None = "device_type"

    def missed(self, filters: Filters) -> tuple[str, ...]:
        """Return which filters are set and have no column here."""
        choices = {
            "countries": (filters.countries, self.country),
            "plans": (filters.plans, self.plans),
            "genres": (filters.genres, self.genre),
            "devices": (filters.devices, self.device),
        }
        return tuple(name for name, (chosen, column) in choices.items() if chosen and not column)


def condition(filters: Filters, reach: Reach) -> tuple[str, dict[str, object]]:
    """Return an SQL condition on a mart and the parameters it names; values stand in the parameters only."""
    parts: list[str] = []
    parameters: dict[str, object] = {}
    if reach.day:
        parts.append(f"{reach.day} between $first_day and $last_day")
        parameters |= {"first_day": filters.first_day, "last_day": filters.last_day}
    chosen = {
        "countries": (filters.countries, (reach.country,) if reach.country else ()),
        "plans": (filters.plans, reach.plans),
        "genres": (filters.genres, (reach.genre,) if reach.genre else ()),
        "devices": (filters.devices, (reach.device,) if reach.device else ()),
    }
    for name, (values, columns) in chosen.items():
        if values and columns:
            one_of = " or ".join(f"{column} in ${name}" for column in columns)
            parts.append(f"({one_of})" if len(columns) > 1 else one_of)
            parameters[name] = list(values)
    return " and ".join(parts) or "true", parameters
