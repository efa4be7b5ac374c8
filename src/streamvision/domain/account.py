"""What an account of a cloud warehouse is told to have: statements, and the grants that some of them make."""

from dataclasses import dataclass
from typing import Literal

Scope = Literal["one", "all", "future"]
Action = Literal["create", "set", "grant", "tag"]


@dataclass(frozen=True, order=True)
class Grant:
    """Give one privilege to a role. Names are in capitals, as the account keeps them.

    Attributes:
        privilege: `USAGE`, `CREATE TABLE`, ...; of a role that is given to a role, `USAGE` too.
        kind: of what it is given on: `SCHEMA`, `TABLE`, `ACCOUNT`, `ROLE`, ...
        name: of the object, or of the schema or database whose objects it is given on; empty for the account.
        role: who gets it.
        scope: the object itself, all objects of the kind that are in `name` now, or those that will be.

    """

    privilege: str
    kind: str
    name: str
    role: str
    scope: Scope = "one"


@dataclass(frozen=True)
class Statement:
    """Hold one statement that can be repeated without harm.

    Attributes:
        sql: its text, without the semicolon.
        where: file and line, for people.
        role: the role that says it.
        action: what it does to what it names.
        kind: of the object: `WAREHOUSE`, `MASKING POLICY`, ...
        name: of the object, in capitals.
        grants: what it grants; a statement may grant several privileges.

    """

    sql: str
    where: str
    role: str
    action: Action
    kind: str
    name: str
    grants: tuple[Grant, ...] = ()
