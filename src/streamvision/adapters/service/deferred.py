"""References and indexes that wait until all rows are there: made at once, they cost far less."""

from adbc_driver_postgresql import dbapi
from psycopg import sql

_REFERENCES = sql.SQL(
    "select conname, pg_get_constraintdef(oid) from pg_constraint"
    " where conrelid = to_regclass({table}) and contype = 'f' order by conname"
)
_INDEXES = sql.SQL(
    "select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index"
    " where indrelid = to_regclass({table}) and not indisunique order by 1"
)
_MEMORY = "set local maintenance_work_mem = '256MB'"


class Deferred:
    """Take references and indexes from empty tables before they are filled, and give them back afterwards.

    All of it belongs to the transaction that fills them: where that fails, nothing was taken.
    """

    def __init__(self, cursor: dbapi.Cursor) -> None:
        """Take the cursor of the transaction."""
        self._cursor = cursor
        self._seen: set[str] = set()
        self._references: list[tuple[str, sql.Composed]] = []
        self._indexes: list[tuple[str, str]] = []

    def take_from(self, table: str) -> None:
        """Take what a table has, unless it holds rows: these would be checked anew."""
        if table in self._seen:
            return
        self._seen.add(table)
        name = sql.Identifier(table)
        if self._rows(sql.SQL("select 1 from {} limit 1").format(name)):
            return
        wanted = {"table": sql.Literal(name.as_string())}
        for constraint, definition in self._rows(_REFERENCES.format(**wanted)):
            parts = {"table": name, "name": sql.Identifier(constraint)}
            self._run(sql.SQL("alter table {table} drop constraint {name}").format(**parts))
            # The definition is PostgreSQL's own, names quoted.
            add = sql.SQL("alter table {table} add constraint {name} ").format(**parts)
            self._references.append((table, add + sql.SQL(definition)))
        for index, definition in self._rows(_INDEXES.format(**wanted)):
            self._run(sql.Composed([sql.SQL("drop index "), sql.SQL(index)]))
            self._indexes.append((table, definition))

    def give_back(self) -> None:
        """Make the indexes and references anew; the latter are checked for all rows.

        Raises:
            adbc_driver_manager.Error: when a row refers to nothing.

        """
        self._cursor.execute(_MEMORY)
        for _, definition in self._indexes:
            self._cursor.execute(definition)
        for _, add in self._references:
            self._run(add)

    def _rows(self, query: sql.Composed) -> list[tuple[str, str]]:
        self._cursor.execute(query.as_string())
        return list(self._cursor.fetchall())

    def _run(self, statement: sql.Composed) -> None:
        self._cursor.execute(statement.as_string())
