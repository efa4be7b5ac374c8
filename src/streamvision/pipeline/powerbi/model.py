"""The objects of a semantic model, as they are written down in TMDL."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from streamvision.pipeline.powerbi.words import Words

DataType = Literal["int64", "double", "decimal", "string", "boolean", "dateTime"]


@dataclass(frozen=True)
class Column:
    """Describe a column.

    Attributes:
        name: what it is called in the model.
        source: what it is called in the warehouse.
        data_type: as the engine of Power BI names it.
        m_type: as Power Query names it.
        words: its name in each language; None where it is hidden.
        sort_by: the name of the column that orders it; empty for its own order.
        category: what its values are, such as a country; empty where that says nothing.

    """

    name: str
    source: str
    data_type: DataType
    m_type: str
    description: str = ""
    words: Words | None = None
    format: str = ""
    sort_by: str = ""
    category: str = ""
    is_key: bool = False


@dataclass(frozen=True)
class Hierarchy:
    """Name the columns that one drills down, the widest first."""

    words: Words
    levels: tuple[str, ...]


@dataclass(frozen=True)
class Measure:
    """Describe a measure; its name in English is its name in the model."""

    words: Words
    dax: str
    description: Words
    folder: Words
    format: str = ""
    is_hidden: bool = False
    perspectives: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return what it is called in the model."""
        return self.words.en


@dataclass(frozen=True)
class Window:
    """Say how much of a fact is kept, and how much of it is read anew by each refresh."""

    column: str
    kept_months: int
    renewed_months: int


@dataclass(frozen=True)
class Table:
    """Describe a table.

    Attributes:
        name: what it is called in the model.
        words: its name in each language; None where it is hidden.
        schema: the warehouse's schema that it is read from; empty where `query` says all.
        relation: the warehouse's table.
        query: the expression that makes it, where it is not read from the warehouse.
        is_distinct: whether equal rows are one.
        window: how it is refreshed in parts, where the source can do so.

    """

    name: str
    words: Words | None
    description: str
    columns: tuple[Column, ...] = ()
    schema: str = ""
    relation: str = ""
    query: str = ""
    is_distinct: bool = False
    is_calendar: bool = False
    hierarchies: tuple[Hierarchy, ...] = ()
    measures: tuple[Measure, ...] = ()
    window: Window | None = None
    perspectives: tuple[str, ...] = ()

    def column(self, source: str) -> Column | None:
        """Return the column that the warehouse calls so; None where there is none."""
        return next((column for column in self.columns if column.source == source), None)


@dataclass(frozen=True)
class Relationship:
    """Lead from a column of a fact to the key of a dimension, which filters it."""

    table: str
    column: str
    to_table: str
    to_column: str
    is_active: bool = True


@dataclass(frozen=True)
class Role:
    """Say which rows a reader in a role sees; a table without a filter is seen whole."""

    name: str
    description: str
    filters: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Perspective:
    """Name a part of the model that one page needs."""

    words: Words


@dataclass(frozen=True)
class Model:
    """Hold a semantic model."""

    name: str
    tables: tuple[Table, ...]
    relationships: tuple[Relationship, ...]
    roles: tuple[Role, ...] = ()
    perspectives: tuple[Perspective, ...] = field(default=())

    def table(self, name: str) -> Table | None:
        """Return a table by its name; None where there is none."""
        return next((table for table in self.tables if table.name == name), None)

    @property
    def measures(self) -> Sequence[Measure]:
        """Return the measures of all tables."""
        return [measure for table in self.tables for measure in table.measures]

    def fields(self) -> Iterator[tuple[str, str]]:
        """Yield the table and the name of every column, measure and hierarchy."""
        for table in self.tables:
            yield from ((table.name, column.name) for column in table.columns)
            yield from ((table.name, measure.name) for measure in table.measures)
            yield from ((table.name, hierarchy.words.en) for hierarchy in table.hierarchies)
