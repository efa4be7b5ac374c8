"""A lease on a lake in an object store, which a run renews, and which ends by itself when the run dies."""

import json
import os
import platform
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event, Lock, Thread
from uuid import uuid4

from streamvision.domain.errors import LakeError, LeaseLostError, RunInProgressError, WrongUseError
from streamvision.ports.objects import ConditionalObjects, StoredObject

KEY = "_lease.json"
SECONDS_TO_LIVE = 120

Wait = Callable[[Event, float], bool]
"""Wait until the event is set or the seconds are over, and tell whether it is set."""


class LakeLease:
    """Let one run at a time, on whatever machine, work on a lake.

    The lease is an object in the lake's own store. It is taken and renewed by writes on the condition that
    nobody else has written, so of two that try, one succeeds. Its age is reckoned by the store's clock alone.
    """

    def __init__(
        self,
        objects: ConditionalObjects,
        seconds_to_live: int = SECONDS_TO_LIVE,
        wait: Wait = Event.wait,
    ) -> None:
        """Take the lake's store; `wait` is what the renewing thread waits with."""
        self._objects = objects
        self._seconds_to_live = seconds_to_live
        self._wait = wait
        self._held: _HeldLease | None = None

    @contextmanager
    def hold(self, run_id: str, command: str) -> Iterator[None]:
        """Hold the lease for a block, renewing it meanwhile."""
        held = _HeldLease(self._objects, self._holder(run_id, command))
        stopped = Event()
        thread = Thread(target=self._renew, args=(held, stopped), name="lease", daemon=True)
        held.take()
        try:
            held.refuse_a_store_without_conditions()
            thread.start()
            self._held = held
            yield
        finally:
            self._held = None
            stopped.set()
            if thread.is_alive():
                thread.join()
            held.release()

    def check(self) -> None:
        """Make sure that the lease is still held, by renewing it."""
        if self._held is not None:
            self._held.renew()

    def _holder(self, run_id: str, command: str) -> dict[str, object]:
        return {
            "run_id": run_id,
            "command": command,
            "host": platform.node(),
            "pid": os.getpid(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds_to_live": self._seconds_to_live,
            # Tells this holding from every other; the count of writes tells its contents apart.
            "token": uuid4().hex,
        }

    def _renew(self, held: "_HeldLease", stopped: Event) -> None:
        seconds = self._seconds_to_live / 3
        while not self._wait(stopped, seconds):
            try:
                held.renew()
                seconds = self._seconds_to_live / 3
            except LeaseLostError:
                return
            except LakeError:
                # `check` tells of failures; here what counts is to succeed before others may take the lease.
                seconds = self._seconds_to_live / 12


@dataclass
class _HeldLease:
    """Take, renew and release one lease, for one run."""

    objects: ConditionalObjects
    holder: Mapping[str, object]
    version: str = ""
    writes: int = 0
    lost_to: str | None = None
    lock: Lock = field(default_factory=Lock)

    def take(self) -> None:
        """Take the lease where nobody holds it, or its holder has not renewed it in time.

        Raises:
            RunInProgressError: when somebody holds it.

        """
        found = self.objects.read(KEY)
        if found is None:
            taken = self._write(lambda content: self.objects.create(KEY, content))
        elif self._is_over(found):
            taken = self._write(lambda content: self.objects.replace(KEY, content, found.version))
        else:
            raise self._held_by(found)
        if not taken:
            raise self._held_by(self.objects.read(KEY))

    def renew(self) -> None:
        """Begin the time to live anew.

        Raises:
            LeaseLostError: when another run has taken the lease.

        """
        with self.lock:
            if self.lost_to is None and not self._replace():
                found = self.objects.read(KEY)
                self.lost_to = _who(found) if found else "nobody: it was removed"
            if self.lost_to is not None:
                raise self._lost(self.lost_to)

    def release(self) -> None:
        """Let the next run take the lease at once; where that fails, it ends by itself."""
        with self.lock, suppress(LakeError):
            if self.lost_to is None:
                self.holder = {"released_by": self.holder["run_id"], "token": self.holder["token"]}
                self._replace()

    def refuse_a_store_without_conditions(self) -> None:
        """Write on conditions that do not hold, and see that the store refuses to.

        Raises:
            WrongUseError: when it does not: two runs would both believe that they hold the lease.

        """
        content = self._content()
        heeds = (
            self.objects.create(KEY, content) is None
            and self.objects.replace(KEY, content, _NO_VERSION) is None
        )
        if not heeds:
            raise WrongUseError(
                "The lake's store does not heed conditions of writes (If-None-Match, If-Match), so that runs"
                " could not exclude each other",
                where=self.objects.where,
                safe="no batch was touched",
                next_command="keep the lake in a store that has conditional writes, as S3 does",
            )

    def _replace(self) -> bool:
        return self._write(lambda content: self.objects.replace(KEY, content, self.version))

    def _write(self, write: Callable[[bytes], str | None]) -> bool:
        self.writes += 1
        content = self._content()
        version = write(content)
        if version is None:
            # Perhaps only the answer was lost, and the write that was repeated then met the first one.
            found = self.objects.read(KEY)
            if found is None or found.content != content:
                return False
            version = found.version
        self.version = version
        return True

    def _content(self) -> bytes:
        return json.dumps({**self.holder, "writes": self.writes}, indent=2).encode()

    def _is_over(self, found: StoredObject) -> bool:
        holder = _read(found)
        if "released_by" in holder:
            return True
        seconds = holder.get("seconds_to_live")
        to_live = seconds if isinstance(seconds, int) else SECONDS_TO_LIVE
        # Stores tell whole seconds, cut off: only more than a second beyond is surely beyond.
        return (self.objects.now() - found.written_at).total_seconds() > to_live + 1

    def _held_by(self, found: StoredObject | None) -> RunInProgressError:
        holder = _read(found) if found else {}
        seconds = holder.get("seconds_to_live", SECONDS_TO_LIVE)
        return RunInProgressError(
            f"Another run is at work: {_who(found) if found else 'one that has just ended'}",
            where=f"{KEY} in {self.objects.where}",
            safe="that run goes on; this one has changed nothing",
            next_command="wait until it ends, then run the same command again; if it was killed, its lease"
            f" ends by itself {seconds} seconds after its last sign of life",
        )

    def _lost(self, lost_to: str) -> LeaseLostError:
        return LeaseLostError(
            f"This run has lost its lease on the lake to {lost_to}",
            where=f"{KEY} in {self.objects.where}",
            safe="batches that have their manifest are whole; this run has added none since",
            next_command="wait until that run ends, then run the same command again",
        )


_NO_VERSION = '"00000000000000000000000000000000"'


def _read(found: StoredObject) -> dict[str, object]:
    try:
        holder = json.loads(found.content)
    except ValueError:
        return {}
    return holder if isinstance(holder, dict) else {}


def _who(found: StoredObject) -> str:
    try:
        return "`streamvision {command}`, process {pid} on {host}, since {since}".format_map(_read(found))
    except KeyError:
        return "one that does not say who it is"
