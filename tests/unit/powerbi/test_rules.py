"""What the model leaves out, and what it must not have."""

from dataclasses import replace

import pytest

from streamvision.pipeline.powerbi.assemble import assemble
from streamvision.pipeline.powerbi.model import Column, Model, Table, Window
from streamvision.pipeline.powerbi.rules import broken_rules
from streamvision.pipeline.powerbi.words import Words
from tests.unit.powerbi.small_model import DOCUMENTED, METRICS, SPEC


@pytest.fixture
def model() -> Model:
    """Return the small model, which breaks no rule."""
    made = assemble(SPEC, DOCUMENTED, METRICS)
    assert list(broken_rules(made)) == []
    return made


def _with(model: Model, name: str, **changes: object) -> Model:
    """Return the model with one table changed."""
    tables = (replace(each, **changes) if each.name == name else each for each in model.tables)  # type: ignore[arg-type] # tests name what is there
    return replace(model, tables=tuple(tables))


def _table(model: Model, name: str) -> Table:
    found = model.table(name)
    assert found is not None
    return found


def test_hidden_columns_that_nothing_needs_are_left_out(model: Model) -> None:
    """What measures, relationships and roles need stays, and so does all that is seen."""
    plays = {column.name for column in _table(model, "plays").columns}
    # No measure adds up the seconds, and the genre is that of the title.
    assert plays == {"play_date", "content_id", "plan_code", "plays"}
    assert {column.name for column in _table(model, "viewers").columns} == {"view_date", "genre", "user_id"}
    assert "content_id" in {column.name for column in _table(model, "Titles").columns}


def test_what_is_seen_and_has_no_description_is_told(model: Model) -> None:
    """Of tables, columns and measures; what is hidden needs none."""
    titles = _table(model, "Titles")
    columns = tuple(replace(column, description="") for column in titles.columns)
    seen = [column.name for column in columns if column.words]
    told = list(broken_rules(_with(model, "Titles", description="", columns=columns)))
    assert told == [
        "Titles has no description",
        *(f"Titles[{name}] has no description" for name in seen),
    ]
    measures = _table(model, "Measures").measures
    silent = (replace(measures[0], description=Words("What it is.", "")), *measures[1:])
    assert list(broken_rules(_with(model, "Measures", measures=silent))) == [
        f"[{measures[0].name}] is not described in both languages"
    ]


def test_a_float_that_is_added_up_is_told(model: Model) -> None:
    """Whole numbers and decimals are exact in any order."""
    columns = tuple(
        replace(column, data_type="double") if column.name == "plays" else column
        for column in _table(model, "plays").columns
    )
    told = list(broken_rules(_with(model, "plays", columns=columns)))
    assert told == ["[Plays] adds up plays[plays], a float"]


def test_money_that_is_a_float_is_told(model: Model) -> None:
    """Cents are whole, or decimals."""
    price = Column("Price", "price_cents", "double", "type number")
    columns = (*_table(model, "Plans").columns, price)
    assert list(broken_rules(_with(model, "Plans", columns=columns))) == [
        "Plans[Price] is money, and a float"
    ]


def test_a_model_without_a_marked_calendar_is_told(model: Model) -> None:
    """Functions of time would ask for one."""
    told = list(broken_rules(_with(model, "Dates", is_calendar=False)))
    assert "0 tables are marked as the calendar, with the keys []" in told


def test_a_window_on_a_day_that_is_not_in_the_calendar_is_told(model: Model) -> None:
    """Months that are read anew are those of the calendar."""
    changed = _with(model, "viewers", window=Window("user_id", 24, 2))
    assert list(broken_rules(changed)) == ["viewers is refreshed by user_id, which is no day of the calendar"]


def test_two_measures_of_one_name_are_told(model: Model) -> None:
    """Whatever their case."""
    measures = _table(model, "Measures").measures
    other = replace(measures[0], words=Words(measures[0].name.upper(), "Autre"))
    told = list(broken_rules(_with(model, "Measures", measures=(*measures, other))))
    assert told == [
        f"[{name}] is not a name of its own" for name in (measures[0].name, measures[0].name.upper())
    ]
