"""Evaluates as much of Prometheus's language as the alerting rules are written in, at one moment.

Vectors are matched by all their labels, without those that `ignoring` names; comparisons keep the left-hand
side where they hold, as Prometheus does.
"""

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

Labels = frozenset[tuple[str, str]]
Vector = Mapping[Labels, float]
Value = Vector | float

_TOKEN = re.compile(r"\s*(time\(\)|ignoring\(\w+\)|[a-z_]+(?:\{[^}]*\})?|[\d.]+|==|>=|[()*/<>-])")
_LABEL = re.compile(r'(\w+)="([^"]*)"')
_LEVELS: tuple[tuple[str, ...], ...] = (("or",), ("and",), ("==", ">", "<", ">="), ("-",), ("*", "/"))
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
}
_RECKON: dict[str, Callable[[float, float], float]] = {
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda left, right: left / right if right else float("nan"),
}


@dataclass(frozen=True)
class Series:
    """Hold one sample as Prometheus keeps it."""

    name: str
    labels: Labels
    value: float


class _Evaluation:
    def __init__(self, expression: str, series: Iterable[Series], now: float) -> None:
        self._tokens = _TOKEN.findall(expression)
        assert "".join(self._tokens) == re.sub(r"\s", "", expression), f"not understood: {expression}"
        self._series, self._now = list(series), now

    def level(self, number: int = 0) -> Value:
        if number == len(_LEVELS):
            return self._atom()
        left = self.level(number + 1)
        while self._tokens and self._tokens[0] in _LEVELS[number]:
            operation, ignored = self._tokens.pop(0), ""
            if self._tokens[0].startswith("ignoring("):
                ignored = self._tokens.pop(0)[len("ignoring(") : -1]
            left = _combined(operation, left, self.level(number + 1), ignored)
        return left

    def _atom(self) -> Value:
        word = self._tokens.pop(0)
        if word == "(":
            value = self.level()
            assert self._tokens.pop(0) == ")"
            return value
        if word == "time()":
            return self._now
        if word[0].isdigit():
            return float(word)
        name, _, selector = word.partition("{")
        wanted = set(_LABEL.findall(selector))
        return {
            each.labels: each.value for each in self._series if each.name == name and wanted <= each.labels
        }


def _combined(operation: str, left: Value, right: Value, ignored: str) -> Value:
    if operation in {"or", "and"}:
        assert isinstance(left, Mapping)
        assert isinstance(right, Mapping)
        there = {_without(labels, ignored) for labels in (left if operation == "or" else right)}
        if operation == "and":
            return {labels: value for labels, value in left.items() if _without(labels, ignored) in there}
        return {
            **left,
            **{labels: value for labels, value in right.items() if _without(labels, ignored) not in there},
        }
    pairs = list(_pairs(left, right, ignored))
    if operation in _COMPARE:
        return {labels: one for labels, one, other in pairs if _COMPARE[operation](one, other)}
    return {labels: _RECKON[operation](one, other) for labels, one, other in pairs}


def _pairs(left: Value, right: Value, ignored: str) -> Iterable[tuple[Labels, float, float]]:
    if isinstance(right, Mapping):
        others = {_without(labels, ignored): value for labels, value in right.items()}
        assert len(others) == len(right), "several match one"
        if not isinstance(left, Mapping):
            return [(labels, left, value) for labels, value in right.items()]
        matched = ((_without(labels, ignored), value) for labels, value in left.items())
        return [(labels, value, others[labels]) for labels, value in matched if labels in others]
    assert isinstance(left, Mapping)
    return [(labels, value, right) for labels, value in left.items()]


def _without(labels: Labels, name: str) -> Labels:
    return frozenset(label for label in labels if label[0] != name)


def firing(expression: str, series: Iterable[Series], now: float) -> set[Labels]:
    """Return the labels for which an alerting expression fires."""
    value = _Evaluation(expression, series, now).level()
    assert isinstance(value, Mapping)
    return set(value)
