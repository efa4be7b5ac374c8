"""Tries what a run must be allowed to do in Snowflake, right by right, and leaves nothing behind."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from streamvision.adapters.warehouse.snowflake import building
from streamvision.adapters.warehouse.snowflake.address import Address, Duty
from streamvision.adapters.warehouse.snowflake.connection import Session, connect
from streamvision.adapters.warehouse.snowflake.sql_text import identifier
from streamvision.adapters.warehouse.snowflake.tables import SCHEMAS
from streamvision.domain.errors import StreamVisionError
from streamvision.ports.warehouse import Right

_TRIED = "_STREAMVISION_DOCTOR"
_BUILT = ("STAGING", building.CORE, building.MARTS)
_APPLY = "`streamvision warehouse apply`, or"


@dataclass(frozen=True)
class _Trial:
    """Name a right, how it is tried, how that is undone, and what gives it."""

    what: str
    tries: Sequence[str]
    undoes: Sequence[str]
    grant: str


def tried_rights(address: Address) -> list[Right]:
    """Try all rights of the roles that load, transform and report."""
    found: list[Right] = []
    for duty in ("load", "transform", "report"):
        found += _tried(address, duty)
    return found


def _tried(address: Address, duty: Duty) -> Iterator[Right]:
    role = address.role(duty)
    log_in = f"{role}: log in"
    try:
        with connect(address, duty, tag="doctor") as session:
            yield Right(log_in)
            for trial in _trials(address, duty):
                yield _try(session, trial, role)
    except StreamVisionError as error:
        grant = f"`GRANT ROLE {role} TO USER {identifier(address.user)}` in Snowflake"
        yield Right(log_in, error.what, f"{error.next_command}; {grant}")


def _try(session: Session, trial: _Trial, role: str) -> Right:
    what = f"{role}: {trial.what}"
    try:
        for statement in trial.tries:
            session.run(statement)
    except StreamVisionError as error:
        return Right(what, error.what, f"{_APPLY} `{trial.grant} TO ROLE {role}` in Snowflake")
    finally:
        for statement in trial.undoes:
            with suppress(StreamVisionError):
                session.run(statement)
    return Right(what)


def _trials(address: Address, duty: Duty) -> Iterator[_Trial]:
    database, warehouse = identifier(address.database), identifier(address.warehouse(duty))
    yield _Trial(
        f"use the warehouse {address.warehouse(duty)}",
        [f"USE WAREHOUSE {warehouse}", "SELECT COUNT(*) FROM INFORMATION_SCHEMA.TABLES"],
        [],
        f"GRANT USAGE ON WAREHOUSE {warehouse}",
    )
    if duty == "report":
        return
    schema = identifier(_TRIED)
    yield _Trial(
        f"create schemas in {address.database}",
        [f"DROP SCHEMA IF EXISTS {schema} CASCADE", f"CREATE TRANSIENT SCHEMA {schema}"],
        [f"DROP SCHEMA IF EXISTS {schema} CASCADE"],
        f"GRANT CREATE SCHEMA ON DATABASE {database}",
    )
    for name in SCHEMAS if duty == "load" else _BUILT:
        yield _table_in(database, name)
    if duty == "load" and address.stage:
        stage = ".".join(identifier(part) for part in address.stage.split("."))
        yield _Trial(
            f"read the stage {address.stage}",
            [f"LIST @{stage}/_doctor"],
            [],
            f"GRANT USAGE ON STAGE {stage}",
        )


def _table_in(database: str, schema: str) -> _Trial:
    table = identifier(schema, _TRIED)
    return _Trial(
        f"create tables in {schema}",
        [
            f"CREATE OR REPLACE TRANSIENT TABLE {table} (TRIED BOOLEAN)",
            f"INSERT INTO {table} SELECT TRUE",
        ],
        [f"DROP TABLE IF EXISTS {table}"],
        f"GRANT USAGE, CREATE TABLE ON SCHEMA {database}.{identifier(schema)}",
    )
