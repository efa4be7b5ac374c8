"""The short names of PostgreSQL's types, which contracts use."""

import re

_LONG = re.compile(
    r"(?P<name>timestamp|time|character varying|character|bit varying)"
    r"(?P<length>\(\d+\))?"
    r"(?P<zone> with(?:out)? time zone)?"
    r"(?P<array>\[\])?"
)
_SHORT = {"character varying": "varchar", "character": "char", "bit varying": "varbit"}


def short_type(name: str) -> str:
    """Return the short form of a type's name, which format_type wrote.

    `timestamp(3) with time zone` is timestamptz(3), `character varying(9)` is varchar(9), and so on; the
    names of all other types stay as they are. So does that of a type in a schema, whatever it looks like.
    """
    found = _LONG.fullmatch(name)
    if not found:
        return name
    short = _SHORT.get(found["name"], found["name"])
    zone = "tz" if found["zone"] == " with time zone" else ""
    return f"{short}{zone}{found['length'] or ''}{found['array'] or ''}"
