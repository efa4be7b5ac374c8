"""What runs have cost, where a warehouse is paid by use."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True)
class RunCost:
    """Tell what the queries of one run have cost.

    Attributes:
        run_id: the run; "dashboards" for what people have asked.
        began_at: when its first query began, UTC.
        queries: how many.
        seconds: how long they took, added up; those at the same time count each.
        bytes_scanned: how much they read.
        service_credits: what planning and metadata cost.
        compute_credits: what the execution cost; None where the warehouse cannot tell, or not yet.

    """

    run_id: str
    began_at: datetime
    queries: int
    seconds: float
    bytes_scanned: int
    service_credits: Decimal
    compute_credits: Decimal | None


class RunCosts(Protocol):
    """Know what runs have cost."""

    def newest(self, limit: int) -> Sequence[RunCost]:
        """Return the costs of the newest runs that the warehouse still remembers, newest first.

        Raises:
            WarehouseError: when it does not tell.
            WarehouseUnreachableError: when it does not answer.

        """
        ...
