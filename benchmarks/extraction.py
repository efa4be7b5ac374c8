"""Extraction of one large table, as ratios to a bare `COPY ... TO STDOUT` and to pandas in the same run.

    python benchmarks/extraction.py [--rows 3000000] [--rounds 3] [--pandas] [--large-rows 30000000]

Each measurement is a process of its own, so that its peak memory is its own; they take turns, so that a
machine that slows down slows all. Prints the medians. `--pandas` adds read_sql + to_csv, once;
`--large-rows` adds the peak memory of extracting a larger table.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import pandas as pd
import psycopg

from _peak import peak_mib
from _plays import COLUMNS, TABLE
from streamvision.adapters.lake.folder import FolderLake
from streamvision.adapters.source.embedded import EmbeddedServer
from streamvision.adapters.source.postgres.source import PostgresSource
from streamvision.domain.batch import Batch
from streamvision.domain.contract import Column, Contract
from streamvision.pipeline.extract.derive import declared
from streamvision.pipeline.extract.step import THREADS, extract
from streamvision.ports.arrow_types import snapshot_schema
from streamvision.ports.source import Piece


def main() -> None:
    """Run the benchmark, or one of its measurements."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=3_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pandas", action="store_true")
    parser.add_argument("--large-rows", type=int, default=0)
    parser.add_argument("--measure", choices=list(_MEASURES), help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        measurement = _MEASURES[arguments.measure](arguments.url)
        sys.stdout.write(json.dumps(measurement))
        return
    with TemporaryDirectory(prefix="streamvision-benchmark-") as folder:
        server = EmbeddedServer(f"embedded://{folder}/source")
        try:
            _compare(server.start(), arguments)
        finally:
            server.stop()


def _compare(url: str, arguments: argparse.Namespace) -> None:
    rows, rounds = arguments.rows, arguments.rounds
    sys.stdout.write(f"filling a table of {rows:,} rows and {len(COLUMNS)} columns\n")
    _fill(url, rows)
    results: dict[str, list[dict[str, float]]] = {"copy": [], "read": [], "extract": []}
    for _ in range(rounds):
        for name, measurements in results.items():
            measurements.append(_measured_apart(name, url))
    seconds = {
        name: statistics.median(result["seconds"] for result in found) for name, found in results.items()
    }
    peak = max(result["peak_mib"] for result in results["extract"])
    size = results["extract"][0]["mib"]
    sys.stdout.write(
        f"bare COPY TO STDOUT     {seconds['copy']:8.2f} s\n"
        f"reading, in exact types {seconds['read']:8.2f} s\n"
        f"extraction to Parquet   {seconds['extract']:8.2f} s, {size:.0f} MiB of files\n"
        f"ratio                   {seconds['extract'] / seconds['copy']:8.2f} x a bare COPY"
        f" (median of {rounds} rounds)\n"
        f"peak memory             {peak:8.0f} MiB\n"
    )
    if arguments.pandas:
        pandas = _measured_apart("pandas", url)
        sys.stdout.write(
            f"pandas to CSV           {pandas['seconds']:8.2f} s, {pandas['peak_mib']:.0f} MiB of memory:"
            f" {pandas['seconds'] / seconds['extract']:.1f} x the extraction\n"
        )
    if arguments.large_rows:
        _fill(url, arguments.large_rows)
        large = _measured_apart("extract", url)
        sys.stdout.write(
            f"{arguments.large_rows:,} rows: {large['seconds']:.1f} s,"
            f" peak memory {large['peak_mib']:.0f} MiB\n"
        )


def _measured_apart(name: str, url: str) -> dict[str, float]:
    command = [sys.executable, __file__, "--measure", name, "--url", url]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - this very script
    measurement: dict[str, float] = json.loads(done.stdout)
    return measurement


def _fill(url: str, rows: int) -> None:
    definitions = ", ".join(f"{name} {type_}" for name, (type_, _) in COLUMNS.items())
    values = ", ".join(expression for _, expression in COLUMNS.values())
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"drop table if exists {TABLE}".encode())
        connection.execute(f"create table {TABLE} ({definitions})".encode())
        insert = f"insert into {TABLE} select {values} from generate_series(1, {rows}::bigint) as i"
        connection.execute(insert.encode())
        connection.execute(f"vacuum (freeze, analyze) {TABLE}".encode())


def _bare_copy(url: str) -> dict[str, float]:
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        began = time.perf_counter()
        with cursor.copy(f"copy {TABLE} to stdout".encode()) as copy:
            for _ in copy:
                pass
        return {"seconds": time.perf_counter() - began, "peak_mib": peak_mib()}


def _pandas(url: str) -> dict[str, float]:
    with TemporaryDirectory(prefix="streamvision-benchmark-") as folder, psycopg.connect(url) as connection:
        began = time.perf_counter()
        # pandas would rather have SQLAlchemy, which does the same and takes longer.
        unwanted = cast("Any", connection)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            frame = pd.read_sql(f"select * from {TABLE}", unwanted)
        frame.to_csv(Path(folder) / "plays.csv", index=False)
        return {"seconds": time.perf_counter() - began, "peak_mib": peak_mib()}


def _contract() -> Contract:
    return Contract(
        schema="public",
        table=TABLE,
        description="Plays.",
        grain="one row per play",
        key=("id",),
        columns=tuple(
            Column(name=name, type=type_, description="", nullable=True)
            for name, (type_, _) in COLUMNS.items()
        ),
    )


def _reading(url: str) -> dict[str, float]:
    """Read all pieces, as many at a time as the extraction does, and write nothing."""
    contract = _contract()
    schema = snapshot_schema(contract)
    began = time.perf_counter()
    with PostgresSource(url).snapshot() as snapshot, ThreadPoolExecutor(THREADS) as pool:

        def rows_of(piece: Piece) -> int:
            return sum(batch.num_rows for batch in snapshot.read(contract, schema, piece))

        rows = sum(pool.map(rows_of, snapshot.pieces(contract)))
    return {"seconds": time.perf_counter() - began, "peak_mib": peak_mib(), "rows": rows}


def _extraction(url: str) -> dict[str, float]:
    with TemporaryDirectory(prefix="streamvision-benchmark-") as folder:
        lake = FolderLake(Path(folder).as_uri())
        began = time.perf_counter()
        day = Batch(date(2026, 1, 1))
        done = extract(PostgresSource(url), lake, declared([_contract()]), day, run_id="benchmark")
        seconds = time.perf_counter() - began
    return {
        "seconds": seconds,
        "peak_mib": peak_mib(),
        "mib": sum(table.size_bytes for table in done.tables) / 1024**2,
    }


_MEASURES: dict[str, Callable[[str], dict[str, float]]] = {
    "copy": _bare_copy,
    "read": _reading,
    "extract": _extraction,
    "pandas": _pandas,
}


if __name__ == "__main__":
    main()
