"""No secret of a URL is ever shown."""

import pytest

from streamvision.settings import masked

SECRET = "hunter2"  # noqa: S105 - what must not be seen


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (f"postgresql://u:{SECRET}@h:5432/d", "postgresql://u:***@h:5432/d"),
        (f"postgresql://:{SECRET}@h/d", "postgresql://:***@h/d"),
        (f"postgresql://u:{SECRET}@a:1,b:2,c:3/d", "postgresql://u:***@a:1,b:2,c:3/d"),
        (f"postgresql://u:{SECRET}@[::1]:5432/d", "postgresql://u:***@[::1]:5432/d"),
        (f"postgresql://u:a@{SECRET}@h/d", "postgresql://u:***@h/d"),
        (f"postgresql://u:a:{SECRET}@h/d", "postgresql://u:***@h/d"),
        (f"postgresql://u:{SECRET}%40%2F%3A@h/d", "postgresql://u:***@h/d"),
        (f"postgresql://u@h/d?password={SECRET}", "postgresql://u@h/d?password=***"),
        (
            f"postgresql://u@h/d?sslmode=require&sslpassword={SECRET}&connect_timeout=1",
            "postgresql://u@h/d?sslmode=require&sslpassword=***&connect_timeout=1",
        ),
        (f"postgresql:///d?user=u&PASSWORD={SECRET}", "postgresql:///d?user=u&PASSWORD=***"),
        (f"s3://b/p?aws_secret_access_key={SECRET}%3D", "s3://b/p?aws_secret_access_key=***"),
        (f"s3://b/p?token={SECRET}=&region=eu", "s3://b/p?token=***&region=eu"),
    ],
)
def test_secrets_are_masked_and_the_rest_is_shown(url: str, shown: str) -> None:
    """People must recognise the address without learning the password."""
    assert masked(url) == shown


@pytest.mark.parametrize(
    "url",
    [
        # libpq takes all of these as a password; a URL's reader sees a fragment, a query or a path.
        f"postgresql://u:p#{SECRET}@h/d",
        f"postgresql://u:p?{SECRET}@h/d",
        f"postgresql://u:{SECRET}#@h/d",
        # Not a URL that works, but one that a person types who has forgotten to encode.
        f"postgresql://u:p/{SECRET}@h/d",
        f"postgresql://u:p[{SECRET}@h/d",
        # libpq decodes the names of parameters too.
        f"postgresql://u@h/d?p%61ssword={SECRET}",
    ],
)
def test_a_secret_that_is_written_carelessly_is_masked_too(url: str) -> None:
    """Rather too little is shown than a secret."""
    assert SECRET not in masked(url)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u@h:5432/d?sslmode=require",
        "postgresql://postgres@/streamvision?host=/tmp/a%20b",
        "duckdb:///home/it's%20here/w.duckdb",
        "embedded:///home/source",
        "file:///home/50%25/lake",
        "s3://bucket/prefix",
    ],
)
def test_a_url_without_a_secret_is_shown_as_it_is(url: str) -> None:
    """It can be copied into another program."""
    assert masked(url) == url
