"""The SQL of the dashboards: one SELECT per visual, on the schema marts alone.

One text runs on every warehouse. So a day becomes text by a cast, a list is asked with `in $list`, a ratio
is divided as double, and a column that shares its name with a result is written with its table: engines
differ in what they do otherwise.
"""

from dataclasses import dataclass, replace

from streamvision_web.filters import Filters, Reach, condition
from streamvision_web.queries.folding import ACCENTED, BARE

_ALWAYS: dict[str, object] = {"accented": ACCENTED, "bare": BARE}
"""Parameters that a query may name without being given them."""


@dataclass(frozen=True)
class Query:
    """Hold a SELECT in which `{filters}` stands where the filters' condition goes.

    Attributes:
        reach: what the filters reach; None where no filter applies.
        besides: what they reach in a second mart, whose condition goes where `{besides}` stands.

    """

    sql: str
    reach: Reach | None = None
    besides: Reach | None = None

    def bind(self, filters: Filters | None, more: dict[str, object]) -> tuple[str, dict[str, object]]:
        """Return the SQL to run and its parameters; `more` adds to those of the filters."""
        sql = self.sql
        parameters = {name: value for name, value in _ALWAYS.items() if f"${name}" in sql} | more
        for place, reach in (("{filters}", self.reach), ("{besides}", self.besides)):
            if reach is not None and filters is not None:
                text, named = condition(filters, reach)
                sql = sql.replace(place, text)
                parameters = named | parameters
        return sql, parameters

    def missed(self, filters: Filters) -> tuple[str, ...]:
        """Return which filters are set and do not reach all that is read."""
        reaches = [reach for reach in (self.reach, self.besides) if reach is not None]
        return tuple(dict.fromkeys(name for reach in reaches for name in reach.missed(filters)))

    def of_title(self) -> "Query":
        """Return the query over the rows of one title alone, whose key is the parameter `content_id`.

        A title has its genre: the filter of genres does not reach it.
        """
        sql = self.sql.replace("{filters}", "{filters} and content_id = $content_id")
        return Query(sql, replace(self.reach, genre=None) if self.reach else None)
