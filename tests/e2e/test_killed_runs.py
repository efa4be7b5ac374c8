"""A command that is killed at any point and given again leaves what an undisturbed one leaves."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from streamvision.adapters.service.postgres import PostgresServiceDatabase
from streamvision.assets import asset
from tests.conftest import PUBLISHED_DAY, PUBLISHED_SEED
from tests.e2e.changes import SECOND_DAY, Changes
from tests.e2e.homes import (
    assert_same,
    assert_same_everywhere,
    lake_files,
    loaded,
    locked,
    show_the_one_before,
    shown,
    succeed,
    waits_for_a_table,
)
from tests.e2e.readers import Look, looking_at
from tests.support.cli import AT_EASE, Home, killed_when

TABLES = (
    "subscription_plans", "users", "subscription_events", "content", "episodes", "viewing_sessions",
    "episode_viewing", "ratings", "search_queries",
)  # fmt: skip


def test_a_simulation_killed_halfway_leaves_an_empty_source(
    empty_source: str, first_source: str, new_home: Callable[[str], Home]
) -> None:
    """All rows are one transaction: killed among them it leaves none, given again all of them."""
    PostgresServiceDatabase(empty_source, asset("source/migrations")).migrate()
    home = new_home(empty_source)
    command = ("simulate", "--preset", "small", "--seed", str(PUBLISHED_SEED), "--until", PUBLISHED_DAY)
    with locked(empty_source, "ratings"), home.running(*command) as process:
        killed_when(process, lambda: waits_for_a_table(empty_source), AT_EASE)
    assert {table: len(rows) for table, rows in source_rows(empty_source).items() if rows} == {}
    home.run(*command)
    assert_same(source_rows(empty_source), source_rows(first_source))


@pytest.mark.parametrize("files", [1, 5])
def test_an_extraction_killed_between_tables_leaves_no_batch(
    source: str, new_home: Callable[[str], Home], files: int
) -> None:
    """Files without their batch's manifest are nothing; the next extraction replaces them, byte for byte.

    The lock has gone with the process that held it, and status knows that the run never ended.
    """
    with psycopg.connect(source) as connection:
        # Reading this table goes on long after the others have their files.
        connection.execute(
            "insert into search_queries (id, user_id, query_text, device_type, results_count, searched_at)"
            " select i, 1, repeat(md5(i::text), 9), 'tv', 0, '2024-06-01'"
            " from generate_series(10000, 400000) as i"
        )
    undisturbed, home = new_home(source), new_home(source)
    command = ("extract", "--date", PUBLISHED_DAY)
    undisturbed.run(*command)
    with home.running(*command) as process:
        killed_when(process, lambda: len(data_files(home, PUBLISHED_DAY)) >= files)
    assert data_files(home, PUBLISHED_DAY)
    assert not batch_manifest(home, PUBLISHED_DAY).exists()
    assert home.run("status", "--format", "json").document["last_run"]["outcome"] == "running"
    refused = home.run("load", "--date", PUBLISHED_DAY, exits=1)
    assert f"streamvision extract --date {PUBLISHED_DAY}" in refused.stderr
    assert not home.warehouse.exists()
    home.run(*command)
    assert_same(lake_files(home), lake_files(undisturbed))


@pytest.mark.parametrize("suffix", ["", ".wal"], ids=["file opened", "log written"])
def test_a_load_killed_in_its_transaction_leaves_all_or_nothing(
    first: Home, first_source: str, new_home: Callable[[str], Home], suffix: str
) -> None:
    """Whatever moment the load of a batch is killed at, RAW has the whole batch or none of it."""
    home = new_home(first_source)
    shutil.copytree(first.lake, home.lake)
    command = ("load", "--date", PUBLISHED_DAY)
    written = Path(f"{home.warehouse}{suffix}")
    with home.running(*command) as process:
        killed_when(process, written.exists)
    if home.run("status", "--format", "json").document["tables"]:
        assert_same(loaded(home), loaded(first))
    home.run(*command)
    assert_same(loaded(home), loaded(first))


def test_a_publication_killed_at_the_swap_shows_one_build_or_the_other(
    first: Home, second: Home, changed: tuple[str, Changes], new_home: Callable[[str], Home]
) -> None:
    """Core and marts switch as one, and the next command finishes what the killed one left."""
    home = new_home(changed[0])
    shutil.copytree(second.warehouse.parent, home.warehouse.parent)
    show_the_one_before(home, first)
    pointer = (home.published / "current.json").read_bytes()
    with looking_at(home) as seen:
        with home.running("publish") as process:
            killed_when(process, lambda: (home.published / "current.json").read_bytes() != pointer)
        assert_same(shown(home), shown(second))
        home.run("publish")
    assert_same(shown(home), shown(second))
    assert not unfinished(home)
    assert_only_whole_states(seen, first, second)


def test_a_build_killed_at_its_end_is_not_shown_before_it_is_published(
    first: Home, second: Home, changed: tuple[str, Changes], new_home: Callable[[str], Home]
) -> None:
    """Killed while its file gets its name, a build has passed or has not; readers see the one before."""
    home = new_home(changed[0])
    shutil.copytree(second.warehouse.parent, home.warehouse.parent)
    show_the_one_before(home, first)
    builds = set(home.published.glob("build-*.duckdb"))
    with looking_at(home) as seen:
        with home.running("transform") as process:
            killed_when(process, lambda: set(home.published.glob("build-*.duckdb")) != builds)
        assert_same(shown(home), shown(first))
        home.run("transform")
        home.run("publish")
    assert_same(shown(home), shown(second))
    assert not unfinished(home)
    assert_only_whole_states(seen, first, second)


def test_up_killed_in_step_after_step_ends_where_an_undisturbed_run_ends(
    first: Home, second: Home, changed: tuple[str, Changes], new_home: Callable[[str], Home]
) -> None:
    """One command, killed in extract, load and transform and always given again, loses nothing.

    Its dashboards can be looked at all the while, and show the day before until the new one is whole.
    """
    url, _ = changed
    home = new_home(url)
    succeed(first, home)
    command = ("up", "--no-serve", "--date", SECOND_DAY)
    with looking_at(home) as seen:
        with locked(url, "search_queries"), home.running(*command) as process:
            killed_when(process, lambda: waits_for_a_table(url), AT_EASE)
        assert not batch_manifest(home, SECOND_DAY).exists()
        with home.running(*command) as process:
            killed_when(process, Path(f"{home.warehouse}.wal").exists)
        with home.running(*command) as process:
            killed_when(process, lambda: has_started(home, "marts", "content_performance"))
        # Nobody is shown the marts of a build that was not tested, even when somebody asks for it.
        refused = home.run("publish", exits=2)
        assert "streamvision transform" in refused.stderr
        assert_same(shown(home), shown(first))
        home.run(*command)
    assert_same_everywhere(home, second)
    assert_only_whole_states(seen, first, second)


def data_files(home: Home, day: str) -> list[Path]:
    """Return the files with rows that the lake has of a day."""
    return list(home.lake.glob(f"raw/postgres/*/{day}/*.parquet"))


def batch_manifest(home: Home, day: str) -> Path:
    """Return the file that makes a batch exist."""
    return home.lake / "raw" / "postgres" / "_batches" / day / "_manifest.json"


def unfinished(home: Home) -> bool:
    """Tell whether a publication is being written, or was left unfinished."""
    return any(home.published.glob("*.unfinished*"))


def has_started(home: Home, layer: str, model: str) -> bool:
    """Tell whether dbt has begun to build a model: it writes down the SQL that it sends."""
    return (
        home.folder / "dbt" / "target" / "run" / "streamvision" / "models" / layer / f"{model}.sql"
    ).exists()


def source_rows(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table of the service, in the order of their keys."""
    with psycopg.connect(url) as connection:
        return {
            table: connection.execute(
                sql.SQL("select * from {} order by id").format(sql.Identifier(table))
            ).fetchall()
            for table in TABLES
        }


def assert_only_whole_states(seen: list[Look | Exception], first: Home, second: Home) -> None:
    """Fail where a reader met an error, a mixture, or the old state after the new one."""
    before, after = state(first), state(second)
    assert [look for look in seen if look not in (before, after)] == []
    switch = seen.index(after)
    assert set(seen[:switch]) == {before}
    assert set(seen[switch:]) == {after}


def state(home: Home) -> Look:
    """Return what a reader of the home sees who looks once."""
    (publication,) = home.published_tables("ops")["publication"]
    sessions = sum(row["sessions"] for row in home.published_tables()["content_performance"])
    return publication["batch_id"], sessions
