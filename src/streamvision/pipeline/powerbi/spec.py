"""What dbt does not know and the model wants: names in two languages, hierarchies, roles, what is seen."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from streamvision.pipeline.powerbi.words import Words


@dataclass(frozen=True)
class ColumnSpec:
    """Name a column that is seen.

    Attributes:
        description: what it holds, where dbt does not say.

    """

    words: Words
    format: str = ""
    sort_by: str = ""
    category: str = ""
    description: str = ""


@dataclass(frozen=True)
class HierarchySpec:
    """Name the warehouse's columns that one drills down, the widest first."""

    words: Words
    levels: tuple[str, ...]


@dataclass(frozen=True)
class TableSpec:
    """Choose a table of the warehouse for the model.

    Attributes:
        schema: the warehouse's schema.
        relation: the warehouse's table.
        words: its name for people; None where it is hidden.
        columns: those that are seen, by the warehouse's name; the others are hidden.
        only: the columns that it consists of; all, where there are none.
        key: the column by which it filters others.
        date: of a fact, the column that its days are counted by.
        either: columns of a fact of which any may hold a key of the table `either_of`.
        kept_months: how long a fact's rows are kept where it is refreshed in parts; 0 where it is not.

    """

    schema: str
    relation: str
    words: Words | None = None
    description: str = ""
    columns: Mapping[str, ColumnSpec] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    only: tuple[str, ...] = ()
    key: str = ""
    date: str = ""
    either: tuple[str, ...] = ()
    either_of: str = ""
    hierarchies: tuple[HierarchySpec, ...] = ()
    is_calendar: bool = False
    kept_months: int = 0
    renewed_months: int = 0
    perspectives: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return what it is called in the model: a dimension as people do, a fact as the warehouse does."""
        return self.words.en if self.words and not self.is_fact else self.relation

    @property
    def is_fact(self) -> bool:
        """Tell whether it is filtered and filters nothing."""
        return not self.key and not self.types


@dataclass(frozen=True)
class MeasureSpec:
    """Write a measure that the semantic layer does not have."""

    words: Words
    dax: str
    description: Words
    folder: str
    format: str = ""
    is_hidden: bool = False


@dataclass(frozen=True)
class MetricSpec:
    """Say what the model adds to a metric of the semantic layer.

    Attributes:
        folder: the key of the folder it is shown in, where that is not its topic's.
        dax: how it is computed, where numerator and denominator do not say it.

    """

    folder: str = ""
    dax: str = ""


@dataclass(frozen=True)
class ValueFormat:
    """Say how a kind of value is written, and by what it is divided before: seconds are shown as hours.

    Attributes:
        format: in it, `{decimals}` stands for a point and as many zeros as a metric has decimals.

    """

    format: str
    divisor: int = 1

    def of(self, decimals: int) -> str:
        """Return the format with so many decimals."""
        return self.format.replace("{decimals}", f".{'0' * decimals}" if decimals else "")


@dataclass(frozen=True)
class FolderSpec:
    """Name a folder of measures, and the perspectives that show it."""

    words: Words
    perspectives: tuple[str, ...]


@dataclass(frozen=True)
class RoleSpec:
    """Say which rows of a dimension a role sees."""

    name: str
    description: str
    table: str
    filter: str


@dataclass(frozen=True)
class ModelSpec:
    """Hold all that is written by hand of the semantic model.

    Attributes:
        measures_table: the table that all measures stand in.
        formats: how values are written, by the kind of value that the semantic layer names.
        left_out: metrics that the model does not have, each with the reason.
        texts: titles of visuals, by the name of the measure that returns them in the reader's language.

    """

    name: str
    tables: tuple[TableSpec, ...]
    measures_table: Words
    folders: Mapping[str, FolderSpec]
    formats: Mapping[str, ValueFormat]
    metrics: Mapping[str, MetricSpec] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    measures: tuple[MeasureSpec, ...] = ()
    texts: Mapping[str, Words] = field(default_factory=dict)
    roles: tuple[RoleSpec, ...] = ()
    perspectives: Mapping[str, Words] = field(default_factory=dict)
    readers: TableSpec | None = None
