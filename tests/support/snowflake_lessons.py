"""What dbt and exact figures need of the stand-in for Snowflake, and fakesnow does not do by itself.

Each lesson is for the tests alone and makes the stand-in do what Snowflake does.
"""

from itertools import count
from typing import Any

import fakesnow.cursor as cursors
from fakesnow import transforms
from sqlglot import Expr, exp

_NUMBERS = count(1)
_transform = cursors.FakeSnowflakeCursor._transform  # noqa: SLF001 - there is no other way in


def teach() -> None:
    """Let fakesnow know temporary tables and exact sums."""
    cursors.FakeSnowflakeCursor._transform = with_temporary_tables  # type: ignore[method-assign]  # noqa: SLF001
    transforms.numeric_agg_implicit_cast = as_it_is


def with_temporary_tables(self: Any, expression: Expr, params: Any) -> Expr:  # noqa: ANN401
    """Keep a temporary table as an ordinary one under a name that no other session has.

    DuckDB has temporary tables in a catalogue of their own only, and dbt names them with database and schema.
    """
    names: dict[str, str] = self._conn.__dict__.setdefault("temporary_names", {})
    if isinstance(expression, exp.Create):
        for temporary in list(expression.find_all(exp.TemporaryProperty)):
            temporary.pop()
            table = expression.find(exp.Table)
            assert table is not None
            names[table.name.upper()] = f"{table.name.upper()}__{next(_NUMBERS)}"
    for table in expression.find_all(exp.Table):
        if table.name.upper() in names:
            table.set("this", exp.to_identifier(names[table.name.upper()]))
    return _transform(self, expression, params)


def as_it_is(expression: Expr) -> Expr:
    """Leave the argument of SUM alone: fakesnow makes a DOUBLE of it, Snowflake adds decimals exactly."""
    return expression
