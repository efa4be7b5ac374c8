"""The files that describe an account are understood, or refused."""

import re
from pathlib import Path

import pytest

from streamvision.assets import asset
from streamvision.domain.account import Grant
from streamvision.domain.errors import AccountFileError
from streamvision.pipeline.provision.reading import parse_statements, read_statements, split
from tests.support.account_files import EXAMPLE, account_files


def test_what_ships_is_understood_to_the_last_statement() -> None:
    """Nothing is left of the files but what was taken from them."""
    statements = account_files()
    text = "".join(path.read_text() for path in asset("infra/snowflake").glob("*.sql"))
    plain = re.sub(r"--[^\n]*|'[^']*'", "", text)
    assert len(statements) == plain.count(";") - len(re.findall(r"use role \w+;", plain))
    assert not [statement.sql for statement in statements if "${" in statement.sql]


def test_every_object_that_the_account_needs_is_made() -> None:
    """The names are those that the loader, dbt and the dashboards use."""
    made = {(each.kind, each.name) for each in account_files() if each.action == "create"}
    schemas = {name.rpartition(".")[2] for kind, name in made if kind == "SCHEMA"}
    assert schemas == {"RAW", "STAGING", "CORE", "MARTS", "QUARANTINE", "OPS", "GOVERNANCE"}
    assert {name for kind, name in made if kind == "WAREHOUSE"} == {
        "LOADING_WH",
        "TRANSFORMING_WH",
        "REPORTING_WH",
    }
    assert {name for kind, name in made if kind == "ROLE"} == {
        "STREAMVISION_OWNER",
        "LOADER",
        "TRANSFORMER",
        "REPORTER",
    }
    assert {("DATABASE", "STREAMVISION_WH"), ("STAGE", "STREAMVISION_WH.RAW.S3_RAW_STAGE")} <= made


def test_every_warehouse_suspends_itself_and_has_a_limit() -> None:
    """A warehouse that is forgotten costs a minute, and never more than its month's credits."""
    statements = account_files()
    for name in ("LOADING", "TRANSFORMING", "REPORTING"):
        mine = " ".join(each.sql for each in statements if each.name == f"{name}_WH").lower()
        assert mine.count("auto_suspend = 60") == 2
        assert f"set resource_monitor = {name.lower()}_monitor" in mine
        limits = " ".join(each.sql for each in statements if each.name == f"{name}_MONITOR").split()
        assert "suspend_immediate" in limits
        assert limits.count("credit_quota") == 2


def test_a_statement_knows_its_line_and_who_says_it() -> None:
    """Comments, and semicolons in texts, do not disturb."""
    text = "-- one; two\nuse role loader;\n\n-- more\ngrant usage on\n  schema a.b to role c; -- end\n"
    [statement] = parse_statements(text, "a.sql", {})
    assert (statement.where, statement.role) == ("a.sql:5", "LOADER")
    assert statement.grants == (Grant("USAGE", "SCHEMA", "A.B", "C"),)
    assert list(split("alter tag t set comment = 'a;--b';")) == [(1, "alter tag t set comment = 'a;--b'")]


@pytest.mark.parametrize(
    ("sql", "grants"),
    [
        ("grant role a to role b", [Grant("USAGE", "ROLE", "A", "B")]),
        ("grant create database on account to role b", [Grant("CREATE DATABASE", "ACCOUNT", "", "B")]),
        (
            "grant usage, create schema on database d to role b",
            [Grant("USAGE", "DATABASE", "D", "B"), Grant("CREATE SCHEMA", "DATABASE", "D", "B")],
        ),
        (
            "grant select on future tables in schema d.s to role b",
            [Grant("SELECT", "TABLE", "D.S", "B", "future")],
        ),
        (
            "grant select on all views in database d to role b",
            [Grant("SELECT", "VIEW", "D", "B", "all")],
        ),
        ("grant usage on file format d.s.f to role b", [Grant("USAGE", "FILE FORMAT", "D.S.F", "B")]),
    ],
)
def test_grants_are_read(sql: str, grants: list[Grant]) -> None:
    """Each privilege that a statement grants counts by itself."""
    [statement] = parse_statements(f"use role x; {sql}", "a.sql", {})
    assert list(statement.grants) == grants


@pytest.mark.parametrize(
    "sql",
    [
        "create or replace schema d.s",
        "create schema d.s",
        "drop schema d.s",
        "revoke usage on schema d.s from role r",
        "alter schema d.s rename to t",
        "grant usage on schema d.s to role r with grant option",
        "grant usage on schema d.s to user u",
        "delete from d.s.t",
        "create user if not exists u password = 'p'",
        "create storage integration if not exists i storage_aws_role_arn = '${ROLE}'",
    ],
)
def test_what_could_do_harm_when_it_is_said_again_is_refused(sql: str) -> None:
    """So is what gives rights in a way that the analysis does not see, and a value that is missing."""
    with pytest.raises(AccountFileError) as refused:
        list(parse_statements(f"use role x;\n{sql};", "a.sql", {}))
    assert refused.value.where == "a.sql:2"


def test_a_statement_before_any_role_is_refused() -> None:
    """Who says it decides who owns what it makes."""
    with pytest.raises(AccountFileError, match="before any"):
        list(parse_statements("create schema if not exists d.s;", "a.sql", {}))


def test_a_folder_without_statements_is_refused(tmp_path: Path) -> None:
    """An empty plan would look like an account that is well."""
    with pytest.raises(AccountFileError, match="no statements"):
        read_statements(tmp_path, EXAMPLE.values())
