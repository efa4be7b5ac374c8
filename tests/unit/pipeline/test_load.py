"""The load step over fakes: which batches are loaded, and which are refused."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

import pytest

from streamvision.domain.batch import Batch
from streamvision.domain.contract import Contract
from streamvision.domain.errors import LakeError, ManifestError, WarehouseError
from streamvision.domain.manifest import digest, parse_batch_manifest
from streamvision.pipeline.extract.derive import declared
from streamvision.pipeline.extract.step import Options, extract
from streamvision.pipeline.load.step import LoadedBatch, batches_in, load
from streamvision.ports.warehouse import IncomingBatch, Judge, KeepQuarantined, TableAccount, expect_nothing
from tests.fakes.building import BATCH, LOADED_AT, RUN_ID, Row, column, contract, people, visits
from tests.fakes.lake import InMemoryLake, InterruptedLake
from tests.fakes.source import InMemorySource
from tests.fakes.warehouse import InMemoryWarehouse

TOMORROW = Batch(date(2026, 3, 15))
PEOPLE: list[Row] = [{"id": 1, "name": "Ada"}, {"id": 2, "name": None}]
VISITS: list[Row] = [{"id": 1, "person_id": 2, "minutes": 3}]
CONTRACTS = [visits(), people()]


def _extract(lake: InMemoryLake, batch: Batch = BATCH, *, people_rows: Sequence[Row] = PEOPLE) -> None:
    source = InMemorySource({"people": people_rows, "visits": VISITS})
    extract(source, lake, declared(CONTRACTS), batch, run_id=RUN_ID)


def _load(
    lake: InMemoryLake | InterruptedLake,
    warehouse: InMemoryWarehouse,
    until: Batch = BATCH,
    contracts: Sequence[Contract] = (),
) -> list[LoadedBatch]:
    return load(
        lake,
        warehouse,
        contracts or CONTRACTS,
        until=until,
        run_id="load-run",
        loaded_at=lambda: LOADED_AT,
    )


def test_a_batch_is_loaded_with_its_accounts() -> None:
    """Parents come first; the account carries what the manifests say."""
    lake, warehouse = InMemoryLake(), InMemoryWarehouse()
    _extract(lake)
    (loaded,) = _load(lake, warehouse)
    assert loaded.is_new
    assert [(account.table, account.extracted_rows, account.loaded_rows) for account in loaded.accounts] == [
        ("people", 2, 2),
        ("visits", 1, 1),
    ]
    assert warehouse.raw == {"people": PEOPLE, "visits": VISITS}
    account = loaded.accounts[0]
    size = len(lake.files[BATCH.file_key("people", 0, "parquet")])
    assert (account.source_id, account.run_id, account.loaded_at) == ("memory-1-2", "load-run", LOADED_AT)
    assert account.extracted_bytes == size


def test_a_batch_is_loaded_once() -> None:
    """The second call tells the same accounts and adds no row."""
    lake, warehouse = InMemoryLake(), InMemoryWarehouse()
    _extract(lake)
    (first,) = _load(lake, warehouse)
    (second,) = _load(lake, warehouse)
    assert not second.is_new
    assert second.accounts == first.accounts
    assert warehouse.raw["people"] == PEOPLE


def test_batches_are_loaded_oldest_first_up_to_the_day() -> None:
    """What lies behind is caught up; what lies ahead waits."""
    lake, warehouse = InMemoryLake(), InMemoryWarehouse()
    days = [Batch(date(2026, 3, day)) for day in (9, 10, 11)]
    for batch in days:
        _extract(lake, batch)
    assert batches_in(lake) == days
    assert [loaded.batch for loaded in _load(lake, warehouse, days[1])] == days[:2]
    later = _load(lake, warehouse, days[2])
    assert [(loaded.batch, loaded.is_new) for loaded in later] == [
        (days[0], False),
        (days[1], False),
        (days[2], True),
    ]


def test_a_day_without_a_batch_is_refused() -> None:
    """Files without the batch's manifest are no batch; the next command makes one."""
    lake, warehouse = InMemoryLake(), InMemoryWarehouse()
    _extract(lake)
    lake.delete(BATCH.manifest_key)
    with pytest.raises(ManifestError, match="no batch of 2026-03-14") as refusal:
        _load(lake, warehouse)
    assert refusal.value.next_command == "streamvision extract --date 2026-03-14"
    assert warehouse.accounts() == []


@pytest.mark.parametrize(
    "key",
    [
        BATCH.file_key("visits", 0, "parquet"),
        BATCH.table_manifest_key("visits"),
        BATCH.file_key("people", 0, "parquet"),
        BATCH.table_manifest_key("people"),
    ],
)
@pytest.mark.parametrize("damage", ["missing", "changed", "cut", "empty"])
def test_a_damaged_batch_is_refused_whole(key: str, damage: str) -> None:
    """Whatever file is missing or changed, no row is loaded, and the error names it."""
    lake, warehouse = InMemoryLake(), InMemoryWarehouse()
    _extract(lake)
    content = lake.files[key]
    changed = {"changed": content[:-1] + b"X", "cut": content[:-1], "empty": b""}
    if damage == "missing":
        lake.delete(key)
    else:
        lake.put(key, changed[damage])
    with pytest.raises(ManifestError) as refusal:
        _load(lake, warehouse)
    assert refusal.value.where == key
    assert warehouse.accounts() == []
    assert warehouse.raw == {}


def test_a_batch_that_changed_after_it_was_loaded_is_refused() -> None:
    """The warehouse keeps what it has; the difference is told."""
    lake, warehouse = InMemoryLake(), InMemoryWarehouse()
    _extract(lake)
    _load(lake, warehouse)
    before = dict(warehouse.raw)
    changed = InMemoryLake()
    _extract(changed, people_rows=PEOPLE[:1])
    with pytest.raises(ManifestError, match="has changed in the lake since it was loaded"):
        _load(changed, warehouse)
    assert warehouse.raw == before


def test_a_batch_that_is_older_than_its_contract_is_loaded_with_its_own_columns() -> None:
    """A column that came since is not there yet; one that was left out since is; each in the files' place."""
    lake, warehouse = InMemoryLake(), InMemoryWarehouse()
    _extract(lake)
    changed = contract("people", column("age", "integer"), column("id", "integer"))
    _load(lake, warehouse, contracts=[changed, visits()])
    (people_then, _) = warehouse.incoming[0].tables
    assert [(each.name, each.type) for each in people_then.contract.columns] == [
        ("id", "bigint"),
        ("name", "text"),
    ]
    assert warehouse.raw["people"] == PEOPLE


def test_rules_that_a_batch_has_no_columns_for_are_left_out() -> None:
    """The others hold; so does a reference, unless what it leads to is not in the batch."""
    lake, warehouse = InMemoryLake(), InMemoryWarehouse()
    _extract(lake)
    rules = [("named", "name <> ''", "no name"), ("grown", "age > 17 or name is null", "too young")]
    ruled = contract(
        "people",
        column("id", "bigint"),
        column("name", "text", nullable=True, pattern="[A-Z].*"),
        column("age", "integer"),
        column("city", "text", references="cities.name"),
        rules=rules,
    )
    cities = contract("cities", column("name", "text"), key=("name",))
    _load(lake, warehouse, contracts=[ruled, visits(), cities])
    loaded, referring = (table.contract for table in warehouse.incoming[0].tables)
    assert [rule.name for rule in loaded.rules] == ["named"]
    assert loaded.columns[1].pattern == "[A-Z].*"
    assert referring.parents == {"people"}


def test_a_table_whose_contract_came_later_is_passed_over() -> None:
    """The batch is whole without it; what refers to it is loaded without that rule."""
    lake, warehouse = InMemoryLake(), InMemoryWarehouse()
    _extract(lake)
    later = contract("pets", column("id", "bigint"))
    owned = contract(
        "people", column("id", "bigint", references="pets.id"), column("name", "text", nullable=True)
    )
    (loaded,) = _load(lake, warehouse, contracts=[owned, visits(), later])
    assert [account.table for account in loaded.accounts] == ["people", "visits"]
    assert warehouse.incoming[0].tables[0].contract.parents == frozenset()


def test_a_table_without_a_contract_is_refused() -> None:
    """No table of a batch is passed over."""
    lake, warehouse = InMemoryLake(), InMemoryWarehouse()
    _extract(lake)
    with pytest.raises(ManifestError, match="without a contract: visits"):
        _load(lake, warehouse, contracts=[people()])
    assert warehouse.accounts() == []


def test_contracts_that_nobody_wrote_follow_from_the_batch() -> None:
    """Names, types, the key and what may be NULL stand in its manifests."""
    lake, warehouse = InMemoryLake(), InMemoryWarehouse()
    _extract(lake)
    load(lake, warehouse, None, until=BATCH, run_id="load-run", loaded_at=lambda: LOADED_AT)
    assert warehouse.raw == {"people": PEOPLE, "visits": VISITS}
    derived = {table.contract.table: table.contract for table in warehouse.incoming[0].tables}
    assert derived["people"].key == ("id",)
    assert [each.nullable for each in derived["people"].columns] == [False, True]
    assert all(each.references is None for each in derived["visits"].columns)


def test_the_warehouse_is_told_how_a_table_was_read() -> None:
    """A table's manifest says so, not its contract."""
    lake, warehouse = InMemoryLake(), InMemoryWarehouse()
    source = InMemorySource({"people": PEOPLE, "visits": VISITS})
    reading = Options(extracting="cursor")
    for batch in (BATCH, TOMORROW):
        extract(source, lake, declared(CONTRACTS), batch, run_id=RUN_ID, options=reading)
    _load(lake, warehouse, TOMORROW)
    assert [[table.mode for table in incoming.tables] for incoming in warehouse.incoming] == [
        ["snapshot", "snapshot"],
        ["cursor", "cursor"],
    ]


def test_a_table_that_is_not_what_its_contract_says_goes_to_quarantine_where_that_is_wanted() -> None:
    """The whole table, with the reason; the others are judged row by row."""
    lake, warehouse = InMemoryLake(), InMemoryWarehouse()
    _extract(lake)
    strict = replace(
        contract("visits", column("id", "bigint"), column("person_id", "text"), column("minutes", "integer")),
        drift="quarantine",
    )
    _load(lake, warehouse, contracts=[people(), strict])
    reasons = [table.quarantined_because for table in warehouse.incoming[0].tables]
    assert reasons == [
        "",
        "the table is not what its contract says: public.visits.person_id: is bigint, the contract says text",
    ]


def test_a_batch_of_another_source_is_refused() -> None:
    """Rows of two databases would overwrite one another."""
    lake, other, warehouse = InMemoryLake(), InMemoryLake(), InMemoryWarehouse()
    _extract(lake)
    _load(lake, warehouse)
    _extract(other)
    _extract(other, TOMORROW)
    key = TOMORROW.manifest_key
    forged = replace(parse_batch_manifest(other.files[key], TOMORROW), source_id="memory-9-9")
    lake.files |= other.files | {key: forged.to_json()}
    lake.files[BATCH.manifest_key] = other.files[BATCH.manifest_key]
    with pytest.raises(ManifestError, match=r"another database \(memory-9-9\).*\(memory-1-2\)") as refusal:
        _load(lake, warehouse, TOMORROW)
    assert "STREAMVISION_LAKE" in refusal.value.next_command
    assert {account.batch_id for account in warehouse.accounts()} == {BATCH.id}


def test_rows_that_broke_their_contract_are_kept_in_the_lake() -> None:
    """Under the design's key, beside the batch that they came with."""
    lake, warehouse = InMemoryLake(), InMemoryWarehouse()
    _extract(lake, people_rows=[*PEOPLE, {"id": None, "name": "Nobody"}])
    (loaded,) = _load(lake, warehouse)
    assert [account.quarantined_rows for account in loaded.accounts] == [1, 0]
    assert lake.keys("quarantine/") == [BATCH.quarantine_key("people")]


def test_a_lake_that_cannot_keep_them_stops_the_load() -> None:
    """The batch is loaded when its broken rows are safe, or not at all."""
    lake, warehouse = InMemoryLake(), InMemoryWarehouse()
    _extract(lake, people_rows=[{"id": None, "name": "Nobody"}])
    operations = 0
    while True:
        interrupted = InterruptedLake(lake, operations)
        try:
            _load(interrupted, warehouse)
        except LakeError:
            assert warehouse.accounts() == []
            operations += 1
            continue
        break
    assert operations > 5
    assert len(warehouse.accounts()) == 2


def test_batches_before_a_damaged_one_stay_loaded() -> None:
    """Each batch is a transaction of its own."""
    lake, warehouse = InMemoryLake(), InMemoryWarehouse()
    _extract(lake)
    _extract(lake, TOMORROW)
    lake.put(TOMORROW.table_manifest_key("people"), b"{}")
    with pytest.raises(ManifestError):
        _load(lake, warehouse, TOMORROW)
    assert {account.batch_id for account in warehouse.accounts()} == {BATCH.id}


def test_a_file_with_other_rows_than_its_manifest_says_is_refused() -> None:
    """Whatever the checksums say: no warehouse is handed it."""
    lake, warehouse = InMemoryLake(), InMemoryWarehouse()
    _extract(lake)
    elsewhere = InMemoryLake()
    _extract(elsewhere, people_rows=PEOPLE[:1])
    _forge_rows(lake, elsewhere)
    with pytest.raises(ManifestError, match="it has 1 rows, its manifest says 2") as refusal:
        _load(lake, warehouse)
    assert refusal.value.where == BATCH.file_key("people", 0, "parquet")
    assert warehouse.incoming == []


class _FullWarehouse(InMemoryWarehouse):
    def load(
        self,
        incoming: IncomingBatch,
        *,
        run_id: str,
        loaded_at: datetime,
        keep_quarantined: KeepQuarantined,
        judge: Judge = expect_nothing,
    ) -> Sequence[TableAccount]:
        if incoming.batch == BATCH:
            raise WarehouseError("The account does not balance")
        return super().load(
            incoming,
            run_id=run_id,
            loaded_at=loaded_at,
            keep_quarantined=keep_quarantined,
            judge=judge,
        )


def test_a_refusal_of_the_warehouse_is_passed_on() -> None:
    """No later batch is loaded past the one that was refused."""
    lake, warehouse = InMemoryLake(), _FullWarehouse()
    _extract(lake)
    _extract(lake, TOMORROW)
    with pytest.raises(WarehouseError, match="does not balance"):
        _load(lake, warehouse, TOMORROW)
    assert warehouse.accounts() == []


def _forge_rows(lake: InMemoryLake, other: InMemoryLake) -> None:
    """Make a batch whose manifests agree with one another, but claim a row more than there is."""
    table_key = BATCH.table_manifest_key("people")
    whole = parse_batch_manifest(other.files[BATCH.manifest_key], BATCH)
    lake.files = dict(other.files)
    lake.files[table_key] = other.files[table_key].replace(b'"rows": 1', b'"rows": 2')
    tables = dict(whole.tables) | {"people": digest(lake.files[table_key])}
    lake.files[BATCH.manifest_key] = replace(whole, tables=tuple(sorted(tables.items()))).to_json()
