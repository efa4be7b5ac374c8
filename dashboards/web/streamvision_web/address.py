"""What the page's address says of the filters and the language, so that a view can be sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import unquote

FROM, TO, LANGUAGE = "from", "to", "lang"
LISTS: Mapping[str, str] = {"countries": "country", "plans": "plan", "genres": "genre", "devices": "device"}
"""Name in the address by filter."""
OURS = frozenset({FROM, TO, LANGUAGE, *LISTS.values()})
"""All names that belong to the filters and the language; others are left as they are."""

MOST_SHOWN = 60
"""Letters of a part that was not understood: a notice is no place for a novel."""


@dataclass(frozen=True)
class Asked:
    """Hold what an address asks for.

    Attributes:
        days: the first and last day; None where it names none that make sense.
        chosen: codes by filter, as written: whether there is such a country is not known here.
        language: the code of the language; empty where it names none.
        refused: the parts that make no sense.

    """

    days: tuple[date | None, date | None] = (None, None)
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    language: str = ""
    refused: tuple[str, ...] = ()


def read(parameters: Mapping[str, str], languages: frozenset[str]) -> Asked:
    """Return what an address asks for; what makes no sense is refused, and never an error."""
    refused: list[str] = []
    ends = [_day(parameters, name, refused) for name in (FROM, TO)]
    first, last = ends
    if first and last and first > last:
        refused += [part(name, parameters[name]) for name in (FROM, TO)]
        first = last = None
    language = parameters.get(LANGUAGE, "")
    if language and language not in languages:
        refused.append(part(LANGUAGE, language))
        language = ""
    chosen = {name: _codes(parameters.get(short, "")) for name, short in LISTS.items()}
    return Asked((first, last), chosen, language, tuple(refused))


def written(
    days: tuple[date, date] | None, chosen: Mapping[str, tuple[str, ...]], language: str
) -> dict[str, str]:
    """Return the parameters of an address.

    Args:
        days: the period; None for the whole one, which then grows with the data wherever it was sent to.
        chosen: codes by filter.
        language: its code.

    """
    parameters = {FROM: days[0].isoformat(), TO: days[1].isoformat()} if days else {}
    for name, short in LISTS.items():
        if chosen.get(name):
            parameters[short] = ",".join(_escaped(code) for code in chosen[name])
    return parameters | {LANGUAGE: language}


def part(name: str, value: str) -> str:
    """Return a part of an address as a notice shows it."""
    shown = value if len(value) <= MOST_SHOWN else f"{value[:MOST_SHOWN]}…"
    return f"{name}={shown}"


def _day(parameters: Mapping[str, str], name: str, refused: list[str]) -> date | None:
    value = parameters.get(name, "")
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        refused.append(part(name, value))
        return None


def _codes(value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(unquote(code) for code in value.split(",") if code))


def _escaped(code: str) -> str:
    """Write a code so that it can stand in a list; a comma in it would end it."""
    return code.replace("%", "%25").replace(",", "%2C")
