"""The filters that all pages share, and what they say to a mart."""

from dataclasses import dataclass
from datetime import date


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


@dataclass(frozen=True)
class Reach:
    """Name the columns of a mart that the filters reach; these names are ours, never a reader's.

    Attributes:
        plans: the columns that hold a plan; a row is kept when one of them is among the chosen.
        genre: None where the mart knows no genre; the visual then says that the filter does not apply.
        device: None where the mart knows no device, likewise.

    """

    day: str
    plans: tuple[str, ...] = ("plan_code",)
    genre: str | None = "genre"
    device: str | None = "device_type"


def condition(filters: Filters, reach: Reach) -> tuple[str, dict[str, object]]:
    """Return an SQL condition on a mart and the parameters it names; values stand in the parameters only."""
    parts = [f"{reach.day} between $first_day and $last_day"]
    parameters: dict[str, object] = {"first_day": filters.first_day, "last_day": filters.last_day}
    for name, columns in _columns(reach).items():
        chosen = getattr(filters, name)
        if not chosen or not columns:
            continue
        one_of = " or ".join(f"{column} in ${name}" for column in columns)
        parts.append(f"({one_of})" if len(columns) > 1 else one_of)
        parameters[name] = list(chosen)
    return " and ".join(parts), parameters


def _columns(reach: Reach) -> dict[str, tuple[str, ...]]:
    """Return the columns that each filter reaches; none where it does not apply."""
    return {
        "countries": ("country_code",),
        "plans": reach.plans,
        "genres": (reach.genre,) if reach.genre else (),
        "devices": (reach.device,) if reach.device else (),
    }
