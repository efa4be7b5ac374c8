"""The command that shows what the models are, before there is anything to show."""

import socket

from tests.unit.cli.conftest import CommandLine


def test_a_port_that_is_taken_is_told_before_any_work(streamvision: CommandLine) -> None:
    """With the commands that go on without it; nothing is written."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = streamvision("docs", "--port", str(port))
    assert ended.code == 1
    assert f"streamvision docs --port {port + 1}" in ended.err
    assert "--no-serve" in ended.err
    assert not (streamvision.home / "docs").exists()


def test_where_nothing_is_published_the_first_run_is_named(streamvision: CommandLine) -> None:
    """The catalogue is of tables that readers are shown; the folder is left as it is."""
    ended = streamvision("docs", "--no-serve", "--to", "pages")
    assert ended.code == 1
    assert "Nothing is published yet" in ended.err
    assert "streamvision up --no-serve" in ended.err
    assert not (streamvision.folder / "pages").exists()
