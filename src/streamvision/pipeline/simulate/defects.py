"""Faults as real systems have them, planted on purpose, and the list of where they are."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from streamvision.domain.errors import WrongUseError
from streamvision.pipeline.simulate.chance import Chance, Fates
from streamvision.pipeline.simulate.columns import Ints
from streamvision.pipeline.simulate.timeline import DAY, HOUR
from streamvision.ports.service import ServiceChanges

MOST = 0.04
"""More would be more than the contracts let pass."""
_AHEAD = 400 * DAY
_RETRIED = 1 << 42
"""What a retry adds to a key: far from all keys that the service gives."""
_OF_USERS = 0.1
_LONGEST_DELAY = 3
_OVER = Decimal("1.0417")
_NOWHERE = "QQ"
_WHETHER, _WHICH = range(2)

COMPLETION, BACKWARDS, AHEAD, NOWHERE, RETRY, LATE = range(6)
_NAMES = {
    COMPLETION: ("completion over 1", "completion_rate_max"),
    BACKWARDS: ("ended before started", "ended_after_started"),
    AHEAD: ("clock ahead", "started_in_the_past"),
    NOWHERE: ("country that does not exist", "country_values"),
    RETRY: ("duplicate from a retry", ""),
    LATE: ("late row", ""),
}
_EMAIL = ("email twice", "email_unique")


@dataclass(frozen=True)
class Planted:
    """Name one planted fault.

    Attributes:
        id: the key of the row.
        rule: the rule of the contract by which the row goes to quarantine; empty where none sees it.

    """

    table: str
    id: int
    defect: str
    rule: str


class Defects:
    """Plant faults in a share of the sessions, and in a tenth as many of the users.

    Which rows are hit follows from the seed and the row's key alone.

    Attributes:
        planted: what was planted so far.

    """

    def __init__(self, seed: int, rate: float) -> None:
        """Take the share.

        Raises:
            WrongUseError: when it is no share, or more than the contracts let pass.

        """
        if not 0 <= rate <= MOST:
            raise WrongUseError(
                f"The share of defects must be 0 to {MOST}, not {rate}",
                safe="nothing was written",
                next_command="choose a smaller --defects",
            )
        self._sessions, self._users = Chance(seed).fates("defects"), Chance(seed).fates("defects of users")
        self._rate = rate
        self._held: dict[int, list[pa.RecordBatch]] = {}
        self.planted: list[Planted] = []

    def in_table(self, table: str, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Plant faults in the rows of a table of the history."""
        for batch in batches:
            yield self._in_batch(table, batch, late=False)

    def in_day(self, day: int, changes: ServiceChanges) -> ServiceChanges:
        """Plant faults in what a day brings; some of its sessions come one to three days later."""
        inserts = [
            (table, [self._in_batch(table, batch, late=True) for batch in batches])
            for table, batches in changes.inserts
        ]
        rest = []
        for table, batches in inserts:
            if table != "viewing_sessions":
                rest.append((table, batches))
                continue
            told = _told_of(inserts)
            kept = [self._hold(day, batch, told) for batch in batches]
            rest.append((table, [*kept, *self._arriving(day, changes.erased_users)]))
        return replace(changes, inserts=rest)

    def lines(self) -> Iterator[str]:
        """Yield what was planted, a JSON object a line, without line ends."""
        return (json.dumps(asdict(each)) for each in self.planted)

    def _in_batch(self, table: str, batch: pa.RecordBatch, *, late: bool) -> pa.RecordBatch:
        if table == "users":
            return self._in_users(batch)
        return self._in_sessions(batch, late=late) if table == "viewing_sessions" else batch

    def _in_users(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Let some users have the email of the one before."""
        key = batch["id"].to_numpy()
        hit = _hit(self._users, key, self._rate * _OF_USERS)
        # Neither the first nor one behind another that is hit: the email would be nobody's.
        hit[:1] = False
        hit[1:] &= ~hit[:-1]
        email = batch["email"].to_pylist()
        for row in np.flatnonzero(hit):
            email[row] = email[row - 1]
        self._note("users", key[hit], *_EMAIL)
        return _with(batch, "email", pa.array(email, type=pa.string()))

    def _in_sessions(self, batch: pa.RecordBatch, *, late: bool) -> pa.RecordBatch:
        key = batch["id"].to_numpy()
        kind = self._kinds(key, late=late)
        for each in (COMPLETION, BACKWARDS, AHEAD, NOWHERE):
            self._note("viewing_sessions", key[kind == each], *_NAMES[each])
        over = pa.array([_OVER], type=pa.decimal128(5, 4))[0]
        batch = _where(batch, kind == COMPLETION, "completion_rate", over)
        batch = _where(batch, kind == NOWHERE, "country", pa.scalar(_NOWHERE))
        started = batch["started_at"].cast(pa.int64()).to_numpy()
        ended = batch["ended_at"].cast(pa.int64()).to_numpy()
        ahead = np.where(kind == AHEAD, _AHEAD, 0)
        batch = _with(batch, "started_at", _instants(started + ahead, batch))
        ended = np.where(kind == BACKWARDS, started - HOUR, ended + ahead)
        batch = _with(batch, "ended_at", _instants(ended, batch))
        again = batch.filter(pa.array(kind == RETRY))
        if not again.num_rows:
            return batch
        again = _with(again, "id", pc.add(again["id"], _RETRIED))
        self._note("viewing_sessions", again["id"].to_numpy(), *_NAMES[RETRY])
        return pa.Table.from_batches([batch, again]).combine_chunks().to_batches()[0]

    def _kinds(self, key: Ints, *, late: bool) -> Ints:
        kinds = len(_NAMES) if late else LATE
        hit = _hit(self._sessions, key, self._rate)
        kind = (self._sessions.draw(key, np.zeros_like(key), _WHICH) * kinds).astype(np.int64)
        return np.where(hit, kind, -1)

    def _hold(self, day: int, batch: pa.RecordBatch, told: frozenset[int]) -> pa.RecordBatch:
        """Take out the sessions that come later; those stay whose episodes are told of."""
        key = batch["id"].to_numpy()
        late = (self._kinds(key, late=True) == LATE) & ~np.isin(key, list(told))
        delay = 1 + (key % _LONGEST_DELAY)
        for wait in range(1, _LONGEST_DELAY + 1):
            held = batch.filter(pa.array(late & (delay == wait)))
            if held.num_rows:
                self._held.setdefault(day + wait, []).append(held)
        return batch.filter(pa.array(~late))

    def _arriving(self, day: int, erased: Sequence[int]) -> list[pa.RecordBatch]:
        """Return the sessions that were held up to a day; those of users who are gone are gone too."""
        self._forget(erased)
        arrived = self._held.pop(day, [])
        for batch in arrived:
            self._note("viewing_sessions", batch["id"].to_numpy(), *_NAMES[LATE])
        return arrived

    def _forget(self, erased: Sequence[int]) -> None:
        gone = pa.array(erased, type=pa.int64())
        for day, batches in self._held.items():
            self._held[day] = [each.filter(pc.invert(pc.is_in(each["user_id"], gone))) for each in batches]

    def _note(self, table: str, keys: Ints, defect: str, rule: str) -> None:
        self.planted += [Planted(table, int(key), defect, rule) for key in keys]


def _hit(fates: Fates, key: Ints, rate: float) -> "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]":
    return np.asarray(fates.draw(key, np.zeros_like(key), _WHETHER) < rate)


def _told_of(inserts: Sequence[tuple[str, Sequence[pa.RecordBatch]]]) -> frozenset[int]:
    told = (
        batch["session_id"].to_pylist()
        for name, rows in inserts
        if name == "episode_viewing"
        for batch in rows
    )
    return frozenset(key for keys in told for key in keys)


def _with(batch: pa.RecordBatch, column: str, values: pa.Array) -> pa.RecordBatch:
    place = batch.schema.get_field_index(column)
    return batch.set_column(place, batch.schema.field(place), values)


def _where(batch: pa.RecordBatch, rows: object, column: str, value: pa.Scalar) -> pa.RecordBatch:
    return _with(batch, column, pc.if_else(pa.array(rows), value, batch[column]))


def _instants(values: Ints, batch: pa.RecordBatch) -> pa.Array:
    return pa.array(values, type=pa.int64()).cast(batch.schema.field("started_at").type)
