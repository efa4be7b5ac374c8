"""The plans on offer."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from streamvision.pipeline.simulate.columns import Bools, Ints, instants, keys
from streamvision.pipeline.simulate.timeline import DAY

RESOLUTIONS = ("SD", "HD", "Full HD", "4K")
_MONTHS_OF_A_YEAR = 12


@dataclass(frozen=True)
class Plan:
    """Describe one plan; the price is for one billing period."""

    code: str
    name: str
    price_cents: int
    billing_period: str
    max_resolution: str
    max_streams: int

    @property
    def months(self) -> int:
        """Return the length of a billing period."""
        return _MONTHS_OF_A_YEAR if self.billing_period == "year" else 1


PLANS = (
    Plan("free", "Free", 0, "month", "SD", 1),
    Plan("basic", "Basic", 799, "month", "HD", 1),
    Plan("standard", "Standard", 1299, "month", "Full HD", 2),
    Plan("premium", "Premium", 1799, "month", "4K", 4),
    Plan("premium_annual", "Premium (annual)", 17988, "year", "4K", 4),
)
FREE, BASIC, STANDARD, PREMIUM, PREMIUM_ANNUAL = range(len(PLANS))
PRICE_CENTS: Ints = np.array([plan.price_cents for plan in PLANS], dtype=np.int64)
TERM_MONTHS: Ints = np.array([plan.months for plan in PLANS], dtype=np.int64)
IS_PAID: Bools = PRICE_CENTS > 0
MAX_RESOLUTION: Ints = np.array([RESOLUTIONS.index(plan.max_resolution) for plan in PLANS], dtype=np.int64)
# A plan ranks by what it costs a month, so the annual form of Premium stands below the monthly one.
RANK: Ints = np.argsort(np.argsort(PRICE_CENTS / TERM_MONTHS, kind="stable"), kind="stable").astype(np.int64)


def plan_batches(sign_up_start: int) -> Iterator[pa.RecordBatch]:
    """Yield the rows of subscription_plans; the plans are a month older than the first account."""
    count = len(PLANS)
    yield pa.RecordBatch.from_pydict(
        {
            "id": keys(slice(0, count)).cast(pa.int32()),
            "code": [plan.code for plan in PLANS],
            "name": [plan.name for plan in PLANS],
            "price_cents": pa.array(PRICE_CENTS).cast(pa.int32()),
            "currency": ["USD"] * count,
            "billing_period": [plan.billing_period for plan in PLANS],
            "max_resolution": [plan.max_resolution for plan in PLANS],
            "max_streams": pa.array([plan.max_streams for plan in PLANS], type=pa.int16()),
            "is_offered": [True] * count,
            "created_at": instants(np.full(count, sign_up_start - 30 * DAY, dtype=np.int64)),
        }
    )
