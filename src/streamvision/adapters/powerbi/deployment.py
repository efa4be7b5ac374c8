"""Puts the project into a workspace of the service, by the library that Microsoft keeps for it."""

from collections.abc import Mapping
from pathlib import Path

from streamvision.adapters.powerbi.service import Principal
from streamvision.domain.errors import DeploymentError, WrongUseError

_ITEMS = ["SemanticModel", "Report"]


def deploy(project: Path, workspace: str, environment: Mapping[str, str]) -> None:
    """Make or change the workspace's semantic model and report; their data and credentials stay.

    Args:
        project: the folder of the project.
        workspace: its identity.
        environment: holds who signs in.

    Raises:
        WrongUseError: when the library is not installed, or nothing says who signs in.
        DeploymentError: when the service refuses.

    """
    who = Principal.of(environment)
    try:
        from azure.identity import ClientSecretCredential
        from fabric_cicd import FabricWorkspace, publish_all_items
    except ModuleNotFoundError:
        raise WrongUseError(
            "What speaks to workspaces of Power BI is not installed",
            where="powerbi deploy",
            safe="nothing was changed",
            next_command="pip install 'streamvision[powerbi]'",
        ) from None
    try:
        credential = ClientSecretCredential(who.tenant, who.client, who.secret, authority=who.authority)
        target = FabricWorkspace(
            workspace_id=workspace,
            repository_directory=str(project),
            item_type_in_scope=_ITEMS,
            token_credential=credential,
        )
        publish_all_items(target)
    except Exception as error:
        # The library raises errors of many kinds, its own and those of others.
        raise DeploymentError(
            f"The workspace does not take the project: {type(error).__name__}: {_first_line(error)}",
            where=f"the workspace {workspace}",
            safe="what was there before is there, or has been replaced as a whole, item by item",
            next_command="let the service principal be a contributor of the workspace, then deploy again",
        ) from error


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
