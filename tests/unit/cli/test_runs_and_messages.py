"""The commands that show runs, and what people are told by a command line."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from streamvision.adapters.run_log.json_files import JsonRunLog
from streamvision.bootstrap import open_application
from streamvision.domain.errors import SourceUnreachableError
from streamvision.entrypoints.cli import steps
from streamvision.ports.run_log import RunRecord, StepRecord, TableRows
from tests.support.post import Webhook, webhook
from tests.unit.cli.conftest import CommandLine

SECRET = "geheim77"  # noqa: S105 - it opens nothing; tests look for it where it must not be
NOW = datetime(2026, 3, 15, 6, 0, tzinfo=UTC)
RECORD = RunRecord(
    "r-2",
    "run",
    "2026-03-14",
    "failed",
    NOW,
    NOW + timedelta(seconds=75),
    error="it broke",
    error_text="it broke\nwhere: there\nnext:  streamvision run",
    steps=(StepRecord("extract", NOW, NOW + timedelta(seconds=5), "done", 3, "it did not answer"),),
    tables=(TableRows("2026-03-14", "users", 1200, 1190, 10, 2048), TableRows("2026-03-14", "plans", 5)),
    notices=("message to 1 mailto sent: it broke",),
)


@pytest.fixture
def hook() -> Iterator[Webhook]:
    """Lend a webhook."""
    with webhook() as server:
        yield server


@pytest.fixture
def known(streamvision: CommandLine) -> CommandLine:
    """Return the command line with two runs that are remembered."""
    log = JsonRunLog(streamvision.home / "runs" / "local")
    log.write(replace(RECORD, run_id="r-1", outcome="done", error="", started_at=NOW - timedelta(days=1)))
    log.write(RECORD)
    return streamvision


def test_runs_are_listed_the_newest_first(known: CommandLine) -> None:
    """With how they ended and what they carried; programs get all of it."""
    documents = known("runs", "list", "--format", "json").document
    assert isinstance(documents, list)
    assert [document["run_id"] for document in documents] == ["r-2", "r-1"]
    assert documents[0]["seconds"] == 75.0
    assert documents[0]["steps"][0]["seconds"] == 5.0
    lines = known("runs", "list").out.splitlines()
    (line,) = [line for line in lines if "r-2" in line]
    assert line.split("  ")[0].strip() == "r-2"
    assert all(word in line for word in ("failed", "75.0 s", "1,190", "10", "it broke"))


def test_as_many_runs_are_listed_as_are_asked_for(known: CommandLine) -> None:
    """The newest."""
    documents = known("runs", "list", "--limit", "1", "--format", "json").document
    assert isinstance(documents, list)
    assert [document["run_id"] for document in documents] == ["r-2"]


def test_a_run_is_shown_with_its_steps_rows_and_messages(known: CommandLine) -> None:
    """And all that was told of what stopped it."""
    shown = known("runs", "show", "r-2").out
    for text in (
        "Run r-2: run of 2026-03-14, failed, began 2026-03-15 06:00:00 UTC, took 75.0 s",
        "next:  streamvision run",
        "it did not answer",
        "1,190",
        "2.0 KiB",
        "message to 1 mailto sent: it broke",
    ):
        assert text in shown
    document = known("runs", "show", "r-2", "--format", "json").document
    assert isinstance(document, dict)
    assert document["tables"][0] == {
        "batch_id": "2026-03-14",
        "table": "users",
        "extracted_rows": 1200,
        "loaded_rows": 1190,
        "quarantined_rows": 10,
        "extracted_bytes": 2048,
    }


def test_a_run_that_is_not_known_is_wrong_use(known: CommandLine) -> None:
    """The next command lists those that are."""
    ended = known("runs", "show", "r-3")
    assert (ended.code, ended.out) == (2, "")
    assert "next:  streamvision runs list" in ended.err


def test_before_the_first_run_there_is_nothing_to_list(streamvision: CommandLine) -> None:
    """Nothing is made either."""
    assert streamvision("runs", "list", "--format", "json").document == []
    assert "No run yet" in streamvision("runs", "list").out
    assert not streamvision.home.exists()


def test_runs_of_another_profile_are_its_own(known: CommandLine) -> None:
    """Whatever it is called."""
    (known.folder / "streamvision.toml").write_text(
        '[profiles."../local"]\nsource = "postgresql://h/d"\nlake = "file:///l"\nwarehouse = "duckdb:///w"\n',
        encoding="utf-8",
    )
    assert known("runs", "list", "--profile", "../local", "--format", "json").document == []
    assert known("status", "--format", "json").code == 0


def test_a_trial_is_sent_and_told(streamvision: CommandLine, hook: Webhook) -> None:
    """Nothing is shown of the URL but its kind."""
    streamvision.set(NOTIFY=f"json://:{SECRET}@127.0.0.1:{hook.port}/{SECRET}")
    ended = streamvision("notify", "test", "--format", "json")
    assert ended.code == 0
    assert ended.document == [
        {"target": "1 json", "title": "StreamVision local: a test", "state": "sent", "reason": ""}
    ]
    assert [document["title"] for document in hook.documents] == ["StreamVision local: a test"]
    assert SECRET not in ended.out + ended.err


def test_a_trial_that_does_not_arrive_ends_with_one(streamvision: CommandLine, hook: Webhook) -> None:
    """The others get it, and it is said who did not."""
    streamvision.set(NOTIFY=f"json://127.0.0.1:{hook.port}/ unknown://{SECRET}/{SECRET}")
    ended = streamvision("notify", "test")
    assert ended.code == 1
    assert "The message did not get to 2 unknown" in ended.err
    assert len(hook.documents) == 1
    assert SECRET not in ended.out + ended.err


def test_without_anybody_to_tell_a_trial_is_wrong_use(streamvision: CommandLine) -> None:
    """It says where to name somebody."""
    ended = streamvision("notify", "test")
    assert ended.code == 2
    assert "STREAMVISION_NOTIFY" in ended.err


def test_who_is_told_is_shown_masked(streamvision: CommandLine) -> None:
    """Unless somebody asks to see it."""
    streamvision.set(NOTIFY=f"slack://{SECRET}/b, json://u:{SECRET}@h")
    document = streamvision("profile", "show", "--format", "json").document
    assert isinstance(document, dict)
    assert document["notify"] == "slack://***, json://***"
    assert SECRET in streamvision("profile", "show", "--reveal").out


@pytest.fixture
def failing(streamvision: CommandLine, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Return the command line, whose runs fail at a source that does not answer."""

    def fail(*_arguments: object, **_options: object) -> None:
        raise SourceUnreachableError(
            "The source does not answer", where="h:5432", safe="all is as it was", next_command="start it"
        )

    monkeypatch.setattr(steps, "do_day", fail)
    streamvision.set(SOURCE="postgresql://127.0.0.1:1/d")
    return streamvision


def last(streamvision: CommandLine) -> dict[str, object]:
    """Return the newest run."""
    documents = streamvision("runs", "list", "--limit", "1", "--format", "json").document
    assert isinstance(documents, list)
    document: dict[str, object] = documents[0]
    return document


def test_people_are_told_of_a_run_that_failed_once(failing: CommandLine, hook: Webhook) -> None:
    """What is safe and what to do; the second time it is held back, and both are remembered."""
    failing.set(NOTIFY=hook.url)
    ended = failing("run", "--date", "2026-03-14")
    assert ended.code == 1
    assert "message to 1 json sent: StreamVision local: run of 2026-03-14 failed at run" in ended.err
    (document,) = hook.documents
    assert document["type"] == "failure"
    assert "Safe: all is as it was\nNext: start it\n" in document["message"]
    first = last(failing)
    assert first["notices"] == ["message to 1 json sent: StreamVision local: run of 2026-03-14 failed at run"]
    assert f"streamvision runs show {first['run_id']} --profile local" in document["message"]
    assert "held back" in failing("run", "--date", "2026-03-15").err
    assert len(hook.documents) == 1
    assert (failing.home / "notices" / "local.json").exists()


def test_a_message_that_is_not_sent_changes_nothing_for_the_run(failing: CommandLine, hook: Webhook) -> None:
    """It ends as it would have, says so, and remembers it; no secret is in what it leaves."""
    hook.status = 500
    failing.set(NOTIFY=f"{hook.url}/{SECRET} unknown://{SECRET}")
    ended = failing("run", "--date", "2026-03-14")
    assert ended.code == 1
    assert "error: The source does not answer" in ended.err
    assert "warning: message to 1 json failed" in ended.err
    assert "warning: message to 2 unknown failed" in ended.err
    notices = last(failing)["notices"]
    assert "error=500" in json.dumps(notices)
    files = [path for path in failing.home.rglob("*") if path.is_file()]
    assert SECRET not in ended.out + ended.err + "".join(path.read_text(errors="replace") for path in files)


def test_people_are_told_of_a_run_that_was_not_let_in(failing: CommandLine, hook: Webhook) -> None:
    """One that stands still would keep out all others, and nobody would know; the history stays as it is."""
    failing.set(NOTIFY=hook.url)
    with open_application().lock.hold("r-1", "up"):
        ended = failing("run", "--date", "2026-03-14")
    assert ended.code == 1
    (document,) = hook.documents
    assert document["message"].startswith("Another run is at work: `streamvision up`")
    assert failing("runs", "list", "--format", "json").document == []


def test_a_run_goes_on_being_written_down_elsewhere(failing: CommandLine, hook: Webhook) -> None:
    """A scheduler does each step in a process of its own, and tells people in another."""
    failing.set(NOTIFY=hook.url)
    run = open_application().runs.new("scheduled__2026-03-15T00:00:00+00:00", "daily", date(2026, 3, 14))
    run.begin()
    assert open_application().runs.resumed("r-9") is None
    resumed = open_application().runs.resumed(run.run_id)
    assert resumed is not None
    resumed.failed(SourceUnreachableError("The source does not answer", next_command="start it"))
    application = open_application()
    (delivery,) = application.tell_people(resumed, SourceUnreachableError("The source does not answer"))
    assert delivery.state == "sent"
    found = application.run_log.find(run.run_id)
    assert found == resumed.record
    assert found.notices == (delivery.line,)


def test_single_steps_are_told_to_nobody(streamvision: CommandLine, hook: Webhook) -> None:
    """Somebody who sits there types them."""
    streamvision.set(NOTIFY=hook.url)
    assert streamvision("load", "--date", "2026-03-14").code == 1
    assert hook.documents == []


def test_who_is_told_is_checked_and_not_disturbed(streamvision: CommandLine, hook: Webhook) -> None:
    """A URL that cannot be understood is broken."""
    streamvision.set(NOTIFY=f"{hook.url} unknown://{SECRET}", SOURCE="postgresql://127.0.0.1:1/d")
    ended = streamvision("profile", "check", "--format", "json")
    assert isinstance(ended.document, list)
    found = [each["state"] for each in ended.document if each["what"] == "notify"]
    assert found == ["well", "broken"]
    assert hook.documents == []
    assert SECRET not in ended.out + ended.err
