"""Looks at a Snowflake account and changes it, through Snowflake's own connector."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from snowflake.connector import DictCursor, SnowflakeConnection
from snowflake.connector.errors import Error, ProgrammingError

from streamvision.domain.account import Grant, Statement
from streamvision.domain.errors import WarehouseError
from streamvision.ports.account import TableColumn

_DATABASE = "STREAMVISION_WH"
_IN_THE_ACCOUNT = {
    "ROLE": "roles",
    "WAREHOUSE": "warehouses",
    "RESOURCE MONITOR": "resource monitors",
    "DATABASE": "databases",
    "STORAGE INTEGRATION": "storage integrations",
}
_IN_THE_DATABASE = {
    "SCHEMA": "schemas",
    "STAGE": "stages",
    "FILE FORMAT": "file formats",
    "TAG": "tags",
    "MASKING POLICY": "masking policies",
}
_LOOKER = "ACCOUNTADMIN"
"""The role that sees everything; what another may not see would seem to be missing."""
_WITH_ROWS_OF_PERSONS = ("RAW", "QUARANTINE")
"""What is built from these inherits their tags."""


class SnowflakeAccount:
    """See and change an account over one connection, whose user is an administrator."""

    def __init__(self, connection: SnowflakeConnection) -> None:
        """Take an open connection; it needs no database, for there may be none yet."""
        self._connection = connection
        self._role = ""

    def objects(self, kind: str) -> frozenset[str] | None:
        """Return the full names of the objects of a kind, in capitals; None where the account cannot tell."""
        if kind in _IN_THE_ACCOUNT:
            rows = self._shown(f"show {_IN_THE_ACCOUNT[kind]}")
            return rows if rows is None else frozenset(str(row["name"]).upper() for row in rows)
        databases = self.objects("DATABASE")
        if databases is not None and _DATABASE not in databases:
            return frozenset()
        rows = self._shown(f"show {_IN_THE_DATABASE[kind]} in database {_DATABASE}")
        if rows is None:
            return None
        parts = ("database_name", "name") if kind == "SCHEMA" else ("database_name", "schema_name", "name")
        return frozenset(".".join(str(row[part]) for part in parts).upper() for row in rows)

    def grants(self, role: str) -> frozenset[Grant] | None:
        """Return what is granted to a role, now and for the future; None where the account cannot tell."""
        now = self._shown(f"show grants to role {role}")
        later = self._shown(f"show future grants to role {role}")
        if now is None or later is None:
            return None
        found = {
            Grant(
                str(row["privilege"]),
                _kind(row["granted_on"]),
                "" if row["granted_on"] == "ACCOUNT" else str(row["name"]),
                role,
            )
            for row in now
        }
        # A future grant's name ends with what it is on: DATABASE.SCHEMA.<TABLE>.
        found |= {
            Grant(
                str(row["privilege"]),
                _kind(row["grant_on"]),
                str(row["name"]).partition(".<")[0],
                role,
                "future",
            )
            for row in later
        }
        return frozenset(found)

    def columns(self, database: str) -> frozenset[TableColumn]:
        """Return the columns of the tables in RAW and QUARANTINE; none where there is no such database."""
        found: set[TableColumn] = set()
        # SHOW, since INFORMATION_SCHEMA would wake a warehouse. It lists the columns of views too.
        for schema in _WITH_ROWS_OF_PERSONS:
            tables = self._shown(f"show tables in schema {database}.{schema}") or ()
            columns = self._shown(f"show columns in schema {database}.{schema}") or ()
            names = {str(row["name"]) for row in tables}
            found |= {
                TableColumn(schema, str(row["table_name"]), str(row["column_name"]))
                for row in columns
                if row["table_name"] in names
            }
        return frozenset(found)

    def integration(self, name: str) -> Mapping[str, str]:
        """Return the properties of a storage integration."""
        with self._errors(f"describe the integration {name}"):
            self._become(_LOOKER)
            rows = self._rows(f"describe integration {name}")
        return {str(row["property"]): str(row["property_value"]) for row in rows}

    def run(self, statement: Statement) -> None:
        """Say a statement, by the role that it is to be said by."""
        with self._errors(f"{statement.action} {statement.kind} {statement.name}", statement.where):
            self._become(statement.role)
            self._rows(statement.sql)

    def _become(self, role: str) -> None:
        if role != self._role:
            self._rows(f"use role {role}")
            self._role = role

    def _shown(self, question: str) -> Sequence[Mapping[str, object]] | None:
        """Return what SHOW tells; None where the account refuses it, or has nothing to look into."""
        with self._errors(f"be looked at as {_LOOKER}"):
            self._become(_LOOKER)
            try:
                return self._rows(question)
            except ProgrammingError:
                return None

    def _rows(self, sql: str) -> list[Mapping[str, object]]:
        with self._connection.cursor(DictCursor) as cursor:
            cursor.execute(sql)
            return [
                {str(name).lower(): value for name, value in row.items()}
                for row in cursor.fetchall()
                if isinstance(row, dict)
            ]

    @contextmanager
    def _errors(self, act: str, where: str = "") -> Iterator[None]:
        try:
            yield
        except Error as error:
            raise WarehouseError(
                f"Snowflake refused to {act}: {_message(error)}",
                where=where or "the Snowflake account",
                safe="what was done before it stands, and can be done again without harm",
                next_command="give the user the role that the statement is said by, or mend what it tells of,"
                " then `streamvision warehouse apply` again",
            ) from error


def _kind(shown: object) -> str:
    """Return a kind as statements write it: SHOW joins its words by an underscore."""
    return "STORAGE INTEGRATION" if shown == "INTEGRATION" else str(shown).replace("_", " ")


def _message(error: Error) -> str:
    return " ".join(str(error.msg or error).split())
