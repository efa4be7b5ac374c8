"""Gives the metrics of runs to Prometheus: as a file for its node exporter, or through a Pushgateway."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlsplit

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import basic_auth_handler, default_handler, push_to_gateway

from streamvision.domain.errors import MonitoringError
from streamvision.files import write_whole
from streamvision.ports.monitor import EndOfRun, Sample
from streamvision.ports.run_log import RunRecord

JOB = "streamvision"
_TIMEOUT_SECONDS = 5.0


class PrometheusMetrics:
    """Give all metrics of a profile after each run; those of the run before are gone."""

    name = "metrics"
    wants_samples = True

    def __init__(self, url: str, profile: str, file_name: str, helps: Mapping[str, str]) -> None:
        """Take a `file:///folder` or the URL of a Pushgateway, and what each metric means.

        Args:
            url: where to.
            profile: whose runs these are; what others have pushed there stays.
            file_name: what the file is called by.
            helps: what each metric means, by its name.

        """
        self._url, self._profile, self._helps = url, profile, helps
        self._file_name = f"streamvision_{file_name}.prom"

    def step_started(self, record: RunRecord) -> None:
        """Hear it: the end of the run tells of its steps."""

    def step_ended(self, record: RunRecord) -> None:
        """Hear it: the end of the run tells of its steps."""

    def run_ended(self, end: EndOfRun) -> None:
        """Give the metrics as they are after a run."""
        registry = self._registry(end.samples)
        if self._url.startswith("file://"):
            self._write(generate_latest(registry))
        else:
            self._push(registry)

    def _registry(self, samples: Sequence[Sample]) -> CollectorRegistry:
        registry = CollectorRegistry()
        gauges: dict[str, Gauge] = {}
        for sample in samples:
            if sample.name not in gauges:
                names = [name for name, _ in sample.labels]
                gauges[sample.name] = Gauge(sample.name, self._helps[sample.name], names, registry=registry)
            gauges[sample.name].labels(**dict(sample.labels)).set(sample.value)
        return registry

    def _write(self, text: bytes) -> None:
        folder = Path(unquote(urlsplit(self._url).path))
        # The node exporter reads files that end with .prom, whenever it likes: one comes whole, by a rename.
        try:
            write_whole(folder / self._file_name, text)
        except OSError as error:
            raise self._failed(f"a file cannot be written: {error.strerror or error}") from error

    def _push(self, registry: CollectorRegistry) -> None:
        url = urlsplit(self._url)
        secrets = unquote(url.username or ""), unquote(url.password or "")
        handler = partial(_with_login, *secrets) if url.username else default_handler
        try:
            push_to_gateway(
                url._replace(netloc=url.netloc.rpartition("@")[2]).geturl(),
                job=JOB,
                registry=registry,
                grouping_key={"profile": self._profile},
                timeout=_TIMEOUT_SECONDS,
                handler=handler,
            )
        except OSError as error:
            # An address in the error's text may hold a password; its reason does not.
            reason = (
                getattr(error, "reason", None) or getattr(error, "strerror", None) or type(error).__name__
            )
            raise self._failed(f"the Pushgateway does not take them: {reason}") from error

    def _failed(self, what: str) -> MonitoringError:
        return MonitoringError(
            what,
            where="`metrics` of the profile",
            safe="the run and its data are not concerned",
            next_command="streamvision profile show",
        )


def _with_login(
    user: str,
    password: str,
    url: str,
    method: str,
    timeout: float | None,
    headers: list[tuple[str, str]],
    data: bytes,
) -> Callable[[], None]:
    return basic_auth_handler(url, method, timeout, headers, data, user, password)
