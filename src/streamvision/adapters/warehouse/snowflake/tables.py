"""The tables that the load keeps in Snowflake: RAW and versions per contract, quarantine, and accounts.

Snowflake ends a transaction where a table is made or changed. So that is done before one begins, and only
ever adds to what a table can hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from streamvision.adapters.warehouse.duckdb.tables import (
    OUTDATED,
    RAW_COLUMNS,
    VALID_FROM,
    VALID_TO,
    VERSION_COLUMNS,
)
from streamvision.adapters.warehouse.snowflake.connection import Session
from streamvision.adapters.warehouse.snowflake.sql_text import (
    converted,
    identifier,
    kept_type,
    literal,
    name_list,
    snowflake_type,
    upper,
)
from streamvision.domain.names import VERSIONS_SUFFIX

WIDER_SUFFIX = "__WIDER"
"""What the name of a column ends with while its values are brought into a wider type."""
PASSING_SUFFIX = "__LANDING"
"""What the names of tables end with that only a load uses."""
_TECHNICAL = {upper(name) for name in (*RAW_COLUMNS, *VERSION_COLUMNS)}
_FIXED = {
    ("OPS", "BATCHES"): """
    BATCH_ID VARCHAR NOT NULL,
    TABLE_NAME VARCHAR NOT NULL,
    BATCH_DATE DATE NOT NULL,
    EXTRACTED_ROWS NUMBER(19,0) NOT NULL,
    LOADED_ROWS NUMBER(19,0) NOT NULL,
    QUARANTINED_ROWS NUMBER(19,0) NOT NULL,
    EXTRACTED_BYTES NUMBER(19,0) NOT NULL,
    MANIFEST_SHA256 VARCHAR NOT NULL,
    SOURCE_ID VARCHAR NOT NULL,
    SNAPSHOT_AT TIMESTAMP_TZ(6) NOT NULL,
    LOADED_AT TIMESTAMP_TZ(6) NOT NULL,
    RUN_ID VARCHAR NOT NULL,
    MODE VARCHAR NOT NULL""",
    ("QUARANTINE", "ROWS"): """
    BATCH_ID VARCHAR NOT NULL,
    TABLE_NAME VARCHAR NOT NULL,
    RULE VARCHAR NOT NULL,
    REASON VARCHAR NOT NULL,
    SOURCE_FILE VARCHAR NOT NULL,
    SOURCE_ROW NUMBER(19,0) NOT NULL,
    ROW_VALUES VARCHAR NOT NULL,
    QUARANTINED_AT TIMESTAMP_TZ(6) NOT NULL,
    STATUS VARCHAR NOT NULL,
    DECISION_ID VARCHAR""",
    ("OPS", "EXPECTATIONS"): """
    BATCH_ID VARCHAR NOT NULL,
    TABLE_NAME VARCHAR NOT NULL,
    EXPECTATION VARCHAR NOT NULL,
    OBSERVED VARCHAR NOT NULL,
    EXPECTED VARCHAR NOT NULL,
    HOLDS BOOLEAN NOT NULL""",
    ("OPS", "DECISIONS"): """
    DECISION_ID VARCHAR NOT NULL,
    ACTION VARCHAR NOT NULL,
    AFTER_BATCH VARCHAR NOT NULL,
    REASON VARCHAR NOT NULL,
    RUN_ID VARCHAR NOT NULL,
    DECIDED_AT TIMESTAMP_TZ(6) NOT NULL,
    ROWS_CHOSEN NUMBER(19,0) NOT NULL,
    ROWS_LOADED NUMBER(19,0) NOT NULL,
    ROWS_STILL_BROKEN NUMBER(19,0) NOT NULL""",
    ("OPS", "PICTURE_KEYS"): """
    TABLE_NAME VARCHAR NOT NULL,
    KEY_COLUMNS VARCHAR NOT NULL""",
}
SCHEMAS = ("RAW", "OPS", "QUARANTINE")


@dataclass(frozen=True)
class Place:
    """Name the schemas of one warehouse: those that everybody knows, or others while it is made anew."""

    suffix: str = ""

    def schema(self, name: str) -> str:
        """Return a schema's name here."""
        return f"{name}{self.suffix}"

    def name(self, schema: str, table: str) -> str:
        """Return a table's quoted name."""
        return identifier(self.schema(schema), table)

    def raw(self, table: str) -> str:
        """Return the quoted name of a table in RAW."""
        return self.name("RAW", table)

    def versions(self, table: str) -> str:
        """Return the quoted name of the versions of a table's rows."""
        return self.name("RAW", table + VERSIONS_SUFFIX)

    @property
    def batches(self) -> str:
        """Return the name of the account of batches."""
        return self.name("OPS", "BATCHES")

    @property
    def quarantine(self) -> str:
        """Return the name of the rows in quarantine."""
        return self.name("QUARANTINE", "ROWS")

    @property
    def expectations(self) -> str:
        """Return the name of what came of expectations."""
        return self.name("OPS", "EXPECTATIONS")

    @property
    def decisions(self) -> str:
        """Return the name of the decisions that were applied."""
        return self.name("OPS", "DECISIONS")

    @property
    def picture_keys(self) -> str:
        """Return the name of the keys under which the last pictures of tables were taken."""
        return self.name("OPS", "PICTURE_KEYS")


def create_fixed_tables(session: Session, place: Place) -> None:
    """Make the schemas, the account of batches and the quarantine where they are missing."""
    there = {
        (str(schema), str(table))
        for schema, table in session.rows("SELECT TABLE_SCHEMA, TABLE_NAME FROM INFORMATION_SCHEMA.TABLES")
    }
    if all((place.schema(schema), table) in there for schema, table in _FIXED):
        return
    create_schemas(session, place)
    for (schema, table), columns in _FIXED.items():
        session.run(f"CREATE TABLE IF NOT EXISTS {place.name(schema, table)} ({columns})")


def create_schemas(session: Session, place: Place) -> None:
    """Make the schemas where they are missing: who may load need not be allowed to make schemas."""
    found = session.rows("SELECT SCHEMA_NAME FROM INFORMATION_SCHEMA.SCHEMATA")
    there = {str(name) for (name,) in found}
    for name in SCHEMAS:
        if place.schema(name) not in there:
            session.run(f"CREATE SCHEMA IF NOT EXISTS {identifier(place.schema(name))}")


def raw_tables(session: Session, place: Place) -> list[str]:
    """Return the names of the tables of RAW, without their versions and what a load leaves behind."""
    found = session.rows(
        "SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = ? ORDER BY TABLE_NAME",
        [place.schema("RAW")],
    )
    technical = (upper(VERSIONS_SUFFIX), PASSING_SUFFIX)
    return [str(name) for (name,) in found if not str(name).endswith(technical)]


def stored_columns(session: Session, place: Place, table: str) -> dict[str, str]:
    """Return the data columns of a table in RAW with their types; none where there is no such table."""
    found = session.rows(
        "SELECT COLUMN_NAME, DATA_TYPE, NUMERIC_PRECISION, NUMERIC_SCALE FROM INFORMATION_SCHEMA.COLUMNS"
        " WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION",
        [place.schema("RAW"), upper(table)],
    )
    return {str(name): kept_type(*type_) for name, *type_ in found if str(name) not in _TECHNICAL}


def fit_tables(session: Session, place: Place, table: str, wanted: Mapping[str, str]) -> None:
    """Make RAW and the versions of a table able to hold columns of these types.

    Args:
        session: outside a transaction.
        place: the warehouse.
        table: the table's name.
        wanted: the types of DuckDB, each at least as wide as that of the column that is there.

    """
    types = {name: snowflake_type(type_) for name, type_ in wanted.items()}
    _create(session, place, table, types)
    for suffix in ("", VERSIONS_SUFFIX):
        kept = stored_columns(session, place, table + suffix)
        name = place.raw(table + suffix)
        for column in _half_done(kept):
            kept[column] = _finish(session, name, column, kept)
        for column, type_ in types.items():
            there = kept.get(upper(column))
            if there is None:
                session.run(f"ALTER TABLE {name} ADD COLUMN {identifier(column)} {type_}")
            elif there != type_:
                _widen(session, name, column, there, type_)


def _create(session: Session, place: Place, table: str, types: Mapping[str, str]) -> None:
    for name, technical in (
        (place.raw(table), RAW_COLUMNS),
        (place.versions(table), VERSION_COLUMNS),
    ):
        typed = types | {column: snowflake_type(type_) for column, type_ in technical.items()}
        columns = ", ".join(f"{identifier(column)} {type_}" for column, type_ in typed.items())
        session.run(f"CREATE TABLE IF NOT EXISTS {name} ({columns})")


def _widen(session: Session, table: str, column: str, kept: str, wanted: str) -> None:
    """Bring a column into a wider type, by a column beside it: Snowflake changes few types in place."""
    name, beside = identifier(column), identifier(column + WIDER_SUFFIX)
    session.run(f"ALTER TABLE {table} ADD COLUMN {beside} {wanted}")
    session.run(f"UPDATE {table} SET {beside} = {converted(name, kept, wanted)} WHERE {name} IS NOT NULL")
    session.run(f"ALTER TABLE {table} DROP COLUMN {name}")
    session.run(f"ALTER TABLE {table} RENAME COLUMN {beside} TO {name}")


def _half_done(kept: Mapping[str, str]) -> list[str]:
    return [name.removesuffix(WIDER_SUFFIX) for name in kept if name.endswith(WIDER_SUFFIX)]


def _finish(session: Session, table: str, column: str, kept: dict[str, str]) -> str:
    """Bring to an end what was killed while a column was made wider, and return the column's type."""
    name, beside = identifier(column), identifier(column + WIDER_SUFFIX)
    if column in kept:
        session.run(f"ALTER TABLE {table} DROP COLUMN {beside}")
        return kept[column]
    session.run(f"ALTER TABLE {table} RENAME COLUMN {beside} TO {name}")
    return kept[column + WIDER_SUFFIX]


def forget_picture_key(session: Session, place: Place, table: str) -> None:
    """Forget under which key the last picture of a table was taken."""
    session.run(f"DELETE FROM {place.picture_keys} WHERE TABLE_NAME = ?", [table])


def note_picture_key(session: Session, place: Place, table: str, key: tuple[str, ...]) -> None:
    """Note under which key a picture of a table was taken."""
    forget_picture_key(session, place, table)
    session.run(f"INSERT INTO {place.picture_keys} VALUES (?, ?)", [table, name_list(key)])


def has_picture_key(session: Session, place: Place, table: str, key: tuple[str, ...]) -> bool:
    """Tell whether the picture before was taken under the same key."""
    found = session.rows(f"SELECT KEY_COLUMNS FROM {place.picture_keys} WHERE TABLE_NAME = ?", [table])
    return found == [(name_list(key),)]


