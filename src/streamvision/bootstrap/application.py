"""Holds a profile's adapters, and does the steps with them."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from streamvision.adapters.clock.system import SystemClock
from streamvision.adapters.contracts.yaml_files import read_contracts
from streamvision.adapters.lock.file import FileLock
from streamvision.adapters.run_log.json_files import JsonRunLog
from streamvision.assets import asset
from streamvision.bootstrap.choices import (
    OBJECT_STORES,
    check_bucket,
    check_server,
    check_snowflake,
    choose,
    duckdb_marts,
    duckdb_shown,
    duckdb_warehouse,
    lease,
    no_check,
    scheme_of,
    snowflake_costs,
    snowflake_marts,
    snowflake_shown,
    snowflake_warehouse,
)
from streamvision.bootstrap.watching import Watching, check_extra
from streamvision.domain.batch import Batch
from streamvision.domain.contract import Contract
from streamvision.domain.decision import Action, Decision
from streamvision.domain.errors import WrongUseError
from streamvision.domain.plan import Plan, refreshing
from streamvision.files import write_whole
from streamvision.pipeline.extract.derive import ContractsOf, declared, derived
from streamvision.pipeline.extract.progress import Progress
from streamvision.pipeline.extract.step import Extraction, Options, extract
from streamvision.pipeline.load.decisions import Choice, Decisions
from streamvision.pipeline.load.replay import Load, rebuild, replay
from streamvision.pipeline.load.step import LoadedBatch, load
from streamvision.pipeline.maintain.step import CleanedLake, clean_lake
from streamvision.pipeline.notify.people import People
from streamvision.pipeline.notify.step import Delivery
from streamvision.pipeline.publish.parquet import write_parquet
from streamvision.pipeline.publish.step import publish
from streamvision.pipeline.record.recorder import RunBook, RunRecorder
from streamvision.pipeline.simulate.defects import Defects
from streamvision.pipeline.simulate.live import Glimpse, Tempo, live
from streamvision.pipeline.simulate.note import WorldNote, read_note
from streamvision.pipeline.simulate.spec import SimulationSpec
from streamvision.pipeline.simulate.step import go_on, simulate
from streamvision.pipeline.transform.parts import begin_parts, build_parts, finish_parts
from streamvision.pipeline.transform.step import transform
from streamvision.ports.catalogue import ShownPlaces
from streamvision.ports.clock import Clock
from streamvision.ports.costs import RunCosts
from streamvision.ports.lake import Lake
from streamvision.ports.lock import RunLock
from streamvision.ports.marts import MartReader, Publication
from streamvision.ports.refresher import Refresher
from streamvision.ports.run_log import RunLog
from streamvision.ports.service import ServiceDatabase
from streamvision.ports.source import ChangeLog, LogHealth, Source
from streamvision.ports.transformer import BuildSummary, Transformer
from streamvision.ports.warehouse import DecidedRows, Warehouse
from streamvision.settings import Profile, load_profile, with_choice, without_secrets

if TYPE_CHECKING:
    from streamvision.adapters.notifier.apprise_urls import AppriseNotifier
    from streamvision.adapters.source.embedded import EmbeddedServer


@dataclass(frozen=True)
class Application:
    """Hold one profile's adapters, each made when it is first asked for, and do the steps with them."""

    profile: Profile

    @cached_property
    def clock(self) -> Clock:
        """Return the clock."""
        return SystemClock()

    @cached_property
    def contracts(self) -> list[Contract]:
        """Return the contracts that were written."""
        return read_contracts(asset("contracts"))

    @property
    def derives_contracts(self) -> bool:
        """Tell whether each table's contract follows from the source's catalogue."""
        return self.profile.contracts == "derive"

    @property
    def contracts_of(self) -> ContractsOf:
        """Return what says which contracts the tables of a snapshot have."""
        if self.derives_contracts:
            return derived(self.profile.tables, views=self.profile.views)
        return declared(self.contracts)

    @cached_property
    def embedded_server(self) -> "EmbeddedServer | None":
        """Return the server that the profile brings along; None where the source is somebody else's."""
        from streamvision.adapters.source.embedded import EmbeddedServer

        return EmbeddedServer(self.profile.source) if scheme_of(self.profile.source) == "embedded" else None

    @property
    def source_url(self) -> str:
        """Return the URL that any PostgreSQL client can connect to."""
        return self.embedded_server.url() if self.embedded_server else self.profile.source

    @cached_property
    def source(self) -> Source:
        """Return the source; an embedded server is started where it does not run."""
        from streamvision.adapters.source.postgres.source import PostgresSource

        return PostgresSource(self._running_source_url())

    @cached_property
    def change_log(self) -> ChangeLog:
        """Return the source's log of changes, which is kept for this lake alone."""
        from streamvision.adapters.source.postgres.change_log import PostgresChangeLog

        return PostgresChangeLog(self._running_source_url(), self._log_name)

    def log_health(self) -> LogHealth:
        """Return how the source's log of changes stands."""
        return self._log_health(self._running_source_url())

    def _log_health(self, url: str) -> LogHealth:
        from streamvision.adapters.source.postgres.log_health import log_health

        return log_health(url, self._log_name)

    @property
    def _log_name(self) -> str:
        return f"streamvision_{sha256(self.profile.lake.encode()).hexdigest()[:8]}"

    @cached_property
    def service_database(self) -> ServiceDatabase:
        """Return the source as a database that can be filled."""
        from streamvision.adapters.service.postgres import PostgresServiceDatabase

        return PostgresServiceDatabase(self._running_source_url(), asset("source/migrations"))

    @cached_property
    def lake(self) -> Lake:
        """Return the lake."""
        from streamvision.adapters.lake.folder import FolderLake
        from streamvision.adapters.lake.object_store import ObjectStoreLake

        lakes: dict[str, Callable[[str], Lake]] = {"file": FolderLake}
        lakes |= dict.fromkeys(OBJECT_STORES, ObjectStoreLake)
        return choose("lake", self.profile.lake, lakes)

    @cached_property
    def warehouse(self) -> Warehouse:
        """Return the warehouse."""
        warehouses: dict[str, Callable[[str], Warehouse]] = {
            "duckdb": partial(duckdb_warehouse, memory_limit=self.profile.memory_limit),
            "snowflake": partial(snowflake_warehouse, memory_limit=self.profile.memory_limit),
        }
        return choose("warehouse", self.profile.warehouse, warehouses)

    @cached_property
    def marts(self) -> MartReader:
        """Return a reader of the published marts."""
        readers: dict[str, Callable[[str], MartReader]] = {
            "duckdb": duckdb_marts,
            "snowflake": snowflake_marts,
        }
        return choose("warehouse", self.profile.warehouse, readers)

    @cached_property
    def run_costs(self) -> RunCosts | None:
        """Return what knows the costs of runs; None where the warehouse is not paid by use."""
        known: dict[str, Callable[[str], RunCosts | None]] = {
            "duckdb": lambda _url: None,
            "snowflake": snowflake_costs,
        }
        return choose("warehouse", self.profile.warehouse, known)

    @cached_property
    def transformer(self) -> Transformer:
        """Return what builds the models."""
        from streamvision.adapters.transformer.dbt import DbtTransformer

        return DbtTransformer(asset("warehouse"), self.profile.home / "dbt")

    @cached_property
    def shown_places(self) -> ShownPlaces:
        """Return what finds where the published tables can be looked at."""
        known: dict[str, Callable[[str], ShownPlaces]] = {
            "duckdb": duckdb_shown,
            "snowflake": snowflake_shown,
        }
        return choose("warehouse", self.profile.warehouse, known)

    def catalogue(self) -> bytes:
        """Return a page with the models as they are, on the tables that readers are shown."""
        from streamvision.adapters.transformer.catalogue import DbtCataloguer

        cataloguer = DbtCataloguer(asset("warehouse"), self.profile.home / "docs")
        with self.shown_places.lend() as shown:
            return cataloguer.page(shown)

    @cached_property
    def lock(self) -> RunLock:
        """Return the lock that the runs on this lake and warehouse share."""
        locks: dict[str, Callable[[str], RunLock]] = {"file": self._file_lock}
        locks |= dict.fromkeys(OBJECT_STORES, lease)
        return choose("lake", self.profile.lake, locks)

    @cached_property
    def run_log(self) -> RunLog:
        """Return what remembers the runs of the profile."""
        return JsonRunLog(self.profile.home / "runs" / self.profile.file_name)

    @cached_property
    def notifier(self) -> "AppriseNotifier":
        """Return what sends messages to the profile's people, of whom there may be none."""
        from streamvision.adapters.notifier.apprise_urls import AppriseNotifier

        return AppriseNotifier(self.profile.notify)

    @cached_property
    def runs(self) -> RunBook:
        """Return what makes the recorders of runs."""
        hidden = partial(without_secrets, self.profile)
        return RunBook(self.run_log, self.clock.now, hidden, self.watching.watcher)

    @cached_property
    def watching(self) -> Watching:
        """Return what watches the runs of the profile."""
        return Watching(
            self.profile,
            self.clock.now,
            self.run_log,
            lambda: self.warehouse,
            # Who only watches does not start an embedded server that was stopped, or make one.
            lambda: self._log_health(self.source_url),
            lambda: [] if self.derives_contracts else self.contracts,
        )

    @cached_property
    def people(self) -> People:
        """Return those who are told of runs."""
        return self.watching.people(self.notifier)

    def tell_people(self, run: RunRecorder, error: Exception | None = None) -> Sequence[Delivery]:
        """Tell people how a run ended, and write down what became of it; nothing is raised."""
        if not self.profile.notify:
            return ()
        told = self.people.tell(run.record, error)
        run.told([delivery.line for delivery in told.deliveries], told.log_bytes)
        return told.deliveries

    def clean_lake(self) -> CleanedLake:
        """Remove what killed extractions have left in the lake."""
        self.lock.check()
        return clean_lake(self.lake, self.lock.check)

    def forget_runs(self, days: int) -> int:
        """Forget the runs that began more than so many days ago; return how many there were."""
        return self.run_log.forget_before(self.clock.now() - timedelta(days=days))

    def simulate(
        self, spec: SimulationSpec, progress: Callable[[str, int], None], defects: Defects | None = None
    ) -> Mapping[str, int]:
        """Bring the source's tables up to date and fill them; return the rows per table."""
        return simulate(self.service_database, spec, progress, defects)

    def simulate_on(
        self, until: date, progress: Callable[[str, int], None], defects: Defects | None = None
    ) -> Mapping[str, int]:
        """Let the simulated service in the source go on to the end of a day; return the rows per table."""
        return go_on(self.service_database, until, progress, defects)

    def simulate_live(
        self, tempo: Tempo, stops: Callable[[], bool], tell: Callable[[Glimpse], None]
    ) -> Glimpse:
        """Let the simulated service in the source live on as the clock goes; return how far it came."""
        return live(self.service_database, tempo, self.clock, stops, tell)

    def simulated(self) -> WorldNote | None:
        """Return which simulated service the source holds and how far it has come; None for none."""
        self.service_database.migrate()
        return read_note(self.service_database.note())

    def extract(self, day: date, run_id: str, progress: Progress) -> Extraction:
        """Carry the source's picture of a day into the lake."""
        self.lock.check()
        return extract(
            self.source,
            self.lake,
            self.contracts_of,
            Batch(day),
            run_id=run_id,
            log=self.change_log if self.profile.extraction == "changes" else None,
            options=Options(
                extracting=self.profile.extraction,
                file_format=self.profile.lake_format,
            ),
            check=self.lock.check,
            progress=progress,
        )

    def load(self, day: date, run_id: str, *, accept_quarantined: bool = False) -> list[LoadedBatch]:
        """Load what the lake has up to a day."""
        self.lock.check()
        return self._loading(run_id, accept_quarantined=accept_quarantined)(self.warehouse, Batch(day))

    def replay(
        self, first: date, last: date | None, run_id: str, *, accept_quarantined: bool = False
    ) -> list[LoadedBatch]:
        """Load days again from the lake alone."""
        self.lock.check()
        return replay(
            self.lake,
            self.warehouse,
            self._loading(run_id, accept_quarantined=accept_quarantined),
            first=Batch(first),
            last=Batch(last) if last else None,
        )

    def rebuild(
        self, until: date | None, run_id: str, *, accept_quarantined: bool = False
    ) -> list[LoadedBatch]:
        """Make the warehouse anew from the lake alone."""
        self.lock.check()
        return rebuild(
            self.lake,
            self.warehouse,
            self._loading(run_id, accept_quarantined=accept_quarantined),
            until=Batch(until) if until else None,
        )

    def _loading(self, run_id: str, *, accept_quarantined: bool) -> Load:
        return lambda warehouse, until: load(
            self.lake,
            warehouse,
            None if self.derives_contracts else self.contracts,
            until=until,
            run_id=run_id,
            loaded_at=self.clock.now,
            accept_quarantined=accept_quarantined,
        )

    def decide(
        self, action: Action, choice: Choice, *, reason: str, run_id: str
    ) -> tuple[Decision | None, Sequence[DecidedRows]]:
        """Decide on rows in quarantine; there may be none that are chosen."""
        self.lock.check()
        contracts = None if self.derives_contracts else self.contracts
        decisions = Decisions(self.lake, self.warehouse, contracts, self.clock.now)
        return decisions.decide(action, choice, reason=reason, run_id=run_id)

    def transform(self, run_id: str) -> BuildSummary:
        """Build and test the models."""
        self.lock.check()
        return transform(self.warehouse, self.transformer, run_id=run_id, now=self.clock.now)

    def prepare_models(self) -> Path:
        """Write down which models there are, for runners that show each of them, and return the file."""
        path = self.profile.home / "airflow" / "manifest.json"
        write_whole(path, self.transformer.describe(self.warehouse.build_place()))
        return path

    def begin_build(self, run_id: str) -> None:
        """Begin to build the models anew, one after the other."""
        self.lock.check()
        begin_parts(self.warehouse, self.transformer, run_id=run_id)

    def build_models(self, names: Sequence[str], run_id: str) -> BuildSummary:
        """Build and test models, after those that they need and that are not there."""
        self.lock.check()
        return build_parts(self.warehouse, self.transformer, names, run_id=run_id)

    def finish_build(self, run_id: str) -> BuildSummary:
        """Build the models that are not there, and do the tests that concern several."""
        self.lock.check()
        return finish_parts(self.warehouse, self.transformer, run_id=run_id, now=self.clock.now)

    def publish(self, run_id: str) -> Publication:
        """Show the tested marts to people."""
        self.lock.check()
        return publish(self.warehouse, run_id=run_id, published_at=self.clock.now())

    def write_parquet(self, folder: Path) -> Mapping[str, int]:
        """Write what is published as Parquet files; return the rows of each table."""
        return write_parquet(self.marts, folder)

    def plan(self, plan: Plan) -> Plan:
        """Return a plan as the profile has it: where it names a Power BI model, that one is refreshed."""
        return refreshing(plan) if self.profile.powerbi else plan

    @cached_property
    def refresher(self) -> Refresher:
        """Return what has the profile's Power BI model read what is published.

        Raises:
            WrongUseError: when the profile names none, or nothing says who signs in.

        """
        from streamvision.adapters.powerbi.service import PowerBIService, Principal

        if not self.profile.powerbi:
            raise WrongUseError(
                f"The profile {self.profile.name!r} names no Power BI model",
                where="`powerbi` of the profile",
                safe="nothing was changed",
                next_command="set STREAMVISION_POWERBI to the model's address in the REST API",
            )
        return PowerBIService(self.profile.powerbi, Principal.of(os.environ), self.clock.pause)

    def _file_lock(self, lake: str) -> RunLock:
        urls = f"{lake} {self.profile.warehouse}"
        return FileLock(self.profile.home / f"run-{sha256(urls.encode()).hexdigest()[:8]}.lock")

    def _running_source_url(self) -> str:
        if self.embedded_server is not None:
            return self.embedded_server.start()
        return self.profile.source


def open_application(
    profile_name: str | None = None, *, derive: bool = False, tables: Sequence[str] = (), views: bool = False
) -> Application:
    """Return the application for a profile, as the environment and the working folder have it.

    Args:
        profile_name: without it, the one that is in use.
        derive: whether contracts follow from the source's catalogue, whatever the profile says.
        tables: instead of the profile's.
        views: whether contracts are derived for views too, whatever the profile says.

    Raises:
        WrongUseError: when there is no such profile, or a part of it is missing or makes no sense.

    """
    profile = load_profile(profile_name, os.environ, Path.cwd())
    check_extra(profile)
    application = Application(with_choice(profile, derive=derive, tables=tables, views=views))
    if application.embedded_server is None:
        choose("source", application.profile.source, dict.fromkeys(("postgresql", "postgres"), check_server))
    checks: dict[str, Callable[[str], None]] = {"file": no_check}
    choose("lake", application.profile.lake, checks | dict.fromkeys(OBJECT_STORES, check_bucket))
    choose("warehouse", application.profile.warehouse, {"duckdb": no_check, "snowflake": check_snowflake})
    return application


def open_marts(profile_name: str | None = None) -> MartReader:
    """Return a reader of a profile's published marts; this is what the dashboards use."""
    return open_application(profile_name).marts
