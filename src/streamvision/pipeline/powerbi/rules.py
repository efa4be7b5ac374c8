"""Best practice that this model keeps to, and that the types of its objects do not already ensure.

By construction there are no relationships in both directions, no implicit measures, no hidden column that
nothing needs, no fact related to a dimension twice in force, and every name is there in both languages.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator

from streamvision.pipeline.powerbi.model import Model

_ADDED_UP = re.compile(r"\b(?:SUM|SUMX)\s*\(\s*('(?:[^']|'')*'|\w+)\s*\[([^\]]+)\]", re.IGNORECASE)
_OF_MONEY = "_cents"


def broken_rules(model: Model) -> Iterator[str]:
    """Yield a line for each object that breaks a rule."""
    for rule in _RULES:
        yield from rule(model)


def _all_that_is_seen_is_described(model: Model) -> Iterator[str]:
    """Want a description: whoever looks at the list of fields has nothing else to tell them apart."""
    for table in model.tables:
        if table.words and not table.description:
            yield f"{table.name} has no description"
        for column in table.columns:
            if column.words and not column.description:
                yield f"{table.name}[{column.name}] has no description"
    for measure in model.measures:
        if not (measure.is_hidden or (measure.description.en and measure.description.fr)):
            yield f"[{measure.name}] is not described in both languages"


def _no_float_is_added_up(model: Model) -> Iterator[str]:
    """Refuse sums that depend on the order in which the engine comes to the rows."""
    floats = {
        (table.name.lower(), column.name.lower())
        for table in model.tables
        for column in table.columns
        if column.data_type == "double"
    }
    for measure in model.measures:
        for table, column in _ADDED_UP.findall(measure.dax):
            if (table.strip("'").lower(), column.lower()) in floats:
                yield f"[{measure.name}] adds up {table}[{column}], a float"


def _money_is_exact(model: Model) -> Iterator[str]:
    """Refuse floats, which are off by a cent where it matters."""
    for table in model.tables:
        for column in table.columns:
            if column.source.endswith(_OF_MONEY) and column.data_type == "double":
                yield f"{table.name}[{column.name}] is money, and a float"


def _one_table_is_the_calendar(model: Model) -> Iterator[str]:
    """Want one: functions of time ask the table that is marked, by its one key of days."""
    calendars = [table for table in model.tables if table.is_calendar]
    keys = [column.data_type for table in calendars for column in table.columns if column.is_key]
    if len(calendars) != 1 or keys != ["dateTime"]:
        yield f"{len(calendars)} tables are marked as the calendar, with the keys {keys}"


def _facts_in_parts_have_their_day_in_the_calendar(model: Model) -> Iterator[str]:
    """Want that: a month that is read anew would else not be the month that is shown."""
    calendar = {table.name for table in model.tables if table.is_calendar}
    dated = {(each.table, each.column) for each in model.relationships if each.to_table in calendar}
    for table in model.tables:
        if table.window and (table.name, table.window.column) not in dated:
            yield f"{table.name} is refreshed by {table.window.column}, which is no day of the calendar"


def _a_name_is_of_one_measure(model: Model) -> Iterator[str]:
    """Refuse names of two, whatever their case, and those that differ by a blank that nobody sees."""
    names = Counter(measure.name.lower() for measure in model.measures)
    for measure in model.measures:
        if names[measure.name.lower()] > 1 or measure.name != measure.name.strip():
            yield f"[{measure.name}] is not a name of its own"


_RULES: tuple[Callable[[Model], Iterator[str]], ...] = (
    _all_that_is_seen_is_described,
    _no_float_is_added_up,
    _money_is_exact,
    _one_table_is_the_calendar,
    _facts_in_parts_have_their_day_in_the_calendar,
    _a_name_is_of_one_measure,
)
