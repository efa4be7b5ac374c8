"""What is released comes to what would be there had nothing ever been in quarantine."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, note
from hypothesis import strategies as st

from streamvision.domain.batch import Batch
from streamvision.domain.decision import Decision
from streamvision.ports.warehouse import IncomingTable
from tests.contract.warehouses import Subject, duckdb_subject
from tests.fakes.building import DAY, LOADED_AT, Row, column, contract, incoming_batch, incoming_table
from tests.property.bounded import bounded

STRICT = contract(
    "wide", column("id", "bigint"), column("name", "text"), column("body", "text", nullable=True)
)
MENDED = replace(STRICT, columns=tuple(replace(each, nullable=each.name != "id") for each in STRICT.columns))
IDS = (1, 2)
_STEPS = st.lists(
    st.tuples(st.sampled_from(IDS), st.sampled_from(["write", "keep", "delete", "truncate"]), st.booleans()),
    max_size=4,
)


def _changes(rows: dict[int, str], steps: list[tuple[int, str, bool]], number: int) -> list[Row]:
    """Return changes as a source would tell them, and bring its rows forward."""
    told: list[Row] = []
    for place, (id_, what, is_bad) in enumerate(steps):
        name = None if is_bad else f"name {number}.{place}"
        there = id_ in rows
        if what == "truncate":
            told.append({"_operation": "truncate"})
            rows.clear()
        elif what == "delete" and there:
            told.append({"id": id_, "_operation": "delete"})
            del rows[id_]
        elif what == "keep" and there:
            told.append({"id": id_, "name": name, "_operation": "update", "_unchanged": '["body"]'})
        elif what in {"write", "keep"}:
            rows[id_] = f"body {number}.{place}"
            operation = "update" if there else "insert"
            told.append({"id": id_, "name": name, "body": rows[id_], "_operation": operation})
    return told


def _batches(folder: Path, days: list[list[tuple[int, str, bool]]]) -> list[tuple[Batch, IncomingTable]]:
    bodies = {1: "first"}
    found = []
    for number, steps in enumerate(days):
        batch = Batch(DAY + timedelta(days=number))
        picture: list[Row] = [{"id": 1, "name": "Ada", "body": "first"}]
        if number == 0:
            table = incoming_table(folder, STRICT, picture, batch=batch)
        else:
            rows = _changes(bodies, steps, number)
            table = incoming_table(folder, STRICT, rows, batch=batch, mode="changes")
        found.append((batch, table))
    return found


def _loaded(path: Path, batches: list[tuple[Batch, IncomingTable]], *, mended: bool) -> Subject:
    subject = duckdb_subject(path)
    for batch, table in batches:
        subject.load(batch, replace(table, contract=MENDED) if mended else table)
    return subject


@bounded(40)
@given(days=st.lists(_STEPS, min_size=2, max_size=4))
def test_a_release_comes_to_what_would_have_been(days: list[list[tuple[int, str, bool]]]) -> None:
    """Unless a row has to wait since a value is not known; then nothing wrong is current in its place."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        batches = _batches(folder, days)
        subject = _loaded(folder / "strict.duckdb", batches, mended=False)
        expected = _loaded(folder / "mended.duckdb", batches, mended=True).current("wide")
        newest = batches[-1][0].id
        decision = Decision(
            f"{newest}_0001", "release", "", "run", LOADED_AT, newest, "postgres-1-2",
            tuple(subject.warehouse.open_rows()),
        )  # fmt: skip
        mended = [incoming_batch(replace(table, contract=MENDED), batch=batch) for batch, table in batches]
        before = subject.current("wide")
        decided = subject.warehouse.release(decision, mended, released_at=LOADED_AT)
        note(f"{decided}")
        assert all(account.balances for account in subject.warehouse.accounts())
        found = subject.current("wide")
        if not any(each.still_broken for each in decided):
            assert found == expected
        assert all(row in expected or row in before for row in found)
