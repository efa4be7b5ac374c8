"""The names that tables and columns of a source have in the lake and the warehouse.

A source may name things with any character, and tell `A` from `a`. Object stores and file systems do not take
every character, and DuckDB and some file systems take `A` for `a`. So names are mapped, always the same way.
"""

import re
from collections.abc import Iterable
from hashlib import sha256

_PLAIN = re.compile(r"[a-z0-9_]")
VERSIONS_SUFFIX = "__versions"
"""What the warehouse adds to a table's name for the table of its rows' versions."""
SNAPSHOTS_SUFFIX = "__snapshots"
"""What it adds for the rows that came in pictures of the whole table."""
CHANGES_SUFFIX = "__changes"
"""What it adds for the rows that came otherwise: changes, and rows of a cursor. `raw.<table>` shows both."""

_MOST_CHARACTERS = 180  # File systems take 255 bytes, and files have a date and more after the table's name.


def table_name(schema: str, table: str) -> str:
    """Return the name that a table of the source has in the lake and the warehouse.

    A plain name of the schema public stays as it is; others get their schema in front. What is not a
    lower-case letter, a digit or _ is written as % and two hexadecimal digits per byte, so different tables
    have different names, and none holds a separator, a dot or a quote. What is too long for a file's name is
    cut, and ends in a digest of the whole.
    """
    encoded = _encoded(table)
    if encoded.startswith("_"):
        encoded = "%5F" + encoded[1:]
    for suffix in (VERSIONS_SUFFIX, SNAPSHOTS_SUFFIX, CHANGES_SUFFIX):
        if encoded.endswith(suffix):
            encoded = f"{encoded.removesuffix(suffix)}%5F{suffix[1:]}"
    name = encoded if schema == "public" else f"{_encoded(schema)}.{encoded}"
    if len(name) <= _MOST_CHARACTERS:
        return name
    ending = "%" + sha256(name.encode()).hexdigest()[:16]
    return name[: _MOST_CHARACTERS - len(ending)] + ending


def column_names(names: Iterable[str]) -> list[str]:
    """Return the names that a table's columns have in the lake and the warehouse, in their order.

    A name stays as it is, unless it begins with `_`, as technical columns do, or differs from one before it
    in case alone: then it gets `c` in front, or a number at its end.
    """
    taken: set[str] = set()
    found = []
    for name in names:
        wanted = f"c{name}" if name.startswith("_") else name
        chosen, number = wanted, 2
        while chosen.casefold() in taken:
            chosen, number = f"{wanted}__{number}", number + 1
        taken.add(chosen.casefold())
        found.append(chosen)
    return found


def _encoded(name: str) -> str:
    return "".join(
        character if _PLAIN.fullmatch(character) else "".join(f"%{byte:02X}" for byte in character.encode())
        for character in name
    )
