"""However the changes of a table come, the warehouse knows each row as it was after every batch."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from streamvision.adapters.warehouse.duckdb.warehouse import DuckDBWarehouse
from streamvision.domain.batch import Batch
from streamvision.domain.changes import MOVED_FROM, OPERATION, POSITION, UNCHANGED, Mode
from tests.fakes.building import DAY, LOADED_AT, RUN_ID, Row, column, contract, incoming_batch, incoming_table
from tests.fakes.fold import State, after_changes, key_of
from tests.property.bounded import bounded

NOTES = contract(
    "notes",
    column("id", "integer"),
    column("part", "text"),
    column("size", "integer", min=0),
    column("body", "text", nullable=True),
    column("picture", "bytea", nullable=True),
    key=("id", "part"),
)
LARGE = ("body", "picture")
_ids, _parts = st.integers(1, 4), st.sampled_from(["", "b"])
_bodies, _pictures = st.sampled_from([None, "", "x", "y"]), st.sampled_from([None, b"", b"\x00z"])


@dataclass
class Story:
    """Change a table as its users do, and keep what the source's log says of it.

    Attributes:
        states: the rows after each batch.
        batches: what each batch brings.
        seen: every row that the table ever held.

    """

    rows: dict[tuple[object, ...], Row] = field(default_factory=dict)
    log: list[Row] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    batches: list[tuple[Mode, list[Row]]] = field(default_factory=list)
    seen: list[Row] = field(default_factory=list)
    position: int = 0

    def put(self, row: Row, before: Row | None = None) -> None:
        """Insert a row, or update the one before, to which it may give another key."""
        written: dict[str, object] = {OPERATION: "insert" if before is None else "update", **row}
        if before is not None:
            same = [name for name in LARGE if before[name] == row[name] and row[name] is not None]
            written |= dict.fromkeys(same) | {UNCHANGED: json.dumps(same) if same else None}
            if (old := key_of(NOTES, before)) != key_of(NOTES, row):
                self.remove(old)
                written[MOVED_FROM] = self.position
        self._write(written)
        self.rows[key_of(NOTES, row)] = row
        self.seen.append(row)

    def remove(self, key: tuple[object, ...]) -> None:
        """Delete a row."""
        del self.rows[key]
        self._write({OPERATION: "delete", **dict(zip(NOTES.key, key, strict=True))})

    def truncate(self) -> None:
        """Delete all rows."""
        self.rows.clear()
        self._write({OPERATION: "truncate"})

    def end_batch(self, mode: Mode) -> None:
        """Have a batch bring what happened since the one before, or all rows."""
        brought = list(self.rows.values()) if mode == "snapshot" else self.log
        self.batches.append((mode, brought))
        self.states.append(dict(self.rows))
        self.log = []

    def _write(self, change: Row) -> None:
        self.position += 1
        self.log.append({**change, POSITION: self.position})


@st.composite
def stories(draw: st.DrawFn, sizes: st.SearchStrategy[int]) -> Story:
    """Draw what happens to a table over several batches."""
    story = Story()
    for _ in range(draw(st.integers(1, 4))):
        for _ in range(draw(st.integers(0, 9))):
            _happen(draw, story, sizes)
        story.end_batch(draw(st.sampled_from(["changes", "changes", "snapshot"])))
    return story


def _happen(draw: st.DrawFn, story: Story, sizes: st.SearchStrategy[int]) -> None:
    kind = draw(st.sampled_from(["put", "put", "put", "update", "update", "move", "delete", "truncate"]))
    key = (draw(_ids), draw(_parts))
    old = story.rows.get(key)
    row = {
        "id": key[0],
        "part": key[1],
        "size": draw(sizes),
        "body": draw(_bodies),
        "picture": draw(_pictures),
    }
    if kind == "truncate":
        story.truncate()
    elif kind == "delete" and old is not None:
        story.remove(key)
    elif kind == "move" and story.rows and old is None:
        before = story.rows[draw(st.sampled_from(sorted(story.rows, key=str)))]
        story.put({**before, "id": key[0], "part": key[1], "size": row["size"]}, before)
    elif kind == "update" and old is not None:
        story.put({**old, "size": row["size"]}, old)
    elif kind == "put":
        story.put(row, old)


class _Told:
    """Hold a warehouse that was told a story."""

    def __init__(self, folder: Path, story: Story) -> None:
        self._path = folder / "w.duckdb"
        self.batch_ids: list[str] = []
        self.warehouse = DuckDBWarehouse(f"duckdb://{self._path}")
        for number, (mode, rows) in enumerate(story.batches):
            batch = Batch(DAY + timedelta(days=number))
            table = incoming_table(folder, NOTES, rows, batch=batch, mode=mode)
            self.warehouse.load(
                incoming_batch(table, batch=batch),
                run_id=RUN_ID,
                loaded_at=LOADED_AT,
                keep_quarantined=lambda _table, _path: None,
            )
            self.batch_ids.append(batch.id)

    def rows(self, sql: str) -> list[Mapping[str, object]]:
        with duckdb.connect(str(self._path), read_only=True) as connection:
            found: list[Mapping[str, object]] = connection.sql(sql).to_arrow_table().to_pylist()
        return found

    def as_of(self, batch_id: str) -> State:
        names = ", ".join(NOTES.column_names)
        found = self.rows(
            f"select {names} from raw.notes__versions where _valid_from_batch <= '{batch_id}'"  # noqa: S608 - names from above
            f" and (_valid_to_batch is null or _valid_to_batch > '{batch_id}')"
        )
        state = {key_of(NOTES, row): row for row in found}
        assert len(state) == len(found)
        return state


@bounded(40)
@given(stories(st.integers(0, 3)))
def test_versions_tell_every_batch(story: Story) -> None:
    """As of each batch they are what the source held, whether it was read whole or as changes."""
    with TemporaryDirectory() as folder:
        told = _Told(Path(folder), story)
        state: State = {}
        for batch_id, (mode, rows), held in zip(told.batch_ids, story.batches, story.states, strict=True):
            complete = [{name: row.get(name) for name in [*NOTES.column_names, *row]} for row in rows]
            if mode == "changes":
                state = after_changes(state, NOTES, complete)
            else:
                state = {key_of(NOTES, row): row for row in complete}
            assert state == held
            assert told.as_of(batch_id) == held
        assert all(account.quarantined_rows == 0 for account in told.warehouse.accounts())
        repeated = told.rows(
            "select 1 from raw.notes__versions group by id, part, _valid_from_batch having count(*) > 1"
        )
        assert repeated == []


@bounded(40)
@given(stories(st.integers(-1, 2)))
def test_versions_are_never_put_together_from_several(story: Story) -> None:
    """With changes missing that are in quarantine, each version is still a row that there was, whole."""
    with TemporaryDirectory() as folder:
        told = _Told(Path(folder), story)
        versions = told.rows(f"select {', '.join(NOTES.column_names)} from raw.notes__versions")  # noqa: S608 - names from above
        assert all(version in story.seen and version["size"] != -1 for version in versions)
        for account, (_, rows) in zip(told.warehouse.accounts(), story.batches, strict=True):
            assert account.balances
            assert account.extracted_rows == len(rows)
