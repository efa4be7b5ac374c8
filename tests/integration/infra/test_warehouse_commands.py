"""The commands that set up the account, as people type them."""

from collections.abc import Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from streamvision.entrypoints.cli import warehouse
from tests.fakes.account import FakeAccount
from tests.integration.infra.conftest import URL
from tests.unit.cli.conftest import CommandLine, Ended, streamvision

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["streamvision"]

ROLE = "arn:aws:iam::123456789012:role/streamvision-lake-reader"
VALUES = ("--role-arn", ROLE, "--external-id", "streamvision-4f1c")


@pytest.fixture
def cloud(streamvision: CommandLine) -> CommandLine:
    """Give the command line with a profile in the cloud."""
    streamvision.set(SOURCE="postgresql://reader@db/streaming", LAKE="s3://example-lake/lake", WAREHOUSE=URL)
    return streamvision


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> FakeAccount:
    """Give an account in memory, which the commands open."""
    fake = FakeAccount(
        properties={
            "STORAGE_AWS_IAM_USER_ARN": "arn:aws:iam::999999999999:user/abc1-s-xyz",
            "STORAGE_AWS_EXTERNAL_ID": "streamvision-4f1c",
            "STORAGE_AWS_ROLE_ARN": ROLE,
        }
    )

    @contextmanager
    def opened(_profile: str | None, _user: str) -> "Iterator[FakeAccount]":
        yield fake

    monkeypatch.setattr(warehouse, "open_account", opened)
    return fake


def test_the_plan_can_be_read_without_an_account(cloud: CommandLine) -> None:
    """What would be made, and what each role may then do; no credentials are asked for."""
    ended = cloud("warehouse", "plan", "--offline", *VALUES)
    assert (ended.code, ended.err) == (0, "")
    assert "WAREHOUSE LOADING_WH" in ended.out
    assert "are there already. Nothing was changed." in ended.out
    document = _document(cloud("warehouse", "plan", "--offline", *VALUES, "--format", "json"))
    access = document["access"]
    assert isinstance(access, list)
    reporter = {each["schema"]: each["level"] for each in access if each["role"] == "REPORTER"}
    assert reporter["STREAMVISION_WH.MARTS"] == "read"
    assert reporter["STREAMVISION_WH.RAW"] == "nothing"


def test_what_is_applied_is_not_planned_again(cloud: CommandLine, account: FakeAccount) -> None:
    """The files and lines are told while it goes on; the lake of the profile is the one that is opened."""
    ended = cloud("warehouse", "apply", *VALUES)
    assert ended.code == 0
    assert "03_database.sql:4: create DATABASE STREAMVISION_WH" in ended.err
    assert ended.out.endswith("0 columns with personal data tagged.\n")
    assert "('s3://example-lake/lake/')" in account.made["STORAGE INTEGRATION", "STREAMVISION_LAKE"]
    changes = _document(cloud("warehouse", "plan", *VALUES, "--format", "json"))["changes"]
    assert isinstance(changes, list)
    assert {each["verb"] for each in changes} == {"keep", "set", "grant", "wait"}


@pytest.mark.usefixtures("account")
def test_hands_are_shaken_by_hand_where_no_stack_is_named(cloud: CommandLine) -> None:
    """What the stack is to be told is printed, and nothing is changed."""
    assert cloud("warehouse", "handshake").code == 1
    cloud("warehouse", "apply", *VALUES)
    document = _document(cloud("warehouse", "handshake", "--format", "json"))
    assert document == {
        "role_arn": ROLE,
        "outcome": "is to be told",
        "parameters": {
            "SnowflakeUserArn": "arn:aws:iam::999999999999:user/abc1-s-xyz",
            "ExternalId": "streamvision-4f1c",
        },
    }


def test_a_refused_login_tells_no_password(
    cloud: CommandLine, monkeypatch: pytest.MonkeyPatch, administrators_environment: dict[str, str]
) -> None:
    """Nor does one for which nothing proves who the user is."""
    for name in ("SNOWFLAKE_PRIVATE_KEY_PATH", "SNOWFLAKE_AUTHENTICATOR", "SNOWFLAKE_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    ended = cloud("warehouse", "plan", *VALUES)
    assert (ended.code, ended.out) == (2, "")
    assert "Nothing proves who the user is" in ended.err
    for name, value in administrators_environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SNOWFLAKE_PRIVATE_KEY_PATH", "no-such-key.p8")
    monkeypatch.setenv("SNOWFLAKE_PASSWORD", "hunter2-hunter2")
    ended = cloud("warehouse", "plan", *VALUES)
    assert (ended.code, ended.out) == (1, "")
    assert "There is no connection to Snowflake" in ended.err
    assert "hunter2" not in ended.err


def test_the_plan_asks_the_account(
    cloud: CommandLine, monkeypatch: pytest.MonkeyPatch, administrators_environment: dict[str, str]
) -> None:
    """Through Snowflake's connector, over a real connection."""
    for name, value in administrators_environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("SNOWFLAKE_PRIVATE_KEY_PATH", raising=False)
    ended = cloud("warehouse", "plan", *VALUES, "--format", "json")
    changes = _document(ended)["changes"]
    assert isinstance(changes, list)
    assert {"create", "make sure"} & {each["verb"] for each in changes}


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        (("--role-arn", "lake-reader", "--external-id", "x1"), "ARN"),
        (("--role-arn", ROLE, "--external-id", "it's"), "external id"),
        ((*VALUES, "--lake", "file:///srv/lake"), "s3://bucket/prefix"),
    ],
)
def test_values_that_make_no_sense_are_wrong_use(
    cloud: CommandLine, values: tuple[str, ...], wrong: str
) -> None:
    """They are refused before anybody is asked."""
    ended = cloud("warehouse", "plan", *values)
    assert (ended.code, ended.out) == (2, "")
    assert wrong in ended.err


def test_a_warehouse_that_is_a_file_has_no_account(streamvision: CommandLine) -> None:
    """The local profile is told so."""
    ended = streamvision("warehouse", "apply", *VALUES, "--lake", "s3://example-lake/lake")
    assert ended.code == 2
    assert "is not in Snowflake" in ended.err


def _document(ended: Ended) -> Mapping[str, object]:
    assert ended.code == 0, ended.err
    assert isinstance(ended.document, dict)
    return ended.document
