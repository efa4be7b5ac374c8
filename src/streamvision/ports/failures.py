"""The rows that tests of the data found wrong in the last build."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class FailedTest:
    """Tell of a test of the data that failed, or that warned.

    Attributes:
        test: the name of the test, as short as the warehouse's names are.
        rows: how many rows were kept.
        place: where they lie, for who knows SQL.

    """

    test: str
    rows: int
    place: str


class FailingRows(Protocol):
    """Read the rows that a build kept of its tests that failed or warned; the next begins without any."""

    def failed_tests(self) -> Sequence[FailedTest]:
        """Return the tests that failed in the last build, by name; none where it passed, or none was made.

        Raises:
            WarehouseError: when the build cannot be read, be it that it goes on.

        """
        ...

    def warned_tests(self) -> Sequence[FailedTest]:
        """Return the tests that warned in the last build, by name: they stop nothing, so it may have passed.

        Raises:
            WarehouseError: when the build cannot be read, be it that it goes on.

        """
        ...

    def rows(self, test: str, limit: int) -> Sequence[Mapping[str, object]]:
        """Return rows of a test that failed or warned, as it shows them; none where there is no such test.

        Raises:
            WarehouseError: when the build cannot be read, be it that it goes on.

        """
        ...
