"""How long the property tests look for a counterexample."""

from collections.abc import Callable
from typing import TypeVar

from hypothesis import HealthCheck, settings

T = TypeVar("T", bound=Callable[..., object])


def bounded(examples: int) -> Callable[[T], T]:
    """Bound a test by examples instead of time: each one works on real files, at the disk's own pace."""
    return settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
