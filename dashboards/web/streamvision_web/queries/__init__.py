"""The SQL of the dashboards: one SELECT per visual, on the schema marts alone."""

from dataclasses import dataclass

from streamvision_web.filters import Filters, Reach, condition


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
        if self.reach is None or filters is None:
            return self.sql, more
        text, parameters = condition(filters, self.reach)
        return self.sql.replace("{filters}", text), parameters | more
