"""A contract: what one source table promises, and what every row of it must hold."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Literal

from streamvision.domain.errors import ContractError
from streamvision.domain.expectation import (
    Freshness,
    Threshold,
    Volume,
    parse_freshness,
    parse_threshold,
    parse_volume,
)

Personal = Literal["none", "direct", "indirect"]
Drift = Literal["accept", "quarantine", "stop"]
# Any type's name, as format_type writes it: "myschema"."Mood"[], numeric(5,2), time(3) without time zone.
_TYPE = re.compile(
    r'("[^"]+"|[a-z_][a-z0-9_ .]*)(\.("[^"]+"|[a-z_][a-z0-9_]*))?(\([\d, -]+\))?[a-z ]*(\[\])?'
)
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_FIELDS = {
    "table",
    "description",
    "grain",
    "key",
    "columns",
    "rules",
    "drift",
    "quarantine",
    "freshness",
    "volume",
}
_NO_LISTS: Mapping[str, object] = {}
_COLUMN_FIELDS = {
    "name",
    "type",
    "description",
    "nullable",
    "unique",
    "values",
    "values_of",
    "min",
    "max",
    "pattern",
    "references",
    "personal",
}


@dataclass(frozen=True)
class Reference:
    """Name the column of another table that a value must be found in."""

    table: str
    column: str


@dataclass(frozen=True)
class Column:
    """Describe one column: its type and what each value must hold.

    Attributes:
        type: PostgreSQL's name of the type, in the short form the contracts use (`timestamptz`).
        values: the only values allowed, where they are few or listed.
        values_of: the name of the list that they come from; empty where they stand in the contract.
        minimum: the least value allowed. `maximum` is the greatest.
        pattern: a regular expression that the whole value must match.
        personal: `direct` identifies a person by itself, `indirect` together with other data.
        source_name: the column's name in the source, where it cannot be `name`.

    """

    name: str
    type: str
    description: str
    nullable: bool = False
    unique: bool = False
    values: tuple[str, ...] = ()
    values_of: str = ""
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    references: Reference | None = None
    personal: Personal = "none"
    source_name: str = ""

    @property
    def in_source(self) -> str:
        """Return the column's name in the source."""
        return self.source_name or self.name


@dataclass(frozen=True)
class RowRule:
    """State what must hold within one row.

    Attributes:
        holds: a SQL expression over the row's columns and `_snapshot_at` that is not false.
        reason: what is wrong where it is.

    """

    name: str
    holds: str
    reason: str


@dataclass(frozen=True)
class Contract:
    """Describe one source table.

    Attributes:
        table: the table's name in the lake and the warehouse (`names.table_name`).
        key: the columns that name a row; none where nothing does.
        drift: what to do where the source's table loses, renames or retypes a column.
        source_name: the table's name in the source, where it cannot be `table`.
        quarantine: how much may be broken before the batch is not loaded; None for any share.

    """

    schema: str
    table: str
    description: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    rules: tuple[RowRule, ...] = ()
    drift: Drift = "stop"
    source_name: str = ""
    quarantine: Threshold | None = None
    freshness: Freshness | None = None
    volume: Volume | None = None

    @property
    def in_source(self) -> str:
        """Return the table's name in the source, without its schema."""
        return self.source_name or self.table

    @property
    def column_names(self) -> tuple[str, ...]:
        """Return the columns' names, in the order of the contract."""
        return tuple(column.name for column in self.columns)

    @property
    def parents(self) -> frozenset[str]:
        """Return the other tables that rows of this one refer to."""
        found = {column.references.table for column in self.columns if column.references}
        return frozenset(found - {self.table})


def parse_contract(
    document: Mapping[str, object], origin: str, lists: Mapping[str, object] = _NO_LISTS
) -> Contract:
    """Read a contract from the mapping that its file holds.

    Args:
        document: the parsed file.
        origin: the file's name, for errors.
        lists: of values, by the names that columns call them by (`values_of`).

    Raises:
        ContractError: when a field is missing, unknown or makes no sense.

    """
    try:
        contract = _contract(document, lists)
    except (KeyError, TypeError, ValueError) as error:
        what = f"missing field {error}" if isinstance(error, KeyError) else str(error)
        raise ContractError(
            f"The contract cannot be understood: {what}",
            where=origin,
            safe="nothing was extracted or loaded",
            next_command=f"mend {origin}; docs/reference/configuration.md describes its fields",
        ) from error
    return contract


def in_dependency_order(contracts: Iterable[Contract]) -> list[Contract]:
    """Sort contracts so that each comes after the tables it refers to.

    Raises:
        ContractError: when tables refer to one another in a circle, or to one without a contract.

    """
    by_table = {contract.table: contract for contract in contracts}
    for contract in by_table.values():
        unknown = contract.parents - by_table.keys()
        if unknown:
            message = f"The contract of {contract.table} refers to tables without one: {sorted(unknown)}"
            raise ContractError(message, where=contract.table)
    graph = {table: sorted(by_table[table].parents) for table in sorted(by_table)}
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        message = f"Contracts refer to one another in a circle: {' -> '.join(error.args[1])}"
        raise ContractError(message) from error
    return [by_table[table] for table in order]


def _contract(document: Mapping[str, object], lists: Mapping[str, object]) -> Contract:
    unknown = document.keys() - _FIELDS
    if unknown:
        raise ValueError(f"unknown fields {sorted(unknown)}")
    schema, _, table = str(document["table"]).partition(".")
    columns = tuple(_column(_mapping(column), lists) for column in _sequence(document["columns"]))
    contract = Contract(
        schema=_name(schema),
        table=_name(table),
        description=str(document["description"]),
        grain=str(document["grain"]),
        key=tuple(str(column) for column in _sequence(document["key"])),
        columns=columns,
        rules=tuple(_rule(_mapping(rule)) for rule in _sequence(document.get("rules", ()))),
        drift=_drift(document.get("drift", "stop")),
        quarantine=parse_threshold(document.get("quarantine")),
        freshness=parse_freshness(
            document.get("freshness"), {column.name: column.type for column in columns}
        ),
        volume=parse_volume(document.get("volume")),
    )
    _check_key(contract)
    return contract


def _check_key(contract: Contract) -> None:
    names = contract.column_names
    if len(set(names)) != len(names):
        raise ValueError("a column is named twice")
    if not set(contract.key) <= set(names):
        raise ValueError(f"the key {list(contract.key)} is not made of its columns")
    if any(column.nullable for column in contract.columns if column.name in contract.key):
        raise ValueError("a column of the key is nullable")


def _column(document: Mapping[str, object], lists: Mapping[str, object]) -> Column:
    unknown = document.keys() - _COLUMN_FIELDS
    if unknown:
        raise ValueError(f"unknown fields {sorted(unknown)} of column {document.get('name')}")
    name, type_ = _name(str(document["name"])), str(document["type"])
    if not _TYPE.fullmatch(type_):
        raise ValueError(f"column {name} has the unknown type {type_!r}")
    return Column(
        name=name,
        type=type_,
        description=str(document["description"]),
        nullable=_flag(document, "nullable"),
        unique=_flag(document, "unique"),
        values=_values(document, lists),
        values_of=str(document.get("values_of", "")),
        minimum=_number(document.get("min")),
        maximum=_number(document.get("max")),
        pattern=_optional_text(document.get("pattern")),
        references=_reference(document.get("references")),
        personal=_personal(document.get("personal", "none")),
    )


def _values(document: Mapping[str, object], lists: Mapping[str, object]) -> tuple[str, ...]:
    if "values_of" not in document:
        return tuple(str(value) for value in _sequence(document.get("values", ())))
    name = str(document["values_of"])
    if "values" in document:
        raise ValueError(f"column {document['name']} has both values and values_of")
    if name not in lists:
        raise ValueError(f"there is no list of values named {name!r}")
    values = _sequence(lists[name])
    # YAML takes an unquoted NO for false.
    unquoted = [value for value in values if not isinstance(value, str)]
    if unquoted or not values:
        raise ValueError(f"the list {name} is empty, or has what is not a quoted text: {unquoted}")
    return tuple(str(value) for value in values)


def _rule(document: Mapping[str, object]) -> RowRule:
    return RowRule(
        name=_name(str(document["name"])), holds=str(document["holds"]), reason=str(document["reason"])
    )


def _reference(value: object) -> Reference | None:
    if value is None:
        return None
    table, _, column = str(value).partition(".")
    return Reference(table=_name(table), column=_name(column))


def _personal(value: object) -> Personal:
    classes: dict[object, Personal] = {"none": "none", "direct": "direct", "indirect": "indirect"}
    if value not in classes:
        raise ValueError(f"personal is {value!r}, not none, direct or indirect")
    return classes[value]


def _drift(value: object) -> Drift:
    rules: dict[object, Drift] = {"accept": "accept", "quarantine": "quarantine", "stop": "stop"}
    if value not in rules:
        raise ValueError(f"drift is {value!r}, not accept, quarantine or stop")
    return rules[value]


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError(f"{value!r} is not a name of lower-case letters, digits and _")
    return value


def _flag(document: Mapping[str, object], field: str) -> bool:
    value = document.get(field, False)
    if isinstance(value, bool):
        return value
    raise ValueError(f"{field} is {value!r}, not true or false")


def _number(value: object) -> float | None:
    if value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)):
        return value
    raise ValueError(f"{value!r} is not a number")


def _optional_text(value: object) -> str | None:
    return None if value is None else str(value)


def _sequence(value: object) -> Sequence[object]:
    if isinstance(value, (list, tuple)):
        return value
    raise ValueError(f"{value!r} is not a list")


def _mapping(value: object) -> Mapping[str, object]:
    if isinstance(value, dict):
        return value
    raise ValueError(f"{value!r} is not a mapping")
