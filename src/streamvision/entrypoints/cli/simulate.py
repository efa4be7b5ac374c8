"""The command that simulates a streaming service."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from streamvision.bootstrap import Application, open_application
from streamvision.domain.errors import HomeError, WrongUseError
from streamvision.entrypoints.cli.options import (
    FormatOption,
    OutputFormat,
    ProfileOption,
    UntilOption,
    chosen_day,
)
from streamvision.entrypoints.cli.output import note, show, table_of
from streamvision.entrypoints.cli.progress import table_progress
from streamvision.entrypoints.cli.work import recorded
from streamvision.pipeline.simulate.defects import MOST, Defects
from streamvision.pipeline.simulate.note import WorldNote
from streamvision.pipeline.simulate.report import report_page
from streamvision.pipeline.simulate.spec import PRESETS, SimulationSpec

_PRESET, _SEED = "report", 42
_SCALED = "report"

_PresetOption = Annotated[
    str | None,
    typer.Option(
        "--preset",
        help=f"How large the simulated service is: {', '.join(PRESETS)}; without it, {_PRESET}.",
    ),
]
_ScaleOption = Annotated[
    float | None,
    typer.Option(
        "--scale",
        min=0.001,
        help=f"So many times the size of {_SCALED}, in place of a preset; the catalogue grows with the root.",
    ),
]
_SeedOption = Annotated[
    int | None,
    typer.Option("--seed", help=f"The same seed and dates give the same data; without it, {_SEED}."),
]
_SinceOption = Annotated[
    datetime | None,
    typer.Option(
        "--since",
        formats=["%Y-%m-%d"],
        help="The last day of the history that an empty source begins with; the days after it are played "
        "one by one. Without it, --until.",
    ),
]
_DefectsOption = Annotated[
    float | None,
    typer.Option(
        "--defects",
        min=0,
        max=MOST,
        help="Plant known faults in this share of the sessions, and in a tenth as many users, and list them "
        "in simulation/defects-<day>.jsonl in the home. The source loses the constraints that would refuse "
        "them.",
    ),
]
_ReportOption = Annotated[
    Path | None,
    typer.Option(
        "--report",
        metavar="FILE",
        help="Write a page of drawings that shows how the people of this simulation behave, and do no more: "
        "the source is not touched.",
    ),
]


def simulate(  # noqa: PLR0913 - the options of the command
    preset: _PresetOption = None,
    scale: _ScaleOption = None,
    seed: _SeedOption = None,
    since: _SinceOption = None,
    until: UntilOption = None,
    *,
    defects: _DefectsOption = None,
    report: _ReportOption = None,
    profile: ProfileOption = None,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Fill an empty source with a simulated streaming service, or let the one in it go on to a day.

    The service at the end of a day is the same whether it came there in one go or day by day.
    """
    application = open_application(profile)
    last = chosen_day(application, until)
    # What makes no sense is refused before a server is started.
    asked = simulation(preset or _PRESET, _SEED if seed is None else seed, _first_day(last, since), scale)
    if report is not None:
        _write_report(asked, report)
        show(output, {"report": str(report)}, [f"Written: {report}"])
        return
    with recorded(application, "simulate", last):
        known = application.simulated()
        if known is None:
            spec = asked
            planting = _planting(spec.seed, defects)
            rows = _fill(application, spec, planting)
        else:
            _check_same(known, preset, seed, scale)
            spec, rows = known.spec, {}
            planting = _planting(spec.seed, defects)
        for table, count in _go_on(application, last, planting).items():
            rows[table] = rows.get(table, 0) + count
        listed = _list_defects(application, planting, last)
    document = {"since": spec.until, "until": last, "rows": rows, "defects": listed}
    show(output, document, [table_of(["table", "rows"], list(rows.items()))])


def simulation(preset: str, seed: int, until: date, scale: float | None = None) -> SimulationSpec:
    """Return the simulation of a preset, or of a scale.

    Raises:
        WrongUseError: when there is no such preset.

    """
    if preset not in PRESETS:
        raise WrongUseError(
            f"There is no preset {preset!r}",
            safe="nothing was written",
            next_command=f"choose one of {', '.join(PRESETS)}",
        )
    volumes = PRESETS[preset] if scale is None else PRESETS[_SCALED].scaled(scale)
    return SimulationSpec(volumes=volumes, seed=seed, until=until)


def totals(spec: SimulationSpec) -> Mapping[str, int]:
    """Return how many rows the tables of a history will have, where that is known before."""
    return asdict(spec.volumes)


def _write_report(spec: SimulationSpec, path: Path) -> None:
    try:
        path.write_text(report_page(spec), encoding="utf-8")
    except OSError as error:
        raise HomeError.from_os_error(error, str(path)) from error


def _planting(seed: int, rate: float | None) -> Defects | None:
    return None if rate is None else Defects(seed, rate)


def _list_defects(application: Application, planting: Defects | None, last: date) -> str | None:
    """Write the list of what was planted; return its path."""
    if planting is None:
        return None
    path = application.profile.home / "simulation" / f"defects-{last}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in planting.lines()), encoding="utf-8")
    note(f"{len(planting.planted):,} defects planted: {path}")
    return str(path)


def _fill(application: Application, spec: SimulationSpec, planting: Defects | None) -> dict[str, int]:
    note(f"simulate: {spec.volumes.users:,} users up to {spec.until}, seed {spec.seed}")
    with table_progress("written", totals(spec)) as progress:
        return dict(application.simulate(spec, progress.rows, planting))


def _go_on(application: Application, last: date, planting: Defects | None) -> Mapping[str, int]:
    world = application.simulated()
    if world is None or world.until >= last:
        # A day that is past is refused there.
        return application.simulate_on(last, lambda _table, _rows: None)
    note(f"simulate: on from {world.until} to {last}")
    with table_progress("changed", {}) as progress:
        return application.simulate_on(last, progress.rows, planting)


def _first_day(last: date, since: datetime | None) -> date:
    if since is None:
        return last
    if since.date() > last:
        raise WrongUseError(
            f"The history would end on {since.date()}, after the last day, {last}",
            safe="nothing was written",
            next_command="choose a --since that is not after --until",
        )
    return since.date()


def _check_same(known: WorldNote, preset: str | None, seed: int | None, scale: float | None) -> None:
    """Refuse options that name another service than the one that goes on."""
    spec = known.spec
    asked = simulation(preset or _PRESET, spec.seed if seed is None else seed, spec.until, scale)
    sized = preset is not None or scale is not None
    if asked.seed != spec.seed or (sized and asked.volumes != spec.volumes):
        raise WrongUseError(
            f"The source holds a simulated service with seed {spec.seed} and {spec.volumes.users:,} users in "
            f"its history, up to {known.until}; it cannot go on as another one",
            safe="nothing was written",
            next_command="leave out --preset, --scale and --seed, or name an empty database in "
            "STREAMVISION_SOURCE",
        )
