"""What a contract may say, and the order of tables."""

import csv
from pathlib import Path

import pytest

from streamvision.adapters.contracts.yaml_files import read_contracts
from streamvision.assets import asset
from streamvision.domain.contract import Reference, in_dependency_order, parse_contract
from streamvision.domain.errors import ContractError
from streamvision.domain.expectation import Freshness, Threshold, Volume
from tests.fakes.building import column, contract, document

ID = column("id", "bigint")
LISTS = {"sizes": ["1", "2"], "empty": [], "unquoted": ["SE", False], "text": "a"}


def _with(**changes: object) -> dict[str, object]:
    return document("things", ID) | changes


def _without(field: str) -> dict[str, object]:
    complete = document("things", ID)
    del complete[field]
    return complete


def _with_column(**changes: object) -> dict[str, object]:
    return document("things", ID, column("size", "integer", **changes))


def test_every_field_of_a_contract_is_read() -> None:
    """What the file says is what the contract has."""
    found = parse_contract(
        document(
            "ratings",
            ID,
            column(
                "score",
                "smallint",
                nullable=True,
                unique=True,
                min=1,
                max=10,
                values=["1", "10"],
                pattern="1.*",
            ),
            column("user_id", "bigint", references="users.id", personal="indirect"),
            rules=[("even", "score % 2 = 0", "the score is odd")],
        ),
        "ratings.yml",
    )
    score, user = found.columns[1], found.columns[2]
    assert (found.schema, found.table, found.key) == ("public", "ratings", ("id",))
    assert (score.nullable, score.unique, score.minimum, score.maximum) == (True, True, 1, 10)
    assert (score.values, score.pattern) == (("1", "10"), "1.*")
    assert (user.references, user.personal) == (Reference("users", "id"), "indirect")
    assert (found.rules[0].name, found.rules[0].holds, found.rules[0].reason) == (
        "even",
        "score % 2 = 0",
        "the score is odd",
    )
    assert found.column_names == ("id", "score", "user_id")
    assert found.parents == {"users"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (_without("table"), "missing field 'table'"),
        (_without("description"), "missing field 'description'"),
        (_without("grain"), "missing field 'grain'"),
        (_without("key"), "missing field 'key'"),
        (_without("columns"), "missing field 'columns'"),
        (_with(colour="red"), "unknown fields ['colour']"),
        (_with(table="things"), "is not a name"),
        (_with(table="public.Things"), "'Things' is not a name"),
        (_with(table="public.things; drop table users"), "is not a name"),
        (_with(key="id"), "is not a list"),
        (_with(key=["size"]), "the key ['size'] is not made of its columns"),
        (_with(columns="id"), "is not a list"),
        (_with(columns=["id"]), "'id' is not a mapping"),
        (_with(columns=[ID, ID]), "a column is named twice"),
        (_with(columns=[ID | {"nullable": True}]), "a column of the key is nullable"),
        (_with(columns=[ID | {"colour": "red"}]), "unknown fields ['colour'] of column id"),
        (_with(columns=[{"name": "id", "type": "bigint"}]), "missing field 'description'"),
        (_with(columns=[column("Id", "bigint")]), "'Id' is not a name"),
        (_with(columns=[column("id", "int; drop")]), "column id has the unknown type 'int; drop'"),
        (_with(columns=[column("id", "Mood")]), "column id has the unknown type 'Mood'"),
        (_with(drift="ignore"), "drift is 'ignore', not accept, quarantine or stop"),
        (_with(drift=None), "drift is None, not accept, quarantine or stop"),
        (_with(quarantine=0.05), "quarantine is 0.05, not a mapping"),
        (_with(quarantine={}), "quarantine has no max_share"),
        (_with(quarantine={"max_share": 5}), "max_share is 5, which is more than 1"),
        (_with(quarantine={"max_share": -0.1}), "max_share is -0.1, not a number from 0 on"),
        (_with(quarantine={"max_share": float("nan")}), "max_share is nan, not a number from 0 on"),
        (_with(quarantine={"max_share": "5%"}), "max_share is '5%', not a number from 0 on"),
        (_with(quarantine={"max_share": True}), "max_share is True, not a number from 0 on"),
        (_with(quarantine={"max_share": 0, "min_rows": 1.5}), "min_rows is 1.5, not a whole number"),
        (_with(quarantine={"max_share": 0, "on_breach": "warn"}), "unknown fields ['on_breach']"),
        (
            _with(freshness={"column": "id", "max_age_hours": 1}),
            "'id' is not a column of dates or timestamps",
        ),
        (_with(freshness={"column": "made_at", "max_age_hours": 1}), "'made_at' is not a column"),
        (_with(freshness={"column": "id"}), "freshness has no max_age_hours"),
        (_with(freshness=[]), "freshness is [], not a mapping"),
        (_with(volume={}), "volume has none of min_rows, max_rows and max_change"),
        (_with(volume={"min_rows": 2, "max_rows": 1}), "min_rows is greater than max_rows"),
        (_with(volume={"min_rows": 1, "on_breach": "ignore"}), "on_breach is 'ignore', not warn or stop"),
        (_with(volume={"min_rows": 1, "on_breach": []}), "on_breach is [], not warn or stop"),
        (_with(volume={"rows": 1}), "unknown fields ['rows'] of volume"),
        (_with(rules="none"), "is not a list"),
        (_with(rules=[{"name": "r", "holds": "true"}]), "missing field 'reason'"),
        (_with(rules=[{"name": "A rule", "holds": "true", "reason": "r"}]), "'A rule' is not a name"),
        (_with_column(nullable="false"), "nullable"),
        (_with_column(unique="no"), "unique"),
        (_with_column(min="1"), "'1' is not a number"),
        (_with_column(max=True), "True is not a number"),
        (_with_column(values="1"), "'1' is not a list"),
        (_with_column(values_of="planets"), "there is no list of values named 'planets'"),
        (_with_column(values_of="empty"), "the list empty is empty"),
        (_with_column(values_of="unquoted"), "what is not a quoted text: [False]"),
        (_with_column(values_of="text"), "'a' is not a list"),
        (_with_column(values_of="sizes", values=["1"]), "column size has both values and values_of"),
        (_with_column(references="users"), "is not a name"),
        (_with_column(references="users.Id"), "'Id' is not a name"),
        (_with_column(personal="somewhat"), "not none, direct or indirect"),
    ],
)
def test_a_contract_that_makes_no_sense_is_refused(wrong: dict[str, object], said: str) -> None:
    """The error names the file and what is wrong in it."""
    with pytest.raises(ContractError) as refusal:
        parse_contract(wrong, "contracts/things.yml", LISTS)
    assert said in refusal.value.what
    assert refusal.value.where == "contracts/things.yml"
    assert "contracts/things.yml" in refusal.value.next_command


@pytest.mark.parametrize(
    "known",
    [
        "smallint",
        "integer",
        "bigint",
        "boolean",
        "text",
        "date",
        "timestamptz",
        "char(2)",
        "numeric(9,3)",
        "text[]",
        "numeric",
        "uuid",
        "varchar(9)",
        "bit varying(5)",
        "timestamp(3) without time zone",
        'sales."Mood"[]',
    ],
)
def test_each_type_of_a_source_is_known(known: str) -> None:
    """A contract may name any type that the source uses."""
    assert contract("things", column("id", known)).columns[0].type == known


def test_a_table_may_have_no_key() -> None:
    """Where nothing names a row, the contract says so, and does not leave the field out."""
    assert parse_contract(_with(key=[]), "things.yml").key == ()


def test_a_contract_says_what_becomes_of_drift() -> None:
    """Nothing is extracted unless it says otherwise."""
    assert parse_contract(_with(), "things.yml").drift == "stop"
    for drift in ("accept", "quarantine", "stop"):
        assert parse_contract(_with(drift=drift), "things.yml").drift == drift


def test_values_may_come_from_a_list_that_columns_share() -> None:
    """Which list it was stays known."""
    size = parse_contract(_with_column(values_of="sizes"), "things.yml", LISTS).columns[1]
    assert (size.values, size.values_of) == (("1", "2"), "sizes")


def test_the_countries_of_the_contracts_are_those_of_the_warehouse() -> None:
    """A country that a contract lets pass is one that the models know; there are no others."""
    with (asset("warehouse") / "seeds" / "geography.csv").open(encoding="utf-8", newline="") as file:
        known = [row["country_code"] for row in csv.DictReader(file)]
    assert len(known) == 249
    for each in read_contracts(asset("contracts")):
        for found in each.columns:
            if found.name == "country":
                assert sorted(found.values) == sorted(known)


def test_a_contract_expects_nothing_of_the_whole_table_unless_it_says_so() -> None:
    """Any share may be broken, and the table may be as old and as large as it is."""
    found = parse_contract(_with(), "things.yml")
    assert (found.quarantine, found.freshness, found.volume) == (None, None, None)


def test_a_contract_says_what_it_expects_of_the_whole_table() -> None:
    """What stops a batch says so; without that, it is told and the batch is loaded."""
    made_at = column("made_at", "timestamp(3) without time zone")
    found = parse_contract(
        document("things", ID, made_at)
        | {
            "quarantine": {"max_share": 0.05},
            "freshness": {"column": "made_at", "max_age_hours": 48, "on_breach": "stop"},
            "volume": {"min_rows": 1, "max_rows": 9, "max_change": 0.5},
        },
        "things.yml",
    )
    assert found.quarantine == Threshold(0.05, 1)
    assert found.freshness == Freshness("made_at", 48, "stop")
    assert found.volume == Volume(1, 9, 0.5, "warn")


def test_tables_come_after_those_that_they_refer_to() -> None:
    """The order does not depend on how the contracts came."""
    plans = contract("plans", ID)
    users = contract("users", ID, column("plan_id", "bigint", references="plans.id"))
    plays = contract(
        "plays",
        ID,
        column("user_id", "bigint", references="users.id"),
        column("plan_id", "bigint", references="plans.id"),
    )
    for given in ([plays, users, plans], [plans, users, plays], [users, plays, plans]):
        assert [found.table for found in in_dependency_order(given)] == ["plans", "users", "plays"]


def test_a_table_may_refer_to_itself() -> None:
    """A reference within a table is no circle."""
    tree = contract("tree", ID, column("parent_id", "bigint", nullable=True, references="tree.id"))
    assert in_dependency_order([tree]) == [tree]
    assert tree.parents == frozenset()


def test_a_circle_is_refused() -> None:
    """No order exists; the error names the tables."""
    hens = contract("hens", ID, column("egg_id", "bigint", references="eggs.id"))
    eggs = contract("eggs", ID, column("hen_id", "bigint", references="hens.id"))
    with pytest.raises(ContractError, match=r"circle.*(hens.*eggs|eggs.*hens)"):
        in_dependency_order([hens, eggs])


def test_a_reference_to_a_table_without_a_contract_is_refused() -> None:
    """The error names both tables."""
    orders = contract("orders", ID, column("user_id", "bigint", references="users.id"))
    with pytest.raises(ContractError, match=r"orders refers to tables without one: \['users'\]"):
        in_dependency_order([orders])


def test_the_contracts_of_the_service_are_sound() -> None:
    """All nine are read, parents first, and each refers to columns that are unique where they stand."""
    found = read_contracts(asset("contracts"))
    by_table = {each.table: each for each in found}
    assert len(found) == 9
    for place, each in enumerate(found):
        assert each.parents <= {earlier.table for earlier in found[:place]}
        for reference in (described.references for described in each.columns):
            if reference is not None:
                parent = by_table[reference.table]
                unique = {(known.name,) for known in parent.columns if known.unique} | {parent.key}
                assert (reference.column,) in unique


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("things.yml", "table: [", "is not YAML"),
        ("things.yml", "- a list", "is not a mapping"),
        ("others.yml", None, "is named others.yml but describes things"),
    ],
)
def test_a_file_that_holds_no_contract_is_refused(
    tmp_path: Path, name: str, text: str | None, said: str
) -> None:
    """The error names the file."""
    sound = (
        "{table: public.things, description: d, grain: g, key: [id],"
        " columns: [{name: id, type: bigint, description: d}]}"
    )
    (tmp_path / name).write_text(text or sound, encoding="utf-8")
    with pytest.raises(ContractError, match=said) as refusal:
        read_contracts(tmp_path)
    assert refusal.value.where == str(tmp_path / name)


def test_a_folder_without_contracts_is_refused(tmp_path: Path) -> None:
    """An empty folder is not a service without tables."""
    with pytest.raises(ContractError, match="There are no contracts"):
        read_contracts(tmp_path)
