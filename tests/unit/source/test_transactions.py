"""Which transactions of the log count, and how far it can be forgotten."""

import pytest

from streamvision.ports.source import Covered
from tests.support.pgoutput_bytes import insert, relation
from tests.unit.source.reading import PEOPLE, Taken, people, transaction

DESCRIBED = relation(PEOPLE, "public", "people", ["id", "name", "born"])


def of(taken: Taken) -> list[int]:
    """Return the transactions whose changes were taken; each has one row, named like it."""
    return [found["id"] for found in taken.rows.get("people", [])]


def read(*numbers: int, visible: str, covered: tuple[Covered, ...] = ()) -> Taken:
    """Read transactions in the order in which they were committed."""
    taken = Taken(people(), visible=visible, covered=covered)
    for place, number in enumerate(numbers):
        described = [DESCRIBED] if place == 0 else []
        first, *rest = transaction(number, *described, insert(PEOPLE, str(number), None, None))
        taken.read(first, *rest)
    return taken


def test_what_the_snapshot_shows_is_taken_and_nothing_else() -> None:
    """Whatever the order of commits: 12 was open, and 15 had not begun."""
    taken = read(11, 12, 10, 15, 13, visible="12:15:12")
    assert of(taken) == [11, 10, 13]
    assert (taken.reader.taken, taken.reader.position) == (3, 3)


def test_the_log_can_be_forgotten_up_to_the_first_that_is_not_shown() -> None:
    """What commits later may have been read, but that one must come again."""
    taken = read(11, 10, 12, 13, visible="12:15:12")
    assert (taken.reader.confirmable, taken.reader.end, taken.reader.is_whole) == (105, 135, False)


def test_nothing_can_be_forgotten_where_the_first_is_not_shown() -> None:
    """Later ones that are shown do not help."""
    taken = read(12, 13, visible="12:15:12")
    assert (taken.reader.confirmable, taken.reader.is_whole) == (None, False)


def test_what_the_lake_has_is_passed_over() -> None:
    """By an earlier snapshot; it can be forgotten all the same."""
    taken = read(10, 12, 11, visible="20:20:", covered=(Covered("12:12:"),))
    assert of(taken) == [12]
    assert (taken.reader.confirmable, taken.reader.is_whole) == (115, True)


@pytest.mark.parametrize(("until", "taken"), [(100, [10, 11, 12]), (105, [11, 12]), (115, [12]), (125, [])])
def test_segments_cover_what_they_show_up_to_their_end(until: int, taken: list[int]) -> None:
    """A segment's snapshot shows more than the segment has."""
    assert of(read(10, 11, 12, visible="20:20:", covered=(Covered("20:20:", until),))) == taken


def test_a_segment_of_another_snapshot_covers_what_that_one_showed() -> None:
    """12 was open then, and is taken now, though it commits before the segment's end."""
    taken = read(10, 12, 11, visible="20:20:", covered=(Covered("1:5:"), Covered("12:20:12", 130)))
    assert of(taken) == [12]


@pytest.mark.parametrize("epoch", [1, 5])
def test_transaction_numbers_run_on_beyond_32_bits(epoch: int) -> None:
    """The log has the lower half of a number; what is near the snapshot's end is meant."""
    end = epoch * 2**32 + 2
    shown, later = end - 3, end + 1
    taken = Taken(people(), visible=f"{end}:{end}:")
    for place, number in enumerate((shown, later)):
        messages = transaction(place + 1, DESCRIBED, insert(PEOPLE, str(place), None, None))
        begun = messages[0][:-4] + (number % 2**32).to_bytes(4, "big")
        taken.read(begun, *messages[1:])
    assert of(taken) == [0]


def test_an_altered_table_does_no_harm_in_transactions_that_do_not_count() -> None:
    """The batch that showed the alteration has the table whole."""
    old = relation(PEOPLE, "public", "people", ["id"])
    taken = Taken(people(), visible="20:20:", covered=(Covered("12:12:"),))
    taken.read(*transaction(10, old, insert(PEOPLE, "10")))
    taken.read(*transaction(12, DESCRIBED, insert(PEOPLE, "12", None, None)))
    assert of(taken) == [12]


def test_a_description_in_a_transaction_that_does_not_count_holds_on() -> None:
    """The source describes a table once, wherever it comes first."""
    taken = Taken(people(), visible="20:20:", covered=(Covered("12:12:"),))
    taken.read(*transaction(10, DESCRIBED, insert(PEOPLE, "10", None, None)))
    taken.read(*transaction(12, insert(PEOPLE, "12", None, None)))
    assert of(taken) == [12]


def test_a_transaction_can_go_on_over_many_stretches() -> None:
    """Of the bounded size in which they come."""
    messages = transaction(10, DESCRIBED, *(insert(PEOPLE, str(number), None, None) for number in range(9)))
    taken = Taken(people())
    for each in messages:
        taken.read(each)
    assert of(taken) == list(range(9))
    assert taken.reader.taken == 1
