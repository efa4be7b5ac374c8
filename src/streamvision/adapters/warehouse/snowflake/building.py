"""The build that goes on beside what people are looking at, and the switch to it.

Core and marts are built in schemas of their own. Once their tests have passed, each gets a table of one row
that names the build; to publish is to swap the schemas with those that readers know. What is shown is told by
that row in MARTS, so it changes in the same step as the marts do.
"""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from streamvision.adapters.warehouse.snowflake.connection import Session
from streamvision.adapters.warehouse.snowflake.sql_text import identifier, literal
from streamvision.domain.basis import BatchWindow, BuildStart
from streamvision.domain.errors import WarehouseError
from streamvision.ports.marts import Publication
from streamvision.ports.transformer import BuildProgress

CORE, MARTS = "CORE", "MARTS"
FAILURES = "FAILURES"
"""Where a build that fails keeps the rows that its tests found wrong, until the next begins."""
WARNINGS = "WARNINGS"
"""Where any build keeps the rows at which its tests warned, until the next begins; readers never see them."""
BUILD_PREFIX = "BUILD_"
PUBLICATION = "_PUBLICATION"
"""The table that names the build in a schema of core or marts."""
_PROGRESS = "_PROGRESS"
"""The table that tells how far a build has come, in the schema where marts are built."""
_STARTED = "_STARTED"
"""The table that keeps in a build's core how the build began."""
_SWITCHED = (CORE, MARTS)
"""In this order: marts, by which people tell what is shown, come last."""
_COLUMNS = """
    BUILD_ID VARCHAR NOT NULL,
    BATCH_ID VARCHAR NOT NULL,
    BATCH_DATE DATE NOT NULL,
    TESTED_AT TIMESTAMP_TZ(6) NOT NULL,
    RUN_ID VARCHAR NOT NULL,
    BASIS VARCHAR,
    PUBLISHED_AT TIMESTAMP_TZ(6),
    PUBLISHED_BY VARCHAR"""


@dataclass(frozen=True)
class Build:
    """Tell which build a schema holds, and whether it is published."""

    build_id: str
    batch_id: str
    batch_date: date
    published_at: datetime | None
    published_by: str | None

    @property
    def publication(self) -> Publication | None:
        """Return what readers are told of it."""
        if self.published_at is None or self.published_by is None:
            return None
        return Publication(self.batch_id, self.batch_date, self.published_at, self.published_by)


def build_schema(name: str) -> str:
    """Return the schema in which core or marts are built."""
    return BUILD_PREFIX + name


def begin(session: Session, start: BuildStart) -> None:
    """Make the schemas for a build anew; what readers are shown stays as it is.

    Where the build goes on, it begins with clones of the tables of core and of the marts, which share what
    they hold with those that are shown, and cost nothing until one of the two changes.
    """
    for name in (FAILURES, WARNINGS):
        session.run(f"DROP SCHEMA IF EXISTS {identifier(build_schema(name))} CASCADE")
    for name in _SWITCHED:
        schema = identifier(build_schema(name))
        session.run(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        session.run(f"CREATE TRANSIENT SCHEMA {schema}")
    if start.window:
        for name in _SWITCHED:
            for table in _tables(session, name):
                there, beside = identifier(name, table), identifier(build_schema(name), table)
                session.run(f"CREATE TRANSIENT TABLE {beside} CLONE {there}")
    started = identifier(build_schema(CORE), _STARTED)
    session.run(f"CREATE TRANSIENT TABLE {started} (BASIS VARCHAR, FIRST_BATCH VARCHAR, END_BATCH VARCHAR)")
    window = (start.window.first, start.window.end) if start.window else (None, None)
    session.run(f"INSERT INTO {started} SELECT ?, ?, ?", [start.basis, *window])


def started(session: Session) -> BuildStart:
    """Return how the build began that goes on."""
    table = identifier(build_schema(CORE), _STARTED)
    found = session.rows_if_there(f"SELECT BASIS, FIRST_BATCH, END_BATCH FROM {table}")
    for basis, first, end in found:
        return BuildStart(str(basis), BatchWindow(str(first), str(end)) if first else None)
    return BuildStart()


def basis(session: Session) -> str | None:
    """Return what the core that readers are shown was said to be made from."""
    for (text,) in session.rows_if_there(f"SELECT BASIS FROM {identifier(CORE, PUBLICATION)}"):
        return str(text) if text else None
    return None


def record(session: Session, batch_id: str, *, run_id: str, tested_at: datetime) -> None:
    """Note that the build passed its tests.

    Raises:
        WarehouseError: when there are no marts in it.

    """
    found = session.rows(
        "SELECT 1 FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME NOT IN (?, ?) LIMIT 1",
        [build_schema(MARTS), PUBLICATION, _PROGRESS],
    )
    if not found:
        raise no_marts()
    # What is recorded is not gone on with; a kill in between makes the build begin anew.
    session.run(f"DROP TABLE IF EXISTS {_progress_table()}")
    session.run(f"DROP SCHEMA IF EXISTS {identifier(build_schema(FAILURES))} CASCADE")
    _forget_before(session)
    values = [uuid4().hex, batch_id, batch_id, tested_at.isoformat(), run_id, started(session).basis]
    for name in _SWITCHED:
        schema = build_schema(name)
        # A build without core is one of marts alone.
        session.run(f"CREATE TRANSIENT SCHEMA IF NOT EXISTS {identifier(schema)}")
        table = identifier(schema, PUBLICATION)
        session.run(f"CREATE OR REPLACE TRANSIENT TABLE {table} ({_COLUMNS})")
        session.run(
            f"INSERT INTO {table} SELECT ?, ?, CAST(SUBSTR(?, 1, 10) AS DATE), CAST(? AS TIMESTAMP_TZ(6)),"
            " ?, ?, NULL, NULL",
            values,
        )
    session.run(f"DROP TABLE IF EXISTS {identifier(build_schema(CORE), _STARTED)}")


def keep_progress(session: Session, progress: BuildProgress) -> None:
    """Keep how far a build has come."""
    table = _progress_table()
    session.run(
        f"CREATE TRANSIENT TABLE IF NOT EXISTS {table} (RUN_ID VARCHAR, BASIS VARCHAR, PASSED VARCHAR)"
    )
    session.run(
        f"INSERT OVERWRITE INTO {table} SELECT ?, ?, ?",
        [progress.run_id, progress.basis, json.dumps(sorted(progress.passed))],
    )


def read_progress(session: Session) -> BuildProgress | None:
    """Return how far the build has come that goes on; None where none does."""
    rows: list[tuple[Any, ...]] = session.rows_if_there(
        f"SELECT RUN_ID, BASIS, PASSED FROM {_progress_table()}"
    )
    for run_id, built_from, passed in rows:
        return BuildProgress(run_id, built_from, frozenset(json.loads(passed)))
    return None


def _progress_table() -> str:
    return identifier(build_schema(MARTS), _PROGRESS)


def tested(session: Session) -> Build | None:
    """Return the build that passed; None where the last one did not, or there was none."""
    beside, shown = _build_in(session, build_schema(MARTS)), _build_in(session, MARTS)
    if not _is_there(session, build_schema(MARTS)):
        return shown
    if beside and shown and _was_shown_before(beside, shown):
        return shown
    return beside


def published(session: Session) -> Publication | None:
    """Return what readers are shown; None where nothing is."""
    shown = _build_in(session, MARTS)
    return shown.publication if shown else None


def publish(session: Session, *, run_id: str, published_at: datetime, reader: str) -> Publication:
    """Show the build that passed to readers; where they are shown it already, nothing changes.

    Args:
        session: one that owns the schemas.
        run_id: the run that publishes.
        published_at: when.
        reader: the role of those who read: what it may do travels with a schema when it is swapped.

    Raises:
        WarehouseError: when no build has passed.

    """
    build = tested(session)
    if build is None:
        raise no_marts()
    shown = _build_in(session, MARTS)
    if shown is None or shown.build_id != build.build_id:
        table = identifier(build_schema(MARTS), PUBLICATION)
        session.run(
            f"UPDATE {table} SET PUBLISHED_AT = CAST(? AS TIMESTAMP_TZ(6)), PUBLISHED_BY = ?"
            " WHERE PUBLISHED_AT IS NULL",
            [published_at.isoformat(), run_id],
        )
        for name in _SWITCHED:
            _switch(session, name, build.build_id, reader)
    for name in _SWITCHED:
        session.run(f"DROP SCHEMA IF EXISTS {identifier(build_schema(name))} CASCADE")
    publication = published(session)
    assert publication  # noqa: S101 - for the types: it is there now
    return publication


def _switch(session: Session, name: str, build_id: str, reader: str) -> None:
    """Swap a schema with the one beside it, unless a publication that was killed has done so."""
    there = _build_in(session, name)
    if there is not None and there.build_id == build_id:
        return
    schema, beside = identifier(name), identifier(build_schema(name))
    session.run(f"CREATE TRANSIENT SCHEMA IF NOT EXISTS {schema}")
    session.run(f"GRANT USAGE ON SCHEMA {beside} TO ROLE {identifier(reader)}")
    session.run(f"GRANT SELECT ON ALL TABLES IN SCHEMA {beside} TO ROLE {identifier(reader)}")
    session.run(f"ALTER SCHEMA {schema} SWAP WITH {beside}")


def _tables(session: Session, schema: str) -> list[str]:
    """Return the names of what models have made in a schema."""
    found = session.rows(
        "SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = ?"
        " AND TABLE_TYPE = 'BASE TABLE' ORDER BY TABLE_NAME",
        [schema],
    )
    return [str(name) for (name,) in found if not str(name).startswith("_")]


def _forget_before(session: Session) -> None:
    """Drop what a build has kept of the tables that it went on from."""
    schema = build_schema(CORE)
    found = session.rows("SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = ?", [schema])
    for (name,) in found:
        if str(name).startswith("_") and str(name).endswith("__BEFORE"):
            session.run(f"DROP TABLE IF EXISTS {identifier(schema, str(name))}")


def _was_shown_before(beside: Build, shown: Build) -> bool:
    """Tell whether a build is what was left beside by a publication that was killed after its swap."""
    if beside.published_at is None or shown.published_at is None:
        return False
    return beside.published_at < shown.published_at


def _is_there(session: Session, schema: str) -> bool:
    found = session.rows(f"SELECT 1 FROM INFORMATION_SCHEMA.SCHEMATA WHERE SCHEMA_NAME = {literal(schema)}")
    return bool(found)


def _build_in(session: Session, schema: str) -> Build | None:
    rows: list[tuple[Any, ...]] = session.rows_if_there(
        "SELECT BUILD_ID, BATCH_ID, BATCH_DATE, PUBLISHED_AT, PUBLISHED_BY"
        f" FROM {identifier(schema, PUBLICATION)}"
    )
    for build_id, batch_id, day, at, by in rows:
        return Build(build_id, batch_id, day, at.astimezone(UTC) if at else None, by)
    return None


def no_marts() -> WarehouseError:
    """Return the refusal of a build without marts."""
    return WarehouseError(
        "There are no marts to publish",
        where=f"schema {build_schema(MARTS)}",
        safe="the dashboards show what they showed before",
        next_command="streamvision transform",
    )
