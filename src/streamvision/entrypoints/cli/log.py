"""Commands about the source's log of changes, which is kept for one lake."""

import typer

from streamvision.bootstrap import open_application
from streamvision.entrypoints.cli.options import FormatOption, OutputFormat, ProfileOption
from streamvision.entrypoints.cli.output import show, table_of
from streamvision.entrypoints.cli.work import recorded

log = typer.Typer(
    help="Show or drop the log of changes that the source keeps for the lake.", no_args_is_help=True
)


@log.command("show")
def show_log(profile: ProfileOption = None, output: FormatOption = OutputFormat.TABLE) -> None:
    """Show whether the source keeps its log for the lake, how much of it, and what stands in the way."""
    application = open_application(profile)
    health = application.log_health()
    rows: list[tuple[str, object]] = [
        ("slot", health.name),
        ("kept", health.is_kept),
        ("retained bytes", health.retained_bytes),
        ("lost because", health.lost_because or "-"),
        ("read", "every day" if application.profile.extraction == "changes" else "no"),
        *((what, f"mend it with: {mend}") for what, mend in health.hindrances),
    ]
    document = {
        "slot": health.name,
        "is_kept": health.is_kept,
        "retained_bytes": health.retained_bytes,
        "lost_because": health.lost_because,
        "extraction": application.profile.extraction,
        "hindrances": [{"what": what, "mend": mend} for what, mend in health.hindrances],
    }
    show(output, document, [table_of(["log", "state"], rows)])


@log.command("drop")
def drop_log(profile: ProfileOption = None, output: FormatOption = OutputFormat.TABLE) -> None:
    """Let the source forget its log, and no longer keep it.

    The lake stays; the next batch reads all tables whole. Do this before a lake is given up: a log that
    nobody reads fills the source's disk.
    """
    application = open_application(profile)
    with recorded(application, "log drop", None):
        was_kept = application.change_log.drop()
    name = application.change_log.name
    line = f"The log {name} is dropped." if was_kept else f"The source kept no log {name}."
    show(output, {"slot": name, "was_kept": was_kept}, [line])
