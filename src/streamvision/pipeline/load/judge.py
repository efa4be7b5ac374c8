"""Judges a batch as a whole before it is loaded for good: how much is broken, how fresh it is, how large."""

from collections.abc import Iterator, Sequence
from textwrap import shorten

from streamvision.domain.errors import DataQualityError
from streamvision.domain.expectation import (
    FRESHNESS,
    QUARANTINED,
    VOLUME,
    VOLUME_CHANGE,
    OnBreach,
    Threshold,
    Volume,
)
from streamvision.ports.warehouse import Outcome, QuarantineGroup, TableState

_RULES_TOLD = 3
_REASON_LENGTH = 200
_SECONDS = 3600


def judge(states: Sequence[TableState], *, accept_quarantined: bool = False) -> list[Outcome]:
    """Return what came of each expectation of the tables' contracts.

    Args:
        states: every table of the batch.
        accept_quarantined: whether more rows than a contract allows may go to quarantine.

    Raises:
        DataQualityError: naming each table where too much went to quarantine, and each expectation that does
            not hold and stops a batch.

    """
    outcomes: list[Outcome] = []
    stops: list[str] = []
    too_many = False
    for state in states:
        for outcome, on_breach in _judged(state):
            outcomes.append(outcome)
            if not outcome.holds and on_breach == "stop":
                is_share = outcome.expectation == QUARANTINED
                if not (is_share and accept_quarantined):
                    stops.append(_told(state, outcome))
                    too_many = too_many or is_share
    if stops:
        raise _stopped(states[0].account.batch_id, stops, too_many=too_many)
    return outcomes


def _judged(state: TableState) -> Iterator[tuple[Outcome, OnBreach]]:
    contract = state.contract
    if contract.quarantine and not state.is_refused:
        yield _share(state, contract.quarantine), "stop"
    if contract.freshness:
        expected = contract.freshness
        age = state.age_seconds
        outcome = _outcome(
            state,
            f"{FRESHNESS} {expected.column}",
            "no value up to the snapshot" if age is None else f"{age / _SECONDS:,.1f} hours old",
            f"at most {expected.max_age_hours:g} hours old",
            holds=age is not None and age <= expected.max_age_hours * _SECONDS,
        )
        yield outcome, expected.on_breach
    if contract.volume:
        for outcome in _volume(state, contract.volume):
            yield outcome, contract.volume.on_breach


def _share(state: TableState, expected: Threshold) -> Outcome:
    rows, all_rows = state.account.quarantined_rows, state.account.extracted_rows
    # A product, not a quotient: 5 of 100 rows are no more than 0.05 of them.
    holds = rows <= expected.max_share * all_rows or rows < expected.min_rows
    share = rows / all_rows if all_rows else 0.0
    return _outcome(
        state,
        QUARANTINED,
        f"{share:.2%} ({rows:,} of {all_rows:,} rows)",
        f"at most {expected.max_share:.2%}, or fewer than {expected.min_rows:,} rows",
        holds=holds,
    )


def _volume(state: TableState, expected: Volume) -> Iterator[Outcome]:
    rows, before = state.current_rows, state.rows_before
    bounds = [
        *([f"at least {expected.min_rows:,}"] if expected.min_rows is not None else []),
        *([f"at most {expected.max_rows:,}"] if expected.max_rows is not None else []),
    ]
    if bounds:
        least, most = expected.min_rows, expected.max_rows
        holds = (least is None or rows >= least) and (most is None or rows <= most)
        yield _outcome(state, VOLUME, f"{rows:,} rows", f"{' and '.join(bounds)} rows", holds=holds)
    # What grows from nothing grows by no share.
    if expected.max_change is not None and before:
        change = (rows - before) / before
        yield _outcome(
            state,
            VOLUME_CHANGE,
            f"{change:+.2%} (from {before:,} to {rows:,} rows)",
            f"at most {expected.max_change:.2%}, up or down",
            holds=abs(rows - before) <= expected.max_change * before,
        )


def _outcome(state: TableState, expectation: str, observed: str, expected: str, *, holds: bool) -> Outcome:
    account = state.account
    return Outcome(account.batch_id, account.table, expectation, observed, expected, holds)


def _told(state: TableState, outcome: Outcome) -> str:
    if outcome.expectation != QUARANTINED:
        return outcome.told
    told = state.broken[:_RULES_TOLD]
    return outcome.told + "".join(f"\n      {_example(group)}" for group in told)


def _example(group: QuarantineGroup) -> str:
    reason = shorten(group.reason, _REASON_LENGTH)
    return f"{group.rows:,} rows broke {group.rule}, for example: {reason}"


def _stopped(batch_id: str, stops: Sequence[str], *, too_many: bool) -> DataQualityError:
    mend = "mend the contract, or let its expectation say `on_breach: warn`, then run the same command again"
    if too_many:
        mend = (
            "mend the contract, raise its threshold (`quarantine`), or load the batch as it is:"
            f" streamvision load --date {batch_id} --accept-quarantined"
        )
    return DataQualityError(
        f"The batch of {batch_id} is not what its contracts expect:\n  - " + "\n  - ".join(stops),
        where=f"batch {batch_id}",
        safe="nothing of the batch was loaded, and the dashboards show what they showed; the rows that were"
        " judged broken are in the lake, under"
        f" quarantine/postgres/<table>/{batch_id}/",
        next_command=mend,
    )
