"""Reads from Snowflake's history of queries what each run has cost; a run's queries carry its tag."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from streamvision.adapters.warehouse.snowflake.address import Address
from streamvision.adapters.warehouse.snowflake.connection import TAG_PREFIX, connect
from streamvision.adapters.warehouse.snowflake.errors import is_refused
from streamvision.domain.errors import WarehouseError
from streamvision.ports.costs import RunCost

# Of the last seven days, without delay, and needing no right beyond the user's own queries. It takes the
# newest queries of the account before it looks at tags.
HISTORY = """
    SELECT
        SUBSTR(QUERY_TAG, ?) AS RUN_ID,
        CONVERT_TIMEZONE('UTC', MIN(START_TIME)) AS BEGAN_AT,
        COUNT(*) AS QUERIES,
        SUM(TOTAL_ELAPSED_TIME) / 1000 AS SECONDS,
        SUM(BYTES_SCANNED) AS BYTES_SCANNED,
        SUM(CREDITS_USED_CLOUD_SERVICES) AS SERVICE_CREDITS
    FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY(
        END_TIME_RANGE_START => DATEADD('DAY', -6, CURRENT_TIMESTAMP()), RESULT_LIMIT => 10000
    ))
    WHERE STARTSWITH(QUERY_TAG, ?)
    GROUP BY RUN_ID
    ORDER BY BEGAN_AT DESC
    LIMIT 100
"""
# Hours late, and shown to those alone who may see what the account uses.
ATTRIBUTED = """
    SELECT
        SUBSTR(QUERY_TAG, ?) AS RUN_ID,
        SUM(CREDITS_ATTRIBUTED_COMPUTE + COALESCE(CREDITS_USED_QUERY_ACCELERATION, 0)) AS COMPUTE_CREDITS
    FROM SNOWFLAKE.ACCOUNT_USAGE.QUERY_ATTRIBUTION_HISTORY
    WHERE START_TIME >= DATEADD('DAY', -7, CURRENT_TIMESTAMP()) AND STARTSWITH(QUERY_TAG, ?)
    GROUP BY RUN_ID
"""
_TAGGED = (len(TAG_PREFIX) + 1, TAG_PREFIX)


class Questions(Protocol):
    """Answer queries, as a session does."""

    def rows(self, query: str, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """Return the rows of a query."""
        ...


class SnowflakeCosts:
    """Add up what the history says of each run."""

    def __init__(self, open_history: Callable[[], AbstractContextManager[Questions]]) -> None:
        """Take what opens a session."""
        self._open_history = open_history

    @classmethod
    def at(cls, address: Address) -> "SnowflakeCosts":
        """Return the costs of the runs on a warehouse."""
        return cls(lambda: connect(address, "load"))

    def newest(self, limit: int) -> Sequence[RunCost]:
        """Return the costs of the newest runs that Snowflake still remembers, newest first."""
        with self._open_history() as history:
            rows = history.rows(HISTORY, _TAGGED)[:limit]
            attributed = _attributed(history) if rows else {}
        return [_cost(*row, compute_credits=attributed.get(str(row[0]))) for row in rows]


def _attributed(history: Questions) -> Mapping[str, Decimal]:
    """Return the compute credits by run; nothing where this role may not see them."""
    try:
        rows = history.rows(ATTRIBUTED, _TAGGED)
    except WarehouseError as error:
        if is_refused(error):
            return {}
        raise
    return {str(run_id): _decimal(used) for run_id, used in rows}


def _cost(*row: object, compute_credits: Decimal | None) -> RunCost:
    run_id, began_at, queries, seconds, scanned, service_credits = row
    assert isinstance(began_at, datetime)  # noqa: S101 - for the types
    return RunCost(
        run_id=str(run_id),
        began_at=began_at,
        queries=int(_decimal(queries)),
        seconds=float(_decimal(seconds)),
        bytes_scanned=int(_decimal(scanned)),
        service_credits=_decimal(service_credits),
        compute_credits=compute_credits,
    )


def _decimal(value: object) -> Decimal:
    """Return a sum as a number; the sum of nothing is 0."""
    return Decimal(str(value or 0))
