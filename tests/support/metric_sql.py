"""Metrics asked of the marts in SQL, written apart from how the model writes them in DAX."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from streamvision.domain.metric import Aggregate, Derived, Expression, Ratio, Rolling, leaves
from streamvision.ports.marts import MartReader

_KEPT_BY_TITLE = "content_id in (select content_id from core.dim_content where genre in ({values}))"
_AGGREGATED = {"count_distinct": "count(distinct {})", "average": "avg({})"}


@dataclass(frozen=True)
class Selection:
    """Say what is selected; nothing in a field selects all.

    Attributes:
        fixed: by mart, values that columns are fixed to, where figures do not add up.

    """

    days: tuple[date, date] | None = None
    countries: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()
    genres: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    titles: tuple[int, ...] = ()
    fixed: Mapping[str, Mapping[str, object]] = field(default_factory=dict)

    def filters(self) -> dict[str, list[object]]:
        """Return the same as filters of the model."""
        found: dict[str, Sequence[object]] = {
            "Countries.Country code": self.countries,
            "Plans.plan_code": self.plans,
            "Genres.Genre": self.genres,
            "Devices.device_type": self.devices,
            "Titles.content_id": self.titles,
        }
        if self.days:
            first, last = self.days
            found["Dates.Date"] = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        for mart, values in self.fixed.items():
            found |= {f"{mart}.{column}": [value] for column, value in values.items()}
        return {key: list(values) for key, values in found.items() if values}


class MetricSql:
    """Ask the published marts for metrics."""

    def __init__(self, marts: MartReader) -> None:
        """Read which columns each mart has."""
        self._marts = marts
        rows = marts.query(
            "select table_name, list(column_name) as columns from information_schema.columns"
            " where table_schema = 'marts' and table_catalog = current_database() group by table_name"
        )
        self._columns = {row["table_name"]: set(row["columns"]) for row in rows.to_pylist()}

    def value(self, expression: Expression, chosen: Selection) -> float | None:
        """Return the value of an expression; None where SQL says NULL."""
        match expression:
            case Aggregate():
                return self._aggregate(expression, chosen, self._days(expression, chosen))
            case Rolling():
                return self._rolling(expression, chosen)
            case Ratio():
                above, below = (
                    self.value(part, chosen) for part in (expression.numerator, expression.denominator)
                )
                return above / below if above is not None and below else None
            case Derived():
                values = {name: self.value(part, chosen) for name, part in expression.inputs.items()}
                inputs = ", ".join(f"${name}::decimal(38, 6) as {name}" for name in values)
                return self.figure(f"select {expression.formula} from (select {inputs})", values)

    def figure(self, sql: str, parameters: Mapping[str, object] | None = None) -> float | None:
        """Return the one figure of a query."""
        found = self.one(sql, parameters)
        return None if found is None else float(found)

    def one(self, sql: str, parameters: Mapping[str, object] | None = None) -> Any:  # noqa: ANN401 - of any type
        """Return the one value of a query."""
        return self._marts.query(sql, parameters).column(0)[0].as_py()

    def fixing(self, expression: Expression, chosen: Selection) -> dict[str, dict[str, object]]:
        """Return values of what has to be fixed for an expression to be told: of a row with a figure."""
        fixed: dict[str, dict[str, object]] = {}
        for part in leaves(expression):
            if part.stored_by and part.mart not in fixed:
                names = ", ".join(part.stored_by)
                where = " and ".join([*self._conditions(part.mart, part.day, chosen, chosen.days), "true"])
                sql = (
                    f"select {names} from marts.{part.mart} where {where}"
                    f" order by ({part.expression}) is null, ({part.expression}) desc, {names} limit 1"
                )
                rows = self._marts.query(sql).to_pylist()
                fixed[part.mart] = rows[0] if rows else {}
        return fixed

    def conditions(self, mart: str, day: str, chosen: Selection) -> str:
        """Return what a selection says of the rows of a mart."""
        return " and ".join([*self._conditions(mart, day, chosen, chosen.days), "true"])

    def _aggregate(self, part: Aggregate, chosen: Selection, days: tuple[date, date] | None) -> float | None:
        if part.stored_by and not set(part.stored_by) <= chosen.fixed.get(part.mart, {}).keys():
            return None
        taken = _AGGREGATED.get(part.aggregation, f"{part.aggregation}({{}})").format(part.expression)
        where = [*self._conditions(part.mart, part.day, chosen, days), part.filter or "true"]
        return self.figure(f"select {taken} from marts.{part.mart} where {' and '.join(where)}")

    def _days(self, part: Aggregate, chosen: Selection) -> tuple[date, date] | None:
        """Return the days that count: of a balance the last one alone, as the mart knows days."""
        if not part.at_end:
            return chosen.days
        within = self._conditions("", part.day, Selection(), chosen.days)
        where = " and ".join([*within, "true"])
        last = self.one(f"select max({part.day}) from marts.{part.mart} where {where}")
        return (last, last)

    def _rolling(self, part: Rolling, chosen: Selection) -> float | None:
        known = self.one(f"select max({part.of.day}) from marts.{part.of.mart}")
        last = min(known, chosen.days[1]) if chosen.days else known
        return self._aggregate(part.of, chosen, (last - timedelta(days=part.days - 1), last))

    def _conditions(
        self, mart: str, day: str, chosen: Selection, days: tuple[date, date] | None
    ) -> Iterator[str]:
        has = self._columns.get(mart, set())
        if days and day:
            yield f"{day} between date '{days[0]}' and date '{days[1]}'"
        for column, values in (
            ("country_code", chosen.countries),
            ("plan_code", chosen.plans),
            ("device_type", chosen.devices),
            ("content_id", chosen.titles),
        ):
            if values and column in has:
                yield f"{column} in ({_listed(values)})"
        if chosen.genres and "content_id" in has:
            yield _KEPT_BY_TITLE.format(values=_listed(chosen.genres))
        elif chosen.genres and "genre" in has:
            yield f"genre in ({_listed(chosen.genres)})"
        if chosen.plans and "from_plan_code" in has:
            plans = _listed(chosen.plans)
            yield f"(from_plan_code in ({plans}) or to_plan_code in ({plans}))"
        for column, value in chosen.fixed.get(mart, {}).items():
            yield f"{column} = {_literal(value)}"


def _listed(values: Sequence[object]) -> str:
    return ", ".join(map(_literal, values))


def _literal(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, date)):
        return str(value)
    return f"date '{value}'" if isinstance(value, date) else "'" + value.replace("'", "''") + "'"
