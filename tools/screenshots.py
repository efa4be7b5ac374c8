"""Makes pictures of every page of the dashboards, in both languages, light and dark: `make screenshots`.

The dashboards of the folder STREAMVISION_HOME are shown; without it, a source of the preset `report` is made.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from streamvision.assets import asset
from streamvision.bootstrap import open_application

_PICTURES = Path(__file__).resolve().parent.parent / "docs" / "images"
_MOST_BYTES = 250_000
_WIDTH = 1280
_HIGHEST = 2600
_PATIENCE_SECONDS = 120
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MODULE = [sys.executable, "-m", "streamvision.entrypoints.cli.main"]


def main() -> int:
    """Make the pictures, and return the exit code."""
    browser_path = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if browser_path is None:
        sys.stderr.write("There is no Chromium. Next: apt-get install chromium\n")
        return 1
    sys.path.insert(0, str(asset("dashboards/web")))
    from streamvision_web.language import LANGUAGES  # noqa: PLC0415 - now it is on the path
    from streamvision_web.site import FIRST, PAGES, TITLE  # noqa: PLC0415

    with _home() as home, _served(home) as url, sync_playwright() as playwright:
        titled = f"&title={_most_watched(home)}"
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        for page in (page for page in PAGES if not page.hidden):
            for code in LANGUAGES:
                for theme in ("light", "dark"):
                    target = _PICTURES / f"{page.path}-{code}-{theme}.png"
                    path = "" if page is FIRST else page.path
                    more = titled if page is TITLE else ""
                    _picture(browser, f"{url}/{path}?lang={code}{more}", theme, target)
        browser.close()
    return 0


@contextmanager
def _home() -> Iterator[Path]:
    """Give a home with published marts."""
    if named := os.environ.get("STREAMVISION_HOME"):
        yield Path(named).resolve()
        return
    with tempfile.TemporaryDirectory(prefix="sv-") as folder:
        environment = os.environ | {"STREAMVISION_HOME": folder}
        try:
            subprocess.run([*_MODULE, "up", "--no-serve"], env=environment, check=True)  # noqa: S603 - ours
            yield Path(folder)
        finally:
            subprocess.run([*_MODULE, "down"], env=environment, check=False)  # noqa: S603 - ours


def _most_watched(home: Path) -> int:
    """Return the title that most is to be said of."""
    os.environ["STREAMVISION_HOME"] = str(home)
    found = open_application().marts.query(
        "select content_id from marts.content_performance order by watch_seconds desc, content_id limit 1"
    )
    return int(found["content_id"][0].as_py())


@contextmanager
def _served(home: Path) -> Iterator[str]:
    """Serve the home's dashboards."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = subprocess.Popen(  # noqa: S603 - ours
        [*_MODULE, "dashboard", "--port", str(port)], env=os.environ | {"STREAMVISION_HOME": str(home)}
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{url}/_stcore/health", server)
        yield url
    finally:
        server.terminate()
        server.wait()


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            with opener.open(url, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("The dashboards do not answer.")


def _picture(browser: Browser, url: str, theme: str, target: Path) -> None:
    context = browser.new_context(
        viewport={"width": _WIDTH, "height": 900}, color_scheme="dark" if theme == "dark" else "light"
    )
    page = context.new_page()
    page.set_default_timeout(_PATIENCE_SECONDS * 1000)
    page.goto(url)
    _settle(page)
    height = page.evaluate("document.querySelector('[data-testid=stMainBlockContainer]').scrollHeight")
    page.set_viewport_size({"width": _WIDTH, "height": min(int(height) + 20, _HIGHEST)})
    _settle(page)
    page.screenshot(path=target)
    context.close()
    _shrink(target)
    sys.stdout.write(f"{target} {target.stat().st_size // 1000} kB\n")


def _settle(page: Page) -> None:
    """Wait until the page has stood still for a while."""
    page.get_by_test_id("stMain").get_by_role("heading", level=2).first.wait_for()
    still, before = 0, ""
    while still < 4:  # noqa: PLR2004 - two seconds
        page.wait_for_timeout(500)
        now = page.evaluate("document.body.innerHTML.length + ' ' + document.images.length")
        running = page.get_by_test_id("stStatusWidget").count()
        still, before = (still + 1 if now == before and not running else 0), now


def _shrink(target: Path) -> None:
    """Keep no more colours than pages have: a picture of figures loses nothing by it."""
    from PIL import Image  # noqa: PLC0415 - Streamlit brings it

    with Image.open(target) as picture:
        few = picture.convert("RGB").quantize(method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(target, optimize=True)
    if target.stat().st_size > _MOST_BYTES:
        raise SystemExit(f"{target} is larger than {_MOST_BYTES:,} bytes")


if __name__ == "__main__":
    raise SystemExit(main())
