"""What every warehouse does: batches whole or not at all, accounts that balance, marts that were tested."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from streamvision.domain.batch import Batch
from streamvision.domain.errors import WarehouseError
from streamvision.ports.transformer import BuildProgress
from streamvision.ports.warehouse import IncomingBatch, IncomingTable, TableAccount
from tests.contract.warehouses import Subject
from tests.fakes.building import (
    BATCH,
    LOADED_AT,
    RUN_ID,
    SNAPSHOT_AT,
    Row,
    incoming_batch,
    incoming_table,
    people,
    visits,
)

TOMORROW = Batch(date(2026, 3, 15))
PEOPLE: list[Row] = [{"id": 1, "name": "Ada"}, {"id": None, "name": "Nobody"}, {"id": 2, "name": None}]
VISITS: list[Row] = [{"id": 1, "person_id": 2, "minutes": 3}]


class _StopError(Exception):
    """What keeping the broken rows may raise."""


def _incoming(folder: Path, batch: Batch = BATCH) -> IncomingBatch:
    return incoming_batch(
        incoming_table(folder, people(), PEOPLE, batch=batch),
        incoming_table(folder, visits(), VISITS, batch=batch),
        batch=batch,
    )


def _keep_nothing(_table: str, _path: Path) -> None:
    """Take broken rows and forget them."""


def _load(subject: Subject, incoming: IncomingBatch) -> list[TableAccount]:
    accounts = subject.warehouse.load(
        incoming, run_id=RUN_ID, loaded_at=LOADED_AT, keep_quarantined=_keep_nothing
    )
    return list(accounts)


def test_an_empty_warehouse_has_nothing(subject: Subject) -> None:
    """Looking needs no warehouse to be there."""
    warehouse = subject.warehouse
    assert list(warehouse.accounts()) == []
    assert list(warehouse.quarantine_groups()) == []
    assert list(warehouse.quarantined_rows("people", limit=5)) == []
    assert warehouse.tested_batch() is None
    assert warehouse.published() is None
    assert warehouse.version().split()[0] in {"DuckDB", "InMemory", "Snowflake"}


def test_a_batch_is_loaded_with_an_account_per_table(subject: Subject, tmp_path: Path) -> None:
    """Every row extracted is loaded or in quarantine, and the account says where it all came from."""
    incoming = _incoming(tmp_path)
    returned = _load(subject, incoming)
    accounts = list(subject.warehouse.accounts())
    assert sorted(returned, key=lambda account: account.table) == accounts
    assert accounts[0] == TableAccount(
        batch_id="2026-03-14",
        table="people",
        extracted_rows=3,
        loaded_rows=2,
        quarantined_rows=1,
        extracted_bytes=incoming.tables[0].extracted_bytes,
        manifest_sha256=incoming.tables[0].manifest_sha256,
        source_id="postgres-1-2",
        snapshot_at=SNAPSHOT_AT,
        loaded_at=LOADED_AT,
        run_id=RUN_ID,
    )
    assert accounts[0].snapshot_at.utcoffset() == SNAPSHOT_AT.utcoffset()
    assert all(account.balances for account in accounts)
    assert (subject.raw_rows("people"), subject.raw_rows("visits")) == (2, 1)


def test_accounts_come_oldest_first(subject: Subject, tmp_path: Path) -> None:
    """In whatever order the batches were loaded."""
    for batch in (TOMORROW, BATCH):
        _load(subject, _incoming(tmp_path, batch))
    found = [(account.batch_id, account.table) for account in subject.warehouse.accounts()]
    assert found == [(day, table) for day in ("2026-03-14", "2026-03-15") for table in ("people", "visits")]


def test_a_batch_that_is_there_is_refused(subject: Subject, tmp_path: Path) -> None:
    """Nothing is loaded twice, whoever asks for it."""
    incoming = _incoming(tmp_path)
    _load(subject, incoming)
    before = list(subject.warehouse.accounts())
    with pytest.raises(WarehouseError):
        _load(subject, incoming)
    assert list(subject.warehouse.accounts()) == before
    assert (subject.raw_rows("people"), subject.raw_rows("visits")) == (2, 1)
    assert len(subject.warehouse.quarantined_rows("people", limit=9)) == 1


@pytest.mark.parametrize("claimed", [1, 3])
def test_an_account_that_does_not_balance_is_refused(subject: Subject, tmp_path: Path, claimed: int) -> None:
    """Files with other rows than was said load nothing, of no table."""
    whole = incoming_table(tmp_path, people(), PEOPLE)
    short = incoming_table(tmp_path, visits(), [*VISITS, {"id": 2, "person_id": 1}])
    (file,) = short.files
    lying = IncomingTable(
        short.contract,
        short.format,
        (type(file)(file.key, file.path, claimed),),
        short.extracted_bytes,
        short.manifest_sha256,
    )
    with pytest.raises(WarehouseError, match="does not balance"):
        _load(subject, incoming_batch(whole, lying))
    assert list(subject.warehouse.accounts()) == []
    assert (subject.raw_rows("people"), subject.raw_rows("visits")) == (0, 0)
    assert list(subject.warehouse.quarantine_groups()) == []


def test_broken_rows_are_handed_over_whole(subject: Subject, tmp_path: Path) -> None:
    """As a Parquet file per table that has some, with what they broke."""
    kept: dict[str, list[dict[str, object]]] = {}

    def keep(table: str, path: Path) -> None:
        kept[table] = pq.read_table(path).to_pylist()

    subject.warehouse.load(_incoming(tmp_path), run_id=RUN_ID, loaded_at=LOADED_AT, keep_quarantined=keep)
    assert list(kept) == ["people"]
    (row,) = kept["people"]
    assert row["name"] == "Nobody"
    assert (row["_rule"], row["_reason"]) == ("id_not_null", "id is NULL")


def test_a_batch_whose_broken_rows_cannot_be_kept_is_not_loaded(subject: Subject, tmp_path: Path) -> None:
    """The error is the keeper's own; the same batch can be loaded later."""

    def refuse(_table: str, _path: Path) -> None:
        raise _StopError

    incoming = _incoming(tmp_path)
    with pytest.raises(_StopError):
        subject.warehouse.load(incoming, run_id=RUN_ID, loaded_at=LOADED_AT, keep_quarantined=refuse)
    assert list(subject.warehouse.accounts()) == []
    assert list(subject.warehouse.quarantine_groups()) == []
    assert subject.raw_rows("people") == 0
    assert len(_load(subject, incoming)) == 2


def test_rows_in_quarantine_can_be_looked_at(subject: Subject, tmp_path: Path) -> None:
    """Whole, with their rule, reason, file and row number, newest batch first, no more than asked for."""
    for batch in (BATCH, TOMORROW):
        _load(subject, _incoming(tmp_path, batch))
    rows = subject.warehouse.quarantined_rows("people", limit=9)
    assert [row.batch_id for row in rows] == ["2026-03-15", "2026-03-14"]
    assert rows[1].source_file == BATCH.file_key("people", 0, "parquet")
    assert (rows[1].source_row, rows[1].rule, rows[1].reason) == (1, "id_not_null", "id is NULL")
    assert dict(rows[1].row) == {"id": None, "name": "Nobody"}
    assert len(subject.warehouse.quarantined_rows("people", limit=1)) == 1
    assert list(subject.warehouse.quarantined_rows("visits", limit=9)) == []
    groups = subject.warehouse.quarantine_groups()
    assert [(group.batch_id, group.table, group.rule, group.rows) for group in groups] == [
        ("2026-03-14", "people", "id_not_null", 1),
        ("2026-03-15", "people", "id_not_null", 1),
    ]


def test_a_build_is_noted_and_taken_back(subject: Subject, tmp_path: Path) -> None:
    """The last note counts, and the next build takes it back."""
    _load(subject, _incoming(tmp_path))
    warehouse = subject.warehouse
    assert warehouse.tested_batch() is None
    for batch_id in ("2026-03-13", "2026-03-14"):
        subject.build(batch_id)
        assert warehouse.tested_batch() == batch_id
    warehouse.begin_build()
    assert warehouse.tested_batch() is None


def test_the_progress_of_a_build_is_kept_until_it_is_at_an_end(subject: Subject, tmp_path: Path) -> None:
    """What begins, what is recorded and what is published has none."""
    _load(subject, _incoming(tmp_path))
    warehouse = subject.warehouse
    assert warehouse.progress() is None
    place = warehouse.begin_build()
    assert warehouse.build_place() == place
    assert warehouse.progress() is None
    for passed in (frozenset[str](), frozenset({"dim_users", "geography"})):
        warehouse.keep_progress(BuildProgress(RUN_ID, "a state", passed))
        assert warehouse.progress() == BuildProgress(RUN_ID, "a state", passed)
    subject.make_marts(place, 1)
    warehouse.record_build(BATCH.id, run_id=RUN_ID, tested_at=LOADED_AT)
    assert warehouse.progress() is None
    warehouse.publish(run_id=RUN_ID, published_at=LOADED_AT)
    assert warehouse.progress() is None
    warehouse.begin_build()
    warehouse.keep_progress(BuildProgress(RUN_ID, "another state"))
    warehouse.begin_build()
    assert warehouse.progress() is None


def test_progress_alone_makes_no_marts(subject: Subject, tmp_path: Path) -> None:
    """What tells how far a build has come lies beside the marts, and is none of them."""
    _load(subject, _incoming(tmp_path))
    place = subject.warehouse.begin_build()
    subject.warehouse.keep_progress(BuildProgress(RUN_ID, "a state"))
    subject.make_marts(place, 0)
    with pytest.raises(WarehouseError, match="no marts"):
        subject.warehouse.record_build(BATCH.id, run_id=RUN_ID, tested_at=LOADED_AT)


def test_marts_are_published(subject: Subject, tmp_path: Path) -> None:
    """What readers are shown is what was said, to the microsecond."""
    _load(subject, _incoming(tmp_path))
    subject.build(BATCH.id)
    moment = datetime(2026, 3, 15, 6, 0, 0, 7, tzinfo=UTC)
    publication = subject.warehouse.publish(run_id=RUN_ID, published_at=moment)
    assert (publication.batch_id, publication.batch_date) == ("2026-03-14", BATCH.day)
    assert (publication.published_at, publication.run_id) == (moment, RUN_ID)
    assert subject.warehouse.published() == publication


def test_the_same_build_published_again_is_nothing_new(subject: Subject, tmp_path: Path) -> None:
    """It stays as it was published first; another build of the same batch is new."""
    _load(subject, _incoming(tmp_path))
    warehouse, later = subject.warehouse, LOADED_AT + timedelta(hours=1)
    subject.build(BATCH.id)
    first = warehouse.publish(run_id=RUN_ID, published_at=LOADED_AT)
    assert warehouse.publish(run_id="another", published_at=later) == first
    assert warehouse.published() == first
    subject.build(BATCH.id)
    assert warehouse.published() == first
    assert warehouse.publish(run_id="another", published_at=later) == replace(
        first, run_id="another", published_at=later
    )


def test_nothing_is_published_where_no_build_passed(subject: Subject, tmp_path: Path) -> None:
    """Neither before the first build, nor while one goes on; what was shown before stays."""
    _load(subject, _incoming(tmp_path))
    with pytest.raises(WarehouseError, match="no marts"):
        subject.warehouse.publish(run_id=RUN_ID, published_at=LOADED_AT)
    assert subject.warehouse.published() is None
    subject.build(BATCH.id)
    shown = subject.warehouse.publish(run_id=RUN_ID, published_at=LOADED_AT)
    subject.make_marts(subject.warehouse.begin_build(), 1)
    with pytest.raises(WarehouseError, match="no marts"):
        subject.warehouse.publish(run_id="another", published_at=LOADED_AT)
    assert subject.warehouse.published() == shown


def test_a_build_without_marts_has_not_passed(subject: Subject, tmp_path: Path) -> None:
    """Nobody is to be shown nothing."""
    _load(subject, _incoming(tmp_path))
    with pytest.raises(WarehouseError, match="no marts"):
        subject.build(BATCH.id, marts=0)
    assert subject.warehouse.tested_batch() is None
    assert subject.warehouse.published() is None


def test_the_columns_of_the_tables_are_told(subject: Subject, tmp_path: Path) -> None:
    """Those of the source alone, with types that tell one from another."""
    assert list(subject.warehouse.columns()) == []
    _load(subject, _incoming(tmp_path))
    told = subject.warehouse.columns()
    names = [(table.lower(), column.lower()) for table, column, _ in told]
    assert ("people", "id") in names
    assert not [column for _, column in names if column.startswith("_")]
    types = {column.lower(): type_ for table, column, type_ in told if table.lower() == "people"}
    assert types["id"] != types["name"]
