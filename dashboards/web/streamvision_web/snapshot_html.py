"""The HTML of a snapshot: what the marts hold is text in it, whatever letters it has."""

import json
from collections.abc import Sequence
from html import escape
from numbers import Number
from pathlib import Path
from typing import Any

import pandas as pd

from streamvision_web import export
from streamvision_web.definitions import metric
from streamvision_web.details import facts
from streamvision_web.language import DASH, LANGUAGES, Language
from streamvision_web.site import PageOf
from streamvision_web.snapshot_view import Shown, SnapshotView
from streamvision_web.specification import with_inline_rows
from streamvision_web.texts import TEXTS
from streamvision_web.themes import DARK

_ASSETS = Path(__file__).resolve().parent.parent / "assets"
# Nothing is fetched from anywhere, and nothing is sent.
_POLICY = "connect-src 'none'; object-src 'none'; frame-src 'none'; base-uri 'none'; form-action 'none'"


def write_assets(folder: Path) -> None:
    """Write what all pages share: the style, and the code that draws the charts."""
    import vl_convert  # noqa: PLC0415 - a server that writes no snapshot does without

    (folder / "vega.js").write_text(
        vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"), encoding="utf-8"
    )
    for name in ("snapshot.css", "snapshot.js"):
        (folder / name).write_text((_ASSETS / name).read_text(encoding="utf-8"), encoding="utf-8")


def forward(to: str) -> str:
    """Return the page that leads to another one."""
    target = escape(to, quote=True)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>StreamVision</title>'
        f'<meta http-equiv="refresh" content="0; url={target}"><a href="{target}">StreamVision</a></html>\n'
    )


def rows_file(key: str, number: int, language: Language) -> str:
    """Return the name of the file with a visual's rows, within the snapshot."""
    return f"rows/{export.file_name(key)}{f'-{number + 1}' if number else ''}.{language.code}.csv"


def document(page: PageOf, view: SnapshotView, pages: Sequence[PageOf], codes: Sequence[str]) -> str:
    """Return one page."""
    language, publication = view.language, view.marts.publication
    day, moment = language.day(publication.batch_date), language.moment(publication.published_at)
    title = escape(language.text(f"page_{page.name}"))
    figures = "".join(_figure(shown, language) for shown in view.shown if shown.value is not None)
    visuals = "".join(_visual(shown, language) for shown in view.shown if shown.value is None)
    return f"""<!doctype html>
<html lang="{language.code}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>{title} · StreamVision</title>
<link rel="stylesheet" href="snapshot.css">
</head>
<body>
<nav>{_links(page, pages, codes, language)}</nav>
<main>
<h1>{title}</h1>
<div>{escape(language.text(f"lead_{page.name}"))}</div>
<div class="muted"><strong>{escape(view.period())}</strong> ·
{escape(language.text("publication", day=day, moment=moment))}</div>
<div class="figures">{figures}</div>
<div class="visuals">{visuals}</div>
</main>
<script type="application/json" id="colours">{_json(dict(DARK))}</script>
<script src="vega.js"></script>
<script src="snapshot.js"></script>
</body>
</html>
"""


def _links(page: PageOf, pages: Sequence[PageOf], codes: Sequence[str], language: Language) -> str:
    links = [
        _link(f"{each.path}.{language.code}.html", language.text(f"page_{each.name}"), current=each is page)
        for each in pages
    ]
    links += [
        _link(f"{page.path}.{code}.html", LANGUAGES[code].name, current=False)
        for code in codes
        if code != language.code
    ]
    return "".join(links)


def _link(to: str, words: str, *, current: bool) -> str:
    mark = ' aria-current="page"' if current else ""
    return f'<a href="{escape(to, quote=True)}"{mark}>{escape(words)}</a>'


def _figure(shown: Shown, language: Language) -> str:
    return f"""<section id="kpi-{escape(shown.key, quote=True)}">
<h2>{escape(shown.title)}</h2>
<div class="value">{escape(shown.value or "")}</div>
{_notes(shown)}{_definitions(shown, language)}
</section>
"""


def _visual(shown: Shown, language: Language) -> str:
    charts = "".join(
        f'<div class="chart"></div><script type="application/json">{_json(with_inline_rows(drawn))}</script>'
        for drawn in shown.charts
    )
    tables = "".join(_table(frame, formats) for frame, formats in shown.tables)
    rows = " · ".join(
        f'<a href="{rows_file(shown.key, number, language)}" download>'
        f"{escape(language.text('download_csv'))}</a>"
        for number, _ in enumerate(shown.rows)
    )
    return f"""<section id="{escape(shown.key, quote=True)}">
<h2>{escape(shown.title)}</h2>
{_notes(shown)}{charts}{tables}
<div class="muted">{rows}</div>{_definitions(shown, language)}
</section>
"""


def _notes(shown: Shown) -> str:
    return "".join(f'<div class="muted">{escape(note)}</div>' for note in shown.notes)


def _definitions(shown: Shown, language: Language) -> str:
    parts = [_definition(name, language) for name in shown.metrics]
    if not parts:
        return ""
    words = escape(language.text("definitions"))
    return f"<details><summary>{words}</summary>{''.join(parts)}</details>"


def _definition(name: str, language: Language) -> str:
    if f"{name}_help" in TEXTS[language.code]:
        return f"<p>{escape(language.text(f'{name}_help'))}</p>"
    defined = metric(name)
    told = "".join(
        f"<br><strong>{escape(called)}</strong> · {escape(words)}"
        for called, words in facts(defined, language)
    )
    label, description = defined.label[language.code], defined.description[language.code]
    return f"<p><strong>{escape(label)}</strong><br>{escape(description)}{told}</p>"


def _table(frame: pd.DataFrame, formats: dict[Any, Any]) -> str:
    numbers = [pd.api.types.is_numeric_dtype(frame[name]) for name in frame.columns]
    classes = [' class="number"' if each else "" for each in numbers]
    heads = "".join(f"<th{c} scope=col>{escape(str(h))}</th>" for c, h in zip(classes, frame, strict=True))
    writers = [formats.get(name) for name in frame.columns]
    body = "".join(
        "<tr>"
        + "".join(
            f"<td{c}><div>{escape(_written(value, writer))}</div></td>"
            for c, value, writer in zip(classes, row, writers, strict=True)
        )
        + "</tr>"
        for row in frame.itertuples(index=False, name=None)
    )
    return (
        f'<div class="scroll" tabindex="0"><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _written(value: object, writer: Any) -> str:  # noqa: ANN401 - a function, a format or nothing
    if value is None or (isinstance(value, Number) and value != value):  # noqa: PLR0124 - NaN is not itself
        return DASH
    if callable(writer):
        return str(writer(value))
    return str(writer).format(value) if writer else str(value)


def _json(value: object) -> str:
    """Return JSON that cannot end the element it stands in."""
    return json.dumps(value, ensure_ascii=False, default=str).replace("<", "\\u003c")
