"""What a batch makes of a table of the warehouse in memory."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from streamvision.ports.warehouse import (
    IncomingTable,
    QuarantinedRow,
    QuarantineGroup,
    TableAccount,
    TableState,
)
from tests.fakes.versions import Version, Versions


def state_of(
    table: IncomingTable,
    account: TableAccount,
    broken: Sequence[QuarantinedRow],
    before: Versions | None,
    current: Sequence[Version],
) -> TableState:
    """Return a table as a batch leaves it; `before` is what it was, None where there was no batch of it."""
    contract = table.contract
    counted = Counter(row.rule for row in broken)
    groups = [
        QuarantineGroup(
            account.batch_id, account.table, rule, min(row.reason for row in broken if row.rule == rule), rows
        )
        for rule, rows in sorted(counted.items(), key=lambda found: (-found[1], found[0]))
    ]
    return TableState(
        contract=contract,
        account=account,
        is_refused=bool(table.quarantined_because),
        broken=tuple(groups),
        current_rows=len(current) if contract.volume else 0,
        rows_before=len(before.current) if contract.volume and before is not None else None,
        age_seconds=_age(table, account, current),
    )


def _age(table: IncomingTable, account: TableAccount, current: Sequence[Version]) -> float | None:
    if table.contract.freshness is None:
        return None
    found = (version.row.get(table.contract.freshness.column) for version in current)
    moments = [value for value in found if isinstance(value, datetime) and value <= account.snapshot_at]
    return (account.snapshot_at - max(moments)).total_seconds() if moments else None
