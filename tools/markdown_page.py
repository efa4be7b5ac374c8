"""Read what the documentation check needs to know of a Markdown page."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

_FENCE = re.compile(r"\s*(```|~~~)")
_HEADING = re.compile(r"#{1,6}\s+(.*?)\s*#*$")
_LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
_DEFINITION = re.compile(r"\s{0,3}\[[^\]]+\]:\s*(\S+)")
_CODE = re.compile(r"`([^`]+)`")


class Found(NamedTuple):
    """Hold a piece of text and the line on which it stands."""

    line: int
    text: str


@dataclass
class MarkdownPage:
    """Hold a page's links, the anchors of its headings, and its pieces of code."""

    links: list[Found] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    code: list[Found] = field(default_factory=list)


def read_page(path: Path) -> MarkdownPage:
    """Read one page; a line of a fenced block is one piece of code, as is a span between backticks."""
    page, slugs = MarkdownPage(), Counter[str]()
    for line, text, is_code in _lines(path.read_text(encoding="utf-8")):
        if is_code:
            page.code.append(Found(line, text))
            continue
        if heading := _HEADING.fullmatch(text):
            slug = slug_of(heading[1])
            page.anchors.add(f"{slug}-{slugs[slug]}" if slugs[slug] else slug)
            slugs[slug] += 1
        page.code.extend(Found(line, code) for code in _CODE.findall(text))
        prose = _CODE.sub("", text)
        targets = _LINK.findall(_CODE.sub("code", text)) + _DEFINITION.findall(prose)
        page.links.extend(Found(line, target) for target in targets)
    return page


def slug_of(heading: str) -> str:
    """Return the anchor that GitHub gives to a heading."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")


def _lines(text: str) -> Iterator[tuple[int, str, bool]]:
    fence = ""
    for number, line in enumerate(text.splitlines(), 1):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1] == fence:
                fence = ""
            else:
                yield number, line, True
        elif mark:
            fence = mark[1]
        else:
            yield number, line, False
