"""The lives of subscriptions: starts, renewals, changes of plan, ends, pauses and returns.

The rules, which hold for every user:

- A life begins with `start`, minutes after the account was made, and lives on until `cancellation`; some
  people return (`reactivation`). Who pauses cancels, and returns to the same plan after whole months.
- A paid plan is billed on the anniversary of the *anchor*: the start, the return, or the change that began
  a new kind of billing (from free to paid, from month to year). The free plan is never billed.
- On a billing date exactly one thing happens: `renewal`, a change of plan, or `cancellation` because the
  payment failed. People leave (`voluntary`) and upgrade at any time between.
- An event costs the price of the plan it leads to; an upgrade between two billing dates costs the
  difference for the time that is left.
- A life depends on its person alone: told further, it goes on from what it was.
"""

from dataclasses import dataclass, replace

import numpy as np

from streamvision.pipeline.simulate.behaviour import Behaviour
from streamvision.pipeline.simulate.chance import Fates, pick, pick_by_row, waits
from streamvision.pipeline.simulate.columns import Bools, Floats, Ints, joined, taken
from streamvision.pipeline.simulate.plans import FREE, IS_PAID, PREMIUM_ANNUAL, PRICE_CENTS, RANK, TERM_MONTHS
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
NEVER = np.iinfo(np.int64).max

# Rows and columns in the order of plans.PLANS: free, basic, standard, premium, premium_annual.
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
_TAKES_THE_SAME_PLAN = 0.6
_PAUSE_MONTHS = np.array([0.0, 0.6, 0.25, 0.15])
_SHORTEST_ABSENCE = 3 * DAY
_MEAN_UNTIL_ERASURE = 10 * DAY
_QUARTER, _YEAR = 91 * DAY, 365 * DAY

# What a share is drawn for; a person and a turn have one share for each.
(
    _FIRST_PLAN, _FIRST_MINUTES, _LEAVES, _LEAVES_AT, _RISES, _RISES_AT, _RISES_TO, _FAILS, _CHANGES,
    _CHANGES_TO, _PAUSES, _PAUSES_FOR, _RETURNS, _STAYS_AWAY, _RETURNS_TO, _NEW_PLAN, _ERASES, _ERASES_AFTER,
) = range(18)  # fmt: skip


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
class Told:
    """Keep what was told of all lives: the events, in the order of time, and who was erased when (0: not)."""

    events: Events
    erased_at: Ints


@dataclass(frozen=True)
class _Lives:
    """Keep the subscriptions that still go on, each at the beginning of a billing period.

    Attributes:
        since: when the subscription began; people who are new leave sooner.
        turn: how many periods the person has had, all subscriptions together.

    """

    user: Ints
    plan: Ints
    anchor: Ints
    months: Ints
    since: Ints
    turn: Ints


def tell_lives(
    created_at: Ints, first: int, end: int, fates: Fates, behaviour: Behaviour, erasures_from: int = NEVER
) -> Told:
    """Tell the life of every account from its start to an end.

    Args:
        created_at: when each account was made.
        first: the number of the first of them among all people; a life depends on its person's number.
        end: nothing at or after this instant is told.
        fates: what befalls whom.
        behaviour: how people behave.
        erasures_from: who leaves from this instant on may ask to be forgotten.

    """
    story = _Story(fates, first, end, behaviour, erasures_from)
    lives = story.begin(created_at)
    while lives.user.size:
        lives = story.next_period(lives)
    return Told(story.events(), story.erased_at)


class _Story:
    """Move all lives forward, one billing period at a time, and write down what happens."""

    def __init__(self, fates: Fates, first: int, end: int, behaviour: Behaviour, erasures_from: int) -> None:
        self._fates, self._first, self._end = fates, first, end
        self._behaviour, self._erasures_from = behaviour, erasures_from
        self._written: list[Events] = []
        self.erased_at = np.empty(0, dtype=np.int64)

    def begin(self, created_at: Ints) -> _Lives:
        user = np.arange(len(created_at))
        nothing = np.zeros(len(user), dtype=np.int64)
        self.erased_at = nothing.copy()
        plan = pick(np.array(self._behaviour.first_plan), self._share(user, nothing, _FIRST_PLAN))
        minutes = self._share(user, nothing, _FIRST_MINUTES) * 10 * MINUTE
        anchor = created_at + whole_milliseconds(minutes) + SECOND
        told = anchor < self._end
        lives = taken(_Lives(user, plan, anchor, nothing, anchor, nothing), told)
        self._write(START, lives.user, lives.anchor, to_plan=lives.plan, amount=PRICE_CENTS[lives.plan])
        return lives

    def next_period(self, lives: _Lives) -> _Lives:
        """Play one billing period of each life; return those that reach another one."""
        opened = add_months(lives.anchor, lives.months)
        closed = add_months(lives.anchor, lives.months + TERM_MONTHS[lives.plan])
        leaves_at = self._departures(lives, opened, closed)
        lives, changed = self._upgrade(lives, opened, closed, leaves_at)
        leaves = leaves_at < np.minimum(closed, self._end)
        returned = self._end_of(taken(lives, leaves), leaves_at[leaves], VOLUNTARY)
        onward = replace(lives, turn=lives.turn + 1)
        rebilled = taken(onward, changed & ~leaves)
        billed = ~leaves & ~changed & (closed < self._end)
        return joined(self._bill(taken(lives, billed), closed[billed]), rebilled, returned)

    def _share(self, user: Ints, turn: Ints, purpose: int) -> Floats:
        return self._fates.draw(user + self._first, turn, purpose)

    def _of(self, lives: _Lives, purpose: int) -> Floats:
        return self._share(lives.user, lives.turn, purpose)

    def _departures(self, lives: _Lives, opened: Ints, closed: Ints) -> Ints:
        chosen = self._behaviour
        tenure = opened - lives.since
        rates = [chosen.leaves_first_quarter, chosen.leaves_first_year]
        monthly = np.select([tenure < _QUARTER, tenure < _YEAR], rates, chosen.leaves_later)
        monthly = np.where(lives.plan == PREMIUM_ANNUAL, monthly * chosen.annual_leaves, monthly)
        monthly = np.where(lives.plan == FREE, chosen.free_leaves, monthly)
        stays = np.power(1 - monthly, TERM_MONTHS[lives.plan])
        leaves = self._of(lives, _LEAVES) < 1 - stays
        return np.where(leaves, between(opened, closed, self._of(lives, _LEAVES_AT)), NEVER)

    def _upgrade(self, lives: _Lives, opened: Ints, closed: Ints, leaves_at: Ints) -> tuple[_Lives, Bools]:
        """Let some choose a higher plan within the period; also tell whose billing began anew with it."""
        chosen = self._behaviour
        pays = np.where(lives.turn == 0, chosen.free_pays_first_month, chosen.free_pays_later)
        rises = np.array([0.0, chosen.upgrades, chosen.upgrades, 0.0, 0.0])[lives.plan]
        wants = self._of(lives, _RISES) < np.where(lives.plan == FREE, pays, rises)
        at = between(opened, closed, self._of(lives, _RISES_AT))
        target = pick_by_row(_UPGRADE_TO, lives.plan, self._of(lives, _RISES_TO))
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
        # Who comes to pay is new as a payer.
        since = np.where(rises & (lives.plan == FREE), at, lives.since)
        months = np.where(renewed, 0, lives.months)
        return _Lives(lives.user, plan, anchor, months, since, lives.turn), renewed

    def _bill(self, lives: _Lives, at: Ints) -> _Lives:
        """Let the billing date of each life come; return those that go on."""
        chosen, monthly, yearly = self._behaviour, IS_PAID & (TERM_MONTHS == 1), TERM_MONTHS > 1
        failing = np.select([monthly, yearly], [chosen.payment_fails, chosen.annual_payment_fails], 0.0)
        changing = np.select([monthly, yearly], [chosen.downgrades, chosen.annual_changes], 0.0)
        fails = self._of(lives, _FAILS) < failing[lives.plan]
        changes = (self._of(lives, _CHANGES) < changing[lives.plan]) & ~fails
        target = pick_by_row(_BILLING_CHANGE_TO, lives.plan, self._of(lives, _CHANGES_TO))
        self._change(taken(lives, changes), target[changes], at[changes])
        renews = ~fails & ~changes & IS_PAID[lives.plan]
        plan = lives.plan[renews]
        self._write(
            RENEWAL, lives.user[renews], at[renews], from_plan=plan, to_plan=plan, amount=PRICE_CENTS[plan]
        )
        onward = replace(
            lives,
            plan=np.where(changes, target, lives.plan),
            months=lives.months + TERM_MONTHS[lives.plan],
            turn=lives.turn + 1,
        )
        return joined(taken(onward, ~fails), self._end_of(taken(lives, fails), at[fails], PAYMENT_FAILED))

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

    def _end_of(self, lives: _Lives, at: Ints, reason: int) -> _Lives:
        """Let subscriptions end; return those that people come back to."""
        self._write(CANCELLATION, lives.user, at, from_plan=lives.plan, reason=reason)
        asks = (self._of(lives, _ERASES) < self._behaviour.erasures) & (at >= self._erasures_from)
        until = whole_milliseconds(waits(self._of(lives, _ERASES_AFTER), _MEAN_UNTIL_ERASURE)) + MINUTE
        told = asks & (at + until < self._end)
        self.erased_at[lives.user[told]] = (at + until)[told]
        return self._come_back(taken(lives, ~asks), at[~asks], reason)

    def _come_back(self, lives: _Lives, left_at: Ints, reason: int) -> _Lives:
        chosen = self._behaviour
        pauses = (self._of(lives, _PAUSES) < chosen.pauses) & (reason == VOLUNTARY)
        months = pick(_PAUSE_MONTHS, self._of(lives, _PAUSES_FOR))
        absence = _SHORTEST_ABSENCE + waits(self._of(lives, _STAYS_AWAY), chosen.mean_absence_days * DAY)
        later = left_at + whole_milliseconds(absence)
        at = np.where(pauses, add_months(left_at, months), later)
        same = pauses | (self._of(lives, _RETURNS_TO) < _TAKES_THE_SAME_PLAN)
        other = pick(np.array(chosen.first_plan), self._of(lives, _NEW_PLAN))
        plan = np.where(same, lives.plan, other)
        back = (pauses | (self._of(lives, _RETURNS) < chosen.returns)) & (at < self._end)
        returned = replace(lives, plan=plan, anchor=at, since=at, turn=lives.turn + 1)
        returned = taken(replace(returned, months=np.zeros(len(at), dtype=np.int64)), back)
        self._write(
            REACTIVATION,
            returned.user,
            returned.anchor,
            to_plan=returned.plan,
            amount=PRICE_CENTS[returned.plan],
        )
        return returned

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
        told = joined(*self._written)
        return taken(told, np.lexsort((told.user, told.occurred_at)))
