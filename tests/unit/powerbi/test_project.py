"""The files of a project: what is written, that nothing else is, and what its text looks like."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from streamvision.adapters.powerbi.sources import PARQUET, SNOWFLAKE
from streamvision.domain.errors import DefinitionError
from streamvision.pipeline.powerbi.assemble import assemble
from streamvision.pipeline.powerbi.files import semantic_model_files
from streamvision.pipeline.powerbi.model import Measure, Model
from streamvision.pipeline.powerbi.project import differences, project_files, write_project
from streamvision.pipeline.powerbi.references import unknown_fields, unknown_references
from streamvision.pipeline.powerbi.tmdl import Node, quoted, write
from streamvision.pipeline.powerbi.words import Words
from tests.unit.powerbi.small_model import DOCUMENTED, METRICS, SPEC

MODEL = assemble(SPEC, DOCUMENTED, METRICS)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Give a folder with a report that uses one measure, and the project written into it."""
    folder = tmp_path / "kept"
    page = folder / "Small.Report" / "definition" / "page.json"
    page.parent.mkdir(parents=True)
    page.write_text(_page("Plays"), encoding="utf-8")
    write_project(MODEL, PARQUET, folder, folder)
    return folder


def _page(measure: str) -> str:
    return json.dumps(
        {"field": {"Measure": {"Expression": {"SourceRef": {"Entity": "Measures"}}, "Property": measure}}}
    )


def _with(dax: str) -> Model:
    measure = Measure(Words("New", "Nouveau"), dax, Words("", ""), Words("", ""))
    tables = [
        replace(table, measures=(*table.measures, measure)) if table.measures else table
        for table in MODEL.tables
    ]
    return replace(MODEL, tables=tuple(tables))


def test_an_object_is_written_with_tabs_its_description_above_and_code_apart() -> None:
    """As Power BI Desktop reads it."""
    node = Node("measure 'My sum'", "VAR _A = 1\nRETURN\n    _A", "Two\n lines.")
    node.set("formatString", "0").flag("isHidden")
    table = Node("table T")
    table.children.append(node)
    assert write([table]) == (
        "table T\n\n\t/// Two lines.\n\tmeasure 'My sum' =\n\t\t\tVAR _A = 1\n\t\t\tRETURN\n\t\t\t    _A\n"
        "\t\tformatString: 0\n\t\tisHidden\n"
    )


def test_a_name_that_is_no_plain_word_is_quoted() -> None:
    """And a quotation mark in it is doubled."""
    assert [quoted(name) for name in ("plays", "My plays", "L'été")] == ["plays", "'My plays'", "'L''été'"]


def test_the_same_model_gives_the_same_bytes() -> None:
    """Whatever the order in which it was made."""
    again = assemble(SPEC, tuple(reversed(DOCUMENTED)), METRICS)
    assert project_files(again, PARQUET) == project_files(MODEL, PARQUET)


def test_the_sources_differ_in_their_expressions_and_in_how_facts_are_refreshed() -> None:
    """Facts with a window are read by days, where the source can be asked for days."""
    files, others = (semantic_model_files(MODEL, source) for source in (PARQUET, SNOWFLAKE))
    differing = {path for path in files.keys() | others.keys() if files.get(path) != others.get(path)}
    assert differing == {"definition/expressions.tmdl", "definition/tables/plays.tmdl"}
    assert "refreshPolicy" not in files["definition/tables/plays.tmdl"]
    plays = others["definition/tables/plays.tmdl"]
    assert "rollingWindowPeriods: 24" in plays
    condition = "[play_date] >= Date.From(RangeStart) and [play_date] < Date.From(RangeEnd)"
    assert plays.count(condition) == 2
    assert "expression RangeStart" in others["definition/expressions.tmdl"]


def test_no_source_is_chosen_within_a_function() -> None:
    """The service would ask for the credentials of both."""
    for source, other in ((PARQUET, "Snowflake."), (SNOWFLAKE, "Parquet.")):
        assert other not in semantic_model_files(MODEL, source)["definition/expressions.tmdl"]


def test_names_are_translated_and_the_hidden_are_not() -> None:
    """Into the language of each culture."""
    french = semantic_model_files(MODEL, PARQUET)["definition/cultures/fr-FR.tmdl"]
    assert "caption: Calendrier" in french
    assert "caption: plays en français" in french
    assert "displayFolder: Public" in french
    assert "table plays" not in french


def test_a_project_that_is_up_to_date_is_not_written_again(kept: Path) -> None:
    """And nothing is found to be different."""
    assert write_project(MODEL, PARQUET, kept, kept) == []
    assert differences(MODEL, PARQUET, kept) == []


def test_what_is_changed_missing_or_left_over_is_told_and_mended(kept: Path) -> None:
    """What Desktop keeps for one machine is not looked at."""
    definition = kept / "Small.SemanticModel" / "definition"
    (definition / "model.tmdl").write_text("model Other\n", encoding="utf-8")
    (definition / "database.tmdl").unlink()
    (definition / "tables" / "Gone.tmdl").write_text("table Gone\n", encoding="utf-8")
    local = kept / "Small.SemanticModel" / ".pbi" / "localSettings.json"
    local.parent.mkdir()
    local.write_text("{}", encoding="utf-8")
    assert differences(MODEL, PARQUET, kept) == [
        "Small.SemanticModel/definition/database.tmdl is not what dbt says",
        "Small.SemanticModel/definition/model.tmdl is not what dbt says",
        "Small.SemanticModel/definition/tables/Gone.tmdl belongs to nothing in dbt",
    ]
    assert len(write_project(MODEL, PARQUET, kept, kept)) == 3
    assert differences(MODEL, PARQUET, kept) == []
    assert local.exists()


def test_a_project_elsewhere_has_the_report_too(kept: Path, tmp_path: Path) -> None:
    """And reads from the source that was asked for."""
    write_project(MODEL, SNOWFLAKE, kept, tmp_path / "new")
    assert (tmp_path / "new" / "Small.Report" / "definition" / "page.json").is_file()
    assert differences(MODEL, SNOWFLAKE, tmp_path / "new") == []


def test_a_report_that_uses_what_is_not_there_is_refused(kept: Path) -> None:
    """The visual alone would fail, before the eyes of whoever opens it."""
    page = kept / "Small.Report" / "definition" / "page.json"
    page.write_text(_page("Gone"), encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"page.json uses Measures\[Gone\]"):
        write_project(MODEL, PARQUET, kept, kept)
    assert differences(MODEL, PARQUET, kept) == ["Small.Report/definition/page.json uses Measures[Gone]"]


@pytest.mark.parametrize(
    ("dax", "unknown"),
    [
        ("SUM(plays[gone])", ["plays[gone]"]),
        ("SUM('gone'[plays])", ["'gone'[plays]"]),
        ("COUNTROWS(gone)", ["gone"]),
        ("[Gone] + [Plays]", ["[Gone]"]),
        ('VAR _X = "text [no] plays[no]" RETURN _X & [plays]', []),
        ('CALCULATE(SUM(Plays[PLAYS]), Titles[Main genre] IN {"x"})', []),
        ("VAR _A = 1 RETURN _B", ["_B"]),
        ("IF(NOT [Gone], 1)", ["[Gone]"]),
    ],
)
def test_what_a_measure_names_is_looked_for(dax: str, unknown: list[str]) -> None:
    """Tables, columns, measures and variables; texts are none, and case does not count."""
    assert list(unknown_references(_with(dax))) == [f"the measure 'New' names {each}" for each in unknown]


def test_what_a_role_names_is_looked_for() -> None:
    """A column without a table is one of the table that is filtered."""
    role = replace(MODEL.roles[0], filters=(("Genres", "[Genre] = [Nothing]"),))
    assert list(unknown_references(replace(MODEL, roles=(role,)))) == ["the role 'Drama' names [Nothing]"]


def test_fields_are_found_through_the_names_that_a_filter_gives_to_tables() -> None:
    """A filter calls tables by letters, and its subquery has letters of its own."""
    column = {"Column": {"Expression": {"SourceRef": {"Source": "t"}}, "Property": "Gone"}}
    document = {"filter": {"From": [{"Name": "t", "Entity": "Titles"}], "Where": [{"In": [column]}]}}
    assert list(unknown_fields(MODEL, {"visual.json": document})) == ["visual.json uses Titles[Gone]"]
