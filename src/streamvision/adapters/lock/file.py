"""A lock on a file, which the system lets go of when the process that holds it dies."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, cast

from streamvision.domain.errors import HomeError, RunInProgressError


class FileLock:
    """Let one run at a time on this machine work on a lake and warehouse."""

    def __init__(self, path: Path) -> None:
        """Take the file to lock; it is made where it is missing, and stays."""
        self._path = path

    @contextmanager
    def hold(self, run_id: str, command: str) -> Iterator[None]:
        """Hold the lock for a block."""
        since = datetime.now(UTC).isoformat(timespec="seconds")
        holder = {"run_id": run_id, "command": command, "pid": os.getpid(), "since": since}
        try:
            file = self._opened()
        except OSError as error:
            raise HomeError.from_os_error(error, str(self._path)) from error
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise self._held_by_another() from error
            # Who holds it is only told, and a full disk need not keep the run from telling more.
            with suppress(OSError):
                os.truncate(self._path, 0)
                os.write(file.fileno(), json.dumps(holder).encode())
            yield

    def check(self) -> None:
        """Do nothing: as long as the process lives, the system takes the lock from it for nobody."""

    def _opened(self) -> BinaryIO:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        return cast("BinaryIO", self._path.open("ab", buffering=0))

    def _held_by_another(self) -> RunInProgressError:
        try:
            holder = json.loads(self._path.read_text(encoding="utf-8"))
            who = "`streamvision {command}`, process {pid}, since {since}".format(**holder)
        except (OSError, ValueError, KeyError):
            who = "one that has just begun"
        return RunInProgressError(
            f"Another run is at work: {who}",
            where=str(self._path),
            safe="that run goes on; this one has changed nothing",
            next_command="wait until it ends (`streamvision status`), then run the same command again",
        )
