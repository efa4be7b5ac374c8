"""The rows that come of the source's changes."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from streamvision.domain.errors import SourceError
from tests.support.pgoutput_bytes import (
    UNCHANGED,
    Value,
    begin,
    delete,
    insert,
    message,
    origin,
    relation,
    row,
    stretch,
    truncate,
    type_,
    update,
)
from tests.unit.source.reading import PEOPLE, VISITS, Taken, people, short, transaction, visits

DESCRIBED = relation(PEOPLE, "public", "people", ["id", "name", "born"])
VISITS_DESCRIBED = relation(VISITS, "public", "visits", ["person_id", "day", "minutes"])


def test_an_insert_is_one_row_in_the_types_of_the_lake() -> None:
    """It says where it stands, and when it was committed."""
    taken = Taken(people(), first_position=7).read(
        *transaction(3, DESCRIBED, insert(PEOPLE, "1", "Ünï", "2024-02-29 12:00:00.5"))
    )
    assert taken.rows["people"] == [
        {
            "id": 1,
            "name": "Ünï",
            "born": datetime(2024, 2, 29, 12, 0, 0, 500_000),  # noqa: DTZ001 - a timestamp without a zone
            "_operation": "insert",
            "_commit_lsn": 30,
            "_committed_at": datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=3),
            "_position": 7,
            "_unchanged": None,
            "_moved_from": None,
            "_unfit": None,
        }
    ]
    assert (taken.reader.position, taken.reader.end, taken.reader.taken) == (8, 35, 1)


def test_null_and_the_empty_text_are_two_things() -> None:
    """As the source has them."""
    taken = Taken(people()).read(
        *transaction(1, DESCRIBED, insert(PEOPLE, "1", "", None), insert(PEOPLE, "2", None, None))
    )
    assert [found["name"] for found in taken.rows["people"]] == ["", None]


@pytest.mark.parametrize("how", ["not told", "by key", "whole"])
def test_an_update_that_keeps_the_key_is_one_row(how: str) -> None:
    """Whether the old row is told or not."""
    told: dict[str, dict[str, tuple[Value, ...]]] = {
        "not told": {},
        "by key": {"key": ("1", None, None)},
        "whole": {"old": ("1", "Ada", "2024-01-01 00:00:00")},
    }
    taken = Taken(people()).read(*transaction(1, DESCRIBED, update(PEOPLE, "1", "Eve", None, **told[how])))
    assert [short(found) for found in taken.rows["people"]] == [
        {"id": 1, "name": "Eve", "_operation": "update", "_position": 0}
    ]


@pytest.mark.parametrize("how", ["by key", "whole"])
def test_an_update_that_changes_the_key_is_a_delete_and_an_update(how: str) -> None:
    """The delete has the old key alone; the update says where the delete is."""
    old: dict[str, tuple[Value, ...]] = (
        {"key": ("1", None, None)} if how == "by key" else {"old": ("1", "Ada", None)}
    )
    taken = Taken(people(), first_position=5).read(
        *transaction(1, DESCRIBED, update(PEOPLE, "2", "Ada", None, **old), insert(PEOPLE, "3", None, None))
    )
    assert [short(found) for found in taken.rows["people"]] == [
        {"id": 1, "_operation": "delete", "_position": 5},
        {"id": 2, "name": "Ada", "_operation": "update", "_position": 6, "_moved_from": 5},
        {"id": 3, "_operation": "insert", "_position": 7},
    ]


def test_a_key_changes_with_any_of_its_columns() -> None:
    """And with no other column, wherever the columns stand in the table and the contract."""
    taken = Taken(visits()).read(
        *transaction(
            1,
            VISITS_DESCRIBED,
            update(VISITS, "1", "2024-01-02", "1.5", old=("1", "2024-01-01", "1.5")),
            update(VISITS, "2", "2024-01-02", "2.5", old=("2", "2024-01-02", "1.5")),
        )
    )
    assert [short(found) for found in taken.rows["visits"]] == [
        {"person_id": 1, "day": date(2024, 1, 1), "_operation": "delete", "_position": 0},
        {
            "minutes": Decimal("1.5"),
            "person_id": 1,
            "day": date(2024, 1, 2),
            "_operation": "update",
            "_position": 1,
            "_moved_from": 0,
        },
        {
            "minutes": Decimal("2.5"),
            "person_id": 2,
            "day": date(2024, 1, 2),
            "_operation": "update",
            "_position": 2,
        },
    ]


@pytest.mark.parametrize("how", ["by key", "whole"])
def test_a_delete_has_the_key_alone(how: str) -> None:
    """Also where the source tells the whole row."""
    old: dict[str, tuple[Value, ...]] = (
        {"key": ("4", None, None)} if how == "by key" else {"old": ("4", "Ada", "2024-01-01 00:00:00")}
    )
    taken = Taken(people()).read(*transaction(1, DESCRIBED, delete(PEOPLE, **old)))
    assert [short(found) for found in taken.rows["people"]] == [
        {"id": 4, "_operation": "delete", "_position": 0}
    ]


def test_a_large_value_that_stayed_is_named_and_not_repeated() -> None:
    """Rows without such a value name none."""
    taken = Taken(people()).read(
        *transaction(
            1,
            DESCRIBED,
            update(PEOPLE, "1", UNCHANGED, UNCHANGED),
            update(PEOPLE, "2", UNCHANGED, None),
            update(PEOPLE, "3", "small", None),
        )
    )
    assert [(found["_unchanged"], found["name"]) for found in taken.rows["people"]] == [
        ('["name", "born"]', None),
        ('["name"]', None),
        (None, "small"),
    ]


def test_a_large_value_that_stayed_is_taken_from_the_old_row() -> None:
    """Where the source tells that whole; the key may change at once."""
    old = ("1", "large", "2024-01-01 00:00:00")
    taken = Taken(people()).read(
        *transaction(1, DESCRIBED, update(PEOPLE, "2", UNCHANGED, None, old=old)),
    )
    assert [short(found) for found in taken.rows["people"]] == [
        {"id": 1, "_operation": "delete", "_position": 0},
        {"id": 2, "name": "large", "_operation": "update", "_position": 1, "_moved_from": 0},
    ]


def test_a_key_that_stayed_is_taken_from_the_old_key() -> None:
    """A key can be a large value too."""
    taken = Taken(people()).read(
        *transaction(1, DESCRIBED, update(PEOPLE, UNCHANGED, "Eve", None, key=("1", None, None)))
    )
    assert [short(found) for found in taken.rows["people"]] == [
        {"id": 1, "name": "Eve", "_operation": "update", "_position": 0}
    ]


def test_a_key_that_is_not_told_is_refused() -> None:
    """Nobody could say which row it is."""
    with pytest.raises(SourceError, match="key of a row"):
        Taken(people()).read(*transaction(1, DESCRIBED, update(PEOPLE, UNCHANGED, "Eve", None)))


def test_truncate_is_one_row_for_each_wanted_table() -> None:
    """In its place among the other changes."""
    taken = Taken(people(), visits()).read(
        *transaction(
            1,
            DESCRIBED,
            VISITS_DESCRIBED,
            relation(99, "public", "others", ["id"]),
            insert(PEOPLE, "1", None, None),
            truncate(PEOPLE, 99, VISITS),
            insert(PEOPLE, "2", None, None),
        )
    )
    assert [short(found) for found in taken.rows["people"]] == [
        {"id": 1, "_operation": "insert", "_position": 0},
        {"_operation": "truncate", "_position": 1},
        {"id": 2, "_operation": "insert", "_position": 3},
    ]
    assert [short(found) for found in taken.rows["visits"]] == [{"_operation": "truncate", "_position": 2}]


def test_values_that_do_not_fit_stand_apart_as_text() -> None:
    """In one object for each row."""
    taken = Taken(people(), visits()).read(
        *transaction(
            1,
            DESCRIBED,
            VISITS_DESCRIBED,
            insert(PEOPLE, "1", None, "294276-12-31 23:59:59"),
            insert(PEOPLE, "2", None, "2024-12-31 23:59:59"),
            insert(VISITS, "1", "2024-01-01", "NaN"),
        )
    )
    assert [found["_unfit"] for found in taken.rows["people"]] == ['{"born": "294276-12-31 23:59:59"}', None]
    assert [found["_unfit"] for found in taken.rows["visits"]] == ['{"minutes": "NaN"}']
    assert taken.rows["visits"][0]["minutes"] is None


def test_positions_count_over_all_wanted_tables_and_stretches() -> None:
    """Changes to other tables take none."""
    taken = Taken(people(), visits())
    first = transaction(
        1,
        DESCRIBED,
        relation(99, "public", "others", ["id"]),
        VISITS_DESCRIBED,
        insert(VISITS, "1", "2024-01-01", None),
        insert(99, "1"),
        insert(PEOPLE, "1", None, None),
    )
    second = transaction(2, insert(VISITS, "2", "2024-01-01", None))
    taken.read(*first, *second[:1]).read(*second[1:])
    assert [found["_position"] for found in taken.rows["visits"]] == [0, 2]
    assert [found["_position"] for found in taken.rows["people"]] == [1]
    assert [found["_commit_lsn"] for found in taken.rows["visits"]] == [10, 20]


def test_tables_and_columns_are_found_by_their_names_in_the_source() -> None:
    """Not by those that they have in the lake; a table of the same name elsewhere is another one."""
    named = relation(PEOPLE, "public", "people", ["born", "id", "name"])
    elsewhere = relation(99, "shop", "people", ["id"])
    taken = Taken(people()).read(
        *transaction(1, named, elsewhere, insert(99, "5"), insert(PEOPLE, None, "1", "Ada"))
    )
    assert [short(found) for found in taken.rows["people"]] == [
        {"id": 1, "name": "Ada", "_operation": "insert", "_position": 0}
    ]


def test_what_is_no_change_is_passed_over() -> None:
    """Types, origins and what somebody wrote into the log."""
    noise = [type_(1, "shop", "mood"), origin(1, "node"), message(1, "a", b"b")]
    taken = Taken(people()).read(
        *transaction(1, *noise, DESCRIBED, insert(PEOPLE, "1", None, None), *noise),
    )
    assert len(taken.rows["people"]) == 1


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        (["id", "name"], "no column born"),
        (["id", "name", "born", "email"], "a column email"),
        (["id", "title", "born"], "no column name"),
    ],
)
def test_a_table_that_was_altered_is_refused(columns: list[str], problem: str) -> None:
    """The caller reads such tables whole; this is the guard."""
    described = relation(PEOPLE, "public", "people", columns)
    with pytest.raises(SourceError, match=problem) as caught:
        Taken(people()).read(*transaction(1, described, insert(PEOPLE, *columns)))
    assert caught.value.where == "table people"


def test_what_was_told_before_an_alteration_is_read_as_it_was_told() -> None:
    """A stretch may hold changes from before and from after."""
    swapped = relation(PEOPLE, "public", "people", ["name", "id", "born"])
    taken = Taken(people()).read(
        *transaction(
            1, DESCRIBED, insert(PEOPLE, "1", "Ada", None), swapped, insert(PEOPLE, "Eve", "2", None)
        ),
    )
    assert [(found["id"], found["name"]) for found in taken.rows["people"]] == [(1, "Ada"), (2, "Eve")]


def test_a_table_made_anew_under_the_same_name_is_refused() -> None:
    """Its rows have nothing to do with those before."""
    again = relation(99, "public", "people", ["id", "name", "born"])
    with pytest.raises(SourceError, match="made anew"):
        Taken(people()).read(
            *transaction(1, DESCRIBED, again, insert(PEOPLE, "1", None, None), insert(99, "1", None, None))
        )


@pytest.mark.parametrize(
    ("value", "problem"), [(b"\xff\xfe", "encoding"), (b"maybe", "cannot be read as int32")]
)
def test_a_value_that_cannot_be_read_is_refused(value: bytes, problem: str) -> None:
    """By the column that it is in, or as a text at least."""
    plain = insert(PEOPLE, "12345"[: len(value)], "x", None)
    broken = plain.replace(b"12345"[: len(value)], value)
    with pytest.raises(SourceError, match=problem) as caught:
        Taken(people()).read(*transaction(1, DESCRIBED, broken))
    assert caught.value.where == "table people"


@pytest.mark.parametrize(
    "content",
    [
        insert(PEOPLE, "1", "Ada", None),
        update(PEOPLE, "1", UNCHANGED, None, key=("2", None, None)),
        update(PEOPLE, "1", "Ada", "x", old=("2", "Eve", None)),
        delete(PEOPLE, key=("1", None, None)),
    ],
)
def test_a_change_that_is_cut_off_is_refused(content: bytes) -> None:
    """At whatever byte, in the middle of a stretch or at its end."""
    for length in range(1, len(content)):
        for rest in ([], transaction(1, insert(PEOPLE, "1", "Ada", None))[1:]):
            with pytest.raises(SourceError, match="cannot be"):
                Taken(people()).read(begin(10, 1), DESCRIBED, content[:length], *rest)


@pytest.mark.parametrize(
    "content",
    [
        insert(PEOPLE, "1", "Ada", None) + b"\x00",
        insert(PEOPLE, "1", "Ada"),
        insert(PEOPLE, "1", "Ada", None).replace(b"N", b"K", 1),
        insert(PEOPLE, "1", "Ada", None).replace(b"n", b"b"),
        delete(PEOPLE, key=("1", None, None)).replace(b"K", b"N", 1),
        update(PEOPLE, "1", "Ada", None, key=("1", None, None)).replace(b"N", b"O", 1),
        insert(PEOPLE, "1", "Ada", None).replace(b"t\x00\x00\x00\x03", b"t\xff\xff\xff\xff"),
        insert(98, "1"),
        b"",
    ],
)
def test_a_change_that_is_not_what_it_should_be_is_refused(content: bytes) -> None:
    """Too long, with too few columns, the wrong kind of row, values in binary, or to an unknown table."""
    with pytest.raises(SourceError, match="cannot be understood"):
        Taken(people()).read(begin(10, 1), DESCRIBED, content)


def test_changes_outside_of_transactions_are_refused() -> None:
    """Nobody could say whether they count."""
    wrong = [
        [insert(PEOPLE, "1", None, None)],
        [truncate(PEOPLE)],
        [transaction(1)[1]],
        [begin(10, 1), begin(20, 2)],
    ]
    for messages in wrong:
        with pytest.raises(SourceError, match="cannot be understood"):
            Taken(people()).read(*messages)


def test_a_stretch_without_messages_changes_nothing() -> None:
    """As when the log is at its end."""
    taken = Taken(people())
    taken.reader.read(stretch())
    assert (taken.rows, taken.reader.end, row()) == ({}, None, b"\x00\x00")
