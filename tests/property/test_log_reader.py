"""Whatever changes the log has, and however it is cut into stretches: the rows are those told one by one."""

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from streamvision.domain.contract import Contract
from tests.fakes.building import column, contract
from tests.property.bounded import bounded
from tests.support import pgoutput_bytes as written
from tests.support.pgoutput_bytes import UNCHANGED, Value
from tests.unit.source.reading import Taken

Row = dict[str, Any]
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=6)
optional = st.none() | texts
keys = st.sampled_from(["", "a", "b", "Ünï"])
TABLES = {
    21: contract("first", column("k", "text"), column("x", "text"), column("y", "text"), key=("k",)),
    22: contract("second", column("x", "text"), column("k2", "text"), column("k1", "text"), key=("k1", "k2")),
    # Nobody wants this one.
    23: contract("third", column("k", "text"), key=("k",)),
}
WANTED = (21, 22)


@dataclass(frozen=True)
class Change:
    """One message, and the rows that come of it, without their positions."""

    number: int
    message: bytes
    rows: tuple[Row, ...]


@st.composite
def changes(draw: st.DrawFn) -> Change:
    """Draw a change to one of the tables."""
    number = draw(st.sampled_from(sorted(TABLES)))
    table = TABLES[number]
    new = {name: draw(keys if name in table.key else optional) for name in table.column_names}
    kind = draw(st.sampled_from(["insert", "update", "delete", "truncate"]))
    if kind == "truncate":
        return Change(number, written.truncate(number), ({"_operation": kind},))
    if kind == "insert":
        return Change(number, written.insert(number, *new.values()), ({**new, "_operation": kind},))
    old = {name: draw(keys if name in table.key else optional) for name in table.column_names}
    told = draw(st.sampled_from(["key", "old"] if kind == "delete" else ["key", "old", "nothing"]))
    key = {name: old[name] if name in table.key else None for name in table.column_names}
    before = {"key": {"key": tuple(key.values())}, "old": {"old": tuple(old.values())}, "nothing": {}}[told]
    removed = {**{name: old[name] for name in table.key}, "_operation": "delete"}
    if kind == "delete":
        return Change(number, written.delete(number, **before), (removed,))
    return _update(draw, number, new, old, told, removed)


def _update(draw: st.DrawFn, number: int, new: Row, old: Row, told: str, removed: Row) -> Change:
    table = TABLES[number]
    others = [name for name in table.column_names if name not in table.key]
    kept = [name for name in others if draw(st.booleans()) and (told != "old" or old[name] is not None)]
    values: dict[str, Value] = {**new, **dict.fromkeys(kept, UNCHANGED)}
    known = {name: old[name] if told == "old" else None for name in kept}
    row = {**new, **known, "_operation": "update"}
    if kept and told != "old":
        row["_unchanged"] = json.dumps(kept, ensure_ascii=False)
    key = tuple(old[name] if name in table.key else None for name in table.column_names)
    before = {"key": {"key": key}, "old": {"old": tuple(old.values())}, "nothing": {}}[told]
    message = written.update(number, *values.values(), **before)
    is_moved = told != "nothing" and any(new[name] != old[name] for name in table.key)
    return Change(number, message, (removed, row) if is_moved else (row,))


def expected(transactions: list[list[Change]]) -> dict[str, list[Row]]:
    """Tell the rows one by one."""
    found: dict[str, list[Row]] = {}
    position = 0
    for place, transaction in enumerate(transactions, start=1):
        for change in transaction:
            if change.number not in WANTED:
                continue
            for row in change.rows:
                technical: Row = {"_position": position, "_commit_lsn": 10 * place}
                if row["_operation"] == "update" and len(change.rows) > 1:
                    technical["_moved_from"] = position - 1
                found.setdefault(TABLES[change.number].table, []).append({**row, **technical})
                position += 1
    return found


def messages_of(transactions: list[list[Change]]) -> list[bytes]:
    """Return what the log has of them; tables are described first."""
    messages = []
    for place, transaction in enumerate(transactions, start=1):
        messages.append(written.begin(10 * place, place))
        if place == 1:
            messages += [
                written.relation(number, "public", table.table, table.column_names)
                for number, table in TABLES.items()
            ]
        messages += [change.message for change in transaction]
        messages.append(written.commit(10 * place, 10 * place + 5))
    return messages


def in_full(table: Contract, rows: list[Row]) -> list[Row]:
    """Return rows with a NULL in what they leave out."""
    names = [*table.column_names, "_operation", "_position", "_commit_lsn", "_unchanged", "_moved_from"]
    return [{name: row.get(name) for name in names} for row in rows]


@bounded(150)
@given(st.lists(st.lists(changes(), max_size=12), min_size=1, max_size=4), st.data())
def test_rows_read_at_once_are_those_read_one_by_one(
    transactions: list[list[Change]], data: st.DataObject
) -> None:
    """In the order of the log, wherever a stretch ends."""
    messages = messages_of(transactions)
    taken = Taken(*(TABLES[number] for number in WANTED))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(messages)), max_size=4)))
    for first, end in zip([0, *cuts], [*cuts, len(messages)], strict=True):
        taken.read(*messages[first:end])
    wanted = expected(transactions)
    assert taken.rows.keys() == wanted.keys()
    for number in WANTED:
        table = TABLES[number]
        got = in_full(table, taken.rows.get(table.table, []))
        assert got == in_full(table, wanted.get(table.table, []))
