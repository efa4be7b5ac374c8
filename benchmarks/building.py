"""Building the models on one machine: what dbt adds, and what one more day costs.

    python benchmarks/building.py [--sessions 2000000] [--memory-limit 6GB] [--only-full]
                                  [--folder /somewhere/large]

Makes a year of a service with so many viewing sessions in RAW, and measures: the full build by dbt, models
and tests of the data; the same SQL, as dbt compiled it, run bare in DuckDB; and the build of one more day,
which goes on from what the first build published. Each is a process of its own. What dbt needs before its
first model and after its last test is told apart, as start-up. `--only-full` ends after the full build: with
a `--memory-limit` it shows whether a build of that size is done within it.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

from _peak import peak_mib
from _service import DAY_MORE, YEAR, add_day, make_year
from streamvision.adapters.transformer.dbt import DbtTransformer
from streamvision.adapters.warehouse.duckdb.publishing import read_pointer
from streamvision.adapters.warehouse.duckdb.warehouse import DuckDBWarehouse
from streamvision.assets import asset
from streamvision.pipeline.transform.begin import begin_build

BARE_LIMIT, DAY_LIMIT = 1.5, 0.05
_SHOWN = 12


def main() -> None:
    """Run the benchmark, or one of its measurements."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sessions", type=int, default=2_000_000)
    parser.add_argument("--memory-limit", default="")
    parser.add_argument("--only-full", action="store_true")
    parser.add_argument("--folder", help="where the files go; without it, where temporary files do")
    parser.add_argument("--measure", choices=list(_MEASURES), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        measured = _MEASURES[arguments.measure](Path(arguments.folder), arguments.memory_limit)
        sys.stdout.write(json.dumps(measured))
        return
    with TemporaryDirectory(prefix="streamvision-benchmark-", dir=arguments.folder) as name:
        _compare(Path(name), arguments.sessions, arguments.memory_limit, only_full=arguments.only_full)


def _compare(folder: Path, sessions: int, memory_limit: str, *, only_full: bool) -> None:
    make_year(folder / "warehouse.duckdb", sessions)
    full = _measured_apart("full", folder, memory_limit)
    limit = f", memory limit {memory_limit}" if memory_limit else ""
    _tell(f"{sessions:,} sessions, built anew{limit}", full)
    if only_full:
        return
    bare = _measured_apart("bare", folder, memory_limit)
    ratio = full["seconds"] / bare["seconds"]
    sys.stdout.write(
        f"the same SQL bare in DuckDB: {bare['seconds']:.1f} s, peak {bare['peak_mib']:.0f} MiB;"
        f" dbt takes {ratio:.2f} x that (limit {BARE_LIMIT})\n"
    )
    add_day(folder / "warehouse.duckdb", sessions)
    day = _measured_apart("day", folder, memory_limit)
    _tell("one more day", day)
    for layer in ("core", "changes", "aggregates", "marts", "tests"):
        share = day["layers"].get(layer, 0) / full["seconds"]
        sys.stdout.write(f"  {layer}: {100 * share:.1f} % of the full build\n")
    share = day["seconds"] / full["seconds"]
    sys.stdout.write(
        f"one more day takes {100 * share:.1f} % of the full build (limit {100 * DAY_LIMIT:.0f} %)\n"
    )


def _tell(title: str, measured: Mapping[str, Any]) -> None:
    layers = ", ".join(f"{layer} {seconds:.1f}" for layer, seconds in measured["layers"].items())
    sys.stdout.write(
        f"{title}: {measured['seconds']:.1f} s, begun in {measured['begin_seconds']:.1f} s, start-up"
        f" {measured['startup_seconds']:.1f} s, peak {measured['peak_mib']:.0f} MiB,"
        f" file {measured['file_mib']:.0f} MiB\n  seconds by layer: {layers}\n"
    )
    slowest = sorted(measured["nodes"].items(), key=lambda each: -each[1])[:_SHOWN]
    sys.stdout.writelines(f"    {seconds:7.2f} s  {name}\n" for name, seconds in slowest)


def _measured_apart(name: str, folder: Path, memory_limit: str) -> dict[str, Any]:
    command = [sys.executable, __file__, "--measure", name, "--folder", str(folder)]
    command += ["--memory-limit", memory_limit]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - this very script
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


def _build(folder: Path, memory_limit: str, batch_id: str) -> dict[str, Any]:
    """Build as the step does, all but the tests of the models' own text; publish it."""
    warehouse = DuckDBWarehouse(f"duckdb://{folder / 'warehouse.duckdb'}", memory_limit)
    began = time.perf_counter()
    place = begin_build(warehouse, DbtTransformer(asset("warehouse"), folder / "dbt"))
    begun = time.perf_counter()
    os.environ.update(place.variables)
    arguments = [
        "--log-level", "none",
        "--log-path", str(folder / "dbt" / "logs"),
        "build", "--exclude-resource-type", "unit_test",
        "--project-dir", str(asset("warehouse")),
        "--profiles-dir", str(asset("warehouse")),
        "--target-path", str(folder / "dbt" / "target"),
        "--target", place.target,
    ]  # fmt: skip
    outcome = dbtRunner().invoke(arguments)
    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call] # has no types
    built = time.perf_counter()
    if not outcome.success:
        raise SystemExit(f"the build failed: {outcome.exception or _failed(folder)}")
    now = datetime.now(tz=UTC)
    warehouse.record_build(batch_id, run_id="benchmark", tested_at=now)
    warehouse.publish(run_id="benchmark", published_at=now)
    nodes = _nodes(folder)
    first = min(node.began for node in nodes)
    seconds = (max(node.ended for node in nodes) - first).total_seconds()
    layers: dict[str, float] = defaultdict(float)
    for node in nodes:
        layers[node.layer] += node.seconds
    shown = read_pointer(warehouse.published_folder)
    return {
        # A copy that a build begins with is part of it.
        "seconds": seconds + begun - began,
        "begin_seconds": begun - began,
        "startup_seconds": built - begun - seconds,
        "peak_mib": peak_mib(),
        "file_mib": shown[0].stat().st_size / 1024**2 if shown else 0,
        "layers": dict(layers),
        "nodes": {node.name: node.seconds for node in nodes},
    }


def _full(folder: Path, memory_limit: str) -> dict[str, Any]:
    return _build(folder, memory_limit, YEAR)


def _day(folder: Path, memory_limit: str) -> dict[str, Any]:
    return _build(folder, memory_limit, DAY_MORE)


def _bare(folder: Path, memory_limit: str) -> dict[str, Any]:
    """Run what dbt ran, in its order: its models as tables and views, and its tests as counts."""
    nodes = _nodes(folder)
    path = folder / "bare" / "building.duckdb"
    path.parent.mkdir()
    began = time.perf_counter()
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "set timezone = 'UTC'; create schema staging; create schema core; create schema marts"
        )
        if memory_limit:
            connection.execute(f"set memory_limit = '{memory_limit}'")
        connection.execute(f"attach '{folder / 'warehouse.duckdb'}' as streamvision_raw (read_only)")
        for node in nodes:
            if node.layer == "seeds":
                file = asset("warehouse/seeds") / f"{node.name}.csv"
                connection.execute(
                    f"create table {node.relation} as from read_csv('{file}', all_varchar = true)"
                )
            elif node.layer == "tests":
                connection.execute(f"select count(*) from ({node.sql}) as failing").fetchone()
            else:
                kind = "view" if node.layer == "staging" else "table"
                connection.execute(f"create {kind} {node.relation} as {node.sql}")
    seconds = time.perf_counter() - began
    path.unlink()
    return {"seconds": seconds, "peak_mib": peak_mib()}


@dataclass(frozen=True)
class _Node:
    """Tell of something that dbt ran."""

    name: str
    layer: str
    relation: str
    sql: str
    began: datetime
    ended: datetime
    seconds: float


def _nodes(folder: Path) -> list[_Node]:
    """Return what dbt ran last, in its order."""
    target = folder / "dbt" / "target"
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    described = json.loads((target / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    nodes = [
        _Node(
            name=described[each["unique_id"]]["name"],
            layer=_layer(described[each["unique_id"]]),
            relation=described[each["unique_id"]]["relation_name"] or "",
            sql=each["compiled_code"] or "",
            began=datetime.fromisoformat(each["timing"][0]["started_at"]),
            ended=datetime.fromisoformat(each["timing"][-1]["completed_at"]),
            seconds=each["execution_time"],
        )
        for each in results
    ]
    return sorted(nodes, key=lambda node: node.ended)


def _failed(folder: Path) -> list[str]:
    """Return the names of what failed, of which the year that was made up is to blame."""
    results = json.loads((folder / "dbt" / "target" / "run_results.json").read_text(encoding="utf-8"))
    return [each["unique_id"] for each in results["results"] if each["status"] in {"fail", "error"}]


def _layer(node: Mapping[str, Any]) -> str:
    layers = {"test": "tests", "seed": "seeds"}
    return layers.get(node["resource_type"]) or str(node["fqn"][1])


_MEASURES: dict[str, Callable[[Path, str], dict[str, Any]]] = {"full": _full, "bare": _bare, "day": _day}


if __name__ == "__main__":
    main()
