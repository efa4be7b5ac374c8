"""Makes the Power BI project from a profile's dbt project."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from streamvision.assets import asset
from streamvision.bootstrap.application import Application
from streamvision.bootstrap.definitions import open_metrics
from streamvision.domain.errors import WrongUseError
from streamvision.pipeline.powerbi.assemble import assemble
from streamvision.pipeline.powerbi.model import Model
from streamvision.pipeline.powerbi.power_query import DataSource
from streamvision.pipeline.powerbi.project import differences, write_project

COMMITTED_SOURCE = "parquet"
"""What the project that is kept reads from."""


def powerbi_sources() -> Sequence[str]:
    """Return the names of what a project can read from."""
    from streamvision.adapters.powerbi.sources import SOURCES

    return list(SOURCES)


def kept_project() -> Path:
    """Return the folder of the project that is kept: its report, and what is written by hand of its model."""
    return asset("dashboards/powerbi")


def powerbi_model(application: Application) -> Model:
    """Return the semantic model, as dbt describes the tables now.

    Raises:
        DefinitionError: where dbt and what is written by hand disagree.

    """
    from streamvision.adapters.powerbi.spec_file import read_spec
    from streamvision.adapters.transformer.documented import documented_tables

    manifest = application.transformer.describe(application.warehouse.build_place())
    spec = read_spec(kept_project() / "model.yml")
    return assemble(spec, documented_tables(manifest), open_metrics())


def build_powerbi(
    application: Application, source: str, folder: Path | None, values: Mapping[str, str]
) -> tuple[Path, list[str]]:
    """Write the project; return where it is, and which files changed.

    Args:
        application: of the profile whose dbt describes the tables.
        source: what the project reads from.
        folder: where to; without it, where the project is kept in a checkout.
        values: of the source's parameters, where those that are written do not fit.

    Raises:
        WrongUseError: when there is no such source, or no folder is named and there is no checkout.

    """
    chosen = _source(source).with_values(values)
    kept = kept_project()
    if folder is None and (source != COMMITTED_SOURCE or values or "_assets" in kept.parts):
        raise WrongUseError(
            "A project of your own needs a folder of its own",
            safe="nothing was written",
            next_command=f"streamvision powerbi build --source {source} --to FOLDER",
        )
    where = folder or kept
    return where, write_project(powerbi_model(application), chosen, kept, where)


def deploy_powerbi(application: Application, source: str, workspace: str, values: Mapping[str, str]) -> None:
    """Write the project into a folder that is gone afterwards, and put it into a workspace.

    Raises:
        WrongUseError: when there is no such source or parameter, nothing says who signs in, or the library is
            not installed.
        DeploymentError: when the service refuses.

    """
    from streamvision.adapters.powerbi.deployment import WorkspaceDeployment

    deployment = WorkspaceDeployment(os.environ)
    with TemporaryDirectory() as folder:
        project, _ = build_powerbi(application, source, Path(folder), values)
        deployment.put(project, workspace)


def check_powerbi(application: Application) -> list[str]:
    """Return what of the project that is kept is not as dbt and its model have it."""
    return differences(powerbi_model(application), _source(COMMITTED_SOURCE), kept_project())


def _source(name: str) -> DataSource:
    from streamvision.adapters.powerbi.sources import SOURCES

    if name not in SOURCES:
        raise WrongUseError(
            f"There is no source {name!r}",
            safe="nothing was written",
            next_command=f"choose one of {', '.join(SOURCES)}",
        )
    return SOURCES[name]
