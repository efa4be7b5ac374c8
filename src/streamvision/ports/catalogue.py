"""The catalogue of the models: what is there, what it means, and what is made from what."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from streamvision.ports.transformer import BuildPlace


@dataclass(frozen=True)
class ShownPlace:
    """Say where what readers are shown can be looked at.

    Attributes:
        is_copy: whether it holds the columns of core and marts alone, without a row, for this one look:
            what else is described may be made there.

    """

    place: BuildPlace
    is_copy: bool


class ShownPlaces(Protocol):
    """Find where what readers are shown can be looked at, while runs go on and people read."""

    def lend(self) -> AbstractContextManager[ShownPlace]:
        """Lend the place for the length of a block.

        Raises:
            NothingPublishedError: when readers are shown nothing.
            WarehouseError: when the warehouse cannot be read.

        """
        ...


class Cataloguer(Protocol):
    """Describe the models."""

    def page(self, shown: ShownPlace) -> bytes:
        """Return one page of HTML with every model, source and test, and what is made from what.

        It needs no other file, and asks no host for anything.

        Raises:
            ModelsFailedError: when the models cannot be understood, or the place cannot be looked at.

        """
        ...
