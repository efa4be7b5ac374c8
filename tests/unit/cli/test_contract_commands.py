"""Commands that hold the contracts against a real source."""

from typing import TYPE_CHECKING

import psycopg
import pytest

from streamvision.bootstrap import open_application
from tests.unit.cli.conftest import CommandLine, Ended

if TYPE_CHECKING:
    from tests.support.embedded_postgres import EmbeddedPostgres


@pytest.fixture
def url(streamvision: CommandLine, embedded_server: "EmbeddedPostgres") -> str:
    """Return the URL of a database with the service's tables, which the commands take for their source."""
    found = embedded_server.new_database()
    streamvision.set(SOURCE=found)
    open_application().service_database.migrate()
    return found


def _verdicts(ended: Ended) -> dict[str, str]:
    assert isinstance(ended.document, list)
    return {each["table"]: each["verdict"] for each in ended.document}


def _change(url: str, statement: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(statement)


@pytest.mark.usefixtures("url")
def test_the_service_is_what_its_contracts_say(streamvision: CommandLine) -> None:
    """All nine tables, to the last column."""
    ended = streamvision("contracts", "check", "--format", "json")
    assert ended.code == 0
    agreeing = [table for table, verdict in _verdicts(ended).items() if verdict == "agrees"]
    assert len(agreeing) == 9
    assert "public.viewing_sessions" in streamvision("contracts", "check").out


def test_what_would_stop_extraction_ends_with_1(streamvision: CommandLine, url: str) -> None:
    """`diff` tells of it, and of what stops nothing, and ends with 0."""
    _change(
        url,
        "alter table ratings rename column score to points; alter table users add column nick text;"
        " create table extra (id int primary key)",
    )
    ended = streamvision("contracts", "check", "--format", "json")
    assert ended.code == 1
    verdicts = _verdicts(ended)
    assert (verdicts["public.ratings"], verdicts["public.users"]) == ("stops", "differs")
    assert verdicts["public.extra"] == "no contract"
    assert streamvision("contracts", "check").code == 1
    assert "`streamvision contracts diff` tells why" in streamvision("contracts", "check").out
    told = streamvision("contracts", "diff", "--format", "json")
    assert (told.code, told.err) == (0, "")
    assert isinstance(told.document, list)
    found = {(each["table"], each["column"]): each for each in told.document}
    assert found["public.ratings", "score"]["follows"] == "nothing is extracted (drift: stop)"
    assert "renamed to points" in found["public.ratings", "score"]["source"]
    assert found["public.users", "nick"]["contract"] == "no such column"
    assert found["public.extra", ""]["follows"] == "it is not extracted"
    assert "points" in streamvision("contracts", "diff").out


@pytest.mark.usefixtures("url")
@pytest.mark.parametrize("command", ["check", "diff"])
def test_contracts_that_are_derived_have_nothing_to_differ_from(
    streamvision: CommandLine, command: str
) -> None:
    """It is wrong use to ask."""
    streamvision.set(CONTRACTS="derive")
    ended = streamvision("contracts", command)
    assert (ended.code, ended.out) == (2, "")
    assert "derives its contracts" in ended.err
