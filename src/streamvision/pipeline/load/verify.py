"""Proves that a batch in the lake is whole before any of it is loaded."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from streamvision.domain.batch import Batch
from streamvision.domain.contract import Contract, in_dependency_order
from streamvision.domain.errors import ManifestError
from streamvision.domain.manifest import FileEntry, TableManifest, parse_batch_manifest, parse_table_manifest
from streamvision.ports.lake import Lake
from streamvision.ports.warehouse import IncomingBatch, IncomingFile, IncomingTable

_CHUNK_BYTES = 1024 * 1024


@contextmanager
def verified_batch(lake: Lake, batch: Batch, contracts: Sequence[Contract]) -> Iterator[IncomingBatch]:
    """Lend a batch whose every file has been held against its checksum.

    Raises:
        ManifestError: when a manifest or a file is missing, damaged or changed, or a table has no contract.

    """
    content = lake.get(batch.manifest_key)
    if content is None:
        raise _missing(batch.manifest_key)
    manifest = parse_batch_manifest(content, batch)
    checksums = dict(manifest.tables)
    _check_tables(batch, checksums.keys(), contracts)
    with ExitStack() as stack:
        tables = []
        for contract in in_dependency_order(contracts):
            sha256 = checksums[contract.table]
            table = _table_manifest(lake, batch, contract, sha256)
            files = tuple(
                IncomingFile(entry.key, _verified_file(lake, entry, stack), entry.rows)
                for entry in table.files
            )
            tables.append(
                IncomingTable(
                    contract=contract,
                    format=table.format,
                    files=files,
                    extracted_bytes=table.size_bytes,
                    manifest_sha256=sha256,
                )
            )
        yield IncomingBatch(
            batch=batch,
            source_id=manifest.source_id,
            snapshot_at=manifest.snapshot_at,
            tables=tuple(tables),
        )


def _table_manifest(lake: Lake, batch: Batch, contract: Contract, sha256: str) -> TableManifest:
    key = batch.table_manifest_key(contract.table)
    content = lake.get(key)
    if content is None:
        raise _missing(key)
    manifest = parse_table_manifest(content, batch, contract.table, sha256)
    expected = tuple((column.name, column.type) for column in contract.columns)
    if manifest.schema != expected:
        raise ManifestError(
            f"The table {contract.table} of this batch was extracted under another contract",
            where=key,
            safe="the warehouse is as it was before; no row of this batch was loaded",
            next_command=f"restore contracts/{contract.table}.yml as it was for this batch",
        )
    return manifest


def _check_tables(batch: Batch, tables: object, contracts: Sequence[Contract]) -> None:
    known = {contract.table for contract in contracts}
    if known != tables:
        raise ManifestError(
            "The tables of this batch are not those that have a contract",
            where=batch.manifest_key,
            safe="the warehouse is as it was before; no row of this batch was loaded",
            next_command="compare contracts/ with the tables that the manifest names",
        )


def _verified_file(lake: Lake, entry: FileEntry, stack: ExitStack) -> Path:
    path = stack.enter_context(lake.local_file(entry.key))
    checksum = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            checksum.update(chunk)
    if checksum.hexdigest() != entry.sha256:
        raise ManifestError(
            "A file in the lake is not the one that was extracted: its checksum differs",
            where=entry.key,
            safe="the warehouse is as it was before; no row of this batch was loaded",
            next_command="restore the file from a copy",
        )
    return path


def _missing(key: str) -> ManifestError:
    return ManifestError(
        "There is no such batch in the lake: its manifest is missing",
        where=key,
        safe="the warehouse is as it was before",
        next_command="streamvision extract",
    )
