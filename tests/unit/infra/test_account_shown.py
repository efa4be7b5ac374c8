"""What Snowflake's SHOW tells of an account is understood; the answers are as its documentation has them."""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self, cast

import pytest
from snowflake.connector.errors import OperationalError, ProgrammingError

from streamvision.adapters.warehouse.snowflake.account import SnowflakeAccount
from streamvision.domain.account import Grant
from streamvision.domain.errors import WarehouseError
from tests.support.account_files import account_files

if TYPE_CHECKING:
    from snowflake.connector import SnowflakeConnection

Rows = Sequence[Mapping[str, object]]
GRANTED: Rows = [
    {"privilege": "USAGE", "granted_on": "DATABASE", "name": "STREAMVISION_WH"},
    {"privilege": "CREATE SCHEMA", "granted_on": "DATABASE", "name": "STREAMVISION_WH"},
    {"privilege": "USAGE", "granted_on": "FILE_FORMAT", "name": "STREAMVISION_WH.RAW.CSV_FILES"},
    {"privilege": "USAGE", "granted_on": "ROLE", "name": "LOADER"},
    {"privilege": "CREATE DATABASE", "granted_on": "ACCOUNT", "name": "MYACCOUNT"},
]
LATER: Rows = [{"privilege": "SELECT", "grant_on": "TABLE", "name": "STREAMVISION_WH.RAW.<TABLE>"}]


class Answers:
    """Stand for a connection and its cursor: give the answers that were prepared, and refuse all else."""

    def __init__(self, answers: Mapping[str, Rows], *, lost: bool = False) -> None:
        """Take the answers by question."""
        self._answers, self._lost = answers, lost
        self._rows: Rows = []
        self.asked: list[str] = []

    def cursor(self, _kind: object) -> Self:
        """Return the cursor."""
        return self

    def __enter__(self) -> Self:
        """Begin to ask."""
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """End."""

    def execute(self, sql: str) -> None:
        """Answer a question."""
        self.asked.append(sql)
        if self._lost:
            raise OperationalError("the network is gone")
        if sql not in self._answers and not sql.startswith("use role"):
            raise ProgrammingError("does not exist or not authorized")
        self._rows = self._answers.get(sql, [])

    def fetchall(self) -> Rows:
        """Return the rows of the last answer."""
        return [dict(row) for row in self._rows]


def _account(answers: Answers) -> SnowflakeAccount:
    return SnowflakeAccount(cast("SnowflakeConnection", answers))


def test_grants_are_told_as_the_files_write_them() -> None:
    """So that what is granted already is not planned again: kinds, roles, the account, and the future."""
    answers = {"show grants to role TRANSFORMER": GRANTED, "show future grants to role TRANSFORMER": LATER}
    assert _account(Answers(answers)).grants("TRANSFORMER") == frozenset(
        {
            Grant("USAGE", "DATABASE", "STREAMVISION_WH", "TRANSFORMER"),
            Grant("CREATE SCHEMA", "DATABASE", "STREAMVISION_WH", "TRANSFORMER"),
            Grant("USAGE", "FILE FORMAT", "STREAMVISION_WH.RAW.CSV_FILES", "TRANSFORMER"),
            Grant("USAGE", "ROLE", "LOADER", "TRANSFORMER"),
            Grant("CREATE DATABASE", "ACCOUNT", "", "TRANSFORMER"),
            Grant("SELECT", "TABLE", "STREAMVISION_WH.RAW", "TRANSFORMER", "future"),
        }
    )


def test_every_grant_of_the_files_can_be_found_again() -> None:
    """A kind that SHOW would spell in another way would be planned for ever."""
    given = {grant for each in account_files() for grant in each.grants if grant.scope != "all"}
    for role in {grant.role for grant in given}:
        mine = frozenset(grant for grant in given if grant.role == role)
        now = [
            {
                "privilege": grant.privilege,
                "granted_on": grant.kind.replace(" ", "_"),
                "name": grant.name or "MYACCOUNT",
            }
            for grant in mine
            if grant.scope == "one"
        ]
        later = [
            {"privilege": grant.privilege, "grant_on": grant.kind, "name": f"{grant.name}.<{grant.kind}>"}
            for grant in mine
            if grant.scope == "future"
        ]
        answers = {f"show grants to role {role}": now, f"show future grants to role {role}": later}
        assert _account(Answers(answers)).grants(role) == mine


def test_an_account_without_the_database_has_nothing_of_what_would_be_in_it() -> None:
    """It is not asked for what it cannot have, and it is looked at by who sees everything."""
    answers = Answers({"show databases": [{"name": "OTHER"}]})
    assert _account(answers).objects("SCHEMA") == frozenset()
    assert answers.asked == ["use role ACCOUNTADMIN", "show databases"]


def test_a_full_name_has_its_database_and_schema() -> None:
    """As the files write it."""
    answers = {
        "show databases": [{"name": "STREAMVISION_WH"}],
        "show tags in database STREAMVISION_WH": [
            {"name": "PERSONAL", "database_name": "STREAMVISION_WH", "schema_name": "GOVERNANCE"}
        ],
    }
    assert _account(Answers(answers)).objects("TAG") == frozenset({"STREAMVISION_WH.GOVERNANCE.PERSONAL"})


def test_what_the_account_does_not_tell_is_not_taken_for_missing() -> None:
    """A refused question has no answer; one that was lost on the way is an error."""
    assert _account(Answers({})).objects("WAREHOUSE") is None
    assert _account(Answers({})).grants("LOADER") is None
    with pytest.raises(WarehouseError, match="the network is gone"):
        _account(Answers({}, lost=True)).objects("WAREHOUSE")


def test_the_integration_tells_its_properties() -> None:
    """By name."""
    answers = {
        "describe integration STREAMVISION_LAKE": [
            {"property": "STORAGE_AWS_IAM_USER_ARN", "property_type": "String", "property_value": "arn:x"}
        ]
    }
    told = _account(Answers(answers)).integration("STREAMVISION_LAKE")
    assert told == {"STORAGE_AWS_IAM_USER_ARN": "arn:x"}
