"""An account of a cloud warehouse in memory, which has what it is told to have."""

from collections.abc import Mapping

from streamvision.domain.account import Grant, Statement
from streamvision.domain.errors import WarehouseError
from streamvision.ports.account import TableColumn


class FakeAccount:
    """Remember what statements made; refuse those that need what is not there."""

    def __init__(self, *columns: TableColumn, properties: Mapping[str, str] | None = None) -> None:
        """Take the columns of the tables that were loaded, and an integration's properties."""
        self.made: dict[tuple[str, str], str] = {}
        self.given: set[Grant] = set()
        self.said: list[str] = []
        self.refuses: str | None = None
        self._columns = frozenset(columns)
        self._properties = properties or {}

    def objects(self, kind: str) -> frozenset[str] | None:
        """Return the names of a kind."""
        return frozenset(name for each, name in self.made if each == kind)

    def grants(self, role: str) -> frozenset[Grant] | None:
        """Return what is granted to a role."""
        return frozenset(grant for grant in self.given if grant.role == role and grant.scope != "all")

    def columns(self, database: str) -> frozenset[TableColumn]:
        """Return the columns, once there is a database."""
        return self._columns if ("DATABASE", database) in self.made else frozenset()

    def integration(self, name: str) -> Mapping[str, str]:
        """Return the properties of the integration."""
        if ("STORAGE INTEGRATION", name) not in self.made:
            raise WarehouseError(f"There is no integration {name}")
        return self._properties

    def run(self, statement: Statement) -> None:
        """Do what a statement says."""
        if self.refuses and self.refuses in statement.sql:
            raise WarehouseError("refused", where=statement.where)
        key = (statement.kind, statement.name)
        if statement.action == "create":
            self.made.setdefault(key, statement.sql)
        elif statement.action == "set" and key not in self.made:
            raise WarehouseError(f"There is no {statement.kind} {statement.name}", where=statement.where)
        self.given.update(statement.grants)
        self.said.append(statement.sql)
