"""Which data come from which, step by step."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class DatasetColumn:
    """Describe one column."""

    name: str
    type: str = ""
    description: str = ""


@dataclass(frozen=True)
class Dataset:
    """Name data by where they lie.

    Attributes:
        namespace: the server, bucket or account, as a URL without anything secret.
        name: what the data are called there.
        rows: how many a step read or wrote; None where nobody knows.
        size_bytes: the same in bytes.

    """

    namespace: str
    name: str
    columns: tuple[DatasetColumn, ...] = ()
    rows: int | None = None
    size_bytes: int | None = None


@dataclass(frozen=True)
class Model:
    """Tell of one model, or seed, that is built.

    Attributes:
        layer: the schema that it belongs to: staging, core or marts.
        models: the models that it reads.
        sources: the tables that it reads of what is loaded, each with its schema.

    """

    name: str
    layer: str
    columns: tuple[DatasetColumn, ...] = ()
    models: tuple[str, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()


class Models(Protocol):
    """Know what the last build was made of."""

    def all(self) -> Sequence[Model]:
        """Return every model; none where none was ever built."""
        ...
