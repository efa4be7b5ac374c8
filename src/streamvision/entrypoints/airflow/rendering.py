"""Renders a plan as tasks: its steps, their order and their tries are those of `domain.plan`."""

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import Asset, Param, TaskGroup, TriggerRule, WeightRule, chain

from streamvision.domain.errors import WrongUseError
from streamvision.domain.plan import Plan, Step, refreshing
from streamvision.entrypoints.airflow import tasks
from streamvision.entrypoints.airflow.manifest import Models, read_models
from streamvision.entrypoints.airflow.models import model_tasks

POOL = "streamvision_warehouse"
"""Has one slot: what writes to the warehouse takes turns."""

ACCEPT_QUARANTINED = Param(
    default=False,
    type="boolean",
    description="Load the days though too many of their rows break their contracts.",
)
Rendered = PythonOperator | TaskGroup
Renderer = Callable[[Step], Rendered]


def mart_asset(name: str) -> Asset:
    """Return the asset of a mart: a DAG that has it as its schedule runs after each publication."""
    return Asset(name=f"streamvision/{name}", uri=f"streamvision://marts/{name}", group="streamvision")


def render_run(plan: Plan, load: Callable[[Step], None]) -> None:
    """Add the tasks of a run to the DAG that is being made.

    Args:
        plan: the steps; each needs the one before.
        load: does the step of that name.

    """
    models = read_models()
    # The tasks know the profile; what is read here, again and again, is the environment alone.
    plan = refreshing(plan) if os.environ.get("STREAMVISION_POWERBI") else plan
    renderers: Mapping[str, Renderer] = {
        "extract": partial(step_task, work=tasks.extract),
        "load": partial(step_task, work=load),
        "transform": partial(_transform, models=models),
        "publish": partial(
            step_task, work=tasks.publish, outlets=[mart_asset(name) for name in models.marts]
        ),
        "refresh": partial(step_task, work=tasks.refresh),
    }
    render(plan, renderers)


def render(plan: Plan, renderers: Mapping[str, Renderer]) -> None:
    """Add the tasks of a plan, between those that write down its begin and its end.

    Args:
        plan: the steps; each needs the one before.
        renderers: what makes the task, or the tasks, of each step.

    """
    begin = _task("begin", tasks.begin, retries=2)
    steps = [renderers[step.name](step) for step in plan.steps]
    # It is done whatever became of the steps, and does not count in what became of the run.
    end = _task(
        "end",
        tasks.end,
        retries=2,
        op_kwargs={"last_step": plan.steps[-1].name},
        trigger_rule=TriggerRule.ALL_DONE,
    )
    chain(begin, *steps, end)
    end.as_teardown(setups=begin.as_setup())  # type: ignore[no-untyped-call] # Airflow has no types there


def step_task(step: Step, work: Callable[[Step], None], **options: Any) -> PythonOperator:
    """Return the task that does a step, or a part of it."""
    return _task(options.pop("task_id", step.name), work, step, op_kwargs={"step": step}, **options)


def _transform(step: Step, models: Models) -> TaskGroup:
    with TaskGroup("transform", tooltip=step.summary) as group:
        begin = step_task(step, tasks.begin_build, task_id="begin")
        finish = step_task(step, tasks.finish_build, task_id="finish")
        if _models_are_rendered_by() == "layers":
            built = [
                _build(step, names, task_id=layer)
                for layer, names in sorted(models.by_layer.items(), key=lambda layer: _LAYERS.index(layer[0]))
            ]
            chain(begin, *built, finish)
        else:
            chain(begin, model_tasks(models, lambda name, **options: _build(step, [name], **options)), finish)
    return group


def _models_are_rendered_by() -> str:
    """Return what a task builds: `each` model, or one of the `layers`.

    Raises:
        WrongUseError: when the variable says something else, which would go unnoticed.

    """
    chosen = os.environ.get("STREAMVISION_AIRFLOW_MODELS") or "each"
    if chosen not in {"each", "layers"}:
        raise WrongUseError(
            f"STREAMVISION_AIRFLOW_MODELS is {chosen!r}, not each or layers",
            where="the environment of Airflow",
            safe="nothing was changed",
            next_command="set it to `each` or `layers`, or to nothing",
        )
    return chosen


_LAYERS = ("seeds", "staging", "intermediate", "core", "changes", "aggregates", "marts")


def _build(step: Step, names: Sequence[str], **options: Any) -> PythonOperator:
    options.setdefault("op_kwargs", {"step": step, "names": sorted(names)})
    return _task(options.pop("task_id"), tasks.build_models, step, **options)


def _task(
    task_id: str, work: Callable[..., None], step: Step | None = None, **options: Any
) -> PythonOperator:
    tries: dict[str, Any] = {}
    if step is not None:
        tries = {
            "retries": step.attempts - 1,
            "retry_delay": timedelta(seconds=step.wait_seconds),
            "retry_exponential_backoff": 2.0,
            "doc": step.summary,
        }
    return PythonOperator(
        task_id=task_id,
        python_callable=work,
        pool=POOL,
        # Who has come farthest goes on first, so that one run is at an end before another begins.
        weight_rule=WeightRule.UPSTREAM,
        **tries,
        **options,
    )
