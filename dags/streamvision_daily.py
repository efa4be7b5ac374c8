"""Every day: extract, load, transform and test, publish, tell people. The data interval is the day."""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, CronDataIntervalTimetable, Param

from streamvision.domain.plan import DAILY
from streamvision.entrypoints.airflow import tasks
from streamvision.entrypoints.airflow.rendering import ACCEPT_QUARANTINED, render_run

with DAG(
    "streamvision_daily",
    description="Carry the day from the source to the dashboards",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("@daily", timezone="UTC"),
    start_date=datetime(2020, 1, 1, tzinfo=UTC),
    # The source shows its present state alone: a day that was missed cannot be had any more.
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=12),
    params={
        "day": Param(
            default=None,
            type=["null", "string"],
            format="date",
            description="The day to carry; without it, that of the data interval.",
        ),
        "accept_quarantined": ACCEPT_QUARANTINED,
    },
    tags=["streamvision"],
):
    render_run(DAILY, load=tasks.load)
