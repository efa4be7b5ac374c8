"""Gives the metrics of the semantic layer to those who name them."""

from collections.abc import Mapping
from functools import cache

from streamvision.adapters.semantics.yaml_files import read_metrics
from streamvision.assets import asset
from streamvision.domain.metric import Metric


@cache
def open_metrics() -> Mapping[str, Metric]:
    """Return every metric by its name; the files are read once in a process.

    Raises:
        DefinitionError: when a definition cannot be understood.

    """
    return read_metrics(asset("warehouse") / "models" / "marts" / "metrics")
