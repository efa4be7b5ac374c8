"""What the catalogue says of tables of every kind and name."""

import psycopg
import pytest
from psycopg import sql

from streamvision.adapters.source.postgres import catalogue
from streamvision.domain.errors import SourceError
from streamvision.ports.source import SourceColumn
from tests.integration.catalogue.conftest import Database

HOSTILE = [
    'x"; drop table y; --',
    "..",
    "../../etc/passwd",
    "a.b",
    "with space",
    " ",
    "it's",
    "Users",
    "USERS",
    "😀",
    "%s",
    "%(name)s",
    "back\\slash",
    "new\nline",
    "{chosen}",
    "select",
    "é" * 31 + "x",
    "$$",
    "*",
]


def test_every_kind_of_relation_is_known_for_what_it_is(database: Database) -> None:
    """Partitions, temporary tables, sequences, indexes and the system's own are not listed."""
    database.run(
        "create table plain (id int primary key generated always as identity)",
        "create table parted (id int primary key) partition by range (id)",
        "create table parted_1 partition of parted for values from (1) to (9)",
        "create view seen as select 1 as one",
        "create materialized view kept as select 1 as one",
        "create foreign data wrapper nothing",
        "create server elsewhere foreign data wrapper nothing",
        "create foreign table far (id int not null) server elsewhere",
        "create unlogged table passing (id int primary key)",
    )
    assert [(table.name, table.kind) for table in database.tables()] == [
        ("parted", "partitioned"),
        ("passing", "table"),
        ("plain", "table"),
    ]
    assert [(table.name, table.kind) for table in database.tables(views=True)] == [
        ("far", "foreign table"),
        ("kept", "materialized view"),
        ("parted", "partitioned"),
        ("passing", "table"),
        ("plain", "table"),
        ("seen", "view"),
    ]


def test_temporary_tables_are_not_listed(database: Database) -> None:
    """Not even those of the session that asks."""
    with psycopg.connect(database.url) as connection:
        connection.execute("create temporary table mine (id int)")
        assert catalogue.tables(connection, views=True) == []


def test_tables_of_all_schemas_are_listed_in_one_order(database: Database) -> None:
    """By schema and name, as their characters count, whatever the database's collation."""
    database.run(
        "create schema sales",
        'create schema "Sales"',
        "create table sales.b (id int)",
        "create table sales.a (id int)",
        'create table "Sales".z (id int)',
        'create table "B" (id int)',
        "create table a (id int)",
    )
    assert database.names() == ["Sales.z", "public.B", "public.a", "sales.a", "sales.b"]


@pytest.mark.parametrize(
    ("patterns", "found"),
    [
        (["*.*"], ["public.a_b", "public.axb", "sales.a_b"]),
        (["public.*"], ["public.a_b", "public.axb"]),
        (["*.a_b"], ["public.a_b", "sales.a_b"]),
        (["public.a?b"], ["public.a_b", "public.axb"]),
        (["sales.a_b", "public.axb"], ["public.axb", "sales.a_b"]),
        (["public.a%"], []),
        (["public.a"], []),
        (["PUBLIC.*"], []),
    ],
)
def test_patterns_choose_tables(database: Database, patterns: list[str], found: list[str]) -> None:
    """Only * and ? mean anything but themselves."""
    database.run(
        "create schema sales",
        "create table a_b (id int)",
        "create table axb (id int)",
        "create table sales.a_b (id int)",
    )
    assert database.names(*patterns) == found


@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_is_a_name_and_nothing_else(database: Database, name: str) -> None:
    """Of a schema, a table and a column; the table beside it stays, and only the one asked for is found."""
    identifier = sql.Identifier(name)
    database.run(
        "create table y (id int)",
        *(() if name == "public" else (sql.SQL("create schema {}").format(identifier),)),
        sql.SQL("create table {} ({} int primary key)").format(sql.Identifier(name, name), identifier),
    )
    found = database.describe(name, name)
    assert (found.schema, found.name, found.key) == (name, name, (name,))
    assert found.columns == (SourceColumn(name, "integer", nullable=False),)
    assert found in database.tables()
    assert database.names("public.y") == ["public.y"]
    (piece,) = database.pieces(name, name)
    assert (piece.schema, piece.relation) == (name, name)


def test_a_table_that_is_not_there_is_none(database: Database) -> None:
    """Nor is one of another schema, or of the system."""
    database.run("create schema sales", "create table sales.a (id int)")
    with database.snapshot() as connection:
        for schema, name in (("public", "a"), ("sales", "A"), ("pg_catalog", "pg_class"), ("sales", "a' --")):
            assert catalogue.describe(connection, schema, name) is None
            assert (schema, name) == ("pg_catalog", "pg_class") or not catalogue.pieces(
                connection, schema, name
            )


def test_columns_come_in_the_catalogues_order_with_what_they_are(database: Database) -> None:
    """Dropped ones are gone; generated and identity columns are there."""
    database.run(
        "create domain cents as numeric(9,2) not null",
        "create type mood as enum ('good', 'bad')",
        "create table t (gone int, id bigint generated by default as identity, price cents, moods mood[],"
        " at timestamptz(3), word varchar(7) not null, twice int generated always as (id * 2) stored)",
        "alter table t drop column gone",
        "alter table t add column late char(3)",
    )
    found = database.describe("t")
    assert [(column.name, column.type, column.nullable) for column in found.columns] == [
        ("id", "bigint", False),
        ("price", "public.cents", True),
        ("moods", "public.mood[]", True),
        ("at", "timestamptz(3)", True),
        ("word", "varchar(7)", False),
        ("twice", "integer", True),
        ("late", "char(3)", True),
    ]


def test_a_promise_that_nobody_has_checked_is_none(database: Database) -> None:
    """A constraint that is not valid, and what a foreign server says of its columns."""
    database.run(
        "create table t (id int)",
        "insert into t values (null)",
        "alter table t add constraint filled not null id not valid",
        "create foreign data wrapper nothing",
        "create server elsewhere foreign data wrapper nothing",
        "create foreign table far (id int not null) server elsewhere",
    )
    for name in ("t", "far"):
        (column,) = database.describe(name).columns
        assert column.nullable


def test_the_key_is_the_primary_key_in_its_own_order(database: Database) -> None:
    """A unique index is none, and neither are the columns that an index only carries."""
    database.run(
        "create table t (a int, b int, c int, primary key (c, a) include (b))",
        "create table u (a int not null unique)",
        "create table p (a int, b int, primary key (b, a)) partition by list (a)",
    )
    assert [database.describe(name).key for name in ("t", "u", "p")] == [("c", "a"), (), ("b", "a")]


def test_tables_of_any_width_are_described(database: Database) -> None:
    """From no column to as many as PostgreSQL allows."""
    many = ", ".join(f"c{number} int" for number in range(1600))
    database.run("create table nothing ()", f"create table wide ({many})")
    assert database.describe("nothing").columns == ()
    wide = database.describe("wide")
    assert [column.name for column in wide.columns] == [f"c{number}" for number in range(1600)]


def test_tables_that_inherit_are_tables_of_their_own(database: Database) -> None:
    """Each is read without its children, so that no row comes twice."""
    database.run("create table parent (id int)", "create table child (more int) inherits (parent)")
    assert database.names() == ["public.child", "public.parent"]
    assert [piece.only for name in ("parent", "child") for piece in database.pieces(name)] == [True, True]


@pytest.mark.parametrize(
    ("made", "because"),
    [
        ("create table t (id int primary key)", ""),
        ("create table t (id int primary key); alter table t replica identity full", ""),
        ("create table t (id int)", "it has no primary key"),
        ("create table t (id int); alter table t replica identity full", "it has no primary key"),
        ("create unlogged table t (id int primary key)", "it is an unlogged table"),
        (
            "create table t (id int primary key, twice int generated always as (id * 2) stored)",
            "it has generated columns, which the log does not carry",
        ),
        (
            "create table t (id int primary key, twice int generated always as (id * 2) virtual)",
            "it has generated columns, which the log does not carry",
        ),
        (
            "create table t (id int primary key); alter table t replica identity nothing",
            "it has a replica identity without the primary key",
        ),
        (
            (
                "create table t (id int primary key, n int not null unique);"
                " alter table t replica identity using index t_n_key"
            ),
            "it has a replica identity without the primary key",
        ),
        (
            (
                "create table t (id int primary key, n int not null, unique (n, id));"
                " alter table t replica identity using index t_n_id_key"
            ),
            "",
        ),
        (
            (
                "create table t (id int primary key, n int not null, constraint u unique (n, id));"
                " alter table t replica identity using index u; alter table t drop constraint u"
            ),
            "it has a replica identity without the primary key",
        ),
        (
            "create table t (id int primary key deferrable)",
            "the primary key of the table can be deferred",
        ),
        ("create view t as select 1 as id", "it is a view"),
        ("create materialized view t as select 1 as id", "it is a materialized view"),
        (
            (
                "create table p (id int primary key) partition by range (id);"
                " create table t partition of p for values from (1) to (2)"
            ),
            "it is a partition of another table",
        ),
    ],
)
def test_a_table_that_the_log_cannot_tell_of_says_why(database: Database, made: str, because: str) -> None:
    """The log must name each row, and tell of each change."""
    database.run(made)
    assert database.describe("t").unlogged_because == because


@pytest.mark.parametrize(
    ("altered", "because"),
    [
        ("select 1", ""),
        ("alter table leaf replica identity full", ""),
        (
            "alter table leaf replica identity nothing",
            "one of its partitions has a replica identity without the primary key",
        ),
        ("alter table leaf set unlogged", "one of its partitions is an unlogged table"),
        (
            (
                "alter table middle detach partition leaf; create foreign data wrapper nothing;"
                " create server elsewhere foreign data wrapper nothing;"
                " create foreign table far partition of middle for values in (1) server elsewhere"
            ),
            "one of its partitions is a foreign table",
        ),
    ],
)
def test_a_partitioned_table_is_as_good_as_its_leaves(database: Database, altered: str, because: str) -> None:
    """However deep they lie; the log names the rows of each by the leaf's own identity."""
    key = "" if "foreign" in altered else ", primary key (id, kind)"
    database.run(
        f"create table root (id int, kind int{key}) partition by range (id)",
        "create table middle partition of root for values from (1) to (9) partition by list (kind)",
        "create table leaf partition of middle for values in (1)",
        altered,
    )
    expected = "it has no primary key" if not key else because
    assert database.describe("root").unlogged_because == expected


def test_a_table_that_may_not_be_read_is_an_error_with_its_grant(database: Database) -> None:
    """It is not left out without a word, whether it was named or not."""
    role = database.reader()
    database.run(
        'create schema "of sales"',
        'create table "of sales"."x""; --" (id int)',
        "create table open (id int)",
        "create table closed (id int)",
        f"grant usage on schema public to {role}",
        f"grant select on open to {role}",
    )
    assert [table.name for table in database.tables("public.open", role=role)] == ["open"]
    with pytest.raises(SourceError) as refusal:
        database.tables(role=role)
    assert sorted(refusal.value.what.splitlines()[1:]) == [
        '  - of sales.x"; --: no right to use its schema',
        "  - public.closed: no right to SELECT",
    ]
    assert f'GRANT USAGE ON SCHEMA "of sales" TO "{role}"' in refusal.value.next_command
    assert f'GRANT SELECT ON "public"."closed" TO "{role}"' in refusal.value.next_command
    database.run(f'grant usage on schema "of sales" to {role}')
    with database.snapshot(role=role) as connection, pytest.raises(SourceError) as refusal:
        catalogue.describe(connection, "of sales", 'x"; --')
    assert f'GRANT SELECT ON "of sales"."x""; --" TO "{role}"' in refusal.value.next_command


def test_rows_that_a_policy_hides_are_not_missing_in_silence(database: Database) -> None:
    """Unless the role may pass policies by."""
    role = database.reader()
    database.run(
        "create table t (id int)",
        "alter table t enable row level security",
        f"grant usage on schema public to {role}",
        f"grant select on t to {role}",
    )
    with pytest.raises(SourceError, match="row-level security") as refusal:
        database.tables(role=role)
    assert f'ALTER ROLE "{role}" BYPASSRLS' in refusal.value.next_command
    database.run(f"alter role {role} bypassrls")
    assert [table.name for table in database.tables(role=role)] == ["t"]


def test_a_thousand_tables_are_listed_by_one_query(database: Database) -> None:
    """However many there are, the server is asked once."""
    database.run(
        "do $$ begin for n in 1..1000 loop execute format('create table t_%s (id int primary key)', n);"
        " end loop; end $$"
    )
    queries: list[str] = []
    with database.snapshot() as connection:
        cursor_class = connection.cursor_factory

        class Counting(cursor_class):  # type: ignore[misc, valid-type] # a class at run time
            """Note each query."""

            def execute(self, query: object, *arguments: object, **more: object) -> object:
                queries.append(str(query)[:20])
                return super().execute(query, *arguments, **more)

        connection.cursor_factory = Counting
        assert len(catalogue.tables(connection, views=False)) == 1000
    assert len(queries) == 1
