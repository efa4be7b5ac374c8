"""Says which data each step reads and writes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from streamvision.domain.batch import RAW_PREFIX
from streamvision.domain.contract import Contract
from streamvision.ports.lineage import Dataset, DatasetColumn, Model
from streamvision.ports.run_log import RunRecord, TableRows

_BUILD = "build_"
"""Core and marts are built beside what readers are shown, and get their names when they are published."""
_SWITCHED = {"core", "marts"}


@dataclass(frozen=True)
class Flow:
    """Name what a step, or the building of one model in it, reads and writes."""

    inputs: tuple[Dataset, ...] = ()
    outputs: tuple[Dataset, ...] = ()


@dataclass(frozen=True)
class Places:
    """Say how the data of a profile are called outside.

    Attributes:
        source: the namespace of the source, and the name of its database.
        lake: the namespace of the lake, and what its keys begin with, with a slash where there is anything.
        warehouse: the namespace of the warehouse, and the name of its database.
        spelled: returns a name in the letters of the warehouse.

    """

    source: tuple[str, str]
    lake: tuple[str, str]
    warehouse: tuple[str, str]
    spelled: Callable[[str], str] = str


@dataclass(frozen=True)
class Lineage:
    """Know which data flow where.

    Attributes:
        contracts: those that were written; none where each follows from the source.
        models: returns what the last build was made of.

    """

    places: Places
    contracts: Sequence[Contract]
    models: Callable[[], Sequence[Model]]

    def of_step(self, record: RunRecord) -> Flow:
        """Return what the last step of a record reads and writes."""
        steps = {
            "extract": self._extract,
            "load": self._load,
            "transform": self._transform,
            "publish": self._publish,
        }
        step = record.steps[-1].name
        return steps[step](record) if step in steps else Flow()

    def of_models(self) -> Mapping[str, Flow]:
        """Return what each model reads and writes, by its name."""
        models = {model.name: model for model in self.models()}
        flows = {}
        for model in models.values():
            read = [self._built(models[name]) for name in model.models if name in models]
            loaded = [self._loaded(schema, table) for schema, table in model.sources]
            flows[model.name] = Flow((*loaded, *read), (self._built(model),))
        return flows

    def _extract(self, record: RunRecord) -> Flow:
        tables = self._tables(record)
        return Flow(
            tuple(self._in_source(name) for name in tables),
            tuple(self._in_lake(*each) for each in tables.items()),
        )

    def _load(self, record: RunRecord) -> Flow:
        tables = self._tables(record)
        outputs = tuple(
            self._loaded("raw", name, _rows(of_table, "loaded_rows")) for name, of_table in tables.items()
        )
        return Flow(tuple(self._in_lake(*each) for each in tables.items()), outputs)

    def _transform(self, _record: RunRecord) -> Flow:
        models = self.models()
        sources = sorted({source for model in models for source in model.sources})
        return Flow(
            tuple(self._loaded(schema, table) for schema, table in sources),
            tuple(self._built(model) for model in models),
        )

    def _publish(self, _record: RunRecord) -> Flow:
        switched = [model for model in self.models() if model.layer in _SWITCHED]
        return Flow(
            tuple(self._built(model) for model in switched),
            tuple(self._in_warehouse(model.layer, model.name, model.columns) for model in switched),
        )

    def _tables(self, record: RunRecord) -> dict[str, list[TableRows]]:
        """Return the tables that a run carried, or before it has, those that it is going to."""
        names = {each.table for each in record.tables} or {each.table for each in self.contracts}
        return {name: [each for each in record.tables if each.table == name] for name in sorted(names)}

    def _in_source(self, table: str) -> Dataset:
        namespace, database = self.places.source
        contract = self._contract(table)
        name = f"{contract.schema}.{contract.in_source}" if contract else table
        return Dataset(namespace, f"{database}.{name}", self._columns(table))

    def _in_lake(self, table: str, of_table: Sequence[TableRows]) -> Dataset:
        namespace, prefix = self.places.lake
        rows, size = _rows(of_table, "extracted_rows"), _rows(of_table, "extracted_bytes")
        return Dataset(namespace, f"{prefix}{RAW_PREFIX}{table}", self._columns(table), rows, size)

    def _loaded(self, schema: str, table: str, rows: int | None = None) -> Dataset:
        return self._in_warehouse(schema, table, self._columns(table) if schema == "raw" else (), rows)

    def _built(self, model: Model) -> Dataset:
        schema = f"{_BUILD}{model.layer}" if model.layer in _SWITCHED else model.layer
        return self._in_warehouse(schema, model.name, model.columns)

    def _in_warehouse(
        self, schema: str, name: str, columns: tuple[DatasetColumn, ...], rows: int | None = None
    ) -> Dataset:
        namespace, database = self.places.warehouse
        return Dataset(namespace, f"{database}.{self.places.spelled(f'{schema}.{name}')}", columns, rows)

    def _columns(self, table: str) -> tuple[DatasetColumn, ...]:
        contract = self._contract(table)
        if contract is None:
            return ()
        return tuple(DatasetColumn(each.name, each.type, each.description) for each in contract.columns)

    def _contract(self, table: str) -> Contract | None:
        return next((each for each in self.contracts if each.table == table), None)


def _rows(of_table: Sequence[TableRows], column: str) -> int | None:
    known = [value for each in of_table if (value := getattr(each, column)) is not None]
    return sum(known) if known else None
