"""What changes come to, told row by row: the plain way that a warehouse's own must agree with."""

import json
from collections.abc import Iterable, Mapping

from streamvision.domain.changes import MOVED_FROM, OPERATION, POSITION, UNCHANGED
from streamvision.domain.contract import Contract

Key = tuple[object, ...]
State = Mapping[Key, Mapping[str, object]]
"""Rows by their key."""


class Fold:
    """Do changes to rows, one by one in their order.

    Attributes:
        rows: the rows as they are now.

    """

    def __init__(self, table: Contract, rows: State) -> None:
        """Begin with some rows, which stay as they are."""
        self._table = table
        self.rows: dict[Key, Mapping[str, object]] = dict(rows)
        self._ended: dict[object, Mapping[str, object]] = {}

    def do(self, change: Mapping[str, object]) -> Mapping[str, object]:
        """Do one change, and return the row that it gives, with the values that it left out.

        Raises:
            KeyError: when a value was left out that is not known; the row is forgotten then.

        """
        key = key_of(self._table, change)
        operation = change.get(OPERATION)
        if operation == "truncate":
            self.rows.clear()
            return change
        before = self.rows.pop(key, {})
        if operation == "delete":
            self._ended[change.get(POSITION)] = before
            return change
        if change.get(MOVED_FROM) is not None:
            before = self._ended.get(change[MOVED_FROM], {})
        left_out = json.loads(str(change.get(UNCHANGED) or "[]"))
        row = {name: (before if name in left_out else change)[name] for name in self._table.column_names}
        self.rows[key] = row
        return row


def after_changes(state: State, table: Contract, changes: Iterable[Mapping[str, object]]) -> State:
    """Return the rows after changes."""
    fold = Fold(table, state)
    for change in changes:
        fold.do(change)
    return fold.rows


def key_of(table: Contract, row: Mapping[str, object]) -> Key:
    """Return the key of a row."""
    return tuple(row[name] for name in table.key)
