"""The lives of subscriptions: starts, renewals, changes of plan, ends and returns.

The rules, which hold for every user:

- A life begins with `start`, minutes after the account was made, and lives on until `cancellation`; some
  people return (`reactivation`).
- A paid plan is billed on the anniversary of the *anchor*: the start, the return, or the change that began
  a new kind of billing (from free to paid, from month to year). The free plan is never billed.
- On a billing date exactly one thing happens: `renewal`, a change of plan, or `cancellation` because the
  payment failed. People leave (`voluntary`) and upgrade at any time between.
- An event costs the price of the plan it leads to; an upgrade between two billing dates costs the
  difference for the time that is left.
"""

from dataclasses import dataclass, replace

import numpy as np

from streamvision.pipeline.simulate.chance import choose, happens, pick_by_row
from streamvision.pipeline.simulate.columns import Bools, Ints
from streamvision.pipeline.simulate.plans import IS_PAID, PRICE_CENTS, RANK, TERM_MONTHS
from streamvision.pipeline.simulate.timeline import (
    DAY,
    MINUTE,
    SECOND,
    add_months,
    between,
    whole_milliseconds,
)

EVENT_TYPES = ("start", "upgrade", "downgrade", "renewal", "cancellation", "reactivation")
START, UPGRADE, DOWNGRADE, RENEWAL, CANCELLATION, REACTIVATION = range(len(EVENT_TYPES))
REASONS = ("voluntary", "payment_failed")
VOLUNTARY, PAYMENT_FAILED = range(len(REASONS))
NONE = -1

# Rows and columns in the order of plans.PLANS: free, basic, standard, premium, premium_annual.
_FIRST_PLAN = np.array([0.42, 0.20, 0.20, 0.10, 0.08])
_LEAVES_PER_MONTH = np.array([0.020, 0.052, 0.044, 0.038, 0.014])
_PAYMENT_FAILS = np.array([0.0, 0.015, 0.012, 0.010, 0.040])
_UPGRADES_PER_PERIOD = np.array([0.030, 0.020, 0.014, 0.0, 0.0])
_CHANGES_AT_BILLING = np.array([0.0, 0.008, 0.014, 0.026, 0.120])
_UPGRADE_TO = np.array(
    [
        [0.00, 0.50, 0.32, 0.12, 0.06],
        [0.00, 0.00, 0.72, 0.18, 0.10],
        [0.00, 0.00, 0.00, 0.62, 0.38],
        [0.00, 0.00, 0.00, 0.00, 1.00],
        [0.00, 0.00, 0.00, 1.00, 0.00],
    ]
)
_BILLING_CHANGE_TO = np.array(
    [
        [1.00, 0.00, 0.00, 0.00, 0.00],
        [1.00, 0.00, 0.00, 0.00, 0.00],
        [0.24, 0.76, 0.00, 0.00, 0.00],
        [0.05, 0.15, 0.45, 0.00, 0.35],
        [0.15, 0.25, 0.35, 0.25, 0.00],
    ]
)
_RETURNS = 0.28
_MEAN_ABSENCE = 75 * DAY
_SHORTEST_ABSENCE = 3 * DAY


@dataclass(frozen=True)
class Events:
    """Keep subscription events as columns; a plan or reason of -1 is none."""

    user: Ints
    kind: Ints
    from_plan: Ints
    to_plan: Ints
    amount_cents: Ints
    reason: Ints
    occurred_at: Ints


@dataclass(frozen=True)
class _Lives:
    """Keep the subscriptions that still go on, each at the beginning of a billing period."""

    user: Ints
    plan: Ints
    anchor: Ints
    months: Ints

    def where(self, mask: Bools) -> "_Lives":
        return _Lives(self.user[mask], self.plan[mask], self.anchor[mask], self.months[mask])

    def join(self, other: "_Lives") -> "_Lives":
        return _Lives(
            np.concatenate([self.user, other.user]),
            np.concatenate([self.plan, other.plan]),
            np.concatenate([self.anchor, other.anchor]),
            np.concatenate([self.months, other.months]),
        )


def tell_lives(created_at: Ints, end: int, rng: np.random.Generator) -> Events:
    """Tell the life of every account from its start to the end of the simulation, in the order of time."""
    story = _Story(rng, end)
    lives = story.begin(created_at)
    while lives.user.size:
        lives = story.next_period(lives)
    return story.events()


class _Story:
    """Move all lives forward, one billing period at a time, and write down what happens."""

    def __init__(self, rng: np.random.Generator, end: int) -> None:
        self._rng = rng
        self._end = end
        self._written: list[Events] = []

    def begin(self, created_at: Ints) -> _Lives:
        count = len(created_at)
        plan = choose(self._rng, _FIRST_PLAN, count)
        anchor = created_at + whole_milliseconds(self._rng.random(count) * 10 * MINUTE) + SECOND
        lives = _Lives(np.arange(count), plan, anchor, np.zeros(count, dtype=np.int64))
        self._write(START, lives.user, anchor, to_plan=plan, amount=PRICE_CENTS[plan])
        return lives

    def next_period(self, lives: _Lives) -> _Lives:
        """Play one billing period of each life; return those that reach another one."""
        opened = add_months(lives.anchor, lives.months)
        closed = add_months(lives.anchor, lives.months + TERM_MONTHS[lives.plan])
        leaves_at = self._departures(lives, opened, closed)
        lives, changed = self._upgrade(lives, opened, closed, leaves_at)
        leaves = leaves_at < np.minimum(closed, self._end)
        self._cancel(lives.where(leaves), leaves_at[leaves], VOLUNTARY)
        returned = self._come_back(lives.where(leaves), leaves_at[leaves])
        rebilled = changed & ~leaves
        billed = ~leaves & ~changed & (closed < self._end)
        return self._bill(lives.where(billed), closed[billed]).join(lives.where(rebilled)).join(returned)

    def _departures(self, lives: _Lives, opened: Ints, closed: Ints) -> Ints:
        count = len(lives.user)
        stays = np.power(1 - _LEAVES_PER_MONTH, TERM_MONTHS)
        leaves = happens(self._rng, 1 - stays[lives.plan], count)
        return np.where(leaves, between(opened, closed, self._rng.random(count)), np.iinfo(np.int64).max)

    def _upgrade(self, lives: _Lives, opened: Ints, closed: Ints, leaves_at: Ints) -> tuple[_Lives, Bools]:
        """Let some choose a higher plan within the period; also tell whose billing began anew with it."""
        count = len(lives.user)
        wants = happens(self._rng, _UPGRADES_PER_PERIOD[lives.plan], count)
        at = between(opened, closed, self._rng.random(count))
        target = pick_by_row(_UPGRADE_TO, lives.plan, self._rng.random(count))
        rises = wants & (at < np.minimum(leaves_at, self._end))
        plan = np.where(rises, target, lives.plan)
        renewed = rises & (~IS_PAID[lives.plan] | (TERM_MONTHS[plan] != TERM_MONTHS[lives.plan]))
        left = (closed - at) / (closed - opened)
        difference = ((PRICE_CENTS[plan] - PRICE_CENTS[lives.plan]) * left).astype(np.int64)
        amount = np.where(renewed, PRICE_CENTS[plan], difference)
        self._write(
            UPGRADE,
            lives.user[rises],
            at[rises],
            from_plan=lives.plan[rises],
            to_plan=plan[rises],
            amount=amount[rises],
        )
        anchor = np.where(renewed, at, lives.anchor)
        return _Lives(lives.user, plan, anchor, np.where(renewed, 0, lives.months)), renewed

    def _bill(self, lives: _Lives, at: Ints) -> _Lives:
        """Let the billing date of each life come; return those that go on."""
        count = len(lives.user)
        fails = happens(self._rng, _PAYMENT_FAILS[lives.plan], count)
        changes = happens(self._rng, _CHANGES_AT_BILLING[lives.plan], count) & ~fails
        target = pick_by_row(_BILLING_CHANGE_TO, lives.plan, self._rng.random(count))
        self._cancel(lives.where(fails), at[fails], PAYMENT_FAILED)
        self._change(lives.where(changes), target[changes], at[changes])
        renews = ~fails & ~changes & IS_PAID[lives.plan]
        plan = lives.plan[renews]
        self._write(
            RENEWAL, lives.user[renews], at[renews], from_plan=plan, to_plan=plan, amount=PRICE_CENTS[plan]
        )
        onward = replace(
            lives,
            plan=np.where(changes, target, lives.plan),
            months=lives.months + TERM_MONTHS[lives.plan],
        )
        return onward.where(~fails).join(self._come_back(lives.where(fails), at[fails]))

    def _change(self, lives: _Lives, target: Ints, at: Ints) -> None:
        kind = np.where(RANK[target] > RANK[lives.plan], UPGRADE, DOWNGRADE)
        for each in (UPGRADE, DOWNGRADE):
            rows = kind == each
            self._write(
                each,
                lives.user[rows],
                at[rows],
                from_plan=lives.plan[rows],
                to_plan=target[rows],
                amount=PRICE_CENTS[target[rows]],
            )

    def _cancel(self, lives: _Lives, at: Ints, reason: int) -> None:
        self._write(CANCELLATION, lives.user, at, from_plan=lives.plan, reason=reason)

    def _come_back(self, lives: _Lives, left_at: Ints) -> _Lives:
        count = len(lives.user)
        wants = happens(self._rng, _RETURNS, count)
        absence = _SHORTEST_ABSENCE + self._rng.exponential(_MEAN_ABSENCE, count)
        at = left_at + whole_milliseconds(absence)
        same = happens(self._rng, 0.6, count)
        plan = np.where(same, lives.plan, choose(self._rng, _FIRST_PLAN, count))
        back = wants & (at < self._end)
        self._write(
            REACTIVATION, lives.user[back], at[back], to_plan=plan[back], amount=PRICE_CENTS[plan[back]]
        )
        return _Lives(lives.user[back], plan[back], at[back], np.zeros(int(back.sum()), dtype=np.int64))

    def _write(
        self,
        kind: int,
        user: Ints,
        at: Ints,
        *,
        from_plan: Ints | None = None,
        to_plan: Ints | None = None,
        amount: Ints | None = None,
        reason: int = NONE,
    ) -> None:
        nothing = np.full(len(user), NONE, dtype=np.int64)
        self._written.append(
            Events(
                user=user,
                kind=np.full(len(user), kind, dtype=np.int64),
                from_plan=nothing if from_plan is None else from_plan,
                to_plan=nothing if to_plan is None else to_plan,
                amount_cents=np.zeros(len(user), dtype=np.int64) if amount is None else amount,
                reason=np.full(len(user), reason, dtype=np.int64),
                occurred_at=at,
            )
        )

    def events(self) -> Events:
        """Return what happened, in the order of time."""
        joined = {
            name: np.concatenate([getattr(part, name) for part in self._written])
            for name in Events.__dataclass_fields__
        }
        order = np.lexsort((joined["user"], joined["occurred_at"]))
        return Events(**{name: column[order] for name, column in joined.items()})
