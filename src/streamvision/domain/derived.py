"""Contracts that nobody wrote: they promise what a table's own description says, and no more."""

from collections.abc import Sequence

from streamvision.domain.contract import Column, Contract
from streamvision.domain.manifest import TableManifest

DESCRIPTION = "Derived from the catalogue."


def derived_column(name: str, type_: str, *, nullable: bool, source_name: str = "") -> Column:
    """Return a column without rules; the source's name is kept where it is another one."""
    return Column(
        name=name,
        type=type_,
        description=DESCRIPTION,
        nullable=nullable,
        source_name=source_name if source_name != name else "",
    )


def derived_contract(
    relation: tuple[str, str], table: str, columns: Sequence[Column], key: Sequence[str]
) -> Contract:
    """Return a contract that follows the source wherever it goes.

    Args:
        relation: the table's schema and name in the source.
        table: its name in the lake and the warehouse.
        columns: its columns.
        key: the names of those that name a row; none where nothing does.

    """
    schema, source_name = relation
    return Contract(
        schema=schema,
        table=table,
        description=DESCRIPTION,
        grain=f"one row per {', '.join(key)}" if key else "rows that nothing names",
        key=tuple(key),
        columns=tuple(columns),
        drift="accept",
        source_name=source_name if source_name != table else "",
    )


def contract_from_manifest(manifest: TableManifest) -> Contract:
    """Return the contract under which a batch's table was extracted, as far as its manifest tells."""
    source_names = dict(manifest.source_names)
    columns = [
        derived_column(
            name, type_, nullable=name in manifest.nullable, source_name=source_names.get(name, name)
        )
        for name, type_ in manifest.schema
    ]
    return derived_contract(manifest.relation, manifest.table, columns, manifest.key)
