"""Commands about the messages that people get."""

import typer

from streamvision.bootstrap import open_application
from streamvision.domain.errors import NotificationError, WrongUseError
from streamvision.entrypoints.cli.options import FormatOption, OutputFormat, ProfileOption
from streamvision.entrypoints.cli.output import show, table_of

notify = typer.Typer(help="Try the messages that people get about runs.", no_args_is_help=True)


@notify.command("test")
def try_notifier(profile: ProfileOption = None, output: FormatOption = OutputFormat.TABLE) -> None:
    """Send a message to every target of the profile, and say which got it."""
    application = open_application(profile)
    if not application.profile.notify:
        raise WrongUseError(
            f"The profile {application.profile.name!r} says nobody who is to be told",
            where="`notify` of the profile",
            safe="nothing was sent",
            next_command="give the profile `notify`, or set STREAMVISION_NOTIFY, to URLs of Apprise",
        )
    deliveries = application.people.try_all()
    rows = [(each.target, each.state, each.reason or "-") for each in deliveries]
    show(output, deliveries, [table_of(["target", "state", "reason"], rows)])
    failed = [each.target for each in deliveries if each.state == "failed"]
    if failed:
        raise NotificationError(
            f"The message did not get to {', '.join(failed)}",
            where="`notify` of the profile",
            safe="the others have it; runs go on without it",
            next_command="mend the URL or the service, then `streamvision notify test`",
        )
