"""A real run is told of to machines: metrics, a trace, lineage and lines for programs."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client.parser import text_string_to_metric_families

from streamvision.assets import asset
from tests.e2e.changes import SECOND_DAY, change
from tests.e2e.homes import succeed
from tests.integration.monitoring.test_openlineage import checked
from tests.support.cli import Home, Outcome
from tests.support.receiver import Receiver, receiver

_COUNTED = ("extracted_rows", "loaded_rows", "quarantined_rows")


@pytest.fixture
def watched(source: str, first: Home, new_home: Callable[[str], Home]) -> tuple[Home, Outcome, Receiver]:
    """Give a home that followed `first` by a day while all of it was watched, and what was sent."""
    change(source)
    home = new_home(source)
    succeed(first, home)
    with receiver() as server:
        home.environment |= {
            "STREAMVISION_TRACES": server.url,
            "STREAMVISION_METRICS": f"file://{home.folder}/metrics",
            "STREAMVISION_LINEAGE": f"{server.url}/lineage",
            "STREAMVISION_LOG_FORMAT": "json",
        }
        return home, home.run("run", "--date", SECOND_DAY), server


def test_a_run_is_told_of_to_machines(watched: tuple[Home, Outcome, Receiver]) -> None:
    """Each figure is that of the accounts; each event leads from the source to the marts."""
    home, outcome, server = watched
    accounts = home.run("status", "--format", "json").document["tables"]
    accounts = {each["table"]: each for each in accounts if each["batch_id"] == SECOND_DAY}
    assert sum(each["quarantined_rows"] for each in accounts.values()) > 0
    _metrics_are_those_of(accounts, home.folder / "metrics" / "streamvision_local.prom")
    _spans_are_those_of(accounts, server, home)
    _lineage_is_whole(accounts, server)
    lines = [json.loads(line) for line in outcome.stderr.splitlines()]
    (record, *_) = home.run("runs", "list", "--format", "json").document
    assert {(line["run_id"], line["batch_id"]) for line in lines} == {(record["run_id"], SECOND_DAY)}
    assert {line["step"] for line in lines} == {"extract", "load", "transform", "publish"}
    assert {line["level"] for line in lines} == {"info", "warning"}
    _a_run_goes_on_without_those_who_listen(home, record["run_id"])


def _metrics_are_those_of(accounts: dict[str, Any], path: Path) -> None:
    families = {each.name: each for each in text_string_to_metric_families(path.read_text(encoding="utf-8"))}
    for name in ("streamvision_run_rows", "streamvision_batch_rows"):
        rows = {(each.labels["table"], each.labels["kind"]): each.value for each in families[name].samples}
        assert rows == {
            (table, column.removesuffix("_rows")): account[column]
            for table, account in accounts.items()
            for column in _COUNTED
        }
    sizes = {each.labels["table"]: each.value for each in families["streamvision_run_bytes"].samples}
    assert sizes == {table: account["extracted_bytes"] for table, account in accounts.items()}
    assert families["streamvision_last_run_failed"].samples[0].value == 0
    steps = {
        each.labels["step"]: each.value for each in families["streamvision_step_duration_seconds"].samples
    }
    assert steps["transform"] > steps["publish"] > 0


def _spans_are_those_of(accounts: dict[str, Any], server: Receiver, home: Home) -> None:
    (body,) = [each.body for each in server.requests if each.path == "/v1/traces"]
    (resource,) = ExportTraceServiceRequest.FromString(body).resource_spans
    spans = {span.name: span for scope in resource.scope_spans for span in scope.spans}
    assert list(spans) == ["streamvision run", "extract", "load", "transform", "publish"]
    events = [{each.key: each.value for each in event.attributes} for event in spans["load"].events]
    found = {
        event["streamvision.table"].string_value: event["streamvision.loaded_rows"].int_value
        for event in events
    }
    assert found == {table: account["loaded_rows"] for table, account in accounts.items()}
    (record, *_) = home.run("runs", "list", "--format", "json").document
    lasted = (spans["transform"].end_time_unix_nano - spans["transform"].start_time_unix_nano) / 10**9
    (transform,) = [step["seconds"] for step in record["steps"] if step["name"] == "transform"]
    assert lasted == pytest.approx(transform, abs=1e-5)


def _lineage_is_whole(accounts: dict[str, Any], server: Receiver) -> None:
    """Follow the marts back to the source by the names of data alone."""
    sent = [each.body for each in server.requests if each.path == "/lineage/api/v1/lineage"]
    events = [checked(json.loads(body)) for body in sent]
    ended = [event for event in events if event["eventType"] == "COMPLETE"]
    assert len(ended) * 2 == len(events)
    jobs = {event["job"]["name"] for event in ended}
    models = {path.stem for path in (asset("warehouse") / "models").rglob("*.sql")}
    assert {f"local.transform.{model}" for model in models} < jobs
    assert {"local.run", "local.extract", "local.load", "local.transform", "local.publish"} < jobs
    comes_from: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for event in ended:
        # A whole transformation reads all and writes all; its models say what comes from what.
        if event["job"]["name"] in {"local.transform", "local.publish", "local.extract", "local.load"}:
            pairs = _by_last_name(event) if event["job"]["name"] != "local.transform" else []
        else:
            pairs = [(each, event["inputs"]) for each in event["outputs"]]
        for output, inputs in pairs:
            comes_from.setdefault(_name(output), set()).update(map(_name, inputs))
    (mart,) = [name for name in comes_from if name[1].endswith(".marts.content_performance_daily")]
    reached, waiting = set(), [mart]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += comes_from.get(name, ())
    of_source = {
        name.rpartition(".")[2] for namespace, name in reached if namespace.startswith("postgres://")
    }
    assert {"viewing_sessions", "content"} <= of_source <= accounts.keys()


def _by_last_name(event: dict[str, Any]) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Return each output of a step that carries tables with the input of the same name."""

    def last(dataset: dict[str, Any]) -> str:
        return str(dataset["name"].replace("/", ".").rpartition(".")[2])

    return [(out, [each for each in event["inputs"] if last(each) == last(out)]) for out in event["outputs"]]


def _name(dataset: dict[str, Any]) -> tuple[str, str]:
    return dataset["namespace"], dataset["name"]


def _a_run_goes_on_without_those_who_listen(home: Home, before: str) -> None:
    """Run where the servers are gone: the run is done all the same, and says what it could not tell."""
    outcome = home.run("run", "--date", SECOND_DAY)
    warnings = [
        line["message"] for line in map(json.loads, outcome.stderr.splitlines()) if line["level"] == "warning"
    ]
    assert [line for line in warnings if line.startswith("traces cannot be told on: ")]
    assert [line for line in warnings if line.startswith("lineage cannot be told on: ")]
    (record, *_) = home.run("runs", "list", "--format", "json").document
    assert (record["run_id"] != before, record["outcome"]) == (True, "done")
    assert len(record["notices"]) == 2
