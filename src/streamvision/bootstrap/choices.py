"""The adapters behind each scheme of a URL, each imported when it is asked for."""

import os
from collections.abc import Callable, Mapping
from typing import TypeVar

from streamvision.adapters.lake.address import bucket_and_prefix, endpoint_of
from streamvision.domain.errors import WrongUseError
from streamvision.ports.catalogue import ShownPlaces
from streamvision.ports.costs import RunCosts
from streamvision.ports.lock import RunLock
from streamvision.ports.marts import MartReader
from streamvision.ports.warehouse import Warehouse

T = TypeVar("T")
OBJECT_STORES = ("s3", "gs", "az")
_IN_FILES = {"embedded", "file", "duckdb"}


def choose(part: str, url: str, adapters: Mapping[str, Callable[[str], T]]) -> T:
    """Return what the adapter of a URL's scheme makes of it.

    Raises:
        WrongUseError: when no adapter knows the scheme, or a path is missing.

    """
    scheme = scheme_of(url)
    if scheme not in adapters:
        raise WrongUseError(
            f"The {part}'s URL begins with {scheme or 'nothing'}://, which this version does not know;"
            f" it knows {', '.join(f'{known}://' for known in adapters)}",
            where=f"the {part} of the profile",
            safe="nothing was changed",
            next_command="streamvision profile show",
        )
    if scheme in _IN_FILES and not url.partition("://")[2].startswith("/"):
        raise WrongUseError(
            f"The {part}'s URL has no absolute path after {scheme}://",
            where=f"the {part} of the profile",
            safe="nothing was changed",
            next_command=f"write it as {scheme}:///absolute/path",
        )
    return adapters[scheme](url)


def duckdb_warehouse(url: str, *, memory_limit: str) -> Warehouse:
    """Return the warehouse in a file."""
    from streamvision.adapters.warehouse.duckdb.warehouse import DuckDBWarehouse

    return DuckDBWarehouse(url, memory_limit)


def duckdb_marts(url: str) -> MartReader:
    """Return a reader of the marts in files."""
    from streamvision.adapters.warehouse.duckdb.published import PublishedMarts
    from streamvision.adapters.warehouse.duckdb.warehouse import DuckDBWarehouse

    return PublishedMarts(DuckDBWarehouse(url).published_folder)


def snowflake_warehouse(url: str, *, memory_limit: str) -> Warehouse:
    """Return the warehouse in an account."""
    from streamvision.adapters.warehouse.snowflake.warehouse import SnowflakeWarehouse

    return SnowflakeWarehouse(url, os.environ, memory_limit=memory_limit)


def snowflake_marts(url: str) -> MartReader:
    """Return a reader of the marts in an account."""
    from streamvision.adapters.warehouse.snowflake.address import Address
    from streamvision.adapters.warehouse.snowflake.published import PublishedMarts

    return PublishedMarts(Address.of(url, os.environ))


def duckdb_shown(url: str) -> ShownPlaces:
    """Return what looks at the published file."""
    from streamvision.adapters.warehouse.duckdb.shown import ShapesInFiles
    from streamvision.adapters.warehouse.duckdb.warehouse import DuckDBWarehouse

    warehouse = DuckDBWarehouse(url)
    return ShapesInFiles(warehouse.path, warehouse.published_folder)


def snowflake_shown(url: str) -> ShownPlaces:
    """Return what looks at the schemas that readers know."""
    from streamvision.adapters.warehouse.snowflake.shown import ShownSchemas
    from streamvision.adapters.warehouse.snowflake.warehouse import SnowflakeWarehouse

    return ShownSchemas(SnowflakeWarehouse(url, os.environ))


def snowflake_costs(url: str) -> RunCosts:
    """Return what knows the costs of runs in an account."""
    from streamvision.adapters.warehouse.snowflake.address import Address
    from streamvision.adapters.warehouse.snowflake.costs import SnowflakeCosts

    return SnowflakeCosts.at(Address.of(url, os.environ))


def check_snowflake(url: str) -> None:
    """Refuse an address that makes no sense, credentials that are missing, and a missing extra."""
    from streamvision.adapters.warehouse.snowflake.address import Address

    try:
        import snowflake.connector  # noqa: F401 - to see whether it is there
    except ModuleNotFoundError:
        raise WrongUseError(
            "What speaks to Snowflake is not installed",
            where="the warehouse of the profile",
            safe="nothing was changed",
            next_command="pip install 'streamvision[snowflake]'",
        ) from None
    Address.of(url, os.environ)


def lease(lake: str) -> RunLock:
    """Return the lock that is kept in a lake."""
    from streamvision.adapters.lake.conditional import LakeObjects
    from streamvision.adapters.lake.object_store import BRISK, ObjectStoreLake
    from streamvision.adapters.lock.lease import LakeLease

    return LakeLease(LakeObjects(ObjectStoreLake(lake, patience=BRISK)))


def no_check(_url: str) -> None:
    """Take any address."""


def check_bucket(url: str) -> None:
    """Refuse an address without a bucket, and an endpoint that makes no sense."""
    bucket_and_prefix(url)
    endpoint_of(os.environ, scheme_of(url))


def check_server(url: str) -> None:
    """Refuse the address of a server that makes no sense."""
    from streamvision.adapters.source.postgres.url import check_url

    check_url(url)


def scheme_of(url: str) -> str:
    """Return what comes before `://`; nothing where there is none."""
    return url.partition("://")[0] if "://" in url else ""
