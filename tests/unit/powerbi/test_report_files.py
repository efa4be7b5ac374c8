"""The files of the project that is kept: against Microsoft's schemas, the model, the theme and the texts."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import yaml
from jsonschema import Draft7Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from streamvision.assets import asset
from streamvision.pipeline.powerbi.references import report_fields
from streamvision_web import charts

Document: TypeAlias = dict[str, Any]

PROJECT = asset("dashboards/powerbi")
REPORT = PROJECT / "StreamVision.Report"
PAGES = REPORT / "definition" / "pages"
_HOST = "https://developer.microsoft.com/json-schemas/"
_THEME = REPORT / "StaticResources" / "RegisteredResources" / "StreamVision.json"
_SUFFIXES = {".json", ".pbir", ".pbism", ".pbip", ".platform"}
# Newer ones would keep an older Power BI Desktop from opening the report.
_PINNED = {
    "item/report/definition/report": "3.0.0",
    "item/report/definition/page": "2.0.0",
    "item/report/definition/visualContainer": "2.4.0",
}


def _schemas() -> Path:
    """Return the folder of schemas: those kept here, or others that a variable names."""
    named = os.environ.get("STREAMVISION_POWERBI_SCHEMAS")
    folder = Path(named) if named else asset("tests/data/powerbi-schemas")
    assert (folder / "fabric").is_dir(), f"{folder} holds no schemas: see STREAMVISION_POWERBI_SCHEMAS"
    return folder


def _documents() -> Iterator[tuple[str, Any]]:
    for path in sorted(PROJECT.rglob("*")):
        if path != _THEME and (path.suffix in _SUFFIXES or path.name in _SUFFIXES):
            yield path.relative_to(PROJECT).as_posix(), json.loads(path.read_text(encoding="utf-8"))


DOCUMENTS = dict(_documents())


def _visuals(page: str) -> Mapping[str, Any]:
    folder = PAGES / page / "visuals"
    return {
        path.parent.name: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*/visual.json"))
    }


def _page(name: str) -> Document:
    document: Document = json.loads((PAGES / name / "page.json").read_text(encoding="utf-8"))
    return document


@pytest.fixture(scope="module")
def errors() -> Callable[[Document], list[str]]:
    """Give what tells how a document breaks the schema that it names."""
    folder = _schemas()
    known = {
        f"{_HOST}{path.relative_to(folder).as_posix()}": json.loads(path.read_text(encoding="utf-8"))
        for path in folder.rglob("*.json")
    }
    resources = [(name, Resource.from_contents(schema, DRAFT7)) for name, schema in known.items()]
    registry: Registry[Any] = Registry().with_resources(resources).crawl()
    validators = {name: Draft7Validator(schema, registry=registry) for name, schema in known.items()}

    def found(document: Document) -> list[str]:
        wrong = validators[document["$schema"]].iter_errors(document)
        return [f"{list(each.absolute_path)}: {each.message[:200]}" for each in wrong]

    return found


def test_every_file_keeps_to_the_schema_that_it_names(errors: Callable[[Document], list[str]]) -> None:
    """Power BI Desktop refuses a project with a file that does not."""
    wrong = {path: found for path, document in DOCUMENTS.items() if (found := errors(document))}
    assert len(DOCUMENTS) > 100
    assert wrong == {}


def test_a_property_that_no_schema_knows_is_found_out(errors: Callable[[Document], list[str]]) -> None:
    """In a page, and deep within a visual."""
    visual = json.loads((PAGES / "content" / "visuals" / "map" / "visual.json").read_text(encoding="utf-8"))
    assert "colour" in errors(_page("content") | {"colour": "blue"})[0]
    visual["visual"]["query"]["queryState"]["Size"]["colour"] = "blue"
    assert "colour" in errors(visual)[0]


@pytest.mark.parametrize(("kind", "version"), _PINNED.items())
def test_the_versions_of_the_format_are_pinned(kind: str, version: str) -> None:
    """What is written by a newer Desktop shows here before older ones fail to open it."""
    named = {document["$schema"].removeprefix(f"{_HOST}fabric/") for document in DOCUMENTS.values()}
    assert {each for each in named if each.startswith(f"{kind}/")} == {f"{kind}/{version}/schema.json"}


def test_every_visual_is_titled_and_described_in_the_readers_language() -> None:
    """Titles and alternative texts are measures that answer in English or French."""
    texts = yaml.safe_load((PROJECT / "model.yml").read_text(encoding="utf-8"))["texts"]
    used = {
        name
        for document in DOCUMENTS.values()
        for table, name in report_fields(document)
        if table == "Measures" and name.startswith("Text ")
    }
    assert used == set(texts)
    for page in ("content", "engagement", "health", "title"):
        for name, visual in _visuals(page).items():
            if "Chart" in visual["visual"]["visualType"] or visual["visual"]["visualType"] in {
                "tableEx",
                "pivotTable",
            }:
                container = visual["visual"]["visualContainerObjects"]
                assert "Measure" in container["title"][0]["properties"]["text"]["expr"], name
                assert "Measure" in container["general"][0]["properties"]["altText"]["expr"], name


def test_no_visual_lies_over_another_or_off_its_page() -> None:
    """A page has no editor here that would show it."""
    for folder in sorted(path for path in PAGES.iterdir() if path.is_dir()):
        page = _page(folder.name)
        places = {name: visual["position"] for name, visual in _visuals(folder.name).items()}
        for name, place in places.items():
            assert place["x"] + place["width"] <= page["width"], (folder.name, name)
            assert place["y"] + place["height"] <= page["height"], (folder.name, name)
            for other, beside in places.items():
                assert other == name or not _overlap(place, beside), (folder.name, name, other)


def _overlap(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    return (
        one["x"] < other["x"] + other["width"]
        and other["x"] < one["x"] + one["width"]
        and one["y"] < other["y"] + other["height"]
        and other["y"] < one["y"] + one["height"]
    )


def test_pages_that_are_seen_have_a_layout_for_phones() -> None:
    """Each chart and figure has its place there, and none is wider than the screen."""
    for page in ("content", "engagement", "health"):
        for name, visual in _visuals(page).items():
            place = PAGES / page / "visuals" / name / "mobile.json"
            if visual["visual"]["visualType"] not in {"pageNavigator", "actionButton"}:
                position = json.loads(place.read_text(encoding="utf-8"))["position"]
                assert position["x"] + position["width"] <= 320, (page, name)


def test_tooltips_and_the_drill_through_lead_to_pages_that_are_there() -> None:
    """A title opens its page, and hovering shows a small one."""
    pages = {path.parent.name: _page(path.parent.name) for path in PAGES.glob("*/page.json")}
    assert pages["title"]["type"] == "Drillthrough"
    assert pages["title"]["pageBinding"]["parameters"][0]["fieldExpr"]["Column"]["Property"] == "Title"
    sections = {
        entry["properties"]["section"]["expr"]["Literal"]["Value"].strip("'")
        for document in DOCUMENTS.values()
        for entry in document.get("visual", {}).get("visualContainerObjects", {}).get("visualTooltip", ())
    }
    assert sections
    assert all(pages[section]["type"] == "Tooltip" for section in sections)


def test_buttons_lead_to_bookmarks_that_are_there() -> None:
    """A bookmark names visuals of its page, and each is in the list."""
    folder = REPORT / "definition" / "bookmarks"
    bookmarks = {
        path.name.removesuffix(".bookmark.json"): json.loads(path.read_text(encoding="utf-8"))
        for path in folder.glob("*.bookmark.json")
    }
    listed = json.loads((folder / "bookmarks.json").read_text(encoding="utf-8"))["items"]
    assert {each["name"] for each in listed} == bookmarks.keys()
    for bookmark in bookmarks.values():
        for page, state in bookmark["explorationState"]["sections"].items():
            assert state["visualContainers"].keys() <= _visuals(page).keys()
    wanted = {
        entry["properties"]["bookmark"]["expr"]["Literal"]["Value"].strip("'")
        for document in DOCUMENTS.values()
        for entry in document.get("visual", {}).get("visualContainerObjects", {}).get("visualLink", ())
        if "bookmark" in entry["properties"]
    }
    assert wanted == bookmarks.keys()


def test_the_theme_has_the_colours_of_the_web_dashboards() -> None:
    """Whoever changes one of them changes both."""
    theme = json.loads(_THEME.read_text(encoding="utf-8"))
    assert theme["dataColors"] == [
        charts.BLUE, charts.ORANGE, charts.GREEN, charts.VERMILION, charts.SKY, charts.GREY,
    ]  # fmt: skip
    assert theme["foreground"] == charts.INK
    assert theme["foregroundNeutralSecondary"] == charts.MUTED
    assert theme["backgroundLight"] == charts.LINES
