"""Tells monitors of a run; nothing that goes wrong with them reaches the run."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from streamvision.domain.alert import AlertLimits, Verdict
from streamvision.domain.errors import StreamVisionError
from streamvision.pipeline.watch.alerts import judged
from streamvision.pipeline.watch.metrics import samples_of
from streamvision.ports.monitor import EndOfRun, Figures, Monitor
from streamvision.ports.run_log import RunLog, RunRecord
from streamvision.ports.source import LogHealth
from streamvision.ports.warehouse import Warehouse

_RUNS_LOOKED_BACK = 100


@dataclass(frozen=True)
class History:
    """Know what there is to be known of a profile's runs and data.

    Attributes:
        warehouse: returns the warehouse; what it raises makes its accounts unknown.
        log_health: returns how the source's log stands; None where it is not read.

    """

    profile: str
    limits: AlertLimits
    now: Callable[[], datetime]
    run_log: RunLog
    warehouse: Callable[[], Warehouse]
    log_health: Callable[[], LogHealth] | None = None

    def figures(self, newest: RunRecord | None = None) -> Figures:
        """Return what is known now.

        Args:
            newest: a run as it is now, be it that the log has not taken its end.

        """
        kept = self.run_log.recent(_RUNS_LOOKED_BACK)
        runs = [newest, *(each for each in kept if each.run_id != newest.run_id)] if newest else kept
        figures = Figures(self.profile, self.now(), runs, log_bytes=self._log_bytes(newest))
        with suppress(Exception):
            warehouse = self.warehouse()
            accounts = warehouse.accounts()
            batch = max((account.batch_id for account in accounts), default=None)
            outcomes = warehouse.outcomes(batch) if batch else ()
            return Figures(self.profile, figures.now, runs, accounts, outcomes, figures.log_bytes)
        return figures

    def verdicts(self, newest: RunRecord | None = None) -> list[Verdict]:
        """Return what was found of every rule of alerts."""
        return judged(self.figures(newest), self.limits)

    def _log_bytes(self, newest: RunRecord | None) -> int | None:
        if newest is not None and newest.log_bytes is not None:
            return newest.log_bytes
        with suppress(Exception):
            return self.log_health().retained_bytes if self.log_health else None
        return None


@dataclass
class Watcher:
    """Tell every monitor, each by itself; one that failed is not asked again in this process.

    Attributes:
        monitors: returns them; whatever it raises is told like what they raise.
        without_secrets: returns a text without the secrets that the profile holds.

    """

    monitors: Callable[[], Sequence[Monitor]]
    history: History
    without_secrets: Callable[[str], str]
    _failed: set[str] = field(default_factory=set)

    def step_started(self, record: RunRecord) -> Sequence[str]:
        """Hear that the last step of a record has begun."""
        return self._told(lambda monitor: monitor.step_started(record))

    def step_ended(self, record: RunRecord) -> Sequence[str]:
        """Hear that the last step of a record is done, or has failed."""
        return self._told(lambda monitor: monitor.step_ended(record))

    def run_ended(self, record: RunRecord) -> Sequence[str]:
        """Hear that a run is done, or has failed."""
        samples = []
        with suppress(Exception):
            if any(monitor.wants_samples for monitor in self.monitors()):
                samples = samples_of(self.history.figures(record), self.history.limits)
        return self._told(lambda monitor: monitor.run_ended(EndOfRun(record, samples)))

    def _told(self, tell: Callable[[Monitor], None]) -> list[str]:
        lines: list[str] = []
        try:
            monitors = [each for each in self.monitors() if each.name not in self._failed]
        except Exception as error:  # noqa: BLE001 - the same
            return [self.without_secrets(f"monitors cannot be made: {_what(error)}")]
        for monitor in monitors:
            try:
                tell(monitor)
            except Exception as error:  # noqa: BLE001 - a run is not to fail for what is told of it
                self._failed.add(monitor.name)
                lines.append(self.without_secrets(f"{monitor.name} cannot be told on: {_what(error)}"))
        return lines


def _what(error: Exception) -> str:
    # A library's own words may hold what is secret in the URL.
    what = error.what if isinstance(error, StreamVisionError) else type(error).__name__
    return what.splitlines()[0]
