"""What commands tell of a profile whose warehouse is in Snowflake."""

import os

import pytest

from streamvision.adapters.warehouse.snowflake.address import Address
from streamvision.adapters.warehouse.snowflake.connection import connect
from tests.support.snowflake import SnowflakeStandIn
from tests.unit.cli.conftest import CommandLine

_NOWHERE = "postgresql://reader@127.0.0.1:1/service"


def test_the_doctor_names_the_right_that_is_missing(
    streamvision: CommandLine, snowflake: SnowflakeStandIn
) -> None:
    """With the GRANT that gives it; rights that are there are not told of one by one."""
    url = snowflake.new_url()
    streamvision.set(SOURCE=_NOWHERE, WAREHOUSE=url)
    with connect(Address.of(url, os.environ), "load") as session:
        for name in ("RAW", "OPS", "QUARANTINE", "STAGING", "CORE", "MARTS"):
            session.run(f"CREATE SCHEMA {name}")
    snowflake.deny(url, r'TABLE "RAW"')
    ended = streamvision("doctor", "--format", "json")
    assert ended.code == 1
    assert isinstance(ended.document, list)
    states = {finding["what"]: finding["state"] for finding in ended.document}
    assert (states["lake"], states["warehouse"]) == ("well", "well")
    (right,) = [finding for finding in ended.document if finding["what"] == "warehouse rights"]
    assert right["state"] == "broken"
    assert right["detail"].startswith("LOADER: create tables in RAW: ")
    assert "GRANT USAGE, CREATE TABLE ON SCHEMA" in right["mend"]


def test_a_warehouse_without_credentials_is_refused_at_once(
    streamvision: CommandLine, snowflake: SnowflakeStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the variables to set, and exit code 2."""
    monkeypatch.delenv("SNOWFLAKE_PASSWORD")
    streamvision.set(SOURCE=_NOWHERE, WAREHOUSE=snowflake.new_url())
    ended = streamvision("status")
    assert ended.code == 2
    assert "SNOWFLAKE_PRIVATE_KEY_PATH" in ended.err


def test_a_profile_with_a_password_in_its_url_is_refused_without_showing_it(
    streamvision: CommandLine, snowflake: SnowflakeStandIn
) -> None:
    """Neither when it is refused nor when the profile is shown."""
    url = snowflake.new_url().replace("fake@", "fake:hunter2@")
    streamvision.set(SOURCE=_NOWHERE, WAREHOUSE=url)
    for arguments in (("status",), ("profile", "show")):
        ended = streamvision(*arguments)
        assert "hunter2" not in ended.out + ended.err
