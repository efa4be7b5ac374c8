"""A stack of cloud resources that were made from one template."""

from collections.abc import Mapping
from typing import Protocol


class Stack(Protocol):
    """Look at a stack and change its parameters. Every method raises StackError when the cloud refuses."""

    def parameters(self) -> Mapping[str, str]:
        """Return the values that the stack has been made with."""
        ...

    def outputs(self) -> Mapping[str, str]:
        """Return what the stack tells of itself."""
        ...

    def update(self, changed: Mapping[str, str]) -> None:
        """Give some parameters other values, and wait until the resources follow; the others stay."""
        ...
