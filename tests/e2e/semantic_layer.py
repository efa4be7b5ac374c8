"""The semantic layer as MetricFlow, dbt's own engine, answers from it: definitions in, figures out."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
from metricflow.data_table.mf_table import MetricFlowDataTable
from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
from metricflow.sql.render.sql_plan_renderer import SqlPlanRenderer
from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup
from metricflow_semantics.sql.sql_bind_parameters import SqlBindParameterSet

from streamvision.adapters.transformer.dbt import DbtTransformer
from streamvision.assets import asset
from streamvision.ports.transformer import BuildPlace

Figures = dict[str, dict[tuple[Any, ...], Any]]
"""Values by metric, and by what they are of."""

_NOTHING_BOUND = SqlBindParameterSet()


class SemanticLayer:
    """Answer for metrics from what a home has published."""

    def __init__(self, published: Path, work: Path) -> None:
        """Parse the dbt project as it is; what dbt writes goes to `work`."""
        place = BuildPlace(
            name=str(published),
            target="duckdb",
            variables={
                "STREAMVISION_DBT_DUCKDB_PATH": str(published),
                "STREAMVISION_DBT_RAW_PATH": str(work / "raw.duckdb"),
                "STREAMVISION_DBT_SOURCE_DATABASE": "streamvision_raw",
            },
        )
        DbtTransformer(asset("warehouse"), work).describe(place)
        text = (work / "target" / "semantic_manifest.json").read_text(encoding="utf-8")
        self._document = json.loads(text)
        lookup = SemanticManifestLookup(parse_manifest_from_dbt_generated_manifest(text))
        self._engine = MetricFlowEngine(semantic_manifest_lookup=lookup, sql_client=_Renderer())
        self._connection = duckdb.connect(str(published), read_only=True)

    def close(self) -> None:
        """Close what was published."""
        self._connection.close()

    def names(self) -> set[str]:
        """Return the names of the metrics that have a definition: those of mere parts have none."""
        return {each["name"] for each in self._document["metrics"] if each["config"]["meta"]}

    def dimensions(self, mart: str) -> dict[str, str]:
        """Return the columns that a mart's figures are grouped by, each with MetricFlow's name for it."""
        (model,) = (each for each in self._document["semantic_models"] if each["name"] == mart)
        entities = {each["type"]: each["name"] for each in model["entities"]}
        entity = model["primary_entity"] or entities["primary"]
        return {
            each["name"]: f"metric_time__{each['type_params']['time_granularity']}"
            if each["type"] == "time"
            else f"{entity}__{each['name']}"
            for each in model["dimensions"]
        }

    def ask(self, metrics: Sequence[str], by: Sequence[str] = (), where: str = "") -> Figures:
        """Return what MetricFlow computes for metrics."""
        request = MetricFlowQueryRequest.create(
            metric_names=metrics, group_by_names=by, where_constraints=[where] if where else None
        )
        return self.read(self._engine.explain(request).sql_statement.sql, by, metrics)

    def read(self, sql: str, by: Sequence[str], values: Sequence[str]) -> Figures:
        """Return values of a query by other columns of it, by which no two rows may be the same."""
        columns = ", ".join([*by, *values])
        found = self._connection.execute(f"select {columns} from ({sql})").fetchall()  # noqa: S608 - ours
        keys = [tuple(map(_plain, row[: len(by)])) for row in found]
        assert len(set(keys)) == len(keys)
        return {
            name: {key: row[place] for key, row in zip(keys, found, strict=True)}
            for place, name in enumerate(values, len(by))
        }

    def value(self, sql: str) -> Any:  # noqa: ANN401 - as the column is
        """Return the only value of a query."""
        ((value,),) = self._connection.execute(sql).fetchall()
        return value


class _Renderer:
    """Tell MetricFlow how DuckDB's SQL is written; what it writes is run by the tests themselves."""

    @property
    def sql_engine_type(self) -> SqlEngine:
        return SqlEngine.DUCKDB

    @property
    def sql_plan_renderer(self) -> SqlPlanRenderer:
        return DuckDbSqlPlanRenderer()

    def query(
        self, stmt: str, sql_bind_parameter_set: SqlBindParameterSet = _NOTHING_BOUND
    ) -> MetricFlowDataTable:
        raise AssertionError(stmt, sql_bind_parameter_set)

    def execute(self, stmt: str, sql_bind_parameter_set: SqlBindParameterSet = _NOTHING_BOUND) -> None:
        raise AssertionError(stmt, sql_bind_parameter_set)

    dry_run = execute

    def close(self) -> None:
        """Nothing is open."""

    def render_bind_parameter_key(self, bind_parameter_key: str) -> str:
        return f"${bind_parameter_key}"


def _plain(value: object) -> object:
    """Return a day where the engine has made a moment of it."""
    return value.date() if isinstance(value, datetime) else value
