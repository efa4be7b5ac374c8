"""Reading changes from the log into Parquet, as a ratio to a bare peek of the same changes in the same run.

    python benchmarks/changes.py [--rows 300000] [--rounds 3] [--transaction 1000]

The changes are inserts, updates and deletes, a third each, of a table of fifteen columns; a transaction has
as many as --transaction says. The Parquet files stay in memory. Each measurement is a process of its own, so
that its peak memory is its own; they take turns, so that a machine that slows down slows all. Prints the
medians.
"""

import argparse
import io
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from tempfile import TemporaryDirectory

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq

from _peak import peak_mib
from streamvision.adapters.source.embedded import EmbeddedServer
from streamvision.adapters.source.postgres.change_log import PostgresChangeLog
from streamvision.adapters.source.postgres.source import PostgresSource
from streamvision.domain.contract import Contract
from streamvision.pipeline.extract.derive import derived
from streamvision.ports.arrow_types import changes_schema
from streamvision.ports.source import Covered, TakeChanges

SLOT = "benchmark"
TABLE = "plays"
# Keys, times, texts and measures, with some NULLs.
COLUMNS = {
    "id": ("bigint primary key", "i"),
    "user_id": ("bigint", "i * 7919 % 100000"),
    "content_id": ("bigint", "i * 104729 % 2000"),
    "started_at": ("timestamptz", "timestamptz '2026-01-01 00:00:00Z' + i * interval '10 seconds'"),
    "ended_at": ("timestamptz", "timestamptz '2026-01-01 00:30:00Z' + i * interval '10 seconds'"),
    "day": ("date", "date '2026-01-01' + (i / 8640)::integer"),
    "duration_seconds": ("integer", "i * 31 % 7200"),
    "completion_rate": ("numeric(5,4)", "(i % 10001) / 10000.0"),
    "is_play": ("boolean", "i % 50 <> 0"),
    "startup_ms": ("integer", "case when i % 50 <> 0 then i * 17 % 5000 end"),
    "device_type": ("text", "(array['tv', 'mobile', 'tablet', 'desktop'])[1 + i % 4]"),
    "resolution": ("text", "(array['SD', 'HD', 'Full HD', '4K'])[1 + i % 4]"),
    "country": ("char(2)", "(array['FR', 'US', 'DE', 'BR', 'JP', 'IN'])[1 + i % 6]"),
    "buffering_seconds": ("numeric(9,3)", "(i % 997) / 1000.0"),
    "note": ("text", "case when i % 10 = 0 then md5(i::text) end"),
}
_PEEK = f"""
    select data
    from pg_logical_slot_peek_binary_changes(
        '{SLOT}', null, null, 'proto_version', '1', 'publication_names', '{SLOT}'
    )
"""
_ALL = 2**31 - 1


def main() -> None:
    """Run the benchmark, or one of its measurements."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--transaction", type=int, default=1000)
    parser.add_argument("--measure", choices=list(_MEASURES), help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--since", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        measurement = _MEASURES[arguments.measure](arguments.url, arguments.since)
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
    sys.stdout.write(f"making {rows:,} changes to a table of {len(COLUMNS)} columns\n")
    since = _change(url, rows // 3, arguments.transaction)
    results: dict[str, list[dict[str, float]]] = {"peek": [], "read": [], "write": []}
    for _ in range(rounds):
        for name, measurements in results.items():
            measurements.append(_measured_apart(name, url, since))
    seconds = {
        name: statistics.median(result["seconds"] for result in found) for name, found in results.items()
    }
    changes = results["write"][0]["changes"]
    peak = max(result["peak_mib"] for result in results["write"])
    sys.stdout.write(
        f"bare peek               {seconds['peek']:8.2f} s\n"
        f"reading, in exact types {seconds['read']:8.2f} s\n"
        f"changes to Parquet      {seconds['write']:8.2f} s, {changes / seconds['write']:,.0f} changes/s\n"
        f"ratio                   {seconds['write'] / seconds['peek']:8.2f} x a bare peek"
        f" (median of {rounds} rounds)\n"
        f"peak memory             {peak:8.0f} MiB\n"
    )


def _measured_apart(name: str, url: str, since: str) -> dict[str, float]:
    command = [sys.executable, __file__, "--measure", name, "--url", url, "--since", since]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - this very script
    measurement: dict[str, float] = json.loads(done.stdout)
    return measurement


def _change(url: str, rows: int, transaction: int) -> str:
    """Insert, update and delete some rows; return what was visible before."""
    definitions = ", ".join(f"{name} {type_}" for name, (type_, _) in COLUMNS.items())
    values = ", ".join(expression for _, expression in COLUMNS.values())
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"create table {TABLE} ({definitions})".encode())
        with PostgresSource(url).snapshot() as snapshot:
            contracts = derived()(snapshot)
        PostgresChangeLog(url, SLOT).keep(contracts, since="")
        with PostgresSource(url).snapshot() as snapshot:
            since = snapshot.visible
        connection.execute("set synchronous_commit = off")
        for statement in (
            f"insert into {TABLE} select {values} from generate_series({{}}::bigint, {{}}) as i",
            f"update {TABLE} set completion_rate = 1, note = 'changed' where id between {{}} and {{}}",
            f"delete from {TABLE} where id between {{}} and {{}}",
        ):
            for first in range(1, rows + 1, transaction):
                last = min(first + transaction - 1, rows)
                connection.execute(statement.format(first, last).encode())
    return since


def _bare_peek(url: str, _since: str) -> dict[str, float]:
    with psycopg.connect(url) as connection, connection.cursor("peek", binary=True) as cursor:
        began = time.perf_counter()
        cursor.execute(_PEEK.encode(), binary=True)
        messages = 0
        while found := cursor.fetchmany(20_000):
            messages += len(found)
        return {"seconds": time.perf_counter() - began, "peak_mib": peak_mib(), "messages": messages}


def _reading(url: str, since: str) -> dict[str, float]:
    """Read all changes, and write nothing."""

    def forget(contract: Contract, changes: pa.RecordBatch) -> None:
        pass

    return _read(url, since, forget)


def _writing(url: str, since: str) -> dict[str, float]:
    """Read all changes, and write them as the extraction does, but into memory."""
    writers: dict[str, pq.ParquetWriter] = {}

    def write(contract: Contract, changes: pa.RecordBatch) -> None:
        if contract.table not in writers:
            schema = changes_schema(contract)
            writers[contract.table] = pq.ParquetWriter(io.BytesIO(), schema, compression="zstd")
        writers[contract.table].write_batch(changes)

    return _read(url, since, write, lambda: [writer.close() for writer in writers.values()])


def _read(
    url: str,
    since: str,
    take: TakeChanges,
    finish: Callable[[], object] = lambda: None,
) -> dict[str, float]:
    began = time.perf_counter()
    with PostgresSource(url).snapshot() as snapshot:
        segment = PostgresChangeLog(url, SLOT).read(
            derived()(snapshot),
            snapshot,
            take,
            covered=[Covered(since)],
            first_position=0,
            most_changes=_ALL,
        )
    finish()
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "peak_mib": peak_mib(), "changes": segment.changes}


_MEASURES: dict[str, Callable[[str, str], dict[str, float]]] = {
    "peek": _bare_peek,
    "read": _reading,
    "write": _writing,
}


if __name__ == "__main__":
    main()
