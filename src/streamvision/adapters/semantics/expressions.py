"""Turns dbt's measures and the parameters of its metrics into expressions."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from streamvision.domain.metric import (
    AGGREGATIONS,
    Aggregate,
    Aggregation,
    Derived,
    Expression,
    Ratio,
    Rolling,
)

Document = Mapping[str, Any]

ALL_TIME = "all_time"
"""The dimension of time of a mart whose figures are of all time: dbt asks for one, and the mart has none."""

_MODEL = re.compile(r"ref\(\s*['\"](\w+)['\"]\s*\)")
_DIMENSION = re.compile(r"\{\{\s*(?:Time)?Dimension\(\s*['\"]\w+?__(\w+)['\"][^)]*\)\s*\}\}")
_TEXT = re.compile(r"'[^']*'")
_WORD = re.compile(r"[a-z_][a-z0-9_]*(?!\w|\s*\()")
# Words of SQL that stand in expressions beside the names of columns.
_KEYWORDS = frozenset(
    {"and", "case", "else", "end", "false", "in", "is", "not", "null", "or", "then", "true", "when"}
)
_DAYS = re.compile(r"(\d+) days?")


class Measures:
    """Hold the measures of all semantic models, by their names."""

    def __init__(self, models: Iterable[Document]) -> None:
        """Read the measures of each model; dbt sees to it that no two share a name."""
        self._by_name = {
            str(measure["name"]): _aggregate(model, measure)
            for model in models
            for measure in model.get("measures", ())
        }

    def __getitem__(self, name: str) -> Aggregate:
        """Return a measure."""
        return self._by_name[name]


class Expressions:
    """Build the expression of each metric, through those that it is made of."""

    def __init__(self, models: Sequence[Document], metrics: Sequence[Document]) -> None:
        """Take the semantic models and the metrics as dbt's files hold them."""
        self._measures = Measures(models)
        self._metrics = {str(metric["name"]): metric for metric in metrics}
        # What dbt makes a metric of by itself bears the measure's name.
        self._parts = {
            str(measure["name"])
            for model in models
            for measure in model.get("measures", ())
            if measure.get("create_metric")
        }

    def of(self, name: str, above: tuple[str, ...] = ()) -> Expression:
        """Return the expression of a metric.

        Raises:
            KeyError: when it names what does not exist.
            ValueError: when it is made of itself, or of a kind that is not known here.

        """
        if name in above:
            raise ValueError(f"the metric {name} is made of itself")
        if name not in self._metrics and name in self._parts:
            return self._measures[name]
        return self._of(self._metrics[name], (*above, name))

    def _of(self, metric: Document, above: tuple[str, ...]) -> Expression:
        kind, parameters = metric["type"], metric["type_params"]
        if kind == "simple":
            return _filtered(self._measures[_name(parameters["measure"])], metric)
        if kind == "cumulative":
            window = parameters["cumulative_type_params"]["window"]
            return Rolling(_filtered(self._measures[_name(parameters["measure"])], metric), _days(window))
        if kind == "ratio":
            numerator, denominator = (_name(parameters[part]) for part in ("numerator", "denominator"))
            return Ratio(self.of(numerator, above), self.of(denominator, above))
        if kind == "derived":
            inputs = {_name(each): self.of(_name(each), above) for each in parameters["metrics"]}
            return Derived(str(parameters["expr"]), inputs)
        raise ValueError(f"the metric {metric['name']} is of the unknown type {kind!r}")


def _aggregate(model: Document, measure: Document) -> Aggregate:
    found = _MODEL.fullmatch(str(model["model"]))
    aggregation = str(measure["agg"])
    if not found or aggregation not in AGGREGATIONS:
        raise ValueError(
            f"the measure {measure['name']} is of {model['model']!r}, aggregated by {aggregation!r}"
        )
    expression = str(measure.get("expr", measure["name"]))
    stored_by = measure.get("config", {}).get("meta", {}).get("stored_by", ())
    return Aggregate(
        mart=found[1],
        expression=expression,
        columns=_columns(expression),
        aggregation=cast("Aggregation", aggregation),
        day=_day(model),
        stored_by=tuple(str(column) for column in stored_by),
        at_end=measure.get("non_additive_dimension", {}).get("window_choice") == "max",
    )


def _day(model: Document) -> str:
    name = str(model["defaults"]["agg_time_dimension"])
    dimension = next(each for each in model["dimensions"] if each["name"] == name)
    return "" if name == ALL_TIME else str(dimension.get("expr", name))


def _filtered(aggregate: Aggregate, metric: Document) -> Aggregate:
    if not metric.get("filter"):
        return aggregate
    condition = " ".join(_DIMENSION.sub(r"\1", str(metric["filter"])).split())
    return replace(aggregate, filter=condition, columns=aggregate.columns | _columns(condition))


def _columns(sql: str) -> frozenset[str]:
    return frozenset(_WORD.findall(_TEXT.sub("''", sql.lower()))) - _KEYWORDS


def _name(reference: object) -> str:
    return str(reference["name"]) if isinstance(reference, dict) else str(reference)


def _days(window: object) -> int:
    found = _DAYS.fullmatch(str(window))
    if not found:
        raise ValueError(f"the window {window!r} is not one of days")
    return int(found[1])
