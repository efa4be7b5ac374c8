"""The step: show the tested marts to people."""

from datetime import date, datetime

from streamvision.domain.errors import WrongUseError
from streamvision.ports.marts import Publication
from streamvision.ports.warehouse import Warehouse


def publish(warehouse: Warehouse, *, run_id: str, published_at: datetime) -> Publication:
    """Publish the marts, under the name of the newest batch in them.

    Raises:
        WrongUseError: when the marts have not passed their tests since they were last touched.

    """
    batch_id = warehouse.tested_batch()
    if batch_id is None:
        raise WrongUseError(
            "The marts have not passed their tests since they were last touched",
            where="schema marts",
            safe="the dashboards show what they showed before",
            next_command="streamvision transform",
        )
    return warehouse.publish(date.fromisoformat(batch_id), run_id=run_id, published_at=published_at)
