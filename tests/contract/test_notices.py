"""What everything that remembers what was told does."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from streamvision.adapters.notifier.notices_file import NoticesFile
from streamvision.domain.errors import HomeError
from streamvision.domain.notice import Notice
from streamvision.ports.notifier import Notices
from tests.fakes.notifier import InMemoryNotices
from tests.support.cli import killed_when

NOW = datetime(2026, 3, 15, 6, 0, 0, 123456, tzinfo=UTC)
NOTICE = Notice(NOW, NOW + timedelta(hours=1), NOW + timedelta(hours=2), 7)

_COUNTS = """
import sys
from dataclasses import replace
from pathlib import Path
from streamvision.adapters.notifier.notices_file import NoticesFile
from tests.contract.test_notices import NOTICE
for _ in range(50):
    with NoticesFile(Path(sys.argv[1])).opened() as told:
        known = told.setdefault("mail", {}).setdefault("k", replace(NOTICE, held_back=0))
        told["mail"]["k"] = replace(known, held_back=known.held_back + 1)
"""
_HOLDS = """
import sys
from pathlib import Path
from streamvision.adapters.notifier.notices_file import NoticesFile
with NoticesFile(Path(sys.argv[1])).opened() as told:
    told["mail"] = {}
    Path(sys.argv[2]).touch()
    sys.stdin.read()
"""
_WITHOUT_ZONES = b"""{"mail": {"k": {"first_at": "2026-03-15T06:00:00", "told_at": "2026-03-15T06:00:00",
    "seen_at": "2026-03-15T06:00:00", "held_back": 0}}}"""


@pytest.fixture(params=["file", "memory"])
def again(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Notices]:
    """Return what opens the same memory as another process would."""
    if request.param == "file":
        return lambda: NoticesFile(tmp_path / "home" / "notices" / "local.json")
    memory = InMemoryNotices()
    return lambda: memory


def test_at_first_nothing_was_told(again: Callable[[], Notices]) -> None:
    """Nor is anything made up."""
    with again().opened() as told:
        assert told == {}


def test_what_a_block_leaves_is_there_for_the_next(again: Callable[[], Notices]) -> None:
    """To the microsecond, and what it takes out is gone."""
    with again().opened() as told:
        told["1 mailto"] = {"failed/run/größe": NOTICE, "k": NOTICE}
    with again().opened() as told:
        assert told == {"1 mailto": {"failed/run/größe": NOTICE, "k": NOTICE}}
        del told["1 mailto"]["k"]
    with again().opened() as told:
        assert told == {"1 mailto": {"failed/run/größe": NOTICE}}


def test_what_was_told_before_an_error_is_remembered(again: Callable[[], Notices]) -> None:
    """It was told."""

    def fail() -> None:
        with again().opened() as told:
            told["mail"] = {"k": NOTICE}
            raise ValueError("it broke")

    with pytest.raises(ValueError, match="it broke"):
        fail()
    with again().opened() as told:
        assert told == {"mail": {"k": NOTICE}}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'{"mail": []}',
        b'{"mail": {"k": {}}}',
        _WITHOUT_ZONES,
    ],
)
def test_a_damaged_file_counts_as_nothing_told(tmp_path: Path, content: bytes) -> None:
    """People hear of a trouble once more, and the file is mended."""
    path = tmp_path / "local.json"
    path.write_bytes(content)
    with NoticesFile(path).opened() as told:
        assert told == {}
        told["mail"] = {"k": NOTICE}
    with NoticesFile(path).opened() as told:
        assert told == {"mail": {"k": NOTICE}}


def test_two_processes_take_turns(tmp_path: Path) -> None:
    """Nothing that either remembers is lost."""
    path = tmp_path / "local.json"
    command = [sys.executable, "-c", _COUNTS, str(path)]
    root = Path(__file__).parents[2]
    processes = [subprocess.Popen(command, cwd=root) for _ in range(2)]  # noqa: S603 - our own code, no shell
    assert [process.wait() for process in processes] == [0, 0]
    with NoticesFile(path).opened() as told:
        assert told["mail"]["k"].held_back == 100


def test_a_kill_lets_the_next_one_in(tmp_path: Path) -> None:
    """What was told before is as it was."""
    path, held = tmp_path / "local.json", tmp_path / "held"
    with NoticesFile(path).opened() as told:
        told["mail"] = {"k": NOTICE}
    with subprocess.Popen(  # noqa: S603 - our own code, no shell
        [sys.executable, "-c", _HOLDS, str(path), str(held)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        killed_when(process, held.exists)
    with NoticesFile(path).opened() as told:
        assert told == {"mail": {"k": NOTICE}}


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """As an error of the home."""
    (tmp_path / "file").touch()
    with (
        pytest.raises(HomeError, match="cannot be written"),
        NoticesFile(tmp_path / "file" / "x.json").opened(),
    ):
        pass
