"""No secret of a URL is ever shown."""

from pathlib import Path

import pytest

from streamvision.settings import Profile, masked, masked_target, without_secrets

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


@pytest.mark.parametrize(
    "url",
    [
        f"mailto://user:{SECRET}@mail.example.org?to=a@b.org",
        f"mailtos://mail.example.org?user=u&pass={SECRET}",
        f"slack://T1JJ3T3L2/A1BRTD4JD/{SECRET}/#general",
        f"slack://{SECRET}",
        f"discord://4174216298/{SECRET}",
        f"msteams://team/{SECRET}/b/c/",
        f"tgram://123456:{SECRET}/12315544/",
        f"https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/{SECRET}",
        f"jsons://host/?+Authorization=Bearer%20{SECRET}",
        f"ntfys://{SECRET}@ntfy.example.org/topic",
        f"schan://{SECRET}/",
    ],
)
def test_of_a_target_only_the_kind_is_shown(url: str) -> None:
    """Any part of such a URL may be the secret, its host too."""
    assert masked_target(url) == f"{url.partition('://')[0]}://***"


def test_no_secret_of_a_profile_is_left_in_a_text() -> None:
    """Neither as it is written in the URL, nor as a driver would say it; the other words stay."""
    profile = Profile(
        name="live",
        source="postgresql://reader:hun%40ter2@db/service?sslpassword=geheim",
        lake="s3://bucket/prefix?aws_secret_access_key=a%2Fb%2Fc",
        warehouse="duckdb:///w.duckdb",
        lake_format="parquet",
        home=Path("/home"),
        notify=("slack://T1/B2/xoxb",),
    )
    text = f"{profile.source} hun%40ter2 hun@ter2 geheim {profile.lake} a/b/c {profile.notify[0]} service"
    assert without_secrets(profile, text) == (
        "postgresql://reader:***@db/service?sslpassword=*** *** *** ***"
        " s3://bucket/prefix?aws_secret_access_key=*** *** slack://*** service"
    )


def test_a_secret_that_is_a_letter_does_not_eat_the_text() -> None:
    """Nothing that was said could be read."""
    profile = Profile("p", "postgresql://u:a@h/d", "file:///l", "duckdb:///w", "parquet", Path("/home"))
    assert without_secrets(profile, "a table was lost") == "a table was lost"
