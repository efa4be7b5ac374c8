"""The warehouse port over one DuckDB file."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import duckdb

from streamvision.adapters.warehouse.duckdb.builds import (
    BUILDING,
    basis_in,
    forget_build,
    keep_progress,
    read_progress,
    record_build,
    start_build,
    started_build,
    tested_build,
)
from streamvision.adapters.warehouse.duckdb.connection import open_file, transaction, warehouse_errors
from streamvision.adapters.warehouse.duckdb.judging import record, states_of
from streamvision.adapters.warehouse.duckdb.loading import BatchLoading
from streamvision.adapters.warehouse.duckdb.publishing import publish_build, read_pointer, remove_leftovers
from streamvision.adapters.warehouse.duckdb.releasing import Releasing, was_applied
from streamvision.adapters.warehouse.duckdb.rewinding import file_anew, forget_from
from streamvision.adapters.warehouse.duckdb.sql_text import identifier, literal
from streamvision.adapters.warehouse.duckdb.tables import RAW_TABLES, VERSION_COLUMNS, create_fixed_tables
from streamvision.domain.basis import BuildStart
from streamvision.domain.batch import Batch
from streamvision.domain.decision import ChosenRows, Decision
from streamvision.domain.names import VERSIONS_SUFFIX
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

_OPEN_ROWS = """
select table_name, batch_id, source_file, list(first order by first), list(last order by first)
from (
    select table_name, batch_id, source_file, min(source_row) as first, max(source_row) as last
    from (
        select *, source_row - row_number() over (
            partition by table_name, batch_id, source_file order by source_row
        ) as island
        from quarantine.rows
        where status = 'open' and table_name = coalesce($table, table_name)
        and batch_id = coalesce($batch, batch_id) and rule = coalesce($rule, rule)
    )
    group by table_name, batch_id, source_file, island
)
group by all
order by all
"""


class DuckDBWarehouse:
    """Keep the warehouse in one file; what is built from it and published lies in a folder beside it.

    The file is open only while a method runs, so that other commands can have it in between.
    """

    def __init__(self, url: str, memory_limit: str = "") -> None:
        """Take a `duckdb:///absolute/path/of/the/file` URL, and what DuckDB may take, such as `4GB`."""
        self._memory_limit = memory_limit
        self.path = Path(unquote(urlsplit(url).path))
        self.published_folder = self.path.parent / "published"

    def accounts(self) -> Sequence[TableAccount]:
        """Return the account of every table of every batch loaded, oldest first."""
        rows = self._read(
            "select batch_id, table_name, extracted_rows, loaded_rows, quarantined_rows, extracted_bytes,"
            " manifest_sha256, source_id, snapshot_at, loaded_at, run_id, mode"
            " from ops.batches order by batch_id, table_name"
        )
        return [TableAccount(*row) for row in rows]

    def counted(self) -> Mapping[tuple[str, str], CountedRows]:
        """Count, by batch and table, the rows in RAW and those in quarantine that were not released."""
        parts = [
            f"select _batch_id, {literal(table)}, count(*), 0 from {identifier('raw', table)} group by all"
            for (table,) in self._read(RAW_TABLES)
        ]
        parts.append(
            "select batch_id, table_name, 0, count(*) from quarantine.rows where status <> 'released'"
            " group by all"
        )
        rows = self._read(
            "select batch_id, table_name, sum(loaded)::bigint, sum(quarantined)::bigint"
            f" from ({' union all '.join(parts)}) as counts (batch_id, table_name, loaded, quarantined)"
            " group by all"
        )
        return {(batch_id, table): CountedRows(*found) for batch_id, table, *found in rows}

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
        with self._open() as connection, transaction(connection):
            create_fixed_tables(connection)
            loading = BatchLoading(
                connection,
                incoming,
                run_id=run_id,
                loaded_at=loaded_at,
                keep_quarantined=keep_quarantined,
            )
            accounts = [loading.load_table(table) for table in incoming.tables]
            record(connection, incoming.batch, judge(states_of(connection, incoming, accounts)))
            return accounts

    def outcomes(self, batch_id: str) -> Sequence[Outcome]:
        """Return what came of the expectations of a batch's tables."""
        rows = self._read(
            "select batch_id, table_name, expectation, observed, expected, holds from ops.expectations"
            " where batch_id = $batch order by table_name, expectation",
            {"batch": batch_id},
        )
        return [Outcome(*row) for row in rows]

    def forget_from(self, batch: Batch) -> Sequence[str]:
        """Take back a batch and all after it, in one transaction, as if they had never been loaded."""
        with self._open() as connection, transaction(connection):
            create_fixed_tables(connection)
            return forget_from(connection, batch.id)

    @contextmanager
    def anew(self) -> Iterator["DuckDBWarehouse"]:
        """Lend an empty warehouse, which takes this one's place when the block ends without an error."""
        with file_anew(self.path) as path:
            yield DuckDBWarehouse(f"duckdb://{quote(str(path))}", self._memory_limit)

    def quarantine_groups(self, status: RowStatus | None = "open") -> Sequence[QuarantineGroup]:
        """Return how many rows are in quarantine, by batch, table and rule."""
        rows = self._read(
            "select batch_id, table_name, rule, min(reason), count(*), status, decision_id"
            " from quarantine.rows"
            " where status = coalesce($status, status)"
            " group by all order by batch_id, table_name, rule, status, decision_id",
            {"status": status},
        )
        return [QuarantineGroup(*row) for row in rows]

    def quarantined_rows(
        self, table: str, *, limit: int, status: RowStatus | None = "open"
    ) -> Sequence[QuarantinedRow]:
        """Return rows of a table that are in quarantine, newest batch first."""
        rows = self._read(
            "select batch_id, table_name, rule, reason, source_file, source_row, row_values, status,"
            " decision_id from quarantine.rows"
            " where table_name = $table and status = coalesce($status, status)"
            " order by batch_id desc, source_file, source_row limit $limit",
            {"table": table, "limit": limit, "status": status},
        )
        return [
            QuarantinedRow(batch_id, name, rule, reason, file, number, json.loads(values), status, decided)
            for batch_id, name, rule, reason, file, number, values, status, decided in rows
        ]

    def open_rows(
        self, *, table: str | None = None, batch_id: str | None = None, rule: str | None = None
    ) -> Sequence[ChosenRows]:
        """Return where the open rows are: all, or those of a table, of a batch, or that broke a rule."""
        rows = self._read(_OPEN_ROWS, {"table": table, "batch": batch_id, "rule": rule})
        return [
            ChosenRows(name, batch, file, tuple(zip(first, last, strict=True)))
            for name, batch, file, first, last in rows
        ]

    def decisions(self) -> Sequence[AppliedDecision]:
        """Return the decisions on rows in quarantine that were applied, in their order."""
        rows = self._read(
            "select decision_id, action, after_batch, reason, run_id, decided_at, rows_chosen, rows_loaded,"
            " rows_still_broken from ops.decisions order by decision_id"
        )
        return [AppliedDecision(*row) for row in rows]

    def release(
        self, decision: Decision, batches: Sequence[IncomingBatch], *, released_at: datetime
    ) -> Sequence[DecidedRows]:
        """Hold chosen rows against their contract again, and load those that pass, in one transaction."""
        with self._open() as connection, transaction(connection):
            create_fixed_tables(connection)
            if was_applied(connection, decision):
                return []
            return Releasing(connection, decision, released_at).release(batches)

    def drop(self, decision: Decision) -> Sequence[DecidedRows]:
        """Close chosen rows without loading them; a decision that was applied is not applied again."""
        with self._open() as connection, transaction(connection):
            create_fixed_tables(connection)
            if was_applied(connection, decision):
                return []
            return Releasing(connection, decision, decision.decided_at).drop()

    def columns(self) -> Sequence[tuple[str, str, str]]:
        """Return table, column and type of what the models read of the source's tables."""
        rows = self._read(
            "select table_name, column_name, data_type from duckdb_columns()"
            " where database_name = current_database() and schema_name = 'raw'"
            " and suffix(table_name, $suffix) order by table_name, column_index",
            {"suffix": VERSIONS_SUFFIX},
        )
        return [
            (table.removesuffix(VERSIONS_SUFFIX), column, type_)
            for table, column, type_ in rows
            if column not in VERSION_COLUMNS
        ]

    def basis(self) -> str | None:
        """Return what the build that readers are shown was said to be made from."""
        shown = self._shown()
        with warehouse_errors(self.published_folder):
            return basis_in(shown) if shown else None

    def begin_build(self, start: BuildStart | None = None) -> BuildPlace:
        """Clear away what builds before have left, and say where the next one goes."""
        with warehouse_errors(self.published_folder):
            forget_build(self.published_folder)
            remove_leftovers(self.published_folder)
            start_build(self.published_folder, start or BuildStart(), self._shown())
        return self.build_place()

    def build_place(self) -> BuildPlace:
        """Return where the models are built."""
        building, window = self.published_folder / BUILDING, started_build(self.published_folder).window
        variables = {
            "STREAMVISION_DBT_DUCKDB_PATH": str(building),
            "STREAMVISION_DBT_RAW_PATH": str(self.path),
            "STREAMVISION_DBT_SOURCE_DATABASE": "streamvision_raw",
            **window_variables(window),
        }
        if self._memory_limit:
            variables["STREAMVISION_DBT_MEMORY_LIMIT"] = self._memory_limit
        return BuildPlace(str(building), "duckdb", variables)

    def keep_progress(self, progress: BuildProgress) -> None:
        """Keep how far the build has come that goes on."""
        with warehouse_errors(self.published_folder):
            keep_progress(self.published_folder, progress)

    def progress(self) -> BuildProgress | None:
        """Return what was kept of the build that goes on."""
        with warehouse_errors(self.published_folder):
            return read_progress(self.published_folder)

    def record_build(self, batch_id: str, *, run_id: str, tested_at: datetime) -> None:
        """Note that what was built from everything up to a batch passed its tests."""
        with warehouse_errors(self.published_folder):
            record_build(self.published_folder, batch_id, run_id=run_id, tested_at=tested_at)

    def tested_batch(self) -> str | None:
        """Return the newest batch in the build that passed its tests; None after a failed build."""
        build = tested_build(self.published_folder)
        return build.batch_id if build else None

    def publish(self, *, run_id: str, published_at: datetime) -> Publication:
        """Show core and marts of the build that passed its tests to readers, in one step."""
        with warehouse_errors(self.published_folder):
            return publish_build(self.published_folder, run_id=run_id, published_at=published_at)

    def published(self) -> Publication | None:
        """Return what readers are shown; None where nothing is."""
        found = read_pointer(self.published_folder)
        return found[1] if found else None

    def rights(self) -> Sequence[Right]:
        """Return nothing: whoever may write the file may do all."""
        return ()

    def version(self) -> str:
        """Return the engine's name and version."""
        return f"DuckDB {duckdb.__version__}"

    def _shown(self) -> Path | None:
        """Return the file that readers are shown."""
        found = read_pointer(self.published_folder)
        return found[0] if found and found[0].exists() else None

    def _read(self, query: str, parameters: dict[str, object] | None = None) -> list[tuple[Any, ...]]:
        """Run a query on the file; a warehouse that is not there yet has no rows."""
        if not self.path.exists():
            return []
        with self._open(read_only=True) as connection:
            try:
                return connection.execute(query, parameters or {}).fetchall()
            except duckdb.CatalogException:
                return []

    def _open(self, *, read_only: bool = False) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        return open_file(self.path, self._memory_limit, read_only=read_only)
