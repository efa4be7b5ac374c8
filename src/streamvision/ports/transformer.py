"""What builds and tests the models."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class BuildSummary:
    """Count what a build did."""

    models: int
    tests: int
    warnings: int


class Transformer(Protocol):
    """Build staging, core and marts from RAW and test them."""

    def build(self) -> BuildSummary:
        """Build and test every model.

        Raises:
            DataQualityError: when a test of the data failed.
            ModelsFailedError: when a model could not be built.

        """
        ...
