"""One table of the warehouse in memory: which rows hold their contract, and the versions of each."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow.parquet as pq

from streamvision.domain.changes import OPERATION, POSITION, UNFIT
from streamvision.domain.contract import Contract
from streamvision.ports.warehouse import IncomingTable, QuarantinedRow
from tests.fakes.fold import Fold, Key, key_of

Row = Mapping[str, object]


@dataclass
class Version:
    """Hold one version of a row."""

    row: Row
    since: str
    until: str | None = None
    is_outdated: bool = False


@dataclass
class Versions:
    """Keep the versions of one table's rows; of a contract's rules it knows one: NULL where none may be.

    Attributes:
        all: the versions, oldest first.

    """

    all: list[Version] = field(default_factory=list)

    @property
    def current(self) -> list[Version]:
        """Return the versions that have no end."""
        return [version for version in self.all if version.until is None]

    def take(self, table: IncomingTable, batch_id: str) -> tuple[list[Row], list[QuarantinedRow]]:
        """Take a batch's rows, and return those that are good and those that are broken."""
        good: list[Row] = []
        broken: list[QuarantinedRow] = []
        judge = _Judge(table, batch_id, {key_of(table.contract, v.row): v for v in self.current})
        for file, number, row in rows_of(table):
            wrong = judge.what_is_wrong(row)
            if wrong is None:
                good.append(row)
            else:
                name = table.contract.table
                shown = _shown(row)
                broken.append(QuarantinedRow(batch_id, name, *wrong, file, number, shown))
        if not table.quarantined_because:
            self._become(judge.rows, batch_id)
            judge.mark(self.current)
        return good, broken

    def _become(self, rows: Sequence[Row], batch_id: str) -> None:
        left = list(rows)
        for version in self.current:
            # An outdated version is not what the row was lately, whatever it has become again.
            if version.row in left and not version.is_outdated:
                left.remove(version.row)
            else:
                version.until = batch_id
        self.all += [Version(row, batch_id) for row in left]


class _Judge:
    """Judge the rows of a batch one by one, and keep what they come to."""

    def __init__(self, table: IncomingTable, batch_id: str, current: Mapping[Key, Version]) -> None:
        self._table, self._batch_id = table, batch_id
        is_picture = table.mode == "snapshot"
        self._taken: list[Row] = []
        self._state = Fold(table.contract, {} if is_picture else {k: v.row for k, v in current.items()})
        # What the source holds, as far as it is known: rows in quarantine are among it.
        trusted = {key: version.row for key, version in current.items() if not version.is_outdated}
        self._source = Fold(table.contract, trusted)

    @property
    def rows(self) -> list[Row]:
        """Return the rows as the batch leaves them."""
        return self._taken if self._table.mode == "snapshot" else list(self._state.rows.values())

    def mark(self, current: Sequence[Version]) -> None:
        """Mark the versions that the source has left behind."""
        if self._table.mode != "snapshot":
            for version in current:
                held = self._source.rows.get(key_of(self._table.contract, version.row))
                version.is_outdated = held != version.row

    def what_is_wrong(self, row: Row) -> tuple[str, str] | None:
        """Return the rule that a row breaks and the reason; None where it is good."""
        contract = self._table.contract
        if self._table.quarantined_because:
            return "drift", self._table.quarantined_because
        try:
            whole = row if self._table.mode == "snapshot" else self._source.do(row)
        except KeyError as error:
            return "unchanged", f"did not change since a version that is not loaded: {error.args[0]}"
        if wrong := broken_rule(contract, {**whole, **{n: row.get(n) for n in (UNFIT, OPERATION)}}):
            if wrong[0] == "exact":
                self._source.rows.pop(key_of(contract, row), None)
            return wrong
        if self._table.mode == "snapshot":
            self._taken.append({name: row[name] for name in contract.column_names})
        else:
            technical = {name: row.get(name) for name in (OPERATION, POSITION)}
            self._state.do({name: whole.get(name) for name in contract.column_names} | technical)
        return None


def broken_rule(contract: Contract, row: Row) -> tuple[str, str] | None:
    """Return the rule that a row breaks by itself, and the reason; None where it breaks none."""
    if row[OPERATION] == "truncate":
        return None
    unfit = json.loads(str(row[UNFIT] or "{}"))
    if unfit:
        return "exact", "cannot be held exactly: " + ", ".join(f"{k} is {v}" for k, v in unfit.items())
    needed = [column.name for column in contract.columns if not column.nullable]
    if row[OPERATION] == "delete":
        needed = list(contract.key)
    empty = next((name for name in needed if row[name] is None), None)
    return (f"{empty}_not_null", f"{empty} is NULL") if empty else None


def _shown(row: Row) -> dict[str, object]:
    """Return every value as text, and those that their type cannot hold as the source wrote them."""
    texts = {name: None if value is None else str(value) for name, value in row.items() if name != UNFIT}
    unfit: dict[str, object] = json.loads(str(row.get(UNFIT) or "{}"))
    return texts | unfit


def rows_of(table: IncomingTable) -> list[tuple[str, int, Row]]:
    """Return the rows in the order in which they are to be taken, each with its file and number."""
    rows = [
        (file.key, number, row)
        for file in table.files
        for number, row in enumerate(pq.read_table(file.path).to_pylist())
    ]
    return sorted(rows, key=lambda found: found[2].get(POSITION) or 0)
