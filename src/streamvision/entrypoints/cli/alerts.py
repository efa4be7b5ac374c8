"""Commands about alerts: the rules, and what they find now."""

import sys
from typing import Annotated

import typer

from streamvision.bootstrap import open_application
from streamvision.domain.errors import DataQualityError
from streamvision.entrypoints.cli.options import FormatOption, OutputFormat, ProfileOption
from streamvision.entrypoints.cli.output import note, show, table_of
from streamvision.pipeline.watch.alerts import rules
from streamvision.pipeline.watch.prometheus_rules import prometheus_rules

alerts = typer.Typer(
    help="Show the rules of alerts, and hold runs and data against them.", no_args_is_help=True
)


@alerts.command("list")
def list_rules(profile: ProfileOption = None, output: FormatOption = OutputFormat.TABLE) -> None:
    """List the rules of alerts, with the profile's limits."""
    found = rules(open_application(profile).profile.alerts)
    show(
        output,
        found,
        [table_of(["rule", "fires when", "limit"], [(r.name, r.summary, r.limit) for r in found])],
    )


@alerts.command("test")
def try_rules(
    *,
    tell: Annotated[
        bool,
        typer.Option("--tell/--no-tell", help="Send what fires to the profile's `notify`, or only print it."),
    ] = True,
    profile: ProfileOption = None,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Hold runs and data against the rules, tell people what fires, and end with 3 where anything does.

    Run it every hour by a clock of its own: it tells of the run that never came.
    """
    application = open_application(profile)
    verdicts = application.watching.history.verdicts()
    rows = [(each.rule, each.table or "-", each.state, each.told) for each in verdicts]
    show(output, verdicts, [table_of(["rule", "table", "state", "found"], rows)])
    if tell and application.profile.notify:
        for delivery in application.people.tell_alerts(verdicts):
            note(f"{'warning: ' if delivery.state == 'failed' else ''}{delivery.line}")
    firing = [
        f"{each.rule}{f' of {each.table}' if each.table else ''}: {each.told}"
        for each in verdicts
        if each.is_firing
    ]
    if firing:
        raise DataQualityError(
            f"{len(firing)} alerts fire:\n  - " + "\n  - ".join(firing),
            where=f"the profile {application.profile.name}",
            safe="nothing was changed",
            next_command="streamvision runs list",
        )


@alerts.command("rules")
def show_rules(profile: ProfileOption = None) -> None:
    """Print the same rules for Prometheus, over the metrics that the profile's runs leave."""
    sys.stdout.write(
        prometheus_rules(open_application(profile).profile.alerts, "Written by `streamvision alerts rules`.")
    )
