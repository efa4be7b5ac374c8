"""Turns the small SQL of the semantic layer's measures and filters into DAX."""

import re
from collections.abc import Callable

from streamvision.domain.errors import DefinitionError

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>\d+(?:\.\d+)?)|(?P<word>[A-Za-z_]\w*)|(?P<sign><>|!=|<=|>=|[-+*/=<>(),]))"
)
_WORDS = {"and": "&&", "or": "||", "not": "NOT", "in": "IN", "true": "TRUE()", "false": "FALSE()"}
_SIGNS = {"!=": "<>"}


def to_dax(sql: str, name_of: Callable[[str], str]) -> str:
    """Return an expression of columns, texts and numbers in DAX.

    Args:
        sql: with operators, comparisons, `and`, `or`, `not`, `in` and `is [not] null`.
        name_of: returns what stands for a name.

    Raises:
        DefinitionError: when it holds something else: the model is to say then what the DAX is.

    """
    tokens = _tokens(sql)
    written: list[str] = []
    depth_of_list: list[bool] = []
    while tokens:
        kind, part = tokens.pop(0)
        lowered = part.lower()
        if kind == "text":
            written.append('"' + part[1:-1].replace("''", "'").replace('"', '""') + '"')
        elif kind == "word" and lowered == "is":
            written.append(_null_test(sql, tokens, written.pop() if written else ""))
        elif kind == "word" and lowered in _WORDS:
            written.append(_WORDS[lowered])
        elif kind == "word":
            _refuse_function(sql, lowered, tokens)
            written.append(name_of(lowered))
        elif part == "(":
            # What follows `in` is a list, which DAX writes in braces.
            depth_of_list.append(bool(written) and written[-1] == "IN")
            written.append("{" if depth_of_list[-1] else "(")
        elif part == ")":
            written.append("}" if depth_of_list.pop() else ")")
        else:
            written.append(_SIGNS.get(part, part))
    return _spaced(written)


def _tokens(sql: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at, end = 0, len(sql.rstrip())
    while at < end:
        match = _TOKEN.match(sql, at)
        if match is None or match.lastgroup is None:
            raise _unknown(sql)
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


def _null_test(sql: str, tokens: list[tuple[str, str]], tested: str) -> str:
    words = [token.lower() for _, token in tokens[:2]]
    if words[:1] == ["null"]:
        del tokens[:1]
        return f"ISBLANK({tested})"
    if words == ["not", "null"]:
        del tokens[:2]
        return f"NOT(ISBLANK({tested}))"
    raise _unknown(sql)


def _refuse_function(sql: str, word: str, tokens: list[tuple[str, str]]) -> None:
    if word in {"case", "when", "then", "else", "end", "null", "between", "like", "over"} or (
        tokens and tokens[0][1] == "("
    ):
        raise _unknown(sql)


def _spaced(written: list[str]) -> str:
    text = " ".join(written)
    for tight in ("( ", "{ "):
        text = text.replace(tight, tight[0])
    return text.replace(" )", ")").replace(" }", "}").replace(" ,", ",").replace("NOT (", "NOT(")


def _unknown(sql: str) -> DefinitionError:
    return DefinitionError(
        f"No DAX is known for the SQL {sql!r}",
        where="the semantic layer",
        safe="nothing was written",
        next_command="write the metric's `dax` in dashboards/powerbi/model.yml",
    )
