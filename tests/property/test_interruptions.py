"""Whenever a run breaks off: run again, it gives what an undisturbed run gives."""

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from streamvision.domain.batch import FileFormat
from streamvision.domain.errors import LakeError
from tests.fakes.building import Row
from tests.fakes.lake import InterruptedLake
from tests.property.bounded import bounded
from tests.property.world import World, formats, services

BROKEN: Row = {"id": None, "country": "DE", "is_done": False}


@bounded(18)
@given(
    service=services(),
    file_format=formats,
    operations=st.lists(st.integers(0, 80), min_size=1, max_size=3),
    with_broken=st.booleans(),
)
def test_interrupted_runs_leave_what_an_undisturbed_one_leaves(
    service: dict[str, list[Row]], file_format: FileFormat, operations: list[int], *, with_broken: bool
) -> None:
    """The same files byte for byte and the same rows, after any number of attempts."""
    if with_broken:
        service = {**service, "plays": [*service["plays"], BROKEN]}
    with TemporaryDirectory() as folder:
        calm, disturbed = World(Path(folder) / "calm"), World(Path(folder) / "disturbed")
        calm.run(service, file_format)
        for count in operations:
            with suppress(LakeError):
                disturbed.run(service, file_format, InterruptedLake(disturbed.lake, count))
        disturbed.run(service, file_format)
        assert disturbed.held() == calm.held()


@bounded(6)
@given(service=services(), file_format=formats)
def test_a_day_done_again_changes_nothing(service: dict[str, list[Row]], file_format: FileFormat) -> None:
    """Neither a file nor a row, whatever the source shows by then."""
    with TemporaryDirectory() as folder:
        world = World(Path(folder))
        world.run(service, file_format)
        before = world.held()
        world.run({"plans": [], "plays": []}, file_format)
        assert world.held() == before
