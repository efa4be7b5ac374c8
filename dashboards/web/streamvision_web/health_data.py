"""Reads what the page on the health of the data shows: runs, accounts, quarantine, failed tests, models.

Rows and reasons are told of by number alone: whoever sees the page need not be one who may see personal data.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

import streamlit as st

from streamvision.bootstrap import open_application
from streamvision.bootstrap.application import Application
from streamvision.domain.errors import StreamVisionError
from streamvision.ports.failures import FailedTest
from streamvision.ports.lineage import Model
from streamvision.ports.run_log import RunRecord
from streamvision.ports.warehouse import QuarantineGroup, TableAccount

RUNS = 20
"""As many of the newest runs are shown."""

_LONGEST_RUN = timedelta(days=1)
"""A run that has been at work for longer was killed."""
_REMEMBERED_SECONDS = 300
_Found = TypeVar("_Found")


@dataclass(frozen=True)
class Health:
    """Hold what is known of the runs and the data.

    Attributes:
        profile: its name.
        now: when it was asked.
        runs: the newest ones, the newest first.
        accounts: of all batches, oldest first; None where the warehouse cannot be asked now.
        quarantine: its groups, whatever was decided; None likewise.
        failed_tests: of the last build; None where it cannot be read now.
        models: of the last build; none where none has left a description.
        problem: why something is None.

    """

    profile: str
    now: datetime
    runs: Sequence[RunRecord]
    accounts: Sequence[TableAccount] | None = None
    quarantine: Sequence[QuarantineGroup] | None = None
    failed_tests: Sequence[FailedTest] | None = None
    models: Sequence[Model] = ()
    problem: str = ""

    @property
    def newest_batch(self) -> Sequence[TableAccount]:
        """Return the accounts of the newest batch."""
        accounts = self.accounts or ()
        newest = max((account.batch_id for account in accounts), default=None)
        return [account for account in accounts if account.batch_id == newest]

    @property
    def age_seconds(self) -> float | None:
        """Return how long ago the newest picture of the source was taken."""
        moments = [account.snapshot_at for account in self.accounts or ()]
        return (self.now - max(moments)).total_seconds() if moments else None


def read_health() -> Health:
    """Return what is known; what cannot be read now is None.

    Raises:
        WrongUseError: when the profile makes no sense.

    """
    application = open_application()
    runs = application.run_log.recent(RUNS)
    known = Health(
        application.profile.name,
        application.clock.now(),
        runs,
        models=application.watching.built_models.all(),
    )
    if runs and runs[0].outcome == "running" and known.now - runs[0].started_at < _LONGEST_RUN:
        # A file that is read cannot be written: a run at work would fail because somebody looks.
        return known
    newest = (runs[0].run_id, runs[0].outcome) if runs else ("", "")
    failed, problem = _tried(application.watching.failing_rows.failed_tests)
    found, other_problem = _tried(lambda: _accounts(application, str(application.profile.home), *newest))
    accounts, quarantine = found or (None, None)
    return replace(
        known,
        accounts=accounts,
        quarantine=quarantine,
        failed_tests=failed,
        problem=problem or other_problem,
    )


@st.cache_data(show_spinner=False, ttl=_REMEMBERED_SECONDS, max_entries=8)
def _accounts(
    _application: Application,
    home: str,  # noqa: ARG001 - with the newest run, the key: what it left is asked for once
    run_id: str,  # noqa: ARG001
    outcome: str,  # noqa: ARG001
) -> tuple[Sequence[TableAccount], Sequence[QuarantineGroup]]:
    warehouse = _application.warehouse
    return list(warehouse.accounts()), list(warehouse.quarantine_groups(None))


def _tried(read: Callable[[], _Found]) -> tuple[_Found | None, str]:
    """Return what is read; where that fails, why, in the words of the error."""
    try:
        return read(), ""
    except StreamVisionError as error:
        return None, error.what
