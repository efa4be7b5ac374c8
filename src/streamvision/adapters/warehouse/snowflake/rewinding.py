"""Takes batches back, and moves what was made anew into the place of what was there."""

from streamvision.adapters.warehouse.duckdb.column_types import wider
from streamvision.adapters.warehouse.duckdb.tables import (
    OUTDATED,
    VALID_FROM,
    VALID_TO,
    VERSION_COLUMNS,
)
from streamvision.adapters.warehouse.snowflake.connection import Session, transaction
from streamvision.adapters.warehouse.snowflake.sql_text import converted, identifier, literal, name_list
from streamvision.adapters.warehouse.snowflake.tables import (
    FIXED_TABLES,
    LANDING,
    RAW_COLUMNS,
    SCHEMAS,
    Place,
    RawTables,
    create_fixed_tables,
)
from streamvision.domain.names import VERSIONS_SUFFIX


def forget_from(session: Session, place: Place, tables: RawTables, batch_id: str) -> list[str]:
    """Take back all batches from one on, and what was decided since; return those that were taken back.

    A decision on rows of an earlier batch cannot be undone by itself: then that batch is taken back too.
    """
    with transaction(session):
        first = literal(_first_to_forget(session, place, batch_id))
        forgotten = session.rows(
            f"SELECT DISTINCT BATCH_ID FROM {place.batches} WHERE BATCH_ID >= {first} ORDER BY BATCH_ID"
        )
        for table in tables.names:
            _forget_rows(session, place, table, first)
        # Under which key the pictures before were taken is not known any more.
        session.run(f"DELETE FROM {place.picture_keys}")
        for name in (place.quarantine, place.batches, place.expectations):
            session.run(f"DELETE FROM {name} WHERE BATCH_ID >= {first}")
        session.run(f"DELETE FROM {place.decisions} WHERE AFTER_BATCH >= {first}")
    return [str(found) for (found,) in forgotten]


def move_in(session: Session, fresh: Place, place: Place) -> None:
    """Put the rows of a warehouse that was made anew in the place of another's, in one transaction.

    Rows are moved, and not tables or schemas: rights, tags and masking policies stay where they are.
    """
    made, kept = create_fixed_tables(session, fresh), create_fixed_tables(session, place)
    gone = sorted(set(kept.names) - set(made.names))
    for table in made.names:
        there = kept.types(table)
        kept.fit(
            table, {name: wider(there.get(name, type_), type_) for name, type_ in made.types(table).items()}
        )
    with transaction(session):
        for table in gone:
            for name in (table, table + VERSIONS_SUFFIX):
                session.run(f"DELETE FROM {place.raw(name)}")
        for table in made.names:
            _move_rows(session, (fresh, made), (place, kept), table)
        for schema, table in FIXED_TABLES:
            here = place.name(schema, table)
            session.run(f"DELETE FROM {here}")
            session.run(f"INSERT INTO {here} SELECT * FROM {fresh.name(schema, table)}")
    for table in gone:
        for name in (table, table + VERSIONS_SUFFIX):
            session.run(f"DROP TABLE IF EXISTS {place.raw(name)}")


def _move_rows(
    session: Session, source: tuple[Place, RawTables], target: tuple[Place, RawTables], table: str
) -> None:
    (fresh, made), (place, kept) = source, target
    values = {
        name: converted(identifier(name), type_, kept.columns(table)[name])
        for name, type_ in made.columns(table).items()
    }
    for suffix, technical in (("", RAW_COLUMNS), (VERSIONS_SUFFIX, VERSION_COLUMNS)):
        moved = values | {name: identifier(name) for name in technical}
        here = place.raw(table + suffix)
        session.run(f"DELETE FROM {here}")
        session.run(
            f"INSERT INTO {here} ({name_list(moved)}) SELECT {', '.join(moved.values())}"
            f" FROM {fresh.raw(table + suffix)}"
        )


def drop_place(session: Session, place: Place) -> None:
    """Remove the schemas of a warehouse that is not the one that everybody knows."""
    for name in (*SCHEMAS, LANDING):
        session.run(f"DROP SCHEMA IF EXISTS {identifier(place.schema(name))} CASCADE")


def _forget_rows(session: Session, place: Place, table: str, first: str) -> None:
    versions = place.versions(table)
    session.run(f"DELETE FROM {place.raw(table)} WHERE {identifier('_batch_id')} >= {first}")
    session.run(f"DELETE FROM {versions} WHERE {identifier(VALID_FROM)} >= {first}")
    for name in map(identifier, (VALID_TO, OUTDATED)):
        session.run(f"UPDATE {versions} SET {name} = NULL WHERE {name} >= {first}")


def _first_to_forget(session: Session, place: Place, batch_id: str) -> str:
    """Return the first batch of which no row was decided on after the batches that stay."""
    first = batch_id
    while True:
        ((earliest,),) = session.rows(
            f"SELECT MIN(q.BATCH_ID) FROM {place.quarantine} AS q JOIN {place.decisions} AS d"
            " ON d.DECISION_ID = q.DECISION_ID WHERE d.AFTER_BATCH >= ?",
            [first],
        )
        if earliest is None or str(earliest) >= first:
            return first
        first = str(earliest)
