"""A real Airflow on 127.0.0.1: scheduler, DAG processor and API server, with a home of its own."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

import psutil

DAGS = Path(__file__).parents[2] / "dags"
POOL = "streamvision_warehouse"
_PARTS = ("api-server", "scheduler", "dag-processor")
_PATIENCE_SECONDS = 600.0
# Each question takes the API server a good part of what a task takes.
_POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Airflow:
    """Ask a running Airflow, by its REST API.

    Attributes:
        home: its folder, with its database and its logs.

    """

    home: Path
    url: str
    token: str

    def call(self, method: str, path: str, document: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 - JSON
        """Return what a call answers."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = None if document is None else json.dumps(document).encode()
        request = Request(f"{self.url}/api/v2/{path}", data, headers, method=method)  # noqa: S310 - our own server
        try:
            with urlopen(request, timeout=60) as answer:  # noqa: S310 - the same
                content = answer.read()
        except HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.read().decode()}") from error
        return json.loads(content) if content else None

    def unpause(self, dag: str) -> None:
        """Let a DAG's runs be worked on."""
        self.call("PATCH", f"dags/{dag}", {"is_paused": False})

    def trigger(self, dag: str, logical_date: str | None = None, **conf: object) -> str:
        """Begin a run and return its id."""
        document = {"logical_date": logical_date, "conf": conf}
        run_id: str = self.call("POST", f"dags/{dag}/dagRuns", document)["dag_run_id"]
        return run_id

    def backfill(self, dag: str, first: str, last: str) -> None:
        """Let the scheduler make up for the data intervals that begin from one moment to another."""
        document = {"dag_id": dag, "from_date": first, "to_date": last, "max_active_runs": 1}
        self.call("POST", "backfills", {**document, "reprocess_behavior": "none", "run_backwards": False})

    def runs(self, dag: str) -> dict[str, str]:
        """Return the states of a DAG's runs, by their ids."""
        found = self.call("GET", f"dags/{dag}/dagRuns?limit=100")["dag_runs"]
        return {run["dag_run_id"]: run["state"] for run in found}

    def tasks(self, dag: str, run_id: str) -> dict[str, dict[str, Any]]:
        """Return the tasks of a run, by their ids."""
        path = f"dags/{dag}/dagRuns/{quote(run_id)}/taskInstances?limit=200"
        return {task["task_id"]: task for task in self.call("GET", path)["task_instances"]}

    def clear(self, dag: str, run_id: str, task: str, *, downstream: bool = False) -> None:
        """Let a task of a run be done again."""
        document = {"dag_run_id": run_id, "task_ids": [task], "only_failed": False, "dry_run": False}
        self.call(
            "POST",
            f"dags/{dag}/clearTaskInstances",
            {**document, "include_downstream": downstream, "reset_dag_runs": True},
        )

    def mark_done(self, dag: str, run_id: str, task: str) -> None:
        """Say of a task that it is done, though it is not, as people do who are in a hurry."""
        path = f"dags/{dag}/dagRuns/{quote(run_id)}/taskInstances/{quote(task)}"
        self.call("PATCH", path, {"new_state": "success"})

    def ended(self, dag: str, run_id: str) -> str:
        """Wait until a run is at an end, and return its state."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while (state := self.runs(dag).get(run_id, "none")) not in {"success", "failed"}:
            assert time.monotonic() < deadline, f"{run_id} is still {state}: {self.states(dag, run_id)}"
            time.sleep(_POLL_SECONDS)
        return state

    def states(self, dag: str, run_id: str) -> dict[str, str | None]:
        """Return the states of a run's tasks."""
        return {name: task["state"] for name, task in self.tasks(dag, run_id).items()}

    def log(self, run_id: str, task: str) -> str:
        """Return what all tries of a task have logged."""
        folder = self.home / "logs"
        logs = sorted(folder.glob(f"dag_id=*/run_id={run_id}/task_id={task}/attempt=*.log"))
        return "\n".join(path.read_text(encoding="utf-8") for path in logs)


@contextmanager
def running_airflow(home: Path, database: str, environment: Mapping[str, str]) -> Iterator[Airflow]:
    """Run Airflow for a block.

    Args:
        home: an empty folder.
        database: the URL of an empty database, in which Airflow keeps what is its own.
        environment: what the tasks are to know besides.

    """
    port = _free_port()
    variables = _configuration(home, port, database) | dict(environment)
    home.mkdir(parents=True, exist_ok=True)
    for command in (
        ("db", "migrate"),
        ("pools", "set", POOL, "1", "one at a time"),
        ("dags", "reserialize"),
    ):
        _airflow(variables, *command)
    processes = [_start(home, variables, part) for part in _PARTS]
    try:
        url = f"http://127.0.0.1:{port}"
        yield Airflow(home, url, _token(url, processes))
    finally:
        for process in reversed(processes):
            _end(process)


def _configuration(home: Path, port: int, database: str) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("STREAMVISION_", "AIRFLOW_"))
    }
    return {
        **kept,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database.replace("://", "+psycopg://", 1),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": database.replace("://", "+psycopg_async://", 1),
        "AIRFLOW__CORE__PARALLELISM": "2",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY": "of-a-test",
        "AIRFLOW__API_AUTH__JWT_SECRET": "of-a-test-and-long-enough-for-the-algorithm",
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.1",
        # Only the runs that are asked for are made, be it by a backfill: the days of a test are long past.
        "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",
        # A worker that is lost is missed soon.
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_SEC": "5",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "30",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "AIRFLOW__COSMOS__ENABLE_TELEMETRY": "False",
    }


def _airflow(environment: Mapping[str, str], *command: str) -> None:
    done = subprocess.run(  # noqa: S603 - our own command, no shell
        [sys.executable, "-m", "airflow", *command],
        env=environment,
        cwd=environment["AIRFLOW_HOME"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def _start(home: Path, environment: Mapping[str, str], part: str) -> subprocess.Popen[bytes]:
    with (home / f"{part}.log").open("wb") as log:
        return subprocess.Popen(  # noqa: S603 - our own command, no shell
            [sys.executable, "-m", "airflow", part],
            env=environment,
            cwd=home,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a part and all that it has started, be it a task that is still at work after a test has failed."""
    started = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.kill()
    for each in started:
        with suppress(psutil.NoSuchProcess):
            each.kill()
    process.wait()


def _token(url: str, processes: list[subprocess.Popen[bytes]]) -> str:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        assert all(process.poll() is None for process in processes), "a part of Airflow has ended"
        try:
            with urlopen(f"{url}/auth/token", timeout=10) as answer:  # noqa: S310 - our own server
                token: str = json.loads(answer.read())["access_token"]
                return token
        except (URLError, ConnectionError):
            assert time.monotonic() < deadline, "the API server did not come up"
            time.sleep(_POLL_SECONDS)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
