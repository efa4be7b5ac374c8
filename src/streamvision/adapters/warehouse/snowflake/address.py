"""Where a warehouse in Snowflake is, and as whom it is used.

    snowflake://user@account/DATABASE?warehouse=LOADING_WH&role=LOADER&stage=RAW.S3_RAW_STAGE

No secret stands in the URL: a password comes from SNOWFLAKE_PASSWORD, a key pair from
SNOWFLAKE_PRIVATE_KEY_PATH and SNOWFLAKE_PRIVATE_KEY_PASSPHRASE. Within Snowflake itself, SNOWFLAKE_TOKEN_FILE
names the file whose token says who the user is.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from streamvision.domain.errors import WrongUseError

Duty = Literal["load", "transform", "report"]
"""What a connection is for: each has a role and a virtual warehouse of its own."""

_USUAL = {
    "warehouse": "LOADING_WH",
    "role": "LOADER",
    "transform_warehouse": "TRANSFORMING_WH",
    "transform_role": "TRANSFORMER",
    "report_warehouse": "REPORTING_WH",
    "report_role": "REPORTER",
    "stage": "",
}
_PREFIXES = {"load": "", "transform": "transform_", "report": "report_"}
_PATIENCE_SECONDS = 300
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*")
_FORM = "snowflake://user@account/STREAMVISION_WH"


@dataclass(frozen=True)
class Address:
    """Hold what a connection needs.

    Attributes:
        patience_seconds: how long an answer is waited for, and asked for again.
        secrets: the connector's arguments that prove who the user is; never shown.

    """

    account: str
    user: str
    database: str
    options: Mapping[str, str]
    host: str
    port: int
    protocol: str
    patience_seconds: int
    secrets: Mapping[str, str] = field(repr=False)

    @classmethod
    def of(cls, url: str, environment: Mapping[str, str]) -> "Address":
        """Read a URL and the variables that go with it.

        Raises:
            WrongUseError: when a part is missing or makes no sense, or a password stands in the URL.

        """
        parts = urlsplit(url)
        if parts.password is not None:
            raise wrong_address(
                "The warehouse's URL holds a password", "take it out, and set SNOWFLAKE_PASSWORD"
            )
        account, database = parts.hostname or "", unquote(parts.path).strip("/")
        user = unquote(parts.username or "") or environment.get("SNOWFLAKE_USER", "")
        for what, value in (("account", account), ("database", database), ("user", user)):
            if not value:
                raise wrong_address(
                    f"The warehouse's URL names no {what}",
                    f"write it as {_FORM}" + (", or set SNOWFLAKE_USER" if what == "user" else ""),
                )
        options = _options(parts.query)
        for name in (database, *filter(None, options.values())):
            if not all(_NAME.fullmatch(part) for part in name.split(".")):
                raise wrong_address(f"{name!r} is no name in Snowflake", f"write it as {_FORM}")
        return cls(
            account=account,
            user=user,
            database=database.upper(),
            options=options,
            host=environment.get("SNOWFLAKE_HOST") or f"{account}.snowflakecomputing.com",
            port=_number(environment, "SNOWFLAKE_PORT", 443),
            protocol=environment.get("SNOWFLAKE_PROTOCOL") or "https",
            patience_seconds=_number(environment, "SNOWFLAKE_NETWORK_TIMEOUT", _PATIENCE_SECONDS),
            secrets=_secrets(environment),
        )

    def role(self, duty: Duty) -> str:
        """Return the role for a duty."""
        return self.options[f"{_PREFIXES[duty]}role"].upper()

    def warehouse(self, duty: Duty) -> str:
        """Return the virtual warehouse for a duty."""
        return self.options[f"{_PREFIXES[duty]}warehouse"].upper()

    @property
    def stage(self) -> str:
        """Return the external stage over the lake; empty where files are brought by this machine."""
        return self.options["stage"].upper()

    @property
    def shown(self) -> str:
        """Return where this is, as errors show it."""
        return f"{self.database} in the Snowflake account {self.account}"


def wrong_address(what: str, next_command: str) -> WrongUseError:
    """Return the refusal of an address."""
    return WrongUseError(
        what, where="the warehouse of the profile", safe="nothing was changed", next_command=next_command
    )


def _number(environment: Mapping[str, str], name: str, usual: int) -> int:
    value = environment.get(name) or str(usual)
    if not value.isdecimal():
        raise wrong_address(f"{name} is no number", f"unset {name}, or set it to a number")
    return int(value)


def _options(query: str) -> dict[str, str]:
    given = dict(parse_qsl(query, keep_blank_values=True))
    unknown = sorted(given.keys() - _USUAL.keys())
    if unknown:
        raise wrong_address(
            f"The warehouse's URL has unknown parameters: {', '.join(unknown)}",
            f"use {', '.join(_USUAL)}",
        )
    return _USUAL | given


def _secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what proves who the user is; a token comes before a key pair, and that before a password."""
    if path := environment.get("SNOWFLAKE_TOKEN_FILE"):
        # Snowflake writes it anew all the time; the connector reads it whenever a session begins.
        return {"authenticator": "oauth", "token_file_path": path}
    if path := environment.get("SNOWFLAKE_PRIVATE_KEY_PATH"):
        secrets = {"authenticator": "SNOWFLAKE_JWT", "private_key_file": path}
        if passphrase := environment.get("SNOWFLAKE_PRIVATE_KEY_PASSPHRASE"):
            secrets["private_key_file_pwd"] = passphrase
        return secrets
    if password := environment.get("SNOWFLAKE_PASSWORD"):
        return {"password": password}
    raise wrong_address(
        "There are no credentials for Snowflake",
        "set SNOWFLAKE_PRIVATE_KEY_PATH (and SNOWFLAKE_PRIVATE_KEY_PASSPHRASE), or SNOWFLAKE_PASSWORD",
    )
