"""The files that describe the Snowflake account, filled with the values of an example."""

from collections.abc import Sequence

from streamvision.assets import asset
from streamvision.domain.account import Statement
from streamvision.pipeline.provision.placeholders import Placeholders
from streamvision.pipeline.provision.reading import parse_statements, read_statements

EXAMPLE = Placeholders(
    lake_url="s3://example-lake/streamvision",
    storage_role_arn="arn:aws:iam::123456789012:role/streamvision-lake-reader",
    external_id="streamvision-4f1c",
    monthly_credits=20,
)
ROLES = ("STREAMVISION_OWNER", "LOADER", "TRANSFORMER", "REPORTER")


def account_files() -> list[Statement]:
    """Return the statements that ship."""
    return read_statements(asset("infra/snowflake"), EXAMPLE.values())


def with_more(text: str) -> list[Statement]:
    """Return the statements that ship, and some after them."""
    return [*account_files(), *parse_statements(text, "more.sql", {})]


def without(statements: Sequence[Statement], words: str) -> list[Statement]:
    """Return statements but for those that hold some words; there must be some."""
    left = [statement for statement in statements if words not in " ".join(statement.sql.split())]
    assert len(left) < len(statements), words
    return left
