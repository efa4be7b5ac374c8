"""The service's database in memory, for tests of what fills it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import pyarrow as pa
import pyarrow.compute as pc

from streamvision.domain.errors import RunInProgressError, SourceError
from streamvision.ports.service import ServiceChanges

MIGRATIONS = ("0001_people_and_plans", "0002_catalogue", "0003_viewing")
UNIQUE: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "subscription_plans": (("id",), ("code",)),
    "users": (("id",), ("email",), ("username",)),
    "subscription_events": (("id",),),
    "content": (("id",),),
    "episodes": (("id",), ("content_id", "season_number", "episode_number")),
    "viewing_sessions": (("id",),),
    "episode_viewing": (("id",), ("session_id", "episode_id")),
    "ratings": (("id",), ("user_id", "content_id")),
    "search_queries": (("id",),),
}
REFERENCES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "users": {"subscription_plan": ("subscription_plans", "code")},
    "subscription_events": {
        "user_id": ("users", "id"),
        "from_plan_id": ("subscription_plans", "id"),
        "to_plan_id": ("subscription_plans", "id"),
    },
    "episodes": {"content_id": ("content", "id")},
    "viewing_sessions": {"user_id": ("users", "id"), "content_id": ("content", "id")},
    "episode_viewing": {
        "session_id": ("viewing_sessions", "id"),
        "episode_id": ("episodes", "id"),
        "user_id": ("users", "id"),
    },
    "ratings": {"user_id": ("users", "id"), "content_id": ("content", "id")},
    "search_queries": {"user_id": ("users", "id"), "clicked_content_id": ("content", "id")},
}
ERASED_BY: Mapping[str, str] = {
    "episode_viewing": "user_id",
    "viewing_sessions": "user_id",
    "ratings": "user_id",
    "search_queries": "user_id",
    "subscription_events": "user_id",
    "users": "id",
}


class MemoryServiceDatabase:
    """Keep the service's tables in memory, with their unique keys and references."""

    def __init__(self) -> None:
        """Begin without any table."""
        self.tables: dict[str, pa.Table] = {}
        self._migrated = False
        self._note = ""
        self._lifted = False
        self._held = False

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Let one simulation at a time in."""
        if self._held:
            raise RunInProgressError("Another simulation is at work")
        self._held = True
        try:
            yield
        finally:
            self._held = False

    def migrate(self) -> Sequence[str]:
        """Return the names of the migrations the first time, nothing later."""
        names = () if self._migrated else MIGRATIONS
        self._migrated = True
        return names

    def is_empty(self) -> bool:
        """Tell whether no table holds a row."""
        return not any(table.num_rows for table in self.tables.values())

    def lift_constraints(self) -> None:
        """Let everything pass from now on."""
        self._lifted = True

    def note(self) -> str:
        """Return what was noted last."""
        return self._note

    def change(self, changes: ServiceChanges, note: str) -> dict[str, int]:
        """Add, update and delete rows, or none when a key or a reference is broken."""
        before = dict(self.tables)
        changed = self.fill(changes.inserts, note)
        try:
            for name, batch in changes.updates:
                changed[name] = changed.get(name, 0) + batch.num_rows
                self.tables[name] = _updated(self.tables[name], batch)
            for name in ERASED_BY if changes.erased_users else ():
                rows = self.tables[name]
                kept = rows.filter(
                    pc.invert(pc.is_in(rows[ERASED_BY[name]], pa.array(changes.erased_users, pa.int64())))
                )
                changed[name] = changed.get(name, 0) + rows.num_rows - kept.num_rows
                self.tables[name] = kept
            for name in () if self._lifted else self.tables:
                _check(name, self.tables)
        except SourceError:
            self.tables = before
            raise
        return changed

    def fill(self, tables: Iterable[tuple[str, Iterable[pa.RecordBatch]]], note: str = "") -> dict[str, int]:
        """Add the rows of every table, or of none when a key or a reference is broken."""
        filled = dict(self.tables)
        written: dict[str, int] = {}
        for name, batches in tables:
            rows = list(batches)
            written[name] = written.get(name, 0) + sum(batch.num_rows for batch in rows)
            if rows:
                before = [filled[name]] if name in filled else []
                filled[name] = pa.concat_tables([*before, pa.Table.from_batches(rows)])
            if not self._lifted:
                _check(name, filled)
        self.tables, self._note = filled, note or self._note
        return written


def _updated(table: pa.Table, batch: pa.RecordBatch) -> pa.Table:
    new = {row["id"]: row for row in batch.to_pylist()}
    rows = [row | new.get(row["id"], {}) for row in table.to_pylist()]
    return pa.Table.from_pylist(rows, schema=table.schema)


def broken_keys(name: str, tables: Mapping[str, pa.Table]) -> list[str]:
    """Return the unique keys and references that the rows of a table break."""
    table = tables.get(name)
    if table is None:
        return []
    broken = []
    for key in UNIQUE[name]:
        values = [tuple(row.values()) for row in table.select(list(key)).to_pylist()]
        if len(set(values)) != len(values):
            broken.append(f"{name}: {key} is not unique")
    for column, (other, key_column) in REFERENCES.get(name, {}).items():
        known = set(tables[other][key_column].to_pylist()) if other in tables else set()
        if set(table[column].to_pylist()) - known - {None}:
            broken.append(f"{name}: {column} names a row that is not in {other}")
    return broken


def _check(name: str, tables: Mapping[str, pa.Table]) -> None:
    broken = broken_keys(name, tables)
    if broken:
        raise SourceError("; ".join(broken), where=name, safe="nothing was written")
