"""The days of a tiny service, loaded and built one by one."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

from streamvision.adapters.contracts.yaml_files import read_contracts
from streamvision.adapters.transformer.dbt import DbtTransformer
from streamvision.assets import asset
from streamvision.domain.basis import BatchWindow
from streamvision.domain.batch import Batch
from streamvision.domain.contract import in_dependency_order
from streamvision.pipeline.transform.begin import begin_build
from streamvision.ports.transformer import CHANGED_BEFORE, CHANGED_FROM, BuildPlace
from streamvision.ports.warehouse import IncomingBatch, Warehouse
from tests.fakes.building import incoming_table
from tests.integration.warehouse.conftest import close_after_dbt
from tests.support.service_month import FIRST_DAY, Row

GOING_ON = (
    "+path:models/core",
    "path:models/changes",
    "path:models/aggregates",
    "content_performance_daily",
    "content_completion_daily",
    "playback_quality_daily",
    "playback_errors_daily",
    "viewer_days",
)
"""What goes on with the rows that it has, and what it needs; all other marts are made of it anew."""


class Days:
    """Load the service's days into a warehouse, and build models from them."""

    def __init__(self, folder: Path, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take an empty folder for the lake and for dbt, and an empty warehouse."""
        self._folder, self._monkeypatch = folder, monkeypatch
        self.warehouse = warehouse
        self._transformer = DbtTransformer(asset("warehouse"), folder / "dbt")
        self._contracts = in_dependency_order(read_contracts(asset("contracts")))
        self._loads = 0
        self._manifest: Manifest | None = None

    def load(self, number: int, rows: Mapping[str, list[Row]]) -> None:
        """Load a picture of the service as the batch of a day."""
        batch = Batch(FIRST_DAY + timedelta(days=number))
        self._loads += 1
        folder = self._folder / "lake" / str(self._loads)
        tables = tuple(
            incoming_table(folder, each, rows[each.table], batch=batch) for each in self._contracts
        )
        ends = datetime.combine(batch.day, time(23, 30), tzinfo=UTC)
        self.warehouse.load(
            IncomingBatch(batch, "postgres-1-2", ends, tables),
            run_id=f"run-{self._loads}",
            loaded_at=ends + timedelta(minutes=self._loads),
            keep_quarantined=_refuse_quarantined,
        )

    def build(self, place: BuildPlace, *select: str) -> None:
        """Build all models, or those that are selected, without the tests; the project is parsed once."""
        for name, value in place.variables.items():
            self._monkeypatch.setenv(name, value)
        if self._manifest is None:
            parsed = dbtRunner().invoke(["--log-level", "none", "parse", *self._folders(place)]).result
            assert isinstance(parsed, Manifest)
            self._manifest = parsed
        arguments = ["--log-level", "none", "build", "--resource-type", "model", "--resource-type", "seed"]
        selected = ["--select", *select] if select else []
        outcome = dbtRunner(manifest=self._manifest).invoke(arguments + self._folders(place) + selected)
        close_after_dbt()
        assert outcome.success, outcome.exception or [
            (each.node.name, each.message)
            for each in outcome.result.results  # type: ignore[union-attr] # of a run
            if each.status != "success"
        ]

    def failed_tests(self, place: BuildPlace, *select: str) -> set[str]:
        """Run the tests of the data of these models, and return the names of those that failed."""
        assert self._manifest is not None, "nothing was built"
        # Buildable: no test that compares with a model which is built later.
        arguments = ["--log-level", "none", "test", "--indirect-selection", "buildable"]
        selected = ["--select", *(f"{name},test_type:data" for name in select)]
        outcome = dbtRunner(manifest=self._manifest).invoke(arguments + self._folders(place) + selected)
        close_after_dbt()
        assert outcome.exception is None
        results = outcome.result.results  # type: ignore[union-attr] # of a run
        assert {each.status for each in results} <= {"pass", "fail", "warn"}
        return {each.node.name for each in results if each.status == "fail"}

    def _folders(self, place: BuildPlace) -> list[str]:
        return [
            "--log-path", str(self._folder / "dbt" / "logs"),
            "--project-dir", str(asset("warehouse")),
            "--profiles-dir", str(asset("warehouse")),
            "--target-path", str(self._folder / "dbt" / "target"),
            "--target", place.target,
        ]  # fmt: skip

    def begin(self) -> tuple[BuildPlace, BatchWindow | None]:
        """Begin a build as the step does; return where, and what it looks at."""
        place = begin_build(self.warehouse, self._transformer)
        first, end = place.variables[CHANGED_FROM], place.variables[CHANGED_BEFORE]
        return place, BatchWindow(first, end) if first else None

    def publish(self, number: int) -> None:
        """Publish what was built."""
        moment = datetime.combine(FIRST_DAY, time(), tzinfo=UTC) + timedelta(days=number)
        self.warehouse.record_build(Batch(moment.date()).id, run_id="run", tested_at=moment)
        self.warehouse.publish(run_id="run", published_at=moment)

    def compiled(self, name: str) -> str:
        """Return the SQL that dbt made of a model when it was built last."""
        compiled = self._folder / "dbt" / "target" / "compiled" / "streamvision" / "models"
        (path,) = compiled.rglob(f"{name}.sql")
        return path.read_text(encoding="utf-8")


def _refuse_quarantined(table: str, _path: Path) -> None:
    pytest.fail(f"rows of {table} broke their contract: the days are not what they should be")
