"""Remembers the last run in a small JSON file."""

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from streamvision.domain.errors import HomeError
from streamvision.ports.run_log import RunRecord


class JsonRunLog:
    """Keep one record in one file, replaced by a rename."""

    def __init__(self, path: Path) -> None:
        """Take the file; it is made with the first record."""
        self._path = path

    def write(self, record: RunRecord) -> None:
        """Replace what is remembered."""
        unfinished = self._path.with_suffix(".unfinished")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            unfinished.write_text(json.dumps(asdict(record), default=datetime.isoformat), encoding="utf-8")
            unfinished.replace(self._path)
        except OSError as error:
            raise HomeError.from_os_error(error, str(self._path)) from error

    def last(self) -> RunRecord | None:
        """Return the last run; None before the first, or where the file is damaged."""
        try:
            document = json.loads(self._path.read_text(encoding="utf-8"))
            ended_at = document.pop("ended_at")
            return RunRecord(
                **document | {"started_at": datetime.fromisoformat(document["started_at"])},
                ended_at=datetime.fromisoformat(ended_at) if ended_at else None,
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
