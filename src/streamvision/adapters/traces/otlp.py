"""Sends the course of a run to an OpenTelemetry collector, over OTLP and HTTP.

The spans are made when the run has ended, from its record: so one trace holds a run whose steps were done in
several processes, and a collector that is down costs a run nothing while it works.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from importlib.metadata import version

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from streamvision.domain.errors import MonitoringError
from streamvision.domain.unheard import unheard
from streamvision.ports.monitor import EndOfRun
from streamvision.ports.run_log import RunRecord, StepRecord, TableRows

_PATH = "v1/traces"
_TIMEOUT_SECONDS = 4.0
_SAMPLED = TraceFlags(TraceFlags.SAMPLED)
_COLUMNS = {
    "extract": ("extracted_rows", "extracted_bytes"),
    "load": ("extracted_rows", "loaded_rows", "quarantined_rows", "extracted_bytes"),
}
"""What a step tells of each table that it carried."""

Attributes = dict[str, str | int | float | Sequence[str]]


class OtlpTraces:
    """Send a span for each run and one for each of its steps."""

    name = "traces"
    wants_samples = False

    def __init__(self, url: str, profile: str) -> None:
        """Take the collector's address, to which OTLP's own path is added where it is not there."""
        self._url = url if url.endswith(_PATH) else f"{url.rstrip('/')}/{_PATH}"
        self._profile = profile

    def step_started(self, record: RunRecord) -> None:
        """Hear it: the end of the run tells of its steps."""

    def step_ended(self, record: RunRecord) -> None:
        """Hear it: the end of the run tells of its steps."""

    def run_ended(self, end: EndOfRun) -> None:
        """Send the spans of a run."""
        with unheard("opentelemetry", "urllib3"):
            exporter = OTLPSpanExporter(endpoint=self._url, timeout=_TIMEOUT_SECONDS)
            try:
                result = exporter.export(list(self._spans(end.record)))
            finally:
                exporter.shutdown()  # type: ignore[no-untyped-call]
        if result is not SpanExportResult.SUCCESS:
            raise MonitoringError(
                "the collector does not take them",
                where="`traces` of the profile",
                safe="the run and its data are not concerned",
                next_command="streamvision profile show",
            )

    def _spans(self, record: RunRecord) -> Iterator[ReadableSpan]:
        run = _context(record.run_id, "")
        attributes: Attributes = {
            "streamvision.profile": self._profile,
            "streamvision.run_id": record.run_id,
            "streamvision.command": record.command,
            "streamvision.batch_ids": _batches(record),
            "streamvision.outcome": record.outcome,
        }
        yield self._span(
            f"streamvision {record.command}",
            run,
            None,
            (record.started_at, record.ended_at or record.started_at),
            attributes,
            error=record.error if record.outcome == "failed" else "",
        )
        for number, step in enumerate(record.steps):
            failed = step.outcome == "failed"
            yield self._span(
                step.name,
                _context(record.run_id, f"{number} {step.name}"),
                run,
                (step.started_at, step.ended_at or step.started_at),
                _of_step(record, step),
                error=record.error if failed else "",
                tables=record.tables if step.name in _COLUMNS else (),
            )

    def _span(
        self,
        name: str,
        context: SpanContext,
        parent: SpanContext | None,
        times: tuple[datetime, datetime],
        attributes: Attributes,
        *,
        error: str = "",
        tables: Sequence[TableRows] = (),
    ) -> ReadableSpan:
        began, ended = map(_nanoseconds, times)
        return ReadableSpan(
            name,
            context=context,
            parent=parent,
            resource=Resource.create(
                {"service.name": "streamvision", "service.version": version("streamvision")}
            ),
            attributes=attributes,
            events=[Event("table", _of_table(each, name), ended) for each in tables],
            kind=SpanKind.INTERNAL,
            instrumentation_scope=InstrumentationScope("streamvision", version("streamvision")),
            status=Status(StatusCode.ERROR, error) if error else Status(StatusCode.OK),
            start_time=began,
            end_time=ended,
        )


def _context(run_id: str, part: str) -> SpanContext:
    # The same run has the same trace, whichever process tells of it.
    trace = int.from_bytes(sha256(run_id.encode()).digest()[:16])
    span = int.from_bytes(sha256(f"{run_id}\n{part}".encode()).digest()[:8])
    return SpanContext(trace, span, is_remote=False, trace_flags=_SAMPLED)


def _of_step(record: RunRecord, step: StepRecord) -> Attributes:
    found: Attributes = {
        "streamvision.run_id": record.run_id,
        "streamvision.step": step.name,
        "streamvision.batch_ids": _batches(record),
        "streamvision.attempts": step.attempts,
        "streamvision.outcome": step.outcome,
    }
    for column in _COLUMNS.get(step.name, ()):
        known = [value for each in record.tables if (value := getattr(each, column)) is not None]
        if known:
            found[f"streamvision.{column}"] = sum(known)
    return found


def _of_table(rows: TableRows, step: str) -> Attributes:
    found: Attributes = {"streamvision.table": rows.table, "streamvision.batch_id": rows.batch_id}
    for column in _COLUMNS[step]:
        value = getattr(rows, column)
        if value is not None:
            found[f"streamvision.{column}"] = value
    return found


def _batches(record: RunRecord) -> list[str]:
    return sorted({each.batch_id for each in record.tables} or ({record.day} if record.day else set()))


def _nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000) * 1_000
