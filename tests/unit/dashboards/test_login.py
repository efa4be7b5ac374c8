"""Who may look, of those who have logged in."""

import pytest

from streamvision_web.login import allowed

ANNA = {"email": "Anna@Example.org", "email_verified": True}


@pytest.mark.parametrize("allow", ["*", "anna@example.org", "bob@example.org, @example.org"])
def test_those_who_are_named_may_look(allow: str) -> None:
    """By their address, by its domain, or all; capital letters do not count."""
    assert allowed(ANNA, allow)


@pytest.mark.parametrize("allow", ["", ",", "bob@example.org", "@other.example", "example.org", "@ample.org"])
def test_others_may_not(allow: str) -> None:
    """Nor does anybody where nobody is named."""
    assert not allowed(ANNA, allow)


@pytest.mark.parametrize(
    "user",
    [
        {},
        {"email": None},
        {"email": ""},
        {"email": "@example.org@other.example"},
        {**ANNA, "email_verified": False},
        {**ANNA, "email_verified": "false"},
    ],
)
def test_an_address_that_nobody_vouches_for_does_not_count(user: dict[str, object]) -> None:
    """Else whoever names the right one would be in."""
    assert not allowed(user, "@example.org, anna@example.org")
