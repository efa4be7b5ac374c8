"""Who reaches the dashboards, and how they log in."""

import re
import tomllib
from pathlib import Path

import pytest

from streamvision.domain.errors import WrongUseError
from streamvision.entrypoints.cli.login import Login, check_open, login_of, written

SET = {
    "STREAMVISION_LOGIN_METADATA_URL": "https://id.example.org/.well-known/openid-configuration",
    "STREAMVISION_LOGIN_CLIENT_ID": "dashboards",
    "STREAMVISION_LOGIN_CLIENT_SECRET": 'hun"ter\\2',
    "STREAMVISION_LOGIN_ALLOW": "@example.org",
}
EVERYBODY = "0.0.0.0"  # noqa: S104 - what is refused


@pytest.fixture
def login() -> Login:
    """Give a login."""
    found = login_of(SET)
    assert found is not None
    return found


@pytest.mark.parametrize("address", [EVERYBODY, "192.0.2.1", "::", "example.org", ""])
def test_nobody_else_reaches_the_dashboards_without_a_login(address: str, login: Login) -> None:
    """Wrong use, which says what to set; with a login they do, and where it was asked for outright."""
    with pytest.raises(WrongUseError, match="they ask for no login") as refused:
        check_open(address, None, without_login=False)
    assert refused.value.exit_code == 2
    assert all(name in refused.value.next_command for name in SET)
    check_open(address, login, without_login=False)
    check_open(address, None, without_login=True)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_this_machine_needs_no_login(address: str) -> None:
    """It listens to itself."""
    check_open(address, None, without_login=False)


def test_without_variables_there_is_no_login() -> None:
    """As on a laptop."""
    assert login_of({"HOME": "/home/x"}) is None


@pytest.mark.parametrize("name", SET)
def test_half_a_login_is_refused(name: str) -> None:
    """Rather than none: who set the one meant to have it."""
    with pytest.raises(WrongUseError, match=f"{name} is not set"):
        login_of({**SET, name: " "})


@pytest.mark.parametrize("url", ["http://id.example.org/x", "id.example.org", "file:///etc/passwd"])
def test_a_provider_is_asked_in_secret(url: str) -> None:
    """Except on this machine."""
    with pytest.raises(WrongUseError, match="not an https"):
        login_of({**SET, "STREAMVISION_LOGIN_METADATA_URL": url})
    assert login_of({**SET, "STREAMVISION_LOGIN_METADATA_URL": "http://127.0.0.1:1/x"})


def test_the_servers_secrets_are_for_nobody_else_and_go_with_it(login: Login) -> None:
    """Whatever letters are in them; the cookies of before hold when it starts anew."""
    with written(login, "https://figures.example.org") as (options, told):
        path = Path(options[1])
        assert path.stat().st_mode & 0o777 == 0o600
        auth = tomllib.loads(path.read_text(encoding="utf-8"))["auth"]
    assert auth["client_secret"] == SET["STREAMVISION_LOGIN_CLIENT_SECRET"]
    assert auth["redirect_uri"] == "https://figures.example.org/oauth2callback"
    assert re.fullmatch(r"[0-9a-f]{64}", auth["cookie_secret"])
    assert told == {"STREAMVISION_LOGIN_REQUIRED": "1", "STREAMVISION_LOGIN_ALLOW": "@example.org"}
    assert not path.parent.exists()
    assert login.secrets("https://figures.example.org") == login.secrets("https://figures.example.org")


def test_no_secret_is_shown(login: Login) -> None:
    """Not even where the login is printed."""
    assert "hun" not in repr(login)
