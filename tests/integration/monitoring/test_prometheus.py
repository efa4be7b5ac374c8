"""Metrics are files that Prometheus's own parser reads, or arrive at a Pushgateway."""

import base64
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from streamvision.adapters.metrics.prometheus import PrometheusMetrics
from streamvision.domain.alert import AlertLimits
from streamvision.domain.errors import MonitoringError
from streamvision.pipeline.watch.metrics import METRICS, samples_of
from streamvision.ports.monitor import EndOfRun, Figures, Sample
from tests.fakes.monitoring import NOW, account, run
from tests.integration.monitoring.conftest import SECRET
from tests.support.receiver import Receiver

PROFILE = 'prod "1"\\'
SAMPLES = samples_of(Figures(PROFILE, NOW, [run()], [account(table="größe")]), AlertLimits())
END = EndOfRun(run(), SAMPLES)
_WRITES_FOR_EVER = """
import sys
from streamvision.adapters.metrics.prometheus import PrometheusMetrics
from streamvision.pipeline.watch.metrics import METRICS
from tests.integration.monitoring.test_prometheus import END
metrics = PrometheusMetrics(sys.argv[1], "p", "p", METRICS)
print("begun", flush=True)
while True:
    metrics.run_ended(END)
"""


def metrics(url: str) -> PrometheusMetrics:
    """Return what gives metrics to a URL."""
    return PrometheusMetrics(url, PROFILE, "prod", METRICS)


def parsed(text: str) -> dict[str, dict[frozenset[tuple[str, str]], float]]:
    """Return what Prometheus's parser reads, by metric and labels; each is a gauge with its help."""
    found: dict[str, dict[frozenset[tuple[str, str]], float]] = {}
    for family in text_string_to_metric_families(text):
        assert (family.type, family.documentation) == ("gauge", METRICS[family.name])
        found[family.name] = {frozenset(each.labels.items()): each.value for each in family.samples}
    return found


def expected(samples: Iterable[Sample]) -> dict[str, dict[frozenset[tuple[str, str]], float]]:
    """Return samples as the parser reads them."""
    found: dict[str, dict[frozenset[tuple[str, str]], float]] = {}
    for sample in samples:
        found.setdefault(sample.name, {})[frozenset(sample.labels)] = sample.value
    return found


def test_a_file_holds_every_sample(tmp_path: Path) -> None:
    """With any character in a name, and no other file is left beside it."""
    folder = tmp_path / "node exporter"
    metrics(f"file://{tmp_path}/node%20exporter").run_ended(END)
    (path,) = folder.iterdir()
    assert path.name == "streamvision_prod.prom"
    assert parsed(path.read_text(encoding="utf-8")) == expected(SAMPLES)


def test_the_metrics_of_the_run_before_are_gone(tmp_path: Path) -> None:
    """A table that is no longer there has no figures."""
    subject = metrics(f"file://{tmp_path}")
    subject.run_ended(END)
    subject.run_ended(EndOfRun(run(), SAMPLES[:1]))
    assert parsed((tmp_path / "streamvision_prod.prom").read_text(encoding="utf-8")) == expected(SAMPLES[:1])


def test_a_kill_leaves_a_file_that_is_whole(tmp_path: Path) -> None:
    """Whenever somebody reads it: it comes by a rename."""
    for _ in range(3):
        with subprocess.Popen(  # noqa: S603 - our own code, no shell
            [sys.executable, "-c", _WRITES_FOR_EVER, f"file://{tmp_path}"],
            cwd=Path(__file__).parents[3],
            stdout=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"begun\n"
            path = tmp_path / "streamvision_p.prom"
            while not path.exists():
                pass
            for _ in range(20):
                assert parsed(path.read_text(encoding="utf-8")) == expected(SAMPLES)
            os.kill(process.pid, signal.SIGKILL)
        assert parsed(path.read_text(encoding="utf-8")) == expected(SAMPLES)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """With what the system said."""
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(MonitoringError, match="a file cannot be written: "):
        metrics(f"file://{tmp_path}/file").run_ended(END)


def test_a_pushgateway_gets_every_sample(server: Receiver) -> None:
    """In a group of the profile's own, in place of what was there."""
    metrics(server.url).run_ended(END)
    (request,) = server.requests
    assert request.method == "PUT"
    group = base64.urlsafe_b64encode(PROFILE.encode()).decode()
    assert request.path.startswith("/metrics/job/streamvision/profile")
    assert request.path.endswith(("/prod%20%221%22%5C", "/prod+%221%22%5C", group))
    assert parsed(request.body.decode()) == expected(SAMPLES)


def test_a_pushgateway_may_want_a_login(server: Receiver) -> None:
    """From the URL, percent-encoded there."""
    metrics(f"http://user:{SECRET}%40@127.0.0.1:{server.port}/prefix").run_ended(END)
    (request,) = server.requests
    assert request.path.startswith("/prefix/metrics/job/")
    login = base64.b64encode(f"user:{SECRET}@".encode()).decode()
    assert request.headers["authorization"] == f"Basic {login}"


@pytest.mark.parametrize("status", [401, 500])
def test_a_pushgateway_that_refuses_is_told_without_secrets(server: Receiver, status: int) -> None:
    """And so is one that does not answer."""
    server.status = status
    for port in (server.port, 1):
        with pytest.raises(MonitoringError) as refused:
            metrics(f"http://user:{SECRET}@127.0.0.1:{port}").run_ended(END)
        assert refused.value.what.startswith("the Pushgateway does not take them: ")
        assert SECRET not in str(refused.value)
