"""What goes wrong on a machine ends with a clear error and loses nothing."""

import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from tests.conftest import PUBLISHED_DAY
from tests.e2e.errors import SECRET, assert_clear
from tests.e2e.homes import (
    assert_same,
    database_url,
    lake_files,
    loaded,
    locked,
    show_the_one_before,
    shown,
    succeed,
    waits_for_a_table,
)
from tests.support.cli import AT_EASE, Home, finished, wait_until

EXTRACT = ("extract", "--date", PUBLISHED_DAY)
LOAD = ("load", "--date", PUBLISHED_DAY)


@pytest.fixture(scope="module")
def locked_out(first_source: str) -> str:
    """Give the URL of a role whose password is another one than the URL says."""
    with psycopg.connect(database_url(first_source, "postgres"), autocommit=True) as connection:
        connection.execute("create role locked_out login password 'another one'")
        row = connection.execute("show hba_file").fetchone()
        assert row is not None
        rules = Path(row[0])
        rules.write_text(f"local all locked_out scram-sha-256\n{rules.read_text()}", encoding="utf-8")
        connection.execute("select pg_reload_conf()")
    return first_source.replace("postgres@", f"locked_out:{SECRET}@")


@pytest.fixture
def taken_port() -> Iterator[int]:
    """Give a port of 127.0.0.1 on which somebody else listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


WRONG_URLS = {
    "host": (f"postgresql://analyst:{SECRET}@nowhere.invalid:5432/streamvision", 1),
    "port": (f"postgresql://analyst:{SECRET}@127.0.0.1:1/streamvision", 1),
    "port no number": (f"postgresql://analyst:{SECRET}@127.0.0.1:port/streamvision", 2),
    "slash": (f"postgresql://analyst:{SECRET}/rest@127.0.0.1/streamvision", 2),
    "bracket": (f"postgresql://analyst:{SECRET}@[::1/streamvision", 2),
    "option": (f"postgresql://127.0.0.1:1/streamvision?password={SECRET}&no_such_option=1", 2),
    "scheme": (f"mysql://analyst:{SECRET}@127.0.0.1/streamvision", 2),
    "no scheme": (f"analyst:{SECRET}@127.0.0.1/streamvision", 2),
}
"""What is wrong, the URL, and the exit code: 2 where no server could ever be found by it."""


@pytest.mark.parametrize("wrong", WRONG_URLS)
def test_a_wrong_url_is_told_without_its_password(new_home: Callable[[str], Home], wrong: str) -> None:
    """A host, port, form or scheme that is wrong is told; the password is not, and nothing was made."""
    url, code = WRONG_URLS[wrong]
    home = new_home(url)
    assert_clear(home.run(*EXTRACT, exits=code), "does not answer" if code == 1 else "URL")
    assert not home.lake.exists()


@pytest.mark.parametrize("wrong", ["port", "slash"])
def test_a_wrong_url_is_told_without_its_password_when_filling(
    new_home: Callable[[str], Home], wrong: str
) -> None:
    """What would fill the source tells of a wrong URL as what reads it does."""
    url, code = WRONG_URLS[wrong]
    outcome = new_home(url).run("simulate", "--preset", "small", "--until", PUBLISHED_DAY, exits=code)
    assert_clear(outcome, "does not answer" if code == 1 else "URL")


def test_a_wrong_password_is_told_without_it(new_home: Callable[[str], Home], locked_out: str) -> None:
    """The server's refusal names the role; neither password is shown, by the command or by doctor."""
    home = new_home(locked_out)
    assert_clear(home.run(*EXTRACT, exits=1), "locked_out")
    report = home.run("doctor", exits=1)
    assert "locked_out" in report.output
    assert SECRET not in report.output


def test_a_wrong_database_is_told_by_name(new_home: Callable[[str], Home], first_source: str) -> None:
    """A database that is not there is named."""
    home = new_home(database_url(first_source, "no_such_one"))
    assert_clear(home.run(*EXTRACT, exits=1), "no_such_one")


def test_a_stopped_server_is_told_and_the_same_command_completes_once_it_is_back(
    other_seed: Home, new_home: Callable[[str], Home]
) -> None:
    """Stopped before the extraction or during it, the server costs a repetition and nothing else."""
    url = other_seed.source_url()
    home = new_home(url)
    with (
        suppress(psycopg.OperationalError),
        locked(url, "viewing_sessions"),
        home.running(*EXTRACT) as process,
    ):
        wait_until(lambda: waits_for_a_table(url), AT_EASE)
        other_seed.run("down")
        assert_clear(finished(process), "viewing_sessions")
    assert process.returncode == 1
    assert_clear(home.run(*EXTRACT, exits=1), "does not answer")
    assert not any(home.lake.rglob("_batches"))
    other_seed.run("profile", "check")
    tables = home.run(*EXTRACT, "--format", "json").document["tables"]
    rows = {table["table"]: sum(file["rows"] for file in table["files"]) for table in tables}
    assert rows["viewing_sessions"] == 5000


def test_a_full_disk_during_extraction_leaves_no_batch(
    first: Home, first_source: str, new_home: Callable[[str], Home]
) -> None:
    """A file that cannot be written ends the extraction; with room again, the same command completes."""
    home = new_home(first_source)
    assert_clear(
        home.run(*EXTRACT, exits=1, file_limit=100_000), "viewing_sessions", "The lake could not write"
    )
    assert not any(home.lake.rglob("_batches"))
    home.run(*EXTRACT)
    assert_same(lake_files(home), lake_files(first))


def test_a_full_disk_during_load_leaves_the_warehouse_as_it_was(
    first: Home, first_source: str, new_home: Callable[[str], Home]
) -> None:
    """A batch that does not fit is not loaded in part; with room again, the same command completes."""
    home = new_home(first_source)
    shutil.copytree(first.lake, home.lake)
    assert_clear(home.run(*LOAD, exits=1, file_limit=500_000), str(home.warehouse))
    assert home.run("status", "--format", "json").document["tables"] == []
    home.run(*LOAD)
    assert_same(loaded(home), loaded(first))


def test_a_full_disk_during_the_build_leaves_the_dashboards_as_they_were(
    first: Home, second: Home, first_source: str, new_home: Callable[[str], Home]
) -> None:
    """A build that does not fit is not shown; with room again, the same command completes."""
    home = new_home(first_source)
    shutil.copytree(second.warehouse.parent, home.warehouse.parent)
    show_the_one_before(home, first)
    outcome = home.run("transform", exits=1, file_limit=500_000)
    assert_clear(outcome, f"the dashboards still show the state of {PUBLISHED_DAY}")
    assert_same(shown(home), shown(first))
    home.run("transform")
    home.run("publish")
    assert_same(shown(home), shown(second))


def test_a_port_in_use_is_told_before_any_work(
    first_source: str, new_home: Callable[[str], Home], taken_port: int
) -> None:
    """`up` looks at the port first: nobody waits for minutes to hear that the dashboards cannot be shown."""
    home = new_home(first_source)
    outcome = home.run("up", "--port", str(taken_port), "--date", PUBLISHED_DAY, exits=1)
    assert_clear(outcome, f"127.0.0.1:{taken_port}", "streamvision dashboard --port")
    assert not home.folder.exists()


def test_a_port_in_use_stops_the_dashboards(first: Home, taken_port: int) -> None:
    """`dashboard` names the port and the command with another one."""
    assert_clear(first.run("dashboard", "--port", str(taken_port), exits=1), f"127.0.0.1:{taken_port}")


def test_dashboards_of_nothing_say_what_to_do_first(
    first_source: str, new_home: Callable[[str], Home]
) -> None:
    """Before the first run there is nothing to look at, and the error names the command that makes it."""
    assert_clear(new_home(first_source).run("dashboard", exits=1), "streamvision up")


def test_of_two_runs_at_once_one_works_and_the_other_is_told(
    first: Home, first_source: str, new_home: Callable[[str], Home]
) -> None:
    """The second hears who holds the lock and since when; it changes nothing, and the first goes on."""
    home = new_home(first_source)
    with home.running(*EXTRACT) as process:
        with locked(first_source, "users"):
            wait_until(lambda: waits_for_a_table(first_source), AT_EASE)
            before = files_of(home.folder)
            for command in (("up", "--no-serve", "--date", PUBLISHED_DAY), ("publish",)):
                refused = home.run(*command, exits=1)
                assert_clear(refused, "`streamvision extract`", f"process {process.pid}, since 20")
            assert home.run("status", "--format", "json").document["last_run"]["outcome"] == "running"
            assert files_of(home.folder) == before
        assert finished(process).code == 0
    assert_same(lake_files(home), lake_files(first))


def test_what_cannot_be_asked_for_is_wrong_use(
    first: Home, first_source: str, new_home: Callable[[str], Home]
) -> None:
    """Commands without sense end with 2 and say what would make some."""
    home = new_home(first_source)
    assert_clear_enough = {
        ("run", "--date", "2999-01-01"): "has not begun",
        ("up", "--no-serve", "--preset", "huge"): "small",
        ("status", "--profile", "nobody"): "streamvision profile list",
    }
    for command, said in assert_clear_enough.items():
        outcome = home.run(*command, exits=2)
        assert said in outcome.stderr
        assert "Traceback" not in outcome.output
    assert not home.folder.exists()
    succeed(first, home)
    assert_clear(home.run("load", "--date", "2024-07-02", exits=1), "streamvision extract --date 2024-07-02")


def files_of(folder: Path) -> dict[str, tuple[int, int]]:
    """Return size and time of change of every file of a folder, by path."""
    stats = {str(path): path.stat() for path in folder.rglob("*") if path.is_file()}
    return {path: (stat.st_size, stat.st_mtime_ns) for path, stat in stats.items()}
