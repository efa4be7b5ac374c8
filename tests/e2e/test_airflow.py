"""A real scheduler of Airflow does what the command line does, through kills, repetitions and backfills."""

import json
import os
import re
import signal
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from tests.e2e.changes import SECOND_DAY, Changes, change
from tests.e2e.conftest import new_database
from tests.e2e.homes import assert_same, lake_files, loaded, shown, succeed
from tests.support.airflow import Airflow, running_airflow
from tests.support.cli import AT_EASE, Home, wait_until
from tests.support.post import Webhook, webhook

DAILY, BACKFILL = "streamvision_daily", "streamvision_backfill"
THIRD_DAY = "2024-07-02"
MADE_UP_FOR = ("2024-07-03", "2024-07-04")
FAILING_DAY = "2024-07-05"
_MODEL = "content_performance"
_SOURCE_ID = re.compile(r"postgres-\d+-\d+")
_SEARCHES = """
    insert into search_queries (id, user_id, query_text, device_type, results_count, searched_at)
    select %(first)s + i, 1, 'of ' || %(day)s, 'tv', i, %(day)s::timestamptz + i * interval '1 minute'
    from generate_series(1, 40) as i
"""
_A_PLAN_THAT_NO_EVENT_LED_TO = """
    update users set subscription_plan = 'premium_annual'
    where id = (select min(id) from users where subscription_plan = 'basic' and is_active)
"""


@pytest.fixture
def hook() -> Iterator[Webhook]:
    """Give a webhook that keeps what people are told."""
    with webhook() as kept:
        yield kept


def test_days_under_a_scheduler_equal_those_of_the_command_line(
    first: Home,
    first_source: str,
    second: Home,
    changed: tuple[str, Changes],
    new_home: Callable[[str], Home],
    hook: Webhook,
) -> None:
    """Killed workers, cleared tasks, days done twice, made up for and replayed: not a row differs.

    At the end a test of the data fails: nothing is published, and people are told.
    """
    home, undisturbed = new_home(new_database(first_source)), new_home(new_database(changed[0]))
    succeed(first, home)
    succeed(second, undisturbed)
    change(home.environment["STREAMVISION_SOURCE"])
    with _airflow(home, hook, models="each") as airflow:
        _a_day_whose_worker_is_lost_in_a_model(airflow, home)
    with _airflow(home, hook, models="layers") as airflow:
        _search_in(THIRD_DAY, 800_000, home, undisturbed)
        undisturbed.run("run", "--date", THIRD_DAY)
        _a_day_that_is_killed_in_its_load(airflow, home)
        _search_in(MADE_UP_FOR[0], 900_000, home, undisturbed)
        _days_that_are_made_up_for(airflow)
        for day in MADE_UP_FOR:
            undisturbed.run("run", "--date", day)
        _assert_same_but_for_the_source(home, undisturbed)
        _the_last_day_again(airflow)
        _replay(airflow)
        _assert_same_but_for_the_source(home, undisturbed)
        _a_day_that_fails_its_tests(airflow, home, hook)


def _assert_same_but_for_the_source(home: Home, undisturbed: Home) -> None:
    """Fail where lake, warehouse or marts differ; the accounts name the source, and each home has its own."""
    assert_same(lake_files(home), lake_files(undisturbed))
    assert_same(_without_the_source(loaded(home)), _without_the_source(loaded(undisturbed)))
    assert_same(shown(home), shown(undisturbed))


def _without_the_source(tables: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {name: sorted(_SOURCE_ID.sub("", row) for row in rows) for name, rows in tables.items()}


def _a_day_whose_worker_is_lost_in_a_model(airflow: Airflow, home: Home) -> None:
    """Somebody says of all other models that they are done: they are built all the same."""
    run = _trigger(airflow, SECOND_DAY)
    wait_until(lambda: airflow.states(DAILY, run)["transform.begin"] == "success", AT_EASE)
    for name, state in airflow.states(DAILY, run).items():
        if ".models." in name and not name.endswith(f".{_MODEL}") and state not in {"running", "success"}:
            airflow.mark_done(DAILY, run, name)
    log = home.folder / "dbt" / "logs" / "dbt.log"
    wait_until(lambda: log.exists() and f"START sql table model marts.{_MODEL} " in log.read_text("utf-8"))
    task = airflow.tasks(DAILY, run)[f"transform.models.{_MODEL}"]
    _lose_the_worker(task["pid"])
    assert airflow.ended(DAILY, run) == "success", airflow.states(DAILY, run)
    assert airflow.tasks(DAILY, run)[f"transform.models.{_MODEL}"]["try_number"] > 1


def _lose_the_worker(pid: int) -> None:
    """End a task and the worker that looks after it, which then cannot tell of it."""
    os.kill(psutil.Process(pid).ppid(), signal.SIGKILL)
    os.kill(pid, signal.SIGKILL)


def _a_day_that_is_killed_in_its_load(airflow: Airflow, home: Home) -> None:
    run = _trigger(airflow, THIRD_DAY)
    wait_until(lambda: airflow.tasks(DAILY, run)["load"]["pid"] is not None, AT_EASE)
    load = psutil.Process(airflow.tasks(DAILY, run)["load"]["pid"])
    wait_until(lambda: _writes(load, home.warehouse))
    load.kill()
    assert airflow.ended(DAILY, run) == "success", airflow.states(DAILY, run)
    assert airflow.tasks(DAILY, run)["load"]["try_number"] > 1


def _writes(process: psutil.Process, path: Path) -> bool:
    """Tell whether a process has opened a file to write to it."""
    # Not every system tells how a file was opened.
    return any(Path(each.path) == path and getattr(each, "mode", "") != "r" for each in process.open_files())


def _days_that_are_made_up_for(airflow: Airflow) -> None:
    before = airflow.runs(DAILY)
    airflow.backfill(DAILY, f"{MADE_UP_FOR[0]}T00:00:00Z", f"{MADE_UP_FOR[-1]}T00:00:00Z")
    wait_until(lambda: len(airflow.runs(DAILY)) == len(before) + len(MADE_UP_FOR), AT_EASE)
    for run in airflow.runs(DAILY).keys() - before.keys():
        assert airflow.ended(DAILY, run) == "success", airflow.states(DAILY, run)


def _the_last_day_again(airflow: Airflow) -> None:
    run = airflow.trigger(DAILY, day=MADE_UP_FOR[-1])
    assert airflow.ended(DAILY, run) == "success", airflow.states(DAILY, run)
    # The build of this run is published: what is done again of it has to be built anew.
    for task in ("load", "transform.core"):
        airflow.clear(DAILY, run, task)
        assert airflow.ended(DAILY, run) == "success", airflow.states(DAILY, run)
    airflow.clear(DAILY, run, "transform.marts", downstream=True)
    assert airflow.ended(DAILY, run) == "success", airflow.states(DAILY, run)


def _replay(airflow: Airflow) -> None:
    airflow.unpause(BACKFILL)
    run = airflow.trigger(BACKFILL, first=THIRD_DAY)
    assert airflow.ended(BACKFILL, run) == "success", airflow.states(BACKFILL, run)


def _a_day_that_fails_its_tests(airflow: Airflow, home: Home, hook: Webhook) -> None:
    with psycopg.connect(home.environment["STREAMVISION_SOURCE"]) as connection:
        connection.execute(_A_PLAN_THAT_NO_EVENT_LED_TO)
    before = shown(home)
    told = len(hook.documents)
    run = _trigger(airflow, FAILING_DAY)
    assert airflow.ended(DAILY, run) == "failed"
    states = airflow.states(DAILY, run)
    assert (states["publish"], states["end"]) == ("upstream_failed", "success")
    assert shown(home) == before
    assert any(FAILING_DAY in key for key in lake_files(home))
    (message,) = (each for each in hook.documents[told:] if each["type"] == "failure")
    assert "failed at transform" in message["title"]
    assert MADE_UP_FOR[-1] in message["message"]
    record = home.run("runs", "list", "--format", "json").document[0]
    assert (record["command"], record["day"], record["outcome"]) == (DAILY, FAILING_DAY, "failed")


def _airflow(home: Home, hook: Webhook, models: str) -> Any:  # noqa: ANN401 - a context manager
    """Start Airflow, which knows the source by a connection of its own and nothing else of it."""
    airflow_home = home.folder.parent / f"airflow-{models}"
    home.run("models", "prepare")
    source = {"conn_type": "generic", "extra": {"url": home.environment["STREAMVISION_SOURCE"]}}
    database = new_database(home.environment["STREAMVISION_SOURCE"], template="template0")
    return running_airflow(
        airflow_home,
        database,
        {
            "AIRFLOW_CONN_STREAMVISION_SOURCE": json.dumps(source),
            "STREAMVISION_HOME": str(home.folder),
            "STREAMVISION_AIRFLOW_MODELS": models,
            "STREAMVISION_NOTIFY": hook.url,
        },
    )


def _trigger(airflow: Airflow, day: str) -> str:
    airflow.unpause(DAILY)
    return airflow.trigger(DAILY, day=day)


def _search_in(day: str, first: int, *homes: Home) -> None:
    """Let a day go by on which people search, in the source of each home."""
    for home in homes:
        with psycopg.connect(home.environment["STREAMVISION_SOURCE"]) as connection:
            connection.execute(_SEARCHES, {"day": day, "first": first})
