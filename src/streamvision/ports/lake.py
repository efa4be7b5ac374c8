"""The lake: files under keys, each whole or absent."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, Protocol


class Lake(Protocol):
    """Keep files under keys. Every method raises LakeError when the store cannot do its part."""

    def create(self, key: str) -> AbstractContextManager[BinaryIO]:
        """Open a file for writing; it appears, whole, when the block ends without an error.

        An older file under the key stays until then; after an error nothing has changed.
        """
        ...

    def put(self, key: str, content: bytes) -> None:
        """Write a small file in one piece, whole or not at all."""
        ...

    def get(self, key: str) -> bytes | None:
        """Return a small file's content; None where there is none."""
        ...

    def keys(self, prefix: str) -> Sequence[str]:
        """Return the keys that begin with a prefix which ends in a slash, sorted."""
        ...

    def delete(self, key: str) -> None:
        """Remove a file; nothing happens where there is none."""
        ...

    def local_file(self, key: str) -> AbstractContextManager[Path]:
        """Lend a file as a path on this machine, for as long as the block lasts.

        Raises:
            ManifestError: when there is no such file.

        """
        ...
