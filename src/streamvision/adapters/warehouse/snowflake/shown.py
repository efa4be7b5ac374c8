"""Lets the tables that readers are shown be looked at where they are."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from streamvision.adapters.warehouse.snowflake import building
from streamvision.adapters.warehouse.snowflake.warehouse import SnowflakeWarehouse
from streamvision.domain.errors import NothingPublishedError
from streamvision.ports.catalogue import ShownPlace
from streamvision.ports.transformer import window_variables


class ShownSchemas:
    """Point to the schemas that readers know: to read what columns they have changes nothing there."""

    def __init__(self, warehouse: SnowflakeWarehouse) -> None:
        """Take the warehouse."""
        self._warehouse = warehouse

    @contextmanager
    def lend(self) -> Iterator[ShownPlace]:
        """Lend the place of a build, with the schemas that are shown in place of those that are built in."""
        if self._warehouse.published() is None:
            raise NothingPublishedError(
                "Nothing is published yet",
                where=self._warehouse.address.shown,
                safe="nothing is lost",
                next_command="streamvision up --no-serve",
            )
        place = self._warehouse.build_place()
        shown = {
            "STREAMVISION_DBT_CORE_SCHEMA": building.CORE,
            "STREAMVISION_DBT_MARTS_SCHEMA": building.MARTS,
        }
        name = f"the schemas {building.CORE} and {building.MARTS} of {self._warehouse.address.database}"
        variables = {**place.variables, **shown, **window_variables(None)}
        yield ShownPlace(replace(place, name=name, variables=variables), is_copy=False)
