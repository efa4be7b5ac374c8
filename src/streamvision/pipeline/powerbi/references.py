"""Finds what DAX and the report refer to, and what of it is not in the model.

The engine of Power BI takes a model with a measure that names what is not there: the visual alone would fail,
before the eyes of whoever opens it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from streamvision.pipeline.powerbi.model import Model

_TOKEN = re.compile(
    r"""
    (?P<text>"(?:[^"]|"")*")
    |(?P<quoted>'(?:[^']|'')*')
    |(?P<bracket>\[(?:[^\]]|\]\])*\])
    |(?P<word>[A-Za-z_][\w.]*)
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<other>[^\s])
    """,
    re.VERBOSE,
)
_KEYWORDS = frozenset(
    [
        "VAR",
        "RETURN",
        "IN",
        "NOT",
        "TRUE",
        "FALSE",
        "DOUBLE",
        "DAY",
        "MONTH",
        "QUARTER",
        "YEAR",
        "ASC",
        "DESC",
    ]
)


def unknown_references(model: Model) -> Iterator[str]:
    """Yield a line for each thing that a measure or a role names and the model does not have."""
    names = _Names(model)
    for measure in model.measures:
        for unknown in names.unknown(measure.dax, ""):
            yield f"the measure {measure.name!r} names {unknown}"
    for role in model.roles:
        for table, dax in role.filters:
            for unknown in names.unknown(dax, table):
                yield f"the role {role.name!r} names {unknown}"


def named_fields(dax: str, table: str = "") -> Iterator[tuple[str, str]]:
    """Yield table and name of each field in DAX, in small letters; those without a table are of `table`."""
    for (_, before), (kind, token), (next_kind, following) in _windows(list(_tokens(dax))):
        if kind in {"word", "quoted"} and next_kind == "bracket" and _is_table(token):
            yield _bare(token).lower(), following[1:-1].lower()
        elif kind == "bracket" and not _is_table(before):
            yield table.lower(), token[1:-1].lower()


def _tokens(dax: str) -> Iterator[tuple[str, str]]:
    return ((str(match.lastgroup), match[0]) for match in _TOKEN.finditer(dax))


class _Names:
    """Know what DAX may name; case does not count."""

    def __init__(self, model: Model) -> None:
        self._tables = {table.name.lower() for table in model.tables}
        self._fields = {(table.lower(), name.lower()) for table, name in model.fields()}
        self._measures = {measure.name.lower() for measure in model.measures}

    def unknown(self, dax: str, table: str) -> Iterator[str]:
        """Yield what an expression names and is not there; columns without a table are those of `table`."""
        tokens = list(_tokens(dax))
        variables = {after[1].lower() for before, after in pairwise(tokens) if before[1].upper() == "VAR"}
        # What follows a table's name in brackets is its column, and is done with it.
        for (_, before), (kind, token), (next_kind, following) in _windows(tokens):
            if kind == "bracket" and not _is_table(before):
                if token[1:-1].lower() not in self._measures and not self._has_field(table, token[1:-1]):
                    yield token
            elif kind in {"word", "quoted"} and next_kind == "bracket" and _is_table(token):
                if not self._has_field(_bare(token), following[1:-1]):
                    yield token + following
            elif kind in {"word", "quoted"} and following != "(" and not self._is_known(token, variables):
                yield token

    def _is_known(self, name: str, variables: set[str]) -> bool:
        known = name.upper() in _KEYWORDS or name.lower() in variables
        return known or _bare(name).lower() in self._tables

    def _has_field(self, table: str, name: str) -> bool:
        return (table.lower(), name.lower()) in self._fields


def _windows(tokens: Sequence[tuple[str, str]]) -> Iterator[tuple[tuple[str, str], ...]]:
    """Yield each token between the one before it and the one after it."""
    padded = [("", ""), *tokens, ("", "")]
    yield from zip(padded, padded[1:], padded[2:], strict=False)


def _is_table(token: str) -> bool:
    """Tell whether a bracket after this is a column of it: `IN [x]` and `RETURN [x]` name measures."""
    return (
        token.startswith("'") or (token[:1].isalpha() and token.upper() not in _KEYWORDS) or token[:1] == "_"
    )


def report_fields(document: object, aliases: Mapping[str, str] | None = None) -> Iterator[tuple[str, str]]:
    """Yield the table and the name of each column, measure and hierarchy that a file of the report uses."""
    if isinstance(document, dict):
        named = dict(aliases or {})
        for each in document.get("From", ()):
            named[each["Name"]] = each.get("Entity", "")
        for kind, name in (("Column", "Property"), ("Measure", "Property"), ("Hierarchy", "Hierarchy")):
            part = document.get(kind)
            if isinstance(part, dict) and name in part:
                source = part["Expression"].get("SourceRef", {})
                if source:
                    yield source.get("Entity") or named[source["Source"]], part[name]
        for each in document.values():
            yield from report_fields(each, named)
    elif isinstance(document, list):
        for each in document:
            yield from report_fields(each, aliases)


def unknown_fields(model: Model, files: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each field that a file of the report uses and the model does not have."""
    known: Sequence[tuple[str, str]] = list(model.fields())
    for path, document in sorted(files.items()):
        for table, name in report_fields(document):
            if (table, name) not in known:
                yield f"{path} uses {table}[{name}]"


def _bare(name: str) -> str:
    return name[1:-1].replace("''", "'") if name.startswith("'") else name
