"""Every week: clean the lake, look at the source's log of changes, forget old runs, and tell people."""

from datetime import UTC, datetime, timedelta
from functools import partial

from airflow.sdk import DAG, CronTriggerTimetable, Param

from streamvision.domain.plan import MAINTENANCE
from streamvision.entrypoints.airflow import tasks
from streamvision.entrypoints.airflow.rendering import render, step_task

with DAG(
    "streamvision_maintenance",
    description="Look after what the runs leave behind",
    doc_md=__doc__,
    schedule=CronTriggerTimetable("0 12 * * SUN", timezone="UTC"),
    start_date=datetime(2020, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=6),
    params={
        "keep_runs_days": Param(
            default=400, type="integer", minimum=1, description="How long the history of runs is kept."
        )
    },
    tags=["streamvision"],
):
    render(
        MAINTENANCE,
        {
            "clean": partial(step_task, work=tasks.clean_lake),
            "check": partial(step_task, work=tasks.check_log),
            "forget": partial(step_task, work=tasks.forget_runs),
        },
    )
