"""What builds and tests the models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from streamvision.domain.basis import BatchWindow

CHANGED_FROM, CHANGED_BEFORE = "STREAMVISION_DBT_CHANGED_FROM", "STREAMVISION_DBT_CHANGED_BEFORE"
"""The variables of a place that tell which batches a build looks at; both empty where it begins anew."""


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


def window_variables(window: BatchWindow | None) -> dict[str, str]:
    """Return the variables of a place that tell of a window, or that there is none."""
    return {CHANGED_FROM: window.first if window else "", CHANGED_BEFORE: window.end if window else ""}


@dataclass(frozen=True)
class BuildSummary:
    """Count what a build did.

    Attributes:
        models: those that were built.
        tests: those that were run and passed, of the data and of the models' own text.
        warnings: the tests of the data that found something that stops nothing.
        known_tests: the tests of the models' own text that were not run: they had passed on this very text.

    """

    models: int
    tests: int
    warnings: int
    known_tests: int = 0

    def __str__(self) -> str:
        """Return it in words."""
        known = f" ({self.known_tests} more had passed on the same models)" if self.known_tests else ""
        return f"{self.models} models built, {self.tests} tests passed{known}, {self.warnings} warnings"

    def __add__(self, other: "BuildSummary") -> "BuildSummary":
        """Return what two builds did together."""
        return BuildSummary(
            self.models + other.models,
            self.tests + other.tests,
            self.warnings + other.warnings,
            self.known_tests + other.known_tests,
        )


@dataclass(frozen=True)
class BuildProgress:
    """Tell how far a build has come that is done part by part.

    Attributes:
        run_id: the run that it is done for.
        basis: what it is made from.
        passed: the parts that were built, and passed the tests that are theirs alone.

    """

    run_id: str
    basis: str
    passed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Part:
    """Name a model, or something else that is built by itself.

    Attributes:
        name: no other part has it.
        layer: the folder of its stage: seeds, staging, intermediate, core, changes, aggregates or
            marts.
        needs: the names of the parts that it reads.

    """

    name: str
    layer: str
    needs: frozenset[str]


class Transformer(Protocol):
    """Build staging, core and marts from RAW and test them."""

    def digest(self) -> str:
        """Return what is the same as long as the models, and what runs them, are the same."""
        ...

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

    def parts(self, place: BuildPlace) -> Sequence[Part]:
        """Return all parts, each after those that it needs.

        Raises:
            ModelsFailedError: when the models cannot be understood.

        """
        ...

    def describe(self, place: BuildPlace) -> bytes:
        """Return a description of the models for other tools: the content of dbt's manifest.json."""
        ...

    def build_parts(self, place: BuildPlace, run_id: str, names: Sequence[str]) -> BuildSummary:
        """Build chosen parts, and test what concerns none but them; raises as `build` does."""
        ...

    def test_across(self, place: BuildPlace, run_id: str) -> BuildSummary:
        """Do the tests that concern several parts, or none; raises as `build` does."""
        ...
