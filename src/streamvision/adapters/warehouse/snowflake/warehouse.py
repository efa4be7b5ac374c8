"""The warehouse port over a database in Snowflake."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from streamvision.adapters.warehouse.snowflake import building
from streamvision.adapters.warehouse.snowflake.address import Address, Duty
from streamvision.adapters.warehouse.snowflake.connection import Session, connect
from streamvision.adapters.warehouse.snowflake.deciding import Deciding, was_applied
from streamvision.adapters.warehouse.snowflake.loading import SnowflakeLoading
from streamvision.adapters.warehouse.snowflake.reading import Reading
from streamvision.adapters.warehouse.snowflake.rewinding import drop_place, forget_from, move_in
from streamvision.adapters.warehouse.snowflake.rights import tried_rights
from streamvision.adapters.warehouse.snowflake.shipping import Shipment
from streamvision.adapters.warehouse.snowflake.tables import Place, create_fixed_tables
from streamvision.adapters.warehouse.snowflake.workbench import open_workbench
from streamvision.domain.basis import BuildStart
from streamvision.domain.batch import Batch
from streamvision.domain.decision import ChosenRows, Decision
from streamvision.ports.marts import Publication
from streamvision.ports.transformer import BuildPlace, BuildProgress, window_variables
from streamvision.ports.warehouse import (
    AppliedDecision,
    CountedRows,
    DecidedRows,
    IncomingBatch,
    Judge,
    KeepQuarantined,
    Outcome,
    QuarantinedRow,
    QuarantineGroup,
    Right,
    RowStatus,
    TableAccount,
    expect_nothing,
)


class SnowflakeWarehouse:
    """Keep the warehouse in one database; a session is open only while a method runs."""

    def __init__(
        self, url: str, environment: Mapping[str, str], place: Place | None = None, memory_limit: str = ""
    ) -> None:
        """Take a `snowflake://` URL, the variables that go with it, and what judging may take of memory."""
        self._memory_limit = memory_limit
        self._url, self._environment = url, environment
        self.address = Address.of(url, environment)
        self._place = place or Place()

    def accounts(self) -> Sequence[TableAccount]:
        """Return the account of every table of every batch loaded, oldest first."""
        with self._reading() as reading:
            return reading.accounts()

    def counted(self) -> Mapping[tuple[str, str], CountedRows]:
        """Count, by batch and table, the rows in RAW and those in quarantine that were not released."""
        with self._reading() as reading:
            return reading.counted()

    def load(
        self,
        incoming: IncomingBatch,
        *,
        run_id: str,
        loaded_at: datetime,
        keep_quarantined: KeepQuarantined,
        judge: Judge = expect_nothing,
    ) -> Sequence[TableAccount]:
        """Load a batch in one transaction: all of its tables with their accounts, or nothing."""
        with self._session("load", run_id) as session, open_workbench(self._memory_limit) as bench:
            tables = create_fixed_tables(session, self._place)
            with self._shipment(session) as shipment:
                loading = SnowflakeLoading(session, self._place, tables, bench, shipment, incoming)
                return loading.load(
                    run_id=run_id, loaded_at=loaded_at, keep_quarantined=keep_quarantined, judge=judge
                )

    def outcomes(self, batch_id: str) -> Sequence[Outcome]:
        """Return what came of the expectations of a batch's tables."""
        with self._reading() as reading:
            return reading.outcomes(batch_id)

    def forget_from(self, batch: Batch) -> Sequence[str]:
        """Take back a batch and all after it, in one transaction, as if they had never been loaded."""
        with self._session("load") as session:
            tables = create_fixed_tables(session, self._place)
            return forget_from(session, self._place, tables, batch.id)

    @contextmanager
    def anew(self) -> Iterator["SnowflakeWarehouse"]:
        """Lend an empty warehouse, which takes this one's place when the block ends without an error."""
        fresh = Place("_ANEW")
        with self._session("load") as session:
            drop_place(session, fresh)
        yield SnowflakeWarehouse(self._url, self._environment, fresh, self._memory_limit)
        with self._session("load") as session:
            move_in(session, fresh, self._place)
            drop_place(session, fresh)

    def quarantine_groups(self, status: RowStatus | None = "open") -> Sequence[QuarantineGroup]:
        """Return how many rows are in quarantine, by batch, table and rule."""
        with self._reading() as reading:
            return reading.quarantine_groups(status)

    def quarantined_rows(
        self, table: str, *, limit: int, status: RowStatus | None = "open"
    ) -> Sequence[QuarantinedRow]:
        """Return rows of a table that are in quarantine, newest batch first."""
        with self._reading() as reading:
            return reading.quarantined_rows(table, limit, status)

    def open_rows(
        self, *, table: str | None = None, batch_id: str | None = None, rule: str | None = None
    ) -> Sequence[ChosenRows]:
        """Return where the open rows are: all, or those of a table, of a batch, or that broke a rule."""
        with self._reading() as reading:
            return reading.open_rows(table, batch_id, rule)

    def decisions(self) -> Sequence[AppliedDecision]:
        """Return the decisions on rows in quarantine that were applied, in their order."""
        with self._reading() as reading:
            return reading.decisions()

    def release(
        self, decision: Decision, batches: Sequence[IncomingBatch], *, released_at: datetime
    ) -> Sequence[DecidedRows]:
        """Hold chosen rows against their contract again, and load those that pass, in one transaction."""
        with self._deciding(decision) as deciding:
            return deciding.release(batches, released_at) if deciding else []

    def drop(self, decision: Decision) -> Sequence[DecidedRows]:
        """Close chosen rows without loading them; a decision that was applied is not applied again."""
        with self._deciding(decision) as deciding:
            return deciding.drop() if deciding else []

    def columns(self) -> Sequence[tuple[str, str, str]]:
        """Return table, column and type of what the models read of the source's tables."""
        with self._reading() as reading:
            return reading.columns()

    def basis(self) -> str | None:
        """Return what the build that readers are shown was said to be made from."""
        with self._session("transform") as session:
            return building.basis(session)

    def begin_build(self, start: BuildStart | None = None) -> BuildPlace:
        """Clear away what builds before have left, and say where the next one goes."""
        with self._session("transform") as session:
            building.begin(session, start or BuildStart())
        return self.build_place()

    def build_place(self) -> BuildPlace:
        """Return where the models are built."""
        with self._session("transform") as session:
            window = building.started(session).window
        address = self.address
        core, marts = (building.build_schema(name) for name in (building.CORE, building.MARTS))
        return BuildPlace(
            f"the schemas {core} and {marts} of {address.database}",
            "snowflake",
            {
                "STREAMVISION_DBT_SOURCE_DATABASE": address.database,
                "STREAMVISION_DBT_STAGING_SCHEMA": "STAGING",
                "STREAMVISION_DBT_CORE_SCHEMA": core,
                "STREAMVISION_DBT_MARTS_SCHEMA": marts,
                "STREAMVISION_DBT_FAILURES_SCHEMA": building.build_schema(building.FAILURES),
                "STREAMVISION_DBT_WARNINGS_SCHEMA": building.build_schema(building.WARNINGS),
                "STREAMVISION_DBT_SNOWFLAKE_ACCOUNT": address.account,
                "STREAMVISION_DBT_SNOWFLAKE_USER": address.user,
                "STREAMVISION_DBT_SNOWFLAKE_DATABASE": address.database,
                "STREAMVISION_DBT_SNOWFLAKE_ROLE": address.role("transform"),
                "STREAMVISION_DBT_SNOWFLAKE_WAREHOUSE": address.warehouse("transform"),
                "STREAMVISION_DBT_SNOWFLAKE_HOST": address.host,
                "STREAMVISION_DBT_SNOWFLAKE_PORT": str(address.port),
                "STREAMVISION_DBT_SNOWFLAKE_PROTOCOL": address.protocol,
                **window_variables(window),
            },
        )

    def keep_progress(self, progress: BuildProgress) -> None:
        """Keep how far the build has come that goes on."""
        with self._session("transform", progress.run_id) as session:
            building.keep_progress(session, progress)

    def progress(self) -> BuildProgress | None:
        """Return what was kept of the build that goes on."""
        with self._session("transform") as session:
            return building.read_progress(session)

    def record_build(self, batch_id: str, *, run_id: str, tested_at: datetime) -> None:
        """Note that what was built from everything up to a batch passed its tests."""
        with self._session("transform", run_id) as session:
            building.record(session, batch_id, run_id=run_id, tested_at=tested_at)

    def tested_batch(self) -> str | None:
        """Return the newest batch in the build that passed its tests; None after a failed build."""
        with self._session("transform") as session:
            build = building.tested(session)
        return build.batch_id if build else None

    def publish(self, *, run_id: str, published_at: datetime) -> Publication:
        """Show core and marts of the build that passed its tests to readers."""
        with self._session("transform", run_id) as session:
            return building.publish(
                session, run_id=run_id, published_at=published_at, reader=self.address.role("report")
            )

    def published(self) -> Publication | None:
        """Return what readers are shown; None where nothing is."""
        with self._session("transform") as session:
            return building.published(session)

    def rights(self) -> Sequence[Right]:
        """Try what a run must be allowed to do, with each of the roles, and leave nothing behind."""
        return tried_rights(self.address)

    def version(self) -> str:
        """Return the engine's name and version."""
        with self._session("load") as session:
            ((version,),) = session.rows("SELECT CURRENT_VERSION()")
        return f"Snowflake {version}"

    @contextmanager
    def _session(self, duty: Duty, tag: str = "") -> Iterator[Session]:
        with connect(self.address, duty, tag=tag) as session:
            yield session

    @contextmanager
    def _reading(self) -> Iterator[Reading]:
        with self._session("load") as session:
            yield Reading(session, self._place)

    @contextmanager
    def _deciding(self, decision: Decision) -> Iterator[Deciding | None]:
        """Lend what applies a decision; None where it was applied before."""
        with self._session("load", decision.run_id) as session:
            tables = create_fixed_tables(session, self._place)
            if was_applied(session, self._place, decision):
                yield None
                return
            with open_workbench(self._memory_limit) as bench, self._shipment(session) as shipment:
                yield Deciding(session, self._place, tables, bench, shipment, decision)

    @contextmanager
    def _shipment(self, session: Session) -> Iterator[Shipment]:
        shipment = Shipment(session, self._place, self.address.stage)
        yield shipment
        shipment.close()
