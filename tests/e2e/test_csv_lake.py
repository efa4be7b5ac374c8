"""A lake of CSV files carries the same values as one of Parquet files."""

from collections.abc import Callable

from tests.conftest import PUBLISHED_DAY
from tests.e2e.homes import assert_same, comparable, shown
from tests.support.cli import Home


def test_a_lake_of_csv_files_gives_the_same_raw_rows_and_the_same_marts(
    first: Home, first_source: str, new_home: Callable[[str], Home]
) -> None:
    """Only the names of the files differ: decimals, times, NULLs and lists arrive as they were."""
    home = new_home(first_source)
    home.environment["STREAMVISION_LAKE_FORMAT"] = "csv"
    home.run("run", "--date", PUBLISHED_DAY)
    assert len(list(home.lake.rglob("*.csv"))) == 9
    assert not list(home.lake.rglob("*.parquet"))
    raw, expected = (
        {table: without_files(rows) for table, rows in tables.items()}
        for tables in (
            home.warehouse_tables("raw"),
            first.warehouse_tables("raw"),
        )
    )
    assert_same(raw, expected)
    assert_same(shown(home), shown(first))


def without_files(rows: list[dict[str, object]]) -> list[str]:
    """Return rows in a form to compare, whatever file they came in; their number in it counts."""
    return comparable({name: value for name, value in row.items() if name != "_source_file"} for row in rows)
