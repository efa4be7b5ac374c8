"""The service's database in memory, for tests of what fills it."""

from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa

from streamvision.domain.errors import SourceError

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


class MemoryServiceDatabase:
    """Keep the service's tables in memory, with their unique keys and references."""

    def __init__(self) -> None:
        """Begin without any table."""
        self.tables: dict[str, pa.Table] = {}
        self._migrated = False

    def migrate(self) -> Sequence[str]:
        """Return the names of the migrations the first time, nothing later."""
        names = () if self._migrated else MIGRATIONS
        self._migrated = True
        return names

    def is_empty(self) -> bool:
        """Tell whether no table holds a row."""
        return not any(table.num_rows for table in self.tables.values())

    def fill(self, tables: Iterable[tuple[str, Iterable[pa.RecordBatch]]]) -> dict[str, int]:
        """Add the rows of every table, or of none when a key or a reference is broken."""
        filled = dict(self.tables)
        written: dict[str, int] = {}
        for name, batches in tables:
            rows = list(batches)
            written[name] = sum(batch.num_rows for batch in rows)
            if rows:
                before = [filled[name]] if name in filled else []
                filled[name] = pa.concat_tables([*before, pa.Table.from_batches(rows)])
            _check(name, filled)
        self.tables = filled
        return written


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
