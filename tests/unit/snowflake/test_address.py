"""Where a warehouse in Snowflake is, and as whom it is used."""

import pytest

from streamvision.adapters.warehouse.snowflake.address import Address, Duty
from streamvision.domain.errors import WrongUseError

_PASSWORD = {"SNOWFLAKE_PASSWORD": "not-to-be-seen"}
_DUTIES: tuple[Duty, ...] = ("load", "transform", "report")
_URL = "snowflake://me@account/STREAMVISION_WH"


def test_a_url_alone_has_all_that_is_usual() -> None:
    """Roles and virtual warehouses, host and port; files come from this machine."""
    address = Address.of(_URL, _PASSWORD)
    assert (address.account, address.user, address.database) == ("account", "me", "STREAMVISION_WH")
    assert (address.host, address.port, address.protocol) == ("account.snowflakecomputing.com", 443, "https")
    assert [(address.role(duty), address.warehouse(duty)) for duty in _DUTIES] == [
        ("LOADER", "LOADING_WH"),
        ("TRANSFORMER", "TRANSFORMING_WH"),
        ("REPORTER", "REPORTING_WH"),
    ]
    assert address.stage == ""


def test_what_the_url_says_counts() -> None:
    """In upper case, as Snowflake keeps names."""
    address = Address.of(f"{_URL}?role=etl&report_warehouse=small&stage=raw.lake", _PASSWORD)
    assert (address.role("load"), address.warehouse("report"), address.stage) == ("ETL", "SMALL", "RAW.LAKE")


def test_the_environment_names_user_and_server() -> None:
    """Where the URL does not."""
    variables = _PASSWORD | {
        "SNOWFLAKE_USER": "robot",
        "SNOWFLAKE_HOST": "127.0.0.1",
        "SNOWFLAKE_PORT": "8080",
        "SNOWFLAKE_PROTOCOL": "http",
    }
    address = Address.of("snowflake://account/wh", variables)
    assert (address.user, address.host, address.port, address.protocol) == (
        "robot",
        "127.0.0.1",
        8080,
        "http",
    )


def test_a_key_pair_comes_before_a_password() -> None:
    """And its passphrase goes with it."""
    variables = _PASSWORD | {
        "SNOWFLAKE_PRIVATE_KEY_PATH": "/keys/me.p8",
        "SNOWFLAKE_PRIVATE_KEY_PASSPHRASE": "secret",
    }
    assert Address.of(_URL, variables).secrets == {
        "authenticator": "SNOWFLAKE_JWT",
        "private_key_file": "/keys/me.p8",
        "private_key_file_pwd": "secret",
    }


def test_secrets_are_not_shown() -> None:
    """However an address is printed."""
    assert "not-to-be-seen" not in repr(Address.of(_URL, _PASSWORD))


@pytest.mark.parametrize(
    ("url", "variables", "told"),
    [
        ("snowflake://me:not-to-be-seen@account/WH", _PASSWORD, "holds a password"),
        ("snowflake://me@/WH", _PASSWORD, "names no account"),
        ("snowflake://me@account", _PASSWORD, "names no database"),
        ("snowflake://account/WH", _PASSWORD, "names no user"),
        (f"{_URL}?rolle=x", _PASSWORD, "unknown parameters: rolle"),
        (f"{_URL}?role=a;b", _PASSWORD, "is no name in Snowflake"),
        (_URL, {}, "no credentials"),
        (_URL, _PASSWORD | {"SNOWFLAKE_PORT": "high"}, "SNOWFLAKE_PORT is no number"),
    ],
)
def test_what_makes_no_sense_is_refused(url: str, variables: dict[str, str], told: str) -> None:
    """By name, and without a secret."""
    with pytest.raises(WrongUseError, match=told) as refused:
        Address.of(url, variables)
    assert "not-to-be-seen" not in str(refused.value)
