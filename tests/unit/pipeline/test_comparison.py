"""What is told of contracts that the source does not follow."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from streamvision.domain.contract import Contract, Drift, RowRule
from streamvision.domain.errors import ContractError
from streamvision.pipeline.extract.agreement import agree
from streamvision.pipeline.extract.comparison import Compared, compare
from streamvision.ports.source import SourceColumn
from tests.fakes.building import people, visits
from tests.fakes.source import InMemorySource

ID = SourceColumn("id", "bigint", nullable=False)
NAME = SourceColumn("name", "text", nullable=True)


def _compare(source: InMemorySource, *contracts: Contract) -> list[Compared]:
    with source.snapshot() as snapshot:
        return compare(snapshot, contracts)


def _of(columns: Sequence[SourceColumn], contract: Contract) -> Compared:
    source = InMemorySource({})
    source.catalogue["people"] = columns
    (compared,) = _compare(source, contract)
    return compared


def _texts(compared: Compared) -> list[tuple[str, str, str]]:
    return [(each.column, each.contract, each.source) for each in compared.differences]


def test_a_table_that_is_what_its_contract_says_agrees() -> None:
    """In whatever order its columns are."""
    assert _of([NAME, ID], people()) == Compared("public.people", "agrees")


@pytest.mark.parametrize(
    ("drift", "verdict", "follows"),
    [
        ("stop", "stops", "nothing"),
        ("quarantine", "quarantine", "quarantine"),
        ("accept", "differs", "as it is"),
    ],
)
@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ([ID], ("name", "text", "no such column")),
        ([ID, SourceColumn("name", "bigint", nullable=True)], ("name", "text", "bigint")),
    ],
)
def test_what_becomes_of_a_column_that_is_gone_or_another_is_the_contracts_to_say(
    drift: Drift, verdict: str, follows: str, columns: Sequence[SourceColumn], told: tuple[str, str, str]
) -> None:
    """The difference is the same; what follows is not."""
    compared = _of(columns, replace(people(), drift=drift))
    assert (compared.verdict, _texts(compared)) == (verdict, [told])
    assert follows in compared.differences[0].follows


def test_a_column_that_came_is_no_hindrance() -> None:
    """It is extracted, and may be the one that is gone under another name."""
    label = SourceColumn("label", "text", nullable=True)
    assert _texts(_of([ID, NAME, label], people())) == [("label", "no such column", "text")]
    renamed = _of([ID, label], people())
    assert _texts(renamed) == [
        ("name", "text", "no such column; renamed to label, perhaps"),
        ("label", "no such column", "text"),
    ]


def test_rules_that_cannot_be_checked_are_named() -> None:
    """Where the contract accepts that a column they need is gone."""
    rule = RowRule("named", "name <> ''", "the name is empty")
    compared = _of([ID], replace(people(), drift="accept", rules=(rule,)))
    assert "rules that cannot be checked: named" in compared.differences[0].follows


def test_null_is_told_either_way() -> None:
    """Only rows with a NULL that the contract does not allow go to quarantine."""
    compared = _of([replace(ID, nullable=True), replace(NAME, nullable=False)], people())
    assert compared.verdict == "differs"
    assert _texts(compared) == [
        ("id", "is never NULL", "may be NULL"),
        ("name", "may be NULL", "is never NULL"),
    ]
    assert "quarantine" in compared.differences[0].follows
    assert "nothing" in compared.differences[1].follows


@pytest.mark.parametrize(("key", "told"), [((), "no key"), (("name",), "key name")])
def test_another_key_is_told(key: tuple[str, ...], told: str) -> None:
    """Rows are told apart by the contract's."""
    source = InMemorySource({})
    source.keys["people"] = key
    (compared,) = _compare(source, people())
    assert (compared.verdict, _texts(compared)) == ("differs", [("", "key id", told)])


def test_tables_that_only_one_side_has_are_told() -> None:
    """A contract without a table stops extraction; a table without a contract is left where it is."""
    source = InMemorySource({})
    source.missing.add("visits")
    source.catalogue["orders"] = [ID]
    compared = _compare(source, people(), visits())
    assert [(each.table, each.verdict) for each in compared] == [
        ("public.people", "agrees"),
        ("public.visits", "stops"),
        ("public.orders", "no contract"),
    ]
    assert [_texts(each) for each in compared] == [
        [],
        [("", "a table", "no such table")],
        [("", "no contract", "a table")],
    ]


@pytest.mark.parametrize("drift", ["stop", "quarantine", "accept"])
@pytest.mark.parametrize(
    "columns",
    [[ID, NAME], [ID], [NAME], [ID, replace(NAME, type="bytea")], [replace(ID, nullable=True), NAME]],
)
@pytest.mark.parametrize("missing", [False, True])
def test_extraction_stops_where_the_verdict_says_so_and_nowhere_else(
    drift: Drift, columns: Sequence[SourceColumn], *, missing: bool
) -> None:
    """What is told beforehand is what happens."""
    source = InMemorySource({})
    source.catalogue["people"] = columns
    if missing:
        source.missing.add("people")
    contract = replace(people(), drift=drift)
    (compared, *_) = _compare(source, contract)
    with source.snapshot() as snapshot:
        if compared.verdict == "stops":
            with pytest.raises(ContractError):
                agree(snapshot, [contract])
        else:
            assert len(agree(snapshot, [contract])) == 1
