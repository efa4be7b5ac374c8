"""The login of the dashboards: who may look, and which provider of OpenID Connect says who they are."""

import hashlib
import hmac
import ipaddress
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from streamvision.domain.errors import WrongUseError

METADATA_URL = "STREAMVISION_LOGIN_METADATA_URL"
CLIENT_ID = "STREAMVISION_LOGIN_CLIENT_ID"
CLIENT_SECRET = "STREAMVISION_LOGIN_CLIENT_SECRET"  # noqa: S105 - the name of a variable
ALLOW = "STREAMVISION_LOGIN_ALLOW"
REQUIRED = "STREAMVISION_LOGIN_REQUIRED"
"""What tells the server that nobody looks without a login; this process sets it."""

_ALL = (METADATA_URL, CLIENT_ID, CLIENT_SECRET, ALLOW)
_CALLBACK = "/oauth2callback"


@dataclass(frozen=True)
class Login:
    """Hold how people log in.

    Attributes:
        metadata_url: where the provider describes itself, which ends with `.well-known/openid-configuration`.
        client_id: what the provider knows the dashboards by.
        client_secret: what the dashboards prove it by.
        allow: who may look: addresses of mail, `@domain` for all of a domain, `*` for all whom the provider
            lets in, with commas between.

    """

    metadata_url: str
    client_id: str
    client_secret: str = field(repr=False)
    allow: str

    def secrets(self, url: str) -> str:
        """Return the file of secrets that the server reads; `url` is where people open the dashboards."""
        # Made of the other secret, so that who is logged in stays so when the server starts anew.
        cookie = hmac.new(self.client_secret.encode(), b"cookies of the dashboards", hashlib.sha256)
        values = {
            "redirect_uri": f"{url}{_CALLBACK}",
            "cookie_secret": cookie.hexdigest(),
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "server_metadata_url": self.metadata_url,
        }
        # A string of JSON is one of TOML, too.
        return "[auth]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())


def login_of(environment: Mapping[str, str]) -> Login | None:
    """Return the login that the environment describes; None where it says nothing of one.

    Raises:
        WrongUseError: when a part is missing or makes no sense.

    """
    values = [environment.get(name, "").strip() for name in _ALL]
    if not any(values):
        return None
    missing = [name for name, value in zip(_ALL, values, strict=True) if not value]
    if missing:
        raise WrongUseError(
            f"The login of the dashboards is not complete: {', '.join(missing)} is not set",
            where="the environment",
            safe="nothing listens",
            next_command=f"export {missing[0]}=...",
        )
    parts = urlsplit(values[0])
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname or "")):
        raise WrongUseError(
            f"{METADATA_URL} is not an https:// address",
            where="the environment",
            safe="nothing listens",
            next_command=f"export {METADATA_URL}=https://.../.well-known/openid-configuration",
        )
    return Login(*values)


def check_open(address: str, login: Login | None, *, without_login: bool) -> None:
    """Make sure that nobody but this machine reaches the dashboards without a login.

    Raises:
        WrongUseError: when others would.

    """
    if _is_loopback(address) or login or without_login:
        return
    raise WrongUseError(
        f"The dashboards would be open to everybody who reaches {address}: they ask for no login",
        where="--address",
        safe="nothing listens",
        next_command=f"set {', '.join(_ALL)} (docs/how-to/serve-the-dashboards.md); or --without-login where"
        " something else keeps others out",
    )


@contextmanager
def written(login: Login | None, url: str) -> Iterator[tuple[list[str], dict[str, str]]]:
    """Write the server's secrets for the length of a block, and give it options and variables for them."""
    if login is None:
        yield [], {REQUIRED: ""}
        return
    # A folder that nobody else may enter, and that goes with the server.
    with TemporaryDirectory(prefix="streamvision-login-") as folder:
        path = Path(folder) / "secrets.toml"
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(login.secrets(url))
        yield ["--secrets.files", str(path)], {REQUIRED: "1", ALLOW: login.allow}


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
