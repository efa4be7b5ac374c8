"""A metric of the semantic layer: what it is called, what it means, and what it is computed from.

A metric is computed from the columns of marts by an expression, which is a tree: its leaves aggregate the
rows of one mart each, its nodes divide, combine or look back over days. Whoever writes SQL, or another
language of queries, walks that tree.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

Aggregation = Literal["sum", "min", "max", "average", "count", "count_distinct"]
Format = Literal[
    "number", "decimal", "percent", "hours", "seconds", "milliseconds", "money", "days", "rating", "rank"
]
"""How values are written; `hours` are kept in seconds, `money` in cents, `percent` as a share."""

DECIMALS: Mapping[Format, int] = {
    "number": 0,
    "decimal": 2,
    "percent": 1,
    "hours": 0,
    "seconds": 1,
    "milliseconds": 0,
    "money": 2,
    "days": 1,
    "rating": 2,
    "rank": 0,
}
"""How many decimals are written, where a metric says nothing else."""

AGGREGATIONS = frozenset(get_args(Aggregation))
FORMATS = frozenset(get_args(Format))


@dataclass(frozen=True)
class Aggregate:
    """Aggregate the rows of one mart.

    Attributes:
        mart: the model that holds the rows.
        expression: what is aggregated of each row: a column, or SQL over columns.
        columns: the columns of the mart that the expression and the filter name.
        aggregation: how rows are taken together.
        day: the column with the row's UTC day; empty where the figures are of all time.
        filter: SQL that a row must satisfy to count; empty where all do.
        stored_by: columns that a reader must fix to one value each before rows are taken together: what is
            stored for their combinations never adds up over them.
        at_end: rows of the last day alone count, such as those of a balance.

    """

    mart: str
    expression: str
    columns: frozenset[str]
    aggregation: Aggregation
    day: str = ""
    filter: str = ""
    stored_by: tuple[str, ...] = ()
    at_end: bool = False

    @property
    def is_read(self) -> bool:
        """Tell whether values are read as they are stored: there is one row for each of `stored_by`."""
        return (
            self.aggregation in {"min", "max"} and bool(self.stored_by) and self.day in {"", *self.stored_by}
        )


@dataclass(frozen=True)
class Rolling:
    """Aggregate the rows of each day and of the days before it, as many as make `days` together."""

    of: Aggregate
    days: int


@dataclass(frozen=True)
class Ratio:
    """Divide one expression by another; NULL where the denominator is zero."""

    numerator: "Expression"
    denominator: "Expression"


@dataclass(frozen=True)
class Derived:
    """Combine expressions by a formula, which calls them by the names of `inputs`."""

    formula: str
    inputs: Mapping[str, "Expression"]


Expression: TypeAlias = Aggregate | Rolling | Ratio | Derived


@dataclass(frozen=True)
class Source:
    """Name who published a definition, by code of the language, and where; 'ours' has no address."""

    text: Mapping[str, str]
    url: str = ""


@dataclass(frozen=True)
class Stored:
    """Name a column that holds a metric's values at the grain of its mart."""

    mart: str
    column: str


@dataclass(frozen=True)
class Metric:
    """Hold the one definition of a metric.

    What people read of it is by code of the language.

    Attributes:
        name: what programs call it; it does not change.
        topic: the group of metrics that it belongs to, such as `audience`.
        label: what people call it.
        description: what it means, in a sentence.
        formula: how it is computed, in words or signs.
        grain: for what each of its values stands.
        unit: of its values, as they are kept.
        format: how its values are written, with so many `decimals`.
        edge_cases: what a reader may wonder about; empty in every language where that is nothing.
        source: who published the definition, or 'ours'.
        expression: what it is computed from.
        stored: the columns that hold it ready.

    """

    name: str
    topic: str
    label: Mapping[str, str]
    description: Mapping[str, str]
    formula: Mapping[str, str]
    grain: Mapping[str, str]
    unit: Mapping[str, str]
    format: Format
    decimals: int
    edge_cases: Mapping[str, str]
    source: Source
    expression: Expression
    stored: tuple[Stored, ...] = ()

    @property
    def aggregates(self) -> tuple[Aggregate, ...]:
        """Return the leaves of the expression, in the order in which it names them."""
        return tuple(leaves(self.expression))


def leaves(expression: Expression) -> Iterator[Aggregate]:
    """Yield what an expression aggregates, in the order in which it names it."""
    match expression:
        case Aggregate():
            yield expression
        case Rolling():
            yield expression.of
        case Ratio():
            yield from leaves(expression.numerator)
            yield from leaves(expression.denominator)
        case Derived():
            for each in expression.inputs.values():
                yield from leaves(each)
