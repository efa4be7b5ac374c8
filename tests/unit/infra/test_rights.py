"""What the roles may do in the account, worked out from the statements that make it."""

import pytest

from streamvision.domain.account import Statement
from streamvision.domain.errors import AccountFileError
from streamvision.pipeline.provision.rights import ADMINISTRATORS, Level, Rights, levels, told
from tests.support.account_files import ROLES, account_files, with_more, without

WANTED: dict[str, dict[str, Level]] = {
    "LOADER": {"RAW": "write", "QUARANTINE": "write", "OPS": "write"},
    "TRANSFORMER": {"RAW": "read", "OPS": "read", "STAGING": "own", "CORE": "own", "MARTS": "own"},
    "REPORTER": {"CORE": "read", "MARTS": "read"},
}
"""Every other schema is closed to these roles."""


BUILT = {f"STREAMVISION_WH.{schema}" for schema in ("STAGING", "CORE", "MARTS")}
RULING = {"OWNERSHIP", "ALL", "ALL PRIVILEGES", "MANAGE GRANTS"}


def _broken(statements: list[Statement]) -> list[str]:
    """Return each promise about the roles that statements break."""
    rights = Rights(statements)
    broken = [f"{role} has other roles" for role in WANTED if rights.roles_of(role) != {role}]
    for role, wanted in WANTED.items():
        for each in levels(rights, [role]):
            level = wanted.get(each.schema.rpartition(".")[2], "nothing")
            if each.level != level:
                broken.append(f"{role}: {each.schema} is {each.level}, not {level}")
    if not rights.reads_rows_of_others("REPORTER", "STREAMVISION_WH.MARTS"):
        broken.append("REPORTER reads no marts")
    return broken + _owned_too_much(rights) + _given_too_much(rights)


def _owned_too_much(rights: Rights) -> list[str]:
    return [
        f"{owner} owns {kind} {name}"
        for (kind, name), owner in rights.owners.items()
        if owner in WANTED and not (owner == "TRANSFORMER" and kind == "SCHEMA" and name in BUILT)
    ]


def _given_too_much(rights: Rights) -> list[str]:
    return [
        f"{grant.role} is given {told(grant)}"
        for grant in sorted(rights.grants)
        if grant.privilege in RULING
        or (grant.kind == "ROLE" and grant.name in ADMINISTRATORS)
        or (grant.kind == "ACCOUNT" and grant.role != "STREAMVISION_OWNER")
    ]


def test_no_role_may_do_more_than_its_work() -> None:
    """The table of roles and schemas is exactly what is promised; nobody but the owner owns or rules."""
    assert _broken(account_files()) == []


def test_the_loader_reads_neither_core_nor_marts() -> None:
    """It may not even enter them, and sees no table in RAW that it has not made."""
    rights = Rights(account_files())
    for schema in ("CORE", "MARTS", "STAGING"):
        assert rights.access("LOADER", f"STREAMVISION_WH.{schema}").level == "nothing"
    assert not rights.reads_rows_of_others("LOADER", "STREAMVISION_WH.RAW")


def test_the_transformer_does_not_write_raw() -> None:
    """What was loaded stays what the lake told."""
    access = Rights(account_files()).access("TRANSFORMER", "STREAMVISION_WH.RAW")
    assert (access.level, access.why) == (
        "read",
        (
            "SELECT ON ALL TABLES IN STREAMVISION_WH.RAW",
            "SELECT ON FUTURE TABLES IN STREAMVISION_WH.RAW",
        ),
    )


@pytest.mark.parametrize(
    ("given", "promise"),
    [
        (("grant usage on schema streamvision_wh.marts to role loader;"
         " grant select on future tables in schema streamvision_wh.marts to role loader"), "LOADER: "),
        (("grant usage on schema streamvision_wh.core to role loader;"
         " grant select on streamvision_wh.core.dim_users to role loader"), ""),
        (("grant usage on schema streamvision_wh.core to role loader;"
         " grant select on table streamvision_wh.core.dim_users to role loader"), "LOADER: "),
        ("grant role transformer to role loader", "LOADER has other roles"),
        ("grant role loader to role reporter", "REPORTER has other roles"),
        (("grant usage on schema streamvision_wh.raw to role reporter;"
         " grant select on all tables in schema streamvision_wh.raw to role reporter"), "REPORTER: "),
        (("grant usage on schema streamvision_wh.quarantine to role reporter;"
         " grant select on all tables in database streamvision_wh to role reporter"), "REPORTER: "),
        (("grant usage on schema streamvision_wh.staging to role reporter;"
         " grant select on future views in schema streamvision_wh.staging to role reporter"), "REPORTER: "),
        ("grant insert on future tables in schema streamvision_wh.raw to role transformer", "TRANSFORMER: "),
        ("grant create table on schema streamvision_wh.raw to role transformer", "TRANSFORMER: "),
        ("grant ownership on schema streamvision_wh.raw to role loader", "LOADER: "),
        ("grant ownership on database streamvision_wh to role transformer", "TRANSFORMER owns DATABASE"),
        ("grant ownership on warehouse loading_wh to role loader", "LOADER owns WAREHOUSE"),
        ("grant role accountadmin to role transformer", "TRANSFORMER has other roles"),
        ("grant role securityadmin to role streamvision_owner", "STREAMVISION_OWNER is given ROLE"),
        ("grant manage grants on account to role streamvision_owner", "STREAMVISION_OWNER is given MANAGE"),
        ("grant create database on account to role loader", "LOADER is given CREATE DATABASE"),
    ],
)  # fmt: skip
def test_a_grant_too_much_is_found(given: str, promise: str) -> None:
    """Each way round the promises is seen, through roles of roles and through the whole database too."""
    if not promise:
        with pytest.raises(AccountFileError, match="cannot be taken"):
            _with(given)
        return
    assert any(found.startswith(promise) for found in _broken(_with(given)))


@pytest.mark.parametrize(
    "missing",
    [
        "grant usage on database streamvision_wh to role reporter",
        "grant usage on schema streamvision_wh.marts to role reporter",
        "in schema streamvision_wh.core to role reporter",
        "in schema streamvision_wh.raw to role transformer",
        "create table on schema streamvision_wh.ops to role loader",
    ],
)
def test_a_grant_too_few_is_found(missing: str) -> None:
    """A role that cannot do its work is as wrong as one that can do more."""
    assert _broken(without(account_files(), missing)) != []


def test_each_role_is_given_the_warehouse_of_its_work_alone() -> None:
    """Costs show where they belong."""
    rights = Rights(account_files())
    given = {
        role: {each.name for each in rights.grants if each.kind == "WAREHOUSE" and each.role == role}
        for role in ROLES
    }
    assert given == {
        "STREAMVISION_OWNER": set(),
        "LOADER": {"LOADING_WH"},
        "TRANSFORMER": {"TRANSFORMING_WH"},
        "REPORTER": {"REPORTING_WH"},
    }


def _with(given: str) -> list[Statement]:
    return with_more("use role securityadmin;" + given + ";")
