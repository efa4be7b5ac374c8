"""Reads the files that describe an account, and understands each statement well enough to plan with it.

Only statements that can be said again and again are taken: objects are created where they are missing, then
set to what they should be; nothing is replaced, dropped or revoked.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from streamvision.domain.account import Grant, Scope, Statement
from streamvision.domain.errors import AccountFileError

_KINDS = (
    "ROLE|WAREHOUSE|RESOURCE MONITOR|DATABASE|SCHEMA|STORAGE INTEGRATION|STAGE|FILE FORMAT|TAG|MASKING POLICY"
)
_PIECE = re.compile(r"--[^\n]*|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|;|[^;'\"-]+|-", re.DOTALL)
_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
_USE = re.compile(r"USE ROLE (\w+)")
_CREATE = re.compile(rf"CREATE (?:TRANSIENT )?({_KINDS}) IF NOT EXISTS ([\w.]+)\b.*")
_ALTER = re.compile(rf"ALTER ({_KINDS}) ([\w.]+) (?:SET .*|ENABLE MANAGED ACCESS)")
_GRANT_ROLE = re.compile(r"GRANT ROLE (\w+) TO ROLE (\w+)")
_GRANT = re.compile(r"GRANT ([A-Z_ ,]+?) ON (.+) TO ROLE (\w+)")
_ON_MANY = re.compile(r"(ALL|FUTURE) ([A-Z ]+)S IN (?:SCHEMA|DATABASE) ([\w.]+)")
_ON_ONE = re.compile(r"([A-Z ]+?) ([\w.]+)")


def read_statements(folder: Path, values: Mapping[str, str]) -> list[Statement]:
    """Return the statements of every `*.sql` of a folder, in the order of the files' names.

    Args:
        folder: holds the files.
        values: what takes the places of `${NAME}`; they must be fit to stand in SQL.

    Raises:
        AccountFileError: when a statement is not one that can be repeated, or a value is missing.

    """
    found: list[Statement] = []
    for path in sorted(folder.glob("*.sql")):
        found += parse_statements(path.read_text(encoding="utf-8"), path.name, values)
    if not found:
        raise AccountFileError("There are no statements", where=str(folder))
    return found


def parse_statements(text: str, file: str, values: Mapping[str, str]) -> Iterator[Statement]:
    """Yield the statements of one file; each is said by the role of the last `use role` before it."""
    role = ""
    for line, written in split(text):
        where = f"{file}:{line}"
        sql = _filled(written, where, values)
        shape = _shape(sql)
        if use := _USE.fullmatch(shape):
            role = use[1]
        elif not role:
            raise _refused("It is said before any `use role`", where)
        else:
            yield _understood(sql, shape, where, role)


def split(text: str) -> Iterator[tuple[int, str]]:
    """Yield each statement without comments and semicolon, with the line on which it begins."""
    pieces: list[str] = []
    line = begun = 1
    for match in _PIECE.finditer(text):
        piece = match[0]
        if piece == ";":
            yield begun, "".join(pieces).strip()
            pieces = []
        elif not piece.startswith("--"):
            if not "".join(pieces).strip():
                begun = line + piece[: len(piece) - len(piece.lstrip())].count("\n")
            pieces.append(piece)
        line += piece.count("\n")
    if "".join(pieces).strip():
        yield begun, "".join(pieces).strip()


def parse_grants(shape: str) -> tuple[Grant, ...]:
    """Return what a GRANT in capitals, with single blanks, grants; nothing where it is none that is known."""
    if given := _GRANT_ROLE.fullmatch(shape):
        return (Grant("USAGE", "ROLE", given[1], given[2]),)
    if not (found := _GRANT.fullmatch(shape)):
        return ()
    privileges, on, role = found.groups()
    scope, kind, name = _target(on)
    return tuple(Grant(each.strip(), kind, name, role, scope) for each in privileges.split(",") if kind)


def _target(on: str) -> tuple[Scope, str, str]:
    if on == "ACCOUNT":
        return "one", "ACCOUNT", ""
    if many := _ON_MANY.fullmatch(on):
        return "all" if many[1] == "ALL" else "future", many[2], many[3]
    one = _ON_ONE.fullmatch(on)
    return ("one", one[1], one[2]) if one else ("one", "", "")


def _understood(sql: str, shape: str, where: str, role: str) -> Statement:
    if created := _CREATE.fullmatch(shape):
        return Statement(sql, where, role, "create", created[1], created[2])
    if altered := _ALTER.fullmatch(shape):
        return Statement(sql, where, role, "set", altered[1], altered[2])
    if grants := parse_grants(shape):
        return Statement(sql, where, role, "grant", grants[0].kind, grants[0].name, grants)
    raise _refused(
        "It is no CREATE ... IF NOT EXISTS, ALTER ... SET or ENABLE, or GRANT ... TO ROLE",
        where,
    )


def _shape(sql: str) -> str:
    """Return a statement in capitals with single blanks; its texts are emptied, so they pass for no words."""
    return " ".join(re.sub(r"'(?:[^']|'')*'", "''", sql).upper().split())


def _filled(sql: str, where: str, values: Mapping[str, str]) -> str:
    missing: Sequence[str] = [name for name in _PLACEHOLDER.findall(sql) if name not in values]
    if missing:
        raise _refused(f"There is no value for {', '.join(missing)}", where)
    return _PLACEHOLDER.sub(lambda match: values[match[1]], sql)


def _refused(why: str, where: str) -> AccountFileError:
    return AccountFileError(
        f"A statement cannot be taken. {why}",
        where=where,
        safe="nothing was changed",
        next_command="mend the file; infra/snowflake holds statements that can be repeated without harm",
    )
