"""The SQL of the dashboards: one SELECT per visual, on the schema marts alone.

One text runs on every warehouse. So a day becomes text by a cast, a list is asked with `in $list`, a ratio
is divided as double, and a column that shares its name with a result is written with its table: engines
differ in what they do otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from streamvision_web.filters import Filters, Reach, condition
from streamvision_web.queries.folding import ACCENTED, BARE

_ALWAYS: dict[str, object] = {"accented": ACCENTED, "bare": BARE}
"""Parameters that a query may name without being given them."""


@dataclass(frozen=True)
class Query:
    """Hold a SELECT in which `{filters}` stands where the filters' condition goes.

    Attributes:
        reach: what the filters reach; None where no filter applies.
        reaches: what they reach in further marts, by the name that stands in braces for their condition.

    """

    sql: str
    reach: Reach | None = None
    reaches: Mapping[str, Reach] = field(default_factory=dict)

    def bind(self, filters: Filters | None, more: dict[str, object]) -> tuple[str, dict[str, object]]:
        """Return the SQL to run and its parameters; `more` adds to those of the filters."""
        more = {name: value for name, value in _ALWAYS.items() if f"${name}" in self.sql} | more
        if self.reach is None or filters is None:
            return self.sql, more
        sql = self.sql
        parameters: dict[str, object] = {}
        for name, reach in {"filters": self.reach, **self.reaches}.items():
            text, named = condition(filters, reach)
            sql, parameters = sql.replace(f"{{{name}}}", text), parameters | named
        return sql, parameters | more

    def missed(self, filters: Filters) -> tuple[str, ...]:
        """Return which filters are set and do not reach what is read."""
        reaches = [reach for reach in (self.reach, *self.reaches.values()) if reach is not None]
        return tuple(dict.fromkeys(name for reach in reaches for name in reach.missed(filters)))

    def of_title(self) -> "Query":
        """Return the query over the rows of one title alone, whose key is the parameter `content_id`.

        A title has its genre: the filter of genres does not reach it.
        """
        sql = self.sql.replace("{filters}", "{filters} and content_id = $content_id")
        return Query(sql, replace(self.reach, genre=None) if self.reach else None)
