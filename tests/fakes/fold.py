"""What changes come to, told row by row: the plain way that a warehouse's own must agree with."""

import json
from collections.abc import Iterable, Mapping

from streamvision.domain.changes import MOVED_FROM, OPERATION, POSITION, UNCHANGED
from streamvision.domain.contract import Contract

Key = tuple[object, ...]
State = Mapping[Key, Mapping[str, object]]
"""Rows by their key."""


def after_changes(state: State, table: Contract, changes: Iterable[Mapping[str, object]]) -> State:
    """Return the rows after changes, done one by one in their order.

    Raises:
        KeyError: when a value was left out that is not known.

    """
    rows = {key: dict(row) for key, row in state.items()}
    ended: dict[object, Mapping[str, object]] = {}
    for change in changes:
        key = key_of(table, change)
        if change[OPERATION] == "truncate":
            rows.clear()
        elif change[OPERATION] == "delete":
            ended[change.get(POSITION)] = rows.pop(key, {})
        else:
            moved_from = change.get(MOVED_FROM)
            before = rows.get(key, {}) if moved_from is None else ended.get(moved_from, {})
            left_out = json.loads(str(change.get(UNCHANGED) or "[]"))
            rows[key] = {
                name: before[name] if name in left_out else change[name] for name in table.column_names
            }
    return rows


def key_of(table: Contract, row: Mapping[str, object]) -> Key:
    """Return the key of a row."""
    return tuple(row[name] for name in table.key)
