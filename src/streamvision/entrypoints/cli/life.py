"""Commands that start and stop the whole."""

import os
from typing import Annotated

import typer

from streamvision.bootstrap import Application, open_application
from streamvision.domain.errors import StreamVisionError
from streamvision.entrypoints.cli.login import login_of
from streamvision.entrypoints.cli.options import (
    AcceptOption,
    DayOption,
    FormatOption,
    OutputFormat,
    PresetOption,
    ProfileOption,
    SeedOption,
    chosen_day,
)
from streamvision.entrypoints.cli.output import note, show
from streamvision.entrypoints.cli.progress import table_progress
from streamvision.entrypoints.cli.serving import PortOption, check_port, serve, stop_serving
from streamvision.entrypoints.cli.simulate import simulation, totals
from streamvision.entrypoints.cli.steps import accounts_document, accounts_table
from streamvision.entrypoints.cli.work import do_day, recorded
from streamvision.pipeline.simulate.spec import SimulationSpec


def up(
    day: DayOption = None,
    preset: PresetOption = "report",
    seed: SeedOption = 42,
    *,
    serving: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Serve the dashboards, or end after publishing.")
    ] = True,
    port: PortOption = 8501,
    accept_quarantined: AcceptOption = False,
    profile: ProfileOption = None,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Do all of it: start the source, fill it where it is new, run a day, and serve the dashboards.

    A source that holds rows is left as it is, and one that is not ours is never written to. The embedded
    server goes on after this command, until `streamvision down`.
    """
    application = open_application(profile)
    chosen = chosen_day(application, day)
    spec = simulation(preset, seed, chosen)
    if serving:
        login_of(os.environ)
        check_port(port)
    with recorded(application, "up", chosen) as run:
        if application.embedded_server is not None:
            _prepare_source(application, spec)
        do_day(application, chosen, run, accept_quarantined=accept_quarantined)
    accounts = [account for account in application.warehouse.accounts() if account.batch_id == str(chosen)]
    document = {"run_id": run.run_id, "batch": chosen, "accounts": accounts_document(accounts)}
    show(output, document, [accounts_table(accounts)])
    if serving:
        serve(application, port)


def down(profile: ProfileOption = None, output: FormatOption = OutputFormat.TABLE) -> None:
    """Stop the dashboards and the embedded server; the data stay."""
    application = open_application(profile)
    server = application.embedded_server
    dashboards = stop_serving(application.profile.home)
    source = server.stop() if server is not None else False
    document = {"dashboards_stopped": dashboards, "source_stopped": source}
    lines = [
        f"Dashboards: {'stopped' if dashboards else 'were not running'}.",
        f"Embedded PostgreSQL: {'stopped' if source else 'was not running'}.",
    ]
    show(output, document, lines)


def _prepare_source(application: Application, spec: SimulationSpec) -> None:
    note(f"source: {application.source.version()}")
    application.service_database.migrate()
    if not application.service_database.is_empty():
        note("  holds rows already; they stay as they are")
        return
    note(f"simulate: {spec.volumes.users:,} users up to {spec.until}, seed {spec.seed}")
    with table_progress("written", totals(spec)) as progress:
        try:
            application.simulate(spec, progress.rows)
        except StreamVisionError:
            note("  nothing was written")
            raise
