"""A profile whose lake is in S3."""

import pytest

from streamvision.adapters.lake.object_store import ObjectStoreLake
from streamvision.adapters.lock.lease import LakeLease
from streamvision.bootstrap import open_application
from tests.unit.cli.conftest import CommandLine


def test_a_lake_in_s3_is_held_by_a_lease(streamvision: CommandLine) -> None:
    """Nothing is asked of the store before it is needed."""
    streamvision.set(LAKE="s3://example-lake/streamvision")
    application = open_application()
    assert isinstance(application.lake, ObjectStoreLake)
    assert isinstance(application.lock, LakeLease)


@pytest.mark.parametrize(
    ("lake", "endpoint"),
    [
        ("s3://key:hidden@example-lake/streamvision", "https://store.example.org"),
        ("s3://example-lake/streamvision?key=hidden", "https://store.example.org"),
        ("s3://example-lake", "http://store.example.org"),
        ("s3://example-lake", "https://key:hidden@store.example.org"),
    ],
)
def test_an_address_that_makes_no_sense_is_wrong_use(
    streamvision: CommandLine, monkeypatch: pytest.MonkeyPatch, lake: str, endpoint: str
) -> None:
    """Whatever the command; what may be secret is not repeated."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    streamvision.set(LAKE=lake)
    ended = streamvision("status")
    assert ended.code == 2
    assert "the lake of the profile" in ended.err
    assert "hidden" not in ended.out + ended.err
