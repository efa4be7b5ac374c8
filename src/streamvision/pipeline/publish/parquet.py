"""Writes what is published as Parquet files, for tools that read files."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from streamvision.domain.errors import WarehouseError
from streamvision.files import taking_place
from streamvision.ports.marts import MartReader, Publication

_TABLES = """
    select lower(table_schema) as table_schema, lower(table_name) as table_name
    from information_schema.tables
    where table_catalog = current_database() and lower(table_schema) in ('core', 'marts')
    order by table_schema, table_name
"""
# Tables that the pipeline keeps beside those of the models are not published ones, and aggregates are what
# marts are summed of.
_NOT_FOR_READERS = ("_", "agg_")
_TRIES = 3


def write_parquet(marts: MartReader, folder: Path) -> dict[str, int]:
    """Write each fact, dimension and mart as `<schema>/<table>.parquet`; return the rows of each.

    All are of one publication: where a run publishes meanwhile, they are written anew. Readers find each file
    whole, as it was or as it is. Moments are written in UTC, without a zone.

    Raises:
        NothingPublishedError: when no run has published yet.
        WarehouseError: when publications follow one another faster than they can be written.

    """
    for _ in range(_TRIES):
        publication = marts.publication()
        counted = _write_all(marts, publication, folder)
        if marts.publication() == publication:
            return counted
    raise WarehouseError(
        "The marts were published anew each time while they were being written",
        where=str(folder),
        safe="the files are whole, but not of one publication",
        next_command="wait until no run goes on, then run the same command again",
    )


def _write_all(marts: MartReader, publication: Publication, folder: Path) -> dict[str, int]:
    counted: dict[str, int] = {}
    for row in marts.query(_TABLES).to_pylist():
        schema, name = row["table_schema"], row["table_name"]
        if not name.startswith(_NOT_FOR_READERS):
            rows = marts.query(f"select * from {schema}.{name}")  # noqa: S608 - names of the warehouse's own
            counted[f"{schema}.{name}"] = rows.num_rows
            _write(_without_zones(rows), folder / schema / f"{name}.parquet")
    _write(_without_zones(_publication(publication)), folder / "marts" / "_publication.parquet")
    return counted


def _publication(publication: Publication) -> pa.Table:
    return pa.table(
        {
            "batch_id": [publication.batch_id],
            "batch_date": [publication.batch_date],
            "published_at": pa.array([publication.published_at], pa.timestamp("us", "UTC")),
            "published_by": [publication.run_id],
        }
    )


def _without_zones(rows: pa.Table) -> pa.Table:
    """Take the zone from moments: readers of files would turn them into their own time of day."""
    fields = [
        field.with_type(pa.timestamp("us")) if pa.types.is_timestamp(field.type) else field
        for field in rows.schema
    ]
    return rows.cast(pa.schema(fields))


def _write(rows: pa.Table, path: Path) -> None:
    with taking_place(path) as unfinished:
        pq.write_table(rows, unfinished, compression="zstd")
