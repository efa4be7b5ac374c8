"""Writes the metrics of the semantic layer as measures in DAX."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from streamvision.domain.metric import Aggregate, Derived, Expression, Metric, Ratio, Rolling
from streamvision.pipeline.powerbi.sql_to_dax import to_dax
from streamvision.pipeline.powerbi.tmdl import quoted

_OF_COLUMN = {
    "sum": "SUM",
    "min": "MIN",
    "max": "MAX",
    "average": "AVERAGE",
    "count": "COUNTA",
    "count_distinct": "DISTINCTCOUNT",
}
_OF_ROWS = {"sum": "SUMX", "min": "MINX", "max": "MAXX", "average": "AVERAGEX"}


@dataclass(frozen=True)
class Either:
    """Say that a row of a fact counts when any of several columns is among the chosen keys of a dimension."""

    columns: tuple[str, ...]
    table: str
    key: str


@dataclass(frozen=True)
class Star:
    """Say how facts hang together with what filters them.

    Attributes:
        calendar: the column of the marked table of days, as DAX writes it.
        filtered_by: the tables, other than that of days, whose filters reach a fact.
        either: what filters a fact by more than one of its columns.
        fixed: the columns, with their facts, that are kept with four decimals.

    """

    calendar: str
    filtered_by: Mapping[str, Sequence[str]]
    either: Mapping[str, Either] = field(default_factory=dict)
    fixed: frozenset[tuple[str, str]] = frozenset()

    def is_fixed(self, metric: Metric) -> bool:
        """Tell whether a metric is of a column with four decimals: as many has whatever it is divided by."""
        return any((part.mart, column) in self.fixed for part in metric.aggregates for column in part.columns)


def measure_of(metric: Metric, star: Star, divisor: int = 1) -> str:
    """Return the DAX of a metric.

    Args:
        metric: of the semantic layer.
        star: what filters its facts.
        divisor: what the unit in which the marts keep it is divided by.

    Raises:
        DefinitionError: when its SQL is more than can be turned into DAX.

    """
    writer = _Writer(star, is_fixed=star.is_fixed(metric))
    result = writer.expression(metric.expression)
    return writer.measure(writer.divided(result, str(divisor)) if divisor != 1 else result)


class _Writer:
    """Write one measure; each part that is used more than once, or is long, is a variable."""

    def __init__(self, star: Star, *, is_fixed: bool) -> None:
        self._star, self._is_fixed = star, is_fixed
        self._variables: dict[str, str] = {}

    def measure(self, result: str) -> str:
        """Return the measure: its variables, and its result."""
        if not self._variables:
            return result
        lines = [f"VAR {name} = {dax}" for name, dax in self._variables.items()]
        return "\n".join([*lines, "RETURN", f"    {result}"])

    def expression(self, expression: Expression) -> str:
        """Return what computes an expression, from the variables so far."""
        match expression:
            case Aggregate():
                return self._aggregate(expression)
            case Rolling():
                return self._rolling(expression)
            case Ratio():
                numerator = self._variable("_Numerator", self.expression(expression.numerator))
                denominator = self._variable("_Denominator", self.expression(expression.denominator))
                return self.divided(numerator, denominator)
            case Derived():
                names = {
                    name: self._variable(_camel(name), self.expression(part))
                    for name, part in expression.inputs.items()
                }
                return to_dax(expression.formula, names.__getitem__)

    def divided(self, numerator: str, denominator: str) -> str:
        """Return a quotient with all of its decimals, whatever the numerator has."""
        whole = f"CONVERT({numerator}, DOUBLE)" if self._is_fixed else numerator
        return f"DIVIDE({whole}, {denominator})"

    def _variable(self, name: str, dax: str) -> str:
        """Return the variable that holds this; another one of the same name gets a number."""
        number, unique = 1, name
        while self._variables.setdefault(unique, dax) != dax:
            number += 1
            unique = f"{name}{number}"
        return unique

    def _aggregate(self, part: Aggregate) -> str:
        rows = _rows(part, self._star)
        if part.at_end:
            rows = self._at_end(part, rows)
        if not part.stored_by:
            return rows
        fixed = " && ".join(f"HASONEVALUE({_column(part.mart, column)})" for column in part.stored_by)
        return f"IF({fixed}, {rows})"

    def _at_end(self, part: Aggregate, rows: str) -> str:
        """Take the last day that the mart tells of, whether or not it has a row for what else is selected."""
        day = _column(part.mart, part.day)
        others = "".join(f", REMOVEFILTERS({quoted(table)})" for table in self._star.filtered_by[part.mart])
        last = self._variable("_LastDay", f"CALCULATE(MAX({day}){others})")
        return f"CALCULATE({rows}, {self._star.calendar} = {last})"

    def _rolling(self, part: Rolling) -> str:
        """Look back from the last day that is selected and known; say nothing of days not yet known."""
        day, calendar = _column(part.of.mart, part.of.day), self._star.calendar
        known = self._variable("_LastKnown", f"CALCULATE(MAX({day}), REMOVEFILTERS())")
        chosen = self._variable("_LastChosen", f"MAX({calendar})")
        last = self._variable("_LastDay", f"IF({chosen} < {known}, {chosen}, {known})")
        first = f"{last} - {part.days - 1}" if part.days > 1 else last
        rows = f"CALCULATE({_rows(part.of, self._star)}, DATESBETWEEN({calendar}, {first}, {last}))"
        return f"IF(MIN({calendar}) <= {known}, {rows})"


def _camel(name: str) -> str:
    return "_" + "".join(map(str.capitalize, name.split("_")))


def _rows(part: Aggregate, star: Star) -> str:
    """Return what is taken of the rows that the filters leave."""
    if part.expression in part.columns:
        taken = f"{_OF_COLUMN[part.aggregation]}({_column(part.mart, part.expression)})"
    elif part.aggregation == "count":
        taken = f"COUNTROWS({quoted(part.mart)})"
    else:
        each = to_dax(part.expression, lambda name: _column(part.mart, name))
        taken = f"{_OF_ROWS[part.aggregation]}({quoted(part.mart)}, {each})"
    filters: list[str] = []
    if part.filter:
        # A column alone is no comparison, which is what a filter has to be.
        condition = f"{part.filter} = true" if part.filter in part.columns else part.filter
        filters.append(f"KEEPFILTERS({to_dax(condition, lambda name: _column(part.mart, name))})")
    rows = _calculated(taken, filters)
    either = star.either.get(part.mart)
    if either is None:
        return rows
    chosen = f"VALUES({quoted(either.table)}[{either.key}])"
    condition = " || ".join(f"{_column(part.mart, column)} IN {chosen}" for column in either.columns)
    among = _calculated(taken, [*filters, f"FILTER({quoted(part.mart)}, {condition})"])
    return f"IF(ISCROSSFILTERED({quoted(either.table)}), {among}, {rows})"


def _calculated(taken: str, filters: Sequence[str]) -> str:
    return f"CALCULATE({', '.join([taken, *filters])})" if filters else taken


def _column(mart: str, column: str) -> str:
    return f"{quoted(mart)}[{column}]"
