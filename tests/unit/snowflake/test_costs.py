"""What runs have cost, from a history that the stand-in for Snowflake does not keep."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import sqlglot
from snowflake.connector import errors as snowflake_errors
from sqlglot import exp

from streamvision.adapters.warehouse.snowflake.connection import query_tag
from streamvision.adapters.warehouse.snowflake.costs import ATTRIBUTED, HISTORY, SnowflakeCosts
from streamvision.domain.errors import WarehouseError
from streamvision.ports.costs import RunCost

EARLY, LATE = datetime(2026, 3, 14, 6, tzinfo=UTC), datetime(2026, 3, 15, 6, tzinfo=UTC)
UNKNOWN, UNREADABLE = 2003, 1003


class History:
    """Answer as Snowflake would, and keep what was asked."""

    def __init__(self, refusal: int | None = None) -> None:
        """Take the number of the error with which compute credits are refused."""
        self.asked: list[tuple[str, Sequence[object]]] = []
        self._refusal = refusal

    def rows(self, query: str, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """Return the rows of a query."""
        self.asked.append((query, parameters))
        if query == HISTORY:
            return [
                ("run-2", LATE, 512, Decimal("93.25"), 7_000_000, Decimal("0.0021")),
                ("dashboards", EARLY, 3, Decimal(1), None, None),
            ]
        if self._refusal is not None:
            cause = snowflake_errors.ProgrammingError("no", errno=self._refusal)
            raise WarehouseError("no") from cause
        return [("run-2", Decimal("0.125"))]


def costs_from(history: History) -> SnowflakeCosts:
    """Return the costs that a history tells."""

    @contextmanager
    def opened() -> Iterator[History]:
        yield history

    return SnowflakeCosts(opened)


def test_a_run_has_what_all_its_queries_have_cost() -> None:
    """Newest first; compute credits that are not told yet are not 0."""
    assert costs_from(History()).newest(5) == [
        RunCost("run-2", LATE, 512, 93.25, 7_000_000, Decimal("0.0021"), Decimal("0.125")),
        RunCost("dashboards", EARLY, 3, 1.0, 0, Decimal(0), None),
    ]
    assert [cost.run_id for cost in costs_from(History()).newest(1)] == ["run-2"]


def test_who_may_not_see_what_the_account_uses_is_told_the_rest() -> None:
    """The view is in a database of Snowflake's own, which few roles see."""
    told = costs_from(History(refusal=UNKNOWN)).newest(5)
    assert [(cost.bytes_scanned, cost.compute_credits) for cost in told] == [(7_000_000, None), (0, None)]


def test_another_error_is_not_hidden() -> None:
    """Only a missing right is expected there."""
    with pytest.raises(WarehouseError):
        costs_from(History(refusal=UNREADABLE)).newest(5)


def test_both_questions_ask_for_the_tags_that_sessions_have() -> None:
    """What stands behind the beginning that all share is the run."""
    history = History()
    costs_from(history).newest(5)
    for _, (position, beginning) in history.asked:
        assert isinstance(position, int)
        assert query_tag("run-2").startswith(str(beginning))
        assert query_tag("run-2")[position - 1 :] == "run-2"


@pytest.mark.parametrize(
    ("sql", "source", "columns"),
    [
        (
            HISTORY,
            "QUERY_HISTORY",
            {"QUERY_TAG", "START_TIME", "TOTAL_ELAPSED_TIME", "BYTES_SCANNED", "CREDITS_USED_CLOUD_SERVICES"},
        ),
        (
            ATTRIBUTED,
            "QUERY_ATTRIBUTION_HISTORY",
            {"QUERY_TAG", "START_TIME", "CREDITS_ATTRIBUTED_COMPUTE", "CREDITS_USED_QUERY_ACCELERATION"},
        ),
    ],
)
def test_the_questions_are_snowflakes_sql(sql: str, source: str, columns: set[str]) -> None:
    """They parse, and name no column but those that Snowflake documents and their own results."""
    tree = sqlglot.parse_one(sql, dialect="snowflake")
    assert source in tree.sql("snowflake")
    results = {found.alias for found in tree.find_all(exp.Alias)}
    assert {found.name for found in tree.find_all(exp.Column)} - results <= columns
    assert columns <= {found.name for found in tree.find_all(exp.Column)}
    assert len(list(tree.find_all(exp.Placeholder))) == 2
