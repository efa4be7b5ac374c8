"""The change log port over a replication slot and a publication of the same name."""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any, LiteralString

import psycopg

from streamvision.adapters.source.postgres import publication, slot
from streamvision.adapters.source.postgres.errors import SAFE, psycopg_errors
from streamvision.adapters.source.postgres.log_reader import LogReader
from streamvision.adapters.source.postgres.session import SETTINGS
from streamvision.adapters.source.postgres.source import connect
from streamvision.domain.contract import Contract
from streamvision.domain.errors import SourceError, SourceUnreachableError
from streamvision.domain.visibility import parse_visible
from streamvision.ports.source import Covered, LogSegment, Snapshot, TakeChanges

WAIT_SECONDS = 60.0
_NAME = re.compile(r"[a-z0-9_]{1,63}")
_PAUSE_SECONDS = 0.05
_LIMIT_GROWTH = 4
# A commit of ours means that this server has its log on disk; its standbys do not matter here.
_COMMIT = "set synchronous_commit = 'local'"
_SERVER = "select current_setting('wal_level'), pg_is_in_recovery()"
_OLDEST_OPEN = "select pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
# Of other roles' transactions a role may see nothing.
_WHO_IS_OPEN = """
    select text
    from (
        select 'of process ' || pid as text, backend_xid as xid
        from pg_stat_activity
        where backend_xid is not null and pid <> pg_backend_pid()
        union all
        select 'prepared as ' || gid, transaction
        from pg_prepared_xacts
    ) as open
    order by age(xid) desc
    limit 1
"""
_WRITTEN = "select (pg_current_wal_insert_lsn() - '0/0')::bigint"
_FLUSHED = "select (pg_current_wal_flush_lsn() - '0/0')::bigint"


class PostgresChangeLog:
    """Keep and read the log of one PostgreSQL database."""

    def __init__(
        self,
        url: str,
        name: str,
        *,
        wait_seconds: float = WAIT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """Take a libpq URL; no connection is made yet.

        Args:
            url: the database's.
            name: the slot's and the publication's: lower-case letters, digits and _.
            wait_seconds: how long to wait for transactions that are open.
            clock: tells seconds.
            pause: lets seconds pass.

        """
        self.name = name
        self._url, self._wait_seconds, self._clock, self._pause = url, wait_seconds, clock, pause
        self._upto: tuple[str, int] | None = None

    def position(self) -> int | None:
        """Return from where on the log is kept; None where it is not kept (any more)."""
        with self._session() as connection:
            found = slot.slot_named(connection, self.name)
            return None if found is None or found.foreign_because else found.position

    def keep(self, contracts: Sequence[Contract], *, since: str) -> frozenset[str]:
        """Make sure that the log is kept from now on, and that it tells of these tables and of no others.

        The slot comes after the publication: the plugin looks for it as it was when a change was made.
        """
        with self._session() as connection:
            self._check_server(connection)
            found = self._own_slot(connection)
            is_new = publication.publish(connection, self.name, contracts)
            if found is None or found.position is None:
                try:
                    self._make_slot(connection, found)
                except BaseException:
                    if is_new and not connection.broken:
                        publication.unpublish(connection, self.name)
                    raise
                since = ""
            tables = frozenset(contract.table for contract in contracts)
            newly_told = tables - publication.told_since(connection, self.name, contracts, since)
            if newly_told or not since:
                self._wait_for_open_transactions(connection)
            return newly_told

    def read(
        self,
        contracts: Sequence[Contract],
        snapshot: Snapshot,
        take: TakeChanges,
        *,
        covered: Sequence[Covered],
        first_position: int,
        most_changes: int,
    ) -> LogSegment:
        """Read the changes of the next transactions that a snapshot shows and that are not covered.

        What counts towards `most_changes` are the messages of the log, beginnings and ends of transactions
        among them, whichever tables they are about: a segment may have fewer changes.
        """
        visible = parse_visible(snapshot.visible)
        limit = most_changes
        with self._session() as connection:
            upto = self._flushed_upto(connection, snapshot.visible)
            kept_from = self._kept_from(connection)
            while True:
                reader = LogReader(contracts, visible, covered, take, first_position)
                messages = 0
                with closing(slot.stretches(connection, self.name, upto, limit)) as stretches:
                    for stretch in stretches:
                        reader.read(stretch)
                        messages += len(stretch.starts)
                is_last = messages < limit
                if is_last or reader.taken:
                    return _segment(reader, first_position, kept_from, upto, is_last=is_last)
                # Nothing that counts is among the first messages, which will come again: look further.
                limit *= _LIMIT_GROWTH

    def confirm(self, position: int) -> None:
        """Let the source forget the log up to a position; nothing happens where it has already."""
        with self._session() as connection:
            if position > self._kept_from(connection):
                slot.move_on(connection, self.name, position)

    def drop(self) -> bool:
        """Stop keeping the log; return whether it was kept."""
        with self._session() as connection:
            found = slot.slot_named(connection, self.name)
            is_own = found is not None and not found.foreign_because
            if is_own:
                slot.drop_slot(connection, self.name)
            try:
                publication.unpublish(connection, self.name)
            except psycopg.errors.InsufficientPrivilege as error:
                raise publication.not_dropped(self.name) from error
            return is_own

    @contextmanager
    def _session(self) -> Iterator[psycopg.Connection]:
        with connect(self._url) as connection, psycopg_errors(act="read the log of"):
            for setting in (*SETTINGS, _COMMIT):
                connection.execute(setting)
            connection.execute(f"set lock_timeout = {max(1, round(self._wait_seconds * 1000))}".encode())
            yield connection

    def _check_server(self, connection: psycopg.Connection) -> None:
        if not _NAME.fullmatch(self.name):
            # The server would refuse it, or make a shorter name of it.
            mend = "choose a name of at most 63 lower-case letters, digits and _"
            raise self._cannot_keep("a slot cannot have this name", mend)
        wal_level, is_standby = _one(connection, _SERVER)
        if is_standby:
            raise self._cannot_keep("it is a standby", "let the profile name the primary server")
        if wal_level != "logical":
            raise self._cannot_keep(
                f"its wal_level is {wal_level}",
                "have an administrator run ALTER SYSTEM SET wal_level = 'logical' and restart the server",
            )

    def _own_slot(self, connection: psycopg.Connection) -> slot.Slot | None:
        found = slot.slot_named(connection, self.name)
        if found is not None and found.foreign_because:
            raise self._cannot_keep(
                f"it has another slot of this name: {found.foreign_because}",
                f"have its owner drop it (SELECT pg_drop_replication_slot('{self.name}'))",
            )
        return found

    def _make_slot(self, connection: psycopg.Connection, lost: slot.Slot | None) -> None:
        if lost is not None:
            slot.drop_slot(connection, self.name)
        try:
            slot.make_slot(connection, self.name, self._wait_seconds)
        except psycopg.errors.QueryCanceled as error:
            raise self._still_open(connection) from error

    def _wait_for_open_transactions(self, connection: psycopg.Connection) -> None:
        """Wait until all that have begun are seen by everybody, or by nobody ever.

        One that was open when a table was added may have changed it unheard; and one whose commit stands in
        the log before the slot's beginning may still be unseen by a snapshot.
        """
        begun = publication.next_transaction(connection)
        deadline = self._clock() + self._wait_seconds
        while _one(connection, _OLDEST_OPEN)[0] < begun:
            if self._clock() >= deadline:
                raise self._still_open(connection)
            self._pause(_PAUSE_SECONDS)

    def _flushed_upto(self, connection: psycopg.Connection, visible: str) -> int:
        """Return a position before which everything that a snapshot shows was committed, and is on disk.

        A server reads its log only as far as it is on disk, and a snapshot shows commits that are not there.
        """
        if self._upto is None or self._upto[0] != visible:
            self._upto = (visible, _one(connection, _WRITTEN)[0])
        upto = self._upto[1]
        if _one(connection, _FLUSHED)[0] < upto:
            connection.execute("select pg_logical_emit_message(true, 'streamvision', '')")
        deadline = self._clock() + self._wait_seconds
        while _one(connection, _FLUSHED)[0] < upto:
            if self._clock() >= deadline:
                raise SourceUnreachableError(
                    f"The source has not written its log to disk for {self._wait_seconds:g} seconds",
                    where=f"slot {self.name}",
                    safe=SAFE,
                    next_command="check that the server's disk works, then run the same command again",
                )
            self._pause(_PAUSE_SECONDS)
        return upto

    def _kept_from(self, connection: psycopg.Connection) -> int:
        found = self._own_slot(connection)
        if found is None or found.position is None:
            raise SourceError(
                "The source no longer keeps its log of changes for this lake",
                where=f"slot {self.name}",
                safe=SAFE,
                next_command="run the same command again: all tables are then read whole",
            )
        return found.position

    def _cannot_keep(self, why: str, mend: str) -> SourceError:
        return SourceError(
            f"The source cannot keep its log of changes: {why}",
            where=f"slot {self.name}",
            safe=SAFE,
            next_command=f"{mend}, then run the same command again; without a log, set"
            " STREAMVISION_EXTRACTION=snapshot",
        )

    def _still_open(self, connection: psycopg.Connection) -> SourceUnreachableError:
        row = connection.execute(_WHO_IS_OPEN).fetchone()
        who = f" (the oldest is that {row[0]})" if row else ""
        return SourceUnreachableError(
            f"A transaction was open in the source for more than {self._wait_seconds:g} seconds{who}; its"
            " changes might be missed",
            where=f"slot {self.name}",
            safe=SAFE,
            next_command="end the transaction, or wait until it ends, then run the same command again",
        )


def _segment(
    reader: LogReader, first_position: int, kept_from: int, upto: int, *, is_last: bool
) -> LogSegment:
    end = kept_from if reader.end is None else reader.end
    confirmable = kept_from if reader.confirmable is None else reader.confirmable
    if is_last:
        end = max(end, upto)
        confirmable = end if reader.is_whole else confirmable
    return LogSegment(reader.position - first_position, end, confirmable, is_last)


def _one(connection: psycopg.Connection, query: LiteralString) -> tuple[Any, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None  # noqa: S101 - a query without a table has one row
    return tuple(row)
