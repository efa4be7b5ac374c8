"""What is said to Snowflake: SQL of its own grammar, and what no stand-in tries is in the documentation."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import sqlglot
from sqlglot import ErrorLevel, exp

from streamvision.adapters.lake.object_store import ObjectStoreLake
from streamvision.adapters.warehouse.snowflake.connection import connect
from streamvision.adapters.warehouse.snowflake.warehouse import SnowflakeWarehouse
from streamvision.domain.batch import Batch
from streamvision.domain.changes import OPERATION
from streamvision.domain.decision import Decision
from tests.contract.warehouses import Subject, snowflake_subject
from tests.fakes.building import (
    BATCH,
    LOADED_AT,
    RUN_ID,
    Row,
    incoming_batch,
    incoming_table,
    people,
)
from tests.support.snowflake import SnowflakeStandIn

_DOCUMENTED = Path(__file__).parents[2] / "docs" / "reference" / "snowflake.md"
_NEXT = Batch(date(2026, 3, 15))
# What fakesnow alone does not know, or passes over; each is in the documentation's table.
_UNTRIED = {
    "COPY INTO": r"COPY INTO\b",
    "PUT": r"PUT\b",
    "ALTER SCHEMA SWAP WITH": r"ALTER SCHEMA \S+ SWAP WITH\b",
    "CREATE TRANSIENT SCHEMA": r"CREATE TRANSIENT SCHEMA\b",
    "CREATE TRANSIENT TABLE": r"CREATE (OR REPLACE )?TRANSIENT TABLE\b",
    "GRANT USAGE": r"GRANT USAGE\b",
    "GRANT SELECT": r"GRANT SELECT\b",
    "USE WAREHOUSE": r"USE WAREHOUSE\b",
}
# sqlglot takes these for commands whose words it does not look into.
_COMMANDS = {"ALTER SCHEMA SWAP WITH", "GRANT USAGE", "GRANT SELECT"}


def _do_everything(subject: Subject, url: str, folder: Path) -> None:
    """Load a picture and changes, release, build, publish, take back and try the rights."""
    rows: list[Row] = [{"id": 1, "name": "Ada"}, {"id": 2, "name": None}]
    strict = replace(people(), columns=tuple(replace(each, nullable=False) for each in people().columns))
    first = incoming_table(folder, strict, rows)
    for file in first.files:
        ObjectStoreLake(url).put(file.key, file.path.read_bytes())
    subject.load(BATCH, first)
    decision = Decision(
        f"{BATCH.id}_0001", "release", "", "run", LOADED_AT, BATCH.id, "postgres-1-2",
        tuple(subject.warehouse.open_rows()),
    )  # fmt: skip
    subject.warehouse.release(
        decision, [incoming_batch(replace(first, contract=people()))], released_at=LOADED_AT
    )
    changes: list[Row] = [{"id": 1, OPERATION: "delete"}, {"id": 3, "name": "Eve", OPERATION: "insert"}]
    second = incoming_table(folder, people(), changes, batch=_NEXT, mode="changes")
    for file in second.files:
        ObjectStoreLake(url).put(file.key, file.path.read_bytes())
    subject.load(_NEXT, second)
    subject.warehouse.counted()
    subject.build(_NEXT.id)
    subject.warehouse.publish(run_id=RUN_ID, published_at=LOADED_AT)
    with subject.warehouse.anew():
        pass
    subject.warehouse.forget_from(BATCH)
    subject.warehouse.rights()


@pytest.fixture
def said(snowflake: SnowflakeStandIn, s3_url: str, tmp_path: Path) -> list[str]:
    """Return all that is said to Snowflake by the things that a warehouse does."""
    url = snowflake.new_url("?stage=RAW.S3_RAW_STAGE")
    subject = snowflake_subject(url)
    assert isinstance(subject.warehouse, SnowflakeWarehouse)
    with connect(subject.warehouse.address, "load") as session:
        session.run("CREATE SCHEMA RAW")
        session.run(f"CREATE STAGE RAW.S3_RAW_STAGE URL = '{s3_url}/'")
    _do_everything(subject, s3_url, tmp_path)
    return snowflake.said(url)


def test_all_that_is_said_is_snowflakes_sql(said: list[str]) -> None:
    """By the grammar of sqlglot; what it knows as a command alone is listed here."""
    assert len(said) > 100
    commands = set()
    for statement in said:
        parsed = sqlglot.parse_one(statement, read="snowflake", error_level=ErrorLevel.RAISE)
        if isinstance(parsed, exp.Command):
            commands.add(_name_of(statement))
    assert commands <= _COMMANDS


def test_what_the_stand_in_cannot_try_is_documented(said: list[str]) -> None:
    """By name, and nothing is documented that is not said."""
    found = {name for name in map(_name_of, said) if name}
    assert found == set(_UNTRIED)
    text = _DOCUMENTED.read_text(encoding="utf-8")
    assert {name for name in _UNTRIED if f"`{name}`" not in text} == set()


def test_nothing_is_ever_forced(said: list[str]) -> None:
    """A file that was loaded into a table is not loaded into it again."""
    copies = [statement for statement in said if statement.startswith("COPY INTO")]
    assert copies
    assert not [statement for statement in copies if re.search(r"\bFORCE\b", statement, re.IGNORECASE)]


def _name_of(statement: str) -> str:
    return next((name for name, form in _UNTRIED.items() if re.match(form, statement)), "")
