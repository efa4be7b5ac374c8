"""The days of a tiny service, loaded and built one by one."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from dbt.cli.main import dbtRunner

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

FACTS = (
    "fct_viewing_sessions",
    "fct_episode_viewings",
    "fct_ratings",
    "fct_subscription_events",
    "fct_searches",
)


class Days:
    """Load the service's days into a warehouse, and build core from them."""

    def __init__(self, folder: Path, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take an empty folder for the lake and for dbt, and an empty warehouse."""
        self._folder, self._monkeypatch = folder, monkeypatch
        self.warehouse = warehouse
        self._transformer = DbtTransformer(asset("warehouse"), folder / "dbt")
        self._contracts = in_dependency_order(read_contracts(asset("contracts")))
        self._loads = 0

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

    def build(self, place: BuildPlace) -> None:
        """Build core, and one mart, without the tests."""
        for name, value in place.variables.items():
            self._monkeypatch.setenv(name, value)
        arguments = [
            "--log-level", "none",
            "--log-path", str(self._folder / "dbt" / "logs"),
            "build", "--resource-type", "model", "--resource-type", "seed",
            "--project-dir", str(asset("warehouse")),
            "--profiles-dir", str(asset("warehouse")),
            "--target-path", str(self._folder / "dbt" / "target"),
            "--target", place.target,
            "--select", "+path:models/core", "plans",
        ]  # fmt: skip
        outcome = dbtRunner().invoke(arguments)
        close_after_dbt()
        assert outcome.success, outcome.exception or [
            (each.node.name, each.message)
            for each in outcome.result.results  # type: ignore[union-attr] # of a run
            if each.status != "success"
        ]

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
        """Return the SQL that dbt made of a model of core when it was built last."""
        compiled = self._folder / "dbt" / "target" / "compiled" / "streamvision" / "models" / "core"
        return (compiled / f"{name}.sql").read_text(encoding="utf-8")


def _refuse_quarantined(table: str, _path: Path) -> None:
    pytest.fail(f"rows of {table} broke their contract: the days are not what they should be")
