"""What a contract expects of a table as a whole: how much may be broken, how fresh and how large it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

OnBreach = Literal["warn", "stop"]

# How the expectations are called where what came of them is kept.
QUARANTINED = "quarantined share"
FRESHNESS = "freshness of"
VOLUME = "volume"
VOLUME_CHANGE = "volume change"


@dataclass(frozen=True)
class Threshold:
    """Say how much of a table may go to quarantine before its batch is not loaded.

    Attributes:
        max_share: of the rows extracted, from 0 to 1.
        min_rows: fewer rows than this never stop a batch, whatever their share.

    """

    max_share: float
    min_rows: int = 1


@dataclass(frozen=True)
class Freshness:
    """Say how old the newest row may be when the picture of the source is taken.

    Attributes:
        column: tells when a row came to be.

    """

    column: str
    max_age_hours: float
    on_breach: OnBreach = "warn"


@dataclass(frozen=True)
class Volume:
    """Say how many rows a table has, and by how much that may change from one batch to the next.

    Attributes:
        max_change: as a share of the rows that there were: 0.5 is half more, or half less.

    """

    min_rows: int | None = None
    max_rows: int | None = None
    max_change: float | None = None
    on_breach: OnBreach = "warn"


def parse_threshold(value: object) -> Threshold | None:
    """Read the field `quarantine`; None where there is none.

    Raises:
        ValueError: when it makes no sense.

    """
    if value is None:
        return None
    fields = _fields(value, "quarantine", {"max_share", "min_rows"})
    share = _number(fields, "quarantine", "max_share")
    if share is None:
        raise ValueError("quarantine has no max_share")
    if share > 1:
        raise ValueError(f"quarantine: max_share is {share:g}, which is more than 1")
    rows = _rows(fields, "quarantine", "min_rows")
    return Threshold(share, 1 if rows is None else rows)


def parse_freshness(value: object, types: Mapping[str, str]) -> Freshness | None:
    """Read the field `freshness`; None where there is none.

    Args:
        value: what the file holds.
        types: of the contract's columns.

    Raises:
        ValueError: when it makes no sense, or names no column that tells a time.

    """
    if value is None:
        return None
    fields = _fields(value, "freshness", {"column", "max_age_hours", "on_breach"})
    column, hours = str(fields.get("column", "")), _number(fields, "freshness", "max_age_hours")
    if hours is None:
        raise ValueError("freshness has no max_age_hours")
    type_ = types.get(column, "")
    if type_.endswith("[]") or not type_.startswith(("timestamp", "date")):
        raise ValueError(f"freshness: {column!r} is not a column of dates or timestamps")
    return Freshness(column, hours, _on_breach(fields, "freshness"))


def parse_volume(value: object) -> Volume | None:
    """Read the field `volume`; None where there is none.

    Raises:
        ValueError: when it makes no sense.

    """
    if value is None:
        return None
    fields = _fields(value, "volume", {"min_rows", "max_rows", "max_change", "on_breach"})
    least, most = _rows(fields, "volume", "min_rows"), _rows(fields, "volume", "max_rows")
    change = _number(fields, "volume", "max_change")
    if least is None and most is None and change is None:
        raise ValueError("volume has none of min_rows, max_rows and max_change")
    if least is not None and most is not None and least > most:
        raise ValueError("volume: min_rows is greater than max_rows")
    return Volume(least, most, change, _on_breach(fields, "volume"))


def _fields(value: object, field: str, known: set[str]) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise ValueError(f"{field} is {value!r}, not a mapping")  # noqa: TRY004 - as all that a file gets wrong
    unknown = value.keys() - known
    if unknown:
        raise ValueError(f"unknown fields {sorted(map(str, unknown))} of {field}")
    return value


def _number(fields: Mapping[str, object], field: str, name: str) -> float | None:
    value = fields.get(name)
    if value is None:
        return None
    # What is not a number is neither less nor more than any, so .nan would let everything pass.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= 0:
        raise ValueError(f"{field}: {name} is {value!r}, not a number from 0 on")
    return value


def _rows(fields: Mapping[str, object], field: str, name: str) -> int | None:
    value = _number(fields, field, name)
    if value is None or isinstance(value, int):
        return value
    raise ValueError(f"{field}: {name} is {value!r}, not a whole number")


def _on_breach(fields: Mapping[str, object], field: str) -> OnBreach:
    rules: dict[object, OnBreach] = {"warn": "warn", "stop": "stop"}
    value = fields.get("on_breach", "warn")
    # YAML may give a list, which cannot be looked up.
    if not isinstance(value, str) or value not in rules:
        raise ValueError(f"{field}: on_breach is {value!r}, not warn or stop")
    return rules[value]
