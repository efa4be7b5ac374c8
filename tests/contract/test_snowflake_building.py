"""What a publication in Snowflake leaves when it is killed between its two swaps, and how it is finished."""

from datetime import timedelta

import pytest

from streamvision.adapters.warehouse.snowflake.connection import connect
from streamvision.adapters.warehouse.snowflake.warehouse import SnowflakeWarehouse
from streamvision.domain.errors import WarehouseError
from tests.contract.warehouses import snowflake_subject
from tests.fakes.building import BATCH, LOADED_AT, RUN_ID
from tests.support.snowflake import SnowflakeStandIn

_NOTHING = r"(?!)"
_LATER = LOADED_AT + timedelta(hours=1)


@pytest.mark.parametrize("killed_at", [r'SCHEMA "CORE" SWAP', r'SCHEMA "MARTS" SWAP', "DROP SCHEMA"])
def test_a_publication_that_was_killed_is_finished_by_the_next(
    snowflake: SnowflakeStandIn, killed_at: str
) -> None:
    """Wherever it was: until then readers are told of what MARTS holds, and nothing is swapped twice."""
    url = snowflake.new_url()
    subject = snowflake_subject(url)
    warehouse = subject.warehouse
    assert isinstance(warehouse, SnowflakeWarehouse)
    subject.build(BATCH.id)
    before = warehouse.publish(run_id=RUN_ID, published_at=LOADED_AT)
    subject.build("2026-03-15")
    snowflake.deny(url, killed_at)
    with pytest.raises(WarehouseError):
        warehouse.publish(run_id="killed", published_at=_LATER)
    shown = warehouse.published()
    assert shown is not None
    assert (shown == before) == ("SWAP" in killed_at)
    snowflake.deny(url, _NOTHING)
    assert warehouse.tested_batch() == "2026-03-15"
    after = warehouse.publish(run_id="next", published_at=_LATER + timedelta(hours=1))
    assert (after.batch_id, after.published_at, after.run_id) == ("2026-03-15", _LATER, "killed")
    with connect(warehouse.address, "transform") as session:
        builds = [
            session.rows(f"SELECT BUILD_ID FROM {schema}._PUBLICATION")  # noqa: S608 - a test's own
            for schema in ("CORE", "MARTS")
        ]
        schemas = session.rows("SELECT SCHEMA_NAME FROM INFORMATION_SCHEMA.SCHEMATA")
    assert builds[0] == builds[1]
    assert not [name for (name,) in schemas if str(name).startswith("BUILD_")]
