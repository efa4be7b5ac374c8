"""What every lock does: one run at a time, and none for ever."""

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from streamvision.adapters.lake.conditional import LakeObjects
from streamvision.adapters.lake.object_store import ObjectStoreLake
from streamvision.adapters.lock.file import FileLock
from streamvision.adapters.lock.lease import LakeLease
from streamvision.domain.errors import RunInProgressError, Transient
from streamvision.ports.lock import RunLock
from tests.fakes.objects import InMemoryObjects
from tests.fakes.run import InMemoryRunLock

HOLDER = """
import sys
from pathlib import Path
from streamvision.adapters.lock.file import FileLock
with FileLock(Path(sys.argv[1])).hold("run-of-another", "run"):
    print("held", flush=True)
    sys.stdin.read()
"""


class _StopError(Exception):
    """What a run may raise."""


@pytest.fixture(params=["file", "memory", "lease in memory", "lease in s3"])
def lock(request: pytest.FixtureRequest, tmp_path: Path) -> RunLock:
    """Return a lock that nobody holds."""
    locks: dict[str, Callable[[], RunLock]] = {
        "file": lambda: FileLock(tmp_path / "home" / "run.lock"),
        "memory": InMemoryRunLock,
        "lease in memory": lambda: LakeLease(InMemoryObjects()),
        "lease in s3": lambda: LakeLease(LakeObjects(ObjectStoreLake(request.getfixturevalue("s3_url")))),
    }
    return locks[request.param]()


@contextmanager
def _held_by_another_process(path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(  # noqa: S603 - our own code, no shell
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_lock_can_be_held_again_after_it_was_let_go(lock: RunLock) -> None:
    """One run after the other."""
    for run_id in ("one", "two"):
        with lock.hold(run_id, "run"):
            pass


def test_a_second_run_is_told_of_the_first(lock: RunLock) -> None:
    """It is refused at once, which may pass, and the first goes on."""
    with lock.hold("one", "extract"):
        with pytest.raises(RunInProgressError, match="extract") as refusal, lock.hold("two", "run"):
            pytest.fail("two runs at once")
        assert isinstance(refusal.value, Transient)
    with lock.hold("two", "run"):
        pass


def test_a_run_that_fails_lets_go(lock: RunLock) -> None:
    """Its error is the caller's."""
    with pytest.raises(_StopError), lock.hold("one", "run"):
        raise _StopError
    with lock.hold("two", "run"):
        pass


def test_a_refused_run_does_not_let_go_of_the_first_ones_lock(lock: RunLock) -> None:
    """A third is refused as the second was."""
    with lock.hold("one", "run"):
        for _ in range(2):
            with pytest.raises(RunInProgressError), lock.hold("more", "run"):
                pytest.fail("two runs at once")


def test_a_holder_finds_that_it_holds_the_lock(lock: RunLock) -> None:
    """As often as it asks, and without a refused run's making a difference."""
    with lock.hold("one", "run"):
        lock.check()
        with pytest.raises(RunInProgressError), lock.hold("two", "run"):
            pytest.fail("two runs at once")
        lock.check()


def test_another_process_holds_it_too(tmp_path: Path) -> None:
    """The error names command, process and time of the one at work."""
    path = tmp_path / "run.lock"
    with _held_by_another_process(path) as other:
        with pytest.raises(RunInProgressError) as refusal, FileLock(path).hold("mine", "load"):
            pytest.fail("two runs at once")
        told = rf"`streamvision run`, process {other.pid}, since \d{{4}}-\d\d-\d\dT[\d:]+\+00:00"
        assert re.search(told, refusal.value.what)
        assert refusal.value.where == str(path)


def test_a_killed_process_lets_go(tmp_path: Path) -> None:
    """Nobody need remove a stale lock."""
    path = tmp_path / "run.lock"
    with _held_by_another_process(path) as other:
        other.send_signal(signal.SIGKILL)
        assert other.wait() == -signal.SIGKILL
        with FileLock(path).hold("mine", "load"):
            pass


def test_a_lock_whose_holder_has_written_nothing_yet_is_told_of(tmp_path: Path) -> None:
    """The moment between taking the lock and writing one's name is no reason to fail otherwise."""
    path = tmp_path / "run.lock"
    with _held_by_another_process(path):
        path.write_text("", encoding="utf-8")
        with pytest.raises(RunInProgressError, match="just begun"), FileLock(path).hold("mine", "load"):
            pytest.fail("two runs at once")
