"""The real command `streamvision`, in a process of its own, on a home of its own."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from tests.support import passed_unit_tests

Row = dict[str, Any]
_BUILDING = {("up",), ("run",), ("transform",)}
_MODULE = "streamvision.entrypoints.cli.main"
# A full disk cannot be had in a test; a limit on the size of files fails the same writes.
_LIMITED = (
    "import resource, runpy, sys;"
    "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2);"
    "sys.argv[1:2] = [];"
    f"runpy.run_module({_MODULE!r}, run_name='__main__', alter_sys=True)"
)
_POLL_SECONDS = 0.001
AT_EASE = 0.1
"""Seconds between two questions where what is waited for stays; each takes time from those at work on it."""
_PATIENCE_SECONDS = 300.0


@dataclass(frozen=True)
class Outcome:
    """Hold what a command left: its exit code (minus the signal's number where one ended it) and output."""

    code: int
    stdout: str
    stderr: str

    @property
    def document(self) -> Any:  # noqa: ANN401 - JSON has any shape
        """Return the standard output read as JSON; it must hold nothing else."""
        return json.loads(self.stdout)

    @property
    def output(self) -> str:
        """Return all that was printed."""
        return self.stdout + self.stderr


class Home:
    """Run commands on one STREAMVISION_HOME.

    Attributes:
        folder: the home, with a path short enough for a Unix socket below it.
        environment: further variables that every command gets.

    """

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        """Take the folder, which need not exist, and further variables, such as STREAMVISION_SOURCE."""
        self.folder = folder
        self.environment = dict(environment or {})

    @property
    def lake(self) -> Path:
        """Return the lake's folder."""
        return self.folder / "lake"

    @property
    def warehouse(self) -> Path:
        """Return the warehouse's file."""
        return self.folder / "warehouse" / "streamvision_wh.duckdb"

    @property
    def published(self) -> Path:
        """Return the folder of the published marts."""
        return self.folder / "warehouse" / "published"

    def run(self, *arguments: str, exits: int | None = 0, file_limit: int | None = None) -> Outcome:
        """Run a command to its end.

        Args:
            arguments: the command and its options.
            exits: the exit code that the test counts on; None where any will do.
            file_limit: how many bytes a file may have that the command writes.

        """
        builds = exits == 0 and arguments[:1] in _BUILDING
        if builds:
            passed_unit_tests.tell(self.folder / "dbt")
        with self.running(*arguments, file_limit=file_limit) as process:
            outcome = finished(process)
        if builds:
            passed_unit_tests.learn(self.folder / "dbt")
        if exits is not None:
            assert outcome.code == exits, f"{arguments} ended with {outcome.code}:\n{outcome.output}"
        return outcome

    @contextmanager
    def running(self, *arguments: str, file_limit: int | None = None) -> Iterator[subprocess.Popen[str]]:
        """Run a command, in a process group of its own, for the length of a block and no longer."""
        program = ["-m", _MODULE] if file_limit is None else ["-c", _LIMITED, str(file_limit)]
        work = self.folder.parent / f"{self.folder.name}-work"
        # No streamvision.toml lies there, and nothing that a Python run in it could import.
        work.mkdir(parents=True, exist_ok=True)
        process = subprocess.Popen(  # noqa: S603 - our own command, no shell
            [sys.executable, *program, *arguments],
            cwd=work,
            env=_clean_environment() | {"STREAMVISION_HOME": str(self.folder)} | self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()

    def warehouse_tables(self, schema: str) -> dict[str, list[Row]]:
        """Return the rows of every table of a schema that the load writes, by the table's name."""
        return _tables(self.warehouse, schema)

    def published_tables(self, schema: str = "marts") -> dict[str, list[Row]]:
        """Return the rows of every table of marts, or of core, that people are shown now, by its name."""
        pointer = json.loads((self.published / "current.json").read_text(encoding="utf-8"))
        return _tables(self.published / pointer["file"], schema)

    def source_url(self) -> str:
        """Return the URL at which any client finds the source."""
        url: str = self.run("profile", "show", "--reveal", "--format", "json").document["source"]
        return url


def new_folder() -> Path:
    """Make a folder whose path leaves room for a socket's name in the 107 bytes that Linux gives it."""
    return Path(tempfile.mkdtemp(prefix="sv-", dir="/tmp"))


def remove_home(home: Home) -> None:
    """Stop what the home's commands have left running, and remove the folder that holds the home."""
    home.run("down", exits=None)
    shutil.rmtree(home.folder.parent)


def finished(process: subprocess.Popen[str]) -> Outcome:
    """Wait until a process ends, and return what it left."""
    try:
        stdout, stderr = process.communicate(timeout=_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        stdout, stderr = process.communicate()
        raise AssertionError(f"{process.args!r} did not end:\n{stdout}{stderr}") from None
    return Outcome(process.returncode, stdout, stderr)


def killed_when(
    process: subprocess.Popen[str], condition: Callable[[], bool], every: float = _POLL_SECONDS
) -> Outcome:
    """Wait until a condition holds, then end the process with SIGKILL, as a lost machine would."""
    wait_until(lambda: condition() or process.poll() is not None, every)
    process.kill()
    outcome = finished(process)
    assert outcome.code == -signal.SIGKILL, f"it ended by itself with {outcome.code}:\n{outcome.output}"
    return outcome


def wait_until(condition: Callable[[], bool], every: float = _POLL_SECONDS) -> None:
    """Ask until a condition holds, every so many seconds; a test that waits for nothing fails."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "what was waited for did not come"
        time.sleep(every)


def _clean_environment() -> dict[str, str]:
    """Return this process's environment without what would choose another profile or colour the output."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STREAMVISION_")}
    kept.pop("FORCE_COLOR", None)
    return kept


def _tables(path: Path, schema: str) -> dict[str, list[Row]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        names = connection.execute(
            "select table_name from information_schema.tables where table_catalog = current_database()"
            " and table_schema = ? and not regexp_matches(table_name, '__(snapshots|changes)$')"
            " order by table_name",
            [schema],
        ).fetchall()
        return {name: _rows(connection.table(f"{schema}.{name}")) for (name,) in names}


def _rows(relation: duckdb.DuckDBPyRelation) -> list[Row]:
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
