"""The metrics by their names: what they are called, mean, and how their values are written."""

from streamvision.bootstrap import open_metrics
from streamvision.domain.errors import DefinitionError
from streamvision.domain.metric import Metric


def metric(name: str) -> Metric:
    """Return the definition of a metric.

    Raises:
        DefinitionError: when there is none of that name.

    """
    found = open_metrics().get(name)
    if found is None:
        raise DefinitionError(f"No metric is named {name}", where="warehouse/models/marts/metrics")
    return found
