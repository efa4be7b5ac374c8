"""Turns a chart into what the browser, or a picture, draws: a Vega-Lite specification and its rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import wraps
from hashlib import blake2b
from typing import Any, ParamSpec, TypeAlias

import altair as alt
import pyarrow as pa
import streamlit as st
from altair.utils import schemapi

Chart: TypeAlias = alt.Chart | alt.LayerChart | alt.FacetChart
Specification: TypeAlias = dict[str, Any]
Asked = ParamSpec("Asked")

# Altair checks each part against the schema of Vega-Lite, several times: half of what a page costs.
schemapi.DEBUG_MODE = False
PICKED = "picked"
"""The name under which the browser tells which marks were clicked."""

_REMEMBERED_CHARTS = 100
"""Of each kind."""

_PARTS = ("layer", "hconcat", "vconcat", "concat")
_PICKABLE = "pickable"


@dataclass(frozen=True)
class Pick:
    """Say what a click on a mark filters.

    Attributes:
        filter: `countries`, `plans`, `genres` or `devices`.
        column: of the chart's rows, with the code.

    """

    filter: str
    column: str


def drawn_once(draw: Callable[Asked, Chart | Specification]) -> Callable[Asked, Specification]:
    """Let a function that draws a chart give its specification, which is remembered for what it was given.

    What it gives belongs to all readers: nobody may change it.
    """

    @wraps(draw)
    def drawn(*values: Asked.args, **named: Asked.kwargs) -> Specification:
        return specification(draw(*values, **named))

    remember = st.cache_resource(
        show_spinner=False, max_entries=_REMEMBERED_CHARTS, hash_funcs={pa.Table: _digest}
    )
    return remember(drawn)


def specification(chart: Chart | Mapping[str, Any], pick: Pick | None = None) -> Specification:
    """Return a chart's specification, with tables of rows under `datasets`.

    The rows are kept out of Altair's hands: it copies and checks what it is given over and over, and how
    it treats data is a setting that all threads of the server share.
    """
    if isinstance(chart, Mapping):
        drawn = dict(chart)
    else:
        tables: dict[int, tuple[str, pa.Table]] = {}
        _take_rows_out(chart, tables)
        drawn = chart.to_dict(validate=False)
        drawn["datasets"] = drawn.get("datasets", {}) | dict(tables.values())
    asks_already = any(parameter["name"] == PICKED for parameter in drawn.get("params", ()))
    return _pickable(drawn, pick) if pick and not asks_already else drawn


def with_inline_rows(drawn: Specification) -> Specification:
    """Return a specification that holds its rows as JSON, for a picture or a file."""
    rows = {
        name: _json(table) if isinstance(table, pa.Table) else table
        for name, table in drawn.get("datasets", {}).items()
    }
    return {**drawn, "datasets": rows} if rows else drawn


def rows_of(drawn: Specification) -> pa.Table | None:
    """Return the first table of rows behind a specification."""
    tables = [table for table in drawn.get("datasets", {}).values() if isinstance(table, pa.Table)]
    return tables[0] if tables else None


def _take_rows_out(chart: Any, tables: dict[int, tuple[str, pa.Table]]) -> None:  # noqa: ANN401 - any kind
    if isinstance(getattr(chart, "data", None), pa.Table):
        name, _ = tables.setdefault(id(chart.data), (f"rows{len(tables)}", chart.data))
        chart.data = alt.NamedData(name)
    for kind in _PARTS:
        parts = getattr(chart, kind, alt.Undefined)
        for part in parts if isinstance(parts, list) else ():
            _take_rows_out(part, tables)
    if isinstance(getattr(chart, "spec", None), alt.TopLevelMixin):
        _take_rows_out(chart.spec, tables)


def _pickable(drawn: Specification, pick: Pick) -> Specification:
    """Let a click on the first layer's marks choose them."""
    parameter: dict[str, Any] = {"name": PICKED, "select": {"type": "point", "fields": [pick.column]}}
    parameters = [*drawn.get("params", [])]
    if "layer" not in drawn:
        return {**drawn, "mark": _pointed(drawn["mark"]), "params": [*parameters, parameter]}
    first, *others = drawn["layer"]
    first = {**first, "name": first.get("name", _PICKABLE), "mark": _pointed(first["mark"])}
    parameter["views"] = [first["name"]]
    return {**drawn, "layer": [first, *others], "params": [*parameters, parameter]}


def _pointed(mark: Any) -> dict[str, Any]:  # noqa: ANN401 - a name, or a name with options
    return {"cursor": "pointer", **(mark if isinstance(mark, dict) else {"type": mark})}


def _digest(table: pa.Table) -> bytes:
    written = pa.BufferOutputStream()
    with pa.ipc.new_stream(written, table.schema) as stream:
        stream.write_table(table)
    return blake2b(written.getvalue()).digest()


def _json(table: pa.Table) -> list[dict[str, Any]]:
    return [{name: _value(value) for name, value in row.items()} for row in table.to_pylist()]


def _value(value: Any) -> Any:  # noqa: ANN401 - a cell
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return value.isoformat() if isinstance(value, date) else float(value)
