"""Days built one from another in a stand-in for Snowflake: the same rows as if all were built anew."""

import json
import os
from pathlib import Path

import pytest

from streamvision.adapters.transformer.catalogue import DbtCataloguer
from streamvision.adapters.warehouse.snowflake.connection import connect
from streamvision.adapters.warehouse.snowflake.shown import ShownSchemas
from streamvision.adapters.warehouse.snowflake.warehouse import SnowflakeWarehouse
from streamvision.assets import asset
from streamvision.domain.basis import BatchWindow
from streamvision.ports.warehouse import Warehouse
from tests.integration.warehouse.conftest import close_after_dbt
from tests.integration.warehouse.days import GOING_ON, Days
from tests.support.service_month import ServiceMonth
from tests.support.snowflake import SnowflakeStandIn

_DAYS = 3


# dbt-snowflake still says this to Snowflake's connector.
@pytest.mark.filterwarnings("ignore:The 'insecure_mode' connection property is deprecated")
def test_days_built_one_from_another_are_what_one_full_build_makes(
    snowflake: SnowflakeStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With late rows, corrections and deletions; the facts begin as clones and not as copies."""
    url = snowflake.new_url()
    days = Days(tmp_path, SnowflakeWarehouse(url, os.environ), monkeypatch)
    service = ServiceMonth(seed=5)
    windows = []
    for number in range(_DAYS):
        service.pass_day(number)
        days.load(number, service.picture())
        place, window = days.begin()
        windows.append(window)
        days.build(place, *GOING_ON)
        days.publish(number)
    assert windows == [
        None,
        BatchWindow("2026-03-02", "2026-03-03"),
        BatchWindow("2026-03-03", "2026-03-04"),
    ]
    clones = [said for said in snowflake.said(url) if " CLONE " in said]
    for table in ("FCT_VIEWING_SESSIONS", "VIEWER_DAYS"):
        assert len([said for said in clones if f'."{table}" CLONE ' in said]) == _DAYS - 1
    assert "int_viewing_sessions_changed" in days.compiled("fct_viewing_sessions").lower()
    one_by_one = _shown(days)
    days.build(days.warehouse.begin_build(), *GOING_ON)
    assert "int_viewing_sessions_changed" not in days.compiled("fct_viewing_sessions").lower()
    days.publish(_DAYS)
    anew = _shown(days)
    assert [name for name in anew if anew[name] != one_by_one.get(name)] == []
    assert anew.keys() == one_by_one.keys()
    assert len(one_by_one["CORE.FCT_VIEWING_SESSIONS"]) == len(service.tables["viewing_sessions"])
    assert {"CORE.AGG_TITLES", "MARTS.VIEWER_DAYS"} < anew.keys()
    _assert_it_can_be_described(days.warehouse, tmp_path / "docs")


def _assert_it_can_be_described(warehouse: Warehouse, work: Path) -> None:
    """Fail where the page with the models lacks columns of a fact or a source, as the account has them."""
    assert isinstance(warehouse, SnowflakeWarehouse)
    with ShownSchemas(warehouse).lend() as shown:
        page = DbtCataloguer(asset("warehouse"), work).page(shown)
    close_after_dbt()
    catalogue = json.loads((work / "target" / "catalog.json").read_text(encoding="utf-8"))
    fact = catalogue["nodes"]["model.streamvision.fct_ratings"]
    assert fact["metadata"]["schema"] == "CORE"
    assert fact["columns"]["RATED_AT"]["type"] == "TIMESTAMP_NTZ"
    assert "SCORE" in catalogue["sources"]["source.streamvision.app.ratings"]["columns"]
    assert b"Content-Security-Policy" in page


def _shown(days: Days) -> dict[str, list[str]]:
    """Return the rows of core and marts that are shown."""
    assert isinstance(days.warehouse, SnowflakeWarehouse)
    with connect(days.warehouse.address, "transform") as session:
        tables = session.rows(
            "SELECT TABLE_SCHEMA, TABLE_NAME FROM INFORMATION_SCHEMA.TABLES"
            " WHERE TABLE_SCHEMA IN ('CORE', 'MARTS') AND TABLE_NAME <> '_PUBLICATION'"
        )
        return {
            f"{schema}.{name}": sorted(
                map(repr, session.arrow(f"SELECT * FROM {schema}.{name}").to_pylist())  # noqa: S608
            )
            for schema, name in tables
        }
