"""A signature changes whenever rows may have come to differ without a change in the log, and only then."""

import pytest

from streamvision.adapters.source.postgres import catalogue
from streamvision.domain.errors import SourceUnreachableError
from tests.integration.catalogue.conftest import Database

MADE = (
    "create type place as (street text, number int)",
    "create type mood as enum ('good', 'bad')",
    "create domain feeling as mood",
    "create table t (id int primary key, word text, home place, felt feeling[], code int not null unique)",
    "create table parted (id int primary key) partition by range (id)",
    "create table parted_1 partition of parted for values from (1) to (100) partition by range (id)",
    "create table leaf partition of parted_1 for values from (1) to (50)",
    "create table spare (id int not null)",
    "insert into t values (1, 'one', ('street', 1), '{good}', 1)",
    "insert into parted values (1)",
)


@pytest.fixture
def made(database: Database) -> Database:
    """Return a database with a table and a partitioned one."""
    database.run(*MADE)
    return database


@pytest.mark.parametrize(
    "altered",
    [
        "alter table t add column more int default 7",
        "alter table t drop column word",
        "alter table t alter column word type varchar(20)",
        "alter table t rename column word to term",
        "alter table t drop column word, add column word text",
        "alter type mood rename value 'good' to 'fine'",
        "alter type place add attribute floor int",
        "alter type place rename attribute street to road",
        "alter table t replica identity full",
        "alter table t replica identity using index t_code_key",
        "alter table t set unlogged",
        "create table other (like t including all); drop table t; alter table other rename to t",
    ],
)
def test_a_table_that_was_altered_has_another_signature(made: Database, altered: str) -> None:
    """What it is made of, and what its values look like."""
    before = made.describe("t").signature
    made.run(altered)
    assert made.describe("t").signature != before


@pytest.mark.parametrize(
    "done",
    [
        "insert into t values (2, 'two', null, null, 2)",
        "update t set word = 'changed'; delete from t",
        "truncate t",
        "analyze t",
        "create index on t (word)",
        "alter table t rename constraint t_code_key to other",
        "alter table parted_1 detach partition leaf",
        "comment on table t is 'a comment'",
        "alter type mood rename to temper",
    ],
)
def test_what_the_log_tells_of_leaves_the_signature(made: Database, done: str) -> None:
    """And what changes no row."""
    before = made.describe("t").signature
    made.run(done)
    assert made.describe("t").signature == before


@pytest.mark.parametrize(
    "altered",
    [
        "truncate leaf",
        "alter table parted_1 detach partition leaf",
        "drop table leaf",
        "create table leaf_2 partition of parted_1 for values from (50) to (60)",
        "alter table parted attach partition spare for values from (100) to (200)",
        "alter table parted add column more int default 7",
    ],
)
def test_a_partition_that_came_or_went_changes_the_signature(made: Database, altered: str) -> None:
    """The log does not tell of what happens to a partition as such."""
    before = made.describe("parted").signature
    made.run(altered)
    assert made.describe("parted").signature != before


def test_rows_of_partitions_leave_the_signature(made: Database) -> None:
    """Whichever leaf they go to."""
    before = made.describe("parted").signature
    made.run("insert into parted values (2); update parted set id = 3 where id = 2; analyze parted")
    assert made.describe("parted").signature == before


def test_a_snapshot_shows_the_signature_of_its_moment(made: Database) -> None:
    """A column that was added since is neither in the columns nor in the signature."""
    before = made.describe("t")
    with made.snapshot() as connection:
        connection.execute("select 1")
        made.run("alter table t add column late int", "truncate leaf", "create table new (id int)")
        assert catalogue.describe(connection, "public", "t") == before
        assert [table.name for table in catalogue.tables(connection, views=False)] == ["parted", "spare", "t"]


def test_a_table_that_is_dropped_meanwhile_is_a_reason_to_try_again(made: Database) -> None:
    """The snapshot lists it still, but nobody can read it any more."""
    with made.snapshot() as connection:
        connection.execute("select 1")
        made.run("drop table spare")
        with pytest.raises(SourceUnreachableError, match=r"public\.spare"):
            catalogue.tables(connection, views=False)
