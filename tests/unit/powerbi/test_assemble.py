"""How dbt's tables, the metrics and what is written by hand become one model, and where they disagree."""

from dataclasses import replace

import pytest

from streamvision.domain.errors import DefinitionError
from streamvision.pipeline.powerbi.assemble import assemble
from streamvision.pipeline.powerbi.model import Model
from streamvision.pipeline.powerbi.spec import MeasureSpec, MetricSpec, ModelSpec, TableSpec
from streamvision.pipeline.powerbi.words import Words
from streamvision.ports.documented import DocumentedColumn, DocumentedTable, Reference
from tests.unit.powerbi.small_model import DOCUMENTED, METRICS, PLAYS, SECONDS, SPEC, metric


def _model(spec: ModelSpec = SPEC, documented: tuple[DocumentedTable, ...] = DOCUMENTED) -> Model:
    return assemble(spec, documented, METRICS)


def _changed(name: str, **changes: object) -> tuple[DocumentedTable, ...]:
    return tuple(replace(each, **changes) if each.name == name else each for each in DOCUMENTED)  # type: ignore[arg-type] # of a table


def test_facts_lead_to_their_dimensions_by_one_way_each() -> None:
    """A fact by title is not filtered by genre a second time; one that knows the genre alone is."""
    ways = {(each.table, each.column, each.to_table, each.to_column) for each in _model().relationships}
    assert ways == {
        ("Titles", "Main genre", "Genres", "Genre"),
        ("plays", "play_date", "Dates", "Date"),
        ("plays", "content_id", "Titles", "content_id"),
        ("plays", "plan_code", "Plans", "plan_code"),
        ("moves", "move_date", "Dates", "Date"),
        ("viewers", "view_date", "Dates", "Date"),
        ("viewers", "genre", "Genres", "Genre"),
    }


def test_a_mart_that_a_metric_needs_is_there_and_hidden() -> None:
    """Nobody has to name it, and its day is the metric's."""
    viewers = _model().table("viewers")
    assert viewers is not None
    assert viewers.words is None
    assert [column.words for column in viewers.columns] == [None] * 3


def test_columns_have_the_types_and_descriptions_of_dbt() -> None:
    """Those that are seen have names for people, in dimensions also in the model."""
    model = assemble(SPEC, DOCUMENTED, METRICS | {"seconds": metric(SECONDS, "seconds")})
    plays, titles, moves = (model.table(name) for name in ("plays", "Titles", "moves"))
    assert plays is not None
    assert titles is not None
    assert moves is not None
    assert [(column.name, column.data_type) for column in plays.columns] == [
        ("play_date", "dateTime"),
        ("content_id", "int64"),
        ("plan_code", "string"),
        ("plays", "int64"),
        ("seconds", "decimal"),
    ]
    assert [column.name for column in titles.columns] == ["content_id", "Title", "Main genre"]
    assert plays.columns[0].description == "What play_date means."
    kind = moves.column("kind")
    assert kind is not None
    assert (kind.name, kind.words) == ("kind", Words("Kind", "Kind en français"))


def test_a_role_sees_nothing_of_what_its_filter_does_not_reach() -> None:
    """Figures of all genres together are not for a reader of one."""
    (role,) = _model().roles
    assert role.filters == (("Genres", '[Genre] = "Drama"'), ("moves", "FALSE()"))


def test_a_measure_of_a_metric_tells_its_formula_in_both_languages() -> None:
    """Behind what the metric means."""
    (measure,) = assemble(SPEC, DOCUMENTED, {"plays": METRICS["plays"]}).measures
    assert measure.description == Words(
        "What plays are. Computed as: sum of plays.", "Ce que sont les plays. Calcul : somme des lectures."
    )


def test_what_is_kept_in_seconds_is_shown_in_hours() -> None:
    """The format says by what it is divided."""
    metrics = {"time": metric(PLAYS, "time", "hours")}
    (measure,) = assemble(SPEC, DOCUMENTED, metrics).measures
    assert (measure.dax, measure.format) == ("DIVIDE(SUM(plays[plays]), 3600)", '0.0 "h"')


def test_dax_by_hand_takes_the_place_of_a_metrics_own() -> None:
    """Its result, behind the variables, is divided as any other's."""
    metrics = {"time": metric(PLAYS, "time", "hours")}
    spec = replace(SPEC, metrics={"time": MetricSpec(dax="VAR _One = 1\nRETURN\n    _One + 1")})
    (measure,) = assemble(spec, DOCUMENTED, metrics).measures
    assert measure.dax == "VAR _One = 1\nRETURN\nDIVIDE(_One + 1, 3600)"


def test_texts_are_told_in_the_readers_language() -> None:
    """Quotation marks in them are doubled."""
    spec = replace(SPEC, texts={"Text page": Words('A "page"', "Une page")})
    measure = assemble(spec, DOCUMENTED, METRICS).measures[-1]
    assert measure.dax == 'IF(LEFT(USERCULTURE(), 2) = "fr", "Une page", "A ""page""")'
    assert measure.is_hidden


@pytest.mark.parametrize(
    ("documented", "told"),
    [
        (DOCUMENTED[1:], "dbt has no table core.dim_dates"),
        (_changed("plays", columns=DOCUMENTED[3].columns[1:]), "marts.plays has no column play_date"),
        (
            _changed(
                "dim_content", columns=tuple(replace(each, is_key=False) for each in DOCUMENTED[1].columns)
            ),
            "no test says that dim_content.content_id is unique",
        ),
        (
            _changed("moves", references=(Reference("from_plan", "dim_plans", "plan_code"),)),
            "in dbt, moves.from_plan refers to dim_plans, and not here",
        ),
        (
            _changed(
                "moves", columns=(*DOCUMENTED[4].columns, DocumentedColumn("x", "blob", "", is_key=False))
            ),
            "moves.x is a blob, which no type here keeps",
        ),
        (
            _changed(
                "plays",
                columns=(*DOCUMENTED[3].columns, DocumentedColumn("x", "decimal(18, 6)", "", is_key=False)),
            ),
            "plays.x is a decimal",
        ),
    ],
)
def test_what_dbt_no_longer_has_is_told(documented: tuple[DocumentedTable, ...], told: str) -> None:
    """A table, a column, a key, a reference or a type."""
    with pytest.raises(DefinitionError, match=told.replace("(", r"\(")) as refused:
        _model(documented=documented)
    assert refused.value.next_command.endswith("`streamvision powerbi build`")


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        (replace(SPEC, left_out={"gone": "why"}), "there is no metric gone"),
        (replace(SPEC, formats={}), "no format is written for number"),
        (replace(SPEC, folders={"texts": SPEC.folders["texts"]}), "there is no folder audience"),
        (replace(SPEC, roles=(replace(SPEC.roles[0], table="Nothing"),)), "filters the table 'Nothing'"),
        (
            replace(
                SPEC,
                measures=(MeasureSpec(Words("PLAYS", "x"), "1", Words("", ""), "audience"),),
            ),
            "two measures are called 'Plays'",
        ),
        (
            replace(
                SPEC,
                metrics={"viewers": MetricSpec(dax="1")},
                tables=(*SPEC.tables, TableSpec("marts", "viewers", date="gone")),
            ),
            "marts.viewers has no column gone",
        ),
    ],
)
def test_what_is_written_by_hand_and_fits_nothing_is_told(spec: ModelSpec, told: str) -> None:
    """A metric, a format, a folder, a role, a name or a column."""
    with pytest.raises(DefinitionError, match=told):
        _model(spec)
