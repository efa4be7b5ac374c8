"""Makes contracts, files and batches as small as a test needs them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa

from streamvision.adapters.lake.folder import FolderLake
from streamvision.domain.batch import Batch, FileFormat
from streamvision.domain.changes import COMMIT_LSN, COMMITTED_AT, OPERATION, POSITION, ROW, UNFIT, Mode
from streamvision.domain.contract import Contract, parse_contract
from streamvision.pipeline.extract.files import write_files
from streamvision.ports.arrow_types import changes_schema, cursor_schema, snapshot_schema
from streamvision.ports.warehouse import IncomingBatch, IncomingFile, IncomingTable

DAY = date(2026, 3, 14)
BATCH = Batch(DAY)
SNAPSHOT_AT = datetime(2026, 3, 14, 23, 30, tzinfo=UTC)
LOADED_AT = datetime(2026, 3, 15, 1, 2, 3, 456789, tzinfo=UTC)
RUN_ID = "20260315T010203-7"

Row = Mapping[str, object]


def column(name: str, type_: str, **more: object) -> dict[str, object]:
    """Return a column of a contract document."""
    return {"name": name, "type": type_, "description": f"The {name}.", **more}


def document(
    table: str,
    *columns: Mapping[str, object],
    key: Sequence[str] = ("id",),
    rules: Sequence[tuple[str, str, str]] = (),
) -> dict[str, object]:
    """Return a contract document; rules are (name, holds, reason)."""
    return {
        "table": f"public.{table}",
        "description": f"The {table}.",
        "grain": "one row per thing",
        "key": list(key),
        "columns": list(columns),
        "rules": [{"name": name, "holds": holds, "reason": reason} for name, holds, reason in rules],
    }


def contract(
    table: str,
    *columns: Mapping[str, object],
    key: Sequence[str] = ("id",),
    rules: Sequence[tuple[str, str, str]] = (),
) -> Contract:
    """Return a contract."""
    return parse_contract(document(table, *columns, key=key, rules=rules), f"{table}.yml")


def people() -> Contract:
    """Return a table that others refer to."""
    return contract("people", column("id", "bigint"), column("name", "text", nullable=True))


def visits() -> Contract:
    """Return a table that refers to people."""
    return contract(
        "visits",
        column("id", "bigint"),
        column("person_id", "bigint", references="people.id"),
        column("minutes", "integer", nullable=True, min=0),
    )


def arrow_table(table: Contract, rows: Sequence[Row], mode: Mode = "snapshot") -> pa.Table:
    """Return rows in the types in which the lake keeps a table; what a row leaves out is NULL.

    Technical columns that a row leaves out are filled: changes are inserts, each a transaction of its own;
    rows of a cursor are upserts.
    """
    schema = schema_of(table, mode)
    complete = [
        {name: row.get(name, _technical(name, number, mode)) for name in schema.names}
        for number, row in enumerate(rows, start=1)
    ]
    return pa.Table.from_pylist(complete, schema=schema)


def schema_of(table: Contract, mode: Mode = "snapshot") -> pa.Schema:
    """Return the schema of a table's files."""
    schemas = {"snapshot": snapshot_schema, "changes": changes_schema, "cursor": cursor_schema}
    return schemas[mode](table)


def _technical(name: str, number: int, mode: Mode) -> object:
    filled: dict[str, object] = {
        OPERATION: "upsert" if mode == "cursor" else "insert",
        COMMIT_LSN: 1000 + number,
        COMMITTED_AT: SNAPSHOT_AT,
        POSITION: number,
        ROW: True,
    }
    return filled.get(name)


def incoming_table(
    folder: Path,
    table: Contract,
    rows: Sequence[Row],
    *,
    file_format: FileFormat = "parquet",
    batch: Batch = BATCH,
    mode: Mode = "snapshot",
    quarantined_because: str = "",
) -> IncomingTable:
    """Write rows as the extract step does, into a lake in a folder, and return them as the load step does."""
    written = arrow_table(table, rows, mode)
    incoming = incoming_arrow(folder, table, written, file_format=file_format, batch=batch, mode=mode)
    return replace(incoming, quarantined_because=quarantined_because)


def incoming_arrow(
    folder: Path,
    table: Contract,
    written: pa.Table,
    *,
    file_format: FileFormat = "parquet",
    batch: Batch = BATCH,
    mode: Mode = "snapshot",
) -> IncomingTable:
    """Do as `incoming_table` does with rows that are in the files' types already."""
    entries = write_files(
        FolderLake(folder.as_uri()),
        lambda part: batch.file_key(table.table, part, file_format),
        written.to_batches(),
        written.schema,
        file_format,
    )
    files = tuple(IncomingFile(entry.key, folder / entry.key, entry.rows) for entry in entries)
    return IncomingTable(
        table, file_format, files, sum(entry.bytes for entry in entries), "0" * 64, mode=mode
    )


def incoming_text(
    folder: Path, table: Contract, lines: Sequence[str], *, batch: Batch = BATCH
) -> IncomingTable:
    """Write a CSV file by hand, its header included, and return it as the load step would.

    The lines are the contract's columns; the column of unfit values is added to them, empty.
    """
    key = batch.file_key(table.table, 0, "csv")
    path = folder / key
    path.parent.mkdir(parents=True, exist_ok=True)
    header = ",".join(f'"{name}"' for name in snapshot_schema(table).names)
    unfit = "," if UNFIT in snapshot_schema(table).names else ""
    content = "\n".join([header, *(line + unfit for line in lines), ""]).encode()
    path.write_bytes(content)
    return IncomingTable(table, "csv", (IncomingFile(key, path, len(lines)),), len(content), "0" * 64)


def incoming_batch(*tables: IncomingTable, batch: Batch = BATCH) -> IncomingBatch:
    """Return a batch of tables; each must come after those that it refers to."""
    return IncomingBatch(batch, "postgres-1-2", SNAPSHOT_AT, tables)
