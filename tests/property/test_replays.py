"""Whatever was loaded twice, taken back, decided or killed: what is there is what the lake says."""

from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
from hypothesis import given, note
from hypothesis import strategies as st

from streamvision.adapters.lake.folder import FolderLake
from streamvision.adapters.warehouse.duckdb.warehouse import DuckDBWarehouse
from streamvision.domain.batch import Batch
from streamvision.domain.errors import StreamVisionError
from streamvision.pipeline.load.decisions import Choice, Decisions
from streamvision.pipeline.load.replay import rebuild, replay
from streamvision.pipeline.load.step import LoadedBatch, load
from streamvision.ports.lake import Lake
from streamvision.ports.warehouse import Warehouse
from tests.fakes.building import DAY, LOADED_AT, RUN_ID
from tests.fakes.chain import add_batch
from tests.fakes.lake import InterruptedLake
from tests.property.bounded import bounded
from tests.property.test_versions import NOTES, Story, stories

_DUMPED = {
    "raw.notes": "* exclude (_loaded_at)",
    'raw."notes__versions"': "*",
    "quarantine.rows": "* exclude (quarantined_at)",
    "ops.batches": "* exclude (loaded_at, run_id)",
    "ops.decisions": "*",
}
_NUMBERS = st.integers(0, 3)
_ACTS = st.lists(
    st.tuples(
        st.sampled_from(["load", "load", "replay", "replay", "rebuild", "release", "drop"]),
        _NUMBERS,
        _NUMBERS,
        # How many operations of the lake succeed before the process dies; None where it lives.
        st.one_of(st.none(), st.integers(0, 40)),
    ),
    max_size=6,
)
Act = tuple[str, int, int, int | None]


class _Stage:
    """Hold a lake with a story's batches, and a warehouse that things are done to."""

    def __init__(self, folder: Path, story: Story) -> None:
        self._path = folder / "w.duckdb"
        self.lake = FolderLake((folder / "lake").as_uri())
        self.warehouse = DuckDBWarehouse(f"duckdb://{self._path}")
        self.days = [Batch(DAY + timedelta(days=number)) for number in range(len(story.batches))]
        for day, (mode, rows) in zip(self.days, story.batches, strict=True):
            add_batch(self.lake, day, (NOTES, mode, rows))

    def day(self, number: int) -> Batch:
        """Return a day of the story; the last one for any number beyond."""
        return self.days[min(number, len(self.days) - 1)]

    def do(self, act: Act) -> None:
        """Do one thing, and let it be killed."""
        what, one, other, operations = act
        lake = self.lake if operations is None else InterruptedLake(self.lake, operations)
        first, last = sorted([self.day(one), self.day(other)])

        def loading(warehouse: Warehouse, until: Batch) -> list[LoadedBatch]:
            return _load(lake, warehouse, until)

        # What is refused, and what is killed, must leave nothing behind; that is what is tested.
        with suppress(StreamVisionError):
            if what == "load":
                loading(self.warehouse, last)
            elif what == "replay":
                replay(lake, self.warehouse, loading, first=first, last=last)
            elif what == "rebuild":
                rebuild(lake, self.warehouse, loading, until=last)
            else:
                decisions = Decisions(lake, self.warehouse, [NOTES], lambda: LOADED_AT)
                decisions.decide(
                    "release" if what == "release" else "drop", Choice(), reason="drawn", run_id=RUN_ID
                )

    def dump(self) -> dict[str, list[str]]:
        """Return all that is kept, but for when and by which run."""
        with duckdb.connect(str(self._path), read_only=True) as connection:
            return {
                table: sorted(map(repr, connection.sql(f"select {columns} from {table}").fetchall()))  # noqa: S608 - names from above
                for table, columns in _DUMPED.items()
            }


def _load(lake: Lake, warehouse: Warehouse, until: Batch) -> list[LoadedBatch]:
    return load(lake, warehouse, [NOTES], until=until, run_id=RUN_ID, loaded_at=lambda: LOADED_AT)


@bounded(40)
@given(stories(st.integers(-1, 3)), _ACTS)
def test_any_order_of_loads_replays_decisions_and_kills_comes_to_the_same(
    story: Story, acts: list[Act]
) -> None:
    """The warehouse is the one that a single load of the lake makes; without bad rows, it is the source."""
    with TemporaryDirectory() as folder:
        stage = _Stage(Path(folder), story)
        for act in acts:
            note(repr(act))
            stage.do(act)
        _load(stage.lake, stage.warehouse, stage.days[-1])
        disturbed = stage.dump()
        with stage.warehouse.anew() as fresh:
            _load(stage.lake, fresh, stage.days[-1])
        assert disturbed == stage.dump()
        assert all(account.balances for account in stage.warehouse.accounts())
        if not any(account.quarantined_rows for account in stage.warehouse.accounts()):
            _assert_is(stage, story)


def _assert_is(stage: _Stage, story: Story) -> None:
    with duckdb.connect(str(stage.warehouse.path), read_only=True) as connection:
        names = ", ".join(NOTES.column_names)
        current = connection.sql(
            f'select {names} from raw."notes__versions" where _valid_to_batch is null'  # noqa: S608 - names from above
        ).fetchall()
    held = [tuple(row[name] for name in NOTES.column_names) for row in story.states[-1].values()]
    assert sorted(map(repr, current)) == sorted(map(repr, held))
