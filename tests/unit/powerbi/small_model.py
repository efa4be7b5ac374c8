"""A star small enough to be read: days, titles with their genre, plans, and three facts."""

from dataclasses import replace

from streamvision.domain.metric import Aggregate, Expression, Metric, Source
from streamvision.pipeline.powerbi.spec import (
    ColumnSpec,
    FolderSpec,
    ModelSpec,
    RoleSpec,
    TableSpec,
    ValueFormat,
)
from streamvision.pipeline.powerbi.words import Words
from streamvision.ports.documented import DocumentedColumn, DocumentedTable, Reference


def _table(
    schema: str, name: str, columns: dict[str, str], key: str = "", *references: Reference
) -> DocumentedTable:
    documented = tuple(
        DocumentedColumn(column, data_type, f"What {column} means.", is_key=column == key)
        for column, data_type in columns.items()
    )
    return DocumentedTable(schema, name, f"The table {name}.", documented, references)


DOCUMENTED = (
    _table("core", "dim_dates", {"calendar_date": "date", "calendar_year": "integer"}, "calendar_date"),
    _table(
        "core", "dim_content", {"content_id": "bigint", "title": "varchar", "genre": "varchar"}, "content_id"
    ),
    _table("core", "dim_plans", {"plan_code": "varchar", "plan_name": "varchar"}, "plan_code"),
    _table(
        "marts",
        "plays",
        {
            "play_date": "date",
            "content_id": "bigint",
            "genre": "varchar",
            "plan_code": "varchar",
            "plays": "bigint",
            "seconds": "decimal(18, 3)",
        },
        "",
        Reference("plan_code", "dim_plans", "plan_code"),
    ),
    _table(
        "marts",
        "moves",
        {
            "move_date": "date",
            "from_plan": "varchar",
            "to_plan": "varchar",
            "kind": "varchar",
            "moves": "bigint",
        },
    ),
    _table("marts", "viewers", {"view_date": "date", "genre": "varchar", "user_id": "bigint"}),
)


def _named(name: str) -> ColumnSpec:
    return ColumnSpec(Words(name, f"{name} en français"))


SPEC = ModelSpec(
    name="Small",
    tables=(
        TableSpec(
            "core",
            "dim_dates",
            Words("Dates", "Calendrier"),
            columns={"calendar_date": _named("Date"), "calendar_year": _named("Year")},
            key="calendar_date",
            is_calendar=True,
        ),
        TableSpec(
            "core",
            "dim_content",
            Words("Titles", "Titres"),
            columns={"title": _named("Title"), "genre": _named("Main genre")},
            key="content_id",
        ),
        TableSpec(
            "core",
            "dim_content",
            Words("Genres", "Genres"),
            columns={"genre": _named("Genre")},
            only=("genre",),
            key="genre",
        ),
        TableSpec(
            "core",
            "dim_plans",
            Words("Plans", "Offres"),
            columns={"plan_name": _named("Plan")},
            key="plan_code",
        ),
        TableSpec("marts", "plays", date="play_date", kept_months=24, renewed_months=2),
        TableSpec(
            "marts",
            "moves",
            Words("Moves", "Mouvements"),
            date="move_date",
            either=("from_plan", "to_plan"),
            either_of="Plans",
            columns={"kind": _named("Kind")},
        ),
    ),
    measures_table=Words("Measures", "Mesures"),
    folders={
        "audience": FolderSpec(Words("Audience", "Public"), ("Page",)),
        "texts": FolderSpec(Words("Texts", "Textes"), ()),
    },
    formats={
        "number": ValueFormat("#,0"),
        "percent": ValueFormat("0{decimals}%"),
        "hours": ValueFormat('0{decimals} "h"', 3600),
    },
    roles=(RoleSpec("Drama", "Sees drama.", "Genres", '[Genre] = "Drama"'),),
    perspectives={"page": Words("Page", "Page")},
)


def part(
    mart: str, expression: str, columns: set[str], day: str, aggregation: str = "sum", **more: object
) -> Aggregate:
    """Return an aggregate of a mart's columns."""
    made = Aggregate(mart, expression, frozenset(columns), "sum", day)
    return replace(made, aggregation=aggregation, **more)  # type: ignore[arg-type] # tests name what is there


PLAYS = part("plays", "plays", {"plays"}, "play_date")
SECONDS = part("plays", "seconds", {"seconds"}, "play_date")
VIEWERS = part("viewers", "user_id", {"user_id"}, "view_date", "count_distinct")


def metric(expression: Expression, name: str = "plays", shown: str = "number") -> Metric:
    """Return a metric with words for everything."""
    return Metric(
        name=name,
        topic="audience",
        label={"en": name.capitalize(), "fr": f"{name} en français"},
        description={"en": f"What {name} are.", "fr": f"Ce que sont les {name}."},
        formula={"en": "sum of plays", "fr": "somme des lectures"},
        grain={"en": "any", "fr": "tous"},
        unit={"en": "plays", "fr": "lectures"},
        format=shown,  # type: ignore[arg-type] # one that the spec knows
        decimals=1,
        edge_cases={"en": "", "fr": ""},
        source=Source({"en": "ours", "fr": "la nôtre"}),
        expression=expression,
    )


METRICS = {"plays": metric(PLAYS), "viewers": metric(VIEWERS, "viewers")}
