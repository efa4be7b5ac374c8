"""Tells OpenLineage which data each step, and each model, reads and writes."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import NAMESPACE_URL, uuid5

from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.facet_v2 import (
    DatasetFacet,
    OutputDatasetFacet,
    RunFacet,
    error_message_run,
    job_type_job,
    nominal_time_run,
    output_statistics_output_dataset,
    parent_run,
    schema_dataset,
    tags_run,
)
from openlineage.client.transport import Transport
from openlineage.client.transport.file import FileConfig, FileTransport
from openlineage.client.transport.http import ApiKeyTokenProvider, HttpConfig, HttpTransport, TokenProvider

from streamvision.domain.errors import MonitoringError
from streamvision.domain.unheard import unheard
from streamvision.pipeline.watch.lineage import Flow, Lineage
from streamvision.ports.lineage import Dataset
from streamvision.ports.monitor import EndOfRun
from streamvision.ports.run_log import RunRecord, StepRecord

NAMESPACE = "streamvision"
PRODUCER = f"urn:streamvision:{version('streamvision')}"
_TIMEOUT_SECONDS = 4.0
_NO_MORE_TRIES = {"total": 0, "allowed_methods": ["POST"]}
"""What cannot be told is told to the run's own people instead; a run does not wait for it."""
_ENDS = {"done": RunState.COMPLETE, "failed": RunState.FAIL}


class OpenLineageEvents:
    """Tell of a run, of its steps, and of the models that it built, each as a job of its own.

    The identity of a job's run follows from the run's id, so that several processes can tell of one run.
    """

    name = "lineage"
    wants_samples = False

    def __init__(self, url: str, profile: str, file_name: str, lineage: Lineage, api_key: str = "") -> None:
        """Take where the events go, and what knows the data.

        Args:
            url: a `file:///folder`, or the URL of a server.
            profile: whose runs these are.
            file_name: what a file of events is called by.
            lineage: knows which data each step reads and writes.
            api_key: what a server may ask for; empty where it asks for nothing.

        """
        self._url, self._profile, self._lineage = url, profile, lineage
        self._file_name, self._api_key = f"streamvision_{file_name}.jsonl", api_key

    def step_started(self, record: RunRecord) -> None:
        """Tell that a step begins; and before the first, that the run does."""
        step = record.steps[-1]
        events = [self._of_step(record, step, RunState.START, step.started_at)]
        if len(record.steps) == 1:
            events.insert(0, self._of_run(record, RunState.START, record.started_at))
        self._emit(events)

    def step_ended(self, record: RunRecord) -> None:
        """Tell that a step is done, and what it built, or that it has failed."""
        step = record.steps[-1]
        ended = step.ended_at or step.started_at
        events = [self._of_step(record, step, _ENDS[step.outcome], ended)]
        if step.name == "transform" and step.outcome == "done":
            events += self._of_models(record, step, ended)
        self._emit(events)

    def run_ended(self, end: EndOfRun) -> None:
        """Tell that a run is done, or has failed; of one without steps nothing was told."""
        record = end.record
        if record.steps:
            self._emit([self._of_run(record, _ENDS[record.outcome], record.ended_at or record.started_at)])

    def _of_run(self, record: RunRecord, state: RunState, at: datetime) -> RunEvent:
        return self._event(record, state, at, "", record.command, "RUN", Flow())

    def _of_step(self, record: RunRecord, step: StepRecord, state: RunState, at: datetime) -> RunEvent:
        flow = self._lineage.of_step(record)
        return self._event(
            record, state, at, f"{step.name} {step.started_at.isoformat()}", step.name, "STEP", flow
        )

    def _of_models(self, record: RunRecord, step: StepRecord, ended: datetime) -> Iterator[RunEvent]:
        for name, flow in self._lineage.of_models().items():
            part, job = f"model {name}", f"{step.name}.{name}"
            yield self._event(record, RunState.START, step.started_at, part, job, "MODEL", flow)
            yield self._event(record, RunState.COMPLETE, ended, part, job, "MODEL", flow)

    def _event(
        self, record: RunRecord, state: RunState, at: datetime, part: str, job: str, kind: str, flow: Flow
    ) -> RunEvent:
        facets: dict[str, RunFacet] = {
            "tags": tags_run.TagsRunFacet(
                [tags_run.TagsRunFacetFields("streamvision.run_id", record.run_id, "StreamVision")]
            )
        }
        if part:
            facets["parent"] = parent_run.ParentRunFacet(
                run=parent_run.Run(runId=_uuid(record.run_id, "")),
                job=parent_run.Job(namespace=NAMESPACE, name=self._job(record.command)),
            )
        if record.day:
            facets["nominalTime"] = nominal_time_run.NominalTimeRunFacet(f"{record.day}T00:00:00Z")
        if state is RunState.FAIL:
            facets["errorMessage"] = error_message_run.ErrorMessageRunFacet(
                record.error or "failed", "Python"
            )
        return RunEvent(
            eventTime=at.isoformat(),
            producer=PRODUCER,
            eventType=state,
            run=Run(_uuid(record.run_id, part), facets),
            job=Job(
                NAMESPACE,
                self._job(job),
                {"jobType": job_type_job.JobTypeJobFacet("BATCH", "STREAMVISION", kind)},
            ),
            inputs=[InputDataset(each.namespace, each.name, facets=_columns(each)) for each in flow.inputs],
            outputs=[
                OutputDataset(each.namespace, each.name, _written(each), facets=_columns(each))
                for each in flow.outputs
            ],
        )

    def _job(self, name: str) -> str:
        return f"{self._profile}.{name}"

    def _emit(self, events: Sequence[RunEvent]) -> None:
        try:
            with unheard("openlineage", "urllib3"):
                self._send(events)
        except OSError as error:
            raise MonitoringError(
                f"events cannot be sent: {_reason(error)}",
                where="`lineage` of the profile",
                safe="the run and its data are not concerned",
                next_command="streamvision profile show",
            ) from error

    def _send(self, events: Sequence[RunEvent]) -> None:
        transport = self._transport()
        try:
            for event in events:
                transport.emit(event)
        finally:
            transport.close()

    def _transport(self) -> Transport:
        if self._url.startswith("file://"):
            folder = Path(unquote(urlsplit(self._url).path))
            folder.mkdir(parents=True, exist_ok=True)
            return FileTransport(FileConfig(str(folder / self._file_name), append=True))
        auth = ApiKeyTokenProvider({"apiKey": self._api_key}) if self._api_key else TokenProvider({})
        # The client's own path is joined to what ends with a slash.
        url = self._url if self._url.endswith("/") else f"{self._url}/"
        return HttpTransport(HttpConfig(url, timeout=_TIMEOUT_SECONDS, auth=auth, retry=_NO_MORE_TRIES))


def _uuid(run_id: str, part: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"urn:streamvision:{run_id}/{part}"))


def _columns(dataset: Dataset) -> dict[str, DatasetFacet]:
    if not dataset.columns:
        return {}
    fields = [
        schema_dataset.SchemaDatasetFacetFields(each.name, each.type or None, each.description or None)
        for each in dataset.columns
    ]
    return {"schema": schema_dataset.SchemaDatasetFacet(fields)}


def _written(dataset: Dataset) -> dict[str, OutputDatasetFacet]:
    if dataset.rows is None and dataset.size_bytes is None:
        return {}
    facet = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet
    return {"outputStatistics": facet(rowCount=dataset.rows, size=dataset.size_bytes)}


def _reason(error: OSError) -> str:
    # The text of an error may repeat the address, which may hold what is secret.
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status is not None:
        return f"the server answered {status} {HTTPStatus(status).phrase}"
    return error.strerror or type(error).__name__
