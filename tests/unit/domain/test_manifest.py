"""Manifests prove that a batch is whole and is what it says."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from streamvision.domain.batch import Batch
from streamvision.domain.errors import ManifestError
from streamvision.domain.manifest import (
    BatchManifest,
    FileEntry,
    TableManifest,
    digest,
    parse_batch_manifest,
    parse_table_manifest,
)

BATCH = Batch(date(2026, 3, 4))
TABLE = TableManifest(
    batch_id=BATCH.id,
    table="users",
    format="parquet",
    snapshot="00000003-1",
    schema=(("id", "bigint"), ("e_mail", "text")),
    files=(FileEntry("a/b.parquet", 3, 120, "f" * 64), FileEntry("a/b_1.parquet", 2, 80, "e" * 64)),
)
WHOLE = BatchManifest(
    batch_id=BATCH.id,
    source_id="postgres-7-5",
    snapshot="00000003-1",
    snapshot_at=datetime(2026, 3, 4, 23, 59, 59, 999999, tzinfo=UTC),
    run_id="20260305T000000-1",
    tables=(("content", "a" * 64), ("users", digest(TABLE.to_json()))),
)


def test_a_tables_manifest_comes_back_as_it_was() -> None:
    """Everything that was written is read."""
    content = TABLE.to_json()
    assert parse_table_manifest(content, BATCH, "users", digest(content)) == TABLE
    assert (TABLE.rows, TABLE.size_bytes) == (5, 200)


def test_a_batchs_manifest_comes_back_as_it_was() -> None:
    """Everything that was written is read, to the microsecond."""
    assert parse_batch_manifest(WHOLE.to_json(), BATCH) == WHOLE


def test_equal_manifests_have_equal_bytes() -> None:
    """A batch made again under the same circumstances has the same files, byte for byte."""
    assert replace(WHOLE).to_json() == WHOLE.to_json()
    content = TABLE.to_json()
    assert parse_table_manifest(content, BATCH, "users", digest(content)).to_json() == content
    assert parse_batch_manifest(WHOLE.to_json(), BATCH).to_json() == WHOLE.to_json()


def test_the_bytes_of_a_manifest_stay_what_they_are() -> None:
    """Batches of earlier versions can be read only while the text keeps its form."""
    assert digest(TABLE.to_json()) == "df85d1be68f83ad3eaa99439a7f856982b7b383ba1387dff5df95feb78f19ba8"
    assert digest(WHOLE.to_json()) == "9f58e0481714f4601aff84c38620e661ea3672d31f7f1bf282d326f3e820e11a"


def test_an_edited_manifest_is_refused() -> None:
    """Even a change that leaves it readable shows."""
    edited = replace(TABLE, files=TABLE.files[:1]).to_json()
    with pytest.raises(ManifestError, match="its checksum is not the one") as refusal:
        parse_table_manifest(edited, BATCH, "users", digest(TABLE.to_json()))
    assert refusal.value.where == BATCH.table_manifest_key("users")


def test_the_manifest_of_another_batch_is_refused() -> None:
    """A manifest that was copied to another day does not make a batch."""
    other = Batch(date(2026, 3, 5))
    content = TABLE.to_json()
    with pytest.raises(ManifestError, match="users of 2026-03-04"):
        parse_table_manifest(content, other, "users", digest(content))
    with pytest.raises(ManifestError, match="it names the batch 2026-03-04"):
        parse_batch_manifest(WHOLE.to_json(), other)


def test_the_manifest_of_another_table_is_refused() -> None:
    """A manifest that was copied to another table does not describe that one."""
    content = TABLE.to_json()
    with pytest.raises(ManifestError, match="it names users of 2026-03-04"):
        parse_table_manifest(content, BATCH, "content", digest(content))


def _changed(content: bytes, **changes: object) -> bytes:
    return json.dumps(json.loads(content) | changes).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"{}",
        _changed(WHOLE.to_json(), version=1),
        _changed(WHOLE.to_json(), snapshot_at="yesterday"),
        _changed(WHOLE.to_json(), snapshot_at=None),
        _changed(WHOLE.to_json(), tables=["users"]),
        _changed(WHOLE.to_json(), tables=None),
    ],
)
def test_a_damaged_manifest_of_a_batch_is_refused(content: bytes) -> None:
    """The error says which file it is, and that nothing was loaded."""
    with pytest.raises(ManifestError) as refusal:
        parse_batch_manifest(content, BATCH)
    assert refusal.value.where == BATCH.manifest_key
    assert "no row of this batch was loaded" in refusal.value.safe


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        _changed(TABLE.to_json(), version=0),
        _changed(TABLE.to_json(), files=None),
        _changed(TABLE.to_json(), files=[{"key": "a"}]),
        _changed(TABLE.to_json(), files=["a"]),
        _changed(TABLE.to_json(), schema=["name"]),
    ],
)
def test_a_damaged_manifest_of_a_table_is_refused(content: bytes) -> None:
    """Its checksum may fit: then it was written that way."""
    with pytest.raises(ManifestError) as refusal:
        parse_table_manifest(content, BATCH, "users", digest(content))
    assert refusal.value.where == BATCH.table_manifest_key("users")
