"""Commands about the rows that tests of the data found wrong."""

from datetime import date
from decimal import Decimal
from typing import Annotated

import typer

from streamvision.bootstrap import open_application
from streamvision.domain.errors import WrongUseError
from streamvision.entrypoints.cli.options import FormatOption, OutputFormat, ProfileOption
from streamvision.entrypoints.cli.output import show, table_of

failures = typer.Typer(
    help="See the rows that tests of the data found wrong in the last build.", no_args_is_help=True
)


@failures.command("list")
def list_tests(profile: ProfileOption = None, output: FormatOption = OutputFormat.TABLE) -> None:
    """List the tests of the data that failed in the last build, and how many rows each found wrong."""
    found = open_application(profile).watching.failing_rows.failed_tests()
    rows = [(each.test, each.rows, each.place) for each in found]
    nothing = "The last build holds no rows of a failed test."
    show(output, found, [table_of(["test", "rows", "where they lie"], rows) if rows else nothing])


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
            f"The last build holds no rows of a failed test {test!r}",
            where="the build that is not published",
            safe="nothing was changed",
            next_command="streamvision failures list",
        )
    rows = [{name: _shown(value) for name, value in row.items()} for row in found]
    show(output, rows, [table_of(list(rows[0]), [list(row.values()) for row in rows])])


def _shown(value: object) -> object:
    """Return a value that JSON and a table know, or else as text: a test may give what its columns are."""
    is_known = value is None or isinstance(value, (str, bool, int, float, Decimal, date, list, dict))
    return value if is_known else str(value)
