"""The simulator against a seeding script with Faker, and against a bare COPY of the same rows.

    python benchmarks/simulating.py [--preset report] [--script-users 400] [--rounds 3]
    python benchmarks/simulating.py --preset large --scale 0.1 --alone

All fill the same tables of an embedded PostgreSQL, with all keys, checks and indexes in place at the end:

- the simulator: `streamvision simulate` of the preset, its rows drawn while they are copied;
- a bare COPY: `COPY ... FROM STDIN` of the same rows, made beforehand as text, into the tables as they are;
- a naked COPY: the same rows, made beforehand, in binary into unlogged tables without a key, a check or an
  index. It is no peer: it shows the most that anything can reach that writes these rows through COPY;
- the script (`_faker_script.py`): row by row with Faker, then `executemany`, as seeding scripts do; the
  tables have their rows in the proportions of the preset.

Prints rows per second and the ratios to the limits: at least 100 times the script, at least half of the bare
COPY. `--alone` measures the simulator only: its rows per second, and the memory of all its processes.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pyarrow as pa
from adbc_driver_postgresql import dbapi
from psycopg import sql

from _faker_script import scripted
from _peak import peak_mib, peak_mib_of_children
from streamvision.adapters.service.postgres import PostgresServiceDatabase
from streamvision.adapters.source.embedded import EmbeddedServer
from streamvision.assets import asset
from streamvision.pipeline.simulate.shards import usual_workers
from streamvision.pipeline.simulate.step import PRESETS, SimulationSpec, Volumes, simulate, simulated_tables

UNTIL = date(2026, 11, 22)
LEAST_OVER_SCRIPT, LEAST_OF_COPY = 100.0, 0.5


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--preset", default="report", choices=list(PRESETS))
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--scale", type=float, default=1.0, help="so many times the size of the preset")
    parser.add_argument("--script-users", type=int, default=1_000)
    parser.add_argument("--alone", action="store_true", help="measure the simulator only")
    arguments = parser.parse_args()
    volumes = PRESETS[arguments.preset].scaled(arguments.scale)
    spec = SimulationSpec(volumes, seed=42, until=UNTIL)
    with TemporaryDirectory(prefix="streamvision-benchmark-") as folder:
        server = EmbeddedServer(f"embedded://{folder}/source")
        try:
            url = server.start()
            _compare(url, spec, arguments)
        finally:
            server.stop()


def _compare(url: str, spec: SimulationSpec, arguments: argparse.Namespace) -> None:
    rates: dict[str, list[float]] = {"simulator": [], "copy": [], "naked": [], "script": []}
    for _ in range(arguments.rounds):
        rates["simulator"].append(_simulated(_empty(url), spec))
        if not arguments.alone:
            rates["copy"].append(_copied(_empty(url), spec))
            rates["naked"].append(_copied_naked(_empty(url), spec))
            rates["script"].append(scripted(_empty(url), _fewer(spec.volumes, arguments.script_users)))
    median = {name: statistics.median(found) for name, found in rates.items() if found}
    workers = min(usual_workers(), spec.shards - 1)
    sys.stdout.write(
        f"simulator      {median['simulator']:12,.0f} rows/s, peak memory {peak_mib():,.0f} MiB and "
        f"{workers} x {peak_mib_of_children() if workers else 0:,.0f} MiB\n"
    )
    if arguments.alone:
        return
    over, share = median["simulator"] / median["script"], median["simulator"] / median["copy"]
    sys.stdout.write(
        f"bare COPY      {median['copy']:12,.0f} rows/s\n"
        f"naked COPY     {median['naked']:12,.0f} rows/s\n"
        f"script         {median['script']:12,.0f} rows/s\n"
        f"simulator / script  {over:8.1f} x ({_kept(over, LEAST_OVER_SCRIPT)})\n"
        f"simulator / COPY    {share:8.2f} x ({_kept(share, LEAST_OF_COPY)})\n"
        f"naked COPY / script {median['naked'] / median['script']:8.1f} x\n"
    )


def _fewer(volumes: Volumes, users: int) -> Volumes:
    """Return the same proportions of all tables with fewer users."""
    part = users / volumes.users
    return Volumes(**{name: max(1, round(rows * part)) for name, rows in asdict(volumes).items()})


def _kept(ratio: float, limit: float) -> str:
    return f"wanted: at least {limit:g}, {'kept' if ratio >= limit else 'NOT KEPT'}"


def _empty(url: str) -> str:
    """Make a database anew and return its URL."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("drop database if exists measured with (force)")
        connection.execute("create database measured")
    measured = psycopg.conninfo.make_conninfo(url, dbname="measured")
    parts = psycopg.conninfo.conninfo_to_dict(measured)
    query = "&".join(f"{name}={value}" for name, value in parts.items() if name in {"host", "port"})
    address = f"postgresql://{parts.get('user', '')}@/measured?{query}"
    PostgresServiceDatabase(address, asset("source/migrations")).migrate()
    return address


def _simulated(url: str, spec: SimulationSpec) -> float:
    database = PostgresServiceDatabase(url, asset("source/migrations"))
    began = time.perf_counter()
    written = simulate(database, spec, lambda _table, _rows: None)
    return sum(written.values()) / (time.perf_counter() - began)


def _copied(url: str, spec: SimulationSpec) -> float:
    """Copy the same rows, made beforehand as text, and nothing more."""
    with TemporaryDirectory(prefix="streamvision-benchmark-") as folder:
        files = _written(Path(folder), spec)
        rows = sum(count for _, _, count in files)
        began = time.perf_counter()
        with psycopg.connect(url) as connection:
            for path, columns, _ in files:
                names = sql.SQL(", ").join(map(sql.Identifier, columns))
                table = sql.Identifier(path.name.split(".")[1])
                statement = sql.SQL("copy {} ({}) from stdin").format(table, names)
                with path.open("rb") as file, connection.cursor().copy(statement) as copy:
                    while block := file.read(1 << 20):
                        copy.write(block)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("analyze")
        return rows / (time.perf_counter() - began)


def _copied_naked(url: str, spec: SimulationSpec) -> float:
    """Copy the same rows, made beforehand, into tables that have nothing but columns."""
    tables = [(table, list(batches)) for table, batches in simulated_tables(spec)]
    with psycopg.connect(url, autocommit=True) as connection:
        for table in {table for table, _ in tables}:
            naked = sql.Identifier(f"naked_{table}")
            statement = sql.SQL("create unlogged table {} as select * from {} where false")
            connection.execute(statement.format(naked, sql.Identifier(table)))
    began, rows = time.perf_counter(), 0
    with dbapi.connect(url) as connection:
        with connection.cursor() as cursor:
            for table, batches in tables:
                if batches:
                    reader = pa.RecordBatchReader.from_batches(batches[0].schema, batches)
                    rows += cursor.adbc_ingest(f"naked_{table}", reader, mode="append")
        connection.commit()
    return rows / (time.perf_counter() - began)


def _written(folder: Path, spec: SimulationSpec) -> list[tuple[Path, list[str], int]]:
    files: list[tuple[Path, list[str], int]] = []
    for number, (table, batches) in enumerate(simulated_tables(spec)):
        path, count, columns = folder / f"{number:05}.{table}", 0, list[str]()
        with path.open("w", encoding="utf-8") as file:
            for batch in batches:
                columns = batch.schema.names
                count += batch.num_rows
                file.writelines(_lines(batch))
        files.append((path, columns, count))
    return files


def _lines(batch: pa.RecordBatch) -> Iterator[str]:
    columns = [column.to_pylist() for column in batch.columns]
    for row in zip(*columns, strict=True):
        yield "\t".join(_text(value) for value in row) + "\n"


def _text(value: object) -> str:
    if value is None:
        return r"\N"
    if isinstance(value, list):
        return "{" + ",".join(f'"{each}"' for each in value) + "}"
    return str(value)


if __name__ == "__main__":
    main()
