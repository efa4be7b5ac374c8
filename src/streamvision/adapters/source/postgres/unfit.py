"""Writes the column of values that do not fit."""

import json
from collections.abc import Mapping

import pyarrow as pa


def unfit_column(texts: Mapping[str, pa.StringArray], rows: int) -> pa.StringArray:
    """Return a JSON object for each row that has unfit values, in the order of the columns; NULL elsewhere.

    Args:
        texts: of columns, by name, the source's text of each value that does not fit, NULL elsewhere.
        rows: the number of rows.

    """
    if not texts:
        return pa.nulls(rows, pa.string())
    found: dict[int, dict[str, str]] = {}
    for name, column in texts.items():
        for row in column.is_valid().to_numpy(zero_copy_only=False).nonzero()[0].tolist():
            found.setdefault(row, {})[name] = column[row].as_py()
    written = (json.dumps(found[row], ensure_ascii=False) if row in found else None for row in range(rows))
    return pa.array(written, pa.string())
