"""Gathers what there is to be told of a run, and tells it."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from streamvision.domain.alert import Verdict
from streamvision.domain.message import Message
from streamvision.pipeline.notify.messages import RunEnd, alert_messages, messages_of, trial
from streamvision.pipeline.notify.step import Delivery, Policy, notify, send_all
from streamvision.ports.failures import FailedTest
from streamvision.ports.notifier import Notices, Notifier
from streamvision.ports.run_log import RunLog, RunRecord
from streamvision.ports.source import LogHealth
from streamvision.ports.warehouse import Outcome, Warehouse

_RUNS_LOOKED_BACK = 20


@dataclass(frozen=True)
class Told:
    """Tell what people were told of a run.

    Attributes:
        log_bytes: how much of its log the source keeps; None where it was not asked.

    """

    deliveries: tuple[Delivery, ...] = ()
    log_bytes: int | None = None


@dataclass(frozen=True)
class People:
    """Know those who are told of a profile's runs, and what they want to hear.

    Attributes:
        warehouse: returns the warehouse; whatever it raises, nobody is told less than the run's end.
        log_health: returns how the source's log stands; None where it is not read.
        without_secrets: returns a text without the secrets that the profile holds.
        verdicts: returns what was found of the rules of alerts, with a run as it is now.
        failed_tests: returns the tests of the data that failed in the last build.
        dashboard_url: where people open the dashboards; empty where nobody has said so.

    """

    profile: str
    notifier: Notifier
    notices: Notices
    policy: Policy
    now: Callable[[], datetime]
    run_log: RunLog
    warehouse: Callable[[], Warehouse]
    log_health: Callable[[], LogHealth] | None
    without_secrets: Callable[[str], str]
    verdicts: Callable[[RunRecord | None], Sequence[Verdict]] = lambda _run: ()
    failed_tests: Callable[[], Sequence[FailedTest]] = tuple
    dashboard_url: str = ""

    def tell(self, record: RunRecord, error: Exception | None) -> Told:
        """Tell how a run ended; nothing is raised, since a run is not to fail for what is told of it."""
        if not self.notifier.targets:
            return Told()
        try:
            log = self._log()
            messages = [self._hidden(each) for each in messages_of(self._end(record, error, log))]
            deliveries = notify(self.notifier, self.notices, messages, self.policy, self.now)
        except Exception as failure:  # noqa: BLE001 - whatever it is, it may hold a secret
            return Told((Delivery("", "all messages", "failed", type(failure).__name__),))
        return Told(tuple(deliveries), log.retained_bytes if log else None)

    def tell_alerts(self, verdicts: Sequence[Verdict]) -> list[Delivery]:
        """Tell which alerts fire, whatever anybody asked for: the same one once in a while."""
        messages = [self._hidden(each) for each in alert_messages(self.profile, verdicts)]
        return notify(
            self.notifier, self.notices, messages, replace(self.policy, notify_on="always"), self.now
        )

    def try_all(self) -> list[Delivery]:
        """Send everybody a message that says nothing."""
        return send_all(self.notifier, trial(self.profile))

    def _end(self, record: RunRecord, error: Exception | None, log: LogHealth | None) -> RunEnd:
        earlier = (each.log_bytes for each in self.run_log.recent(_RUNS_LOOKED_BACK))
        return RunEnd(
            profile=self.profile,
            record=record,
            error=error,
            outcomes=self._outcomes(record),
            shown=shown_day(self.warehouse),
            log=log,
            log_bytes_before=next((size for size in earlier if size is not None), None),
            alerts=self._alerts(record),
            failed_tests=self._failed_tests(record),
            dashboard_url=self.dashboard_url,
        )

    def _alerts(self, record: RunRecord) -> Sequence[Verdict]:
        with suppress(Exception):
            return [verdict for verdict in self.verdicts(record) if verdict.is_firing]
        return ()

    def _failed_tests(self, record: RunRecord) -> Sequence[FailedTest]:
        # The error may be told by another process than that in which it was raised.
        with suppress(Exception):
            if any(step.name == "transform" and step.outcome == "failed" for step in record.steps):
                return self.failed_tests()
        return ()

    def _outcomes(self, record: RunRecord) -> list[Outcome]:
        loaded = {each.batch_id for each in record.tables if each.loaded_rows is not None}
        with suppress(Exception):
            return [each for batch_id in sorted(loaded) for each in self.warehouse().outcomes(batch_id)]
        return []

    def _log(self) -> LogHealth | None:
        with suppress(Exception):
            return self.log_health() if self.log_health else None
        return None

    def _hidden(self, message: Message) -> Message:
        lines = tuple(self.without_secrets(line) for line in message.lines)
        return replace(message, title=self.without_secrets(message.title), lines=lines)


def shown_day(warehouse: Callable[[], Warehouse]) -> str:
    """Return the day that the dashboards show; empty where there is none, or it cannot be known."""
    # This is asked when something has failed already, and that is what is to be told.
    with suppress(Exception):
        publication = warehouse().published()
        return publication.batch_id if publication else ""
    return ""
