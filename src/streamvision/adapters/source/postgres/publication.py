"""The publication that says of which tables the log tells: as it stands, and brought to what is wanted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from streamvision.adapters.source.postgres import catalogue
from streamvision.adapters.source.postgres.errors import SAFE
from streamvision.domain.contract import Contract
from streamvision.domain.errors import SourceError
from streamvision.domain.visibility import parse_visible

_XIDS = 2**32
_OPTIONS = "publish = 'insert, update, delete, truncate', publish_via_partition_root = true"
_STATE = """
    select
        p.xmin::text::bigint,
        p.pubinsert and p.pubupdate and p.pubdelete and p.pubtruncate and p.pubviaroot,
        p.puballtables or exists (select from pg_publication_namespace as s where s.pnpubid = p.oid)
    from pg_publication as p
    where p.pubname = %s
"""
_TABLES = """
    select n.nspname, c.relname, r.xmin::text::bigint, r.prqual is null and r.prattrs is null
    from pg_publication_rel as r
    inner join pg_publication as p on r.prpubid = p.oid
    inner join pg_class as c on r.prrelid = c.oid
    inner join pg_namespace as n on c.relnamespace = n.oid
    where p.pubname = %s
"""
_NEXT_XID = "select pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
Name = tuple[str, str]


@dataclass(frozen=True)
class _Published:
    """Tell how a publication stands.

    Attributes:
        written: the transaction that last wrote its options, by 32 bits.
        tables: the transaction that added each table, by 32 bits, and whether it is told whole: no columns
            and no rows are left out.

    """

    written: int
    has_options: bool
    tables: dict[Name, tuple[int, bool]]


def publish(connection: psycopg.Connection, name: str, contracts: Sequence[Contract]) -> bool:
    """Make the log tell of some tables and of no others; return whether the publication was made for it.

    Raises:
        SourceError: when a table has no usable replica identity, since its own updates would then fail; when
            the publication is somebody else's; or when the role may not, with what an administrator must run.

    """
    wanted = {(contract.schema, contract.in_source): contract for contract in contracts}
    published = _published(connection, name)
    statements = list(_statements(name, published, wanted))
    added = [wanted[table] for table in wanted if published is None or not _is_whole(published, table)]
    try:
        with connection.transaction():
            for statement in statements:
                connection.execute(statement)
            # From here until the end of this transaction nobody can alter what was added.
            for contract in added:
                _refuse_unidentified(connection, contract)
    except psycopg.errors.InsufficientPrivilege as error:
        raise SourceError(
            "The role may not say of which tables the source's log tells",
            where=f"publication {name}",
            safe=SAFE,
            next_command="have the tables' owner, or an administrator, run "
            + "; ".join(statement.as_string() for statement in statements)
            + "; or set STREAMVISION_EXTRACTION=snapshot",
        ) from error
    return published is None


def told_since(
    connection: psycopg.Connection, name: str, contracts: Sequence[Contract], since: str
) -> frozenset[str]:
    """Return the tables of which the log has told since before a snapshot, by `contract.table`.

    That the present publication has them does not say so: a run that was killed may have added them.
    """
    published = _published(connection, name)
    if published is None or not since:
        return frozenset()
    oldest_open, next_xid = parse_visible(since).xmin, next_transaction(connection)

    def had_ended(short: int) -> bool:
        # A row of the catalogue may be older than the half of all numbers, but it is never from the future.
        return next_xid - (next_xid - short) % _XIDS < oldest_open

    if not had_ended(published.written):
        return frozenset()
    names = {(contract.schema, contract.in_source): contract.table for contract in contracts}
    return frozenset(
        names[table] for table, (added, _) in published.tables.items() if table in names and had_ended(added)
    )


def next_transaction(connection: psycopg.Connection) -> int:
    """Return a number that is above those of all transactions so far."""
    row = connection.execute(_NEXT_XID).fetchone()
    assert row is not None  # noqa: S101 - a query without a table has one row
    return int(row[0])


def unpublish(connection: psycopg.Connection, name: str) -> None:
    """Drop the publication, if it is there."""
    connection.execute(sql.SQL("drop publication if exists {}").format(sql.Identifier(name)))


def not_dropped(name: str) -> SourceError:
    """Return the error for a publication that is somebody else's."""
    return SourceError(
        "The log is no longer kept, but the role may not drop its publication",
        where=f"publication {name}",
        safe="a publication that nobody reads changes nothing",
        next_command=f"have its owner run DROP PUBLICATION {sql.Identifier(name).as_string()}",
    )


def _published(connection: psycopg.Connection, name: str) -> _Published | None:
    state = connection.execute(_STATE, [name]).fetchone()
    if state is None:
        return None
    written, has_options, has_more = state
    if has_more:
        raise SourceError(
            "The publication of this name tells of all tables, or of all in a schema: it is not ours",
            where=f"publication {name}",
            safe=SAFE,
            next_command=f"have its owner run ALTER PUBLICATION {sql.Identifier(name).as_string()} RENAME TO"
            " another name, then run the same command again",
        )
    rows = connection.execute(_TABLES, [name]).fetchall()
    tables = {(schema, table): (added, is_whole) for schema, table, added, is_whole in rows}
    return _Published(written, has_options, tables)


def _is_whole(published: _Published, table: Name) -> bool:
    return published.tables.get(table, (0, False))[1]


def _statements(
    name: str, published: _Published | None, wanted: dict[Name, Contract]
) -> Iterator[sql.Composed]:
    publication = sql.Identifier(name)
    if published is None:
        tables = sql.SQL("for table {} ").format(_list(wanted)) if wanted else sql.SQL("")
        create = sql.SQL("create publication {} {}with ({})")
        yield create.format(publication, tables, sql.SQL(_OPTIONS))
        return
    if not published.has_options:
        yield sql.SQL("alter publication {} set ({})").format(publication, sql.SQL(_OPTIONS))
    missing = [table for table in wanted if not _is_whole(published, table)]
    if dropped := [table for table in published.tables if table not in wanted or table in missing]:
        yield sql.SQL("alter publication {} drop table {}").format(publication, _list(dropped))
    if missing:
        yield sql.SQL("alter publication {} add table {}").format(publication, _list(missing))


def _list(tables: Sequence[Name] | dict[Name, Contract]) -> sql.Composed:
    """Return tables without those that inherit from them; partitions come all the same."""
    return sql.SQL(", ").join(sql.SQL("only {}").format(sql.Identifier(*table)) for table in sorted(tables))


def _refuse_unidentified(connection: psycopg.Connection, contract: Contract) -> None:
    table = catalogue.describe(connection, contract.schema, contract.in_source)
    because = "it is not there" if table is None else table.unlogged_because
    if because:
        raise SourceError(
            f"The log cannot tell of a table: {because}",
            where=f"table {contract.table}",
            safe="the table was not published, so that its own updates go on as before",
            next_command="run the same command again: the table is then read whole",
        )
