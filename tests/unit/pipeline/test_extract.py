"""The extract step over fakes: what is in the lake, and when."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from io import BytesIO

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from streamvision.domain.batch import Batch, FileFormat
from streamvision.domain.contract import Contract
from streamvision.domain.errors import (
    ContractError,
    LakeError,
    ManifestError,
    SourceUnreachableError,
    WrongUseError,
)
from streamvision.domain.manifest import TableManifest, digest, parse_batch_manifest, parse_table_manifest
from streamvision.pipeline.extract import files
from streamvision.pipeline.extract.derive import declared, derived
from streamvision.pipeline.extract.step import Extraction, Options, extract
from streamvision.ports.source import SourceColumn
from tests.fakes.building import BATCH, RUN_ID, SNAPSHOT_AT, Row, people, visits
from tests.fakes.lake import InMemoryLake, InterruptedLake
from tests.fakes.source import InMemoryLog, InMemorySource

PEOPLE: list[Row] = [{"id": number, "name": f"Person {number}"} for number in range(1, 6)]
VISITS: list[Row] = [{"id": 1, "person_id": 2, "minutes": 3}, {"id": 2, "person_id": 5, "minutes": None}]
CONTRACTS: list[Contract] = [visits(), people()]


def _source() -> InMemorySource:
    return InMemorySource({"people": PEOPLE, "visits": VISITS})


def _extract(
    source: InMemorySource, lake: InMemoryLake | InterruptedLake, batch: Batch = BATCH
) -> Extraction:
    return extract(source, lake, declared(CONTRACTS), batch, run_id=RUN_ID)


def _rows(lake: InMemoryLake, key: str) -> pa.Table:
    return pq.read_table(BytesIO(lake.files[key]))


def test_every_table_arrives_with_its_manifests() -> None:
    """Files, a manifest per table and one for the batch; all from one snapshot."""
    source, lake = _source(), InMemoryLake()
    extraction = _extract(source, lake)
    assert extraction.is_new
    assert sorted(lake.files) == sorted(
        [
            BATCH.file_key("people", 0, "parquet"),
            BATCH.table_manifest_key("people"),
            BATCH.file_key("visits", 0, "parquet"),
            BATCH.table_manifest_key("visits"),
            BATCH.manifest_key,
        ]
    )
    assert _rows(lake, BATCH.file_key("people", 0, "parquet")).to_pylist() == PEOPLE
    assert _rows(lake, BATCH.file_key("visits", 0, "parquet")).to_pylist() == VISITS


def test_the_manifests_say_what_is_there() -> None:
    """Rows, bytes, checksum, schema and snapshot of each file can be proved."""
    lake = InMemoryLake()
    extraction = _extract(_source(), lake)
    whole = parse_batch_manifest(lake.files[BATCH.manifest_key], BATCH)
    assert (whole.source_id, whole.snapshot, whole.snapshot_at) == ("memory-1-2", "snapshot-2", SNAPSHOT_AT)
    assert whole.run_id == RUN_ID
    parsed = [
        parse_table_manifest(lake.files[BATCH.table_manifest_key(table)], BATCH, table, sha256)
        for table, sha256 in whole.tables
    ]
    assert sorted(extraction.tables, key=lambda table: table.table) == parsed
    for manifest in parsed:
        assert manifest.snapshot == "snapshot-2"
        assert manifest.mode == "snapshot"
        for file in manifest.files:
            content = lake.files[file.key]
            assert (file.bytes, file.sha256) == (len(content), digest(content))
    assert [manifest.rows for manifest in parsed] == [5, 2]
    assert parsed[0].schema == (("id", "bigint"), ("name", "text"))


def test_the_files_keep_the_sources_types() -> None:
    """Each column carries the source's own name of its type."""
    lake = InMemoryLake()
    _extract(_source(), lake)
    schema = pq.read_schema(BytesIO(lake.files[BATCH.file_key("visits", 0, "parquet")]))
    assert schema.field("minutes").type == pa.int32()
    assert schema.field("minutes").metadata[b"postgresql_type"] == b"integer"


def test_a_batch_that_exists_is_not_read_again() -> None:
    """Doing a day again changes nothing, whatever the source shows by now."""
    source, lake = _source(), InMemoryLake()
    first = _extract(source, lake)
    before = dict(lake.files)
    source.rows["people"] = []
    opened = source.opened
    again = _extract(source, lake)
    assert not again.is_new
    assert source.opened == opened
    assert lake.files == before
    assert sorted(table.table for table in again.tables) == sorted(table.table for table in first.tables)


def test_a_batch_that_exists_but_is_damaged_is_told() -> None:
    """It is neither passed over nor written anew."""
    lake = InMemoryLake()
    _extract(_source(), lake)
    lake.delete(BATCH.table_manifest_key("people"))
    with pytest.raises(ManifestError):
        _extract(_source(), lake)


def test_leftovers_of_a_killed_run_are_removed() -> None:
    """Files of any name and format go, of this day and these tables alone."""
    lake, undisturbed = InMemoryLake(), InMemoryLake()
    _extract(_source(), undisturbed)
    yesterday = Batch(date(2026, 3, 13))
    kept = yesterday.file_key("people", 0, "parquet")
    for key in (BATCH.file_key("people", 3, "parquet"), BATCH.file_key("visits", 0, "csv"), kept):
        lake.put(key, b"left over")
    lake.put(BATCH.table_manifest_key("people"), b"left over")
    _extract(_source(), lake)
    assert lake.files == undisturbed.files | {kept: b"left over"}


@pytest.mark.parametrize("batches_read", [0, 1, 2, 3])
def test_no_batch_appears_when_a_read_fails(batches_read: int) -> None:
    """The file that was being written is absent, and so is the batch; the next try is undisturbed."""
    source, lake, undisturbed = _source(), InMemoryLake(), InMemoryLake()
    source.lost_after = batches_read
    with pytest.raises(SourceUnreachableError):
        extract(source, lake, declared(CONTRACTS), BATCH, run_id=RUN_ID, options=Options(threads=1))
    assert BATCH.manifest_key not in lake.files
    broken = "people" if batches_read else "visits"
    assert lake.keys(BATCH.table_prefix(broken)) == []
    source.lost_after = None
    _extract(source, lake)
    _extract(_source(), undisturbed)
    assert {key: _without_snapshot(content) for key, content in lake.files.items()} == {
        key: _without_snapshot(content) for key, content in undisturbed.files.items()
    }


def _without_snapshot(content: bytes) -> bytes:
    """Return a file; of a manifest only its kind, since it names the snapshot and so differs by run."""
    return b"a manifest" if content.startswith(b"{") else content


def test_the_batchs_manifest_is_the_last_thing_written() -> None:
    """Interrupted before the last operation the batch does not exist; after it, it is whole."""
    operations = 0
    while True:
        lake = InMemoryLake()
        interrupted = InterruptedLake(lake, operations)
        with suppress(LakeError):
            _extract(_source(), interrupted)
        if not interrupted.was_interrupted:
            break
        assert BATCH.manifest_key not in lake.files
        operations += 1
    assert BATCH.manifest_key in lake.files
    assert operations > 8


def test_an_earlier_day_is_refused() -> None:
    """The source shows its present state, which is not that of an earlier day."""
    source, lake = _source(), InMemoryLake()
    _extract(source, lake)
    before, opened = dict(lake.files), source.opened
    with pytest.raises(WrongUseError, match=r"batch of 2026-03-14; the day 2026-03-13"):
        _extract(source, lake, Batch(date(2026, 3, 13)))
    assert lake.files == before
    assert source.opened == opened


def test_the_next_day_is_a_batch_of_its_own() -> None:
    """The day before stays as it is."""
    lake = InMemoryLake()
    _extract(_source(), lake)
    before = dict(lake.files)
    tomorrow = Batch(date(2026, 3, 15))
    assert _extract(_source(), lake, tomorrow).is_new
    assert before.items() <= lake.files.items()
    assert tomorrow.manifest_key in lake.files


def test_every_difference_from_the_contracts_is_named() -> None:
    """All at once, table and column; nothing is extracted."""
    source, lake = _source(), InMemoryLake()
    source.missing = {"people"}
    source.catalogue["visits"] = [
        SourceColumn("id", "bigint", nullable=False),
        SourceColumn("person_id", "integer", nullable=False),
        SourceColumn("guest", "text", nullable=True),
    ]
    with pytest.raises(ContractError) as refusal:
        _extract(source, lake)
    lines = refusal.value.what.splitlines()[1:]
    assert sorted(line.strip(" -") for line in lines) == [
        "public.people: there is no such table",
        "public.visits.minutes: not in the source",
        "public.visits.person_id: is integer, the contract says bigint",
    ]
    assert refusal.value.safe == "nothing was extracted"
    assert lake.files == {}


def test_columns_in_another_order_are_no_difference() -> None:
    """The contract's order counts in the lake."""
    source, lake = _source(), InMemoryLake()
    source.catalogue["people"] = [
        SourceColumn("name", "text", nullable=True),
        SourceColumn("id", "bigint", nullable=False),
    ]
    assert _extract(source, lake).is_new


def test_a_large_table_rolls_over_into_further_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every row is in one of them, in order, and each file is described."""
    monkeypatch.setattr(files, "ROW_GROUP_ROWS", 2)
    monkeypatch.setattr(files, "ROWS_PER_FILE", 2)
    lake = InMemoryLake()
    extraction = _extract(_source(), lake)
    people_manifest = next(table for table in extraction.tables if table.table == "people")
    assert [file.key for file in people_manifest.files] == [
        BATCH.file_key("people", part, "parquet") for part in range(3)
    ]
    assert [file.rows for file in people_manifest.files] == [2, 2, 1]
    assert [row for file in people_manifest.files for row in _rows(lake, file.key).to_pylist()] == PEOPLE


def test_rows_that_just_fill_their_files_leave_no_empty_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four rows in files of two are two files."""
    monkeypatch.setattr(files, "ROW_GROUP_ROWS", 2)
    monkeypatch.setattr(files, "ROWS_PER_FILE", 2)
    source = InMemorySource({"people": PEOPLE[:4]})
    extraction = extract(source, InMemoryLake(), declared([people()]), BATCH, run_id=RUN_ID)
    assert [file.rows for file in extraction.tables[0].files] == [2, 2]


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_an_empty_table_gets_one_file(file_format: FileFormat) -> None:
    """Its columns are known all the same."""
    lake = InMemoryLake()
    extraction = extract(
        InMemorySource({}),
        lake,
        declared([people()]),
        BATCH,
        run_id=RUN_ID,
        options=Options(file_format=file_format),
    )
    (file,) = extraction.tables[0].files
    assert file.rows == 0
    content = lake.files[file.key]
    if file_format == "csv":
        assert content == b'"id","name"\r\n'
    else:
        assert pq.read_schema(BytesIO(content)).names == ["id", "name"]


class _Heard:
    """Keep what is told of one table."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []

    def table_started(self, table: str, estimated_rows: int, estimated_bytes: int) -> None:
        assert estimated_bytes >= 0
        self.told.append(("started", table, estimated_rows))

    def table_advanced(self, table: str, rows: int, size_bytes: int) -> None:
        assert size_bytes > 0
        self.told.append(("advanced", table, rows))

    def table_done(self, table: str, mode: str, rows: int, size_bytes: int, keys: Sequence[str]) -> None:
        assert size_bytes > 0
        self.told.append(("done", table, mode, rows, *keys))


def test_progress_is_told_per_table() -> None:
    """It begins with an estimate, grows, and ends with all rows and where they are."""
    heard = _Heard()
    extract(_source(), InMemoryLake(), declared([people()]), BATCH, run_id=RUN_ID, progress=heard)
    assert heard.told == [
        ("started", "people", 5),
        ("advanced", "people", 2),
        ("advanced", "people", 4),
        ("advanced", "people", 5),
        ("done", "people", "snapshot", 5, BATCH.file_key("people", 0, "parquet")),
    ]


def test_a_large_table_is_read_in_pieces() -> None:
    """Each piece has a file, numbered by its place; none that is empty."""
    rows: list[Row] = [{"id": number, "name": None} for number in range(12)]
    lake = InMemoryLake()
    extraction = extract(InMemorySource({"people": rows}), lake, declared([people()]), BATCH, run_id=RUN_ID)
    files_of_people = extraction.tables[0].files
    assert [(file.key, file.rows) for file in files_of_people] == [
        (BATCH.file_key("people", part, "parquet"), rows_of_part)
        for part, rows_of_part in enumerate([5, 5, 2])
    ]
    assert [row for file in files_of_people for row in _rows(lake, file.key).to_pylist()] == rows


NEXT = Batch(date(2026, 3, 15))
CHANGES = Options(extracting="changes")


def _second_day(source: InMemorySource, log: InMemoryLog, lake: InMemoryLake) -> dict[str, str]:
    second = extract(source, lake, declared(CONTRACTS), NEXT, run_id=RUN_ID, log=log, options=CHANGES)
    return {table.table: table.mode for table in second.tables}


def _first_day() -> tuple[InMemorySource, InMemoryLog, InMemoryLake]:
    source, lake = _source(), InMemoryLake()
    log = InMemoryLog(source)
    extract(source, lake, declared(CONTRACTS), BATCH, run_id=RUN_ID, log=log, options=CHANGES)
    return source, log, lake


def test_after_the_first_batch_only_changes_come() -> None:
    """In the order of commits, with what was done, where and when; an idle table has no file."""
    source, log, lake = _first_day()
    transaction = source.begin()
    transaction.update("people", PEOPLE[0], {"id": 1, "name": "Ada"})
    transaction.delete("people", PEOPLE[1])
    transaction.commit()
    assert _second_day(source, log, lake) == {"people": "changes", "visits": "changes"}
    rows = _rows(lake, NEXT.file_key("people", 0, "parquet")).to_pylist()
    assert [(row["_operation"], row["_position"], row["id"], row["name"]) for row in rows] == [
        ("update", 0, 1, "Ada"),
        ("delete", 1, 2, None),
    ]
    assert len({(row["_commit_lsn"], row["_committed_at"]) for row in rows}) == 1
    assert lake.keys(NEXT.table_prefix("visits")) == [NEXT.table_manifest_key("visits")]


@pytest.mark.parametrize("why", ["altered", "cannot be told", "new column", "not in the batch before"])
def test_a_table_whose_changes_would_not_be_exact_is_read_whole(why: str) -> None:
    """The others are not."""
    source, log, lake = _first_day()
    if why == "altered":
        source.signatures["people"] = "altered"
    elif why == "cannot be told":
        source.unlogged["people"] = "it has no key"
    elif why == "new column":
        source.catalogue["people"] = [
            SourceColumn("id", "bigint", nullable=False),
            SourceColumn("name", "text", nullable=True),
            SourceColumn("email", "text", nullable=True),
        ]
    else:
        log.told -= {"people"}
    assert _second_day(source, log, lake) == {"people": "snapshot", "visits": "changes"}


def test_a_log_that_was_lost_is_kept_anew() -> None:
    """All tables are read whole once, and people hear of it."""
    source, log, lake = _first_day()
    log.drop()
    second = extract(source, lake, declared(CONTRACTS), NEXT, run_id=RUN_ID, log=log, options=CHANGES)
    assert {table.mode for table in second.tables} == {"snapshot"}
    assert any("read whole" in note for note in second.notes)
    assert log.position() is not None


def test_another_run_that_took_over_stops_this_one() -> None:
    """Nothing becomes durable after that: neither a segment nor the batch."""
    source, log, lake = _first_day()
    transaction = source.begin()
    transaction.delete("people", PEOPLE[1])
    transaction.commit()
    position = log.position()

    def check() -> None:
        raise LakeError("Another run has taken over")

    with pytest.raises(LakeError, match="taken over"):
        extract(source, lake, declared(CONTRACTS), NEXT, run_id=RUN_ID, log=log, options=CHANGES, check=check)
    assert NEXT.manifest_key not in lake.files
    assert not [key for key in lake.files if "/segments/" in key]
    assert log.position() == position


def test_contracts_can_come_from_the_source() -> None:
    """Whatever tables it has are carried."""
    source, lake = InMemorySource({"pets": [{"id": 1}]}), InMemoryLake()
    source.catalogue["pets"] = [SourceColumn("id", "bigint", nullable=False)]
    extraction = extract(source, lake, derived(), BATCH, run_id=RUN_ID)
    assert [(table.table, table.rows, table.key) for table in extraction.tables] == [("pets", 1, ("id",))]


def test_a_segment_is_not_read_again_when_the_log_goes_back() -> None:
    """A server that crashed may have forgotten how far its log was confirmed; the lake has not."""
    source, log, lake = _first_day()
    began = log.position()
    transaction = source.begin()
    transaction.insert("people", {"id": 6, "name": "new"})
    transaction.commit()
    # The segment is durable, and everything after it fails.
    operations = 0
    while not any("/segments/" in key for key in lake.files):
        with suppress(LakeError):
            interrupted = InterruptedLake(lake, operations)
            extract(source, interrupted, declared(CONTRACTS), NEXT, run_id=RUN_ID, log=log, options=CHANGES)
        operations += 1
    assert NEXT.manifest_key not in lake.files
    log.kept_from = began
    assert _second_day(source, log, lake) == {"people": "changes", "visits": "changes"}
    rows = [
        row
        for key in lake.keys(NEXT.table_prefix("people"))
        if key.endswith(".parquet")
        for row in _rows(lake, key).to_pylist()
    ]
    assert [row["id"] for row in rows] == [6]


def test_a_segment_is_not_read_again_behind_a_commit_that_is_on_its_way() -> None:
    """The next segment begins at that commit again, and leaves out what the lake has."""
    source, log, lake = _first_day()
    on_its_way = source.begin()
    on_its_way.insert("people", {"id": 6, "name": "late"})
    on_its_way.write_log()
    for number in (7, 8):
        transaction = source.begin()
        transaction.insert("people", {"id": number, "name": "new"})
        transaction.commit()
    one_by_one = Options(extracting="changes", most_changes=1)
    second = extract(source, lake, declared(CONTRACTS), NEXT, run_id=RUN_ID, log=log, options=one_by_one)
    people_manifest = next(table for table in second.tables if table.table == "people")
    assert _ids(lake, people_manifest) == [7, 8]
    on_its_way.commit()
    later = Batch(date(2026, 3, 16))
    third = extract(source, lake, declared(CONTRACTS), later, run_id=RUN_ID, log=log, options=one_by_one)
    assert _ids(lake, next(table for table in third.tables if table.table == "people")) == [6]


def _ids(lake: InMemoryLake, table: TableManifest) -> list[object]:
    return [row["id"] for file in table.files for row in _rows(lake, file.key).to_pylist()]
