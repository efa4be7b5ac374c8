"""What commands print where, and how they end."""

import json
import socket
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import psycopg
import pytest

from streamvision.adapters.lock.file import FileLock
from streamvision.adapters.run_log.json_files import JsonRunLog
from streamvision.adapters.warehouse.duckdb.warehouse import DuckDBWarehouse
from streamvision.assets import asset
from streamvision.bootstrap import open_application
from streamvision.domain.errors import DataQualityError, StreamVisionError
from streamvision.entrypoints.cli import look
from streamvision.ports.run_log import RunRecord, last_run
from tests.fakes.building import LOADED_AT, RUN_ID, SNAPSHOT_AT, incoming_batch, incoming_table, people
from tests.unit.cli.conftest import CommandLine

if TYPE_CHECKING:
    from tests.support.embedded_postgres import EmbeddedPostgres

SECRET = "hunter2"  # noqa: S105 - what must not be seen
NOWHERE = f"postgresql://reader:{SECRET}@127.0.0.1:1/service"
PROFILES = f"""
[profiles.live]
source = "{NOWHERE}"
lake = "file:///lake/live"
warehouse = "duckdb:///live.duckdb"
lake_format = "csv"
"""


def _load_a_batch(home: Path, folder: Path) -> None:
    warehouse = DuckDBWarehouse(f"duckdb://{home}/warehouse/streamvision_wh.duckdb")
    warehouse.load(
        incoming_batch(incoming_table(folder, people(), [{"id": 1}, {"id": None, "name": "größe 😀"}])),
        run_id=RUN_ID,
        loaded_at=LOADED_AT,
        keep_quarantined=lambda _table, _path: None,
    )


def test_profile_show_prints_the_three_urls(streamvision: CommandLine) -> None:
    """As one JSON document; any PostgreSQL client can connect to the source's."""
    ended = streamvision("profile", "show", "--format", "json")
    assert (ended.code, ended.err) == (0, "")
    document = ended.document
    assert isinstance(document, dict)
    assert document["source"].startswith("postgresql://")
    assert document["lake"] == f"file://{streamvision.home}/lake"
    assert document["warehouse"] == f"duckdb://{streamvision.home}/warehouse/streamvision_wh.duckdb"
    assert (document["profile"], document["lake_format"]) == ("local", "parquet")
    assert document["home"] == str(streamvision.home)


@pytest.mark.parametrize("output", ["json", "table"])
def test_profile_show_masks_secrets_unless_asked(streamvision: CommandLine, output: str) -> None:
    """Only --reveal shows them."""
    (streamvision.folder / "streamvision.toml").write_text(PROFILES, encoding="utf-8")
    command = ("profile", "show", "--profile", "live", "--format", output)
    ended = streamvision(*command)
    assert ended.code == 0
    assert SECRET not in ended.out + ended.err
    assert "postgresql://reader:***@127.0.0.1:1/service" in ended.out
    assert NOWHERE in streamvision(*command, "--reveal").out


def test_profile_list_marks_the_one_in_use(streamvision: CommandLine) -> None:
    """The built-in one is always there."""
    (streamvision.folder / "streamvision.toml").write_text(PROFILES, encoding="utf-8")
    assert streamvision("profile", "list", "--format", "json").document == [
        {"name": "local", "in_use": True},
        {"name": "live", "in_use": False},
    ]
    streamvision.set(PROFILE="live")
    listed = streamvision("profile", "list")
    assert listed.code == 0
    assert [line.split() for line in listed.out.splitlines() if line.split()[-1:] == ["yes"]] == [
        ["live", "yes"]
    ]


@pytest.mark.parametrize(
    "command",
    [
        ("profile", "show"),
        ("profile", "list"),
        ("profile", "check"),
        ("status",),
        ("extract",),
        ("load",),
        ("transform",),
        ("publish",),
        ("run",),
        ("up", "--no-serve"),
        ("down",),
        ("contracts", "check"),
        ("contracts", "diff"),
        ("log", "show"),
        ("log", "drop"),
        ("simulate",),
        ("quarantine", "list"),
        ("quarantine", "show", "users"),
        ("quarantine", "release"),
        ("quarantine", "drop", "--reason", "why not"),
        ("dashboard",),
        ("doctor",),
    ],
)
def test_a_profile_that_is_not_there_is_wrong_use(
    streamvision: CommandLine, command: tuple[str, ...]
) -> None:
    """Every command says so in the same way and changes nothing."""
    ended = streamvision(*command, "--profile", "nowhere")
    assert (ended.code, ended.out) == (2, "")
    assert "There is no profile 'nowhere'" in ended.err
    assert "streamvision profile list" in ended.err
    assert "Traceback" not in ended.err
    assert not streamvision.home.exists()


@pytest.mark.parametrize(
    ("part", "url", "known"),
    [
        ("SOURCE", f"mysql://u:{SECRET}@h/d", "postgresql://"),
        ("LAKE", f"ftp://u:{SECRET}@h/d", "file://"),
        ("WAREHOUSE", f"oracle://u:{SECRET}@h/d", "duckdb://"),
        ("LAKE", "file://relative/lake", "file:///absolute/path"),
        ("LAKE", "/a/path/without/a/scheme", "file://"),
        ("WAREHOUSE", "duckdb://", "duckdb:///absolute/path"),
    ],
)
def test_a_scheme_that_is_not_known_is_wrong_use(
    streamvision: CommandLine, part: str, url: str, known: str
) -> None:
    """The error names those that are known, and not the password."""
    streamvision.set(**{part: url})
    ended = streamvision("status")
    assert ended.code == 2
    assert known in ended.err
    assert part.lower() in ended.err
    assert SECRET not in ended.err
    assert not streamvision.home.exists()


@pytest.mark.parametrize("command", ["extract", "load", "run"])
def test_a_day_in_the_future_is_wrong_use(streamvision: CommandLine, command: str) -> None:
    """It has not begun; nothing is changed."""
    ended = streamvision(command, "--date", "2999-01-01")
    assert (ended.code, ended.out) == (2, "")
    assert "The day 2999-01-01 has not begun" in ended.err
    assert not streamvision.home.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("extract", "--date", "14.03.2026"),
        ("status", "--format", "xml"),
        ("status", "--batches", "0"),
        ("nonsense",),
        ("quarantine", "show"),
        ("quarantine", "drop", "users"),
        ("quarantine", "drop", "users", "--reason", " "),
        ("quarantine", "release", "--batch", "yesterday"),
        ("simulate", "--preset", "giant"),
        ("simulate", "--scale", "0"),
        ("simulate", "--defects", "0.5"),
        ("simulate", "--viewers", "10"),
        ("simulate", "--speed", "10"),
        ("simulate", "--live", "--speed", "0"),
        ("simulate", "--live", "--defects", "0.01"),
        ("simulate", "--live", "--report", "page.html"),
        ("simulate", "--live", "--since", "2026-01-31", "--until", "2026-01-31"),
        ("simulate", "--since", "2026-02-01", "--until", "2026-01-31"),
        ("dashboard", "--port", "99999"),
    ],
)
def test_a_command_that_makes_no_sense_is_wrong_use(
    streamvision: CommandLine, arguments: tuple[str, ...]
) -> None:
    """It ends with 2, nothing on standard output, and no traceback."""
    ended = streamvision(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err != ""
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("arguments", [("--help",), ("run", "--help"), ("quarantine", "show", "--help")])
def test_help_is_no_failure(streamvision: CommandLine, arguments: tuple[str, ...]) -> None:
    """It is what was asked for, on standard output."""
    ended = streamvision(*arguments)
    assert ended.code == 0
    assert "Usage" in ended.out


def test_status_of_an_empty_home(streamvision: CommandLine) -> None:
    """Nothing is there, nothing is made, and the next command is told."""
    ended = streamvision("status", "--format", "json")
    assert (ended.code, ended.err) == (0, "")
    assert ended.document == {
        "profile": "local",
        "last_run": None,
        "published": None,
        "freshness_seconds": None,
        "tables": [],
        "expectations": [],
        "tests": [],
    }
    assert "streamvision up" in streamvision("status").out
    assert not streamvision.home.exists()


def test_status_of_a_batch(streamvision: CommandLine) -> None:
    """Per table: extracted, loaded, quarantined, and whether that balances."""
    _load_a_batch(streamvision.home, streamvision.folder / "lake")
    record = RunRecord("r-1", "run", "2026-03-14", "failed", SNAPSHOT_AT, LOADED_AT, "it broke")
    JsonRunLog(streamvision.home / "runs" / "local").write(record)
    document = streamvision("status", "--format", "json").document
    assert isinstance(document, dict)
    (table,) = document["tables"]
    figures = [table[name] for name in ("extracted_rows", "loaded_rows", "quarantined_rows", "balances")]
    assert figures == [2, 1, 1, True]
    assert document["last_run"]["error"] == "it broke"
    assert document["freshness_seconds"] == pytest.approx(
        (datetime.now(UTC) - SNAPSHOT_AT).total_seconds(), abs=60
    )
    shown = streamvision("status").out
    assert "Last run: run of 2026-03-14, failed" in shown
    assert "it broke" in shown


def test_an_account_that_does_not_balance_fails_status(
    streamvision: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The figures are shown all the same, and the exit code is 1."""
    _load_a_batch(streamvision.home, streamvision.folder / "lake")
    application = open_application()
    (account,) = application.warehouse.accounts()
    broken = replace(account, loaded_rows=0)
    monkeypatch.setattr(DuckDBWarehouse, "accounts", lambda _self: [broken])
    ended = streamvision("status", "--format", "json")
    assert ended.code == 1
    assert isinstance(ended.document, dict)
    assert "people of 2026-03-14" in ended.err


@pytest.mark.parametrize("taken", ["delete from raw.people__snapshots", "delete from quarantine.rows"])
def test_rows_that_somebody_took_away_fail_status(streamvision: CommandLine, taken: str) -> None:
    """The account still balances; what it is held against is what is there."""
    _load_a_batch(streamvision.home, streamvision.folder / "lake")
    with duckdb.connect(str(streamvision.home / "warehouse" / "streamvision_wh.duckdb")) as connection:
        connection.execute(taken)
    ended = streamvision("status", "--format", "json")
    assert ended.code == 1
    assert isinstance(ended.document, dict)
    (table,) = ended.document["tables"]
    left = (0, 1) if taken.endswith("snapshots") else (1, 0)
    assert (table["loaded_rows"], table["quarantined_rows"], table["balances"]) == (1, 1, False)
    assert (table["rows_in_raw"], table["rows_in_quarantine"]) == left
    assert f"there are {left[0]} in RAW and {left[1]} in quarantine" in ended.err
    assert "streamvision run --rebuild" in ended.err


def test_rows_in_quarantine_are_listed_and_shown(streamvision: CommandLine) -> None:
    """Whole, and as valid JSON."""
    _load_a_batch(streamvision.home, streamvision.folder / "lake")
    groups = streamvision("quarantine", "list", "--format", "json").document
    assert isinstance(groups, list)
    assert [(group["table"], group["rule"], group["rows"]) for group in groups] == [
        ("people", "id_not_null", 1)
    ]
    rows = streamvision("quarantine", "show", "people", "--format", "json").document
    assert isinstance(rows, list)
    assert rows[0]["row"] == {"id": None, "name": "größe 😀"}
    assert (rows[0]["source_row"], rows[0]["reason"]) == (1, "id is NULL")
    assert "id is NULL" in streamvision("quarantine", "show", "people").out


def test_an_empty_quarantine(streamvision: CommandLine) -> None:
    """An empty list for programs, a sentence for people."""
    assert streamvision("quarantine", "list", "--format", "json").document == []
    assert streamvision("quarantine", "list").out == "No row is in quarantine.\n"
    assert streamvision("quarantine", "show", "users", "--format", "json").document == []


def test_a_failure_ends_with_one_and_tells_its_parts(streamvision: CommandLine) -> None:
    """What, where, what is safe, what next: on the error stream; nothing on the other."""
    ended = streamvision("load", "--date", "2026-03-14", "--format", "json")
    assert (ended.code, ended.out) == (1, "")
    lines = ended.err.splitlines()
    assert lines[0] == "error: The lake has no batch of 2026-03-14"
    assert lines[1].startswith("where: ")
    assert lines[2].startswith("safe:  ")
    assert lines[3] == "next:  streamvision extract --date 2026-03-14"


def test_data_that_break_a_rule_end_with_three(
    streamvision: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Programs can tell bad data from a failure."""

    def refuse(_profile: str | None) -> None:
        raise DataQualityError("a test of the data failed")

    monkeypatch.setattr(look, "open_application", refuse)
    ended = streamvision("status")
    assert (ended.code, ended.out) == (3, "")
    assert "a test of the data failed" in ended.err


def test_a_long_error_is_not_broken_into_lines(
    streamvision: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command to type next can be copied whole, brackets and all."""
    command = "streamvision run --date 2026-03-14 " + "[x]" * 100

    def refuse(_profile: str | None) -> None:
        raise StreamVisionError("it broke", next_command=command)

    monkeypatch.setattr(look, "open_application", refuse)
    assert f"next:  {command}\n" in streamvision("status").err


def test_a_failed_run_is_remembered(streamvision: CommandLine) -> None:
    """With what stopped it."""
    streamvision("load", "--date", "2026-03-14")
    last = last_run(JsonRunLog(streamvision.home / "runs" / "local"))
    assert last is not None
    assert (last.command, last.day, last.outcome) == ("load", "2026-03-14", "failed")
    assert last.error == "The lake has no batch of 2026-03-14"
    assert last.ended_at is not None


def test_a_second_run_is_told_of_the_first(streamvision: CommandLine) -> None:
    """It ends with 1, and the first one's record stays."""
    application = open_application()
    assert isinstance(application.lock, FileLock)
    with application.lock.hold("r-1", "up"):
        ended = streamvision("load", "--date", "2026-03-14")
    assert ended.code == 1
    assert "Another run is at work: `streamvision up`" in ended.err
    assert last_run(JsonRunLog(streamvision.home / "runs" / "local")) is None


@pytest.mark.parametrize(
    "arguments",
    [
        ("status",),
        ("load", "--date", "2026-03-14"),
        ("quarantine", "list"),
        ("transform",),
        ("publish",),
        ("down",),
    ],
)
def test_a_home_that_is_a_file_is_told(streamvision: CommandLine, arguments: tuple[str, ...]) -> None:
    """No traceback, whatever the command does there."""
    streamvision.home.write_text("a file", encoding="utf-8")
    ended = streamvision(*arguments)
    assert ended.code in {0, 1, 2}
    assert "Traceback" not in ended.err
    assert streamvision.home.read_text(encoding="utf-8") == "a file"


def test_doctor_tells_of_a_source_that_does_not_answer(streamvision: CommandLine) -> None:
    """The exit code is 1, the rest is looked at all the same, and no password shows."""
    streamvision.set(SOURCE=NOWHERE)
    ended = streamvision("doctor", "--format", "json", "--port", "1")
    assert ended.code == 1
    findings = ended.document
    assert isinstance(findings, list)
    states = {finding["what"]: finding["state"] for finding in findings}
    assert states["source"] == "broken"
    assert (states["lake"], states["warehouse"], states["contracts"]) == ("well", "well", "well")
    (source,) = [finding for finding in findings if finding["what"] == "source"]
    assert source["mend"] != ""
    assert SECRET not in ended.out + ended.err


def test_doctor_finds_all_well(streamvision: CommandLine, embedded_server: "EmbeddedPostgres") -> None:
    """A source that is what the contracts say, and folders that can be written: exit code 0."""
    url = embedded_server.new_database()
    with psycopg.connect(url) as connection:
        for path in sorted(asset("source/migrations").glob("*.sql")):
            connection.execute(path.read_bytes())
    streamvision.set(SOURCE=url)
    ended = streamvision("profile", "check", "--format", "json")
    assert ended.code == 0
    assert isinstance(ended.document, list)
    assert {finding["state"] for finding in ended.document} == {"well"}
    assert streamvision("doctor").code == 0


def test_doctor_tells_of_drift(streamvision: CommandLine, embedded_server: "EmbeddedPostgres") -> None:
    """A database without the service's tables is not one that can be extracted."""
    streamvision.set(SOURCE=embedded_server.new_database())
    ended = streamvision("doctor", "--format", "json")
    assert ended.code == 1
    assert "public.users: there is no such table" in ended.out


def test_doctor_warns_of_a_port_in_use(streamvision: CommandLine) -> None:
    """Work can go on; another port is proposed."""
    streamvision.set(SOURCE=NOWHERE)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        findings = json.loads(streamvision("doctor", "--format", "json", "--port", str(port)).out)
    (found,) = [finding for finding in findings if finding["what"] == "port"]
    assert found["state"] == "warning"
    assert f"--port {port + 1}" in found["mend"]


def test_profile_check_looks_at_the_three_parts(streamvision: CommandLine) -> None:
    """Source, lake and warehouse, and nothing else."""
    streamvision.set(SOURCE=NOWHERE)
    ended = streamvision("profile", "check", "--format", "json")
    assert ended.code == 1
    findings = ended.document
    assert isinstance(findings, list)
    assert [finding["what"] for finding in findings] == ["source", "lake", "warehouse"]


def test_dashboards_without_a_publication_are_told(streamvision: CommandLine) -> None:
    """With the command that makes one."""
    ended = streamvision("dashboard")
    assert (ended.code, ended.out) == (1, "")
    assert "Nothing is published yet" in ended.err
    assert "streamvision up --no-serve" in ended.err


def test_down_where_nothing_runs(streamvision: CommandLine) -> None:
    """It is no failure, and says so."""
    ended = streamvision("down", "--format", "json")
    assert ended.code == 0
    assert ended.document == {"dashboards_stopped": False, "source_stopped": False}


def test_a_report_on_a_simulation_touches_no_source(streamvision: CommandLine, tmp_path: Path) -> None:
    """It is written where it was asked for, and no server is started for it."""
    path = tmp_path / "behaviour.html"
    ended = streamvision("simulate", "--preset", "small", "--until", "2026-01-31", "--report", str(path))
    assert ended.code == 0
    assert "<svg" in path.read_text(encoding="utf-8")
    assert not (streamvision.home / "source").exists()


def test_a_report_that_cannot_be_written_is_told(streamvision: CommandLine, tmp_path: Path) -> None:
    """The file that the system refused is named."""
    path = tmp_path / "no-such-folder" / "behaviour.html"
    ended = streamvision("simulate", "--preset", "small", "--until", "2026-01-31", "--report", str(path))
    assert ended.code == 1
    assert str(path) in ended.err
