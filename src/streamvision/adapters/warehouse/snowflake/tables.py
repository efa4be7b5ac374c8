"""The tables that the load keeps in Snowflake: RAW and versions per contract, quarantine, and accounts.

Snowflake ends a transaction where a table is made or changed. So that is done before one begins, and only
ever adds to what a table can hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from streamvision.adapters.warehouse.duckdb.tables import (
    ARRIVAL_COLUMNS,
    CHANGE_COLUMNS,
    VERSION_COLUMNS,
)
from streamvision.adapters.warehouse.snowflake.connection import Session
from streamvision.adapters.warehouse.snowflake.sql_text import (
    converted,
    duckdb_type_of,
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
LANDING = "LANDING"
"""The schema of what only a load uses."""
RAW_COLUMNS = CHANGE_COLUMNS | ARRIVAL_COLUMNS
"""The technical columns of RAW; what all rows of a batch lack costs a column store nothing."""
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
FIXED_TABLES = tuple(_FIXED)
"""The schema and name of the tables that are there whatever the contracts say."""
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


def create_fixed_tables(session: Session, place: Place) -> "RawTables":
    """Make the schemas, the account of batches and the quarantine where they are missing.

    Returns:
        The tables of RAW.

    """
    tables = RawTables(session, place)
    if not tables.has_fixed:
        create_schemas(session, place)
        for (schema, table), columns in _FIXED.items():
            session.run(f"CREATE TABLE IF NOT EXISTS {place.name(schema, table)} ({columns})")
    tables.finish()
    return tables


def create_schemas(session: Session, place: Place) -> None:
    """Make the schemas where they are missing: who may load need not be allowed to make schemas."""
    found = session.rows("SELECT SCHEMA_NAME FROM INFORMATION_SCHEMA.SCHEMATA")
    there = {str(name) for (name,) in found}
    for name in SCHEMAS:
        if place.schema(name) not in there:
            session.run(f"CREATE SCHEMA IF NOT EXISTS {identifier(place.schema(name))}")


class RawTables:
    """Know the tables of RAW with the columns that they have; the catalogue, which is slow, is read once.

    Everything here is done outside a transaction, since it may make and change tables.

    Attributes:
        has_fixed: whether the tables are there that do not depend on contracts.

    """

    def __init__(self, session: Session, place: Place) -> None:
        """Read the catalogue."""
        self._session, self._place = session, place
        self._columns: dict[str, dict[str, str]] = {}
        schemas = ", ".join(literal(place.schema(name)) for name in SCHEMAS)
        found = session.rows(
            "SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, DATA_TYPE, NUMERIC_PRECISION, NUMERIC_SCALE"
            f" FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA IN ({schemas})"
            " ORDER BY TABLE_NAME, ORDINAL_POSITION"
        )
        there = set()
        for schema, table, name, *type_ in found:
            there.add((str(schema), str(table)))
            if schema != place.schema("RAW"):
                continue
            columns = self._columns.setdefault(str(table), {})
            if str(name) not in _TECHNICAL:
                columns[str(name)] = kept_type(*type_)
        self.has_fixed = all((place.schema(schema), table) in there for schema, table in _FIXED)

    @property
    def names(self) -> list[str]:
        """Return the names of the tables, without their versions and what a load leaves behind."""
        return sorted(name for name in self._columns if not name.endswith(upper(VERSIONS_SUFFIX)))

    def columns(self, table: str) -> dict[str, str]:
        """Return the data columns of a table with their types; none where there is no such table."""
        return dict(self._columns.get(upper(table), {}))

    def finish(self) -> None:
        """Bring to an end what was killed while a column was made wider."""
        for table, kept in self._columns.items():
            for name in [name for name in kept if name.endswith(WIDER_SUFFIX)]:
                quoted, beside = self._place.raw(table), identifier(name)
                column, type_ = name.removesuffix(WIDER_SUFFIX), kept.pop(name)
                if column in kept:
                    self._session.run(f"ALTER TABLE {quoted} DROP COLUMN {beside}")
                else:
                    self._session.run(f"ALTER TABLE {quoted} RENAME COLUMN {beside} TO {identifier(column)}")
                    kept[column] = type_

    def types(self, table: str) -> dict[str, str]:
        """Return the data columns of a table with types of DuckDB that are kept like them."""
        return {name: duckdb_type_of(kept, None) for name, kept in self.columns(table).items()}

    def fit(self, table: str, wanted: Mapping[str, str]) -> None:
        """Make RAW and the versions of a table able to hold columns of these types.

        Args:
            table: the table's name.
            wanted: the types of DuckDB, each at least as wide as that of the column that is there.

        """
        types = {name: snowflake_type(type_) for name, type_ in wanted.items()}
        for name, technical in ((table, RAW_COLUMNS), (table + VERSIONS_SUFFIX, VERSION_COLUMNS)):
            quoted = self._place.raw(name)
            kept = self._columns.get(upper(name))
            if kept is None:
                typed = types | {each: snowflake_type(type_) for each, type_ in technical.items()}
                columns = ", ".join(f"{identifier(each)} {type_}" for each, type_ in typed.items())
                self._session.run(f"CREATE TABLE IF NOT EXISTS {quoted} ({columns})")
            else:
                self._fit_columns(quoted, kept, types)
            self._columns[upper(name)] = (kept or {}) | {upper(each): type_ for each, type_ in types.items()}

    def _fit_columns(self, table: str, kept: dict[str, str], types: Mapping[str, str]) -> None:
        for column, type_ in types.items():
            there = kept.get(upper(column))
            if there is None:
                self._session.run(f"ALTER TABLE {table} ADD COLUMN {identifier(column)} {type_}")
            elif there != type_:
                self._widen(table, column, there, type_)

    def _widen(self, table: str, column: str, kept: str, wanted: str) -> None:
        """Bring a column into a wider type, by a column beside it: Snowflake changes few types in place."""
        name, beside = identifier(column), identifier(column + WIDER_SUFFIX)
        value = converted(name, kept, wanted)
        for statement in (
            f"ALTER TABLE {table} ADD COLUMN {beside} {wanted}",
            f"UPDATE {table} SET {beside} = {value} WHERE {name} IS NOT NULL",
            f"ALTER TABLE {table} DROP COLUMN {name}",
            f"ALTER TABLE {table} RENAME COLUMN {beside} TO {name}",
        ):
            self._session.run(statement)


class PictureKeys:
    """Know under which keys the last pictures of tables were taken."""

    def __init__(self, session: Session, place: Place) -> None:
        """Take the warehouse."""
        self._session, self._place = session, place

    @cached_property
    def _keys(self) -> dict[str, str]:
        rows = self._session.rows(f"SELECT TABLE_NAME, KEY_COLUMNS FROM {self._place.picture_keys}")
        return {str(table): str(key) for table, key in rows}

    def is_same(self, table: str, key: tuple[str, ...]) -> bool:
        """Tell whether the picture before was taken under the same key."""
        return self._keys.get(table) == name_list(key)

    def note(self, table: str, key: tuple[str, ...]) -> None:
        """Note under which key a picture was taken."""
        if self.is_same(table, key):
            return
        if table in self._keys:
            self._session.run(f"DELETE FROM {self._place.picture_keys} WHERE TABLE_NAME = ?", [table])
        self._session.run(f"INSERT INTO {self._place.picture_keys} VALUES (?, ?)", [table, name_list(key)])
