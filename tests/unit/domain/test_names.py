"""The names of the source's tables and columns in the lake."""

import pytest

from streamvision.domain.names import column_names, table_name


@pytest.mark.parametrize(
    ("schema", "table", "name"),
    [
        ("public", "users", "users"),
        ("sales", "orders", "sales.orders"),
        ("public", "sales.orders", "sales%2Eorders"),
        ("public", "Users", "%55sers"),
        ("public", "../x", "%2E%2E%2Fx"),
        ("public", "_batches", "%5Fbatches"),
        ("public", "users__versions", "users%5F_versions"),
        ("public", "users__snapshots", "users%5F_snapshots"),
        ("sales", "users__changes", "sales.users%5F_changes"),
        ("public", "ü", "%C3%BC"),
    ],
)
def test_a_table_has_a_name_that_every_store_takes(schema: str, table: str, name: str) -> None:
    """Plain names stay as they are."""
    assert table_name(schema, table) == name


def test_a_name_that_no_file_could_have_is_cut() -> None:
    """Names that differ in their end alone stay apart."""
    one, other = ("😀" * 15 + end for end in "ab")
    names = {table_name("😀" * 15, one), table_name("😀" * 15, other)}
    assert len(names) == 2
    assert all(len(name) == 180 for name in names)


def test_columns_keep_their_names_unless_these_are_taken() -> None:
    """By a technical column, or by one that differs in case alone."""
    names = ["id", "Id", "_operation", "c_operation", "a b", "ID", "Id__2"]
    assert column_names(names) == ["id", "Id__2", "c_operation", "c_operation__2", "a b", "ID__3", "Id__2__2"]
