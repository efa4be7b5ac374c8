"""Draws the pages of the Power BI report as plain pictures, from the files that define them.

`--check` changes nothing and fails where a picture is not what it would be.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any, TypeAlias

import yaml

Document: TypeAlias = Mapping[str, Any]

ROOT = Path(__file__).resolve().parent.parent
PROJECT = ROOT / "dashboards" / "powerbi"
PAGES = PROJECT / "StreamVision.Report" / "definition" / "pages"
PICTURES = "docs/images/powerbi-{page}.svg"
DRAWN = ("content", "engagement", "health", "title")
_PHONE = (320, "phone")
_KINDS = {
    "azureMap": "map",
    "clusteredBarChart": "bars",
    "clusteredColumnChart": "columns",
    "columnChart": "stacked columns",
    "donutChart": "ring",
    "lineChart": "lines",
    "pivotTable": "matrix",
    "scatterChart": "scatter",
    "tableEx": "table",
    "waterfallChart": "waterfall",
}
_LINES, _INK, _MUTED, _PAPER = "#c9d2db", "#1c2733", "#5b6875", "#f3f6f9"
_LONGEST = 0.15
"""Characters to a pixel of width, so that words stay within their box."""


def main() -> int:
    """Write or check every picture; return the exit code."""
    texts = yaml.safe_load((PROJECT / "model.yml").read_text(encoding="utf-8"))["texts"]
    pictures = {PICTURES.format(page=page): _page(page, texts) for page in DRAWN}
    pictures[PICTURES.format(page="phone")] = _phone("content", texts)
    stale = [name for name, picture in pictures.items() if _differs(ROOT / name, picture)]
    if "--check" in sys.argv[1:]:
        print(
            "\n".join(f"{name} is stale: make generate" for name in stale) or "The pictures are up to date."
        )
        return 1 if stale else 0
    for name in stale:
        (ROOT / name).write_text(pictures[name], encoding="utf-8")
        print(f"wrote {name}")
    return 0


def _differs(path: Path, text: str) -> bool:
    return not path.is_file() or path.read_text(encoding="utf-8") != text


def _page(page: str, texts: Document) -> str:
    size = json.loads((PAGES / page / "page.json").read_text(encoding="utf-8"))
    boxes = [_box(visual["position"], visual["visual"], texts) for _, visual in _visuals(page, "visual.json")]
    return _picture(size["width"], size["height"], boxes)


def _phone(page: str, texts: Document) -> str:
    """Draw the first screens of a page's layout for phones."""
    visuals = dict(_visuals(page, "visual.json"))
    places = {name: place["position"] for name, place in _visuals(page, "mobile.json")}
    boxes = [_box(place, visuals[name]["visual"], texts) for name, place in places.items()]
    bottom = max(place["y"] + place["height"] for place in places.values())
    return _picture(_PHONE[0], bottom, boxes)


def _visuals(page: str, file: str) -> Iterator[tuple[str, Document]]:
    for path in sorted((PAGES / page / "visuals").glob(f"*/{file}")):
        yield path.parent.name, json.loads(path.read_text(encoding="utf-8"))


def _picture(width: int, height: int, boxes: list[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' font-family="sans-serif">\n<rect width="{width}" height="{height}" fill="{_PAPER}"/>\n'
        + "".join(boxes)
        + "</svg>\n"
    )


def _box(place: Document, visual: Document, texts: Document) -> str:
    x, y, width, height = (round(place[key]) for key in ("x", "y", "width", "height"))
    kind = str(visual["visualType"])
    title, fields = _title(visual, texts), _fields(visual)
    words = [title] if title else fields[:1] or [kind]
    below = f"{_KINDS[kind]}: {', '.join(fields)}" if kind in _KINDS else ""
    lines = [(words[0], 13, _INK), *([(below, 11, _MUTED)] if below else [])]
    text = "".join(
        f'<text x="{x + 8}" y="{y + 20 + 18 * number}" font-size="{size}" fill="{colour}">'
        f"{escape(_cut(line, width))}</text>\n"
        for number, (line, size, colour) in enumerate(lines)
    )
    rectangle = (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="6" fill="#fff" stroke="{_LINES}"/>'
    )
    return f"{rectangle}\n{text}"


def _title(visual: Document, texts: Document) -> str:
    container = visual.get("visualContainerObjects", {})
    for place, key in (("title", "text"), ("general", "altText")):
        for entry in container.get(place, ()):
            named = entry["properties"].get(key, {}).get("expr", {}).get("Measure", {}).get("Property")
            if named in texts:
                return str(texts[named]["en"])
    return ""


def _fields(visual: Document) -> list[str]:
    roles = visual.get("query", {}).get("queryState", {})
    return [str(field["nativeQueryRef"]) for role in roles.values() for field in role["projections"]]


def _cut(line: str, width: int) -> str:
    most = int(width * _LONGEST)
    return line if len(line) <= most else f"{line[: most - 1]}…"


if __name__ == "__main__":
    sys.exit(main())
