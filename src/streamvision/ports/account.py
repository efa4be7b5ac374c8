"""The account of a cloud warehouse, as its administrator sees it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from streamvision.domain.account import Grant, Statement


@dataclass(frozen=True, order=True)
class TableColumn:
    """Name a column of a table that is there, as the account spells it."""

    schema: str
    table: str
    column: str


class Account(Protocol):
    """Look at an account and change it. Every method raises WarehouseError when the account refuses."""

    def objects(self, kind: str) -> frozenset[str] | None:
        """Return the full names of the objects of a kind, in capitals; None where the account cannot tell."""
        ...

    def grants(self, role: str) -> frozenset[Grant] | None:
        """Return what is granted to a role, now and for the future; None where the account cannot tell."""
        ...

    def columns(self, database: str) -> frozenset[TableColumn]:
        """Return the columns of a database's tables; none where there is no such database."""
        ...

    def integration(self, name: str) -> Mapping[str, str]:
        """Return the properties of a storage integration."""
        ...

    def run(self, statement: Statement) -> None:
        """Say a statement, by the role that it is to be said by."""
        ...
