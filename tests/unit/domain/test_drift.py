"""What becomes of a contract when its table is not what it says."""

from dataclasses import replace
from typing import Literal

import pytest

from streamvision.domain.contract import Column, Contract
from streamvision.domain.derived import derived_column
from streamvision.domain.drift import reconcile, without_lost_references
from tests.fakes.building import column, contract

ORDERS = contract(
    "orders",
    column("id", "bigint"),
    column("placed_at", "timestamptz"),
    column("paid_at", "timestamptz", nullable=True),
    column("price", "integer", min=0),
    column("state", "text", values=["open", "paid"], pattern="[a-z]+"),
    rules=[
        ("paid_later", "PAID_AT >= placed_at", "paid too early"),
        ("priced", "price > 0 or state = 'open'", "no price"),
    ],
)


def _there(*without: str, **types: str) -> list[Column]:
    """Return the columns of ORDERS as a table has them, less some, some in another type, or more."""
    found = [
        derived_column(each.name, types.get(each.name, each.type), nullable=True)
        for each in ORDERS.columns
        if each.name not in without
    ]
    known = {each.name for each in ORDERS.columns}
    return [*found, *(derived_column(name, types[name], nullable=True) for name in types.keys() - known)]


def _with(drift: Literal["accept", "quarantine", "stop"]) -> Contract:
    return replace(ORDERS, drift=drift)


def test_a_table_that_is_what_its_contract_says_keeps_it_whole() -> None:
    """In the contract's order, whatever the table's."""
    found = reconcile(ORDERS, list(reversed(_there())))
    assert found.contract == ORDERS
    assert (found.added, found.differences, found.unchecked, found.quarantined_because) == ((), (), (), "")
    assert not found.stops


def test_a_column_that_came_is_taken_as_it_is_and_is_no_difference() -> None:
    """It stands behind those that the contract names, whatever the contract says of drift."""
    for drift in ("accept", "quarantine", "stop"):
        found = reconcile(replace(ORDERS, drift=drift), _there(note="jsonb"))
        assert found.added == ("note",)
        assert found.contract.columns[:-1] == ORDERS.columns
        last = found.contract.columns[-1]
        assert (last.name, last.type, last.nullable, last.pattern) == ("note", "jsonb", True, None)
        assert not found.stops
        assert found.quarantined_because == ""


def test_a_column_that_went_takes_its_rules_with_it() -> None:
    """A rule over a column that is not there could not be asked; the others hold."""
    found = reconcile(_with("accept"), _there("paid_at"))
    assert found.differences == ("public.orders.paid_at: not in the source",)
    assert "paid_at" not in found.contract.column_names
    assert [rule.name for rule in found.contract.rules] == ["priced"]
    assert found.unchecked == ("paid_later",)
    assert not found.stops


def test_a_column_that_seems_renamed_is_said_to_be() -> None:
    """Where one column of its type came; where several did, none is named."""
    one = reconcile(_with("accept"), _there("state", status="text"))
    assert one.differences == ("public.orders.state: not in the source; renamed to status, perhaps",)
    several = reconcile(_with("accept"), _there("state", status="text", note="text"))
    assert several.differences == ("public.orders.state: not in the source",)


@pytest.mark.parametrize("type_", ["bigint", "numeric(10,2)", "smallint", "double precision"])
def test_a_column_of_a_like_type_keeps_its_rules(type_: str) -> None:
    """What is asked of an integer can be asked of any number."""
    found = reconcile(_with("accept"), _there(price=type_))
    (price,) = [each for each in found.contract.columns if each.name == "price"]
    assert (price.type, price.minimum, price.nullable) == (type_, 0, False)
    assert found.unchecked == ()
    assert found.differences == (f"public.orders.price: is {type_}, the contract says integer",)


def test_a_column_of_another_type_loses_its_rules() -> None:
    """The least number says nothing of a text; that NULL may not be there still holds."""
    found = reconcile(_with("accept"), _there(price="text", state="jsonb"))
    changed = {each.name: each for each in found.contract.columns}
    assert (changed["price"].type, changed["price"].minimum, changed["price"].nullable) == (
        "text",
        None,
        False,
    )
    assert (changed["state"].values, changed["state"].pattern) == ((), None)
    assert found.unchecked == ("priced",)


def test_a_key_that_lost_a_column_is_none() -> None:
    """What is left of it would name several rows."""
    pair = replace(ORDERS, key=("id", "price"))
    assert reconcile(pair, _there("price")).contract.key == ()
    assert reconcile(pair, _there("state")).contract.key == ("id", "price")


def test_a_contract_may_want_to_be_followed() -> None:
    """Every difference is told; nothing is extracted then."""
    found = reconcile(_with("stop"), _there("state", price="text"))
    assert found.stops
    assert found.quarantined_because == ""
    assert len(found.differences) == 2


def test_a_contract_may_want_its_rows_in_quarantine() -> None:
    """All of them, with the difference as the reason."""
    found = reconcile(_with("quarantine"), _there("state"))
    assert not found.stops
    assert found.quarantined_because == (
        "the table is not what its contract says: public.orders.state: not in the source"
    )


def test_a_reference_to_what_is_not_there_is_left_out() -> None:
    """Whether the table or only its column is missing; others stay."""
    parents = contract("parents", column("id", "bigint"))
    children = contract(
        "children",
        column("id", "bigint", references="parents.id"),
        column("other", "bigint", references="parents.code"),
        column("far", "bigint", references="strangers.id"),
    )
    kept = without_lost_references([parents, children])[1]
    assert [each.references is not None for each in kept.columns] == [True, False, False]
