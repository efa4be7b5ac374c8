"""Looking at the dashboards: from click to drawn, the first page, memory, and many viewers at once.

    python benchmarks/dashboards.py [--sessions 10000000] [--clicks 30] [--viewers 20] [--home DIR]

Takes the published marts of a home (without one, those of a small source), puts a year of so many sessions
into the marts that grow with them, by SQL, and serves that. A click on a device, or on the chip that takes
the filter away, is drawn when nothing on the page changes any more. Each figure is told as a ratio to its
limit.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_server
from tempfile import TemporaryDirectory
from threading import Event, Thread
from urllib.request import ProxyHandler, build_opener

import duckdb
import psutil
from playwright.sync_api import Browser, Page, sync_playwright

MEDIAN_LIMIT, P95_LIMIT, FIRST_LIMIT = 0.5, 1.0, 3.0
"""Seconds."""
MEMORY_LIMIT = 1024.0
"""MiB."""

_CLI = [sys.executable, "-m", "streamvision.entrypoints.cli.main"]
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_QUIET_MILLISECONDS = 700
_PLAY = {
    "content_id": "1 + (hash(i, 1) % 100) * (hash(i, 2) % 60) // 100",
    "user_id": "hash(i, 3) % greatest($sessions // 50, 100)",
    "day": "date '2023-07-02' + (hash(i, 4) % 365)::integer",
    "country_code": "$countries[1 + (hash(i, 5) % len($countries))::integer]",
    "device_type": "['tv', 'mobile', 'tablet', 'desktop', 'console'][1 + (hash(i, 6) % 5)::integer]",
    "plan_code": "$plans[1 + (hash(i, 7) % len($plans))::integer]",
    "resolution": "['SD', 'HD', 'Full HD', '4K'][1 + (hash(i, 8) % 4)::integer]",
}
_SUMS = {
    "attempts": "count(*)",
    "sessions": "count(*)",
    "valid_sessions": "count(*)",
    "watch_seconds": "sum(1200 + user_id % 1800)",
    "playing_seconds": "sum(1200 + user_id % 1800)",
    "buffering_seconds": "sum(user_id % 9)",
    "completion_rate_sum": "count(*) * 0.7",
    "completed_sessions": "count(*) // 2",
}
_GROWING = ("viewer_days", "content_performance_daily", "playback_quality_daily")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sessions", type=int, default=10_000_000)
    parser.add_argument("--clicks", type=int, default=30)
    parser.add_argument("--viewers", type=int, default=20)
    parser.add_argument("--home", type=Path)
    asked = parser.parse_args()
    with TemporaryDirectory(prefix="sv-") as name:
        home = Path(name) / "home"
        _published(home, asked.home)
        _grow(home, asked.sessions)
        with _served(home) as (url, server), _watched(server) as peak, sync_playwright() as playwright:
            path = next(filter(None, map(shutil.which, _BROWSERS)))
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
            _measure(browser, url, asked.clicks, asked.viewers)
            browser.close()
            _tell("memory of the server", peak(), MEMORY_LIMIT, "MiB")


def _measure(browser: Browser, url: str, clicks: int, viewers: int) -> None:
    begun = time.perf_counter()
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.goto(url)
    page.locator(".st-key-kpi-sessions [data-testid=stMetricValue]").wait_for()
    page.locator(".st-key-device-split svg.marks").wait_for()
    _tell("first page", time.perf_counter() - begun, FIRST_LIMIT, "s")
    _settle(page)
    times = [_click(page) for _ in range(clicks)]
    _tell_clicks("from click to drawn", times)
    pages = [page, *(browser.new_page() for _ in range(viewers - 1))]
    for each in pages[1:]:
        each.goto(url)
    for each in pages:
        _settle(each)
    _tell_clicks(f"the same, with {viewers} viewers", [_click(each) for _ in range(2) for each in pages])


def _click(page: Page) -> float:
    """Click on the first device, or take the filter away again; return the seconds until it was drawn."""
    chip = page.locator(".st-key-in-force button")
    page.evaluate(
        """() => {
            window.changed = window.clicked = performance.now();
            window.watcher?.disconnect();
            window.watcher = new MutationObserver(() => { window.changed = performance.now(); });
            const main = document.querySelector('[data-testid=stMain]');
            window.watcher.observe(main, {subtree: true, childList: true, characterData: true});
        }"""
    )
    if chip.count():
        chip.first.click()
        chip.first.wait_for(state="detached")
    else:
        page.locator(".st-key-device-split svg.marks .mark-rect path").first.click()
        chip.first.wait_for()
    _settle(page)
    return float(page.evaluate("(window.changed - window.clicked) / 1000"))


def _settle(page: Page) -> None:
    """Wait until nothing on the page has changed for a while."""
    page.evaluate("window.changed ??= performance.now()")
    page.wait_for_function(
        "quiet => performance.now() - window.changed > quiet && !document.querySelector('[data-stale=true]')",
        arg=_QUIET_MILLISECONDS,
        timeout=120_000,
    )


def _published(home: Path, other: Path | None) -> None:
    """Bring published marts into a home."""
    if other is not None:
        shutil.copytree(other / "warehouse" / "published", home / "warehouse" / "published")
        return
    environment = os.environ | {"STREAMVISION_HOME": str(home)}
    make = [*_CLI, "up", "--no-serve", "--preset", "small", "--date", "2024-06-30"]
    subprocess.run(make, env=environment, check=True)  # noqa: S603 - ours
    subprocess.run([*_CLI, "down"], env=environment, check=True)  # noqa: S603 - ours


def _grow(home: Path, sessions: int) -> None:
    """Put a year of so many sessions into the marts that grow with them."""
    folder = home / "warehouse" / "published"
    pointer = json.loads((folder / "current.json").read_text(encoding="utf-8"))
    with duckdb.connect(str(folder / pointer["file"])) as marts:
        countries, plans = (
            [code for (code,) in marts.execute(f"select distinct {name} from marts.viewer_days").fetchall()]
            for name in ("country_code", "plan_code")
        )
        marts.execute("create temp table titles as select * from marts.content_performance")
        columns = ", ".join(f"{expression} as {name}" for name, expression in _PLAY.items())
        marts.execute(
            f"create temp table plays as select {columns} from range($sessions) as numbers (i)",
            {"sessions": sessions, "countries": countries, "plans": plans},
        )
        for mart in _GROWING:
            _fill(marts, mart)
            (rows,) = marts.execute(f"select count(*) from marts.{mart}").fetchone() or (0,)
            sys.stdout.write(f"{mart}: {rows:,} rows\n")


def _fill(marts: duckdb.DuckDBPyConnection, mart: str) -> None:
    """Replace a mart's rows by those of the plays, summed to its grain; what is not known is nothing."""
    described = marts.execute(f"describe marts.{mart}").fetchall()
    keys, chosen = [], []
    for name, kind, *_ in described:
        if name in _SUMS:
            chosen.append(f"({_SUMS[name]})::{kind} as {name}")
        elif (key := _key(name)) is not None:
            keys.append(key)
            chosen.append(f"({key})::{kind} as {name}")
        else:
            chosen.append(
                f"{'0' if kind.startswith(('BIGINT', 'INT', 'DECIMAL')) else 'null'}::{kind} as {name}"
            )
    marts.execute(
        f"create or replace table marts.{mart} as select {', '.join(chosen)} from plays"
        f" left join titles using (content_id) group by {', '.join(dict.fromkeys(keys))}"
        f" order by {keys[0]}"
    )


def _key(name: str) -> str | None:
    if name.endswith("_date"):
        return "plays.day"
    if name in _PLAY:
        return f"plays.{name}"
    return f"titles.{name}" if name in {"title", "genre", "content_type"} else None


@contextmanager
def _served(home: Path) -> Iterator[tuple[str, psutil.Process]]:
    with create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [*_CLI, "dashboard", "--port", str(port)]
    environment = os.environ | {"STREAMVISION_HOME": str(home)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
    try:
        url, opener = f"http://127.0.0.1:{port}", build_opener(ProxyHandler({}))
        while process.poll() is None:
            try:
                opener.open(f"{url}/_stcore/health", timeout=2).close()
                break
            except OSError:
                time.sleep(0.1)
        yield url, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _watched(command: psutil.Process) -> Iterator[Callable[[], float]]:
    """Watch the memory of the server, and give a function that returns the most it has taken, in MiB."""
    ended, most = Event(), [0.0]

    def watch() -> None:
        while not ended.wait(0.2):
            taken = sum(each.memory_info().rss for each in command.children(recursive=True))
            most[0] = max(most[0], taken / 2**20)

    thread = Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield lambda: most[0]
    finally:
        ended.set()
        thread.join()


def _tell_clicks(what: str, times: list[float]) -> None:
    _tell(f"{what}, median", statistics.median(times), MEDIAN_LIMIT, "s")
    _tell(f"{what}, p95", statistics.quantiles(times, n=20)[-1], P95_LIMIT, "s")


def _tell(what: str, value: float, limit: float, unit: str) -> None:
    verdict = "within" if value <= limit else "OVER"
    sys.stdout.write(f"{what}: {value:.2f} {unit}, {value / limit:.2f} of {limit:g} {unit} ({verdict})\n")


if __name__ == "__main__":
    main()
