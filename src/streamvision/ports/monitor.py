"""What is told of runs to machines: metrics, traces and lineage."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from streamvision.ports.run_log import RunRecord
from streamvision.ports.warehouse import Outcome, TableAccount


@dataclass(frozen=True)
class Figures:
    """Hold what is known of a profile's runs and data at one moment.

    Attributes:
        runs: the newest runs, the newest first.
        accounts: those of all batches loaded, the oldest first; None where the warehouse could not be asked.
        outcomes: what came of the expectations of the newest batch.
        log_bytes: how much of its log the source keeps; None where it was not asked.

    """

    profile: str
    now: datetime
    runs: Sequence[RunRecord] = ()
    accounts: Sequence[TableAccount] | None = None
    outcomes: Sequence[Outcome] = ()
    log_bytes: int | None = None


@dataclass(frozen=True)
class Sample:
    """Hold one value of one metric.

    Attributes:
        name: by the conventions of Prometheus: its unit last.
        labels: names and values, the names in one order for all samples of a metric.

    """

    name: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class EndOfRun:
    """Hold what monitors are told when a run has ended."""

    record: RunRecord
    samples: Sequence[Sample] = ()


class Monitor(Protocol):
    """Hear of a run, in the process that does it. What cannot be told on is raised as a MonitoringError."""

    @property
    def name(self) -> str:
        """Return the field of the profile that asks for it."""
        ...

    @property
    def wants_samples(self) -> bool:
        """Tell whether it needs the samples, for which warehouse and source are asked."""
        ...

    def step_started(self, record: RunRecord) -> None:
        """Hear that the last step of a record has begun."""
        ...

    def step_ended(self, record: RunRecord) -> None:
        """Hear that the last step of a record is done, or has failed."""
        ...

    def run_ended(self, end: EndOfRun) -> None:
        """Hear that a run is done, or has failed."""
        ...


class RunWatcher(Protocol):
    """Hear of a run; nothing is raised, and what could not be told on is returned in lines."""

    def step_started(self, record: RunRecord) -> Sequence[str]:
        """Hear that the last step of a record has begun."""
        ...

    def step_ended(self, record: RunRecord) -> Sequence[str]:
        """Hear that the last step of a record is done, or has failed."""
        ...

    def run_ended(self, record: RunRecord) -> Sequence[str]:
        """Hear that a run is done, or has failed."""
        ...


class NoWatcher:
    """Watch nothing."""

    def step_started(self, record: RunRecord) -> Sequence[str]:  # noqa: ARG002 - the protocol's
        """Hear it and do nothing."""
        return ()

    step_ended = run_ended = step_started
