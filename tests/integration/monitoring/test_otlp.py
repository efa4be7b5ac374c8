"""Spans arrive at a collector that speaks OTLP over HTTP, and are decoded as it decodes them."""

import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from streamvision.adapters.traces.otlp import OtlpTraces
from streamvision.domain.errors import MonitoringError
from streamvision.ports.monitor import EndOfRun
from streamvision.ports.run_log import RunRecord
from tests.fakes.monitoring import NOW, run
from tests.integration.monitoring.conftest import SECRET
from tests.support.receiver import Receiver

RECORD = run("scheduled__2026-03-15T00:00:00+00:00")


def spans(server: Receiver, record: RunRecord = RECORD) -> dict[str, Span]:
    """Send a run and return the spans that arrived, by their names."""
    OtlpTraces(server.url, "production").run_ended(EndOfRun(record))
    request = server.requests[-1]
    assert (request.path, request.headers["content-type"]) == ("/v1/traces", "application/x-protobuf")
    (resource,) = ExportTraceServiceRequest.FromString(request.body).resource_spans
    assert attributes(resource.resource)["service.name"] == "streamvision"
    return {span.name: span for scope in resource.scope_spans for span in scope.spans}


def attributes(subject: Any) -> dict[str, Any]:  # noqa: ANN401 - a resource, a span or an event
    """Return attributes as Python's values."""
    found = {}
    for each in subject.attributes:
        kind = each.value.WhichOneof("value")
        value = getattr(each.value, kind)
        found[each.key] = [item.string_value for item in value.values] if kind == "array_value" else value
    return found


def test_a_run_is_one_trace_with_a_span_for_each_step(server: Receiver) -> None:
    """At the times at which they began and ended, to the microsecond."""
    moved = replace(RECORD, started_at=RECORD.started_at + timedelta(microseconds=7))
    found = spans(server, moved)
    assert list(found) == ["streamvision run", "extract", "load", "transform", "publish"]
    root = found["streamvision run"]
    assert not root.parent_span_id
    assert root.start_time_unix_nano == round(moved.started_at.timestamp() * 1_000_000) * 1000
    assert root.end_time_unix_nano == int(NOW.timestamp()) * 10**9
    assert len({span.trace_id for span in found.values()}) == 1
    assert len({span.span_id for span in found.values()}) == 5
    for name in ("extract", "load", "transform", "publish"):
        assert found[name].parent_span_id == root.span_id
        assert found[name].end_time_unix_nano - found[name].start_time_unix_nano == 60 * 10**9
    assert {span.status.code for span in found.values()} == {Status.STATUS_CODE_OK}


def test_spans_say_what_was_carried(server: Receiver) -> None:
    """The run, the batches, and the rows and bytes of each table."""
    found = spans(server)
    root = attributes(found["streamvision run"])
    assert root["streamvision.profile"] == "production"
    assert root["streamvision.command"] == "run"
    for span in found.values():
        assert attributes(span)["streamvision.run_id"] == RECORD.run_id
        assert attributes(span)["streamvision.batch_ids"] == ["2026-03-14"]
    load = attributes(found["load"])
    assert (load["streamvision.loaded_rows"], load["streamvision.quarantined_rows"]) == (990, 10)
    (event,) = found["load"].events
    assert attributes(event) == {
        "streamvision.table": "plays",
        "streamvision.batch_id": "2026-03-14",
        "streamvision.extracted_rows": 1000,
        "streamvision.loaded_rows": 990,
        "streamvision.quarantined_rows": 10,
        "streamvision.extracted_bytes": 8000,
    }
    assert not found["transform"].events


def test_a_failure_is_one_of_its_step_and_of_the_run(server: Receiver) -> None:
    """With what stopped it, as it is remembered: without secrets."""
    found = spans(server, run("r-2", "failed", steps=("extract", "load")))
    assert {name: span.status.code for name, span in found.items()} == {
        "streamvision run": Status.STATUS_CODE_ERROR,
        "extract": Status.STATUS_CODE_OK,
        "load": Status.STATUS_CODE_ERROR,
    }
    assert found["load"].status.message == "it broke"


def test_another_process_tells_of_the_same_trace(server: Receiver) -> None:
    """A scheduler does each step in a process of its own; another run is another trace."""
    first, again = spans(server), spans(server)
    assert first["load"] == again["load"]
    assert spans(server, run("r-9"))["load"].trace_id != first["load"].trace_id


@pytest.mark.parametrize("status", [400, 503])
def test_a_collector_that_does_not_take_them_is_told_without_secrets(
    server: Receiver, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    """Nor does what the exporter logs tell them: a scheduler keeps it."""
    caplog.set_level(logging.DEBUG)
    server.status = status
    traces = OtlpTraces(f"{server.url}/{SECRET}", "production")
    with pytest.raises(MonitoringError, match="the collector does not take them") as refused:
        traces.run_ended(EndOfRun(RECORD))
    assert server.requests[0].path == f"/{SECRET}/v1/traces"
    assert SECRET not in f"{refused.value}{caplog.text}"
