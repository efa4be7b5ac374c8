"""The DAGs are the plan, and are read without work and without a network."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from streamvision.assets import asset
from streamvision.domain.plan import DAILY, MAINTENANCE, REPLAY, Plan, refreshing
from tests.support.airflow import DAGS
from tests.support.cli import Home

NAMES = ("streamvision_daily", "streamvision_backfill", "streamvision_maintenance")
POOL = "streamvision_warehouse"
_MOST_SECONDS = 2.0
Read = dict[str, Any]
"""Errors and seconds by file, tasks by DAG."""
# Reads the DAGs as the DAG processor does: in a process that knows Airflow already. What is reckoned is the
# time of the processor, which is the same on a machine that is busy.
_READER = """
import json, socket, sys, time

import airflow.sdk
from airflow.dag_processing.dagbag import DagBag

def refused(*_): raise OSError("a DAG that is read must not ask for anything")
socket.socket.connect = socket.create_connection = refused
bags, seconds = {}, {}
for path in sys.argv[1:]:
    began = time.process_time()
    bags[path] = DagBag(path)
    seconds[path] = time.process_time() - began
dags = {
    dag.dag_id: {
        task.task_id: {
            "upstream": sorted(task.upstream_task_ids),
            "pool": task.pool,
            "retries": task.retries,
            "outlets": sorted(outlet.name for outlet in task.outlets),
            "teardown": task.is_teardown,
        }
        for task in dag.tasks
    }
    for bag in bags.values() for dag in bag.dags.values()
}
errors = {path: text for bag in bags.values() for path, text in bag.import_errors.items()}
print(json.dumps({"errors": errors, "seconds": seconds, "dags": dags}))
"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a home in which the models are prepared."""
    home = Home(tmp_path_factory.mktemp("airflow") / "home")
    home.run("models", "prepare")
    return home.folder


@pytest.fixture(scope="module")
def found(prepared: Path) -> Read:
    """Give what Airflow reads from all files of DAGs."""
    return read(prepared, *(f"{name}.py" for name in NAMES))


def read(home: Path, *files: str, **environment: str) -> Read:
    """Return what Airflow reads from files of DAGs."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("STREAMVISION_", "AIRFLOW_"))
    }
    done = subprocess.run(  # noqa: S603 - our own script, no shell
        [sys.executable, "-c", _READER, *(str(DAGS / file) for file in files)],
        env=kept
        | {"AIRFLOW_HOME": str(home.parent / "airflow"), "STREAMVISION_HOME": str(home)}
        | {"AIRFLOW__COSMOS__ENABLE_TELEMETRY": "False", "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
        | environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: Read = json.loads(done.stdout.splitlines()[-1])
    return found


def model_names(layer: str) -> set[str]:
    """Return the names of the models of a layer, as their files have them."""
    return {path.stem for path in (asset("warehouse") / "models" / layer).glob("*.sql")}


def test_each_dag_is_read_soon_and_without_a_network(found: Read) -> None:
    """In less than two seconds, and without an error."""
    assert found["errors"] == {}
    assert found["dags"].keys() == set(NAMES)
    assert [path for path, seconds in found["seconds"].items() if seconds >= _MOST_SECONDS] == []


@pytest.mark.parametrize(
    ("dag", "plan"),
    [
        ("streamvision_daily", DAILY),
        ("streamvision_backfill", REPLAY),
        ("streamvision_maintenance", MAINTENANCE),
    ],
)
def test_the_tasks_are_the_steps_of_the_plan(found: Read, dag: str, plan: Plan) -> None:
    """In its order, tried as often, one at a time; the end is told whatever became of them."""
    tasks = found["dags"][dag]
    assert _order_of_steps(tasks) == ["begin", *(step.name for step in plan.steps), "end"]
    attempts = {step.name: step.attempts for step in plan.steps}
    for name, task in tasks.items():
        assert task["pool"] == POOL
        if (step := name.partition(".")[0]) in attempts:
            assert task["retries"] == attempts[step] - 1
    assert [name for name, task in tasks.items() if task["teardown"]] == ["end"]


def test_each_model_is_a_task_after_those_that_it_reads(found: Read) -> None:
    """So that one can be tried again, and is seen where it fails."""
    tasks = found["dags"]["streamvision_daily"]
    models = {name.removeprefix("transform.models.") for name in tasks if ".models." in name}
    for layer in ("staging", "intermediate", "core", "changes", "aggregates", "marts"):
        assert model_names(layer) <= models
    assert "transform.models.stg_app__ratings" in tasks["transform.models.fct_ratings"]["upstream"]
    assert "transform.begin" in tasks["transform.models.stg_app__users"]["upstream"]
    assert {
        name.removeprefix("transform.models.") for name in tasks["transform.finish"]["upstream"]
    } <= models


def test_a_layer_can_be_a_task(prepared: Path) -> None:
    """Where a warehouse builds many models at once, or tasks are dear."""
    found = read(prepared, "streamvision_daily.py", STREAMVISION_AIRFLOW_MODELS="layers")
    tasks = found["dags"]["streamvision_daily"]
    assert {name for name in tasks if name.startswith("transform.")} == {
        f"transform.{part}"
        for part in (
            "begin",
            "seeds",
            "staging",
            "intermediate",
            "core",
            "changes",
            "aggregates",
            "marts",
            "finish",
        )
    }


def test_a_power_bi_model_is_refreshed_where_one_is_named(prepared: Path) -> None:
    """After what was published, and before people are told; without it there is no such task."""
    model = "https://api.powerbi.com/v1.0/myorg/groups/g/datasets/d"
    found = read(
        prepared,
        "streamvision_daily.py",
        STREAMVISION_AIRFLOW_MODELS="layers",
        STREAMVISION_POWERBI=model,
    )
    tasks = found["dags"]["streamvision_daily"]
    assert _order_of_steps(tasks) == ["begin", *(step.name for step in refreshing(DAILY).steps), "end"]
    assert tasks["refresh"]["upstream"] == ["publish"]


def test_another_word_for_how_models_are_rendered_is_refused(prepared: Path) -> None:
    """A slip of the pen would otherwise make a task of each model, and nobody would know."""
    found = read(prepared, "streamvision_daily.py", STREAMVISION_AIRFLOW_MODELS="layer")
    (error,) = found["errors"].values()
    assert "STREAMVISION_AIRFLOW_MODELS is 'layer', not each or layers" in error


def test_publishing_renews_the_assets_of_all_marts(found: Read) -> None:
    """Whoever needs a mart can be run by it."""
    tasks = found["dags"]["streamvision_daily"]
    assert tasks["publish"]["outlets"] == sorted(f"streamvision/{name}" for name in model_names("marts"))
    assert not any(task["outlets"] for name, task in tasks.items() if name != "publish")


def test_models_that_were_not_prepared_are_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    """It is shown where Airflow shows DAGs that cannot be read."""
    found = read(tmp_path / "home", "streamvision_daily.py")
    (error,) = found["errors"].values()
    assert "streamvision models prepare" in error


def _order_of_steps(tasks: Mapping[str, Any]) -> list[str]:
    """Return the steps in the order in which their tasks can be done; each must be one after another."""
    needs = {
        name.partition(".")[0]: {
            up.partition(".")[0]
            for other, task in tasks.items()
            if other.partition(".")[0] == name.partition(".")[0]
            for up in task["upstream"]
        }
        - {name.partition(".")[0]}
        for name in tasks
    }
    ordered: list[str] = []
    while len(ordered) < len(needs):
        ready = [name for name in needs if name not in ordered and needs[name] <= set(ordered)]
        assert len(ready) == 1, f"these could be done at once: {ready}"
        ordered.append(ready[0])
    return ordered
