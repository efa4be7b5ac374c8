"""Commands that choose what is read of a source, and those about its log of changes."""

from typing import TYPE_CHECKING

import psycopg
import pytest

from streamvision.bootstrap import open_application
from tests.unit.cli.conftest import CommandLine, Ended

if TYPE_CHECKING:
    from tests.support.embedded_postgres import EmbeddedPostgres

SECRET = "hunter2"  # noqa: S105 - what must not be seen
NOWHERE = f"postgresql://reader:{SECRET}@127.0.0.1:1/service"


@pytest.fixture
def url(streamvision: CommandLine, embedded_server: "EmbeddedPostgres") -> str:
    """Return the URL of a database with a few tables, which the commands take for their source."""
    found = embedded_server.new_database()
    with psycopg.connect(found) as connection:
        connection.execute(
            "create schema sales; create table sales.orders (id int primary key, note text);"
            " create table people (id int primary key); create view seen as select 1 as one"
        )
    streamvision.set(SOURCE=found)
    return found


def _finding(ended: Ended, what: str) -> dict[str, str]:
    findings = ended.document
    assert isinstance(findings, list)
    (found,) = [each for each in findings if each["what"] == what]
    return dict(found)


@pytest.mark.parametrize("command", ["extract", "load", "run"])
@pytest.mark.parametrize("options", [("--tables", "public.*"), ("--views",)])
def test_tables_are_chosen_only_along_with_derived_contracts(
    streamvision: CommandLine, command: str, options: tuple[str, ...]
) -> None:
    """The choice would be passed over otherwise; nothing is begun."""
    ended = streamvision(command, *options)
    assert (ended.code, ended.out) == (2, "")
    assert "--derive-contracts" in ended.err
    assert not streamvision.home.exists()


def test_a_profile_shows_what_is_read(streamvision: CommandLine) -> None:
    """Along with where it is."""
    streamvision.set(CONTRACTS="derive", TABLES="a.b, c.*", VIEWS="true", EXTRACTION="cursor")
    document = streamvision("profile", "show", "--format", "json").document
    assert isinstance(document, dict)
    assert [document[name] for name in ("contracts", "tables", "views", "extraction")] == [
        "derive",
        "a.b, c.*",
        True,
        "cursor",
    ]


@pytest.mark.usefixtures("url")
def test_doctor_counts_the_tables_that_contracts_are_derived_from(streamvision: CommandLine) -> None:
    """They need not be the service's."""
    streamvision.set(CONTRACTS="derive")
    assert ", 2 tables" in _finding(streamvision("profile", "check", "--format", "json"), "source")["detail"]
    streamvision.set(TABLES="sales.*")
    assert ", 1 tables" in _finding(streamvision("profile", "check", "--format", "json"), "source")["detail"]
    streamvision.set(TABLES="sales.order")
    broken = _finding(streamvision("profile", "check", "--format", "json"), "source")
    assert (broken["state"], broken["detail"]) == ("broken", "The source has no table like sales.order")


@pytest.mark.usefixtures("url")
def test_a_log_that_is_not_read_is_no_matter(streamvision: CommandLine) -> None:
    """Unless the source keeps it all the same, which fills its disk."""
    streamvision.set(CONTRACTS="derive")
    kinds = [each["what"] for each in _list(streamvision("profile", "check", "--format", "json"))]
    assert kinds == ["source", "lake", "warehouse"]
    application = open_application()
    application.change_log.keep([], since="")
    found = _finding(streamvision("profile", "check", "--format", "json"), "log")
    assert found["state"] == "warning"
    assert "streamvision log drop" in found["mend"]
    assert application.change_log.drop()


def _list(ended: Ended) -> list[dict[str, str]]:
    assert isinstance(ended.document, list)
    return ended.document


@pytest.mark.usefixtures("url")
def test_the_log_is_shown_and_dropped(streamvision: CommandLine) -> None:
    """Under a name that belongs to the lake; dropping it twice is no failure."""
    streamvision.set(CONTRACTS="derive", EXTRACTION="changes")
    shown = streamvision("log", "show", "--format", "json").document
    assert isinstance(shown, dict)
    name = shown["slot"]
    assert name.startswith("streamvision_")
    assert len(name) == len("streamvision_") + 8
    assert (shown["is_kept"], shown["retained_bytes"], shown["hindrances"]) == (False, 0, [])
    check = _finding(streamvision("profile", "check", "--format", "json"), "log")
    assert (check["state"], check["detail"]) == ("well", "can be kept; the first batch begins it")
    open_application().change_log.keep([], since="")
    assert "True" in streamvision("log", "show").out or "yes" in streamvision("log", "show").out
    check = _finding(streamvision("profile", "check", "--format", "json"), "log")
    assert check["state"] == "well"
    assert name in check["detail"]
    dropped = streamvision("log", "drop", "--format", "json")
    assert dropped.document == {"slot": name, "was_kept": True}
    assert streamvision("log", "drop", "--format", "json").document == {"slot": name, "was_kept": False}
    assert streamvision("log", "drop").out == f"The source kept no log {name}.\n"


def test_what_hinders_a_log_is_told_with_what_mends_it(streamvision: CommandLine, url: str) -> None:
    """Each by itself; the exit code is 1 where the profile wants to read the log."""
    role = f"watcher_of_{url.partition('?')[0].rpartition('/')[2]}"
    with psycopg.connect(url) as connection:
        connection.execute(f"create role {role} login; grant select on people to {role}".encode())
    as_watcher = url.replace("postgres:", f"{role}:").replace("postgres@", f"{role}@")
    streamvision.set(SOURCE=as_watcher, CONTRACTS="derive", TABLES="public.people", EXTRACTION="changes")
    ended = streamvision("doctor", "--format", "json")
    assert ended.code == 1
    mends = [each["mend"] for each in _list(ended) if each["what"] == "log"]
    assert mends[0] == f'ALTER ROLE "{role}" REPLICATION'
    assert mends[1].startswith("GRANT CREATE ON DATABASE ")
    shown = streamvision("log", "show")
    assert shown.code == 0
    assert f'ALTER ROLE "{role}" REPLICATION' in shown.out


@pytest.mark.parametrize("command", ["show", "drop"])
def test_a_source_that_does_not_answer_has_no_log_to_tell_of(streamvision: CommandLine, command: str) -> None:
    """The exit code is 1, and no password shows."""
    streamvision.set(SOURCE=NOWHERE)
    ended = streamvision("log", command)
    assert (ended.code, ended.out) == (1, "")
    assert "The source does not answer" in ended.err
    assert SECRET not in ended.err
