"""Binds the named parameters of the dashboards' SQL, for which Snowflake has places without names alone."""

import re
from collections.abc import Mapping
from datetime import datetime

_TOKEN = re.compile(
    r"""
    '(?:[^']|'')*'          # a text
    | "(?:[^"]|"")*"        # a quoted name
    | --[^\n]*              # a comment
    | \$(?P<name>[A-Za-z_]\w*)
    """,
    re.VERBOSE,
)


def bound(sql: str, parameters: Mapping[str, object]) -> tuple[str, list[object]]:
    """Return a statement with a `?` for each `$name`, and the values in the order of those.

    A list becomes the places of a list in brackets, as `in` takes it; an empty one holds nothing.

    Raises:
        LookupError: when the statement names what is not among the parameters.

    """
    values: list[object] = []

    def place(found: re.Match[str]) -> str:
        name = found["name"]
        if name is None:
            return found[0]
        value = parameters[name]
        if not isinstance(value, list | tuple):
            values.append(_typed(value))
            return "?"
        values.extend(_typed(each) for each in value)
        return f"({', '.join('?' for _ in value) or 'NULL'})"

    return _TOKEN.sub(place, sql), values


def _typed(value: object) -> object:
    """Name the type of a moment: the connector would take its zone away."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return ("TIMESTAMP_TZ", value)
    return value
