"""Loading one large table into DuckDB, as ratios to a CREATE TABLE AS of the same files in the same run.

    python benchmarks/loading.py [--rows 5000000] [--rounds 3] [--changes-rows 5000000]
                                 [--large-rows 30000000 --memory-limit 1200MB] [--folder /somewhere/large]

Loads a first snapshot: into RAW alone; into RAW with the checks of a contract that has a key and rules; and
whole, with the versions of the rows and the account. Then batches of changes to 1 % of the rows: to the
newest, as services mostly have them, and to rows all over the table, which is the worst case. Each
measurement is a process of its own, so that its peak memory is its own; they take turns, so that a machine
that slows down slows all. Prints the medians. `--large-rows` adds the peak memory of loading a larger table;
0 leaves the changes or the larger table out.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow.parquet as pq

from _peak import peak_mib
from _plays import COLUMNS, TABLE
from streamvision.adapters.warehouse.duckdb.arrived import show_arrived
from streamvision.adapters.warehouse.duckdb.checks import find_broken_rows, find_conflicts, forget_broken
from streamvision.adapters.warehouse.duckdb.connection import open_file, transaction
from streamvision.adapters.warehouse.duckdb.incoming import show_incoming
from streamvision.adapters.warehouse.duckdb.raw_rows import insert_passed
from streamvision.adapters.warehouse.duckdb.tables import create_fixed_tables, fit_tables
from streamvision.adapters.warehouse.duckdb.warehouse import DuckDBWarehouse
from streamvision.domain.batch import Batch
from streamvision.domain.changes import Mode
from streamvision.domain.contract import Column, Contract, RowRule
from streamvision.ports.warehouse import IncomingBatch, IncomingFile, IncomingTable

FILE_ROWS = 2_500_000
# Of a hundred rows one is changed: as often inserted as updated as deleted.
CHANGED = 100
_RULES: dict[str, dict[str, object]] = {
    "duration_seconds": {"minimum": 0},
    "completion_rate": {"minimum": 0, "maximum": 1},
    "device_type": {"values": ("tv", "mobile", "tablet", "desktop", "console")},
    "resolution": {"values": ("SD", "HD", "Full HD", "4K")},
    "country": {"pattern": "[A-Z]{2}"},
}
_NULLABLE = {"startup_ms", "note"}
_LOADED = "loaded.duckdb"
_FIRST, _SECOND = date(2026, 1, 1), date(2026, 1, 2)


def main() -> None:
    """Run the benchmark, or one of its measurements."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--changes-rows", type=int, default=5_000_000)
    parser.add_argument("--large-rows", type=int, default=0)
    parser.add_argument("--memory-limit", default="")
    parser.add_argument("--folder", help="where the files go; without it, where temporary files do")
    parser.add_argument("--measure", choices=list(_MEASURES), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        measurement = _MEASURES[arguments.measure](Path(arguments.folder), arguments.memory_limit)
        sys.stdout.write(json.dumps(measurement))
        return
    with TemporaryDirectory(prefix="streamvision-benchmark-", dir=arguments.folder) as folder:
        _compare(Path(folder), arguments.rows, arguments.rounds)
        if arguments.changes_rows:
            _compare_changes(Path(folder), arguments.changes_rows, arguments.rounds)
        if arguments.large_rows:
            _load_large(Path(folder), arguments.large_rows, arguments.memory_limit)


def _compare(folder: Path, rows: int, rounds: int) -> None:
    _fill(folder, rows)
    seconds, peak = _measured_in_turns(("ctas", "raw", "checked", "load"), folder, rounds)
    titles = {"ctas": "CREATE TABLE AS", "raw": "RAW", "checked": "RAW, checked", "load": "the whole load"}
    for name, title in titles.items():
        ratio = seconds[name] / seconds["ctas"]
        sys.stdout.write(
            f"{title:18} {seconds[name]:8.2f} s, {ratio:.2f} x CREATE TABLE AS, peak {peak[name]:.0f} MiB\n"
        )


def _compare_changes(folder: Path, rows: int, rounds: int) -> None:
    _fill(folder, rows)
    _fill_changes(folder, rows)
    _load_batch(folder / _LOADED, _incoming(folder, _FIRST, "snapshot", "snapshot"), "")
    seconds, peak = _measured_in_turns(("load", "newest", "scattered"), folder, rounds)
    sys.stdout.write(f"the whole load of {rows:,} rows {seconds['load']:8.2f} s\n")
    for name in ("newest", "scattered"):
        share = 100 * seconds[name] / seconds["load"]
        sys.stdout.write(
            f"{rows // CHANGED:,} changes, {name:10} {seconds[name]:8.2f} s, {share:.1f} % of that,"
            f" peak {peak[name]:.0f} MiB\n"
        )


def _load_large(folder: Path, rows: int, memory_limit: str) -> None:
    _fill(folder, rows)
    large = _measured_apart("load", folder, memory_limit)
    sys.stdout.write(
        f"{rows:,} rows, memory limit {memory_limit or 'none'}: {large['seconds']:.1f} s,"
        f" peak memory {large['peak_mib']:.0f} MiB\n"
    )


def _measured_in_turns(
    names: tuple[str, ...], folder: Path, rounds: int
) -> tuple[dict[str, float], dict[str, float]]:
    """Return the medians of the seconds, and the most memory, by measurement."""
    results: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for _ in range(rounds):
        for name, measurements in results.items():
            measurements.append(_measured_apart(name, folder, ""))
    seconds = {name: statistics.median(each["seconds"] for each in found) for name, found in results.items()}
    peak = {name: max(each["peak_mib"] for each in found) for name, found in results.items()}
    return seconds, peak


def _measured_apart(name: str, folder: Path, memory_limit: str) -> dict[str, float]:
    command = [sys.executable, __file__, "--measure", name, "--folder", str(folder)]
    command += ["--memory-limit", memory_limit]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - this very script
    measurement: dict[str, float] = json.loads(done.stdout)
    return measurement


def _fill(folder: Path, rows: int) -> None:
    """Write a snapshot of so many rows, in the place of what was there."""
    sys.stdout.write(f"writing {rows:,} rows of {len(COLUMNS)} columns\n")
    shutil.rmtree(folder / "snapshot", ignore_errors=True)
    (folder / "snapshot").mkdir()
    values = ", ".join(_typed_values())
    for number, first in enumerate(range(1, rows + 1, FILE_ROWS)):
        last = min(first + FILE_ROWS - 1, rows)
        _copy(
            f"select {values} from range({first}, {last + 1}) as r(i)",
            folder / f"snapshot/{number:04}.parquet",
        )


def _fill_changes(folder: Path, rows: int) -> None:
    """Write changes to as many rows as one of a hundred: to the newest, and all over the table."""
    _write_changes(folder / "newest", rows, f"{rows} - n")
    _write_changes(folder / "scattered", rows, f"n * {CHANGED}")


def _write_changes(folder: Path, rows: int, changed: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    operations = "(array['insert', 'update', 'delete'])[1 + n % 3]"
    columns = ", ".join(_typed_values())
    # What is inserted comes after all rows; of what is updated, a value is another one.
    _copy(
        f"select * replace (case when _operation = 'update' then duration_seconds + 1"
        f" else duration_seconds end as duration_seconds) from (select {columns}, {operations} as _operation,"
        " n::bigint as _commit_lsn, timestamptz '2026-01-02 00:00:00Z' as _committed_at,"
        " n::bigint as _position, null::varchar as _unchanged, null::bigint as _moved_from"
        f" from (select n, case when n % 3 = 0 then {rows} + n else {changed} end as i"
        f" from range(1, {rows // CHANGED + 1}) as r(n)))",
        folder / "0000.parquet",
    )


def _typed_values() -> list[str]:
    return [f"cast({expression} as {type_}) as {name}" for name, (type_, expression) in COLUMNS.items()]


def _copy(query: str, path: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(f"copy ({query}) to '{path}' (format parquet, compression zstd)")


def _create_table_as(folder: Path, _memory_limit: str) -> dict[str, float]:
    with TemporaryDirectory(dir=folder) as warehouse:
        began = time.perf_counter()
        with duckdb.connect(f"{warehouse}/wh.duckdb") as connection:
            connection.execute(f"create table {TABLE} as from read_parquet('{folder}/snapshot/*.parquet')")
        return {"seconds": time.perf_counter() - began, "peak_mib": peak_mib()}


def _load(folder: Path, memory_limit: str) -> dict[str, float]:
    with TemporaryDirectory(dir=folder) as warehouse:
        incoming = _incoming(folder, _FIRST, "snapshot", "snapshot")
        return _load_batch(Path(warehouse) / "wh.duckdb", incoming, memory_limit)


def _load_raw(folder: Path, memory_limit: str) -> dict[str, float]:
    return _load_into_raw(folder, memory_limit, check=False)


def _load_checked(folder: Path, memory_limit: str) -> dict[str, float]:
    return _load_into_raw(folder, memory_limit, check=True)


def _load_into_raw(folder: Path, memory_limit: str, *, check: bool) -> dict[str, float]:
    """Do what a load does of a snapshot's table, but for its versions and its account."""
    incoming = _incoming(folder, _FIRST, "snapshot", "snapshot")
    (table,) = incoming.tables
    with TemporaryDirectory(dir=folder) as warehouse:
        began = time.perf_counter()
        with open_file(Path(warehouse) / "wh.duckdb", memory_limit) as connection, transaction(connection):
            create_fixed_tables(connection)
            show_incoming(connection, table)
            forget_broken(connection)
            stored = fit_tables(connection, table.contract)
            if check:
                show_arrived(connection, stored, "snapshot")
                find_broken_rows(connection, table.contract, "snapshot", incoming.snapshot_at)
                find_conflicts(connection, table.contract)
            rows = insert_passed(connection, stored, "snapshot", incoming.batch.id, incoming.snapshot_at)
        return {"seconds": time.perf_counter() - began, "peak_mib": peak_mib(), "rows": rows}


def _load_newest(folder: Path, memory_limit: str) -> dict[str, float]:
    return _load_changes(folder, "newest", memory_limit)


def _load_scattered(folder: Path, memory_limit: str) -> dict[str, float]:
    return _load_changes(folder, "scattered", memory_limit)


def _load_changes(folder: Path, name: str, memory_limit: str) -> dict[str, float]:
    """Load changes into a copy of what the snapshot became."""
    with TemporaryDirectory(dir=folder) as warehouse:
        copy = Path(warehouse) / "wh.duckdb"
        shutil.copy(folder / _LOADED, copy)
        return _load_batch(copy, _incoming(folder, _SECOND, "changes", name), memory_limit)


def _load_batch(path: Path, incoming: IncomingBatch, memory_limit: str) -> dict[str, float]:
    warehouse = DuckDBWarehouse(f"duckdb://{path}", memory_limit)
    began = time.perf_counter()
    (account,) = warehouse.load(
        incoming,
        run_id="benchmark",
        loaded_at=datetime(2026, 1, 3, tzinfo=UTC),
        keep_quarantined=_refuse_quarantined,
    )
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "peak_mib": peak_mib(), "rows": account.loaded_rows}


def _refuse_quarantined(table: str, _path: Path) -> None:
    raise SystemExit(f"rows of {table} broke their contract: this measures another thing")


def _contract() -> Contract:
    columns = tuple(
        Column(name, type_, "", nullable=name in _NULLABLE, **_RULES.get(name, {}))  # type: ignore[arg-type]
        for name, (type_, _) in COLUMNS.items()
    )
    rules = (RowRule("ends_after_start", "ended_at >= started_at", "ends before it starts"),)
    return Contract("public", TABLE, "", "", ("id",), columns, rules)


def _incoming(folder: Path, day: date, mode: Mode, name: str) -> IncomingBatch:
    paths = sorted((folder / name).glob("*.parquet"))
    files = tuple(IncomingFile(path.name, path, pq.ParquetFile(path).metadata.num_rows) for path in paths)
    table = IncomingTable(_contract(), "parquet", files, extracted_bytes=1, manifest_sha256="", mode=mode)
    return IncomingBatch(Batch(day), "benchmark", datetime(2026, 1, 3, tzinfo=UTC), (table,))


_MEASURES: dict[str, Callable[[Path, str], dict[str, float]]] = {
    "ctas": _create_table_as,
    "raw": _load_raw,
    "checked": _load_checked,
    "load": _load,
    "newest": _load_newest,
    "scattered": _load_scattered,
}


if __name__ == "__main__":
    main()
