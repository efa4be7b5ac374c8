"""The step, part by part: for runners that want to see each model, and to try one again.

Each part may be asked for again, in any order, by another process, and after another run has built meanwhile:
what it needs and is not there is built first. So the end is always that of a build in one go.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from streamvision.domain.basis import BuildStart
from streamvision.domain.errors import WrongUseError
from streamvision.pipeline.transform.begin import build_start, newest_batch
from streamvision.ports.transformer import BuildPlace, BuildProgress, BuildSummary, Part, Transformer
from streamvision.ports.warehouse import Warehouse


def begin_parts(warehouse: Warehouse, transformer: Transformer, *, run_id: str) -> None:
    """Begin a build, whatever there is of one.

    Raises:
        WrongUseError: when no batch was loaded yet.

    """
    _begin(warehouse, build_start(warehouse, transformer), run_id)


def build_parts(
    warehouse: Warehouse, transformer: Transformer, names: Iterable[str], *, run_id: str
) -> BuildSummary:
    """Build parts and test them, after those that they need and that are not there.

    Where another run has begun a build since, or RAW or the models have changed, the build begins anew.

    Args:
        warehouse: holds RAW, and the build.
        transformer: builds.
        names: the parts; they are built though they be there.
        run_id: the run that it is done for.

    Raises:
        WrongUseError: when no batch was loaded yet, or there is no such part.
        DataQualityError: when a test of the data failed.
        ModelsFailedError: when a part could not be built.

    """
    place, progress = _own_build(warehouse, transformer, run_id)
    parts = transformer.parts(place)
    chosen = set(names)
    _refuse_unknown(chosen - {part.name for part in parts})
    needed = chosen | (_needed(parts, chosen) - progress.passed)
    return _build(warehouse, transformer, _in_order(parts, needed), progress)


def finish_parts(
    warehouse: Warehouse, transformer: Transformer, *, run_id: str, now: Callable[[], datetime]
) -> BuildSummary:
    """Build the parts that are not there, do the tests that concern several, and note that the build passed.

    Raises:
        WrongUseError: when no batch was loaded yet.
        DataQualityError: when a test of the data failed; what is published stays as it is.
        ModelsFailedError: when a model could not be built.

    """
    newest = newest_batch(warehouse)
    place, progress = _own_build(warehouse, transformer, run_id)
    parts = transformer.parts(place)
    missing = [part.name for part in parts if part.name not in progress.passed]
    built = _build(warehouse, transformer, missing, progress) if missing else BuildSummary(0, 0, 0)
    across = transformer.test_across(place, run_id)
    warehouse.record_build(newest, run_id=run_id, tested_at=now())
    return built + across


def _build(
    warehouse: Warehouse, transformer: Transformer, names: Sequence[str], progress: BuildProgress
) -> BuildSummary:
    # What fails must not count as passed from an earlier time.
    before = replace(progress, passed=progress.passed - set(names))
    warehouse.keep_progress(before)
    summary = transformer.build_parts(warehouse.build_place(), progress.run_id, names)
    warehouse.keep_progress(replace(before, passed=before.passed | set(names)))
    return summary


def _own_build(
    warehouse: Warehouse, transformer: Transformer, run_id: str
) -> tuple[BuildPlace, BuildProgress]:
    start, progress = build_start(warehouse, transformer), warehouse.progress()
    if progress is None or (progress.run_id, progress.basis) != (run_id, start.basis):
        progress = _begin(warehouse, start, run_id)
    return warehouse.build_place(), progress


def _begin(warehouse: Warehouse, start: BuildStart, run_id: str) -> BuildProgress:
    warehouse.begin_build(start)
    progress = BuildProgress(run_id, start.basis)
    warehouse.keep_progress(progress)
    return progress


def _refuse_unknown(names: set[str]) -> None:
    if names:
        raise WrongUseError(
            f"There is no model {', '.join(sorted(names))}",
            where="the models in warehouse/",
            safe="nothing was changed",
            next_command="streamvision models prepare",
        )


def _needed(parts: Sequence[Part], chosen: Iterable[str]) -> set[str]:
    needs = {part.name: part.needs for part in parts}
    needed: set[str] = set()
    waiting = [need for name in chosen for need in needs[name]]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting.extend(needs[name])
    return needed


def _in_order(parts: Sequence[Part], names: set[str]) -> list[str]:
    return [part.name for part in parts if part.name in names]
