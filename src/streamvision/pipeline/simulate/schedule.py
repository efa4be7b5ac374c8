"""What happens on a day, at its moments: cut at any of them, the parts together leave what the day leaves.

A row is written when what it tells of is over: a session when it has ended, since the source has no sessions
without an end. An account is written when its plan is chosen.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from streamvision.pipeline.simulate.columns import Bools, Ints, instants, labels
from streamvision.pipeline.simulate.plans import PLANS
from streamvision.pipeline.simulate.timeline import DAY
from streamvision.pipeline.simulate.world import Day
from streamvision.ports.service import ServiceChanges

_MOMENTS: Mapping[str, str] = {
    "subscription_events": "occurred_at",
    "viewing_sessions": "ended_at",
    "ratings": "rated_at",
    "search_queries": "searched_at",
}
_PLAN_CODES = [plan.code for plan in PLANS]


@dataclass(frozen=True)
class _Track:
    """Keep rows of a table in the order of their moments."""

    table: str
    rows: pa.RecordBatch
    at: Ints

    def between(self, after: int, until: int) -> pa.RecordBatch:
        first, last = np.searchsorted(self.at, [after, until], side="right")
        return self.rows.slice(int(first), int(last - first))


class Schedule:
    """Hand out what happens on a day piece by piece.

    Attributes:
        start, end: the first instant of the day, and the first after it.

    """

    def __init__(self, day: Day) -> None:
        """Take the day."""
        self.start, self.end = day.number * DAY, (day.number + 1) * DAY
        self._day = day
        tables = {table: _one(batches) for table, batches in day.changes.inserts}
        events = tables.get("subscription_events")
        starts = _Starts(events)
        self._inserts = [
            _track(table, starts.first_state(rows) if table == "users" else rows, at)
            for table, rows, at in _with_moments(tables, starts, self.start)
        ]
        self._updates = [
            _track(table, rows, np.full(rows.num_rows, self.start))
            for table, rows in day.changes.updates
            if table != "users"
        ]
        # In this order where all of it comes at once: who is back may leave again, and not the other way.
        self._updates += [_track("users", rows, at) for rows, at in _turns(events)]
        logins = {"id": pa.array(day.logins.user_id), "last_login": instants(day.logins.value)}
        self._updates.append(_track("users", pa.RecordBatch.from_pydict(logins), day.logins.at))

    def between(self, after: int, until: int) -> ServiceChanges:
        """Return what happens after one instant, up to and with another one."""
        inserts = [(track.table, track.between(after, until)) for track in self._inserts]
        updates = [(track.table, _last_of_each(track.between(after, until))) for track in self._updates]
        gone = (self._day.erased_at > after) & (self._day.erased_at <= until)
        return ServiceChanges(
            inserts=[(table, [rows]) for table, rows in inserts if rows.num_rows],
            updates=[(table, rows) for table, rows in updates if rows.num_rows],
            erased_users=[
                user for user, goes in zip(self._day.changes.erased_users, gone, strict=True) if goes
            ],
        )

    def viewers(self, at: int) -> int:
        """Return how many watch at an instant."""
        return int(((self._day.started_at <= at) & (self._day.ended_at > at)).sum())


class _Starts:
    """Know with which plan, and when, the accounts of a day begin."""

    def __init__(self, events: pa.RecordBatch | None) -> None:
        kind, self._user, self._plan, self._at = _columns_of(events)
        begins = kind == "start"
        order = np.argsort(self._user[begins])
        self._user, self._plan, self._at = (
            column[begins][order] for column in (self._user, self._plan, self._at)
        )

    def moments(self, users: pa.RecordBatch) -> Ints:
        return self._at[self._place(users)]

    def first_state(self, users: pa.RecordBatch) -> pa.RecordBatch:
        """Return the rows of new users as they are when they begin."""
        place, count = self._place(users), users.num_rows
        first = {
            "subscription_plan": labels(_PLAN_CODES, self._plan[place]),
            "subscription_start": instants(self._at[place]),
            "subscription_end": pa.nulls(count, users.schema.field("subscription_end").type),
            "last_login": pa.nulls(count, users.schema.field("last_login").type),
            "is_active": pa.array(np.ones(count, dtype=np.bool_)),
        }
        columns = [first.get(name, users[name]) for name in users.schema.names]
        return pa.RecordBatch.from_arrays(columns, schema=users.schema)

    def _place(self, users: pa.RecordBatch) -> Ints:
        return np.asarray(np.searchsorted(self._user, users["id"].to_numpy()))


def _with_moments(
    tables: Mapping[str, pa.RecordBatch], starts: _Starts, start: int
) -> Iterator[tuple[str, pa.RecordBatch, Ints]]:
    for table, rows in tables.items():
        if table == "users":
            yield table, rows, starts.moments(rows)
        elif table == "episode_viewing":
            sessions = tables["viewing_sessions"]
            # Keys rise within a day.
            place = np.searchsorted(sessions["id"].to_numpy(), rows["session_id"].to_numpy())
            yield table, rows, _instants_of(sessions, "ended_at")[place]
        elif table in _MOMENTS:
            yield table, rows, _instants_of(rows, _MOMENTS[table])
        else:
            # The catalogue changes overnight.
            yield table, rows, np.full(rows.num_rows, start)


def _turns(events: pa.RecordBatch | None) -> Iterator[tuple[pa.RecordBatch, Ints]]:
    """Yield what events change in the rows of users: who is back, who changes the plan, who leaves."""
    kind, user, plan, at = _columns_of(events)

    def rows(chosen: Bools, columns: Mapping[str, pa.Array]) -> tuple[pa.RecordBatch, Ints]:
        return pa.RecordBatch.from_pydict({"id": pa.array(user[chosen]), **columns}), at[chosen]

    back, over = kind == "reactivation", kind == "cancellation"
    changed = (kind == "upgrade") | (kind == "downgrade")
    yield rows(
        back,
        {
            "subscription_plan": labels(_PLAN_CODES, plan[back]),
            "subscription_start": instants(at[back]),
            "subscription_end": pa.nulls(int(back.sum()), pa.timestamp("us", tz="UTC")),
            "is_active": pa.array(np.ones(int(back.sum()), dtype=np.bool_)),
        },
    )
    yield rows(changed, {"subscription_plan": labels(_PLAN_CODES, plan[changed])})
    gone = pa.array(np.zeros(int(over.sum()), dtype=np.bool_))
    yield rows(over, {"subscription_end": instants(at[over]), "is_active": gone})


def _columns_of(
    events: pa.RecordBatch | None,
) -> tuple["np.ndarray[tuple[int], np.dtype[np.str_]]", Ints, Ints, Ints]:
    """Return kind, user, plan after it (-1: none) and instant of events."""
    nothing = np.empty(0, dtype=np.int64)
    if events is None:
        return np.empty(0, dtype=np.str_), nothing, nothing, nothing
    kind = np.asarray(events["event_type"].to_pylist(), dtype=np.str_)
    plan = events["to_plan_id"].fill_null(0).to_numpy().astype(np.int64) - 1
    return kind, events["user_id"].to_numpy(), plan, _instants_of(events, "occurred_at")


def _instants_of(rows: pa.RecordBatch, column: str) -> Ints:
    return np.asarray(rows[column].cast(pa.int64()).to_numpy())


def _one(batches: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    if len(batches) == 1:
        return batches[0]
    return pa.Table.from_batches(batches).combine_chunks().to_batches()[0]


def _track(table: str, rows: pa.RecordBatch, at: Ints) -> _Track:
    order = np.argsort(at, kind="stable")
    return _Track(table, rows.take(pa.array(order)), at[order])


def _last_of_each(rows: pa.RecordBatch) -> pa.RecordBatch:
    """Keep the last row of each key."""
    key = rows["id"].to_numpy()
    _, backwards = np.unique(key[::-1], return_index=True)
    return rows if len(backwards) == len(key) else rows.take(pa.array(len(key) - 1 - backwards))
