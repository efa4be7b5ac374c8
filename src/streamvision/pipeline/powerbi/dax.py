"""Writes the metrics of the semantic layer as measures in DAX."""

from collections.abc import Iterator, Mapping, Sequence
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

    """

    calendar: str
    filtered_by: Mapping[str, Sequence[str]]
    either: Mapping[str, Either] = field(default_factory=dict)


def measure_of(metric: Metric, star: Star) -> str:
    """Return the DAX of a metric, in the unit in which the marts keep it.

    Raises:
        DefinitionError: when its SQL is more than can be turned into DAX.

    """
    return _written(metric.expression, star)


def _written(expression: Expression, star: Star) -> str:
    match expression:
        case Aggregate():
            return _aggregate(expression, star)
        case Rolling():
            return _rolling(expression, star)
        case Ratio():
            numerator, denominator = (
                _written(part, star) for part in (expression.numerator, expression.denominator)
            )
            return _with_variables(
                {"Numerator": numerator, "Denominator": denominator}, "DIVIDE(Numerator, Denominator)"
            )
        case Derived():
            names = {name: "".join(map(str.capitalize, name.split("_"))) for name in expression.inputs}
            formula = to_dax(expression.formula, names.__getitem__)
            parts = {names[name]: _written(part, star) for name, part in expression.inputs.items()}
            return _with_variables(parts, formula)


def _with_variables(parts: Mapping[str, str], result: str) -> str:
    """Return an expression over others, each of which is computed once and may have variables of its own."""
    lines: list[str] = []
    for name, dax in parts.items():
        if "\n" in dax:
            lines += [f"VAR {name} =", *(f"    {line}" for line in dax.splitlines())]
        else:
            lines.append(f"VAR {name} = {dax}")
    return "\n".join([*lines, "RETURN", f"    {result}"])


def _aggregate(part: Aggregate, star: Star) -> str:
    rows = _rows(part, star)
    if part.at_end:
        return _at_end(part, rows, star)
    if not part.stored_by:
        return rows
    fixed = " && ".join(f"HASONEVALUE({_column(part.mart, column)})" for column in part.stored_by)
    return f"IF({fixed}, {rows})"


def _rows(part: Aggregate, star: Star) -> str:
    """Return what is taken of the rows that the filters leave."""
    if part.expression in part.columns:
        taken = f"{_OF_COLUMN[part.aggregation]}({_column(part.mart, part.expression)})"
    elif part.aggregation == "count":
        taken = f"COUNTROWS({quoted(part.mart)})"
    else:
        each = to_dax(part.expression, lambda name: _column(part.mart, name))
        taken = f"{_OF_ROWS[part.aggregation]}({quoted(part.mart)}, {each})"
    filters = list(_filters(part, star))
    return f"CALCULATE({', '.join([taken, *filters])})" if filters else taken


def _filters(part: Aggregate, star: Star) -> Iterator[str]:
    if part.filter:
        yield f"KEEPFILTERS({to_dax(part.filter, lambda name: _column(part.mart, name))})"
    either = star.either.get(part.mart)
    if either:
        chosen = f"VALUES({quoted(either.table)}[{either.key}])"
        tests = [f"{_column(part.mart, column)} IN {chosen}" for column in either.columns]
        condition = " || ".join([f"NOT(ISCROSSFILTERED({quoted(either.table)}))", *tests])
        yield f"FILTER({quoted(part.mart)}, {condition})"


def _at_end(part: Aggregate, rows: str, star: Star) -> str:
    """Take the last day that the mart tells of, whether or not it has a row for what else is selected."""
    day = _column(part.mart, part.day)
    others = "".join(f", REMOVEFILTERS({quoted(table)})" for table in star.filtered_by[part.mart])
    return "\n".join(
        [
            f"VAR LastDay = CALCULATE(MAX({day}){others})",
            "RETURN",
            f"    CALCULATE({rows}, {star.calendar} = LastDay)",
        ]
    )


def _rolling(part: Rolling, star: Star) -> str:
    """Look back from the last day that is selected and known; say nothing of days that are not yet known."""
    day = _column(part.of.mart, part.of.day)
    period = f"DATESBETWEEN({star.calendar}, LastDay - {part.days - 1}, LastDay)"
    return "\n".join(
        [
            f"VAR LastKnown = CALCULATE(MAX({day}), REMOVEFILTERS())",
            f"VAR LastChosen = MAX({star.calendar})",
            "VAR LastDay = IF(LastChosen < LastKnown, LastChosen, LastKnown)",
            "RETURN",
            f"    IF(MIN({star.calendar}) <= LastKnown, CALCULATE({_rows(part.of, star)}, {period}))",
        ]
    )


def _column(mart: str, column: str) -> str:
    return f"{quoted(mart)}[{column}]"
