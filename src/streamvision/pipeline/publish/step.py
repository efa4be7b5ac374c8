"""The step: show the tested marts to people."""

from datetime import datetime

from streamvision.domain.errors import WrongUseError
from streamvision.ports.marts import Publication
from streamvision.ports.warehouse import Warehouse


def publish(warehouse: Warehouse, *, run_id: str, published_at: datetime) -> Publication:
    """Publish the last build, under the name of the newest batch in it.

    Raises:
        WrongUseError: when the last build has not passed its tests.

    """
    if warehouse.tested_batch() is None:
        raise WrongUseError(
            "The marts have not passed their tests since they were last built",
            where="schema marts",
            safe="the dashboards show what they showed before",
            next_command="streamvision transform",
        )
    return warehouse.publish(run_id=run_id, published_at=published_at)
