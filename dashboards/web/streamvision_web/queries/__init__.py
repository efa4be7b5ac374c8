"""The SQL of the dashboards: one SELECT per visual, on the schema marts alone.

One text runs on every warehouse. So a day becomes text by a cast, a list is asked with `in $list`, a ratio
is divided as double, and a column that shares its name with a result is written with its table: engines
differ in what they do otherwise.
"""

from dataclasses import dataclass

from streamvision_web.filters import Filters, Reach, condition
from streamvision_web.queries.folding import ACCENTED, BARE

_ALWAYS: dict[str, object] = {"accented": ACCENTED, "bare": BARE}
"""Parameters that a query may name without being given them."""


@dataclass(frozen=True)
class Query:
    """Hold a SELECT in which `{filters}` stands where the filters' condition goes.

    Attributes:
        reach: what the filters reach; None where no filter applies.

    """

    sql: str
    reach: Reach | None = None

    def bind(self, filters: Filters | None, more: dict[str, object]) -> tuple[str, dict[str, object]]:
        """Return the SQL to run and its parameters; `more` adds to those of the filters."""
        more = {name: value for name, value in _ALWAYS.items() if f"${name}" in self.sql} | more
        if self.reach is None or filters is None:
            return self.sql, more
        text, parameters = condition(filters, self.reach)
        return self.sql.replace("{filters}", text), parameters | more
