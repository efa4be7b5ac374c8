"""What the log tells of a batch's changes."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import psycopg
import pyarrow as pa
import pytest

from streamvision.domain.contract import Contract
from streamvision.domain.errors import SourceError
from streamvision.ports.source import Covered
from tests.integration.change_log.logged import Logged, folded, rows_in

# Large and hard to compress, so that PostgreSQL stores it apart and does not repeat it in the log.
LARGE = "(select string_agg(md5(n::text), '') from generate_series(1, 200) as n)"


def test_inserts_updates_deletes_and_truncation_come_in_order(logged: Logged) -> None:
    """With where and when they were committed."""
    first = logged.begin()
    logged.run(
        "insert into people values (1, 'Ada'), (2, '')",
        "update people set name = 'Eve' where id = 2",
        "delete from people where id = 1",
        "truncate people",
        "insert into people values (3, null)",
    )
    read, _ = logged.read_now(first, first_position=40)
    assert read.told == [
        ("insert", 1, "Ada"),
        ("insert", 2, ""),
        ("update", 2, "Eve"),
        ("delete", 1),
        ("truncate",),
        ("insert", 3),
    ]
    rows = read.rows["people"]
    assert [row["_position"] for row in rows] == list(range(40, 46))
    assert rows[0]["_commit_lsn"] == rows[1]["_commit_lsn"] < rows[2]["_commit_lsn"]
    age = datetime.now(UTC) - rows[0]["_committed_at"]
    assert timedelta(0) <= age < timedelta(minutes=5)
    assert [segment.is_last for segment in read.segments] == [True]
    assert read.segments[0].changes == 6


def test_a_changed_key_is_a_delete_and_an_update(logged: Logged) -> None:
    """Also a swap of two keys, which passes by a third."""
    first = logged.begin()
    logged.run(
        "insert into people values (1, 'Ada'), (2, 'Eve')",
        "begin; update people set id = 3 where id = 1; update people set id = 1 where id = 2;"
        " update people set id = 2 where id = 3; commit",
    )
    read, _ = logged.read_now(first)
    assert read.told[2:] == [
        ("delete", 1),
        ("update", 3, "Ada"),
        ("delete", 2),
        ("update", 1, "Eve"),
        ("delete", 3),
        ("update", 2, "Ada"),
    ]
    moved = [row["_moved_from"] for row in read.rows["people"]]
    assert moved == [None, None, None, 2, None, 4, None, 6]


@pytest.mark.parametrize("identity", ["default", "full"])
def test_large_values_that_stay_are_named_or_repeated(logged: Logged, identity: str) -> None:
    """By the columns' names where the old row is not told; with its value where it is."""
    logged.run(f"alter table people replica identity {identity}")
    first = logged.begin()
    logged.run(
        f"insert into people select 1, 'Ada', {LARGE}",
        "update people set name = 'Eve'",
        "update people set id = 2",
    )
    with logged.snapshot() as snapshot:
        read = logged.read(snapshot, [Covered(first)])
        (contract,) = logged.contracts()
        assert folded([], read.rows["people"], ["id"]) == rows_in(snapshot, contract)
    named = [row["_unchanged"] for row in read.rows["people"]]
    repeated: list[str | None] = [None, None, None, None]
    assert named == (repeated if identity == "full" else [None, '["body"]', None, '["body"]'])


def test_a_large_key_that_stays_is_told(logged: Logged) -> None:
    """The source repeats it, though it does not repeat other large values."""
    logged.run(
        "create table large (key text primary key, note text)",
        "alter table large alter column key set storage external",
        "alter table large set (toast_tuple_target = 128)",
    )
    first = logged.begin()
    logged.run(
        f"insert into large select left({LARGE}, 2500), 'a'",
        "update large set note = 'b'",
        "delete from large",
    )
    read, _ = logged.read_now(first)
    assert [operation for operation, *_ in read.told] == ["insert", "update", "delete"]
    assert len({key for _, key, *_ in read.told}) == 1


def test_what_was_rolled_back_is_not_told(logged: Logged) -> None:
    """Neither a transaction nor a part of one."""
    first = logged.begin()
    with psycopg.connect(logged.url) as connection:
        connection.execute("insert into people values (1)")
        connection.rollback()
        connection.execute("insert into people values (2)")
        connection.execute("savepoint here")
        connection.execute("insert into people values (3)")
        connection.execute("rollback to savepoint here")
        connection.execute("insert into people values (4)")
    read, _ = logged.read_now(first)
    assert read.told == [("insert", 2), ("insert", 4)]


def test_each_committed_change_belongs_to_one_batch(logged: Logged) -> None:
    """However commits and snapshots follow one another; where changes stand in the log does not matter."""
    known = [logged.begin()]
    told = []
    with psycopg.connect(logged.url) as early, psycopg.connect(logged.url) as late:
        early.execute("insert into people values (1)")
        with late.transaction():
            late.execute("insert into people values (2)")
        told.append(_next(logged, known))
        early.execute("savepoint a")
        early.execute("insert into people values (3)")
        late.execute("insert into people values (4)")
        early.execute("release savepoint a")
        told.append(_next(logged, known))
        late.commit()
        told.append(_next(logged, known))
        early.execute("insert into people values (5)")
        early.commit()
        told.append(_next(logged, known))
        told.append(_next(logged, known))
    assert told == [[2], [], [4], [1, 3, 5], []]


def _next(logged: Logged, known: list[str]) -> list[int]:
    read, visible = logged.read_now(known[-1])
    known.append(visible)
    return [row[1] for row in read.told]


def test_a_commit_that_is_not_yet_on_disk_is_read(logged: Logged) -> None:
    """A snapshot shows it at once, and the server reads its log no further than on disk; nobody waits."""
    first = logged.begin()

    def fail(_seconds: float) -> None:
        raise AssertionError

    hasty = Logged(logged.url, logged.log.name, pause=fail)
    with psycopg.connect(logged.url, autocommit=True) as connection:
        connection.execute("set synchronous_commit = off")
        for number in range(20):
            connection.execute("insert into people values (%s)", [number])
            read, first = hasty.read_now(first)
            assert read.told == [("insert", number)]


def test_what_comes_after_the_snapshot_waits_for_the_next_batch(logged: Logged) -> None:
    """And is kept until then."""
    first = logged.begin()
    logged.run("insert into people values (1)")
    with logged.snapshot() as snapshot:
        logged.run("insert into people values (2)")
        read = logged.read(snapshot, [Covered(first)])
        second = snapshot.visible
    assert read.told == [("insert", 1)]
    assert logged.read_now(second)[0].told == [("insert", 2)]


def test_segments_end_with_a_transaction_and_together_tell_all(logged: Logged) -> None:
    """Each can be forgotten once it is in the lake."""
    first = logged.begin()
    logged.insert_each((2 * n, 2 * n + 1) for n in range(6))
    # Beginnings, ends and descriptions of tables count too.
    read, _ = logged.read_now(first, most_changes=8)
    assert read.told == [("insert", number) for number in range(12)]
    assert [segment.changes for segment in read.segments] == [4, 4, 4, 0]
    ends = [segment.end for segment in read.segments]
    assert ends == sorted(ends) == [segment.confirmable for segment in read.segments]
    assert logged.log.position() == ends[-1]
    assert [row["_position"] for row in read.rows["people"]] == list(range(12))


def test_a_slot_that_was_moved_back_repeats_nothing(logged: Logged) -> None:
    """After a crash a server may go back to an earlier position; what the lake has is passed over."""
    first = logged.begin()
    logged.insert_each((n,) for n in range(9))
    kept_from = logged.log.position()
    second, visible = logged.read_now(first, most_changes=4, confirms=False)
    assert logged.log.position() == kept_from
    assert second.told == [("insert", number) for number in range(9)]
    assert len(second.segments) > 2
    logged.run("insert into people values (9)")
    third, _ = logged.read_now(visible, most_changes=1)
    assert third.told == [("insert", 9)]


def test_a_run_that_goes_on_after_a_segment_takes_the_rest(logged: Logged) -> None:
    """With a later snapshot than the segment's; the slot may have been moved or not."""
    first = logged.begin()
    logged.run("insert into people values (1)", "insert into people values (2)")
    with logged.snapshot() as snapshot:
        segment = logged.log.read(
            logged.contracts(),
            snapshot,
            lambda _contract, _changes: None,
            covered=[Covered(first)],
            first_position=0,
            most_changes=1,
        )
        done = Covered(snapshot.visible, segment.end)
    assert (segment.changes, segment.is_last) == (1, False)
    logged.run("insert into people values (3)")
    for _ in range(2):
        with logged.snapshot() as snapshot:
            read = logged.read(snapshot, [Covered(first), done], confirms=False)
        assert read.told == [("insert", 2), ("insert", 3)]
        logged.log.confirm(segment.confirmable)


def test_the_log_is_kept_from_the_first_transaction_that_is_not_shown(logged: Logged) -> None:
    """What commits after it, and is shown, is not forgotten either, but not told twice."""
    first = logged.begin()
    logged.run("insert into people values (1)")
    with logged.snapshot() as earlier:
        logged.run("insert into people values (2)")
        with logged.snapshot() as later:
            read = logged.read(earlier, [Covered(first)])
            position = logged.log.position()
            again = logged.read(later, [Covered(earlier.visible)])
    assert (read.told, again.told) == ([("insert", 1)], [("insert", 2)])
    assert position is not None
    assert read.segments[-1].confirmable == position < again.rows["people"][0]["_commit_lsn"]
    assert read.segments[-1].end > position


def test_many_transactions_that_are_not_shown_do_not_hide_one_that_is(logged: Logged) -> None:
    """The first messages may all be of no use, and more must be read."""
    first = logged.begin()
    with psycopg.connect(logged.url) as connection:
        connection.execute("insert into people values (1000)")
        with logged.snapshot() as earlier:
            pass
        connection.commit()
    logged.insert_each((n,) for n in range(30))
    with logged.snapshot() as later:
        # As if only the last of them had been shown.
        numbers = later.visible.split(":")
        last = int(numbers[1]) - 1
        first_new = int(earlier.visible.split(":")[0])
        still_open = ",".join(str(number) for number in range(first_new, last))
        later.visible = f"{first_new}:{last + 1}:{still_open}"
        read = logged.read(later, [Covered(first)], most_changes=2)
    assert read.told == [("insert", 29)]
    assert logged.log.position() == read.segments[-1].confirmable


def test_changes_to_other_tables_are_passed_over(logged: Logged) -> None:
    """They take no positions, and the log can be forgotten past them."""
    logged.run("create table others (id int primary key)")
    first = logged.begin()
    logged.run("insert into others values (1)", "insert into people values (1)", "truncate others, people")
    wanted = [contract for contract in logged.contracts() if contract.table == "people"]
    read, _ = logged.read_now(first, contracts=wanted)
    assert read.told == [("insert", 1), ("truncate",)]
    assert list(read.rows) == ["people"]


def test_names_of_any_kind_are_read(logged: Logged) -> None:
    """Of schemas, tables and columns."""
    logged.run(
        'create schema "S "".;%"',
        """create table "S "".;%"."T 'x' ""é" ("K y" int, "k Y" text, "_a" int,"""
        """ primary key ("K y", "k Y"))""",
        """create table "people " (id int primary key)""",
    )
    first = logged.begin()
    logged.run(
        """insert into "S "".;%"."T 'x' ""é" values (1, 'a', 2)""",
        """update "S "".;%"."T 'x' ""é" set "k Y" = 'b'""",
        'insert into "people " values (7)',
    )
    read, _ = logged.read_now(first)
    assert read.told == [("insert", 1, "a", 2), ("delete", 1, "a"), ("update", 1, "b", 2), ("insert", 7)]


def test_partitions_are_told_as_the_table_that_they_make_up(logged: Logged) -> None:
    """A row that moves between them is deleted and inserted; a partition's other columns' order is hidden."""
    logged.run(
        "create table parts (id int, day int, note text, primary key (id, day)) partition by list (day)",
        "create table parts_1 partition of parts for values in (1)",
        "create table parts_2 (note text, day int not null, id int not null, primary key (id, day))",
        "alter table parts attach partition parts_2 for values in (2)",
    )
    first = logged.begin()
    logged.run(
        "insert into parts values (1, 1, 'a'), (2, 2, 'b')",
        "update parts set day = 2 where id = 1",
        "update parts_2 set note = 'c' where id = 2",
        "truncate parts",
    )
    read, _ = logged.read_now(first)
    assert read.told == [
        ("insert", 1, 1, "a"),
        ("insert", 2, 2, "b"),
        ("delete", 1, 1),
        ("insert", 1, 2, "a"),
        ("update", 2, 2, "c"),
        ("truncate",),
    ]
    assert list(read.rows) == ["parts"]


def test_values_arrive_in_their_types_whatever_the_role_has_set(logged: Logged) -> None:
    """The texts in the log are written by the reader's own settings."""
    logged.run(
        "create table kinds (id int primary key, at timestamptz, span interval, bytes bytea, rate float8,"
        " amount numeric(6,2), tags text[], address inet)",
        "alter role current_user set datestyle = 'German'",
        "alter role current_user set bytea_output = 'escape'",
        "alter role current_user set timezone = 'Asia/Tokyo'",
        "alter role current_user set extra_float_digits = -5",
        "alter role current_user set client_encoding = 'LATIN1'",
    )
    try:
        first = logged.begin()
        logged.run(
            r"insert into kinds values (1, '2024-02-03 04:05:06.789+02', '1 day 2 hours', '\x00ff', 0.1,"
            " 'NaN', '{a,NULL,\"b,c\"}', '10.0.0.1/8')",
            "insert into people values (1, U&'\\00e9\\20ac')",
        )
        with logged.snapshot() as snapshot:
            read = logged.read(snapshot, [Covered(first)])
            for contract in logged.contracts():
                assert folded([], read.rows[contract.table], ["id"]) == rows_in(snapshot, contract)
    finally:
        logged.run("alter role current_user reset all")
    (row,) = read.rows["kinds"]
    assert row["at"] == datetime(2024, 2, 3, 2, 5, 6, 789_000, UTC)
    assert (row["bytes"], row["rate"], row["tags"]) == (b"\x00\xff", 0.1, ["a", None, "b,c"])
    assert (row["amount"], row["_unfit"]) == (None, '{"amount": "NaN"}')
    assert read.rows["people"][0]["name"] == "é€"


def test_decimals_keep_their_digits(logged: Logged) -> None:
    """With a scale or without."""
    logged.run("create table amounts (id int primary key, a numeric(10,4), b numeric)")
    first = logged.begin()
    logged.run("insert into amounts values (1, 1.5, 12345678901234567890123456789012345678901234567890.10)")
    read, _ = logged.read_now(first)
    assert read.told == [
        ("insert", 1, Decimal("1.5000"), "12345678901234567890123456789012345678901234567890.10")
    ]


def test_a_table_that_was_altered_meanwhile_is_refused(logged: Logged) -> None:
    """The caller leaves such tables out; then it does no harm."""
    first = logged.begin()
    before = logged.contracts()
    logged.run(
        "insert into people values (1)", "alter table people add column age int", "update people set age = 3"
    )
    with pytest.raises(SourceError, match="altered"):
        logged.read_now(first, contracts=before)
    read, _ = logged.read_now(first, contracts=[])
    assert read.told == []


def test_a_log_that_is_not_kept_cannot_be_read(logged: Logged) -> None:
    """The error says that tables are read whole next time."""
    with pytest.raises(SourceError, match="no longer keeps"):
        logged.read_now("1:1:")
    with pytest.raises(SourceError, match="no longer keeps"):
        logged.log.confirm(1)


def test_a_failure_of_the_taker_comes_through(logged: Logged) -> None:
    """In the middle of what the server sends; the log can be read again afterwards."""
    first = logged.begin()
    logged.run("insert into people select n from generate_series(1, 50000) as n")

    def fail(contract: Contract, changes: pa.RecordBatch) -> None:  # noqa: ARG001 - named as the port has them
        raise ZeroDivisionError

    with logged.snapshot() as snapshot, pytest.raises(ZeroDivisionError):
        logged.log.read(
            logged.contracts(), snapshot, fail, covered=[Covered(first)], first_position=0, most_changes=10
        )
    read, _ = logged.read_now(first, contracts=[])
    assert read.segments[-1].is_last
