"""What builds and tests the models."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class BuildPlace:
    """Say where the models are built, beside what people are looking at.

    Attributes:
        name: where somebody finds what was built, be it that it failed.
        target: which of the ways to a warehouse that the transformer's profile knows leads there.
        variables: what the transformer's profile needs to build there from what is loaded.

    """

    name: str
    target: str
    variables: Mapping[str, str]


@dataclass(frozen=True)
class BuildSummary:
    """Count what a build did."""

    models: int
    tests: int
    warnings: int


class Transformer(Protocol):
    """Build staging, core and marts from RAW and test them."""

    def build(self, place: BuildPlace, run_id: str) -> BuildSummary:
        """Build and test every model in a place, and change nothing else.

        Args:
            place: where to.
            run_id: the run that it is done for, by which a warehouse tells what its queries cost.

        Raises:
            DataQualityError: when a test of the data failed.
            ModelsFailedError: when a model could not be built.

        """
        ...
