"""Follows the log through its transactions: which count, where they stand, and which changes they have."""

from collections.abc import Sequence

import numpy as np

from streamvision.adapters.source.postgres.change_batches import (
    Layout,
    TableChanges,
    altered,
    layout_of,
    table_changes,
    truncation,
)
from streamvision.adapters.source.postgres.pgoutput import (
    DELETE,
    INSERT,
    UPDATE,
    Begin,
    Commit,
    Framing,
    Relation,
    Truncate,
    framing,
    not_understood,
)
from streamvision.adapters.source.postgres.tuples import Integers, Stretch
from streamvision.domain.contract import Contract
from streamvision.domain.visibility import Visible, parse_visible
from streamvision.ports.source import Covered, TakeChanges

_CHANGES = (INSERT, UPDATE, DELETE)


class LogReader:
    """Take the log stretch by stretch, and hand on the changes that count.

    Attributes:
        position: of the next change.
        taken: how many transactions were handed on.
        end: the end of the last transaction, of whatever kind; None before the first.
        confirmable: the end of the last transaction before the first one that the snapshot does not show.
        is_whole: whether there was none of the latter.

    """

    def __init__(
        self,
        contracts: Sequence[Contract],
        visible: Visible,
        covered: Sequence[Covered],
        take: TakeChanges,
        first_position: int,
    ) -> None:
        """Take what counts, and where it goes."""
        self.position = first_position
        self.taken = 0
        self.end: int | None = None
        self.confirmable: int | None = None
        self.is_whole = True
        self._wanted = {(contract.schema, contract.in_source): contract for contract in contracts}
        self._visible = visible
        self._covered = [(parse_visible(cover.visible), cover.until) for cover in covered]
        self._take = take
        self._relations: dict[int, Relation] = {}
        self._layouts: dict[int, Layout] = {}
        self._transaction: Begin | None = None
        self._counts = False
        self._runs: list[tuple[int, int, Begin]] = []

    def read(self, stretch: Stretch) -> None:
        """Take the next messages, in the order of the log.

        Raises:
            SourceError: when they are not what the plugin writes, or a table is not what its contract says.

        """
        try:
            is_change = np.isin(stretch.kinds, _CHANGES)
        except IndexError as error:
            raise not_understood("a message without a kind") from error
        next_one = 0
        for place in np.flatnonzero(~is_change).tolist():
            self._note(next_one, place)
            message = framing(stretch.log, int(stretch.starts[place]), int(stretch.ends[place]))
            self._frame(message, stretch)
            next_one = place + 1
        self._note(next_one, len(is_change))
        self._hand_on(stretch)

    def _note(self, first: int, end: int) -> None:
        """Note that the messages between two places are changes of the present transaction."""
        if first == end:
            return
        if self._transaction is None:
            raise not_understood("a change outside of a transaction")
        if self._counts:
            self._runs.append((first, end, self._transaction))

    def _frame(self, message: Framing, stretch: Stretch) -> None:
        if isinstance(message, Begin):
            self._begin(message)
        elif isinstance(message, Commit):
            self._commit(message)
        elif isinstance(message, Relation):
            self._describe(message, stretch)
        elif isinstance(message, Truncate):
            self._truncate(message, stretch)

    def _begin(self, message: Begin) -> None:
        if self._transaction is not None:
            raise not_understood("a transaction within another")
        xid = self._visible.widened(message.xid)
        is_shown = self._visible.shows(xid)
        self.is_whole = self.is_whole and is_shown
        # Commits do not overlap in the log, so one that begins before a position has its end up to there.
        self._counts = is_shown and not any(
            cover.shows(xid) and (until is None or message.commit_lsn < until)
            for cover, until in self._covered
        )
        self._transaction = message

    def _commit(self, message: Commit) -> None:
        if self._transaction is None:
            raise not_understood("the end of a transaction that did not begin")
        self.taken += self._counts
        self._transaction, self._counts = None, False
        self.end = message.end
        if self.is_whole:
            self.confirmable = message.end

    def _describe(self, relation: Relation, stretch: Stretch) -> None:
        if self._relations.get(relation.id) != relation:
            # What came before was told under the description before.
            self._hand_on(stretch)
            self._relations[relation.id] = relation
            self._layouts.pop(relation.id, None)

    def _truncate(self, message: Truncate, stretch: Stretch) -> None:
        if self._transaction is None:
            raise not_understood("a change outside of a transaction")
        if not self._counts:
            return
        self._hand_on(stretch)
        for number in message.relations:
            layout = self._layout(number)
            if layout is not None:
                commit = self._transaction
                row = truncation(layout, self.position, commit.commit_lsn, commit.committed_at)
                self.position += 1
                self._take(layout.contract, row)

    def _hand_on(self, stretch: Stretch) -> None:
        """Hand on the changes that were noted: their positions count over all tables."""
        if not self._runs:
            return
        firsts, ends, transactions = zip(*self._runs, strict=True)
        self._runs = []
        lengths = np.subtract(ends, firsts)
        which = np.arange(lengths.sum()) + np.repeat(firsts - (np.cumsum(lengths) - lengths), lengths)
        found, rows = self._by_table(stretch, which)
        positions = self.position + np.cumsum(rows) - rows
        lsns = np.repeat([each.commit_lsn for each in transactions], lengths)
        times = np.repeat([each.committed_at for each in transactions], lengths)
        for places, changes in found:
            self._take(changes.layout.contract, changes.batch(positions[places], lsns[places], times[places]))
        self.position += int(rows.sum())

    def _by_table(
        self, stretch: Stretch, which: Integers
    ) -> tuple[list[tuple[Integers, TableChanges]], Integers]:
        """Return the changes of each wanted table with their places, and how many rows each change gives."""
        rows = np.zeros(len(which), np.int64)
        found = []
        relations = stretch.relations(which)
        for number in np.unique(relations).tolist():
            layout = self._layout(number)
            if layout is None:
                continue
            places = np.flatnonzero(relations == number)
            changes = table_changes(stretch, which[places], layout)
            rows[places] = 1 + changes.moved
            found.append((places, changes))
        return found, rows

    def _layout(self, number: int) -> Layout | None:
        """Return the layout of a table; None where its changes are not wanted."""
        layout = self._layouts.get(number)
        if layout is None:
            relation = self._relations.get(number)
            if relation is None:
                raise not_understood("a change to a table that it has not described")
            contract = self._wanted.get((relation.schema, relation.name))
            if contract is not None:
                self._refuse_another(contract)
                layout = self._layouts[number] = layout_of(relation, contract)
        return layout

    def _refuse_another(self, contract: Contract) -> None:
        if any(layout.contract is contract for layout in self._layouts.values()):
            raise altered(contract, "it was made anew")
