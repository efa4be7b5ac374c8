"""Builds the models with dbt, in this process."""

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from dbt.artifacts.resources.types import NodeType
from dbt.artifacts.schemas.results import NodeResult, NodeStatus, RunStatus, TestStatus
from dbt.artifacts.schemas.run import RunExecutionResult
from dbt.cli.main import dbtRunner, dbtRunnerResult

from streamvision.domain.errors import (
    DataQualityError,
    ModelsFailedError,
    StreamVisionError,
    tells_of_full_disk,
)
from streamvision.ports.transformer import BuildPlace, BuildSummary

_FAILED = {RunStatus.Error, TestStatus.Error, TestStatus.Fail, NodeStatus.RuntimeErr}
_RUN_ID = "STREAMVISION_DBT_RUN_ID"
_SHOWN = 10
_SAFE = "RAW is complete, and the dashboards show the last good day"


class DbtTransformer:
    """Run `dbt build` on the project; everything it writes besides the models goes to one folder."""

    def __init__(self, project: Path, work: Path) -> None:
        """Take the project, and a folder for logs and compiled SQL."""
        self._project, self._work = project, work

    def build(self, place: BuildPlace, run_id: str) -> BuildSummary:
        """Build and test every model in a place; of tests that failed, keep the rows there."""
        self._work.mkdir(parents=True, exist_ok=True)
        with _environment({**place.variables, _RUN_ID: run_id}), _quiet_log_file():
            outcome = self._dbt(place, "build")
            if isinstance(outcome.result, RunExecutionResult):
                self._keep_failing_rows(place, outcome.result.results)
        if not isinstance(outcome.result, RunExecutionResult):
            if tells_of_full_disk(outcome.exception):
                raise self._failed("The models could not be built: the disk is full", "free some space")
            raise self._failed(f"dbt could not run: {outcome.exception}")
        results = outcome.result.results
        failed = [result for result in results if result.status in _FAILED]
        if failed:
            raise self._explain(failed, place)
        return BuildSummary(
            models=_count(results, NodeType.Model),
            tests=_count(results, NodeType.Test) + _count(results, NodeType.Unit),
            warnings=sum(result.status == TestStatus.Warn for result in results),
        )

    def _dbt(self, place: BuildPlace, command: str, *options: str) -> dbtRunnerResult:
        arguments = [
            "--log-level", "none",
            "--log-level-file", "info",
            "--log-path", str(self._work / "logs"),
            command,
            "--project-dir", str(self._project),
            "--profiles-dir", str(self._project),
            "--target-path", str(self._work / "target"),
            "--target", place.target,
            *options,
        ]  # fmt: skip
        return dbtRunner().invoke(arguments)

    def _keep_failing_rows(self, place: BuildPlace, results: Sequence[NodeResult]) -> None:
        """Run the tests that failed once more, into tables: to do so with all would cost every build."""
        names = [
            result.node.name
            for result in results
            if result.status == TestStatus.Fail and result.node.resource_type == NodeType.Test
        ]
        if names:
            # What becomes of this changes nothing about the build, which has failed.
            self._dbt(place, "test", "--store-failures", "--select", *names)

    def _explain(self, failed: Sequence[NodeResult], place: BuildPlace) -> StreamVisionError:
        if any(tells_of_full_disk(result.message) for result in failed):
            return self._failed("The models could not be built: the disk is full", "free some space")
        lines = [f"{result.node.name}: {_first_line(result.message)}" for result in failed[:_SHOWN]]
        if len(failed) > _SHOWN:
            lines.append(f"and {len(failed) - _SHOWN} more")
        listed = "\n  - ".join(lines)
        if any(result.status in {RunStatus.Error, TestStatus.Error} for result in failed):
            return self._failed(f"{len(failed)} of the models or tests could not be run:\n  - {listed}")
        return DataQualityError(
            f"{len(failed)} tests of the data failed:\n  - {listed}",
            where=f"the models in warehouse/, built in {place.name}",
            safe=_SAFE,
            next_command="`streamvision failures list` leads to the rows; mend the source, then"
            " `streamvision run`",
        )

    def _failed(self, what: str, first: str = "") -> ModelsFailedError:
        first = first or f"read {self._work / 'logs' / 'dbt.log'}"
        return ModelsFailedError(
            what,
            where="the models in warehouse/",
            safe=_SAFE,
            next_command=f"{first}, then `streamvision transform`",
        )


def _count(results: Sequence[NodeResult], kind: NodeType) -> int:
    return sum(result.node.resource_type == kind for result in results)


def _first_line(message: str | None) -> str:
    lines = [line.strip() for line in (message or "no message").splitlines() if line.strip()]
    return " ".join(lines[:3])


@contextmanager
def _quiet_log_file() -> Iterator[None]:
    """Close the log file that dbt leaves open; on a full disk, print no traceback for each of its lines."""
    before = logging.raiseExceptions
    logging.raiseExceptions = False
    try:
        yield
    finally:
        logging.raiseExceptions = before
        for handler in logging.getLogger("file_log").handlers:
            with suppress(OSError):
                handler.close()


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables for a block; dbt's profile reads them."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
