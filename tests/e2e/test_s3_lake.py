"""A lake in S3, here in a stand-in for it, does what one in a folder does."""

from collections.abc import Callable

import pytest

from streamvision.adapters.lake.conditional import LakeObjects
from streamvision.adapters.lake.object_store import ObjectStoreLake
from streamvision.adapters.lock.lease import LakeLease
from tests.conftest import PUBLISHED_DAY
from tests.e2e.homes import assert_same, lake_files, loaded, shown
from tests.support.cli import Home


def test_a_lake_in_s3_gives_the_same_files_rows_and_marts(
    first: Home, first_source: str, new_home: Callable[[str], Home], s3_url: str
) -> None:
    """From the source to the dashboards; nothing of the lake is left on this machine."""
    home = new_home(first_source)
    home.environment["STREAMVISION_LAKE"] = s3_url
    home.run("run", "--date", PUBLISHED_DAY)
    assert not home.lake.exists()
    lake = ObjectStoreLake(s3_url)
    assert lake.keys("raw/") == sorted(key for key in lake_files(first) if key.startswith("raw/"))
    assert_same(loaded(home), loaded(first))
    assert_same(shown(home), shown(first))
    findings = home.run("doctor", "--format", "json", exits=None).document
    assert [found["detail"] for found in findings if found["what"] == "lake"] == [
        "files can be written, read, listed and deleted"
    ]


def test_a_run_on_another_machine_is_respected(new_home: Callable[[str], Home], s3_url: str) -> None:
    """Two homes share the lake and nothing else; once it is let go, the lease is in nobody's way."""
    home = new_home("postgresql://reader@127.0.0.1:1/none")
    home.environment["STREAMVISION_LAKE"] = s3_url
    with LakeLease(LakeObjects(ObjectStoreLake(s3_url))).hold("run-elsewhere", "extract"):
        refused = home.run("load", "--date", PUBLISHED_DAY, exits=1)
        assert "Another run is at work: `streamvision extract`" in refused.stderr
    allowed = home.run("load", "--date", PUBLISHED_DAY, exits=1)
    assert f"The lake has no batch of {PUBLISHED_DAY}" in allowed.stderr


@pytest.mark.usefixtures("s3_url")
def test_a_bucket_that_is_not_there_is_told(new_home: Callable[[str], Home]) -> None:
    """In four lines and without a traceback."""
    home = new_home("postgresql://reader@127.0.0.1:1/none")
    home.environment["STREAMVISION_LAKE"] = "s3://there-is-none/lake"
    refused = home.run("load", "--date", PUBLISHED_DAY, exits=1)
    assert "there is no such bucket" in refused.stderr
    assert "Traceback" not in refused.stderr
