"""Rows that leave the quarantine of the warehouse in memory."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from streamvision.domain.changes import OPERATION, POSITION, UNFIT, Mode
from streamvision.ports.warehouse import IncomingTable, QuarantinedRow
from tests.fakes.fold import Fold, key_of
from tests.fakes.versions import Row, Version, Versions, broken_rule, rows_of

Place = tuple[str, int]


@dataclass(frozen=True)
class Told:
    """Remember what the source told of a table in a batch, good or not."""

    batch_id: str
    table: str
    mode: Mode
    rows: Sequence[Row]


def place_of(row: QuarantinedRow) -> Place:
    """Return a row's file and number."""
    return row.source_file, row.source_row


def ranges_of(numbers: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Return growing numbers as ranges, each with its first and last."""
    ranges: list[tuple[int, int]] = []
    for number in numbers:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    return tuple(ranges)


def release(
    versions: Versions,
    table: IncomingTable,
    chosen: Sequence[QuarantinedRow],
    told: Sequence[Told],
    after_batch: str,
) -> tuple[list[Row], dict[Place, QuarantinedRow]]:
    """Take the chosen rows of a table of a batch; return those that pass, and the others by their places.

    What the source told last of a row becomes current; for the rest, `told` has a newer word.
    """
    by_place = {place_of(row): row for row in chosen}
    passed: list[Row] = []
    broken: dict[Place, QuarantinedRow] = {}
    for file, number, row in rows_of(table):
        quarantined = by_place.get((file, number))
        if quarantined is None:
            continue
        wrong = _what_is_wrong(table, row)
        if wrong is not None:
            broken[file, number] = replace(quarantined, rule=wrong[0], reason=wrong[1])
            continue
        passed.append(row)
        if not _is_told_anew(table, row, quarantined.batch_id, told):
            _make_current(versions, table, row, after_batch)
    return passed, broken


def _what_is_wrong(table: IncomingTable, row: Row) -> tuple[str, str] | None:
    if table.quarantined_because:
        return "drift", table.quarantined_because
    return broken_rule(table.contract, {UNFIT: None, OPERATION: None, **row})


def _is_told_anew(table: IncomingTable, row: Row, batch_id: str, told: Sequence[Told]) -> bool:
    key = key_of(table.contract, row)
    for each in told:
        if each.table != table.contract.table or each.batch_id < batch_id:
            continue
        is_later = each.batch_id > batch_id
        if is_later and each.mode == "snapshot":
            return True
        for later in each.rows:
            same = key_of(table.contract, later) == key or later.get(OPERATION) == "truncate"
            if same and (is_later or _position(later) > _position(row)):
                return True
    return False


def _make_current(versions: Versions, table: IncomingTable, row: Row, after_batch: str) -> None:
    contract = table.contract
    before = {key_of(contract, version.row): version for version in versions.current}
    fold = Fold(contract, {key: version.row for key, version in before.items()})
    fold.do({OPERATION: "upsert", POSITION: None, **row})
    key = key_of(contract, row)
    if key in before:
        before[key].until = after_batch
    if key in fold.rows:
        versions.all.append(Version(fold.rows[key], after_batch))
    versions.all = [version for version in versions.all if version.since != version.until]


def _position(row: Mapping[str, object]) -> int:
    return int(str(row.get(POSITION) or 0))
