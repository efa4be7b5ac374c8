"""Finds what DAX and the report refer to, and what of it is not in the model.

The engine of Power BI takes a model with a measure that names what is not there: the visual alone would fail,
before the eyes of whoever opens it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
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
_KEYWORDS = frozenset("VAR RETURN IN NOT TRUE FALSE DOUBLE DAY MONTH QUARTER YEAR ASC DESC".split())


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


class _Names:
    """Know what DAX may name; case does not count."""

    def __init__(self, model: Model) -> None:
        self._tables = {table.name.lower() for table in model.tables}
        self._fields = {(table.lower(), name.lower()) for table, name in model.fields()}
        self._measures = {measure.name.lower() for measure in model.measures}

    def unknown(self, dax: str, table: str) -> Iterator[str]:
        """Yield what an expression names and is not there; columns without a table are those of `table`."""
        tokens = [(match.lastgroup, match[0]) for match in _TOKEN.finditer(dax)]
        variables = {
            following.lower()
            for (_, word), (_, following) in zip(tokens, tokens[1:], strict=False)
            if word.upper() == "VAR"
        }
        at = 0
        while at < len(tokens):
            kind, token = tokens[at]
            following = tokens[at + 1] if at + 1 < len(tokens) else ("", "")
            at += 1
            if kind in {"word", "quoted"} and following[0] == "bracket":
                at += 1
                if not self._has_field(_bare(token), following[1][1:-1]):
                    yield token + following[1]
            elif kind == "bracket":
                if token[1:-1].lower() not in self._measures and not self._has_field(table, token[1:-1]):
                    yield token
            elif kind == "quoted" or (
                kind == "word"
                and following[1] != "("
                and token.upper() not in _KEYWORDS
                and token.lower() not in variables
            ):
                if _bare(token).lower() not in self._tables:
                    yield token

    def _has_field(self, table: str, name: str) -> bool:
        return (table.lower(), name.lower()) in self._fields


def report_fields(document: Any, aliases: Mapping[str, str] | None = None) -> Iterator[tuple[str, str]]:
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
