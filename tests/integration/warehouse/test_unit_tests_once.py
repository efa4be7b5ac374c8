"""Unit tests of the models' text: run where it is new, and not again for other data."""

import json
import shutil
from pathlib import Path

from streamvision.adapters.transformer.dbt import DbtTransformer
from streamvision.adapters.warehouse.duckdb.warehouse import DuckDBWarehouse
from streamvision.assets import asset
from tests.integration.warehouse.conftest import SmallWarehouse, close_after_dbt
from tests.integration.warehouse.test_build import copy_of


def test_what_passed_on_the_same_text_is_not_asked_again(built: SmallWarehouse, tmp_path: Path) -> None:
    """Part by part, unit tests are run where nothing tells that they passed, and else told of."""
    warehouse = copy_of(built, tmp_path)
    passed = json.loads((warehouse.work / "unit_tests.json").read_text(encoding="utf-8"))
    names = passed["passed"]["duckdb"]
    assert len(names) > 50
    project = tmp_path / "project"
    shutil.copytree(asset("warehouse"), project)
    place = DuckDBWarehouse(f"duckdb://{warehouse.path}").begin_build()
    parts = ["stg_app__subscription_events", "stg_app__subscription_plans", "int_plan_periods"]
    try:
        again = DbtTransformer(project, warehouse.work).build_parts(place, "run-1", parts)
        model = project / "models" / "intermediate" / "int_plan_periods.sql"
        model.write_text(f"{model.read_text()}\n-- another text\n", encoding="utf-8")
        anew = DbtTransformer(project, warehouse.work).build_parts(place, "run-1", parts)
        once_more = DbtTransformer(project, warehouse.work).build_parts(place, "run-1", parts)
    finally:
        close_after_dbt()
    assert again.models == anew.models == len(parts)
    assert again.known_tests > 0
    assert anew.known_tests == 0
    assert anew.tests == again.tests + again.known_tests
    assert once_more == again
    kept = json.loads((warehouse.work / "unit_tests.json").read_text(encoding="utf-8"))
    assert set(kept["passed"]["duckdb"]) < set(names)
