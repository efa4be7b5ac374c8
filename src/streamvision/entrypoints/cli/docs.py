"""The command that shows what the models are."""

import errno
import signal
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from streamvision.bootstrap import open_application
from streamvision.domain.errors import HomeError, PortInUseError
from streamvision.entrypoints.cli.options import FormatOption, OutputFormat, ProfileOption
from streamvision.entrypoints.cli.output import note, show
from streamvision.entrypoints.cli.serving import ADDRESS
from streamvision.files import write_whole

_PAGE = "index.html"


def docs(
    *,
    serving: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Serve the page until Ctrl-C, or only write it.")
    ] = True,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to",
            metavar="FOLDER",
            help="Where index.html is written; without it, a folder of what lives on this machine.",
        ),
    ] = None,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Where the page is served.")] = 8502,
    profile: ProfileOption = None,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Show the models: their columns and tests, their SQL, and what is made from what.

    One page of HTML that needs no other file, on the tables that were published last. It asks no host for
    anything, and listens on this machine alone.
    """
    application = open_application(profile)
    server = _listening(port) if serving else None
    try:
        note("docs: reading the models and the published tables")
        content = application.catalogue()
        path = (to or application.profile.home / "docs" / "page") / _PAGE
        try:
            write_whole(path, content)
        except OSError as error:
            raise HomeError.from_os_error(error, str(path)) from error
        url = f"http://{ADDRESS}:{port}" if serving else None
        show(output, {"page": path.resolve(), "url": url}, [f"The catalogue is in {path}."])
        if server is not None:
            server.content = content
            _serve(server)
    finally:
        if server is not None:
            server.server_close()


class _Server(ThreadingHTTPServer):
    """Answer with one page.

    Attributes:
        content: the page.

    """

    daemon_threads = True
    content = b""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        """Answer with the page."""
        self._answer(with_content=True)

    def do_HEAD(self) -> None:
        """Answer without the page."""
        self._answer(with_content=False)

    def log_message(self, *_: object) -> None:
        """Stay silent."""

    def _answer(self, *, with_content: bool) -> None:
        if self.path.partition("?")[0] not in {"/", f"/{_PAGE}"}:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(self.server.content)))
        self.send_header("Cache-Control", "no-cache")
        self.end_headers()
        if with_content:
            self.wfile.write(self.server.content)


def _listening(port: int) -> _Server:
    """Take the port before the work is done, so that nobody waits for nothing."""
    try:
        return _Server((ADDRESS, port), _Handler)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise PortInUseError(
            f"The port {port} is in use",
            where=f"{ADDRESS}:{port}",
            safe="nothing was changed",
            next_command=f"streamvision docs --port {port + 1}, or `streamvision docs --no-serve`",
        ) from error


def _serve(server: _Server) -> None:
    signal.signal(signal.SIGTERM, _interrupt)
    url = f"http://{ADDRESS}:{server.server_port}"
    note(f"The catalogue is at {url} (Ctrl-C ends it; {_PAGE} stays).")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        note("The catalogue is served no more.")


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
