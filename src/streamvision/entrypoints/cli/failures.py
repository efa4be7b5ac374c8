"""Commands about the rows that tests of the data found wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated

import typer

from streamvision.bootstrap import open_application
from streamvision.domain.errors import WrongUseError
from streamvision.entrypoints.cli.options import FormatOption, OutputFormat, ProfileOption
from streamvision.entrypoints.cli.output import show, table_of
from streamvision.ports.failures import FailedTest, FailingRows

failures = typer.Typer(
    help="See the rows that tests of the data found wrong in the last build.", no_args_is_help=True
)


@dataclass(frozen=True)
class FoundWrong:
    """Tell of a test that found something in the last build.

    Attributes:
        severity: `error` where it stopped the build, `warn` where it did not.
        command: shows the rows.

    """

    test: str
    severity: str
    rows: int
    place: str
    command: str


def found_wrong(failing: FailingRows, profile: str) -> list[FoundWrong]:
    """Return what the tests of the last build found, what stopped it first.

    Raises:
        WarehouseError: when the build cannot be read, be it that it goes on.

    """
    return [*_told("error", failing.failed_tests(), profile), *_told("warn", failing.warned_tests(), profile)]


def _told(severity: str, tests: Sequence[FailedTest], profile: str) -> list[FoundWrong]:
    return [
        FoundWrong(
            each.test,
            severity,
            each.rows,
            each.place,
            f"streamvision failures show {each.test} --profile {profile}",
        )
        for each in tests
    ]


@failures.command("list")
def list_tests(profile: ProfileOption = None, output: FormatOption = OutputFormat.TABLE) -> None:
    """List the tests of the data that failed or warned in the last build, and the rows that each found."""
    application = open_application(profile)
    found = found_wrong(application.watching.failing_rows, application.profile.name)
    rows = [(each.test, each.severity, each.rows, each.place) for each in found]
    nothing = "The last build holds no rows of a test that failed or warned."
    show(output, found, [table_of(["test", "severity", "rows", "where they lie"], rows) if rows else nothing])


@failures.command("show")
def show_rows(
    test: Annotated[str, typer.Argument(help="The test, as `streamvision failures list` names it.")],
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many rows at the most.")] = 20,
    profile: ProfileOption = None,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Show the rows that a test found wrong, as the test gives them."""
    found = open_application(profile).watching.failing_rows.rows(test, limit)
    if not found:
        raise WrongUseError(
            f"The last build holds no rows of a test {test!r}",
            where="what the last build has kept of its tests",
            safe="nothing was changed",
            next_command="streamvision failures list",
        )
    rows = [{name: _shown(value) for name, value in row.items()} for row in found]
    show(output, rows, [table_of(list(rows[0]), [list(row.values()) for row in rows])])


def _shown(value: object) -> object:
    """Return a value that JSON and a table know, or else as text: a test may give what its columns are."""
    is_known = value is None or isinstance(value, (str, bool, int, float, Decimal, date, list, dict))
    return value if is_known else str(value)
