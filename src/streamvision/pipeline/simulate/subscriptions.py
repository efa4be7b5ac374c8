"""Subscriptions: the events of every life, and who held which plan when."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from streamvision.pipeline.simulate.columns import Ints, batches, instants, keys, labels, numbers
from streamvision.pipeline.simulate.lives import (
    CANCELLATION,
    EVENT_TYPES,
    NONE,
    REACTIVATION,
    REASONS,
    RENEWAL,
    START,
    Events,
)


@dataclass(frozen=True)
class Spells:
    """Keep the stretches of time in which a user held one plan.

    Attributes:
        end: when the plan changed or the subscription ended; the end of what is told if neither.
        subscription_end: the same for the subscription as a whole.

    """

    user: Ints
    plan: Ints
    start: Ints
    end: Ints
    subscription_end: Ints


@dataclass(frozen=True)
class Standing:
    """Keep, per user, the current or last subscription; an end of 0 is 'not ended'."""

    plan: Ints
    started_at: Ints
    ended_at: Ints


def conclude(events: Events, users: int, end: int) -> tuple[Spells, Standing]:
    """Derive who held which plan when from the events before an end, so that both tell the same story."""
    turns = np.lexsort((events.occurred_at, events.user))
    turns = turns[events.kind[turns] != RENEWAL]
    user, kind, at = events.user[turns], events.kind[turns], events.occurred_at[turns]
    is_last = np.append(user[1:] != user[:-1], True)
    until = np.where(is_last, end, np.append(at[1:], end))
    held = kind != CANCELLATION
    spells = Spells(
        user=user[held],
        plan=events.to_plan[turns][held],
        start=at[held],
        end=until[held],
        subscription_end=_next_cancellation(user, kind, at, end)[held],
    )
    plan, started_at, ended_at = (np.zeros(users, dtype=np.int64) for _ in range(3))
    # Later turns overwrite earlier ones: assignment by index keeps the last value of each user.
    plan[spells.user] = spells.plan
    begins = (kind == START) | (kind == REACTIVATION)
    started_at[user[begins]] = at[begins]
    over = is_last & (kind == CANCELLATION)
    ended_at[user[over]] = at[over]
    return spells, Standing(plan, started_at, ended_at)


def _next_cancellation(user: Ints, kind: Ints, at: Ints, end: int) -> Ints:
    """Return for each turn when its subscription ends, `end` when it does not."""
    cancelled = np.append(np.flatnonzero(kind == CANCELLATION), len(user))
    following = cancelled[np.searchsorted(cancelled, np.arange(len(user)))]
    same_user = np.append(user, NONE)[following] == user
    return np.where(same_user, np.append(at, end)[following], end)


def event_batches(events: Events, number: Ints, first: int) -> Iterator[pa.RecordBatch]:
    """Yield the rows of subscription_events, in the order of time.

    Args:
        events: by position of their user.
        number: of each user among all people.
        first: how many events there are before these.

    """

    def make(rows: slice) -> pa.RecordBatch:
        from_plan, to_plan, reason = events.from_plan[rows], events.to_plan[rows], events.reason[rows]
        return pa.RecordBatch.from_pydict(
            {
                "id": keys(rows, first),
                "user_id": numbers(number[events.user[rows]] + 1, pa.int64()),
                "event_type": labels(EVENT_TYPES, events.kind[rows]),
                "from_plan_id": numbers(from_plan + 1, pa.int32(), from_plan == NONE),
                "to_plan_id": numbers(to_plan + 1, pa.int32(), to_plan == NONE),
                "amount_cents": numbers(events.amount_cents[rows], pa.int32()),
                "reason": labels(REASONS, reason, reason == NONE),
                "occurred_at": instants(events.occurred_at[rows]),
            }
        )

    return batches(len(events.user), make)
