"""Builds the models with dbt, in this process."""

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from importlib.metadata import distributions
from pathlib import Path

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.artifacts.resources.types import NodeType
from dbt.artifacts.schemas.results import NodeResult, NodeStatus, RunStatus, TestStatus
from dbt.artifacts.schemas.run import RunExecutionResult
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest

from streamvision.adapters.transformer.parts import parts_of, tests_across, unit_tests_of
from streamvision.adapters.transformer.unit_tests import PassedUnitTests
from streamvision.domain.basis import digest_of
from streamvision.domain.errors import (
    DataQualityError,
    ModelsFailedError,
    StreamVisionError,
    tells_of_full_disk,
)
from streamvision.ports.transformer import BuildPlace, BuildSummary, Part

_PROJECT_FILES = {".sql", ".yml", ".csv"}
_ENGINES = {"duckdb"}
_FAILED = {RunStatus.Error, TestStatus.Error, TestStatus.Fail, NodeStatus.RuntimeErr}
_RUN_ID = "STREAMVISION_DBT_RUN_ID"
_SHOWN = 10
_SAFE = "RAW is complete, and the dashboards show the last good day"


class DbtTransformer:
    """Run `dbt build` on the project; everything it writes besides the models goes to one folder."""

    def __init__(self, project: Path, work: Path) -> None:
        """Take the project, and a folder for logs and compiled SQL."""
        self._project, self._work = project, work
        self._parsed: dict[str, Manifest] = {}
        self._unit_tests = PassedUnitTests(work)

    def digest(self) -> str:
        """Return a digest of the project's files, and of the versions of what runs them."""
        files = [
            (path.relative_to(self._project).as_posix(), sha256(path.read_bytes()).hexdigest())
            for path in sorted(self._project.rglob("*"))
            if path.suffix in _PROJECT_FILES
        ]
        engines = [
            (found.name, found.version)
            for found in distributions()
            if found.name in _ENGINES or found.name.startswith("dbt-")
        ]
        return digest_of([*files, *sorted(set(engines))])

    def build(self, place: BuildPlace, run_id: str) -> BuildSummary:
        """Build and test every model in a place."""
        return self._build(place, run_id, "build")

    def parts(self, place: BuildPlace) -> Sequence[Part]:
        """Return the seeds and models, each after those that it needs."""
        return parts_of(self._manifest(place, ""))

    def build_parts(self, place: BuildPlace, run_id: str, names: Sequence[str]) -> BuildSummary:
        """Build chosen seeds and models, and test what concerns none but them."""
        manifest = self._manifest(place, run_id)
        only_theirs = ("--indirect-selection", "cautious")
        return self._build(place, run_id, "build", *only_theirs, "--select", *names, manifest=manifest)

    def test_across(self, place: BuildPlace, run_id: str) -> BuildSummary:
        """Do the tests of several seeds and models, or of what is neither."""
        manifest = self._manifest(place, run_id)
        names = tests_across(manifest)
        if not names:
            return BuildSummary(0, 0, 0)
        return self._build(place, run_id, "test", "--select", *names, manifest=manifest)

    def describe(self, place: BuildPlace) -> bytes:
        """Return dbt's description of the project: the content of its manifest.json."""
        self._manifest(place, "")
        return (self._work / "target" / "manifest.json").read_bytes()

    def _manifest(self, place: BuildPlace, run_id: str) -> Manifest:
        """Return the project as it is when it is first asked for: a process is done with it soon."""
        if place.target not in self._parsed:
            outcome = self._invoke(place, run_id, "parse")
            if not isinstance(outcome.result, Manifest):
                raise self._not_run(outcome)
            self._parsed[place.target] = outcome.result
        return self._parsed[place.target]

    def _invoke(
        self, place: BuildPlace, run_id: str, command: str, *options: str, manifest: Manifest | None = None
    ) -> dbtRunnerResult:
        arguments = [
            "--log-level", "none",
            "--log-level-file", "info",
            "--log-path", str(self._work / "logs"),
            *command.split(),
            "--project-dir", str(self._project),
            "--profiles-dir", str(self._project),
            "--target-path", str(self._work / "target"),
            "--target", place.target,
            *options,
        ]  # fmt: skip
        self._work.mkdir(parents=True, exist_ok=True)
        with _environment({**place.variables, _RUN_ID: run_id}), _quiet_log_file():
            try:
                return dbtRunner(manifest=manifest).invoke(arguments)
            finally:
                # What comes after, in the same process, opens the file in its own way.
                DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call] # has no types

    def _not_run(self, outcome: dbtRunnerResult) -> ModelsFailedError:
        if tells_of_full_disk(outcome.exception):
            return self._failed("The models could not be built: the disk is full", "free some space")
        return self._failed(f"dbt could not run: {outcome.exception}")

    def _build(
        self, place: BuildPlace, run_id: str, command: str, *options: str, manifest: Manifest | None = None
    ) -> BuildSummary:
        digest = self.digest()
        known = self._unit_tests.of(digest, place.target) if command == "build" else frozenset()
        without = ("--exclude", *(f"unit_test:{name}" for name in sorted(known))) if known else ()
        outcome = self._invoke(place, run_id, command, *options, *without, manifest=manifest)
        if not isinstance(outcome.result, RunExecutionResult):
            raise self._not_run(outcome)
        results = outcome.result.results
        self._unit_tests.add(digest, place.target, results)
        failed = [result for result in results if result.status in _FAILED]
        if failed:
            self._keep_failing_rows(place, run_id, results)
            raise self._explain(failed, place)
        return BuildSummary(
            models=_count(results, NodeType.Model),
            tests=_count(results, NodeType.Test) + _count(results, NodeType.Unit),
            warnings=sum(result.status == TestStatus.Warn for result in results),
            known_tests=len(known & unit_tests_of(manifest, options) if manifest else known),
        )

    def _keep_failing_rows(self, place: BuildPlace, run_id: str, results: Sequence[NodeResult]) -> None:
        """Run the tests that failed once more, into tables: to do so with all would cost every build."""
        names = [
            result.node.name
            for result in results
            if result.status == TestStatus.Fail and result.node.resource_type == NodeType.Test
        ]
        if names:
            # What becomes of this changes nothing about the build, which has failed.
            self._invoke(place, run_id, "test", "--store-failures", "--select", *names)

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
