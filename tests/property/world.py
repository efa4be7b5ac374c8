"""A small service of two tables with every type, its random rows, and what a run makes of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
from hypothesis import strategies as st

from streamvision.adapters.lake.folder import FolderLake
from streamvision.adapters.warehouse.duckdb.warehouse import DuckDBWarehouse
from streamvision.domain.batch import FileFormat
from streamvision.pipeline.extract.derive import declared
from streamvision.pipeline.extract.step import Options, extract
from streamvision.pipeline.load.step import load
from streamvision.ports.lake import Lake
from streamvision.ports.warehouse import TableAccount
from tests.fakes.building import BATCH, LOADED_AT, RUN_ID, Row, column, contract
from tests.fakes.source import InMemorySource

PLANS = contract(
    "plans",
    column("id", "integer"),
    column("code", "text", unique=True),
    column("price", "numeric(12,3)", min=0),
)
PLAYS = contract(
    "plays",
    column("id", "bigint"),
    column("plan_id", "integer", nullable=True, references="plans.id"),
    column("small", "smallint", nullable=True),
    column("word", "text", nullable=True),
    column("country", "char(2)", pattern="[A-Z]{2}"),
    column("rate", "numeric(5,4)", nullable=True, min=0, max=1),
    column("day", "date", nullable=True),
    column("made_at", "timestamptz", nullable=True),
    column("is_done", "boolean"),
    column("tags", "text[]", nullable=True),
    rules=[("done_has_a_rate", "not is_done or rate is not null", "done without a rate")],
)
CONTRACTS = [PLAYS, PLANS]
_FORMATS: tuple[FileFormat, ...] = ("parquet", "csv")

formats = st.sampled_from(_FORMATS)
# PostgreSQL's text holds any character but NUL.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
_moments = st.datetimes(
    min_value=datetime(1, 1, 2),  # noqa: DTZ001 - the strategy adds the zone
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001 - the strategy adds the zone
    timezones=st.just(UTC),
)
_prices = st.integers(0, 10**12 - 1).map(lambda number: Decimal(number).scaleb(-3))
_rates = st.integers(0, 10**4).map(lambda number: Decimal(number).scaleb(-4))


@st.composite
def plans(draw: st.DrawFn) -> list[Row]:
    """Draw plans that keep their contract."""
    codes = draw(st.lists(texts, unique=True, min_size=1, max_size=4))
    return [{"id": number, "code": code, "price": draw(_prices)} for number, code in enumerate(codes)]


@st.composite
def plays(draw: st.DrawFn, known_plans: Sequence[Row]) -> list[Row]:
    """Draw plays that keep their contract."""
    ids = draw(st.lists(st.integers(-(2**63), 2**63 - 1), unique=True, max_size=12))
    return [
        {
            "id": key,
            "plan_id": draw(st.sampled_from([None, *(plan["id"] for plan in known_plans)])),
            "small": draw(st.none() | st.integers(-(2**15), 2**15 - 1)),
            "word": draw(st.none() | texts),
            "country": draw(st.sampled_from(["DE", "FR", "ZZ"])),
            "rate": (rate := draw(st.none() | _rates)),
            "day": draw(st.none() | st.dates(date(1, 1, 1), date(9999, 12, 31))),
            "made_at": draw(st.none() | _moments),
            "is_done": rate is not None and draw(st.booleans()),
            "tags": draw(st.none() | st.lists(st.none() | texts, max_size=3)),
        }
        for key in ids
    ]


@st.composite
def services(draw: st.DrawFn) -> dict[str, list[Row]]:
    """Draw a service's rows; all keep their contracts."""
    drawn = draw(plans())
    return {"plans": drawn, "plays": draw(plays(drawn))}


@dataclass(frozen=True)
class Held:
    """What lake and warehouse hold after a run.

    Attributes:
        files: each file of the lake, the source's snapshot of which is the same in every run.
        raw: the rows of RAW per table, with all technical columns.
        accounts: the account of each table.
        quarantined: file, row and rule of each row in quarantine.

    """

    files: dict[str, bytes]
    raw: dict[str, list[tuple[object, ...]]]
    accounts: list[TableAccount]
    quarantined: list[tuple[str, int, str]]


class World:
    """A lake and a warehouse in a folder."""

    def __init__(self, folder: Path) -> None:
        """Begin with neither."""
        self.lake = FolderLake((folder / "lake").as_uri())
        self._path = folder / "w.duckdb"
        self.warehouse = DuckDBWarehouse(f"duckdb://{self._path}")

    def run(self, rows: dict[str, list[Row]], file_format: FileFormat, lake: Lake | None = None) -> None:
        """Extract and load the day, through another lake where one is given."""
        used = lake or self.lake
        source = InMemorySource(rows, batch_rows=5, piece_rows=10_000)
        options = Options(file_format=file_format)
        extract(source, used, declared(CONTRACTS), BATCH, run_id=RUN_ID, options=options)
        load(used, self.warehouse, CONTRACTS, until=BATCH, run_id=RUN_ID, loaded_at=lambda: LOADED_AT)

    def held(self) -> Held:
        """Return what lake and warehouse hold."""
        keys = [*self.lake.keys("raw/"), *self.lake.keys("quarantine/")]
        with duckdb.connect(str(self._path), read_only=True) as connection:
            connection.execute("set timezone = 'UTC'")
            raw = {
                table.table: connection.execute(
                    f"select * from raw.{table.table} order by _source_file, _source_row"  # noqa: S608 - a name from above
                ).fetchall()
                for table in CONTRACTS
            }
        return Held(
            files={key: self.lake.get(key) or b"" for key in keys},
            raw=raw,
            accounts=list(self.warehouse.accounts()),
            quarantined=[
                (row.source_file, row.source_row, row.rule)
                for table in CONTRACTS
                for row in self.warehouse.quarantined_rows(table.table, limit=1000)
            ],
        )

    def loaded(self, table: str) -> list[dict[str, object]]:
        """Return the rows of RAW without their technical columns."""
        names = next(found for found in CONTRACTS if found.table == table).column_names
        return [dict(zip(names, row, strict=False)) for row in self.held().raw[table]]
