"""What every warehouse makes of tables that come whole, as changes, or by a cursor: the same current rows."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from streamvision.domain.batch import Batch
from streamvision.domain.changes import MOVED_FROM, OPERATION, POSITION, UNCHANGED, UNFIT, Mode
from streamvision.ports.warehouse import IncomingTable
from tests.contract.warehouses import Subject
from tests.fakes.building import Row, column, contract, incoming_table, people

FIRST, SECOND, THIRD = (Batch(date(2026, 3, day)) for day in (14, 15, 16))
ADA: Row = {"id": 1, "name": "Ada"}
BOB: Row = {"id": 2, "name": "Bob"}
EVE: Row = {"id": 3, "name": "Eve"}
ITEMS = contract(
    "items",
    column("id", "bigint"),
    column("size", "integer"),
    column("price", "numeric(9,2)", nullable=True),
    column("body", "text", nullable=True),
)


def _changes(*changes: Row) -> list[Row]:
    """Give changes their positions."""
    return [{POSITION: number, **change} for number, change in enumerate(changes)]


def _item(operation: str, key: int | None, **more: object) -> Row:
    return {OPERATION: operation, "id": key, **more}


def _without(*names: str) -> dict[str, object]:
    return {UNCHANGED: json.dumps(list(names))}


class _Loading:
    """Load batch after batch of one table."""

    def __init__(self, subject: Subject, folder: Path) -> None:
        self.subject, self._folder = subject, folder

    def people(self, batch: Batch, mode: Mode, *rows: Row) -> None:
        """Load a batch of people, all of whom are good."""
        (account,) = self.subject.load(
            batch, incoming_table(self._folder, people(), rows, batch=batch, mode=mode)
        )
        assert (account.loaded_rows, account.quarantined_rows) == (len(rows), 0)
        assert account.mode == mode

    def items(self, batch: Batch, *changes: Row, mode: Mode = "changes") -> int:
        """Load a batch of items, and return how many rows are good."""
        (account,) = self.subject.load(
            batch, incoming_table(self._folder, ITEMS, _changes(*changes), batch=batch, mode=mode)
        )
        assert account.balances
        assert account.extracted_rows == len(changes)
        return account.loaded_rows

    def held(self) -> list[tuple[object, ...]]:
        """Return the current items, without their prices."""
        return [(row["id"], row["size"], row["body"]) for row in self.subject.current("items")]


@pytest.fixture
def loading(subject: Subject, tmp_path: Path) -> _Loading:
    """Return a warehouse to be loaded."""
    return _Loading(subject, tmp_path)


def test_a_picture_ends_what_it_no_longer_shows(loading: _Loading) -> None:
    """What is the same goes on; what is other, or gone, ends with the batch that shows it."""
    loading.people(FIRST, "snapshot", ADA, BOB)
    loading.people(SECOND, "snapshot", ADA, {"id": 2, "name": None}, EVE)
    assert sorted(loading.subject.versions("people"), key=str) == sorted(
        [
            (ADA, FIRST.id, None),
            (BOB, FIRST.id, SECOND.id),
            ({"id": 2, "name": None}, SECOND.id, None),
            (EVE, SECOND.id, None),
        ],
        key=str,
    )
    assert loading.subject.raw_rows("people") == 5


def test_an_empty_picture_ends_everything(loading: _Loading) -> None:
    """A table without rows is a picture too."""
    loading.people(FIRST, "snapshot", ADA)
    loading.people(SECOND, "snapshot")
    assert loading.subject.current("people") == []
    assert loading.subject.versions("people") == [(ADA, FIRST.id, SECOND.id)]


def test_changes_are_done_in_their_order(loading: _Loading) -> None:
    """Of several changes to one row the last counts, and makes one version a batch."""
    loading.items(FIRST, _item("insert", 1, size=1), _item("insert", 2, size=2), _item("insert", 3, size=3))
    loading.items(
        SECOND,
        _item("update", 1, size=10),
        _item("update", 1, size=11),
        _item("delete", 2),
        _item("insert", 4, size=4),
        _item("delete", 4),
        _item("delete", 3),
        _item("insert", 3, size=3),
    )
    assert loading.held() == [(1, 11, None), (3, 3, None)]
    ended = [(row["id"], since, until) for row, since, until in loading.subject.versions("items") if until]
    assert sorted(ended) == [(1, FIRST.id, SECOND.id), (2, FIRST.id, SECOND.id)]
    assert len(loading.subject.versions("items")) == 4
    assert loading.subject.raw_rows("items") == 10


def test_positions_and_not_places_in_the_files_give_the_order(loading: _Loading) -> None:
    """However the files are read."""
    loading.items(FIRST, {**_item("delete", 1), POSITION: 8}, {**_item("insert", 1, size=1), POSITION: 7})
    assert loading.held() == []


def test_a_truncate_ends_what_came_before_it(loading: _Loading) -> None:
    """Rows of earlier batches and of its own; what comes after it stays."""
    loading.items(FIRST, _item("insert", 1, size=1), _item("insert", 2, size=2))
    loading.items(
        SECOND,
        _item("insert", 3, size=3),
        _item("truncate", None),
        _item("insert", 2, size=2),
        _item("insert", 4, size=4),
    )
    assert loading.held() == [(2, 2, None), (4, 4, None)]
    since = {row["id"]: since for row, since, until in loading.subject.versions("items") if until is None}
    assert since[4] == SECOND.id


def test_rows_of_a_cursor_take_the_places_of_those_with_their_keys(loading: _Loading) -> None:
    """And end nothing else: a cursor sees no deletes."""
    loading.people(FIRST, "snapshot", ADA, BOB)
    loading.people(SECOND, "cursor", {"id": 2, "name": "Rob"}, EVE, ADA)
    assert loading.subject.current("people") == [ADA, {"id": 2, "name": "Rob"}, EVE]
    assert (ADA, FIRST.id, None) in loading.subject.versions("people")


def test_changes_that_were_done_already_change_nothing(loading: _Loading) -> None:
    """Inserts of rows that are there, updates and deletes of rows that are not."""
    loading.items(FIRST, _item("insert", 1, size=1), _item("insert", 2, size=2), _item("delete", 2))
    before = loading.subject.versions("items")
    loading.items(SECOND, _item("insert", 1, size=1), _item("insert", 2, size=2), _item("delete", 2))
    assert loading.subject.versions("items") == before
    loading.items(THIRD, _item("update", 7, size=7), _item("delete", 8))
    assert loading.held() == [(1, 1, None), (7, 7, None)]


def test_a_batch_without_changes_brings_no_file(loading: _Loading) -> None:
    """The table has its account, and stays as it was."""
    loading.items(FIRST, _item("insert", 1, size=1))
    (account,) = loading.subject.load(
        SECOND, IncomingTable(ITEMS, "parquet", (), 0, "0" * 64, mode="changes")
    )
    assert (account.extracted_rows, account.loaded_rows) == (0, 0)
    assert loading.held() == [(1, 1, None)]


def test_modes_may_follow_one_another(loading: _Loading) -> None:
    """A picture after changes keeps what they came to."""
    loading.people(FIRST, "changes", *_changes(ADA, BOB))
    loading.people(SECOND, "snapshot", ADA, BOB)
    loading.people(THIRD, "changes", {OPERATION: "delete", "id": 2, POSITION: 0})
    assert loading.subject.versions("people")[0] == (ADA, FIRST.id, None)
    assert (BOB, FIRST.id, THIRD.id) in loading.subject.versions("people")


def test_what_was_left_out_is_what_it_was(loading: _Loading) -> None:
    """In the batch before, earlier in the batch, and under the keys that the row had meanwhile."""
    loading.items(FIRST, _item("insert", 1, size=1, body="one"), _item("insert", 2, size=2, body="two"))
    good = loading.items(
        SECOND,
        _item("update", 1, size=10, **_without("body")),
        _item("update", 2, size=20, body="zwei"),
        _item("update", 2, size=21, **_without("body")),
        _item("delete", 2),
        _item("update", 5, size=22, **{MOVED_FROM: 3}, **_without("body")),
        _item("delete", 5),
        _item("update", 6, size=23, **{MOVED_FROM: 5}, **_without("body")),
        _item("update", 6, size=24, **_without("body")),
        _item("delete", 1),
        _item("update", 2, size=11, **{MOVED_FROM: 8}, **_without("body")),
        _item("insert", 1, size=3, body=None),
        _item("update", 1, size=4, **_without()),
    )
    assert good == 12
    assert loading.held() == [(1, 4, None), (2, 11, "one"), (6, 24, "zwei")]


def test_a_key_that_is_used_again_hands_nothing_on(loading: _Loading) -> None:
    """What a row with the key had before was another row's."""
    loading.items(FIRST, _item("insert", 1, size=1, body="old"))
    good = loading.items(
        SECOND, _item("delete", 1), _item("update", 1, size=2, **_without("body")), _item("insert", 2, size=2)
    )
    assert good == 2
    assert loading.held() == [(2, 2, None)]
    assert loading.subject.reasons("items") == [
        ("unchanged", "did not change since a version that is not loaded: body")
    ]


def test_a_broken_change_leaves_the_version_before(loading: _Loading) -> None:
    """The one in the warehouse, or the one earlier in the batch."""
    loading.items(FIRST, _item("insert", 1, size=1), _item("insert", 2, size=2))
    good = loading.items(
        SECOND,
        _item("update", 1, size=None),
        _item("update", 2, size=20),
        _item("update", 2, size=None),
        _item("insert", 3, size=None),
    )
    assert good == 1
    assert loading.held() == [(1, 1, None), (2, 20, None)]
    assert loading.subject.reasons("items") == [("size_not_null", "size is NULL")] * 3


def test_a_row_is_never_put_together_from_two_versions(loading: _Loading) -> None:
    """A value left out that was last told by a change in quarantine is not taken from an older version."""
    loading.items(FIRST, _item("insert", 1, size=1, body="old"), _item("insert", 2, size=1, body="old"))
    loading.items(
        SECOND,
        _item("update", 1, size=None, body="new"),
        _item("update", 2, size=None, body="new"),
        _item("update", 2, size=2, **_without("body")),
    )
    assert loading.held() == [(1, 1, "old"), (2, 2, "new")]
    assert loading.items(THIRD, _item("update", 1, size=3, **_without("body"))) == 0
    assert loading.held() == [(1, 1, "old"), (2, 2, "new")]
    assert loading.subject.reasons("items")[0][0] == "unchanged"


def test_a_whole_row_mends_what_quarantine_has_left(loading: _Loading) -> None:
    """After it, values may be left out again, even where it is just what the version before was."""
    loading.items(FIRST, _item("insert", 1, size=1, body="old"))
    loading.items(SECOND, _item("update", 1, size=None, body="new"))
    assert loading.items(THIRD, _item("update", 1, size=1, body="old")) == 1
    assert loading.items(Batch(date(2026, 3, 17)), _item("update", 1, size=4, **_without("body"))) == 1
    assert loading.held() == [(1, 4, "old")]


def test_a_delete_needs_a_key_and_nothing_else(loading: _Loading) -> None:
    """Its other columns are empty, whatever the contract says of them."""
    loading.items(FIRST, _item("insert", 1, size=1))
    assert loading.items(SECOND, _item("delete", 1), _item("delete", None)) == 1
    assert loading.held() == []
    assert loading.subject.reasons("items") == [("id_not_null", "id is NULL")]


@pytest.mark.parametrize("mode", ["snapshot", "changes", "cursor"])
def test_a_value_beyond_its_type_sends_its_row_to_quarantine(loading: _Loading, mode: Mode) -> None:
    """As the source writes it; the column itself is empty."""
    unfit = json.dumps({"price": "NaN"})
    odd: Row = {"id": 1, "size": 1, "price": None, UNFIT: unfit}
    good = loading.items(FIRST, odd, {"id": 2, "size": 2, "price": Decimal("1.50")}, mode=mode)
    assert good == 1
    assert loading.held() == [(2, 2, None)]
    (row,) = loading.subject.warehouse.quarantined_rows("items", limit=9)
    assert (row.rule, row.reason) == ("exact", "cannot be held exactly: price is NaN")
    assert (row.row["price"], row.row["size"], row.row["id"], row.row["body"]) == ("NaN", "1", "1", None)


@pytest.mark.parametrize("mode", ["snapshot", "changes", "cursor"])
def test_a_table_that_drifted_goes_to_quarantine_whole(loading: _Loading, tmp_path: Path, mode: Mode) -> None:
    """With its reason; the versions stay as they were."""
    loading.people(FIRST, "snapshot", ADA, BOB)
    before = loading.subject.versions("people")
    table = incoming_table(
        tmp_path, people(), [ADA, EVE], batch=SECOND, mode=mode, quarantined_because="name is another"
    )
    (account,) = loading.subject.load(SECOND, table)
    assert (account.loaded_rows, account.quarantined_rows) == (0, 2)
    assert loading.subject.reasons("people") == [("drift", "name is another")] * 2
    assert loading.subject.versions("people") == before


def test_rows_without_a_key_are_counted(loading: _Loading, tmp_path: Path) -> None:
    """Equal rows are as many as there are; of those, as many go on as the next picture shows."""
    words = contract("words", column("word", "text", nullable=True), key=())
    shown = [["a", "a", None, None, "b"], ["a", None, None, None, "c"]]
    for batch, texts in zip((FIRST, SECOND), shown, strict=True):
        rows = [{"word": text} for text in texts]
        (account,) = loading.subject.load(batch, incoming_table(tmp_path, words, rows, batch=batch))
        assert account.loaded_rows == 5
    current = [row["word"] for row in loading.subject.current("words")]
    assert sorted(map(str, current)) == ["None", "None", "None", "a", "c"]
    began = [row["word"] for row, since, _ in loading.subject.versions("words") if since == SECOND.id]
    assert sorted(map(str, began)) == ["None", "c"]
