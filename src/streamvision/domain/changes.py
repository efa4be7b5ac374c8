"""The technical columns of the lake's files, and what they mean. Every such name begins with `_`."""

from typing import Literal

Mode = Literal["snapshot", "changes", "cursor"]
"""How a batch holds a table: whole; as what was done to it, in order; or as rows that came or changed."""

OPERATION = "_operation"
"""Text: insert, update, delete or truncate in `changes`; upsert in `cursor`; absent in a `snapshot`."""
COMMIT_LSN = "_commit_lsn"
"""int64: where the transaction's commit stands in the source's log. `changes` only, as are those below."""
COMMITTED_AT = "_committed_at"
"""timestamptz: when the transaction was committed, by the source's clock."""
POSITION = "_position"
"""int64: the change's place in the batch, over all tables, growing in the order of commits."""
UNCHANGED = "_unchanged"
"""Text: a JSON list of the columns whose large value the source did not repeat, since it stayed as it was."""
MOVED_FROM = "_moved_from"
"""int64: of an update that changed the key, the position of the `delete` that stands for its old key."""
UNFIT = "_unfit"
"""Text: a JSON object of the values that their column's type cannot hold, as the source writes them; NULL
mostly. The column itself is NULL there. In every mode; absent where no column can have such a value."""
ROW = "_row"
"""Boolean, always true: stands in the files of a table without columns, so that its rows can be counted."""

CHANGE_COLUMNS = (OPERATION, COMMIT_LSN, COMMITTED_AT, POSITION, UNCHANGED, MOVED_FROM)
"""The technical columns of `changes`, in the order in which they follow the data; UNFIT comes last."""
CURSOR_COLUMNS = (OPERATION,)
