"""The map of the world, drawn from a file that ships with the dashboards."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import altair as alt
import pyarrow as pa

from streamvision_web.charts import FONT, INK, LINES, MUTED
from streamvision_web.language import Language
from streamvision_web.specification import PICKED, drawn_once

HEIGHT = 360
_SHAPES = Path(__file__).resolve().parent.parent / "assets" / "countries-110m.json"
_OBJECT = "countries"
_ANTARCTICA = "010"
_OCEAN, _NO_SESSION = "#f3f6f9", "#d5dce4"


@dataclass(frozen=True)
class Look:
    """Say which part of the world is shown: the middle in degrees, and how near."""

    longitude: float
    latitude: float
    zoom: float


LOOKS: Mapping[str, Look] = {
    "world": Look(11, 10, 1.1),
    "africa": Look(18, 2, 2.6),
    "americas": Look(-80, 12, 1.35),
    "asia": Look(90, 28, 2.0),
    "europe": Look(14, 53, 4.6),
    "oceania": Look(150, -24, 2.9),
}


@cache
def shapes() -> dict[str, object]:
    """Return the world's countries as TopoJSON; Antarctica, which has no viewers, is left out."""
    world: dict[str, dict[str, dict[str, list[dict[str, object]]]]] = json.loads(_SHAPES.read_text("utf-8"))
    countries = world["objects"][_OBJECT]
    drawn = [shape for shape in countries["geometries"] if shape.get("id") != _ANTARCTICA]
    return {**world, "objects": {_OBJECT: {**countries, "geometries": drawn}}}


@cache
def drawn_countries() -> frozenset[str]:
    """Return the ISO numbers of the countries that have a shape."""
    world = json.loads(json.dumps(shapes()))
    return frozenset(shape["id"] for shape in world["objects"][_OBJECT]["geometries"] if "id" in shape)


@drawn_once
def world_map(rows: pa.Table, language: Language, look: Look) -> dict[str, Any]:
    """Return the map as a Vega-Lite specification.

    Args:
        rows: columns country_code, country_numeric, name, sessions (NULL without any), written, share,
            spoken.
        language: for the legend and tooltip.
        look: the part of the world to show.

    """
    specification = _world(language, look)
    net, countries = specification["layer"]
    first, *others = countries["transform"]
    looked_up = {**first, "from": {**first["from"], "data": {"values": rows.to_pylist()}}}
    # Data are put in here: Altair copies and checks what it is given over and over, which costs seconds for
    # shapes, and how it treats data is a setting that all threads of the server share.
    shaped = {"values": shapes(), "format": {"type": "topojson", "feature": _OBJECT}}
    return {
        **specification,
        "layer": [net, {**countries, "data": shaped, "transform": [looked_up, *others]}],
    }


@cache
def _world(language: Language, look: Look) -> dict[str, Any]:
    """Return the map without its shapes and rows."""
    net = alt.Chart(alt.graticule(step=[20, 20])).mark_geoshape(
        filled=False, stroke=LINES, strokeWidth=0.5, aria=False
    )
    chart = (
        alt.layer(net, _countries(language))
        .project(
            type="equalEarth",
            center=[look.longitude, look.latitude],
            scale=alt.ExprRef(f"min(width / 5.4, height / 2.5) * {look.zoom}"),
            translate=alt.ExprRef("[width / 2, height / 2]"),
        )
        .properties(height=HEIGHT, padding={"left": 6, "right": 6, "top": 6, "bottom": 6})
        .configure(font=FONT, background=_OCEAN, locale=language.vega_locale())
        .configure_view(stroke=None)
        .configure_legend(labelColor=MUTED, titleColor=INK, titleFontWeight="normal", offset=14)
    )
    specification: dict[str, Any] = chart.to_dict(validate=False)
    return specification


def _countries(language: Language) -> alt.Chart:
    """Return the layer of the countries, coloured by their sessions, which a click chooses."""
    clicked = alt.selection_point(name=PICKED, fields=["country_code"], on="click", clear=False)
    layer: alt.Chart = (
        alt.Chart(alt.NamedData("shapes"))
        .mark_geoshape(stroke="white", strokeWidth=0.6, cursor="pointer")
        .transform_lookup(
            lookup="id",
            from_=alt.LookupData(
                alt.NamedData("rows"),
                "country_numeric",
                ["country_code", "name", "sessions", "written", "share", "spoken"],
            ),
        )
        # A shape whose value is missing would not be drawn at all.
        .transform_calculate(coloured="datum.sessions || 0")
        .encode(
            color=alt.condition(
                "datum.coloured > 0",
                alt.Color(
                    "coloured:Q",
                    title=language.text("sessions"),
                    # A square root keeps small countries apart beside a very large one.
                    scale=alt.Scale(
                        type="sqrt", range=["#cfe3f5", "#5aa2d8", "#0b4f8a", "#06284a"], zero=True
                    ),
                    legend=alt.Legend(orient="bottom-left", format=",~r", gradientLength=150, tickCount=3),
                ),
                alt.value(_NO_SESSION),
            ),
            # What a screen reader says.
            description="spoken:N",
            tooltip=[
                alt.Tooltip("name:N", title=language.text("country")),
                alt.Tooltip("written:N", title=language.text("sessions")),
                alt.Tooltip("share:N", title=language.text("share")),
            ],
        )
        .add_params(clicked)
    )
    return layer
