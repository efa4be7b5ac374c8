"""People hear of trouble before the dashboards lie: a real run, a real mail server, a real webhook."""

from collections.abc import Callable

import psycopg

from tests.conftest import PUBLISHED_DAY
from tests.e2e.changes import SECOND_DAY
from tests.e2e.errors import SECRET
from tests.e2e.homes import assert_same, shown, succeed
from tests.support.cli import Home
from tests.support.post import mail_server, webhook

_A_PLAN_THAT_NO_EVENT_LED_TO = (
    "update users set subscription_plan = case subscription_plan when 'basic' then 'standard'"
    " else 'basic' end where id = (select min(id) from users where is_active)"
)


def _shows_the_rows_that_were_broken(home: Home, source: str, message: str) -> None:
    """Run the command that a message tells, and find the user whose plan was changed, and nobody else."""
    (line,) = [line for line in message.splitlines() if line.startswith("Rows: streamvision ")]
    told = line.removeprefix("Rows: streamvision ").removesuffix(" (1 rows)").split()
    assert told == ["failures", "show", "account_agrees_with_its_events", "--profile", "local"]
    assert "Link: https://data.example.org/failing-tests" in message.splitlines()
    (row,) = home.run(*told, "--format", "json").document
    with psycopg.connect(source) as connection:
        found = connection.execute(
            "select id, subscription_plan from users where id = (select min(id) from users where is_active)"
        ).fetchone()
    assert (row["user_id"], row["plan_of_account"]) == found
    assert row["plan_of_events"] != row["plan_of_account"]
    found = home.run("failures", "list", "--format", "json").document
    (listed,) = [each for each in found if each["severity"] == "error"]
    assert (listed["test"], listed["rows"]) == ("account_agrees_with_its_events", 1)
    assert str(row["user_id"]) in home.run(*told).stdout


def test_a_failing_test_of_the_data_is_told_by_mail_and_to_a_webhook(
    source: str, first: Home, new_home: Callable[[str], Home]
) -> None:
    """With the day still shown, what is safe and the next command; and old data are told apart from that.

    The same run again is held back, and both are in the history, without the secrets of the targets.
    """
    with psycopg.connect(source) as connection:
        connection.execute(_A_PLAN_THAT_NO_EVENT_LED_TO)
    home = new_home(source)
    succeed(first, home)
    with mail_server() as mail, webhook() as hook:
        home.environment["STREAMVISION_DASHBOARD_URL"] = "https://data.example.org/"
        home.environment["STREAMVISION_NOTIFY"] = f"{mail.url}, {hook.url}?+X-Token={SECRET}"
        outcome = home.run("run", "--date", SECOND_DAY, exits=3)
        assert_same(shown(home), shown(first))
        documents = {document["type"]: document for document in hook.documents}
        assert documents.keys() == {"failure", "warning"}
        message = documents["failure"]["message"]
        title = f"StreamVision local: run of {SECOND_DAY} failed at transform"
        assert documents["failure"]["title"] == title
        assert f"The dashboards still show the state of {PUBLISHED_DAY}." in message
        assert "Safe: RAW is complete, and the dashboards show the last good day" in message
        assert "Next: `streamvision failures list` leads to the rows; mend the source, then" in message
        assert "account_agrees_with_its_events" in message
        _shows_the_rows_that_were_broken(home, source, message)
        assert "viewing_sessions: freshness of started_at is" in documents["warning"]["message"]
        assert {mail["to"] for mail in mail.mails} == {"ops@example.org"}
        assert mail.mails[0]["subject"] == title
        assert mail.texts[0].split() == message.split()
        assert {headers["X-Token"] for headers in hook.headers} == {SECRET}
        home.run("run", "--date", SECOND_DAY, exits=3)
        assert (len(mail.mails), len(hook.documents)) == (2, 2)
    again, before = home.run("runs", "list", "--format", "json").document
    assert [notice.split(":")[0] for notice in before["notices"]] == [
        "message to 1 mailto sent",
        "message to 1 mailto sent",
        "message to 2 json sent",
        "message to 2 json sent",
    ]
    assert [notice.split(":")[0] for notice in again["notices"]] == [
        "message to 1 mailto held back",
        "message to 2 json held back",
    ]
    assert [(step["name"], step["outcome"]) for step in before["steps"]] == [
        ("extract", "done"),
        ("load", "done"),
        ("transform", "failed"),
    ]
    assert sum(table["loaded_rows"] for table in before["tables"]) > 0
    assert {table["batch_id"] for table in before["tables"]} == {SECOND_DAY}
    text = home.run("runs", "show", before["run_id"]).stdout
    assert "streamvision run" in text
    kept = [path.read_text(encoding="utf-8") for path in home.folder.glob("[rn][uo][nt]*/**/*.json")]
    assert len(kept) == 3
    assert SECRET not in outcome.output + text + "".join(kept)
