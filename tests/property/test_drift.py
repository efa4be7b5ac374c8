"""Contracts and tables of any shape: the contract that comes out fits the columns, and loses nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from streamvision.domain.contract import Column, Contract, Drift, RowRule
from streamvision.domain.derived import contract_from_manifest, derived_column
from streamvision.domain.drift import reconcile
from streamvision.domain.manifest import TableManifest
from streamvision.domain.names import column_names, table_name
from streamvision.pipeline.extract.derive import columns_of, derive_contract
from streamvision.ports.source import SourceColumn, SourceTable
from tests.property.bounded import bounded

_DRIFTS: list[Drift] = ["accept", "quarantine", "stop"]
_TYPES = st.sampled_from(["integer", "bigint", "text", "varchar(9)", "timestamptz", "jsonb"])
_NAMES = st.sampled_from(["id", "price", "paid_at", "state", "note", "size"])
_ANY_NAMES = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=15
)


@st.composite
def _contracts(draw: st.DrawFn) -> Contract:
    types = draw(st.dictionaries(_NAMES, _TYPES, min_size=1))
    columns = tuple(
        Column(name, type_, "", nullable=draw(st.booleans()), pattern=draw(st.sampled_from([None, "a+"])))
        for name, type_ in types.items()
    )
    mentioned = draw(st.lists(st.sampled_from(sorted(types)), max_size=3))
    rules = tuple(RowRule(f"on_{name}_{place}", f"{name} > 1", "") for place, name in enumerate(mentioned))
    key = tuple(sorted(draw(st.sets(st.sampled_from(sorted(types)), max_size=2))))
    drift = draw(st.sampled_from(_DRIFTS))
    return Contract("public", "things", "", "", key, columns, rules, drift)


@st.composite
def _columns(draw: st.DrawFn) -> list[Column]:
    types = draw(st.dictionaries(_NAMES, _TYPES))
    return [derived_column(name, type_, nullable=draw(st.booleans())) for name, type_ in types.items()]


@bounded(200)
@given(_contracts(), _columns())
def test_the_fitted_contract_has_exactly_the_columns_that_are_there(
    contract: Contract, columns: list[Column]
) -> None:
    """In their types; what the contract knows comes first, in its order, and each difference is told once."""
    found = reconcile(contract, columns)
    effective = found.contract
    assert {each.name: each.type for each in effective.columns} == {each.name: each.type for each in columns}
    known = [name for name in contract.column_names if name in effective.column_names]
    assert effective.column_names == (*known, *found.added)
    there = {each.name: each.type for each in columns}
    differing = [each.name for each in contract.columns if there.get(each.name) != each.type]
    assert len(found.differences) == len(differing)
    assert all(f".{name}: " in told for name, told in zip(differing, found.differences, strict=True))
    assert set(effective.key) <= set(effective.column_names)
    assert {rule.name for rule in effective.rules} | set(found.unchecked) == {r.name for r in contract.rules}
    assert bool(found.quarantined_because) == (contract.drift == "quarantine" and bool(differing))


@bounded(200)
@given(_contracts(), _columns())
def test_fitting_twice_changes_nothing(contract: Contract, columns: list[Column]) -> None:
    """A contract that fits has no difference left."""
    once = reconcile(contract, columns).contract
    again = reconcile(once, columns)
    assert again.contract == once
    assert (again.added, again.differences) == ((), ())


@bounded(200)
@given(_ANY_NAMES, _ANY_NAMES, st.lists(_ANY_NAMES, unique=True, max_size=8), st.data())
def test_a_derived_contract_survives_the_manifest(
    schema: str, name: str, names: list[str], data: st.DataObject
) -> None:
    """What the load makes of a manifest is what the extraction derived from the catalogue."""
    key = tuple(sorted(data.draw(st.sets(st.sampled_from(names), max_size=2)))) if names else ()
    columns = tuple(SourceColumn(each, "text", data.draw(st.booleans())) for each in names)
    contract = derive_contract(SourceTable(schema, name, "table", columns, key, "s"))
    manifest = TableManifest(
        "2026-03-14",
        contract.table,
        "parquet",
        "s-1",
        tuple((each.name, each.type) for each in contract.columns),
        (),
        relation=(contract.schema, contract.in_source),
        key=contract.key,
        nullable=tuple(each.name for each in contract.columns if each.nullable),
        source_names=tuple((each.name, each.source_name) for each in contract.columns if each.source_name),
    )
    assert contract_from_manifest(manifest) == contract
    assert [each.in_source for each in contract.columns] == names
    table = SourceTable(schema, name, "table", columns, key, "s")
    assert reconcile(contract, columns_of(table)).contract == contract


@bounded(200)
@given(_ANY_NAMES, _ANY_NAMES, _ANY_NAMES, _ANY_NAMES)
def test_different_tables_have_different_names_without_a_trap(
    schema: str, table: str, other_schema: str, other_table: str
) -> None:
    """No separator, quote, capital that some store takes for another letter, and no path."""
    name = table_name(schema, table)
    assert all(each.isascii() and (each.isalnum() or each in "_.%") for each in name)
    assert name not in {".", ".."}
    if (schema, table) != (other_schema, other_table):
        assert name.casefold() != table_name(other_schema, other_table).casefold()


@bounded(200)
@given(st.lists(_ANY_NAMES, unique=True))
def test_columns_keep_apart_whatever_their_case(names: list[str]) -> None:
    """And none begins as a technical column does."""
    found = column_names(names)
    assert len({each.casefold() for each in found}) == len(names)
    assert not any(each.startswith("_") for each in found)
