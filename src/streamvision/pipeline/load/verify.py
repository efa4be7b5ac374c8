"""Proves that a batch in the lake is whole before any of it is loaded."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from streamvision.domain.batch import MANIFEST_NAME, Batch
from streamvision.domain.contract import Contract, in_dependency_order
from streamvision.domain.derived import contract_from_manifest
from streamvision.domain.drift import Reconciled, reconcile, without_lost_references
from streamvision.domain.errors import ManifestError, WarehouseError
from streamvision.domain.manifest import (
    FileEntry,
    TableManifest,
    check_source,
    parse_batch_manifest,
    parse_table_manifest,
)
from streamvision.pipeline.load.contents import check_contents, check_values, files_schema
from streamvision.ports.lake import Lake
from streamvision.ports.warehouse import IncomingBatch, IncomingFile, IncomingTable

_CHUNK_BYTES = 1024 * 1024
_NOTHING_LOADED = "the warehouse is as it was before; no row of this batch was loaded"


@contextmanager
def verified_batch(
    lake: Lake, batch: Batch, contracts: Sequence[Contract] | None, *, source_id: str | None = None
) -> Iterator[IncomingBatch]:
    """Lend a batch whose every file has been held against its manifest: checksum, columns and rows.

    Each table comes with the columns that its files have, whatever its contract says by now.

    Args:
        lake: holds the batch.
        batch: names it.
        contracts: those that were written; None where each follows from the batch itself.
        source_id: the source of the batches before; None where there are none.

    Raises:
        ManifestError: when a manifest or a file is missing, damaged or changed, a table has no contract, or
            the batch came from another source. It takes the place of a WarehouseError in the block where
            the values of a file cannot be read.

    """
    content = lake.get(batch.manifest_key)
    if content is None:
        raise _missing(batch.manifest_key)
    manifest = parse_batch_manifest(content, batch)
    check_source(batch, manifest.source_id, source_id, safe=_NOTHING_LOADED)
    checksums = dict(manifest.tables)
    if contracts is not None:
        _check_tables(batch, checksums, contracts)
        _check_none_left_out(lake, batch, checksums, contracts)
    manifests = {table: _table_manifest(lake, batch, table, sha256) for table, sha256 in manifest.tables}
    fitted = _fitted(manifests, contracts)
    ordered = in_dependency_order(without_lost_references([each.contract for each in fitted.values()]))
    with ExitStack() as stack:
        tables = tuple(
            replace(
                _incoming(lake, batch, contract, manifests[contract.table], checksums[contract.table], stack),
                quarantined_because=fitted[contract.table].quarantined_because,
            )
            for contract in ordered
        )
        try:
            yield IncomingBatch(
                batch=batch,
                source_id=manifest.source_id,
                snapshot_at=manifest.snapshot_at,
                tables=tables,
            )
        except WarehouseError as error:
            # To look at every value of every file beforehand would take as long as loading them.
            for table in tables:
                check_values(table, error)
            raise


def _fitted(
    manifests: Mapping[str, TableManifest], contracts: Sequence[Contract] | None
) -> dict[str, Reconciled]:
    """Return the tables' contracts with the columns of the files, in the order of the files."""
    found = {table: contract_from_manifest(manifest) for table, manifest in manifests.items()}
    if contracts is None:
        return {table: Reconciled(contract) for table, contract in found.items()}
    return {
        contract.table: _in_the_files_order(
            reconcile(contract, found[contract.table].columns), manifests[contract.table]
        )
        for contract in contracts
        if contract.table in manifests
    }


def _in_the_files_order(reconciled: Reconciled, manifest: TableManifest) -> Reconciled:
    by_name = {column.name: column for column in reconciled.contract.columns}
    columns = tuple(by_name[name] for name, _ in manifest.schema)
    return replace(reconciled, contract=replace(reconciled.contract, columns=columns))


def _incoming(
    lake: Lake, batch: Batch, contract: Contract, manifest: TableManifest, sha256: str, stack: ExitStack
) -> IncomingTable:
    folder, schema = batch.table_prefix(manifest.table), files_schema(manifest)
    files = []
    for entry in manifest.files:
        if not entry.key.startswith(folder):
            raise _misplaced(entry, folder)
        path = _verified_file(lake, entry, stack)
        check_contents(path, entry, manifest.format, schema)
        files.append(IncomingFile(entry.key, path, entry.rows))
    return IncomingTable(
        contract=contract,
        format=manifest.format,
        files=tuple(files),
        extracted_bytes=manifest.size_bytes,
        manifest_sha256=sha256,
        mode=manifest.mode,
    )


def _table_manifest(lake: Lake, batch: Batch, table: str, sha256: str) -> TableManifest:
    key = batch.table_manifest_key(table)
    content = lake.get(key)
    if content is None:
        raise _missing(key)
    return parse_table_manifest(content, batch, table, sha256)


def _check_tables(batch: Batch, tables: Mapping[str, str], contracts: Sequence[Contract]) -> None:
    unknown = sorted(tables.keys() - {contract.table for contract in contracts})
    if unknown:
        raise ManifestError(
            f"The batch has tables without a contract: {', '.join(unknown)}",
            where=batch.manifest_key,
            safe=_NOTHING_LOADED,
            next_command="write their contracts, or load with --derive-contracts as the batch was extracted",
        )


def _check_none_left_out(
    lake: Lake, batch: Batch, tables: Mapping[str, str], contracts: Sequence[Contract]
) -> None:
    """See that the batch names each table that has a manifest of that day.

    What a killed extraction left is gone when a batch is made, so such a manifest was part of the batch.
    """
    for contract in contracts:
        key = batch.table_manifest_key(contract.table)
        if contract.table not in tables and lake.get(key) is not None:
            raise ManifestError(
                f"The batch does not name the table {contract.table}, though the lake has it",
                where=batch.manifest_key,
                safe=_NOTHING_LOADED,
                next_command=f"restore the batch's manifest from a copy; {key} is the table's",
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
            safe=_NOTHING_LOADED,
            next_command="restore the file from a copy",
        )
    return path


def _misplaced(entry: FileEntry, folder: str) -> ManifestError:
    return ManifestError(
        f"A manifest in the lake names a file that is not of its table and day: {entry.key}",
        where=f"{folder}{MANIFEST_NAME}",
        safe=_NOTHING_LOADED,
        next_command="restore the manifest from a copy",
    )


def _missing(key: str) -> ManifestError:
    return ManifestError(
        "There is no such batch in the lake: its manifest is missing",
        where=key,
        safe="the warehouse is as it was before",
        next_command="streamvision extract",
    )
