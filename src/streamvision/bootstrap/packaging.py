"""Packs the dashboards for the warehouses that can run them beside the data."""

from functools import partial
from pathlib import Path

from streamvision.adapters.warehouse.snowflake.packaging import write_package
from streamvision.bootstrap.choices import choose
from streamvision.domain.errors import WrongUseError
from streamvision.settings import Profile


def package_dashboards(profile: Profile, folder: Path) -> list[Path]:
    """Write the folder with which a profile's warehouse runs the dashboards, and return its files.

    Raises:
        WrongUseError: when the warehouse runs none, or something is in the folder.

    """
    known = {"duckdb": partial(_refuse, profile.name), "snowflake": partial(write_package, folder=folder)}
    return choose("warehouse", profile.warehouse, known)


def _refuse(profile: str, _warehouse: str) -> list[Path]:
    raise WrongUseError(
        f"The warehouse of the profile {profile!r} is not in Snowflake",
        where="the warehouse of the profile",
        safe="nothing was written",
        next_command="name a profile with --profile",
    )
