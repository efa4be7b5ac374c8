"""A batch: one day's consistent picture of the source, and the keys under which the lake keeps it."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

FileFormat = Literal["parquet", "csv", "csv.gz"]
"""How files are written, which is also how their names end."""
MANIFEST_NAME = "_manifest.json"
RAW_PREFIX = "raw/postgres/"
BATCHES_PREFIX = f"{RAW_PREFIX}_batches/"


@dataclass(frozen=True, order=True)
class Batch:
    """Name the picture of one day; there is one batch a day."""

    day: date

    @property
    def id(self) -> str:
        """Return the name by which RAW, the manifests and people know the batch."""
        return self.day.isoformat()

    @property
    def manifest_key(self) -> str:
        """Return the key of the batch's own manifest, which is written last of all."""
        return f"{BATCHES_PREFIX}{self.id}/{MANIFEST_NAME}"

    def table_prefix(self, table: str) -> str:
        """Return the folder of one table's files."""
        return f"{RAW_PREFIX}{table}/{self.id}/"

    def table_manifest_key(self, table: str) -> str:
        """Return the key of one table's manifest."""
        return f"{self.table_prefix(table)}{MANIFEST_NAME}"

    def file_key(self, table: str, part: int, file_format: FileFormat) -> str:
        """Return the key of a table's file; the first part has no number."""
        number = f"_{part}" if part else ""
        return f"{self.table_prefix(table)}{table}_{self.day:%Y%m%d}{number}.{file_format}"

    def quarantine_key(self, table: str) -> str:
        """Return the key of the rows of a table that broke their contract."""
        return f"quarantine/postgres/{table}/{self.id}/{table}_{self.day:%Y%m%d}.parquet"


def batch_of(batch_id: str) -> Batch:
    """Return the batch of an id."""
    return Batch(date.fromisoformat(batch_id))


def batch_from_manifest_key(key: str) -> Batch | None:
    """Return the batch whose own manifest has this key, None for any other key."""
    try:
        batch = Batch(date.fromisoformat(key.removeprefix(BATCHES_PREFIX).partition("/")[0]))
    except ValueError:
        return None
    return batch if batch.manifest_key == key else None
