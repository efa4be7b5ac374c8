"""Reads the published marts in Snowflake as its reporter, who may read nothing else."""

from collections.abc import Mapping, Sequence
from threading import Lock

import pyarrow as pa
from snowflake.connector.cursor import ResultMetadata

from streamvision.adapters.warehouse.snowflake.address import Address
from streamvision.adapters.warehouse.snowflake.answers import as_elsewhere
from streamvision.adapters.warehouse.snowflake.connection import Session, open_session
from streamvision.adapters.warehouse.snowflake.errors import is_unknown
from streamvision.adapters.warehouse.snowflake.parameters import bound
from streamvision.domain.errors import NothingPublishedError, WarehouseError, WarehouseUnreachableError
from streamvision.ports.marts import Publication

_TAG = "dashboards"
_PUBLICATION = """
    SELECT BATCH_ID, BATCH_DATE, PUBLISHED_AT, PUBLISHED_BY FROM MARTS._PUBLICATION
    WHERE PUBLISHED_AT IS NOT NULL
"""


class PublishedMarts:
    """Answer queries on the last publication. Safe to share between threads.

    A session serves one question at a time and then waits for the next: to open one takes seconds.
    """

    def __init__(self, address: Address) -> None:
        """Take where the warehouse is; nothing need be published yet."""
        self._address = address
        self._lock = Lock()
        self._idle: list[Session] = []
        self._something_is_published = False

    def publication(self) -> Publication:
        """Return what is published now."""
        found = self._published()
        if found is None:
            raise NothingPublishedError(
                "Nothing is published yet",
                where=self._address.shown,
                safe="nothing is lost",
                next_command="streamvision up --no-serve",
            )
        return found

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> pa.Table:
        """Run one SELECT over the schemas marts and core."""
        # What was published once is followed by another publication, never by none.
        if not self._something_is_published:
            self.publication()
        return as_elsewhere(*self._ask(*bound(sql, parameters or {})))

    def close(self) -> None:
        """End the sessions that wait."""
        with self._lock:
            sessions, self._idle = self._idle, []
        for session in sessions:
            session.close()

    def _published(self) -> Publication | None:
        try:
            rows = as_elsewhere(*self._ask(_PUBLICATION, ())).to_pylist()
        except WarehouseError as error:
            if is_unknown(error):
                return None
            raise
        for row in rows:
            self._something_is_published = True
            return Publication(row["batch_id"], row["batch_date"], row["published_at"], row["published_by"])
        return None

    def _ask(self, sql: str, parameters: Sequence[object]) -> tuple[pa.Table, Sequence[ResultMetadata]]:
        """Ask in a session that waits, or in a new one; where one was lost meanwhile, in another."""
        while True:
            with self._lock:
                waiting = self._idle.pop() if self._idle else None
            session = waiting or open_session(self._address, "report", _TAG)
            try:
                answer = session.described(sql, parameters)
            except WarehouseUnreachableError:
                session.close()
                if waiting is None:
                    raise
                continue
            except BaseException:
                session.close()
                raise
            with self._lock:
                self._idle.append(session)
            return answer
