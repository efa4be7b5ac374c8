"""The command that simulates a streaming service."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from streamvision.bootstrap import Application, open_application
from streamvision.domain.errors import HomeError, WrongUseError
from streamvision.entrypoints.cli.living import live_on
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
from streamvision.pipeline.simulate.live import Tempo
from streamvision.pipeline.simulate.note import WorldNote
from streamvision.pipeline.simulate.report import report_page
from streamvision.pipeline.simulate.spec import PRESETS, SimulationSpec
from streamvision.ports.clock import last_complete_day

_PRESET, _SEED = "report", 42
_SPEED = 60.0
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


_LiveOption = Annotated[
    bool,
    typer.Option(
        "--live",
        help="Let the service live on as the clock goes, until Ctrl-C, SIGTERM or the end of --until, and "
        "write what happens at its moments. Without --until it is never ahead of the clock; other commands "
        "can run beside it.",
    ),
]
_SpeedOption = Annotated[
    float | None,
    typer.Option(
        "--speed",
        min=0.001,
        help=f"With --live: seconds of the service in one of the clock; without it, {_SPEED:g}.",
    ),
]
_ViewersOption = Annotated[
    int | None,
    typer.Option(
        "--viewers",
        min=1,
        help="With --live: how many watch at once, in the mean of a day; from the next day that begins, and "
        "from then on in days that go on. Without it, as many as before.",
    ),
]


@dataclass(frozen=True)
class _Named:
    """Keep by what the command line names a service; None is what it leaves open."""

    preset: str | None
    seed: int | None
    scale: float | None

    def simulation(self, until: date) -> SimulationSpec:
        """Return the simulation with a history up to a day, what is left open as it is usual."""
        seed = _SEED if self.seed is None else self.seed
        return simulation(self.preset or _PRESET, seed, until, self.scale)

    def check_same(self, known: WorldNote) -> None:
        """Refuse to name another service than the one that goes on."""
        spec = known.spec
        asked = replace(self, seed=spec.seed if self.seed is None else self.seed).simulation(spec.until)
        sized = self.preset is not None or self.scale is not None
        if asked.seed != spec.seed or (sized and asked.volumes != spec.volumes):
            raise WrongUseError(
                f"The source holds a simulated service with seed {spec.seed} and {spec.volumes.users:,} "
                f"users in its history, up to {known.until}; it cannot go on as another one",
                safe="nothing was written",
                next_command="leave out --preset, --scale and --seed, or name an empty database in "
                "STREAMVISION_SOURCE",
            )


def simulate(  # noqa: PLR0913 - the options of the command
    preset: _PresetOption = None,
    scale: _ScaleOption = None,
    seed: _SeedOption = None,
    since: _SinceOption = None,
    until: UntilOption = None,
    *,
    live: _LiveOption = False,
    speed: _SpeedOption = None,
    viewers: _ViewersOption = None,
    defects: _DefectsOption = None,
    report: _ReportOption = None,
    profile: ProfileOption = None,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Fill an empty source with a simulated streaming service, or let the one in it go on to a day.

    The service at the end of a day is the same whether it came there in one go, day by day, or live.
    """
    application = open_application(profile)
    named = _Named(preset, seed, scale)
    if live:
        _refuse_with_live(defects, report)
        asked = named.simulation(_history_end(application, since, until))
        tempo = Tempo(_SPEED if speed is None else speed, viewers, None if until is None else until.date())
        _live(application, named, asked, tempo, output)
        return
    _refuse_without_live(speed, viewers)
    last = chosen_day(application, until)
    # What makes no sense is refused before a server is started.
    asked = named.simulation(_first_day(last, since))
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
            named.check_same(known)
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


def _live(
    application: Application, named: _Named, asked: SimulationSpec, tempo: Tempo, output: OutputFormat
) -> None:
    """Let the service live on, from a history where the source is empty."""
    known = application.simulated()
    if known is None:
        with recorded(application, "simulate", asked.until):
            _fill(application, asked, None)
    else:
        named.check_same(known)
    # Without the lock: a service does not stand still while its rows are carried away.
    glimpse = live_on(application, tempo)
    document = {"moment": glimpse.moment, "viewers": glimpse.viewers, "rows": glimpse.rows}
    show(output, document, [table_of(["table", "rows"], list(glimpse.rows.items()))])


def _history_end(application: Application, since: datetime | None, until: datetime | None) -> date:
    """Return the last day of the history with which a service begins that is to live on."""
    if since is None:
        yesterday = last_complete_day(application.clock.now())
        return yesterday if until is None else min(yesterday, until.date() - timedelta(days=1))
    if until is not None and since >= until:
        raise WrongUseError(
            f"The history would end on {since.date()}, and no day is left up to {until.date()}",
            safe="nothing was written",
            next_command="choose a --since that is before --until",
        )
    return chosen_day(application, since)


def _refuse_with_live(defects: float | None, report: Path | None) -> None:
    if defects is not None or report is not None:
        raise WrongUseError(
            "--live goes neither with --defects nor with --report",
            safe="nothing was written",
            next_command="leave one of them out",
        )


def _refuse_without_live(speed: float | None, viewers: int | None) -> None:
    if speed is not None or viewers is not None:
        raise WrongUseError(
            "--speed and --viewers say how a service lives on, which needs --live",
            safe="nothing was written",
            next_command="add --live, or leave them out",
        )
