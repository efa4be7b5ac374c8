"""The account is compared with the files, and brought to what they say."""

from collections import Counter
from dataclasses import asdict, replace

import pytest

from streamvision.adapters.contracts.yaml_files import read_contracts
from streamvision.assets import asset
from streamvision.domain.contract import Column, Contract, parse_contract
from streamvision.domain.errors import WarehouseError, WrongUseError
from streamvision.pipeline.provision.personal import personal_columns, tag_of
from streamvision.pipeline.provision.placeholders import Placeholders
from streamvision.pipeline.provision.step import Change, apply, plan
from streamvision.ports.account import TableColumn
from tests.fakes.account import FakeAccount
from tests.support.account_files import EXAMPLE, account_files

CONTRACTS = read_contracts(asset("contracts"))
LOADED = [
    TableColumn(schema, table, column)
    for schema, table, column in [
        ("RAW", "USERS", "EMAIL"),
        ("RAW", "USERS", "COUNTRY"),
        ("RAW", "USERS", "IS_ACTIVE"),
        ("RAW", "USERS__CHANGES", "EMAIL"),
        ("RAW", "USERS__SNAPSHOTS", "EMAIL"),
        ("RAW", "USERS__VERSIONS", "EMAIL"),
        ("RAW", "RATINGS", "USER_ID"),
        ("QUARANTINE", "ROWS", "ROW_VALUES"),
        ("QUARANTINE", "ROWS", "REASON"),
        ("CORE", "DIM_USERS", "USER_ID"),
    ]
]


def _verbs(changes: list[Change]) -> Counter[str]:
    return Counter(change.verb for change in changes)


def _apply(account: FakeAccount) -> int:
    return len(apply(account, account_files(), CONTRACTS, lambda _: None))


def test_without_an_account_everything_is_to_be_made() -> None:
    """The plan can be read before there is anything to connect to."""
    changes = plan(None, account_files(), CONTRACTS)
    assert _verbs(changes)["keep"] == _verbs(changes)["tag"] == 0
    assert "create WAREHOUSE LOADING_WH" in {f"{change.verb} {change.what}" for change in changes}
    assert "grant SELECT ON FUTURE TABLES IN STREAMVISION_WH.MARTS to REPORTER" in {
        f"{change.verb} {change.what}" for change in changes
    }
    assert next(change.what for change in changes if change.verb == "wait").startswith(
        "tags of personal data on RAW.EPISODE_VIEWING"
    )


def test_applied_twice_nothing_is_made_twice() -> None:
    """After the first time, the plan has nothing to create and nothing to grant."""
    account = FakeAccount(*LOADED)
    first = _apply(account)
    made, given = dict(account.made), set(account.given)
    changes = plan(account, account_files(), CONTRACTS)
    assert _verbs(changes)["create"] == 0
    # What is granted on all tables of a schema is granted again: there may be new ones.
    assert {change.what.split(" IN ")[0] for change in changes if change.verb == "grant"} == {
        "SELECT ON ALL TABLES",
    }
    assert _apply(account) == first
    assert (account.made, account.given) == (made, given)


def test_what_somebody_removed_is_planned_again() -> None:
    """The plan tells of what is there now, not of what was applied once."""
    account = FakeAccount(*LOADED)
    _apply(account)
    del account.made["SCHEMA", "STREAMVISION_WH.OPS"]
    account.given = {grant for grant in account.given if grant.role != "REPORTER"}
    changes = plan(account, account_files(), CONTRACTS)
    assert [change.what for change in changes if change.verb == "create"] == ["SCHEMA STREAMVISION_WH.OPS"]
    assert "USAGE ON DATABASE STREAMVISION_WH to REPORTER" in {
        change.what for change in changes if change.verb == "grant"
    }


def test_columns_of_loaded_tables_are_tagged_as_their_contracts_say() -> None:
    """The versions of rows and the rows in quarantine too; what the models make inherits the tag."""
    account = FakeAccount(*LOADED)
    _apply(account)
    tagged = [sql.removeprefix('alter table "STREAMVISION_WH".') for sql in account.said if "set tag" in sql]
    tag = "set tag streamvision_wh.governance.personal"
    assert tagged == [
        f'"QUARANTINE"."ROWS" modify column "ROW_VALUES" {tag} = \'direct\'',
        f'"RAW"."RATINGS" modify column "USER_ID" {tag} = \'indirect\'',
        f'"RAW"."USERS" modify column "COUNTRY" {tag} = \'category\'',
        f'"RAW"."USERS" modify column "EMAIL" {tag} = \'direct\'',
        f'"RAW"."USERS__CHANGES" modify column "EMAIL" {tag} = \'direct\'',
        f'"RAW"."USERS__SNAPSHOTS" modify column "EMAIL" {tag} = \'direct\'',
        f'"RAW"."USERS__VERSIONS" modify column "EMAIL" {tag} = \'direct\'',
    ]
    waiting = [change.what for change in plan(account, account_files(), CONTRACTS) if change.verb == "wait"]
    assert [what.split()[5] for what in waiting] == [
        "RAW.EPISODE_VIEWING,",
        "RAW.SEARCH_QUERIES,",
        "RAW.VIEWING_SESSIONS,",
    ]


def test_every_personal_column_of_every_contract_gets_a_tag() -> None:
    """What names a user in another table is as personal there as here."""
    tags = personal_columns(CONTRACTS)
    written = {
        (contract.table, column.name)
        for contract in CONTRACTS
        for column in contract.columns
        if column.personal != "none"
    }
    assert tags.keys() == written | {("users", "id")}
    assert tags["users", "email"] == "direct"
    assert tags["users", "id"] == tags["search_queries", "query_text"] == "indirect"
    assert tags["users", "age_group"] == "category"


def test_listed_values_do_not_soften_what_is_direct() -> None:
    """Only what identifies nobody by itself may be shown as a category."""
    column = Column("name", "text", "A name.", values=("Ann", "Ben"), personal="direct")
    assert tag_of(column) == "direct"
    assert tag_of(replace(column, personal="indirect")) == "category"
    assert tag_of(replace(column, personal="none")) is None


def test_the_stricter_tag_counts_where_two_meet() -> None:
    """A key that is direct in its own table stays so, whoever refers to it."""
    contracts = [
        _contract("people", {"name": "id", "type": "text", "description": "d", "personal": "direct"}),
        _contract(
            "visits",
            {"name": "id", "type": "text", "description": "d"},
            {
                "name": "who",
                "type": "text",
                "description": "d",
                "personal": "indirect",
                "references": "people.id",
            },
        ),
    ]
    assert personal_columns(contracts)["people", "id"] == "direct"
    assert personal_columns(reversed(contracts))["people", "id"] == "direct"


def test_a_refused_statement_stops_and_can_be_gone_on_from() -> None:
    """What was said before it stands; applying again comes to the same account."""
    account, whole = FakeAccount(*LOADED), FakeAccount(*LOADED)
    account.refuses = "create storage integration"
    with pytest.raises(WarehouseError, match="refused") as stopped:
        _apply(account)
    assert stopped.value.where == "04_lake.sql:5"
    assert ("DATABASE", "STREAMVISION_WH") in account.made
    account.refuses = None
    _apply(account)
    _apply(whole)
    assert (account.made, account.given) == (whole.made, whole.given)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("lake_url", "s3://example-lake/it's"),
        ("lake_url", "file:///srv/lake"),
        ("lake_url", "s3://example-lake/a//b"),
        ("lake_url", "s3://Upper/b"),
        ("storage_role_arn", "arn:aws:iam::12345678901:role/short-account"),
        ("storage_role_arn", "arn:aws:iam::123456789012:user/somebody"),
        ("storage_role_arn", "arn:aws:iam::123456789012:role/x' --"),
        ("storage_role_arn", "arn:aws:iam::123456789012:role/näme"),
        ("external_id", "a"),
        ("external_id", "it's"),
        ("external_id", "two words"),
        ("monthly_credits", 0),
    ],
)
def test_a_value_that_makes_no_sense_never_reaches_a_statement(field: str, value: object) -> None:
    """It is refused before anything is connected to; so is one that would end the text it stands in."""
    wrong = Placeholders(**(asdict(EXAMPLE) | {field: value}))
    with pytest.raises(WrongUseError) as refused:
        wrong.values()
    assert refused.value.exit_code == 2


def test_the_lakes_url_ends_with_a_slash() -> None:
    """Without it, `streamvision-old` would be open to whoever may read `streamvision`."""
    assert EXAMPLE.values()["LAKE_URL"] == "s3://example-lake/streamvision/"
    assert replace(EXAMPLE, lake_url="s3://example-lake").values()["LAKE_URL"] == "s3://example-lake/"


def _contract(table: str, *columns: dict[str, str]) -> Contract:
    document = {
        "table": f"public.{table}",
        "description": "d",
        "grain": "g",
        "key": ["id"],
        "columns": list(columns),
    }
    return parse_contract(document, table)
