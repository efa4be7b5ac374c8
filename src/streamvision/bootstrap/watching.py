"""Turns what a profile says of watching its runs into adapters.

An adapter, and with it its library, is imported when it is first asked for.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, partial
from importlib.util import find_spec
from urllib.parse import SplitResult, unquote, urlsplit

from streamvision.adapters.lake.address import bucket_and_prefix
from streamvision.adapters.notifier.notices_file import NoticesFile
from streamvision.domain.contract import Contract
from streamvision.domain.errors import WrongUseError
from streamvision.pipeline.notify.people import People
from streamvision.pipeline.notify.step import Policy
from streamvision.pipeline.watch.lineage import Lineage, Places
from streamvision.pipeline.watch.metrics import METRICS
from streamvision.pipeline.watch.watcher import History, Watcher
from streamvision.ports.failures import FailedTest, FailingRows
from streamvision.ports.lineage import Models
from streamvision.ports.monitor import Monitor, RunWatcher
from streamvision.ports.notifier import Notifier
from streamvision.ports.run_log import RunLog
from streamvision.ports.source import LogHealth
from streamvision.ports.warehouse import Warehouse
from streamvision.settings import Profile, masked, without_secrets

_LIBRARIES = {
    "metrics": "prometheus_client",
    "traces": "opentelemetry.exporter.otlp.proto.http",
    "lineage": "openlineage.client",
}


@dataclass(frozen=True)
class Watching:
    """Hold what watches the runs of one profile, and tells of them.

    Attributes:
        read_log: returns how the source's log stands.
        contracts: returns those that were written; none where each follows from the source.

    """

    profile: Profile
    now: Callable[[], datetime]
    run_log: RunLog
    warehouse: Callable[[], Warehouse]
    read_log: Callable[[], LogHealth]
    contracts: Callable[[], Sequence[Contract]]

    @cached_property
    def history(self) -> History:
        """Return what knows the profile's runs and data."""
        profile = self.profile
        return History(profile.name, profile.alerts, self.now, self.run_log, self.warehouse, self._log_health)

    @property
    def _log_health(self) -> Callable[[], LogHealth] | None:
        return self.read_log if self.profile.extraction == "changes" else None

    def _failed_tests(self) -> Sequence[FailedTest]:
        # What reads them is made when a test has failed, and not before.
        return self.failing_rows.failed_tests()

    def people(self, notifier: Notifier) -> People:
        """Return those who are told of runs."""
        profile = self.profile
        return People(
            profile=profile.name,
            notifier=notifier,
            notices=NoticesFile(profile.home / "notices" / f"{profile.file_name}.json"),
            policy=Policy(profile.notify_on, timedelta(hours=profile.notify_repeat_hours)),
            now=self.now,
            run_log=self.run_log,
            warehouse=self.warehouse,
            log_health=self._log_health,
            without_secrets=partial(without_secrets, profile),
            verdicts=self.history.verdicts,
            failed_tests=self._failed_tests,
            dashboard_url=profile.dashboard_url,
        )

    @cached_property
    def watcher(self) -> RunWatcher:
        """Return what hears of every run, and tells the monitors that the profile asks for."""
        return Watcher(lambda: self.monitors, self.history, partial(without_secrets, self.profile))

    @cached_property
    def monitors(self) -> Sequence[Monitor]:
        """Return the monitors that the profile asks for."""
        known = {"metrics": self._metrics, "traces": self._traces, "lineage": self._lineage}
        return [make() for name, make in known.items() if getattr(self.profile, name)]

    @cached_property
    def failing_rows(self) -> FailingRows:
        """Return what reads the rows that tests of the last build found wrong."""
        known = {"duckdb": _failing_rows_in_file, "snowflake": _failing_rows_in_account}
        return known[urlsplit(self.profile.warehouse).scheme](self.profile.warehouse)

    @cached_property
    def built_models(self) -> Models:
        """Return what knows the models of the last build."""
        from streamvision.adapters.transformer.manifest import DbtManifest

        return DbtManifest(self.profile.home / "dbt")

    def _metrics(self) -> Monitor:
        from streamvision.adapters.metrics.prometheus import PrometheusMetrics

        return PrometheusMetrics(self.profile.metrics, self.profile.name, self.profile.file_name, METRICS)

    def _traces(self) -> Monitor:
        from streamvision.adapters.traces.otlp import OtlpTraces

        return OtlpTraces(self.profile.traces, self.profile.name)

    def _lineage(self) -> Monitor:
        from streamvision.adapters.lineage.openlineage import OpenLineageEvents

        profile = self.profile
        lineage = Lineage(places_of(profile), self.contracts(), self.built_models.all)
        key = os.environ.get("OPENLINEAGE_API_KEY", "")
        return OpenLineageEvents(profile.lineage, profile.name, profile.file_name, lineage, key)


def check_extra(profile: Profile) -> None:
    """Refuse a profile that asks for what is not installed.

    Raises:
        WrongUseError: when the extra `monitoring` is missing, and needed.

    """
    for field, library in _LIBRARIES.items():
        if getattr(profile, field) and not _is_installed(library):
            raise WrongUseError(
                f"The profile asks for {field}, and what sends them is not installed",
                where=f"`{field}` of the profile",
                safe="nothing was changed",
                next_command="pip install 'streamvision[monitoring]'",
            )


def _is_installed(library: str) -> bool:
    try:
        return find_spec(library) is not None
    except ModuleNotFoundError:
        return False


def places_of(profile: Profile) -> Places:
    """Return how the data of a profile are called outside, without what is secret in its URLs."""
    warehouse = urlsplit(profile.warehouse)
    ways: dict[str, Callable[[SplitResult], tuple[str, str]]] = {
        "duckdb": _file_as_warehouse,
        "snowflake": _account_as_warehouse,
    }
    spellings: dict[str, Callable[[str], str]] = {"duckdb": str, "snowflake": str.upper}
    return Places(
        _source(urlsplit(masked(profile.source))),
        _lake(urlsplit(profile.lake)),
        ways[warehouse.scheme](warehouse),
        spellings[warehouse.scheme],
    )


def _source(url: SplitResult) -> tuple[str, str]:
    if url.scheme == "embedded":
        from streamvision.adapters.source.embedded import DATABASE

        return f"postgres://embedded{url.path}", DATABASE
    try:
        host, port = url.hostname or "localhost", url.port or 5432
    except ValueError:
        # Several hosts are one source all the same.
        host, port = url.netloc.rpartition("@")[2].partition(":")[0], 5432
    return f"postgres://{host}:{port}", unquote(url.path).strip("/") or "postgres"


def _lake(url: SplitResult) -> tuple[str, str]:
    if url.scheme == "file":
        return "file", f"{unquote(url.path).rstrip('/')}/"
    bucket, prefix = bucket_and_prefix(url.geturl())
    return f"{url.scheme}://{bucket}", f"{prefix.strip('/')}/" if prefix.strip("/") else ""


def _file_as_warehouse(url: SplitResult) -> tuple[str, str]:
    path = unquote(url.path)
    return f"duckdb://{path}", path.rpartition("/")[2].removesuffix(".duckdb")


def _account_as_warehouse(url: SplitResult) -> tuple[str, str]:
    return f"snowflake://{url.hostname}", unquote(url.path).strip("/").upper()


def _failing_rows_in_file(warehouse: str) -> FailingRows:
    from streamvision.adapters.warehouse.duckdb.failures import DuckDBFailures
    from streamvision.adapters.warehouse.duckdb.warehouse import DuckDBWarehouse

    return DuckDBFailures(DuckDBWarehouse(warehouse).published_folder)


def _failing_rows_in_account(warehouse: str) -> FailingRows:
    from streamvision.adapters.warehouse.snowflake.address import Address
    from streamvision.adapters.warehouse.snowflake.failures import SnowflakeFailures

    return SnowflakeFailures(Address.of(warehouse, os.environ))
