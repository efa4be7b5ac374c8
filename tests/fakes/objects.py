"""A store of small objects in memory, with a clock of its own, that can be told to misbehave."""

from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Event, Lock, Semaphore

from streamvision.domain.errors import LakeError
from streamvision.ports.objects import StoredObject


class InMemoryObjects:
    """Keep objects in a dictionary, which a test may look into.

    Attributes:
        time: what the store's clock shows; it stands still until a test moves it, and is far from any other.
        heeds_conditions: whether a condition that does not hold stops a write.
        loses_answers: whether a write that took place is answered as if it was refused.
        fails: whether every request fails.

    """

    def __init__(self) -> None:
        """Begin empty."""
        self.where = "a store in memory"
        self.objects: dict[str, StoredObject] = {}
        self.time = datetime(2001, 1, 1, tzinfo=UTC)
        self.heeds_conditions, self.loses_answers, self.fails = True, False, False
        self._versions = count(1)
        self._lock = Lock()

    def advance(self, seconds: float) -> None:
        """Let time pass in the store."""
        self.time += timedelta(seconds=seconds)

    def read(self, key: str) -> StoredObject | None:
        """Return an object; None where there is none."""
        self._ask()
        return self.objects.get(key)

    def create(self, key: str, content: bytes) -> str | None:
        """Write an object where there is none and return its version; None where there is one."""
        self._ask()
        with self._lock:
            return self._write(key, content, holds=key not in self.objects)

    def replace(self, key: str, content: bytes, version: str) -> str | None:
        """Write an object if the version is still the one given, and return the new one; else None."""
        self._ask()
        with self._lock:
            return self._write(
                key, content, holds=key in self.objects and self.objects[key].version == version
            )

    def now(self) -> datetime:
        """Return the present moment by the store's own clock."""
        self._ask()
        return self.time

    def _ask(self) -> None:
        if self.fails:
            raise LakeError("The store fails", where=self.where)

    def _write(self, key: str, content: bytes, *, holds: bool) -> str | None:
        if not holds and self.heeds_conditions:
            return None
        version = f"v{next(self._versions)}"
        self.objects[key] = StoredObject(content, version, self.time)
        return None if self.loses_answers else version


class Ticks:
    """Let a thread that waits go on when a test says so.

    Attributes:
        waits: the seconds of each wait.

    """

    def __init__(self) -> None:
        """Begin without a thread."""
        self.waits: list[float] = []
        self._ticks, self._waiting = Semaphore(0), Semaphore(0)

    def wait(self, stopped: Event, seconds: float) -> bool:
        """Wait for a tick, or until the event is set; tell whether it is."""
        self.waits.append(seconds)
        self._waiting.release()
        while not stopped.is_set():
            if self._ticks.acquire(timeout=0.005):
                return False
        return True

    def tick(self) -> None:
        """Let the thread do what it does between two waits, once."""
        self._until_waiting()
        self._ticks.release()
        self._until_waiting()
        self._waiting.release()

    def _until_waiting(self) -> None:
        assert self._waiting.acquire(timeout=30), "the thread has ended"
