"""The names of a batch, exactly as people and other programs find them."""

from datetime import date

import pytest

from streamvision.domain.batch import Batch, batch_from_manifest_key

BATCH = Batch(date(2026, 3, 4))


def test_keys_are_those_of_the_design() -> None:
    """Other programs read the lake by these very names."""
    assert BATCH.id == "2026-03-04"
    assert BATCH.manifest_key == "raw/postgres/_batches/2026-03-04/_manifest.json"
    assert BATCH.table_prefix("users") == "raw/postgres/users/2026-03-04/"
    assert BATCH.table_manifest_key("users") == "raw/postgres/users/2026-03-04/_manifest.json"
    assert BATCH.file_key("users", 0, "parquet") == "raw/postgres/users/2026-03-04/users_20260304.parquet"
    assert BATCH.file_key("users", 2, "csv") == "raw/postgres/users/2026-03-04/users_20260304_2.csv"
    assert BATCH.quarantine_key("users") == "quarantine/postgres/users/2026-03-04/users_20260304.parquet"


def test_batches_sort_by_day() -> None:
    """The newest batch is the greatest."""
    days = [date(2026, 1, 10), date(2025, 12, 31), date(2026, 1, 9)]
    assert [batch.day for batch in sorted(map(Batch, days))] == sorted(days)


def test_a_batch_is_found_by_its_manifest() -> None:
    """The key leads back to the batch that it came from."""
    assert batch_from_manifest_key(BATCH.manifest_key) == BATCH


@pytest.mark.parametrize(
    "key",
    [
        "",
        "2026-03-04/_manifest.json",
        "raw/postgres/users/2026-03-04/_manifest.json",
        "raw/postgres/_batches/2026-03-04/",
        "raw/postgres/_batches/2026-03-04/manifest.json",
        "raw/postgres/_batches/2026-03-04/old/_manifest.json",
        "raw/postgres/_batches/2026-02-30/_manifest.json",
        "raw/postgres/_batches/yesterday/_manifest.json",
        # Days that can be read, but that are not written as the keys are: the batch would not be found again.
        "raw/postgres/_batches/20260304/_manifest.json",
        "raw/postgres/_batches/2026-W10-3/_manifest.json",
    ],
)
def test_any_other_key_is_no_batch(key: str) -> None:
    """What is not the manifest of a batch does not count as one."""
    assert batch_from_manifest_key(key) is None
