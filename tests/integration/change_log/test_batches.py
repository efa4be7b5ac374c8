"""Whatever transactions overlap the batches: folded, their changes are what each snapshot shows."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from typing import LiteralString

import psycopg
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from streamvision.domain.contract import Contract
from streamvision.ports.source import Covered
from tests.integration.change_log.logged import Logged, Row, folded, rows_in
from tests.support.embedded_postgres import EmbeddedPostgres

WRITERS = 3
KEYS = 5
_NAMES = count(1)
TABLES = (
    "create table one (id int primary key, note text, body text)",
    "create table two (a int, b int, note text, primary key (b, a))",
    "create table whole (id int primary key, body text, note text)",
    "alter table whole replica identity full",
    # What does not fit into the row's page is stored apart, however small.
    *(f"alter table {table} set (toast_tuple_target = 128)" for table in ("one", "whole")),
    *(f"alter table {table} alter column body set storage external" for table in ("one", "whole")),
)
STATEMENTS: tuple[LiteralString, ...] = (
    "insert into one values (%(k)s, %(v)s, repeat(%(v)s::text, 3000)) on conflict do nothing",
    "update one set note = %(v)s where id = %(k)s",
    "update one set id = %(v)s where id = %(k)s and not exists (select from one where id = %(v)s)",
    "update one set body = %(v)s where id = %(k)s",
    "delete from one where id = %(k)s",
    "insert into two values (%(k)s, %(v)s, 'n') on conflict do nothing",
    "update two set note = %(v)s where a = %(k)s",
    "update two set b = b + 10 where a = %(k)s and not exists (select from two as t where t.b = two.b + 10)",
    "delete from two where a = %(k)s",
    "insert into whole values (%(k)s, repeat(%(v)s::text, 3000), 'n') on conflict do nothing",
    "update whole set note = %(v)s where id = %(k)s",
    "update whole set id = %(v)s where id = %(k)s and not exists (select from whole where id = %(v)s)",
    "delete from whole where id = %(k)s",
)
TRUNCATIONS: tuple[LiteralString, ...] = ("truncate one", "truncate one, two", "truncate whole")


@dataclass(frozen=True)
class Act:
    """Say what a writer does, or that a batch is made."""

    kind: str
    writer: int = 0
    statement: LiteralString = ""
    key: int = 0
    value: int = 0
    most_changes: int = 1
    confirms: bool = True


numbers = st.integers(0, KEYS - 1)
writes = st.builds(
    Act, st.just("write"), st.integers(0, WRITERS - 1), st.sampled_from(STATEMENTS), numbers, numbers
)
truncations = st.builds(
    Act, st.just("write"), st.integers(0, WRITERS - 1), st.sampled_from(TRUNCATIONS), numbers, numbers
)
endings = st.builds(
    Act,
    st.sampled_from(["commit", "commit", "commit", "rollback", "savepoint", "rollback to savepoint here"]),
    st.integers(0, WRITERS - 1),
)
batches = st.builds(
    Act, st.just("batch"), most_changes=st.sampled_from([3, 20, 10_000]), confirms=st.booleans()
)
acts = st.one_of(writes, writes, writes, truncations, endings, endings, batches)


class World:
    """Write through some connections, and make batches meanwhile."""

    def __init__(self, logged: Logged, connections: Sequence[psycopg.Connection]) -> None:
        """Begin with a first picture."""
        self.logged, self.connections = logged, connections
        self.contracts: list[Contract] = logged.contracts()
        logged.log.keep(self.contracts, since="")
        with logged.snapshot() as snapshot:
            self.state: dict[str, list[Row]] = {
                contract.table: rows_in(snapshot, contract) for contract in self.contracts
            }
            self.visible = snapshot.visible
        self.position = 0

    def act(self, act: Act) -> None:
        """Do what is said."""
        if act.kind == "batch":
            self._make_batch(act)
        elif act.kind == "write":
            self._write(self.connections[act.writer], act)
        else:
            self._end(self.connections[act.writer], act.kind)

    def _write(self, connection: psycopg.Connection, act: Act) -> None:
        try:
            # A subtransaction, which has a number of its own.
            with connection.transaction():
                connection.execute("set local lock_timeout = '10ms'")
                connection.execute(act.statement, {"k": act.key, "v": act.value})
        except (psycopg.errors.LockNotAvailable, psycopg.errors.UniqueViolation):
            return
        if act.statement.startswith("truncate"):
            # Until then nobody can read the table.
            connection.commit()

    def _end(self, connection: psycopg.Connection, kind: str) -> None:
        if kind == "commit":
            connection.commit()
        elif kind == "rollback":
            connection.rollback()
        elif kind == "savepoint":
            connection.execute("savepoint here")
        elif connection.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS:
            try:
                connection.execute("rollback to savepoint here")
            except psycopg.errors.InvalidSavepointSpecification:
                connection.rollback()

    def _make_batch(self, act: Act) -> None:
        with self.logged.snapshot() as snapshot:
            read = self.logged.read(
                snapshot,
                [Covered(self.visible)],
                contracts=self.contracts,
                most_changes=act.most_changes,
                confirms=act.confirms,
                first_position=self.position,
            )
            found = [row["_position"] for rows in read.rows.values() for row in rows]
            count_ = sum(segment.changes for segment in read.segments)
            assert sorted(found) == list(range(self.position, self.position + count_))
            self.position += count_
            for contract in self.contracts:
                before, changes = self.state[contract.table], read.rows.get(contract.table, [])
                after = folded(before, changes, contract.key)
                shown = rows_in(snapshot, contract)
                assert _in_order(after, contract) == _in_order(shown, contract)
                self.state[contract.table] = after
            self.visible = snapshot.visible


def _in_order(rows: Sequence[Row], contract: Contract) -> list[Row]:
    return sorted(rows, key=lambda row: [row[name] for name in contract.key])


@settings(
    max_examples=12,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(st.lists(acts, min_size=10, max_size=60))
def test_changes_folded_over_the_first_picture_are_every_later_one(
    embedded_server: EmbeddedPostgres, script: list[Act]
) -> None:
    """Over three writers with savepoints and rollbacks; segments of any size; slots that are moved or not."""
    logged = Logged(embedded_server.new_database(), f"batches_{next(_NAMES)}")
    logged.run(*TABLES)
    try:
        with ExitStack() as stack:
            writers = [stack.enter_context(psycopg.connect(logged.url)) for _ in range(WRITERS)]
            world = World(logged, writers)
            for act in script:
                world.act(act)
            for writer in writers:
                writer.commit()
            world.act(Act("batch"))
            world.act(Act("batch"))
    finally:
        logged.log.drop()
