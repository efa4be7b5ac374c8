"""Small objects that can be changed on the condition that nobody else has changed them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class StoredObject:
    """Hold an object as it was read.

    Attributes:
        version: what names this very content in a condition.
        written_at: when it was written, by the store's own clock.

    """

    content: bytes
    version: str
    written_at: datetime


class ConditionalObjects(Protocol):
    """Read and write small objects on conditions. Every method raises LakeError when the store fails.

    Where the answer to a write is lost and the write is repeated, it may be refused although it took place:
    who needs to know reads the object.

    Attributes:
        where: the store's address, for people.

    """

    where: str

    def read(self, key: str) -> StoredObject | None:
        """Return an object; None where there is none."""
        ...

    def create(self, key: str, content: bytes) -> str | None:
        """Write an object where there is none and return its version; None where there is one."""
        ...

    def replace(self, key: str, content: bytes, version: str) -> str | None:
        """Write an object if the version is still the one given, and return the new one; else None."""
        ...

    def now(self) -> datetime:
        """Return the present moment by the store's own clock."""
        ...
