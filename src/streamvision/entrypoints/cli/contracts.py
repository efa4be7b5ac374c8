"""Commands that hold the contracts against the source as it is now."""

import typer

from streamvision.bootstrap import open_application
from streamvision.domain.errors import WrongUseError
from streamvision.entrypoints.cli.options import FormatOption, OutputFormat, ProfileOption
from streamvision.entrypoints.cli.output import show, table_of
from streamvision.pipeline.extract.comparison import Compared, compare

contracts = typer.Typer(help="Compare the contracts with the source as it is now.", no_args_is_help=True)


@contracts.command()
def check(profile: ProfileOption = None, output: FormatOption = OutputFormat.TABLE) -> None:
    """Say of each table whether it is what its contract says; exit code 1 where extraction would stop."""
    compared = _compare(profile)
    rows = [(each.table, each.verdict, len(each.differences)) for each in compared]
    lines = [table_of(["table", "verdict", "differences"], rows)]
    stops = any(each.verdict == "stops" for each in compared)
    told = ["Nothing would be extracted; `streamvision contracts diff` tells why."] if stops else []
    show(output, compared, [*lines, *told])
    if stops:
        raise typer.Exit(1)


@contracts.command()
def diff(profile: ProfileOption = None, output: FormatOption = OutputFormat.TABLE) -> None:
    """List each difference between contracts and source, with what follows from it."""
    differences = [difference for each in _compare(profile) for difference in each.differences]
    columns = ["table", "column", "the contract says", "the source has", "what follows"]
    rows = [
        (each.table, each.column or "-", each.contract, each.source, each.follows) for each in differences
    ]
    show(output, differences, [table_of(columns, rows) if rows else "Every table is what its contract says."])


def _compare(profile: str | None) -> list[Compared]:
    application = open_application(profile)
    if application.derives_contracts:
        raise WrongUseError(
            "This profile derives its contracts from the source: they always agree",
            where=f"profile {application.profile.name}",
            safe="nothing was changed",
            next_command="choose a --profile whose contracts are written",
        )
    with application.source.snapshot() as snapshot:
        return compare(snapshot, application.contracts)
