"""A semantic model filled with the files that `publish --parquet` writes, and asked in DAX."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from pbix_mcp.dax import engine

from streamvision.pipeline.powerbi.model import Model, Table

Filters = Mapping[str, Sequence[object]]


@dataclass
class FilledModel:
    """Evaluate measures over the tables of a folder of Parquet files.

    Attributes:
        model: whose tables, relationships and measures these are.
        folder: as `publish --parquet` writes it.

    """

    model: Model
    folder: Path
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read the tables, as the project's own queries do: the columns, and where asked for no row twice."""
        with duckdb.connect() as connection:
            connection.execute("set timezone = 'UTC'")
            for table in self.model.tables:
                rows = self._rows(connection, table) if table.schema else []
                self.tables[table.name] = {"columns": [column.name for column in table.columns], "rows": rows}
        engine.mark_currency_columns(
            self.tables,
            {
                table.name: [column.name for column in table.columns if column.data_type == "decimal"]
                for table in self.model.tables
            },
        )
        self._measures = {measure.name: measure.dax for measure in self.model.measures}
        self._relationships = [
            {
                "FromTable": each.table,
                "FromColumn": each.column,
                "ToTable": each.to_table,
                "ToColumn": each.to_column,
                "IsActive": int(each.is_active),
            }
            for each in self.model.relationships
        ]

    def value(self, measure: str, filters: Filters) -> Any:  # noqa: ANN401 - a measure is of any type
        """Return a measure under filters, each of a column, as `Table.Column`, to some values.

        Raises:
            AssertionError: when the engine could not evaluate it; it says BLANK then, as of what is empty.

        """
        written = {key: [_as_read(value) for value in values] for key, values in filters.items()}
        context = engine.DAXContext(
            self.tables, self._measures, "Dates", "Date", written, self._relationships
        )
        evaluator = engine.DAXEngine()
        found = evaluator.evaluate_measure(measure, context)
        trouble = [*evaluator.eval_errors.items(), *evaluator.unsupported_functions, *evaluator.timed_out]
        assert not trouble, f"{measure}: {trouble}"
        return found

    def _rows(self, connection: duckdb.DuckDBPyConnection, table: Table) -> list[list[object]]:
        columns = ", ".join(f'"{column.source}"' for column in table.columns)
        path = self.folder / table.schema / f"{table.relation}.parquet"
        distinct = "distinct " if table.is_distinct else ""
        query = f"select {distinct}{columns} from read_parquet(?)"
        return [
            [_as_read(value) for value in row] for row in connection.execute(query, [str(path)]).fetchall()
        ]


def _as_read(value: object) -> object:
    """Return a value as the engine has it: days are moments, and decimals floats of a marked column."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - the engine's have no zone
    return value
