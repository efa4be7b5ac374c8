"""Compares an account with what it should have, and brings it there."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from streamvision.domain.account import Grant, Statement
from streamvision.domain.contract import Contract
from streamvision.pipeline.provision.personal import DATABASE, tagging, untagged
from streamvision.pipeline.provision.rights import told
from streamvision.ports.account import Account

Verb = Literal["create", "make sure", "keep", "set", "grant", "tag", "wait"]


@dataclass(frozen=True)
class Change:
    """Tell of one thing that applying does.

    Attributes:
        verb: `make sure` where the account does not tell what it has, `keep` for what is there already, `set`
            for properties that are written anew each time, `wait` for what needs a table that is not there.
        statement: None where there is nothing to say yet.

    """

    verb: Verb
    what: str
    where: str
    statement: Statement | None = None


def statements_for(
    account: Account | None, files: Sequence[Statement], contracts: Sequence[Contract]
) -> list[Statement]:
    """Return the statements of the files, and those that tag the personal data that the account holds."""
    columns = account.columns(DATABASE) if account else frozenset()
    return [*files, *tagging(contracts, columns)]


def plan(account: Account | None, files: Sequence[Statement], contracts: Sequence[Contract]) -> list[Change]:
    """Return what applying would do; without an account, what it does to one that has nothing yet."""
    look = _Look(account)
    changes = [
        change
        for statement in statements_for(account, files, contracts)
        for change in look.changes(statement)
    ]
    columns = account.columns(DATABASE) if account else frozenset()
    waiting = untagged(contracts, columns)
    return changes + [
        Change(
            "wait", f"tags of personal data on RAW.{table.upper()}, until it has been loaded", "contracts/"
        )
        for table in waiting
    ]


def apply(
    account: Account,
    files: Sequence[Statement],
    contracts: Sequence[Contract],
    tell: Callable[[Statement], None],
) -> list[Statement]:
    """Say every statement, in order, and return them; `tell` hears of each before it is said.

    Raises:
        WarehouseError: when the account refuses one. Those before it stand; to apply again goes on there.

    """
    said: list[Statement] = []
    for statement in files:
        tell(statement)
        account.run(statement)
        said.append(statement)
    # Asked for only now: before the first time there is no database to ask.
    for statement in tagging(contracts, account.columns(DATABASE)):
        tell(statement)
        account.run(statement)
        said.append(statement)
    return said


class _Look:
    """Ask an account for what it has, each question once."""

    def __init__(self, account: Account | None) -> None:
        self._account = account
        self._objects: dict[str, frozenset[str] | None] = {}
        self._grants: dict[str, frozenset[Grant] | None] = {}

    def changes(self, statement: Statement) -> Iterable[Change]:
        where = statement.where
        if statement.action == "grant":
            for grant in statement.grants:
                verb: Verb = "keep" if self._is_granted(grant) else "grant"
                yield Change(verb, f"{told(grant)} to {grant.role}", where, statement)
            return
        what = f"{statement.kind} {statement.name}"
        if statement.action == "create":
            yield Change(self._to_create(statement), what, where, statement)
        else:
            yield Change("tag" if statement.action == "tag" else "set", what, where, statement)

    def _to_create(self, statement: Statement) -> Verb:
        if self._account is None:
            return "create"
        if statement.kind not in self._objects:
            self._objects[statement.kind] = self._account.objects(statement.kind)
        there = self._objects[statement.kind]
        if there is None:
            return "make sure"
        return "keep" if statement.name in there else "create"

    def _is_granted(self, grant: Grant) -> bool:
        # What is granted on all tables of a schema shows as a grant on each: it is granted anew each time.
        if self._account is None or grant.scope == "all":
            return False
        if grant.role not in self._grants:
            self._grants[grant.role] = self._account.grants(grant.role)
        return grant in (self._grants[grant.role] or ())
