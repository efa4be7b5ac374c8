"""Drawings as SVG: bars, with what is expected as dots, and lines on logarithmic scales."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import log10

_WIDTH, _HEIGHT = 460.0, 240.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 54.0, 10.0, 10.0, 34.0
_INNER_WIDTH, _INNER_HEIGHT = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
_MOST_LABELS = 13
_LARGE, _SMALL = 1_000, 10


@dataclass(frozen=True)
class Drawing:
    """Keep one drawing: what it shows, in words too, and the SVG."""

    title: str
    caption: str
    svg: str


def bars(
    title: str,
    caption: str,
    labels: Sequence[str],
    values: Sequence[float],
    expected: Sequence[float] | None = None,
) -> Drawing:
    """Draw a bar for each value, and a dot where it is expected to end."""
    highest = max([*values, *(expected or [])], default=0.0) or 1.0
    width = _INNER_WIDTH / max(len(values), 1)
    parts = _frame(highest)
    step = -(-len(labels) // _MOST_LABELS)
    for place, (label, value) in enumerate(zip(labels, values, strict=True)):
        height = _INNER_HEIGHT * value / highest
        x, y = _LEFT + place * width, _TOP + _INNER_HEIGHT - height
        parts.append(
            f'<rect x="{x + width * 0.1:.1f}" y="{y:.1f}" width="{width * 0.8:.1f}" height="{height:.1f}">'
            f"<title>{escape(label)}: {_number(value)}</title></rect>"
        )
        if place % step == 0:
            parts.append(_text(x + width / 2, _HEIGHT - 16, label, "middle"))
        if expected is not None:
            dot = _TOP + _INNER_HEIGHT * (1 - expected[place] / highest)
            parts.append(f'<circle cx="{x + width / 2:.1f}" cy="{dot:.1f}" r="3"/>')
    return Drawing(title, caption, _svg(title, parts))


def ranks(title: str, caption: str, values: Sequence[float], expected: Sequence[float]) -> Drawing:
    """Draw values by their rank, both on logarithmic scales, and a line that is expected."""
    drawn = [value for value in values if value > 0]
    highest, lowest = max([*drawn, *expected]), min(drawn)
    decades = max(log10(highest) - log10(lowest), 1e-9)
    right = max(log10(max(len(drawn), 2)), 1e-9)

    def place(rank: int, value: float) -> tuple[float, float]:
        down = (log10(highest) - log10(max(value, lowest))) / decades
        return _LEFT + _INNER_WIDTH * log10(rank) / right, _TOP + _INNER_HEIGHT * down

    parts = _frame(highest, lowest)
    points = [place(rank, value) for rank, value in enumerate(drawn, 1)]
    parts += [f'<circle class="seen" cx="{x:.1f}" cy="{y:.1f}" r="1.6"/>' for x, y in points]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(r, v) for r, v in enumerate(expected, 1)))
    parts.append(f'<polyline points="{line}"/>')
    parts += [
        _text(_LEFT, _HEIGHT - 16, "1", "middle"),
        _text(_WIDTH - 20, _HEIGHT - 16, str(len(drawn)), "middle"),
    ]
    return Drawing(title, caption, _svg(title, parts))


def _frame(highest: float, lowest: float = 0.0) -> list[str]:
    bottom = _TOP + _INNER_HEIGHT
    return [
        f'<line x1="{_LEFT}" y1="{bottom}" x2="{_WIDTH - _RIGHT}" y2="{bottom}"/>',
        f'<line x1="{_LEFT}" y1="{_TOP}" x2="{_LEFT}" y2="{bottom}"/>',
        _text(_LEFT - 6, _TOP + 10, _number(highest), "end"),
        _text(_LEFT - 6, bottom, _number(lowest), "end"),
    ]


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(title: str, parts: Sequence[str]) -> str:
    box = f'viewBox="0 0 {_WIDTH:.0f} {_HEIGHT:.0f}"'
    return f'<svg {box} role="img" aria-label="{escape(title)}">{"".join(parts)}</svg>'


def _number(value: float) -> str:
    if value >= _LARGE:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value >= _SMALL else f"{value:.3g}"
