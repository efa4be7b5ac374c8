"""Opens a connection for who sets up an account: without a database, which need not be there yet."""

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import snowflake.connector
from snowflake.connector import SnowflakeConnection
from snowflake.connector.errors import Error

from streamvision.domain.errors import WarehouseError, WrongUseError

_LOGIN_SECONDS = 60
_ANSWER_SECONDS = 300
_PROOFS = {
    "SNOWFLAKE_PASSWORD": "password",
    "SNOWFLAKE_PASSCODE": "passcode",
    "SNOWFLAKE_PRIVATE_KEY_PATH": "private_key_file",
    "SNOWFLAKE_PRIVATE_KEY_PASSPHRASE": "private_key_file_pwd",
    "SNOWFLAKE_AUTHENTICATOR": "authenticator",
}


def connect_administrator(url: str, environment: Mapping[str, str], user: str = "") -> SnowflakeConnection:
    """Open a connection to the account that a warehouse's URL names.

    Args:
        url: `snowflake://user@account/DATABASE`; only account and user count.
        environment: proves who the user is. SNOWFLAKE_AUTHENTICATOR `externalbrowser` asks a browser.
        user: instead of the URL's, who is that of the daily work.

    Raises:
        WrongUseError: when account or user are not named, or nothing proves who the user is.
        WarehouseError: when Snowflake refuses the login, or does not answer.

    """
    parts = urlsplit(url)
    account = parts.hostname or ""
    chosen = user or environment.get("SNOWFLAKE_USER") or unquote(parts.username or "")
    if parts.scheme != "snowflake" or not account:
        raise _wrong("The profile's warehouse is not in Snowflake", "choose a --profile whose warehouse is")
    if not chosen:
        raise _wrong("Nobody is named who could set up the account", "say --user, or set SNOWFLAKE_USER")
    proofs = {name: environment[key] for key, name in _PROOFS.items() if environment.get(key)}
    if not proofs:
        raise _wrong(
            "Nothing proves who the user is",
            "set SNOWFLAKE_AUTHENTICATOR=externalbrowser, SNOWFLAKE_PRIVATE_KEY_PATH, or SNOWFLAKE_PASSWORD",
        )
    if "private_key_file" in proofs:
        proofs.setdefault("authenticator", "SNOWFLAKE_JWT")
    return _open(account, chosen, environment, proofs)


def _open(
    account: str, user: str, environment: Mapping[str, str], proofs: Mapping[str, str]
) -> SnowflakeConnection:
    # The connector tells of each step of its own; what went wrong is told by its errors.
    logging.getLogger("snowflake.connector").setLevel(logging.CRITICAL)
    settings: dict[str, Any] = {
        "account": account,
        "user": user,
        "host": environment.get("SNOWFLAKE_HOST") or f"{account}.snowflakecomputing.com",
        "port": int(environment.get("SNOWFLAKE_PORT") or 443),
        "protocol": environment.get("SNOWFLAKE_PROTOCOL") or "https",
        "login_timeout": _LOGIN_SECONDS,
        "network_timeout": _ANSWER_SECONDS,
        "session_parameters": {"QUERY_TAG": "streamvision warehouse"},
        "platform_detection_timeout_seconds": 0.0,
        "application": "StreamVision",
    }
    try:
        return snowflake.connector.connect(**settings, **proofs)
    except (Error, OSError) as error:
        raise WarehouseError(
            f"There is no connection to Snowflake: {' '.join(str(error).split())}",
            where=f"user {user} of the account {account}",
            safe="nothing was changed",
            next_command="check the account, the user and the credentials in the environment",
        ) from error


def _wrong(what: str, next_command: str) -> WrongUseError:
    return WrongUseError(
        what, where="the warehouse of the profile", safe="nothing was changed", next_command=next_command
    )
