"""Which contracts a snapshot's tables have, and how far a table may differ from its contract."""

from dataclasses import replace

import pytest

from streamvision.domain.contract import Contract
from streamvision.domain.errors import ContractError
from streamvision.pipeline.extract.agreement import Agreed, agree
from streamvision.pipeline.extract.derive import declared, derive_contract, derived
from streamvision.ports.source import Snapshot, SourceColumn, SourceTable
from tests.fakes.building import column, contract, people, visits
from tests.fakes.source import InMemorySource

ID = SourceColumn("id", "bigint", nullable=False)
NAME = SourceColumn("name", "text", nullable=True)


class _Listing:
    """Show tables by their patterns, as a source does that has these tables and no others."""

    def __init__(self, *tables: SourceTable) -> None:
        """Take the tables."""
        self._tables = tables
        self.asked: list[tuple[tuple[str, ...], bool]] = []

    def tables(self, patterns: tuple[str, ...] = (), *, views: bool = False) -> list[SourceTable]:
        """Return the tables, and note what was asked."""
        self.asked.append((tuple(patterns), views))
        return list(self._tables)


def _table(schema: str, name: str, *columns: SourceColumn, key: tuple[str, ...] = ("id",)) -> SourceTable:
    return SourceTable(schema, name, "table", columns or (ID, NAME), key, "as it was made")


def _derived(listing: _Listing, *patterns: str, views: bool = False) -> list[Contract]:
    snapshot: Snapshot = listing  # type: ignore[assignment] # of a snapshot only this is asked
    return list(derived(patterns, views=views)(snapshot))


def _agree(source: InMemorySource, *contracts: Contract) -> list[Agreed]:
    with source.snapshot() as snapshot:
        return agree(snapshot, contracts)


def test_contracts_that_were_written_do_not_ask_the_source() -> None:
    """They are the same whatever it shows."""
    listing = _Listing()
    snapshot: Snapshot = listing  # type: ignore[assignment] # nothing is asked of it
    assert declared([people()])(snapshot) == [people()]
    assert listing.asked == []


def test_a_derived_contract_promises_what_the_catalogue_says() -> None:
    """Names, types, the key and what may be NULL; no rule, and every drift is accepted."""
    found = derive_contract(_table("public", "people"))
    assert (found.schema, found.table, found.in_source) == ("public", "people", "people")
    assert [(each.name, each.type, each.nullable) for each in found.columns] == [
        ("id", "bigint", False),
        ("name", "text", True),
    ]
    assert (found.key, found.drift, found.rules, found.parents) == (("id",), "accept", (), frozenset())
    assert found.description == "Derived from the catalogue."
    assert found.grain == "one row per id"


def test_names_that_the_lake_cannot_have_are_mapped() -> None:
    """The key goes by the mapped names; the source's own are kept for asking it."""
    odd = _table(
        "Sales",
        'x"; drop table y; --',
        SourceColumn("_operation", "text", nullable=False),
        SourceColumn("ID", "bigint", nullable=False),
        ID,
        key=("id", "_operation"),
    )
    found = derive_contract(odd)
    assert found.table == "%53ales.x%22%3B%20drop%20table%20y%3B%20%2D%2D"
    assert (found.schema, found.in_source) == ("Sales", 'x"; drop table y; --')
    assert found.column_names == ("c_operation", "ID", "id__2")
    assert [each.in_source for each in found.columns] == ["_operation", "ID", "id"]
    assert found.key == ("id__2", "c_operation")


def test_a_table_without_a_key_has_none() -> None:
    """Nor one without columns."""
    assert derive_contract(_table("public", "log", NAME, key=())).key == ()
    assert derive_contract(SourceTable("public", "dots", "table", (), (), "s")).columns == ()


def test_derived_contracts_come_in_the_order_of_their_names() -> None:
    """However the source lists its tables; patterns and views are handed on to it."""
    listing = _Listing(_table("z", "a"), _table("public", "b"), _table("public", "a"))
    found = _derived(listing, "*.a", "public.?", views=True)
    assert [each.table for each in found] == ["a", "b", "z.a"]
    assert listing.asked == [(("*.a", "public.?"), True)]


@pytest.mark.parametrize(
    "pattern", ["public.peoples", "public.?", "PUBLIC.people", "public.people*?", "public.p[e]ople"]
)
def test_a_pattern_that_fits_no_table_is_refused(pattern: str) -> None:
    """What it was meant for would be missing without a word."""
    with pytest.raises(ContractError) as refusal:
        _derived(_Listing(_table("public", "people")), "public.*", pattern)
    assert refusal.value.what == f"The source has no table like {pattern}"
    assert "--views" in refusal.value.next_command


def test_a_source_without_tables_is_refused() -> None:
    """An empty batch would look like a day on which nothing was."""
    with pytest.raises(ContractError, match="The source has no table"):
        _derived(_Listing())


def test_a_table_that_its_contract_describes_is_agreed_without_a_word() -> None:
    """With the catalogue's word on it beside."""
    (agreed,) = _agree(InMemorySource({}), people())
    assert (agreed.contract, agreed.table.name, agreed.notes) == (people(), "people", ())
    assert agreed.table.unlogged_because == ""


def test_a_column_that_came_is_extracted_and_told() -> None:
    """A contract that wants to be followed does not stop for it."""
    source = InMemorySource({})
    source.catalogue["people"] = [SourceColumn("age", "integer", nullable=True), NAME, ID]
    (agreed,) = _agree(source, people())
    assert agreed.contract.column_names == ("id", "name", "age")
    assert agreed.notes == ("public.people: columns that its contract does not name: age",)


def test_a_column_that_came_does_not_take_the_name_of_one_that_was_there() -> None:
    """Where the two differ in case alone, the contract's keeps its name, whichever the source lists first."""
    source = InMemorySource({})
    source.catalogue["people"] = [SourceColumn("Name", "text", nullable=True), ID, NAME]
    (agreed,) = _agree(source, people())
    assert [(each.name, each.in_source) for each in agreed.contract.columns] == [
        ("id", "id"),
        ("name", "name"),
        ("Name__2", "Name"),
    ]


def test_drift_that_is_accepted_is_told() -> None:
    """With the rules that can no longer be checked."""
    source = InMemorySource({})
    source.catalogue["people"] = [ID]
    ruled = contract(
        "people",
        column("id", "bigint"),
        column("name", "text", nullable=True),
        rules=[("named", "name <> ''", "no name")],
    )
    (agreed,) = _agree(source, replace(ruled, drift="accept"))
    assert agreed.contract.column_names == ("id",)
    assert agreed.notes == (
        "public.people.name: not in the source",
        "public.people: rules that cannot be checked: named",
    )
    (agreed,) = _agree(source, replace(ruled, drift="quarantine"))
    assert "public.people: all of its rows will go to quarantine, as its contract wants it" in agreed.notes


def test_differences_of_all_tables_are_told_at_once() -> None:
    """A table that is not there stops, whatever its contract says of drift."""
    source = InMemorySource({})
    source.catalogue["visits"] = [ID]
    source.missing = {"people"}
    with pytest.raises(ContractError) as refusal:
        _agree(source, replace(people(), drift="accept"), visits())
    assert refusal.value.what.splitlines()[1:] == [
        "  - public.people: there is no such table",
        "  - public.visits.person_id: not in the source",
        "  - public.visits.minutes: not in the source",
    ]


def test_a_table_whose_contract_names_rows_by_another_key_is_not_read_from_the_log() -> None:
    """The log names a row by its primary key."""
    source = InMemorySource({})
    source.keys["people"] = ("name",)
    (agreed,) = _agree(source, people())
    assert agreed.table.unlogged_because == "its contract's key is not its primary key"
