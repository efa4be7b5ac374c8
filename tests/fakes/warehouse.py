"""A warehouse in memory."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq

from streamvision.domain.contract import Contract
from streamvision.domain.errors import WarehouseError
from streamvision.ports.marts import Publication
from streamvision.ports.warehouse import (
    IncomingBatch,
    KeepQuarantined,
    QuarantinedRow,
    QuarantineGroup,
    TableAccount,
)
from tests.fakes.versions import Versions


class InMemoryWarehouse:
    """Keep batches of Parquet files in lists. Of a contract's rules it knows one: NULL where none may be.

    Attributes:
        raw: the rows loaded per table, as the files had them.
        versions: the versions of each table's rows.
        incoming: the batches loaded, as they came.
        has_marts: whether something was built that can be published.

    """

    def __init__(self) -> None:
        """Begin empty."""
        self.raw: dict[str, list[Mapping[str, object]]] = {}
        self.incoming: list[IncomingBatch] = []
        self.versions: dict[str, Versions] = {}
        self.has_marts = False
        self._accounts: list[TableAccount] = []
        self._quarantined: list[QuarantinedRow] = []
        self._tested: str | None = None
        self._published: Publication | None = None

    def accounts(self) -> Sequence[TableAccount]:
        """Return the account of every table of every batch loaded, oldest first."""
        return sorted(self._accounts, key=attrgetter("batch_id", "table"))

    def load(
        self, incoming: IncomingBatch, *, run_id: str, loaded_at: datetime, keep_quarantined: KeepQuarantined
    ) -> Sequence[TableAccount]:
        """Load a batch: all of its tables with their accounts, or nothing."""
        batch = incoming.batch
        if any(account.batch_id == batch.id for account in self._accounts):
            raise WarehouseError(f"The warehouse refused: the batch {batch.id} is there already")
        accounts, good, bad = [], {}, []
        after: dict[str, Versions] = {}
        for table in incoming.tables:
            name = table.contract.table
            after[name] = deepcopy(self.versions.get(name, Versions()))
            good[name], broken = after[name].take(table, batch.id)
            account = TableAccount(
                batch.id, name, table.rows, len(good[name]), len(broken), table.extracted_bytes,
                table.manifest_sha256, incoming.source_id, incoming.snapshot_at, loaded_at, run_id,
                table.mode,
            )  # fmt: skip
            if not account.balances:
                raise WarehouseError("The account does not balance", where=f"table {name}")
            if broken:
                _hand_over(table.contract, broken, keep_quarantined)
            accounts.append(account)
            bad.extend(broken)
        self.incoming.append(incoming)
        for name, rows in good.items():
            self.raw.setdefault(name, []).extend(rows)
        self.versions |= after
        self._accounts += accounts
        self._quarantined += bad
        return accounts

    def quarantine_groups(self) -> Sequence[QuarantineGroup]:
        """Return how many rows are in quarantine, by batch, table and rule."""
        by_rule = attrgetter("batch_id", "table", "rule")
        groups = groupby(sorted(self._quarantined, key=by_rule), key=by_rule)
        listed = [(key, list(rows)) for key, rows in groups]
        return [QuarantineGroup(*key, rows[0].reason, len(rows)) for key, rows in listed]

    def quarantined_rows(self, table: str, *, limit: int) -> Sequence[QuarantinedRow]:
        """Return rows of a table that are in quarantine, newest batch first."""
        rows = [row for row in self._quarantined if row.table == table]
        rows.sort(key=attrgetter("source_file", "source_row"))
        rows.sort(key=attrgetter("batch_id"), reverse=True)
        return rows[:limit]

    def forget_build(self) -> None:
        """Note that the marts are about to change and have not passed their tests."""
        self._tested = None

    def record_build(self, batch_id: str, *, run_id: str, tested_at: datetime) -> None:  # noqa: ARG002 - the port's
        """Note that the marts, built from everything up to a batch, passed their tests."""
        self._tested = batch_id
        self.has_marts = True

    def tested_batch(self) -> str | None:
        """Return the newest batch in the marts that passed their tests; None after a failed build."""
        return self._tested

    def publish(self, batch_day: date, *, run_id: str, published_at: datetime) -> Publication:
        """Show the marts as they are now to readers."""
        if not self.has_marts:
            raise WarehouseError("There are no marts to publish")
        self._published = Publication(batch_day.isoformat(), batch_day, published_at, run_id)
        return self._published

    def published(self) -> Publication | None:
        """Return what readers are shown; None where nothing is."""
        return self._published

    def version(self) -> str:
        """Return a name and version."""
        return "InMemory 1"


def _hand_over(
    contract: Contract, broken: Sequence[QuarantinedRow], keep_quarantined: KeepQuarantined
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{contract.table}.parquet"
        rows = [dict(row.row) | {"_rule": row.rule, "_reason": row.reason} for row in broken]
        pq.write_table(pa.Table.from_pylist(rows), path)
        keep_quarantined(contract.table, path)
