"""Remembers what was told in a small JSON file, one holder at a time."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from streamvision.domain.errors import HomeError
from streamvision.domain.notice import Notice
from streamvision.files import write_whole

_MOMENTS = ("first_at", "told_at", "seen_at")


class NoticesFile:
    """Keep all in one file, replaced by a rename, under a lock that goes with the process that holds it."""

    def __init__(self, path: Path) -> None:
        """Take the file; it is made when something was told."""
        self._path = path

    @contextmanager
    def opened(self) -> Iterator[dict[str, dict[str, Notice]]]:
        """Lend what was told, by target and key of the message."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            lock = self._path.with_suffix(".lock").open("ab")
        except OSError as error:
            raise HomeError.from_os_error(error, str(self._path)) from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            told = self._read()
            try:
                yield told
            finally:
                self._write(told)

    def _read(self) -> dict[str, dict[str, Notice]]:
        try:
            document = json.loads(self._path.read_text(encoding="utf-8"))
            return {
                target: {key: _notice(fields) for key, fields in notices.items()}
                for target, notices in document.items()
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def _write(self, told: dict[str, dict[str, Notice]]) -> None:
        document = {
            target: {key: asdict(notice) for key, notice in notices.items()}
            for target, notices in told.items()
        }
        try:
            write_whole(self._path, json.dumps(document, default=datetime.isoformat).encode())
        except OSError as error:
            raise HomeError.from_os_error(error, str(self._path)) from error


def _notice(fields: dict[str, object]) -> Notice:
    first, told, seen = (datetime.fromisoformat(str(fields[name])) for name in _MOMENTS)
    # A moment without its zone could not be held against another.
    if None in {first.tzinfo, told.tzinfo, seen.tzinfo}:
        raise ValueError("a moment has no zone")
    return Notice(first, told, seen, int(str(fields["held_back"])))
