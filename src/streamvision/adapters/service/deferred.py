"""Keys, references and indexes that wait until all rows are there: made at once, they cost less."""

from collections.abc import Iterator
from dataclasses import dataclass

from adbc_driver_postgresql import dbapi
from psycopg import sql

# Of the table itself, and the references of others to it: these stand on its keys.
_CONSTRAINTS = sql.SQL(
    "select conrelid::regclass::text, conname, contype::text, pg_get_constraintdef(oid) from pg_constraint"
    " where (conrelid = to_regclass({table}) and contype in ('p', 'u'))"
    " or (to_regclass({table}) in (conrelid, confrelid) and contype = 'f')"
    " order by contype <> 'f', conrelid, conname"
)
_INDEXES = sql.SQL(
    "select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index"
    " where indrelid = to_regclass({table}) and not indisunique order by 1"
)
_REFERENCE = "f"
MEMORY = "set local maintenance_work_mem = '256MB'"


@dataclass(frozen=True)
class _Constraint:
    """Keep a constraint as PostgreSQL writes it: names quoted."""

    table: str
    name: str
    is_reference: bool
    definition: str


class Deferred:
    """Take keys, references and indexes from empty tables before they are filled, and give them back.

    All of it belongs to the transaction that fills them: where that fails, nothing was taken.
    """

    def __init__(self, cursor: dbapi.Cursor) -> None:
        """Take the cursor of the transaction."""
        self._cursor = cursor
        self._seen: set[str] = set()
        self._constraints: list[_Constraint] = []
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
        for of_table, constraint_name, kind, written in self._rows(_CONSTRAINTS.format(**wanted)):
            constraint = _Constraint(of_table, constraint_name, kind == _REFERENCE, written)
            drop = sql.SQL("alter table {} drop constraint {}")
            self._run(drop.format(sql.SQL(constraint.table), sql.Identifier(constraint.name)))
            self._constraints.append(constraint)
        for index, definition in self._rows(_INDEXES.format(**wanted)):
            self._run(sql.Composed([sql.SQL("drop index "), sql.SQL(index)]))
            self._indexes.append((table, definition))

    def restoring(self) -> Iterator[tuple[str, str]]:
        """Yield the statements that make keys, references and indexes anew, each with its table.

        They fail when a key is there twice, or a row refers to nothing.
        """
        keys_first = sorted(self._constraints, key=lambda each: each.is_reference)
        for each in keys_first:
            add = sql.SQL("alter table {} add constraint {} ")
            parts = sql.SQL(each.table), sql.Identifier(each.name)
            yield each.table, (add.format(*parts) + sql.SQL(each.definition)).as_string()
        yield from self._indexes

    def _rows(self, query: sql.Composed) -> list[tuple[str, ...]]:
        self._cursor.execute(query.as_string())
        return list(self._cursor.fetchall())

    def _run(self, statement: sql.Composed) -> None:
        self._cursor.execute(statement.as_string())
