"""Lakes in memory."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, cast

from streamvision.domain.errors import LakeError, ManifestError
from streamvision.ports.lake import Lake


class InMemoryLake:
    """Keep files in a dictionary, which a test may look into."""

    def __init__(self) -> None:
        """Begin empty."""
        self.files: dict[str, bytes] = {}

    @contextmanager
    def create(self, key: str) -> Iterator[BinaryIO]:
        """Open a file for writing; it appears, whole, when the block ends without an error."""
        file = BytesIO()
        yield file
        self.files[key] = file.getvalue()

    def put(self, key: str, content: bytes) -> None:
        """Write a small file in one piece."""
        self.files[key] = content

    def get(self, key: str) -> bytes | None:
        """Return a small file's content; None where there is none."""
        return self.files.get(key)

    def keys(self, prefix: str) -> Sequence[str]:
        """Return the keys that begin with a prefix, sorted."""
        return sorted(key for key in self.files if key.startswith(prefix))

    def delete(self, key: str) -> None:
        """Remove a file; nothing happens where there is none."""
        self.files.pop(key, None)

    @contextmanager
    def local_file(self, key: str) -> Iterator[Path]:
        """Lend a file as a path."""
        if key not in self.files:
            raise ManifestError("A file that a manifest names is not in the lake", where=key)
        with TemporaryDirectory() as folder:
            path = Path(folder) / key.rpartition("/")[2]
            path.write_bytes(self.files[key])
            yield path


class InterruptedLake:
    """Pass everything on to another lake until the n-th operation, which fails, as do all after it.

    Each write into an open file counts as an operation of its own, so that it can break in the middle.
    """

    def __init__(self, lake: Lake, operations: int) -> None:
        """Take the lake, and how many operations succeed."""
        self._lake = lake
        self._left = operations

    @contextmanager
    def create(self, key: str) -> Iterator[BinaryIO]:
        """Open a file for writing."""
        self._count()
        with self._lake.create(key) as file:
            yield cast("BinaryIO", _CountedFile(file, self))
            self._count()

    def put(self, key: str, content: bytes) -> None:
        """Write a small file in one piece."""
        self._count()
        self._lake.put(key, content)

    def get(self, key: str) -> bytes | None:
        """Return a small file's content; None where there is none."""
        self._count()
        return self._lake.get(key)

    def keys(self, prefix: str) -> Sequence[str]:
        """Return the keys that begin with a prefix, sorted."""
        self._count()
        return self._lake.keys(prefix)

    def delete(self, key: str) -> None:
        """Remove a file; nothing happens where there is none."""
        self._count()
        self._lake.delete(key)

    @contextmanager
    def local_file(self, key: str) -> Iterator[Path]:
        """Lend a file as a path."""
        self._count()
        with self._lake.local_file(key) as path:
            yield path

    def count_write(self) -> None:
        """Count a write into an open file."""
        self._count()

    @property
    def was_interrupted(self) -> bool:
        """Tell whether an operation has failed."""
        return self._left < 0

    def _count(self) -> None:
        if self._left <= 0:
            self._left = -1
            raise LakeError("The lake was interrupted", where="a test")
        self._left -= 1


class _CountedFile:
    def __init__(self, file: BinaryIO, lake: InterruptedLake) -> None:
        self._file, self._lake = file, lake

    def write(self, content: bytes) -> int:
        self._lake.count_write()
        return self._file.write(content)
