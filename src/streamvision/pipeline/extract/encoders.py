"""Turns record batches into the bytes of a file, in each of the lake's formats."""

import io
from collections.abc import Callable, Sequence
from typing import Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from streamvision.domain.batch import FileFormat
from streamvision.pipeline.extract.csv_files import CsvEncoder, GzipCsvEncoder


class Encoder(Protocol):
    """Write record batches into one file."""

    def write(self, batches: Sequence[pa.RecordBatch]) -> None:
        """Write rows; in Parquet they make a row group."""
        ...

    def close(self) -> None:
        """Have everything written. The file itself stays open."""
        ...


def encoder(file_format: FileFormat, file: io.RawIOBase, schema: pa.Schema) -> Encoder:
    """Return an encoder that writes into a file."""
    encoders: dict[FileFormat, Callable[[io.RawIOBase, pa.Schema], Encoder]] = {
        "parquet": ParquetEncoder,
        "csv": CsvEncoder,
        "csv.gz": GzipCsvEncoder,
    }
    return encoders[file_format](file, schema)


class ParquetEncoder:
    """Write Parquet, compressed by zstd."""

    def __init__(self, file: io.RawIOBase, schema: pa.Schema) -> None:
        """Write what the file begins with."""
        self._schema = schema
        # Texts repeat, so a dictionary pays; whole numbers and moments mostly differ little from the one
        # before, so differences do. Rows encoded like this take half the time to write.
        self._writer = pq.ParquetWriter(
            pa.PythonFile(file, mode="w"),
            schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=[path for path, type_ in _leaves(schema) if pa.types.is_string(type_)],
            column_encoding={
                path: "DELTA_BINARY_PACKED" for path, type_ in _leaves(schema) if _is_counted(type_)
            },
        )

    def write(self, batches: Sequence[pa.RecordBatch]) -> None:
        """Write a row group."""
        self._writer.write_table(pa.Table.from_batches(batches, self._schema))

    def close(self) -> None:
        """Have everything written."""
        self._writer.close()


def _leaves(schema: pa.Schema) -> list[tuple[str, pa.DataType]]:
    """Return the columns as Parquet knows them: of a list, its elements."""
    return [
        (f"{field.name}.list.element", field.type.value_type)
        if pa.types.is_list(field.type)
        else (field.name, field.type)
        for field in schema
    ]


def _is_counted(type_: pa.DataType) -> bool:
    return bool(pa.types.is_integer(type_) or pa.types.is_date(type_) or pa.types.is_timestamp(type_))
