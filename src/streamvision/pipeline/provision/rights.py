"""Works out, from the statements alone, what each role may do in each schema."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from streamvision.domain.account import Grant, Statement

Level = Literal["nothing", "read", "write", "own"]
ADMINISTRATORS = frozenset({"ACCOUNTADMIN", "SECURITYADMIN", "SYSADMIN", "USERADMIN", "ORGADMIN"})
_READS = frozenset({"SELECT", "REFERENCES", "ALL", "ALL PRIVILEGES"})
_WRITES = frozenset({"INSERT", "UPDATE", "DELETE", "TRUNCATE", "ALL", "ALL PRIVILEGES"})
_ROWS = frozenset({"TABLE", "VIEW", "MATERIALIZED VIEW", "EXTERNAL TABLE", "DYNAMIC TABLE"})


@dataclass(frozen=True)
class Access:
    """Tell what a role may do with the rows of a schema.

    Attributes:
        level: the most that it may do.
        why: the grants, or the ownership, that it follows from.

    """

    role: str
    schema: str
    level: Level
    why: tuple[str, ...] = ()


class Rights:
    """Answer who may do what, once all statements have been said in an account that had nothing of it.

    Who creates an object owns it. A role has the rights of the roles that are granted to it.
    """

    def __init__(self, statements: Sequence[Statement]) -> None:
        """Take the statements in their order."""
        self._statements = statements

    @cached_property
    def grants(self) -> frozenset[Grant]:
        """Return everything that is granted."""
        return frozenset(grant for statement in self._statements for grant in statement.grants)

    @cached_property
    def owners(self) -> dict[tuple[str, str], str]:
        """Return, by kind and name, which role owns each object."""
        owners: dict[tuple[str, str], str] = {}
        for statement in self._statements:
            if statement.action == "create":
                owners.setdefault((statement.kind, statement.name), statement.role)
            for grant in statement.grants:
                if grant.privilege == "OWNERSHIP":
                    owners[grant.kind, grant.name] = grant.role
        return owners

    @property
    def schemas(self) -> list[str]:
        """Return the names of the schemas, in the order in which they are made."""
        return [name for kind, name in self.owners if kind == "SCHEMA"]

    def roles_of(self, role: str) -> frozenset[str]:
        """Return a role with all the roles whose rights it has."""
        found, new = {role}, {role}
        while new:
            new = {grant.name for grant in self.grants if grant.kind == "ROLE" and grant.role in new} - found
            found |= new
        return frozenset(found)

    def access(self, role: str, schema: str) -> Access:
        """Return what a role may do in a schema, by every role that it has."""
        roles = self.roles_of(role)
        if owned := self._owned(roles, schema):
            return Access(role, schema, "own", owned)
        if not self._enters(roles, schema):
            return Access(role, schema, "nothing")
        given = [grant for grant in self.grants if grant.role in roles and _concerns(grant, schema)]
        writes = [grant for grant in given if grant.privilege in _WRITES or _makes(grant)]
        reads = [grant for grant in given if grant.privilege in _READS]
        if writes:
            return Access(role, schema, "write", tuple(sorted(map(told, writes))))
        return Access(role, schema, "read" if reads else "nothing", tuple(sorted(map(told, reads))))

    def reads_rows_of_others(self, role: str, schema: str) -> bool:
        """Tell whether a role sees rows of tables that it has not made itself."""
        roles = self.roles_of(role)
        if self._owned(roles, schema):
            return True
        reading = (grant for grant in self.grants if grant.role in roles and _concerns(grant, schema))
        return self._enters(roles, schema) and any(
            grant.privilege in _READS and grant.kind in _ROWS for grant in reading
        )

    def _owned(self, roles: frozenset[str], schema: str) -> tuple[str, ...]:
        database = schema.partition(".")[0]
        owned = (("SCHEMA", schema), ("DATABASE", database))
        found = tuple(f"owns {kind} {name}" for kind, name in owned if self.owners.get((kind, name)) in roles)
        return found + tuple(f"is {role}" for role in sorted(roles & ADMINISTRATORS))

    def _enters(self, roles: frozenset[str], schema: str) -> bool:
        database = schema.partition(".")[0]
        usage = {(grant.kind, grant.name) for grant in self.grants if grant.role in roles and _opens(grant)}
        return {("DATABASE", database), ("SCHEMA", schema)} <= usage


def told(grant: Grant) -> str:
    """Return a grant in words, without whom it is given to."""
    if grant.kind == "ROLE":
        return f"ROLE {grant.name}"
    many = {"one": "", "all": "ALL ", "future": "FUTURE "}[grant.scope]
    plural = "S IN" if many else ""
    return " ".join(f"{grant.privilege} ON {many}{grant.kind}{plural} {grant.name}".split())


def levels(rights: Rights, roles: Iterable[str]) -> list[Access]:
    """Return what each of some roles may do in each schema."""
    return [rights.access(role, schema) for role in roles for schema in rights.schemas]


def _opens(grant: Grant) -> bool:
    return grant.privilege in {"USAGE", "ALL", "ALL PRIVILEGES", "OWNERSHIP"} and grant.scope == "one"


def _concerns(grant: Grant, schema: str) -> bool:
    """Tell whether a grant is on a schema, on what is in it, or on the whole database's tables."""
    database = schema.partition(".")[0]
    if grant.scope == "one":
        return grant.name == schema or grant.name.startswith(f"{schema}.")
    return grant.name in {schema, database}


def _makes(grant: Grant) -> bool:
    return grant.kind == "SCHEMA" and grant.privilege.startswith("CREATE ")
