"""Renders the models of dbt as tasks, with Cosmos; what builds them is what every other runner has."""

from collections.abc import Callable
from typing import Any, Protocol

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, TaskGroup
from cosmos import DbtTaskGroup, ExecutionConfig, ProfileConfig, ProjectConfig, RenderConfig
from cosmos.constants import DbtResourceType, LoadMode, TestBehavior

from streamvision.entrypoints.airflow.manifest import PROJECT, Models


class BuildTask(Protocol):
    """Make the task that builds a model by its name."""

    def __call__(self, name: str, *, task_id: str, dag: DAG, task_group: TaskGroup) -> PythonOperator:
        """Return it."""
        ...


def model_tasks(models: Models, build: BuildTask) -> TaskGroup:
    """Return a group with a task for each model and seed, each after those that it reads.

    Tests are done with the model that they are of; so they have no tasks of their own.
    """
    convert = _converter(build)
    group: TaskGroup = DbtTaskGroup(
        group_id="models",
        project_config=ProjectConfig(
            manifest_path=models.manifest, project_name=PROJECT, install_dbt_deps=False
        ),
        # Cosmos wants to know a profile, though it is not Cosmos that calls dbt.
        profile_config=ProfileConfig(
            profile_name=PROJECT,
            target_name="none",
            profiles_yml_filepath=models.project / "profiles.yml",
        ),
        execution_config=ExecutionConfig(dbt_project_path=models.project),
        render_config=RenderConfig(
            load_method=LoadMode.DBT_MANIFEST,
            test_behavior=TestBehavior.NONE,
            emit_datasets=False,
            node_converters=dict.fromkeys((DbtResourceType.MODEL, DbtResourceType.SEED), convert),
        ),
    )
    return group


def _converter(build: BuildTask) -> Callable[..., PythonOperator]:
    def convert(*, dag: DAG, task_group: TaskGroup, node: Any, **_: object) -> PythonOperator:
        return build(node.name, task_id=node.name, dag=dag, task_group=task_group)

    return convert
