"""A lake in a folder of this machine, through obstore."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO, cast
from urllib.parse import unquote, urlsplit

import obstore
from obstore.store import LocalStore

from streamvision.adapters.lake.errors import folder_errors, missing_file

if TYPE_CHECKING:
    from obstore import WritableFile

# Larger files are written as they grow instead of being held in memory.
_BUFFER_BYTES = 8 * 1024 * 1024


class FolderLake:
    """Keep the lake's files in a folder. A file appears by a rename, so whole or not at all."""

    def __init__(self, url: str) -> None:
        """Take a `file:///absolute/path` URL; the folder is made when the first file is written."""
        self.root = Path(unquote(urlsplit(url).path))
        self._opened: LocalStore | None = None
        self._cleared: set[Path] = set()
        self._lock = Lock()

    @contextmanager
    def create(self, key: str) -> Iterator[BinaryIO]:
        """Open a file for writing; it appears, whole, when the block ends without an error."""
        path = self.root / key
        with folder_errors("write", str(path)):
            self._clear_once(path.parent)
            file = _UnfinishedFile(path, obstore.open_writer(self._store(), key, buffer_size=_BUFFER_BYTES))
        try:
            yield cast("BinaryIO", file)
            file.finish()
        finally:
            file.abandon()

    def put(self, key: str, content: bytes) -> None:
        """Write a small file in one piece."""
        path = self.root / key
        with folder_errors("write", str(path)):
            self._clear_once(path.parent)
            obstore.put(self._store(), key, content)

    def get(self, key: str) -> bytes | None:
        """Return a small file's content; None where there is none."""
        if not self.root.is_dir():
            return None
        with folder_errors("read", str(self.root / key)):
            try:
                return bytes(obstore.get(self._store(), key).bytes())
            except FileNotFoundError:
                return None

    def keys(self, prefix: str) -> Sequence[str]:
        """Return the keys that begin with a prefix, sorted."""
        if not self.root.is_dir():
            return []
        with folder_errors("list", str(self.root / prefix)):
            return sorted(item["path"] for page in obstore.list(self._store(), prefix) for item in page)

    def delete(self, key: str) -> None:
        """Remove a file; nothing happens where there is none."""
        with folder_errors("delete", str(self.root / key)):
            try:
                obstore.delete(self._store(), key)
            except FileNotFoundError:
                return

    @contextmanager
    def local_file(self, key: str) -> Iterator[Path]:
        """Lend a file as a path."""
        path = self.root / key
        if not path.is_file():
            raise missing_file(str(path))
        yield path

    def _store(self) -> LocalStore:
        if self._opened is None:
            self.root.mkdir(parents=True, exist_ok=True)
            self._opened = LocalStore(self.root)
        return self._opened

    def _clear_once(self, folder: Path) -> None:
        """Remove the parts, `<file>#<n>`, that a killed run has left; no listing shows them.

        Only before the first file that this lake writes there: later parts are its own, of files that other
        threads are still writing.
        """
        with self._lock:
            if folder not in self._cleared:
                for part in folder.glob("*#[0-9]*"):
                    part.unlink(missing_ok=True)
                self._cleared.add(folder)


class _UnfinishedFile:
    """Write to a file that is not visible yet. Only `finish` makes it so."""

    def __init__(self, path: Path, writer: "WritableFile") -> None:
        self._path = path
        self._writer: WritableFile | None = writer

    def write(self, content: bytes) -> int:
        if self._writer is None:
            return 0
        with folder_errors("write", str(self._path)):
            # obstore keeps the piece until it has enough of them, while its owner may use it again.
            return self._writer.write(bytes(content))

    def finish(self) -> None:
        if self._writer is not None:
            with folder_errors("write", str(self._path)):
                self._writer.close()

    def abandon(self) -> None:
        # obstore's writer drops its part when it is collected without having been closed.
        self._writer = None
