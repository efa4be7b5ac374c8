"""What the commands about the Power BI project refuse, before anything is read or asked."""

import pytest

from tests.unit.cli.conftest import CommandLine


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("build", "--source", "oracle"), "There is no source 'oracle'"),
        (("build", "--source", "snowflake"), "needs a folder of its own"),
        (("build", "--set", "ParquetFolder=x"), "needs a folder of its own"),
        (("build", "--to", "x", "--set", "Folder=x"), "has no parameter 'Folder'"),
        (("build", "--to", "x", "--set", "ParquetFolder"), "is no parameter with a value"),
        (("refresh",), "names no Power BI model"),
        (("deploy", "--workspace", "w"), "AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET not set"),
    ],
)
def test_what_makes_no_sense_is_refused(
    streamvision: CommandLine, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], told: str
) -> None:
    """With the exit code of wrong use, and the command to type instead."""
    for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    ended = streamvision("powerbi", *arguments)
    assert ended.code == 2
    assert told in ended.err
    assert "next:" in ended.err


def test_an_address_of_the_model_that_is_none_is_refused_unseen(streamvision: CommandLine) -> None:
    """It may hold a secret."""
    streamvision.set(POWERBI="s3cr3t")
    ended = streamvision("powerbi", "refresh")
    assert (ended.code, "s3cr3t" in ended.err) == (2, False)
    assert "powerbi is not http://host:port" in ended.err
