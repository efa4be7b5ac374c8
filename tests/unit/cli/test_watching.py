"""The commands that watch runs, what a profile may ask for, and lines for programs."""

import builtins
import json
import sys
from datetime import UTC, datetime, timedelta
from importlib import util
from pathlib import Path
from types import ModuleType

import duckdb
import pytest
import yaml

from streamvision.adapters.run_log.json_files import JsonRunLog
from streamvision.domain.errors import SourceUnreachableError
from streamvision.entrypoints.cli import steps
from streamvision.ports.run_log import RunRecord
from tests.fakes.monitoring import run
from tests.support.post import webhook
from tests.support.receiver import receiver
from tests.unit.cli.conftest import CommandLine

SECRET = "geheim77"  # noqa: S105 - it opens nothing; tests look for it where it must not be


def remember(streamvision: CommandLine, record: RunRecord) -> None:
    """Let the profile have had a run."""
    JsonRunLog(streamvision.home / "runs" / "local").write(record)


def hours_ago(hours: float) -> datetime:
    """Return a moment before now."""
    return datetime.now(UTC) - timedelta(hours=hours)


def lines(text: str) -> list[dict[str, object]]:
    """Return the lines of an error stream, every one of which is a JSON object."""
    return [json.loads(line) for line in text.splitlines()]


def test_rules_are_listed_with_the_profile_s_limits(streamvision: CommandLine) -> None:
    """Whatever the file or a variable says of them."""
    streamvision.set(ALERTS="no_run_hours=3, quarantine_share = 0.5")
    documents = streamvision("alerts", "list", "--format", "json").document
    assert isinstance(documents, list)
    limits = {each["name"]: each["limit"] for each in documents}
    assert limits["no_run"] == "3 hours"
    assert limits["quarantine_share"].startswith("0.5 of the rows")
    assert limits["stale_data"] == "48 hours"
    assert "no run has published for too long" in streamvision("alerts", "list").out


def test_limits_of_a_profile_may_be_a_list(streamvision: CommandLine) -> None:
    """As in its file."""
    (streamvision.folder / "streamvision.toml").write_text(
        '[profiles.local]\nsource = "embedded:///s"\nlake = "file:///l"\nwarehouse = "duckdb:///w"\n'
        'alerts = ["max_age_hours=7", "volume_weeks=12"]\n',
        encoding="utf-8",
    )
    shown = streamvision("profile", "show", "--format", "json").document
    assert isinstance(shown, dict)
    assert "max_age_hours=7, " in shown["alerts"]
    assert "volume_weeks=12, " in shown["alerts"]


@pytest.mark.parametrize(
    "value", ["no_walk_hours=3", "no_run_hours", "no_run_hours=", "no_run_hours=-1", "=3", "3"]
)
def test_a_limit_that_makes_no_sense_is_wrong_use(streamvision: CommandLine, value: str) -> None:
    """The error names those that there are."""
    streamvision.set(ALERTS=value)
    ended = streamvision("alerts", "list")
    assert ended.code == 2
    assert "no_run_hours, max_age_hours" in ended.err


def test_nothing_fires_after_a_good_run(streamvision: CommandLine) -> None:
    """And nothing is made by looking."""
    remember(streamvision, run(ended=hours_ago(1)))
    ended = streamvision("alerts", "test", "--format", "json")
    assert ended.code == 0
    assert isinstance(ended.document, list)
    states = {each["rule"]: each["state"] for each in ended.document}
    assert states == {"last_run_failed": "well", "no_run": "well", "stale_data": "unknown"}
    assert not (streamvision.home / "source").exists()


def test_alerts_that_fire_are_told_once_and_end_with_three(streamvision: CommandLine) -> None:
    """As soon as somebody asks, which a clock does; the next time they are held back."""
    remember(streamvision, run("r-1", ended=hours_ago(30)))
    remember(streamvision, run("r-2", "failed", hours_ago(1)))
    with webhook() as hook:
        streamvision.set(NOTIFY=hook.url, NOTIFY_ON="failure")
        first, second = streamvision("alerts", "test"), streamvision("alerts", "test")
        titles = [document["title"] for document in hook.documents]
        messages = [document["message"] for document in hook.documents]
        silent = streamvision("alerts", "test", "--no-tell", "--format", "json")
        assert len(hook.documents) == 2
    assert (first.code, second.code, silent.code) == (3, 3, 3)
    assert titles == [
        "StreamVision local: the alert last_run_failed fires",
        "StreamVision local: the alert no_run fires",
    ]
    assert "the last run, r-2 (run), failed: it broke." in messages[0]
    assert "r-1, ended 30.0 hours ago." in messages[1]
    assert "Next: streamvision alerts test --profile local" in messages[0]
    assert "2 alerts fire" in first.err
    assert "held back" in second.err
    assert "message" not in silent.err


def test_the_rules_are_printed_for_prometheus(streamvision: CommandLine) -> None:
    """With the profile's limits."""
    streamvision.set(ALERTS="max_age_hours=2")
    document = yaml.safe_load(streamvision("alerts", "rules").out)
    expressions = {rule["alert"]: rule["expr"] for rule in document["groups"][0]["rules"]}
    assert expressions["StreamVisionStaleData"].endswith("_timestamp_seconds > 7200")


def test_without_a_failed_build_there_are_no_failing_rows(streamvision: CommandLine) -> None:
    """To ask for those of a test is wrong use, and nothing is made."""
    assert streamvision("failures", "list", "--format", "json").document == []
    assert "no rows of a test that failed" in streamvision("failures", "list").out
    ended = streamvision("failures", "show", "not_null")
    assert (ended.code, "next:  streamvision failures list" in ended.err) == (2, True)
    assert not streamvision.home.exists()


def test_failing_rows_are_shown_whatever_their_types(streamvision: CommandLine) -> None:
    """To people and to programs."""
    folder = streamvision.home / "warehouse" / "published"
    folder.mkdir(parents=True)
    with duckdb.connect(str(folder / "building.duckdb")) as connection:
        connection.execute("create schema failures")
        connection.execute(
            "create table failures.odd as select uuid '00000000-0000-0000-0000-000000000007' as id,"
            " 'x'::blob as raw, interval 1 day as pause, time '01:02:03' as at, [1, 2] as list, 'ü' as name"
        )
    ended = streamvision("failures", "show", "odd", "--format", "json")
    (row,) = json.loads(ended.out)
    assert (row["id"], row["list"], row["name"]) == ("00000000-0000-0000-0000-000000000007", [1, 2], "ü")
    assert "00000000-0000-0000-0000-000000000007" in streamvision("failures", "show", "odd").out


def test_status_shows_what_the_tests_of_the_last_build_found(streamvision: CommandLine) -> None:
    """What stopped it and what only warned, with the command that shows the rows of each."""
    folder = streamvision.home / "warehouse" / "published"
    folder.mkdir(parents=True)
    with duckdb.connect(str(folder / "building.duckdb")) as connection:
        connection.execute("create schema failures; create schema warnings")
        connection.execute("create table failures.keys_are_unique as select unnest([1, 2]) as user_id")
        connection.execute("create table warnings.day_is_usual as select 7 as day_rows")
        connection.execute("create table warnings.all_is_well as select 7 as day_rows where 1 = 2")
    document = streamvision("status", "--format", "json").document
    assert isinstance(document, dict)
    assert [(each["test"], each["severity"], each["rows"]) for each in document["tests"]] == [
        ("keys_are_unique", "error", 2),
        ("day_is_usual", "warn", 1),
    ]
    commands = [each["command"] for each in document["tests"]]
    assert commands[1] == "streamvision failures show day_is_usual --profile local"
    shown = streamvision("status").out
    assert all(command in shown for command in commands)
    rows = streamvision(*commands[1].split()[1:], "--format", "json").document
    assert rows == [{"day_rows": 7}]


def test_while_a_build_goes_on_status_shows_the_rest(streamvision: CommandLine) -> None:
    """What its tests found cannot be told then, and that is said."""
    folder = streamvision.home / "warehouse" / "published"
    folder.mkdir(parents=True)
    (folder / "building.duckdb").write_bytes(b"neither whole nor a database")
    ended = streamvision("status", "--format", "json")
    assert isinstance(ended.document, dict)
    assert (ended.code, ended.document["tests"]) == (0, None)
    assert "What the tests of the last build found cannot be told" in ended.err


@pytest.fixture
def failing(streamvision: CommandLine, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Return the command line, whose runs fail at a source that does not answer."""

    def fail(*_arguments: object, **_options: object) -> None:
        raise SourceUnreachableError(
            "The source does not answer\n  - at all", where="h:5432", safe="all", next_command="start it"
        )

    monkeypatch.setattr(steps, "do_day", fail)
    streamvision.set(SOURCE="postgresql://127.0.0.1:1/d")
    return streamvision


def test_what_a_profile_asks_for_is_told_of_a_run_that_failed(failing: CommandLine) -> None:
    """By the very command that people type."""
    with receiver() as server:
        failing.set(TRACES=server.url, METRICS=f"file://{failing.folder}/metrics")
        assert failing("run", "--date", "2026-03-14").code == 1
        assert [request.path for request in server.requests] == ["/v1/traces"]
    text = (failing.folder / "metrics" / "streamvision_local.prom").read_text(encoding="utf-8")
    assert 'streamvision_alert_firing{profile="local",rule="no_run",table=""} 1.0' in text


def test_what_does_not_answer_changes_nothing_for_a_run(failing: CommandLine) -> None:
    """It ends as it would have, says so, and remembers it; no secret is in what it leaves."""
    failing.set(
        TRACES=f"http://127.0.0.1:1/{SECRET}",
        METRICS=f"http://u:{SECRET}@127.0.0.1:1",
        LINEAGE=f"http://127.0.0.1:1/?key={SECRET}",
    )
    ended = failing("run", "--date", "2026-03-14")
    assert ended.code == 1
    assert "error: The source does not answer" in ended.err
    assert "warning: traces cannot be told on: the collector does not take them" in ended.err
    assert "warning: metrics cannot be told on: the Pushgateway does not take them" in ended.err
    (record,) = json.loads(failing("runs", "list", "--format", "json").out)
    assert len(record["notices"]) == 2
    shown = failing("profile", "show").out
    files = [path.read_text(errors="replace") for path in failing.home.rglob("*") if path.is_file()]
    assert SECRET not in ended.out + ended.err + "".join(files)
    assert "u:***@127.0.0.1" in shown
    assert "key=***" in shown


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("METRICS", "file://relative"),
        ("METRICS", "ftp://h"),
        ("METRICS", "/folder"),
        ("TRACES", "file:///folder"),
        ("TRACES", "collector:4318"),
        ("LINEAGE", "http://"),
        ("DASHBOARD_URL", "file:///folder"),
        ("LOG_FORMAT", "xml"),
    ],
)
def test_an_address_that_makes_no_sense_is_wrong_use(
    streamvision: CommandLine, field: str, value: str
) -> None:
    """What was written is not repeated: it may hold a secret."""
    streamvision.set(**{field: value})
    ended = streamvision("runs", "list")
    assert ended.code == 2
    assert field.lower().replace("_", "-") in ended.err.replace("_", "-").lower()


@pytest.mark.parametrize(
    ("field", "library"),
    [("METRICS", "prometheus_client"), ("TRACES", "opentelemetry"), ("LINEAGE", "openlineage")],
)
def test_what_is_not_installed_is_said_before_anything_is_done(
    streamvision: CommandLine, monkeypatch: pytest.MonkeyPatch, field: str, library: str
) -> None:
    """With the command that installs it; who asks for nothing needs nothing."""
    found, imported = util.find_spec, builtins.__import__

    def find(name: str, package: str | None = None) -> object:
        if name.partition(".")[0] == library:
            raise ModuleNotFoundError(name)
        return found(name, package)

    def refuse(name: str, *arguments: object, **options: object) -> ModuleType:
        if name.partition(".")[0] == library:
            raise ModuleNotFoundError(name)
        return imported(name, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("streamvision.bootstrap.watching.find_spec", find)
    monkeypatch.setattr(builtins, "__import__", refuse)
    assert streamvision("runs", "list").code == 0
    streamvision.set(**{field: "http://127.0.0.1:1"})
    ended = streamvision("run", "--date", "2026-03-14")
    assert ended.code == 2
    assert f"The profile asks for {field.lower()}" in ended.err
    assert "next:  pip install 'streamvision[monitoring]'" in ended.err
    assert not (streamvision.home / "runs").exists()


def test_lines_are_json_objects_where_that_is_asked_for(failing: CommandLine) -> None:
    """By an option, whatever a variable says: with time, level, run, batch and step."""
    failing.set(LOG_FORMAT="text", NOTIFY="json://127.0.0.1:1/")
    ended = failing("--log-format", "json", "run", "--date", "2026-03-14")
    found = lines(ended.err)
    assert [each["level"] for each in found] == ["warning", "error"]
    (record,) = json.loads(failing("runs", "list", "--format", "json").out)
    for each in found:
        assert list(each) == ["time", "level", "run_id", "batch_id", "step", "message"]
        assert (each["run_id"], each["batch_id"]) == (record["run_id"], "2026-03-14")
        assert datetime.fromisoformat(str(each["time"])).tzinfo is not None
    assert str(found[0]["message"]).startswith("message to 1 json failed: ")
    assert (
        found[1]["message"]
        == "The source does not answer\n  - at all\nwhere: h:5432\nsafe:  all\nnext:  start it"
    )


def test_a_variable_or_a_profile_asks_for_json(failing: CommandLine) -> None:
    """And an option for text has its way."""
    failing.set(LOG_FORMAT="json")
    assert lines(failing("run", "--date", "2026-03-14").err)
    assert failing("--log-format", "text", "run", "--date", "2026-03-14").err.startswith("error: The source")
    failing.set(LOG_FORMAT="")
    (failing.folder / "streamvision.toml").write_text(
        'default_profile = "p"\n[profiles.p]\nsource = "postgresql://127.0.0.1:1/d"\nlake = "file:///l"\n'
        'warehouse = "duckdb:///w"\nlog_format = "json"\n',
        encoding="utf-8",
    )
    (error,) = lines(failing("run", "--date", "2026-03-14").err)
    assert error["level"] == "error"


def test_the_next_command_in_a_process_begins_with_lines_for_people(failing: CommandLine) -> None:
    """What a command before it asked for is its own."""
    failing("--log-format", "json", "run", "--date", "2026-03-14")
    assert failing("runs", "show", "r-9").err.startswith("error: There is no run 'r-9'")
    assert lines(failing("--log-format", "json", "runs", "show", "r-9").err)[0]["run_id"] is None


def test_results_stay_where_they_are(streamvision: CommandLine, tmp_path: Path) -> None:
    """Lines for programs go to the error stream alone."""
    assert tmp_path.exists()
    ended = streamvision("--log-format", "json", "runs", "list", "--format", "json")
    assert (ended.document, ended.err) == ([], "")
    assert sys.stderr is not None
