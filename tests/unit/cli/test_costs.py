"""What `streamvision status` tells of what runs have cost."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from streamvision.bootstrap import Application
from streamvision.domain.errors import WarehouseError
from streamvision.ports.costs import RunCost
from tests.unit.cli.conftest import CommandLine

BEGAN = datetime(2026, 3, 15, 6, tzinfo=UTC)
COSTS = [
    RunCost("run-2", BEGAN, 512, 93.25, 7 * 1024**2, Decimal("0.0021"), None),
    RunCost("run-1", BEGAN, 500, 90.0, 1024, Decimal("0.002"), Decimal("0.125")),
]


class KnownCosts:
    """Know the costs of two runs, or fail to."""

    def __init__(self, error: WarehouseError | None = None) -> None:
        """Take the error to fail with."""
        self._error = error

    def newest(self, limit: int) -> Sequence[RunCost]:
        """Return the costs of the newest runs."""
        if self._error:
            raise self._error
        return COSTS[:limit]


def test_status_tells_what_the_newest_runs_have_cost(
    streamvision: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the warehouse is paid by use; what comes late is not shown as nothing."""
    monkeypatch.setattr(Application, "run_costs", KnownCosts())
    shown = streamvision("status").out
    row = next(line for line in shown.splitlines() if "run-2" in line)
    assert row.split() == [
        "run-2",
        "2026-03-15",
        "06:00:00",
        "UTC",
        "512",
        "93.2",
        "7.0",
        "MiB",
        "-",
        "0.0021",
    ]
    assert "SNOWFLAKE.USAGE_VIEWER" in shown
    document = streamvision("status", "--format", "json", "--batches", "1").document
    assert isinstance(document, dict)
    (cost,) = document["costs"]
    assert cost["bytes_scanned"] == 7 * 1024**2
    assert (cost["compute_credits"], cost["service_credits"]) == (None, 0.0021)


def test_a_history_that_cannot_be_read_hides_nothing_else(
    streamvision: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Status goes on, and says why."""
    monkeypatch.setattr(Application, "run_costs", KnownCosts(WarehouseError("no history here")))
    ended = streamvision("status", "--format", "json")
    assert ended.code == 0
    assert "What runs have cost cannot be told: no history here" in ended.err
    assert isinstance(ended.document, dict)
    assert ended.document["costs"] is None


def test_a_warehouse_on_this_machine_has_no_costs(streamvision: CommandLine) -> None:
    """Nothing is said of them."""
    document = streamvision("status", "--format", "json").document
    assert isinstance(document, dict)
    assert "costs" not in document
