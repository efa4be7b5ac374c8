"""The command `doctor`: what works, what is missing, and the command that mends it."""

import platform
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import typer

from streamvision.assets import asset
from streamvision.bootstrap import Application, open_application
from streamvision.domain.errors import StreamVisionError
from streamvision.entrypoints.cli.options import FormatOption, OutputFormat, ProfileOption
from streamvision.entrypoints.cli.output import show, table_of
from streamvision.entrypoints.cli.serving import PortOption, check_port
from streamvision.pipeline.extract.agreement import Agreed, agree
from streamvision.ports.source import LogHealth

_TRIED = "_doctor"
_DONE = {"write": "written", "read": "read", "list": "listed", "delete": "deleted"}
_LEAST_FREE_BYTES = 2 * 1024**3


@dataclass(frozen=True)
class Finding:
    """Tell of one thing that was looked at.

    Attributes:
        state: `warning` where work can go on.
        mend: the command, or the act, that mends it; empty where it is well.

    """

    what: str
    state: Literal["well", "warning", "broken"]
    detail: str
    mend: str = ""


def doctor(
    port: PortOption = 8501, profile: ProfileOption = None, output: FormatOption = OutputFormat.TABLE
) -> None:
    """Say what works and what is missing, with the command that mends it."""
    application = open_application(profile)
    findings = [*_machine(application), *works_of(application), _port(port)]
    report(findings, output)


def works_of(application: Application) -> list[Finding]:
    """Look at the source, lake and warehouse of a profile."""
    source = _look("source", lambda: _source(application))
    return [
        source,
        # Without a source there is nothing to be said of its log.
        *([] if source.state == "broken" else _log(application)),
        _lake(application),
        *_warehouse(application),
        *_notify(application),
    ]


def report(findings: Sequence[Finding], output: OutputFormat) -> None:
    """Print the findings; the exit code is 1 where one is broken."""
    rows = [(finding.what, finding.state, finding.detail, finding.mend) for finding in findings]
    show(output, findings, [table_of(["what", "state", "detail", "mend it with"], rows)])
    if any(finding.state == "broken" for finding in findings):
        raise typer.Exit(1)


def _look(what: str, examine: Callable[[], str]) -> Finding:
    try:
        return Finding(what, "well", examine())
    except StreamVisionError as error:
        return Finding(what, "broken", error.what, error.next_command)


def _machine(application: Application) -> Iterator[Finding]:
    yield Finding("python", "well", f"{platform.python_version()} at {sys.prefix}")
    missing = [name for name in ("contracts", "warehouse", "source/migrations") if not asset(name).is_dir()]
    if missing:
        yield Finding("files", "broken", f"missing: {', '.join(missing)}", "install StreamVision again")
    else:
        yield _look("contracts", lambda: f"{len(application.contracts)} tables")
    yield _disk(application)


def _disk(application: Application) -> Finding:
    home = application.profile.home
    existing = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    detail = f"{free / 1024**3:.1f} GiB free at {home}"
    if free < _LEAST_FREE_BYTES:
        return Finding("disk", "warning", detail, "free some space, or set STREAMVISION_HOME elsewhere")
    return Finding("disk", "well", detail)


def _source(application: Application) -> str:
    version = application.source.version()
    if application.embedded_server is not None:
        application.service_database.migrate()
    with application.source.snapshot() as snapshot:
        agreed = agree(snapshot, application.contracts_of(snapshot))
    if application.derives_contracts:
        return f"{version}, {len(agreed)} tables"
    return f"{version}, {_differing(agreed)}"


def _differing(agreed: Sequence[Agreed]) -> str:
    differing = [each.contract.table for each in agreed if each.notes]
    if not differing:
        return "every table is what its contract says"
    return f"differences that the contracts allow in {', '.join(differing)}"


def _log(application: Application) -> list[Finding]:
    """Look at the log of changes, where it is read or kept."""
    is_read = application.profile.extraction == "changes"
    try:
        health = application.log_health()
    except StreamVisionError as error:
        return [Finding("log", "broken", error.what, error.next_command)]
    if not is_read:
        return [_unread(health)] if health.is_kept else []
    if health.hindrances:
        return [Finding("log", "broken", what, mend) for what, mend in health.hindrances]
    return [_kept(health)]


def _unread(health: LogHealth) -> Finding:
    detail = f"the source keeps {_size(health)} for a log that is not read ({health.name})"
    return Finding(
        "log", "warning", detail, '`streamvision log drop`, or `extraction = "changes"` in the profile'
    )


def _kept(health: LogHealth) -> Finding:
    if health.lost_because:
        detail = f"{health.name}: {health.lost_because}; the next batch reads all tables whole"
        return Finding("log", "warning", detail, "streamvision extract")
    if not health.is_kept:
        return Finding("log", "well", "can be kept; the first batch begins it")
    detail = f"{health.name}: the source keeps {_size(health)} for it"
    if health.keeps_much:
        return Finding("log", "warning", detail, "`streamvision extract`, or `streamvision log drop`")
    return Finding("log", "well", detail)


def _notify(application: Application) -> list[Finding]:
    """Look at the places where people are told of runs, without telling anything."""
    if not application.profile.notify:
        return []
    notifier = application.notifier
    return [_look("notify", partial(_target, notifier.check, target)) for target in notifier.targets]


def _target(check: Callable[[str], None], target: str) -> str:
    check(target)
    return f"{target}: `streamvision notify test` sends a message"


def _size(health: LogHealth) -> str:
    return f"{health.retained_bytes / 1024**2:,.1f} MiB"


def _lake(application: Application) -> Finding:
    """Try each right on the lake by itself: a policy may give one and not another."""
    lake, key = application.lake, f"{_TRIED}/file"
    trials: list[tuple[str, Callable[[], object]]] = [
        ("write", lambda: lake.put(key, b"can be written")),
        ("read", lambda: lake.get(key)),
        ("list", lambda: lake.keys(f"{_TRIED}/")),
        ("delete", lambda: lake.delete(key)),
    ]
    for right, attempt in trials:
        try:
            attempt()
        except StreamVisionError as error:
            detail = f"files cannot be {_DONE[right]}: {error.what}"
            return Finding("lake", "broken", detail, f"give the right to {right}; {error.next_command}")
    return Finding("lake", "well", "files can be written, read, listed and deleted")


def _warehouse(application: Application) -> Iterator[Finding]:
    def examine() -> str:
        batches = {account.batch_id for account in application.warehouse.accounts()}
        return f"{application.warehouse.version()}, {len(batches)} batches loaded"

    yield _look("warehouse", examine)
    rights = application.warehouse.rights()
    missing = [right for right in rights if right.refused_because]
    for right in missing:
        detail = f"{right.what}: {right.refused_because}"
        yield Finding("warehouse rights", "broken", detail, right.mend)
    if rights and not missing:
        yield Finding("warehouse rights", "well", f"all {len(rights)} that a run needs")


def _port(port: int) -> Finding:
    try:
        check_port(port)
    except StreamVisionError as error:
        return Finding("port", "warning", error.what, error.next_command)
    return Finding("port", "well", f"{port} is free for the dashboards")
