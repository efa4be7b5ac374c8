"""Writes down how a run goes, step by step, for whichever runner does it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from streamvision.domain.errors import HomeError, StreamVisionError
from streamvision.domain.plan import Step
from streamvision.ports.monitor import NoWatcher, RunWatcher
from streamvision.ports.run_log import RunLog, RunRecord, StepRecord, TableRows
from streamvision.ports.warehouse import TableAccount

WithoutSecrets = Callable[[str], str]
"""Return a text without the secrets that the profile holds."""


class RunRecorder:
    """Keep a run's record up to date; it is a listener of the plan.

    Only the first record, and that of the end, must be written: where the disk is full in between, the run
    itself is told of it.

    Attributes:
        record: as it is now.

    """

    def __init__(
        self,
        log: RunLog,
        now: Callable[[], datetime],
        record: RunRecord,
        without_secrets: WithoutSecrets,
        watcher: RunWatcher | None = None,
    ) -> None:
        """Take where the record is kept, the record so far, and who watches the run."""
        self._log, self._now, self._without_secrets = log, now, without_secrets
        self._watcher = watcher or NoWatcher()
        self.record = record
        self._is_kept = False

    @property
    def run_id(self) -> str:
        """Return the run's id."""
        return self.record.run_id

    def begin(self) -> None:
        """Write the first record.

        Raises:
            HomeError: when it cannot be written.

        """
        self._log.write(self.record)
        self._is_kept = True

    def resume(self) -> None:
        """Go on with a record that is written already."""
        self._is_kept = True

    def step_started(self, step: Step) -> None:
        """Hear that a step begins."""
        begun = StepRecord(step.name, self._now())
        self._keep(replace(self.record, steps=(*self.record.steps, begun)))
        self._watched(self._watcher.step_started)

    def step_retried(self, step: Step, error: Exception, wait_seconds: float) -> None:  # noqa: ARG002 - the protocol's
        """Hear that a step failed for a reason that may pass, and is tried again."""
        last = self.record.steps[-1]
        because = self._without_secrets(_first_line(error))
        self._keep_step(replace(last, attempts=last.attempts + 1, retried_because=because))

    def step_done(self, step: Step) -> None:  # noqa: ARG002 - the protocol's
        """Hear that a step is done."""
        self._keep_step(replace(self.record.steps[-1], ended_at=self._now(), outcome="done"))
        self._watched(self._watcher.step_ended)

    def step_resumed(self, step: Step, *, anew: bool) -> None:
        """Hear that a step, or a part of it, is done by a process that knows only the record.

        Steps that came after it in an earlier try count no more.

        Args:
            step: the step.
            anew: whether it begins, rather than goes on.

        """
        names = [each.name for each in self.record.steps]
        at = names.index(step.name) if step.name in names else len(names)
        before, last = self.record.steps[:at], next(iter(self.record.steps[at:]), None)
        if last is None or last.outcome == "done":
            begun = StepRecord(step.name, self._now())
        else:
            tries = last.attempts + (1 if anew else 0)
            because = self.record.error or last.retried_because
            begun = replace(last, attempts=tries, retried_because=because, outcome="running", ended_at=None)
        self._keep(
            replace(
                self.record,
                steps=(*before, begun),
                outcome="running",
                ended_at=None,
                error="",
                error_text="",
            )
        )
        if anew:
            self._watched(self._watcher.step_started)

    def step_failed(self, error: BaseException) -> None:
        """Write what stopped the last step, while the run may go on with another try."""
        last = replace(self.record.steps[-1], ended_at=self._now(), outcome="failed")
        self._keep(
            replace(
                self.record,
                steps=(*self.record.steps[:-1], last),
                error=self._without_secrets(_first_line(error)),
                error_text=self._without_secrets(str(error) or type(error).__name__),
            )
        )
        self._watched(self._watcher.step_ended)

    def extracted(
        self, batch_id: str, rows: Iterable[tuple[str, int]], sizes: Mapping[str, int] | None = None
    ) -> None:
        """Hear how many rows of each table a batch has that was extracted, and the bytes of its files."""
        for table, number in rows:
            size = (sizes or {}).get(table)
            self._count(TableRows(batch_id, table, extracted_rows=number, extracted_bytes=size))

    def loaded(self, accounts: Iterable[TableAccount]) -> None:
        """Hear the accounts of a batch that was loaded."""
        for account in accounts:
            self._count(
                TableRows(
                    account.batch_id,
                    account.table,
                    account.extracted_rows,
                    account.loaded_rows,
                    account.quarantined_rows,
                    account.extracted_bytes,
                )
            )

    def built(self, test_warnings: int) -> None:
        """Hear how many tests of the data warned."""
        self.record = replace(self.record, test_warnings=test_warnings)

    def done(self) -> None:
        """Write that the run is done.

        Raises:
            HomeError: when it cannot be written.

        """
        self.record = replace(self.record, outcome="done", ended_at=self._now())
        self._log.write(self.record)
        self._watched(self._watcher.run_ended)

    def failed(self, error: BaseException) -> None:
        """Write what stopped the run; where that cannot be written, the error is the one to tell."""
        now = self._now()
        steps = self.record.steps
        is_in_a_step = bool(steps) and steps[-1].outcome == "running"
        if is_in_a_step:
            steps = (*steps[:-1], replace(steps[-1], ended_at=now, outcome="failed"))
        self._keep(
            replace(
                self.record,
                steps=steps,
                outcome="failed",
                ended_at=now,
                error=self._without_secrets(_first_line(error)),
                error_text=self._without_secrets(str(error) or type(error).__name__),
            )
        )
        if is_in_a_step:
            self._watched(self._watcher.step_ended)
        self._watched(self._watcher.run_ended)

    def told(self, notices: Iterable[str], log_bytes: int | None = None) -> None:
        """Write what people were told, or could not be, and how much of its log the source keeps."""
        self._keep(replace(self.record, notices=(*self.record.notices, *notices), log_bytes=log_bytes))

    def _watched(self, hear: Callable[[RunRecord], Sequence[str]]) -> None:
        if not self._is_kept:
            return
        lines = hear(self.record)
        if lines:
            self._keep(replace(self.record, notices=(*self.record.notices, *lines)))

    def _count(self, rows: TableRows) -> None:
        others = [
            each for each in self.record.tables if (each.batch_id, each.table) != (rows.batch_id, rows.table)
        ]
        self.record = replace(self.record, tables=(*others, rows))

    def _keep_step(self, step: StepRecord) -> None:
        self._keep(replace(self.record, steps=(*self.record.steps[:-1], step)))

    def _keep(self, record: RunRecord) -> None:
        self.record = record
        # What never began is not a run: another one was at work.
        if self._is_kept:
            with suppress(HomeError):
                self._log.write(record)


@dataclass(frozen=True)
class RunBook:
    """Make the recorders of runs, for any runner.

    Attributes:
        log: where the records are kept.
        now: tells the time.
        watcher: hears of every run.

    """

    log: RunLog
    now: Callable[[], datetime]
    without_secrets: WithoutSecrets
    watcher: RunWatcher = field(default_factory=NoWatcher)

    def new(self, run_id: str, command: str, day: date | None) -> RunRecorder:
        """Return what writes down a run that is about to begin."""
        record = RunRecord(run_id, command, day.isoformat() if day else "", "running", self.now())
        return RunRecorder(self.log, self.now, record, self.without_secrets, self.watcher)

    def resumed(self, run_id: str) -> RunRecorder | None:
        """Return what goes on writing down a run, be it in another process; None where there is none."""
        record = self.log.find(run_id)
        if record is None:
            return None
        recorder = RunRecorder(self.log, self.now, record, self.without_secrets, self.watcher)
        recorder.resume()
        return recorder


def _first_line(error: BaseException) -> str:
    what = error.what if isinstance(error, StreamVisionError) else str(error)
    return (what.splitlines() or [type(error).__name__])[0]
