"""What a batch must be as a whole to be loaded."""

from dataclasses import replace

import pytest

from streamvision.domain.errors import DataQualityError
from streamvision.domain.expectation import Freshness, OnBreach, Threshold, Volume
from streamvision.pipeline.load.judge import judge
from streamvision.ports.warehouse import QuarantineGroup, TableAccount, TableState
from tests.fakes.building import BATCH, LOADED_AT, RUN_ID, SNAPSHOT_AT, people, visits

HOUR = 3600.0


def _state(extracted: int = 100, quarantined: int = 0, *, is_refused: bool = False) -> TableState:
    account = TableAccount(
        BATCH.id, "people", extracted, extracted - quarantined, quarantined, 1, "0", "source",
        SNAPSHOT_AT, LOADED_AT, RUN_ID,
    )  # fmt: skip
    return TableState(people(), account, is_refused, (), extracted - quarantined, None, None)


def _with_threshold(state: TableState, threshold: Threshold) -> TableState:
    return replace(state, contract=replace(state.contract, quarantine=threshold))


def _fresh(age_seconds: float | None, on_breach: OnBreach = "warn") -> TableState:
    contract = replace(people(), freshness=Freshness("made_at", 48, on_breach))
    return replace(_state(), contract=contract, age_seconds=age_seconds)


def _large(rows: int, before: int | None, volume: Volume) -> TableState:
    contract = replace(people(), volume=volume)
    return replace(_state(), contract=contract, current_rows=rows, rows_before=before)


@pytest.mark.parametrize(
    ("extracted", "quarantined", "threshold", "stops"),
    [
        (100, 5, Threshold(0.05), False),
        (100, 6, Threshold(0.05), True),
        (100, 6, Threshold(0.05, 6), True),
        (100, 6, Threshold(0.05, 7), False),
        (100, 100, Threshold(1), False),
        (100, 1, Threshold(0), True),
        (100, 0, Threshold(0, 0), False),
        (0, 0, Threshold(0, 0), False),
        # A quotient of floats would make 0.07 of these rows more than 0.07.
        (100, 7, Threshold(0.07), False),
    ],
)
def test_too_large_a_share_in_quarantine_stops_a_batch(
    extracted: int, quarantined: int, threshold: Threshold, *, stops: bool
) -> None:
    """More than the share, and no fewer than the least rows that count."""
    state = _with_threshold(_state(extracted, quarantined), threshold)
    if stops:
        with pytest.raises(DataQualityError) as stopped:
            judge([state])
        assert stopped.value.exit_code == 3
    else:
        assert [outcome.holds for outcome in judge([state])] == [True]


def test_the_error_tells_shares_rules_and_what_to_do() -> None:
    """Of every table, the three rules that most rows broke, each with an example."""
    groups = [
        QuarantineGroup(BATCH.id, "people", f"rule_{number}", f"reason {number}", 50 - number)
        for number in range(4)
    ]
    people_state = replace(_with_threshold(_state(1000, 194), Threshold(0.05, 100)), broken=tuple(groups))
    visits_state = replace(
        people_state,
        contract=replace(visits(), quarantine=Threshold(0.1)),
        account=replace(people_state.account, table="visits"),
        broken=(replace(groups[0], table="visits", reason="long " * 100),),
    )
    with pytest.raises(DataQualityError) as stopped:
        judge([people_state, visits_state])
    error = stopped.value
    assert "people: quarantined share is 19.40% (194 of 1,000 rows)" in error.what
    assert "expected at most 5.00%, or fewer than 100 rows" in error.what
    assert "50 rows broke rule_0, for example: reason 0" in error.what
    assert "48 rows broke rule_2, for example: reason 2" in error.what
    assert "rule_3" not in error.what
    assert "visits: quarantined share" in error.what
    assert max(map(len, error.what.splitlines())) < 300
    assert "quarantine/postgres/" in error.safe
    assert "--accept-quarantined" in error.next_command


def test_broken_rows_that_are_accepted_are_recorded_as_such() -> None:
    """The batch is loaded, and it stays known that it had more than allowed."""
    state = _with_threshold(_state(100, 50), Threshold(0.05))
    (outcome,) = judge([state], accept_quarantined=True)
    assert (outcome.batch_id, outcome.table, outcome.holds) == (BATCH.id, "people", False)
    assert outcome.observed == "50.00% (50 of 100 rows)"


def test_a_table_that_is_refused_as_a_whole_does_not_count() -> None:
    """Its contract wants just that of it."""
    assert judge([_with_threshold(_state(100, 100, is_refused=True), Threshold(0))]) == []


@pytest.mark.parametrize(
    ("age", "holds"), [(48 * HOUR, True), (48 * HOUR + 1, False), (0, True), (None, False)]
)
def test_a_table_is_as_old_as_its_newest_row(age: float | None, *, holds: bool) -> None:
    """A table without any row is not fresh; by itself that is only told."""
    (outcome,) = judge([_fresh(age)])
    assert (outcome.expectation, outcome.holds) == ("freshness of made_at", holds)
    assert outcome.expected == "at most 48 hours old"


def test_an_expectation_stops_a_batch_where_its_contract_says_so() -> None:
    """Broken rows that are accepted make no stale table fresh."""
    with pytest.raises(DataQualityError, match=r"freshness of made_at is 72\.0 hours old") as stopped:
        judge([_fresh(72 * HOUR, "stop")], accept_quarantined=True)
    assert "--accept-quarantined" not in stopped.value.next_command
    assert "on_breach: warn" in stopped.value.next_command
    assert judge([_fresh(HOUR, "stop")])[0].holds


@pytest.mark.parametrize(
    ("rows", "before", "volume", "broken"),
    [
        (1, None, Volume(min_rows=1), []),
        (0, None, Volume(min_rows=1), ["volume"]),
        (9, None, Volume(max_rows=9), []),
        (10, 9, Volume(max_rows=9), ["volume"]),
        (15, 10, Volume(max_change=0.5), []),
        (16, 10, Volume(max_change=0.5), ["volume change"]),
        (5, 10, Volume(max_change=0.5), []),
        (4, 10, Volume(max_change=0.5), ["volume change"]),
        (99, None, Volume(max_change=0.5), []),
        (99, 0, Volume(max_change=0.5), []),
        (0, 10, Volume(min_rows=1, max_change=0.5), ["volume", "volume change"]),
    ],
)
def test_a_table_has_as_many_rows_as_expected(
    rows: int, before: int | None, volume: Volume, broken: list[str]
) -> None:
    """Within bounds, and near to what it had; what had no row before grows by no share."""
    state = _large(rows, before, volume)
    outcomes = judge([state])
    assert [outcome.expectation for outcome in outcomes if not outcome.holds] == broken
    if broken:
        with pytest.raises(DataQualityError) as stopped:
            judge([replace(state, contract=replace(people(), volume=replace(volume, on_breach="stop")))])
        assert all(outcome.told in stopped.value.what for outcome in outcomes if not outcome.holds)
