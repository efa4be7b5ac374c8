"""Serves the dashboards on this machine, in a process of their own."""

import errno
import fcntl
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from streamvision.assets import asset
from streamvision.bootstrap import Application
from streamvision.domain.errors import PortInUseError, StreamVisionError, WrongUseError
from streamvision.entrypoints.cli.login import CLIENT_SECRET, check_open, login_of, written
from streamvision.entrypoints.cli.output import note
from streamvision.settings import config_file

ADDRESS = "127.0.0.1"
PortOption = Annotated[int, typer.Option("--port", min=1, max=65535, help="Where the dashboards listen.")]
_POLL_SECONDS = 0.2


def check_port(port: int, address: str = ADDRESS) -> None:
    """Make sure that the dashboards can listen on a port.

    Raises:
        PortInUseError: when something else does.

    """
    with socket.socket() as probe:
        # As the server will: a port that a closed connection still lingers on is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE and address != ADDRESS:
                raise WrongUseError(
                    f"The dashboards cannot listen on {address}:{port}: {error.strerror}",
                    where="--address",
                    safe="nothing was changed",
                    next_command="name one of this machine's own addresses",
                ) from error
            raise PortInUseError(
                f"The port {port} is in use",
                where=f"{address}:{port}",
                safe="nothing was changed",
                next_command=f"streamvision dashboard --port {port + 1}, or stop what listens there"
                " (`streamvision down` stops dashboards of this folder)",
            ) from error


def serve(
    application: Application, port: int, address: str = ADDRESS, *, without_login: bool = False
) -> None:
    """Serve the dashboards until this process is interrupted or told to end.

    Args:
        application: of which profile.
        port: where they listen.
        address: on which of the machine's addresses; any but its own to itself is open to others.
        without_login: that others may look without one.

    Raises:
        WrongUseError: when others would reach them without a login, or the login makes no sense.
        NothingPublishedError: when no run has published yet.
        PortInUseError: when something else listens on the port.

    """
    login = login_of(os.environ)
    check_open(address, login, without_login=without_login)
    application.marts.publication()
    check_port(port, address)
    folder = asset("dashboards/web")
    command = [sys.executable, "-m", "streamvision_web.serving", "run", str(folder / "app.py")]
    command += ["--server.address", address, "--server.port", str(port), "--server.headless", "true"]
    url = application.profile.dashboard_url or f"http://{ADDRESS}:{port}"
    with _known(application.profile.home, port), written(login, url) as (options, told):
        server = subprocess.Popen(  # noqa: S603 - our own command, no shell
            command + options,
            cwd=folder,
            env=environment_of(application) | told,
            stdout=subprocess.DEVNULL,
        )
        signal.signal(signal.SIGTERM, _interrupt)
        try:
            _tell_when_ready(server, port)
            server.wait()
        except KeyboardInterrupt:
            note("The dashboards are stopped; the data stay.")
        finally:
            server.terminate()
            server.wait()
    if server.returncode > 0:
        raise StreamVisionError(
            f"The dashboards ended by themselves with code {server.returncode}",
            where=f"{ADDRESS}:{port}",
            safe="the data are as they were",
            next_command="read what they printed above, then `streamvision dashboard`",
        )


def stop_serving(home: Path) -> bool:
    """Stop the dashboards that a process of this folder serves, and return whether there were any."""
    path = _process_file(home)
    if not path.exists():
        return False
    with path.open("r+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.kill(int(file.read().split()[0]), signal.SIGTERM)
            # The lock is free when that process has ended.
            fcntl.flock(file, fcntl.LOCK_EX)
            return True
    return False


@contextmanager
def _known(home: Path, port: int) -> Iterator[None]:
    """Let `stop_serving` find this process: who holds the lock on the file is alive."""
    path = _process_file(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise PortInUseError(
                "The dashboards of this folder are served already",
                where=f"http://{ADDRESS}:{file.read().split()[-1]}",
                safe="they go on",
                next_command="open that address, or `streamvision down` first",
            ) from error
        file.truncate(0)
        file.write(f"{os.getpid()} {port}\n")
        file.flush()
        yield


def _process_file(home: Path) -> Path:
    return home / "dashboards.lock"


def environment_of(application: Application) -> dict[str, str]:
    """Tell the server which profile it shows; it runs in another folder than this process."""
    profile = application.profile
    told = {"STREAMVISION_HOME": str(profile.home), "STREAMVISION_PROFILE": profile.name}
    config = config_file(os.environ, Path.cwd())
    if config is not None:
        told["STREAMVISION_CONFIG"] = str(config)
    # The server reads the secret from its own file.
    return {name: value for name, value in os.environ.items() if name != CLIENT_SECRET} | told


def _tell_when_ready(server: subprocess.Popen[bytes], port: int) -> None:
    health = f"http://{ADDRESS}:{port}/_stcore/health"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while server.poll() is None:
        with suppress(urllib.error.URLError, OSError), opener.open(health, timeout=2):
            note(f"The dashboards are at http://{ADDRESS}:{port} (Ctrl-C stops them; the data stay).")
            return
        with suppress(subprocess.TimeoutExpired):
            server.wait(_POLL_SECONDS)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
