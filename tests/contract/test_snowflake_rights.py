"""What the doctor finds of the rights in Snowflake."""

import pytest

from streamvision.adapters.warehouse.snowflake.connection import connect
from streamvision.adapters.warehouse.snowflake.warehouse import SnowflakeWarehouse
from tests.support.snowflake import SnowflakeStandIn
from tests.support.snowflake_server import EXPIRED_USER

_SCHEMAS = ("RAW", "OPS", "QUARANTINE", "STAGING", "CORE", "MARTS")


def _warehouse(snowflake: SnowflakeStandIn, url: str) -> SnowflakeWarehouse:
    """Return a warehouse whose schemas are there."""
    warehouse = SnowflakeWarehouse(url, snowflake.environment)
    with connect(warehouse.address, "load") as session:
        for name in _SCHEMAS:
            session.run(f"CREATE SCHEMA {name}")
    return warehouse


def test_all_rights_are_tried_and_nothing_is_left(snowflake: SnowflakeStandIn) -> None:
    """Each role's by itself."""
    warehouse = _warehouse(snowflake, snowflake.new_url())
    rights = warehouse.rights()
    assert [right.what for right in rights if right.refused_because] == []
    roles = [right.what.partition(":")[0] for right in rights]
    assert {role: roles.count(role) for role in roles} == {"LOADER": 6, "TRANSFORMER": 6, "REPORTER": 2}
    with connect(warehouse.address, "load") as session:
        found = session.rows("SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES")
        schemas = session.rows("SELECT SCHEMA_NAME FROM INFORMATION_SCHEMA.SCHEMATA")
    assert found == []
    assert {str(name) for (name,) in schemas if "DOCTOR" in str(name)} == set()


@pytest.mark.parametrize(
    ("pattern", "what", "grant"),
    [
        (r"TABLE \"QUARANTINE\"", "LOADER: create tables in QUARANTINE", 'SCHEMA "TEST_[0-9]+"."QUARANTINE"'),
        (r"TABLE \"MARTS\"", "TRANSFORMER: create tables in MARTS", 'TABLE ON SCHEMA "TEST_[0-9]+"."MARTS"'),
        (r"WAREHOUSE \"REPORTING", "REPORTER: use the warehouse REPORTING_WH", 'WAREHOUSE "REPORTING_WH"'),
    ],
)
def test_the_right_that_is_missing_is_named_with_its_grant(
    snowflake: SnowflakeStandIn, pattern: str, what: str, grant: str
) -> None:
    """And no other."""
    url = snowflake.new_url()
    warehouse = _warehouse(snowflake, url)
    snowflake.deny(url, pattern)
    (missing,) = [right for right in warehouse.rights() if right.refused_because]
    assert missing.what == what
    assert "Insufficient privileges" in missing.refused_because
    assert grant.replace("[0-9]+", url.rpartition("_")[2]) in missing.mend


def test_a_login_that_is_refused_is_one_missing_right_per_role(snowflake: SnowflakeStandIn) -> None:
    """What the role may do is not known then."""
    url = snowflake.new_url().replace("fake@", f"{EXPIRED_USER}@")
    rights = SnowflakeWarehouse(url, snowflake.environment).rights()
    assert [right.what for right in rights] == [
        f"{role}: log in" for role in ("LOADER", "TRANSFORMER", "REPORTER")
    ]
    assert all("refused the login" in right.refused_because for right in rights)
