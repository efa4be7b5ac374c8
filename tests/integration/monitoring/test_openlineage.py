"""Events of OpenLineage arrive at a server or in a file, and are what the client's own classes take."""

import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from openlineage.client import event_v2, facet_v2

from streamvision.adapters.lineage.openlineage import OpenLineageEvents
from streamvision.adapters.transformer.manifest import DbtManifest
from streamvision.domain.errors import MonitoringError
from streamvision.pipeline.watch.lineage import Lineage, Places
from streamvision.ports.lineage import DatasetColumn, Model
from streamvision.ports.monitor import EndOfRun
from streamvision.ports.run_log import RunRecord
from tests.fakes.building import column, contract
from tests.fakes.monitoring import run
from tests.integration.monitoring.conftest import SECRET
from tests.support.receiver import Receiver

Event = dict[str, Any]
PLAYS = contract("plays", column("id", "bigint"), column("title", "text"))
MODELS = [
    Model("dim_titles", "core", (DatasetColumn("title"),), ("stg_plays",)),
    Model("stg_plays", "staging", sources=(("raw", "plays"),)),
    Model("top_titles", "marts", models=("dim_titles", "stg_plays"), sources=(("ops", "batches"),)),
]
PLACES = Places(
    ("postgres://db.example.org:5432", "streaming"),
    ("s3://lake", "streamvision/"),
    ("duckdb:///srv/wh.duckdb", "wh"),
)
FACETS = {
    "jobType": facet_v2.job_type_job.JobTypeJobFacet,
    "tags": facet_v2.tags_run.TagsRunFacet,
    "parent": facet_v2.parent_run.ParentRunFacet,
    "nominalTime": facet_v2.nominal_time_run.NominalTimeRunFacet,
    "errorMessage": facet_v2.error_message_run.ErrorMessageRunFacet,
    "schema": facet_v2.schema_dataset.SchemaDatasetFacet,
    "outputStatistics": facet_v2.output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet,
}


def lineage(url: str, *, key: str = "") -> OpenLineageEvents:
    """Return what tells of runs at a URL."""
    return OpenLineageEvents(url, "production", "prod", Lineage(PLACES, [PLAYS], lambda: MODELS), key)


def told(server: Receiver, record: RunRecord) -> list[Event]:
    """Tell of a run from its first step to its end, and return what arrived; all of it makes sense."""
    subject = lineage(server.url)
    for number in range(1, len(record.steps) + 1):
        steps = record.steps[:number]
        begun = replace(steps[-1], ended_at=None, outcome="running")
        going_on = replace(record, outcome="running", ended_at=None, steps=(*steps[:-1], begun))
        subject.step_started(going_on if number > 1 else replace(going_on, tables=()))
        subject.step_ended(replace(record, steps=steps))
    subject.run_ended(EndOfRun(record))
    assert {request.path for request in server.requests} == {"/api/v1/lineage"}
    return [checked(json.loads(request.body)) for request in server.requests]


def checked(event: Event) -> Event:
    """Return an event that the client's classes, generated from the specification, take as it is."""
    run_, job = event["run"], event["job"]
    again = event_v2.RunEvent(
        eventTime=event["eventTime"],
        producer=event["producer"],
        eventType=event_v2.RunState(event["eventType"]),
        run=event_v2.Run(run_["runId"], facets(run_["facets"])),
        job=event_v2.Job(job["namespace"], job["name"], facets(job["facets"])),
        inputs=[
            event_v2.InputDataset(each["namespace"], each["name"], facets=facets(each.get("facets", {})))
            for each in event["inputs"]
        ],
        outputs=[
            event_v2.OutputDataset(
                each["namespace"],
                each["name"],
                facets(each.get("outputFacets", {})),
                facets=facets(each.get("facets", {})),
            )
            for each in event["outputs"]
        ],
    )
    assert event["schemaURL"] == again.schemaURL
    return event


def facets(found: dict[str, Any]) -> dict[str, Any]:
    """Return facets as the client's own; a field that it does not know is an error."""
    made = {}
    for name, fields in found.items():
        values = {key: value for key, value in fields.items() if not key.startswith("_")}
        made[name] = FACETS[name](**values)
        assert fields["_schemaURL"] == made[name]._schemaURL  # noqa: SLF001 - the specification's name
    return made


def jobs(events: list[Event]) -> list[str]:
    """Return the states and jobs of events, in their order."""
    return [f"{event['eventType']} {event['job']['name'].removeprefix('production.')}" for event in events]


def names(datasets: list[Event]) -> list[str]:
    """Return the datasets' names with their namespaces."""
    return [f"{each['namespace']} {each['name']}" for each in datasets]


def one(events: list[Event], job: str) -> Event:
    """Return the one event of a state and a job."""
    (found,) = [event for event, name in zip(events, jobs(events), strict=True) if name == job]
    return found


def test_each_step_starts_and_completes(server: Receiver) -> None:
    """In the order of the plan, within the run; and each model within the step that built it."""
    assert jobs(told(server, run())) == [
        "START run",
        "START extract",
        "COMPLETE extract",
        "START load",
        "COMPLETE load",
        "START transform",
        "COMPLETE transform",
        *(
            f"{state} transform.{name}"
            for name in ("dim_titles", "stg_plays", "top_titles")
            for state in ("START", "COMPLETE")
        ),
        "START publish",
        "COMPLETE publish",
        "COMPLETE run",
    ]


def test_data_are_followed_from_the_source_to_the_marts(server: Receiver) -> None:
    """What a step writes is what the next reads, under the same name; so is what readers are shown."""
    events = told(server, run())
    flows = {
        name: (
            names(one(events, f"COMPLETE {name}")["inputs"]),
            names(one(events, f"COMPLETE {name}")["outputs"]),
        )
        for name in ("extract", "load", "transform", "transform.top_titles", "publish")
    }
    warehouse = "duckdb:///srv/wh.duckdb wh"
    in_lake = ["s3://lake streamvision/raw/postgres/plays"]
    built = [
        f"{warehouse}.{name}"
        for name in ("build_core.dim_titles", "staging.stg_plays", "build_marts.top_titles")
    ]
    assert flows == {
        "extract": (["postgres://db.example.org:5432 streaming.public.plays"], in_lake),
        "load": (in_lake, [f"{warehouse}.raw.plays"]),
        "transform": ([f"{warehouse}.ops.batches", f"{warehouse}.raw.plays"], built),
        "transform.top_titles": ([f"{warehouse}.ops.batches", *built[:2]], [built[2]]),
        "publish": ([built[0], built[2]], [f"{warehouse}.core.dim_titles", f"{warehouse}.marts.top_titles"]),
    }


def test_rows_bytes_and_columns_are_told(server: Receiver) -> None:
    """Of what was carried; before that, the tables that the contracts name."""
    events = told(server, run())
    (in_lake,) = one(events, "COMPLETE extract")["outputs"]
    assert in_lake["outputFacets"]["outputStatistics"]["rowCount"] == 1000
    assert in_lake["outputFacets"]["outputStatistics"]["size"] == 8000
    (loaded,) = one(events, "COMPLETE load")["outputs"]
    assert loaded["outputFacets"]["outputStatistics"]["rowCount"] == 990
    fields = [(each["name"], each["type"]) for each in loaded["facets"]["schema"]["fields"]]
    assert fields == [("id", "bigint"), ("title", "text")]
    (expected,) = one(events, "START extract")["outputs"]
    assert expected["name"] == in_lake["name"]
    assert not expected.get("outputFacets")


def test_a_step_belongs_to_its_run(server: Receiver) -> None:
    """Start and end have one identity, which another process would find too; the run's id is a tag."""
    events = told(server, run())
    start, end = one(events, "START load"), one(events, "COMPLETE load")
    assert start["run"]["runId"] == end["run"]["runId"]
    parent = one(events, "START run")["run"]["runId"]
    for event in events:
        (tag,) = event["run"]["facets"]["tags"]["tags"]
        assert (tag["key"], tag["value"]) == ("streamvision.run_id", "r-1")
        if not event["job"]["name"].endswith(".run"):
            assert event["run"]["facets"]["parent"]["run"]["runId"] == parent
    assert len({event["run"]["runId"] for event in events}) == 8
    again = lineage(server.url)
    again.run_ended(EndOfRun(run()))
    assert json.loads(server.requests[-1].body)["run"]["runId"] == parent


def test_a_failure_is_told_with_its_error(server: Receiver) -> None:
    """Of the step and of the run; of the models of a build that failed nothing is said to be complete."""
    events = told(server, run("r-2", "failed", steps=("extract", "load", "transform")))
    assert jobs(events)[-3:] == ["START transform", "FAIL transform", "FAIL run"]
    for event in events[-2:]:
        assert event["run"]["facets"]["errorMessage"]["message"] == "it broke"


def test_a_file_gets_an_event_a_line(tmp_path: Path) -> None:
    """One run after the other."""
    subject = lineage(f"file://{tmp_path}/the%20events")
    for run_id in ("r-1", "r-2"):
        subject.run_ended(EndOfRun(run(run_id)))
    lines = (tmp_path / "the events" / "streamvision_prod.jsonl").read_text(encoding="utf-8").splitlines()
    assert jobs([checked(json.loads(line)) for line in lines]) == ["COMPLETE run"] * 2


def test_a_server_may_want_a_key(server: Receiver) -> None:
    """And lie below a path."""
    lineage(f"{server.url}/marquez", key=SECRET).run_ended(EndOfRun(run()))
    (request,) = server.requests
    assert (request.path, request.headers["authorization"]) == ("/marquez/api/v1/lineage", f"Bearer {SECRET}")


@pytest.mark.parametrize("status", [403, 503])
def test_a_server_that_does_not_take_them_is_told_without_secrets(
    server: Receiver, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    """Once, and so is one that does not answer; nor does what the client logs tell them."""
    caplog.set_level(logging.DEBUG)
    server.status = status
    for port in (server.port, 1):
        with pytest.raises(MonitoringError) as refused:
            lineage(f"http://u:{SECRET}@127.0.0.1:{port}/{SECRET}", key=SECRET).run_ended(EndOfRun(run()))
        assert refused.value.what.startswith("events cannot be sent: ")
        assert SECRET not in f"{refused.value}{caplog.text}"
    assert len(server.requests) == 1


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """As an error of the lineage, not of the run."""
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(MonitoringError, match="events cannot be sent: "):
        lineage(f"file://{tmp_path}/file").run_ended(EndOfRun(run()))


@pytest.mark.parametrize("content", [None, "", "{", "[]"])
def test_without_a_build_there_are_no_models(tmp_path: Path, content: str | None) -> None:
    """Nor with what a build left that was killed."""
    if content is not None:
        (tmp_path / "target").mkdir()
        (tmp_path / "target" / "manifest.json").write_text(content, encoding="utf-8")
    assert DbtManifest(tmp_path).all() == []
