"""Remembers runs in small JSON files, one a run."""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

from streamvision.domain.errors import HomeError
from streamvision.files import write_whole
from streamvision.ports.run_log import RunRecord, StepRecord, TableRows

KEPT_RUNS = 500
_ENDING = ".json"


class JsonRunLog:
    """Keep a record in a file of its own, whose name sorts by time; it comes into being by a rename."""

    def __init__(self, folder: Path, keep: int = KEPT_RUNS) -> None:
        """Take the folder, which is made with the first record, and how many runs are kept."""
        self._folder, self._keep = folder, keep

    def write(self, record: RunRecord) -> None:
        """Keep a record; it takes the place of that of the same run."""
        path = self._folder / _name(record)
        try:
            is_new = not path.exists()
            write_whole(path, json.dumps(asdict(record), default=datetime.isoformat).encode())
        except OSError as error:
            raise HomeError.from_os_error(error, str(path)) from error
        if is_new:
            self._forget()

    def recent(self, limit: int) -> Sequence[RunRecord]:
        """Return the newest runs, the newest first."""
        return list(islice(self._records(""), limit))

    def find(self, run_id: str) -> RunRecord | None:
        """Return the run of an id; None where there is none."""
        return next((each for each in self._records(f"_{_quoted(run_id)}") if each.run_id == run_id), None)

    def forget_before(self, moment: datetime) -> int:
        """Remove the runs that began before a moment; return how many there were."""
        old = [name for name in self._names() if name < f"{moment:%Y%m%dT%H%M%S.%fZ}"]
        try:
            for name in old:
                (self._folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise HomeError.from_os_error(error, str(self._folder)) from error
        return sum(name.endswith(_ENDING) for name in old)

    def _records(self, ending: str) -> Iterator[RunRecord]:
        for name in reversed(self._names()):
            if name.endswith(ending + _ENDING) and (record := _read(self._folder / name)):
                yield record

    def _forget(self) -> None:
        """Remove the oldest runs, and what a killed one left of that time; another run may be at it too."""
        names = self._names()
        oldest = min([name for name in names if name.endswith(_ENDING)][-self._keep :], default="")
        for name in names:
            if name < oldest:
                with suppress(OSError):
                    (self._folder / name).unlink()

    def _names(self) -> list[str]:
        try:
            return sorted(os.listdir(self._folder))  # noqa: PTH208 - names alone are wanted
        except OSError:
            return []


def _name(record: RunRecord) -> str:
    return f"{record.started_at:%Y%m%dT%H%M%S.%fZ}_{_quoted(record.run_id)}{_ENDING}"


def _quoted(run_id: str) -> str:
    return quote(run_id, safe="")


def _read(path: Path) -> RunRecord | None:
    try:
        return _record(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _record(document: dict[str, Any]) -> RunRecord:
    steps, tables, notices = (document.pop(name) for name in ("steps", "tables", "notices"))
    if not (isinstance(steps, list) and isinstance(tables, list) and isinstance(notices, list)):
        raise TypeError("a list is missing")
    return RunRecord(
        **_with_moments(document),
        steps=tuple(StepRecord(**_with_moments(step)) for step in steps),
        tables=tuple(TableRows(**table) for table in tables),
        notices=tuple(notices),
    )


def _with_moments(document: dict[str, Any]) -> dict[str, Any]:
    started, ended = str(document["started_at"]), document["ended_at"]
    return document | {
        "started_at": datetime.fromisoformat(started),
        "ended_at": datetime.fromisoformat(str(ended)) if ended else None,
    }
