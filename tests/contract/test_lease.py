"""The lease on a lake in an object store: one holder at a time, and none for ever."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from threading import Barrier, Lock, Thread

import pytest

from streamvision.adapters.lake.conditional import LakeObjects
from streamvision.adapters.lake.object_store import ObjectStoreLake
from streamvision.adapters.lock.lease import KEY, SECONDS_TO_LIVE, LakeLease
from streamvision.domain.errors import (
    LakeError,
    LeaseLostError,
    RunInProgressError,
    Terminal,
    WrongUseError,
)
from streamvision.ports.objects import ConditionalObjects
from tests.contract.test_object_store import IMPATIENT
from tests.fakes.objects import InMemoryObjects, Ticks
from tests.support.azure import AZURITE
from tests.support.object_store import FlakyStore, StandIn

HOLDER = """
import sys
from streamvision.adapters.lake.conditional import LakeObjects
from streamvision.adapters.lake.object_store import ObjectStoreLake
from streamvision.adapters.lock.lease import LakeLease
with LakeLease(LakeObjects(ObjectStoreLake(sys.argv[1]))).hold("run-of-another", "run"):
    print("held", flush=True)
    sys.stdin.read()
"""


class _LaterObjects(LakeObjects):
    """Reckon as if the store's clock had gone on."""

    seconds = 0.0

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self.seconds)


@pytest.fixture
def objects() -> InMemoryObjects:
    """Return a store in memory."""
    return InMemoryObjects()


@pytest.fixture(params=["memory", "s3", *(["az"] if AZURITE else [])])
def any_objects(request: pytest.FixtureRequest) -> ConditionalObjects:
    """Return an empty store."""
    if request.param == "memory":
        return InMemoryObjects()
    return LakeObjects(ObjectStoreLake(request.getfixturevalue(f"{request.param}_url")))


@pytest.fixture
def ticks() -> Ticks:
    """Return what the renewing thread waits for."""
    return Ticks()


def _refused(lease: LakeLease) -> RunInProgressError:
    with pytest.raises(RunInProgressError) as refusal, lease.hold("two", "load"):
        pytest.fail("two runs at once")
    return refusal.value


def test_an_object_is_written_on_conditions(any_objects: ConditionalObjects) -> None:
    """Made where there is none, replaced where it is still what was read, and otherwise left alone."""
    assert any_objects.read("a") is None
    assert any_objects.replace("a", b"zero", '"none"') is None
    first = any_objects.create("a", b"one")
    assert first is not None
    assert any_objects.create("a", b"two") is None
    second = any_objects.replace("a", b"three", first)
    assert second is not None
    assert any_objects.replace("a", b"four", first) is None
    found = any_objects.read("a")
    assert found is not None
    assert (found.content, found.version) == (b"three", second)
    assert timedelta(0) <= any_objects.now() - found.written_at < timedelta(minutes=1)


def test_a_refused_run_is_told_who_holds_the_lease_and_when_it_ends(objects: InMemoryObjects) -> None:
    """Command, process and machine; and what to do if that run is dead."""
    with LakeLease(objects).hold("one", "extract"):
        error = _refused(LakeLease(objects))
    assert "`streamvision extract`, process" in error.what
    assert f"{SECONDS_TO_LIVE} seconds after its last sign of life" in error.next_command


def test_a_lease_that_is_not_renewed_ends(objects: InMemoryObjects, ticks: Ticks) -> None:
    """By the store's clock, which here is decades behind this machine's; not a second too early."""
    with LakeLease(objects, wait=ticks.wait).hold("dead", "run"):
        objects.advance(SECONDS_TO_LIVE + 1)
        _refused(LakeLease(objects))
        objects.advance(1)
        with LakeLease(objects).hold("two", "load"):
            _refused(LakeLease(objects))


def test_the_holder_says_how_long_its_lease_lives(objects: InMemoryObjects, ticks: Ticks) -> None:
    """Whoever wants to take it keeps to that, not to a time of its own."""
    with LakeLease(objects, seconds_to_live=600, wait=ticks.wait).hold("one", "run"):
        objects.advance(500)
        _refused(LakeLease(objects, seconds_to_live=10))


def test_a_lease_that_is_renewed_goes_on(objects: InMemoryObjects, ticks: Ticks) -> None:
    """For as long as the run takes; it is renewed three times in its life."""
    with LakeLease(objects, wait=ticks.wait).hold("one", "run"):
        for _ in range(5):
            objects.advance(SECONDS_TO_LIVE - 10)
            ticks.tick()
            _refused(LakeLease(objects))
    assert set(ticks.waits) == {SECONDS_TO_LIVE / 3}


def test_a_check_renews(objects: InMemoryObjects, ticks: Ticks) -> None:
    """So that what follows it has the lease's whole life before it."""
    lease = LakeLease(objects, wait=ticks.wait)
    with lease.hold("one", "run"):
        objects.advance(SECONDS_TO_LIVE * 3)
        lease.check()
        objects.advance(SECONDS_TO_LIVE)
        _refused(LakeLease(objects))
    lease.check()


def test_a_run_that_lost_its_lease_is_told(objects: InMemoryObjects, ticks: Ticks) -> None:
    """Who has it now; another try of the same run makes no sense. Its end does not disturb the other."""
    lease = LakeLease(objects, wait=ticks.wait)
    with ExitStack() as other:
        with lease.hold("one", "run"):
            objects.advance(SECONDS_TO_LIVE * 2)
            other.enter_context(LakeLease(objects, wait=Ticks().wait).hold("two", "load"))
            for _ in range(2):
                with pytest.raises(LeaseLostError, match="`streamvision load`") as lost:
                    lease.check()
            assert isinstance(lost.value, Terminal)
        _refused(LakeLease(objects))


def test_a_run_whose_lease_was_removed_is_told(objects: InMemoryObjects, ticks: Ticks) -> None:
    """Nobody knows who has had it since."""
    lease = LakeLease(objects, wait=ticks.wait)
    with lease.hold("one", "run"):
        del objects.objects[KEY]
        with pytest.raises(LeaseLostError, match="removed"):
            lease.check()


def test_a_store_that_fails_for_a_while_does_not_end_a_lease(objects: InMemoryObjects, ticks: Ticks) -> None:
    """It is renewed when the store works again, for which it is tried more often."""
    lease = LakeLease(objects, wait=ticks.wait)
    with lease.hold("one", "run"):
        objects.fails = True
        ticks.tick()
        with pytest.raises(LakeError):
            lease.check()
        objects.fails = False
        objects.advance(SECONDS_TO_LIVE - 1)
        ticks.tick()
        objects.advance(SECONDS_TO_LIVE - 1)
        _refused(LakeLease(objects))
        lease.check()
    assert ticks.waits == [SECONDS_TO_LIVE / 3, SECONDS_TO_LIVE / 12, SECONDS_TO_LIVE / 3]


def test_a_run_ends_although_the_store_fails(objects: InMemoryObjects, ticks: Ticks) -> None:
    """What was done is done; the lease ends by itself."""
    with LakeLease(objects, wait=ticks.wait).hold("one", "run"):
        objects.fails = True
    objects.fails = False
    _refused(LakeLease(objects))
    objects.advance(SECONDS_TO_LIVE + 2)
    with LakeLease(objects).hold("two", "run"):
        pass


def test_a_write_whose_answer_is_lost_counts(objects: InMemoryObjects, ticks: Ticks) -> None:
    """A store that repeats a write refuses the second one for the first one's sake."""
    lease = LakeLease(objects, wait=ticks.wait)
    objects.loses_answers = True
    with lease.hold("one", "run"):
        lease.check()
        ticks.tick()
        lease.check()
        _refused(LakeLease(objects))
    with lease.hold("two", "run"):
        pass


@pytest.mark.parametrize("content", [b"", b"not json", b"[]", b"{}", b'{"seconds_to_live": "soon"}'])
def test_a_lease_that_nobody_can_read_ends_too(objects: InMemoryObjects, content: bytes) -> None:
    """Whoever wrote it."""
    objects.create(KEY, content)
    assert "does not say who it is" in _refused(LakeLease(objects)).what
    objects.advance(SECONDS_TO_LIVE + 2)
    with LakeLease(objects).hold("two", "run"):
        pass


def test_a_store_that_does_not_heed_conditions_is_refused(objects: InMemoryObjects) -> None:
    """Rather than let two runs believe that each is alone."""
    objects.heeds_conditions = False
    with pytest.raises(WrongUseError, match="conditions"), LakeLease(objects).hold("one", "run"):
        pytest.fail("a lease that keeps nobody out")


def test_a_lease_holds_no_secret_and_says_who(objects: InMemoryObjects) -> None:
    """It can be read by whoever reads the lake."""
    with LakeLease(objects).hold("r-1", "run"):
        told = json.loads(objects.objects[KEY].content)
    assert (told["run_id"], told["command"], told["seconds_to_live"]) == ("r-1", "run", SECONDS_TO_LIVE)
    assert set(told) == {
        "run_id", "command", "host", "pid", "since", "seconds_to_live", "token", "writes",
    }  # fmt: skip


def test_of_many_that_begin_at_once_one_succeeds(objects: InMemoryObjects) -> None:
    """However the first lease comes about: made, or taken from the run before."""
    for _ in range(2):
        assert sorted(_race(objects, 6)) == ["held", *["refused"] * 5]


def _race(objects: ConditionalObjects, runs: int) -> list[str]:
    begun, ended = Barrier(runs), Barrier(runs)
    outcomes: list[str] = []

    def run(number: int) -> None:
        begun.wait(30)
        try:
            with LakeLease(objects, wait=Ticks().wait).hold(f"r-{number}", "run"):
                outcomes.append("held")
                ended.wait(30)
        except RunInProgressError:
            outcomes.append("refused")
            ended.wait(30)

    threads = [Thread(target=run, args=(number,)) for number in range(runs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_a_killed_process_holds_the_lease_until_it_ends(s3_url: str) -> None:
    """Nobody need remove it; the store's clock says when."""
    objects = _LaterObjects(ObjectStoreLake(s3_url))
    with subprocess.Popen(  # noqa: S603 - our own code, no shell
        [sys.executable, "-c", HOLDER, s3_url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        assert f"process {process.pid} on" in _refused(LakeLease(objects)).what
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    _refused(LakeLease(objects))
    objects.seconds = SECONDS_TO_LIVE + 60.0
    with LakeLease(objects).hold("two", "run"):
        pass


@pytest.fixture
def flaky(stand_in: StandIn, aws: Callable[[str], None]) -> Iterator[tuple[FlakyStore, LakeObjects]]:
    """Return a store that fails when it is told to, and what writes to it."""
    store = FlakyStore(stand_in.address)
    with store.serving() as address:
        aws(address)
        lake = ObjectStoreLake(f"s3://{stand_in.new_bucket()}/lake", patience=IMPATIENT)
        yield store, LakeObjects(lake)


@pytest.mark.parametrize("request_number", range(6))
def test_a_run_holds_its_lease_whichever_answer_is_lost(
    flaky: tuple[FlakyStore, LakeObjects], request_number: int
) -> None:
    """Of a real exchange over the network: taking, proving the store, checking, and releasing."""
    store, objects = flaky
    lease = LakeLease(objects, wait=Ticks().wait)
    store.fail("lose the answer", 1, skip=request_number)
    with lease.hold("one", "run"):
        lease.check()
        _refused(LakeLease(objects, wait=Ticks().wait))
    with lease.hold("two", "run"):
        lease.check()
    assert store.failed == 1


def test_of_many_that_begin_at_once_over_the_network_one_succeeds(
    flaky: tuple[FlakyStore, LakeObjects], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As S3 does, and the stand-in behind does not, one write is done after the other."""
    store, objects = flaky
    lock, pass_on = Lock(), store.ask_behind

    def one_after_the_other(
        method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        with lock:
            return pass_on(method, path, body, headers)

    monkeypatch.setattr(store, "ask_behind", one_after_the_other)
    for _ in range(2):
        assert sorted(_race(objects, 6)) == ["held", *["refused"] * 5]
