"""Which transactions a snapshot of PostgreSQL shows.

PostgreSQL writes a snapshot as `xmin:xmax:xip`: what is before xmin has ended, what is from xmax on had not
begun, and of those between, the ones listed in xip were still open. So of the transactions that were
committed, exactly those are visible that are before xmax and not listed.
"""

from dataclasses import dataclass

_XIDS = 2**32


@dataclass(frozen=True)
class Visible:
    """Hold a snapshot's transaction numbers, in full 64 bits; only top-level transactions are listed."""

    xmin: int
    xmax: int
    open: frozenset[int]

    def shows(self, xid: int) -> bool:
        """Tell whether a committed transaction, by its full number, is visible."""
        return xid < self.xmin or (xid < self.xmax and xid not in self.open)

    def widened(self, short_xid: int) -> int:
        """Return the full number of a transaction of which 32 bits are known: the nearest one to xmax."""
        full = self.xmax - self.xmax % _XIDS + short_xid
        if full - self.xmax > _XIDS // 2:
            return full - _XIDS
        return full + _XIDS if self.xmax - full > _XIDS // 2 else full


def parse_visible(text: str) -> Visible:
    """Read a snapshot as `pg_current_snapshot()::text` writes it.

    Raises:
        ValueError: when the text is not one.

    """
    xmin, xmax, listed = text.split(":")
    return Visible(int(xmin), int(xmax), frozenset(int(xid) for xid in listed.split(",") if xid))
