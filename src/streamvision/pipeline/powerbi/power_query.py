"""The expressions in Power Query's language that fill the tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from streamvision.domain.errors import WrongUseError
from streamvision.pipeline.powerbi.model import Column, Table


@dataclass(frozen=True)
class Parameter:
    """Name something that whoever opens the project sets: where the data are, or who may see what."""

    name: str
    value: str
    description: str
    type: str = "Text"
    is_required: bool = True


READERS = Parameter(
    "ReaderCountries",
    "",
    "Who may see which country, as `anna@example.org=FR,BE; ben@example.org=DE`.",
    is_required=False,
)

READERS_QUERY = """\
let
    Entries = List.Select(List.Transform(Text.Split(ReaderCountries, ";"), Text.Trim), each _ <> ""),
    PairsOf = (entry as text) as list =>
        List.Transform(
            Text.Split(Text.AfterDelimiter(entry, "="), ","),
            (code) => {Text.Trim(Text.BeforeDelimiter(entry, "=")), Text.Upper(Text.Trim(code))}
        ),
    Pairs = List.Combine(List.Transform(Entries, PairsOf)),
    Rows = #table(type table [reader = text, country_code = text], Pairs)
in
    Rows"""


@dataclass(frozen=True)
class DataSource:
    """Say where the tables are read from.

    Attributes:
        name: of the source.
        parameters: what a reader of the project has to set.
        read_table: a function of a schema and a table that returns the table, with small letters in the names
            of its columns.
        refreshes_in_parts: whether it can be asked for some days alone.

    """

    name: str
    parameters: tuple[Parameter, ...]
    read_table: str
    refreshes_in_parts: bool

    def with_values(self, values: Mapping[str, str]) -> "DataSource":
        """Return the same source with other values of its parameters.

        Raises:
            WrongUseError: when there is no such parameter.

        """
        known = [parameter.name for parameter in self.parameters]
        for name in values:
            if name not in known:
                raise WrongUseError(
                    f"The source {self.name} has no parameter {name!r}",
                    safe="nothing was written",
                    next_command=f"choose among {', '.join(known)}",
                )
        changed = (replace(each, value=values.get(each.name, each.value)) for each in self.parameters)
        return replace(self, parameters=tuple(changed))


def text(value: str) -> str:
    """Return a text as the language writes it."""
    return '"' + value.replace('"', '""') + '"'


def query_of(table: Table, source: DataSource) -> str:
    """Return the expression that fills a table: its columns alone, each with its type."""
    if table.query:
        return table.query
    steps = [
        ("Source", f"ReadTable({text(table.schema)}, {text(table.relation)})"),
        ("Columns", f"Table.SelectColumns(Source, {_names(table.columns)})"),
    ]
    if table.window and source.refreshes_in_parts:
        # Before the types are set: the source is to answer this, and not to be read whole.
        column = f"[{table.window.column}]"
        condition = f"{column} >= Date.From(RangeStart) and {column} < Date.From(RangeEnd)"
        steps.append(("Days", f"Table.SelectRows(Columns, each {condition})"))
    if table.is_distinct:
        steps.append(("Rows", f"Table.Distinct({steps[-1][0]})"))
    steps.append(("Types", f"Table.TransformColumnTypes({steps[-1][0]}, {_types(table.columns)})"))
    return let(steps)


def let(steps: Sequence[tuple[str, str]]) -> str:
    """Return an expression of named steps, of which the last is the result."""
    body = ",\n".join(f"    {name} = {expression}" for name, expression in steps)
    return f"let\n{body}\nin\n    {steps[-1][0]}"


def _names(columns: Sequence[Column]) -> str:
    return "{" + ", ".join(text(column.source) for column in columns) + "}"


def _types(columns: Sequence[Column]) -> str:
    pairs = ", ".join(f"{{{text(column.source)}, {column.m_type}}}" for column in columns)
    return "{" + pairs + "}"
