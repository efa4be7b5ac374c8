"""Holds a file against its table's manifest: whatever engine reads it, it must be what was extracted.

A checksum tells that a file is the one that the manifest names; this tells that the two belong together.
"""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from streamvision.domain.batch import FileFormat
from streamvision.domain.derived import contract_from_manifest
from streamvision.domain.errors import ManifestError
from streamvision.domain.manifest import FileEntry, TableManifest
from streamvision.pipeline.load.csv_contents import BadCsvError, count_csv_rows
from streamvision.ports.arrow_types import changes_schema, cursor_schema, snapshot_schema
from streamvision.ports.warehouse import IncomingTable

_SAFE = "the warehouse is as it was before; no row of this batch was loaded"
_NEXT = "restore the file from a copy, or remove the batch's folders and run `streamvision extract` again"
_ROWS_AT_ONCE = 16_384
_SCHEMAS = {"snapshot": snapshot_schema, "changes": changes_schema, "cursor": cursor_schema}


def files_schema(manifest: TableManifest) -> pa.Schema:
    """Return the schema that each file of a table's manifest must have."""
    return _SCHEMAS[manifest.mode](contract_from_manifest(manifest))


def check_contents(path: Path, entry: FileEntry, file_format: FileFormat, schema: pa.Schema) -> None:
    """See that a file can be read and has the columns and as many rows as its manifest says.

    Of Parquet only the footer is read, of CSV every line; memory is bounded either way.

    Args:
        path: the file.
        entry: what the manifest says of it.
        file_format: how it is written.
        schema: what `files_schema` returns.

    Raises:
        ManifestError: when it is anything else; it names the file, and the line where there are lines.

    """
    if file_format == "parquet":
        rows = _parquet_rows(path, entry, schema)
    else:
        rows = _csv_rows(path, entry, schema, compressed=file_format == "csv.gz")
    if rows != entry.rows:
        raise _refused(entry.key, f"it has {rows} rows, its manifest says {entry.rows}")


def check_values(table: IncomingTable, refusal: Exception) -> None:
    """Read every value of a table's Parquet files, to see whether one was why a warehouse refused them.

    Raises:
        ManifestError: when one cannot be read, or is no value of its type; it names the file and the rows.

    """
    if table.format != "parquet":
        return
    for file in table.files:
        row = 0
        try:
            with pq.ParquetFile(file.path) as opened:
                for batch in opened.iter_batches(batch_size=_ROWS_AT_ONCE):
                    batch.validate(full=True)
                    row += batch.num_rows
        except (pa.ArrowException, OSError, ValueError) as error:
            what = f"its values from row {row} on cannot be read ({_first_line(error)})"
            raise _refused(file.key, what) from refusal


def _parquet_rows(path: Path, entry: FileEntry, schema: pa.Schema) -> int:
    try:
        footer = pq.read_metadata(path)
        found = footer.schema.to_arrow_schema()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _refused(entry.key, f"it is no whole Parquet file ({_first_line(error)})") from error
    if differences := _differences(found, schema):
        raise _refused(entry.key, "; ".join(differences))
    rows: int = footer.num_rows
    return rows


def _differences(found: pa.Schema, expected: pa.Schema) -> list[str]:
    there, wanted = set(found.names), set(expected.names)
    differences = [
        f"the column {name} is missing, expected as {expected.field(name).type}"
        for name in expected.names
        if name not in there
    ]
    differences += [
        f"the column {field.name} ({field.type}) is not one of its table"
        for field in found
        if field.name not in wanted
    ]
    if differences:
        return differences
    if found.names != expected.names:
        return [f"its columns are {', '.join(found.names)}, expected {', '.join(expected.names)}"]
    return [
        f"the column {is_.name} is {is_.type}, expected {should.type}"
        for is_, should in zip(found, expected, strict=True)
        if is_.type != should.type
    ]


def _csv_rows(path: Path, entry: FileEntry, schema: pa.Schema, *, compressed: bool) -> int:
    try:
        return count_csv_rows(path, schema.names, compressed=compressed)
    except BadCsvError as error:
        where = f"{entry.key}, line {error.line}" if error.line else entry.key
        raise _refused(where, error.what) from error


def _refused(where: str, what: str) -> ManifestError:
    return ManifestError(
        f"A file in the lake is not what it should be: {what}", where=where, safe=_SAFE, next_command=_NEXT
    )


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
