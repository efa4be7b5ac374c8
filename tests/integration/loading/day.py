"""A batch in a lake, which a test may damage, and the warehouse that it is to be loaded into."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any

import duckdb
import pyarrow as pa

from streamvision.adapters.lake.folder import FolderLake
from streamvision.adapters.warehouse.duckdb.warehouse import DuckDBWarehouse
from streamvision.domain.batch import FileFormat
from streamvision.domain.changes import Mode
from streamvision.domain.contract import Contract
from streamvision.domain.manifest import BatchManifest, FileEntry, TableManifest, digest
from streamvision.pipeline.extract.files import write_files
from streamvision.pipeline.load.step import load
from streamvision.ports.warehouse import QuarantinedRow, TableAccount
from tests.fakes.building import BATCH, LOADED_AT, RUN_ID, SNAPSHOT_AT, Row, arrow_table

Document = dict[str, Any]


class Day:
    """Keep a batch in a folder, with manifests that fit it until a test sees to it that they do not."""

    def __init__(
        self,
        folder: Path,
        tables: Sequence[tuple[Contract, pa.Table | Sequence[Row]]],
        file_format: FileFormat = "parquet",
        *,
        mode: Mode = "snapshot",
    ) -> None:
        """Write the batch."""
        self._folder, self._format, self._mode = folder, file_format, mode
        self.root = folder / "lake"
        self.lake = FolderLake(self.root.as_uri())
        self.warehouse = DuckDBWarehouse(f"duckdb://{folder / 'warehouse.duckdb'}")
        self.contracts = [contract for contract, _ in tables]
        manifests = {contract.table: self._written(contract, rows) for contract, rows in tables}
        whole = BatchManifest(
            batch_id=BATCH.id,
            source_id="postgres-1-2",
            snapshot="00000003-1",
            snapshot_at=SNAPSHOT_AT,
            run_id=RUN_ID,
            tables=tuple((table, digest(each.to_json())) for table, each in sorted(manifests.items())),
        )
        for table, manifest in manifests.items():
            self.lake.put(BATCH.table_manifest_key(table), manifest.to_json())
        self.lake.put(BATCH.manifest_key, whole.to_json())

    def key(self, table: str) -> str:
        """Return the key of a table's file."""
        return BATCH.file_key(table, 0, self._format)

    def change(self, table: str, changed: Callable[[bytes], bytes]) -> None:
        """Change the bytes of a table's file."""
        path = self.root / self.key(table)
        path.write_bytes(changed(path.read_bytes()))

    def seal(self, table: str, **changes: object) -> None:
        """Make the manifests fit a table's file as it is now, but for what a test wants them to say of it."""
        content = (self.root / self.key(table)).read_bytes()
        found = {"bytes": len(content), "sha256": digest(content)}
        self.edit_table(table, lambda document: document["files"][0].update(found | changes))

    def edit_table(self, table: str, edit: Callable[[Document], object], *, sealed: bool = True) -> None:
        """Edit a table's manifest; the batch's own then vouches for it."""
        path = self.root / BATCH.table_manifest_key(table)
        document = json.loads(path.read_bytes())
        edit(document)
        path.write_bytes(_dump(document))
        if sealed:
            checksum = digest(path.read_bytes())
            self.edit_batch(lambda whole: whole["tables"].update({table: checksum}))

    def edit_batch(self, edit: Callable[[Document], object], *, sealed: bool = True) -> None:
        """Edit the batch's own manifest, which then vouches for itself."""
        path = self.root / BATCH.manifest_key
        document = json.loads(path.read_bytes())
        edit(document)
        if sealed:
            del document["sha256"]
            document["sha256"] = digest(_dump(document))
        path.write_bytes(_dump(document))

    def keep_copy(self) -> None:
        """Keep a copy of the lake."""
        copytree(self.root, self._folder / "copy")

    def restore(self) -> None:
        """Make the lake as it was when the copy was made."""
        rmtree(self.root)
        copytree(self._folder / "copy", self.root)

    def load(self) -> dict[str, TableAccount]:
        """Load the batch and return the tables' accounts."""
        (loaded,) = load(
            self.lake, self.warehouse, self.contracts, until=BATCH, run_id=RUN_ID, loaded_at=lambda: LOADED_AT
        )
        return {account.table: account for account in loaded.accounts}

    def quarantined(self, table: str) -> list[QuarantinedRow]:
        """Return what of a table is in quarantine, in the order of the file."""
        rows = self.warehouse.quarantined_rows(table, limit=99)
        return sorted(rows, key=lambda row: row.source_row)

    def query(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the warehouse."""
        with duckdb.connect(str(self._folder / "warehouse.duckdb"), read_only=True) as connection:
            connection.execute("set timezone = 'UTC'")
            return connection.execute(query).fetchall()

    def _written(self, contract: Contract, rows: pa.Table | Sequence[Row]) -> TableManifest:
        written = rows if isinstance(rows, pa.Table) else arrow_table(contract, rows, self._mode)
        entries: list[FileEntry] = write_files(
            self.lake,
            lambda part: BATCH.file_key(contract.table, part, self._format),
            written.to_batches(),
            written.schema,
            self._format,
        )
        return TableManifest(
            batch_id=BATCH.id,
            table=contract.table,
            format=self._format,
            snapshot="00000003-1",
            schema=tuple((column.name, column.type) for column in contract.columns),
            files=tuple(entries),
            mode=self._mode,
            relation=("public", contract.table),
            key=contract.key,
            nullable=tuple(column.name for column in contract.columns if column.nullable),
        )


def _dump(document: Mapping[str, object]) -> bytes:
    return (json.dumps(document, indent=2, sort_keys=True) + "\n").encode()
