"""What has a model elsewhere read the published marts anew."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Refreshed:
    """Say that a model has read what is published.

    Attributes:
        request_id: what the service calls the refresh.
        seconds: how long it took.

    """

    request_id: str
    seconds: float


class Refresher(Protocol):
    """Have a model read what is published, and wait until it has."""

    def refresh(self) -> Refreshed:
        """Return when the model has read it.

        Raises:
            RefreshError: when it could not, or may not be asked to.
            RefreshUnreachableError: when the service does not answer, or is busy.

        """
        ...
