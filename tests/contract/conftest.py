"""What several of the contract suites share."""

from pathlib import Path

import pytest

from tests.contract.warehouses import Subject, duckdb_subject, memory_subject, snowflake_subject


@pytest.fixture(params=["duckdb", "memory", "snowflake"])
def subject(request: pytest.FixtureRequest, tmp_path: Path) -> Subject:
    """Return an empty warehouse."""
    if request.param == "memory":
        return memory_subject()
    if request.param == "snowflake":
        return snowflake_subject(request.getfixturevalue("snowflake").new_url())
    return duckdb_subject(tmp_path / "warehouse" / "w.duckdb")
