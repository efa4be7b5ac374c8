"""On demand: load days again from the lake alone, and build, test and publish what follows from them."""

from datetime import timedelta

from airflow.sdk import DAG, Param

from streamvision.domain.plan import REPLAY
from streamvision.entrypoints.airflow import tasks
from streamvision.entrypoints.airflow.rendering import ACCEPT_QUARANTINED, render_run

with DAG(
    "streamvision_backfill",
    description="Load days again from the lake, under the contracts as they are now",
    doc_md=__doc__,
    schedule=None,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=24),
    params={
        "first": Param(
            default=None, type=["null", "string"], format="date", description="The first day to load again."
        ),
        "last": Param(
            default=None,
            type=["null", "string"],
            format="date",
            description="The last day; without it, all that follow are loaded again.",
        ),
        "rebuild": Param(
            default=False, type="boolean", description="Make the whole warehouse anew from the lake instead."
        ),
        "accept_quarantined": ACCEPT_QUARANTINED,
    },
    tags=["streamvision"],
):
    render_run(REPLAY, load=tasks.load_again)
