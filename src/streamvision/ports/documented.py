"""What is documented of the tables that people are shown: names, types, descriptions and references."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DocumentedColumn:
    """Describe a column.

    Attributes:
        data_type: as the models write it, with small letters.
        is_key: whether no two rows share a value, and each row has one.

    """

    name: str
    data_type: str
    description: str
    is_key: bool


@dataclass(frozen=True)
class Reference:
    """Say that each value of a column is one of a column elsewhere, which a test holds."""

    column: str
    to_table: str
    to_column: str


@dataclass(frozen=True)
class DocumentedTable:
    """Describe a table of core or marts."""

    schema: str
    name: str
    description: str
    columns: tuple[DocumentedColumn, ...]
    references: tuple[Reference, ...] = ()

    def column(self, name: str) -> DocumentedColumn | None:
        """Return a column by its name; None where there is none."""
        return next((column for column in self.columns if column.name == name), None)
