"""Puts the project into a workspace of the service, by the library that Microsoft keeps for it."""

from collections.abc import Mapping
from pathlib import Path

from streamvision.adapters.powerbi.service import Principal
from streamvision.domain.errors import DeploymentError, WrongUseError

_ITEMS = ["SemanticModel", "Report"]


class WorkspaceDeployment:
    """Make or change the semantic model and report of workspaces; their data and credentials stay."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Take who signs in, from the environment.

        Raises:
            WrongUseError: when nothing says so, or the library is not installed.

        """
        self._who = Principal.of(environment)
        try:
            import azure.identity
            import fabric_cicd
        except ModuleNotFoundError:
            raise WrongUseError(
                "What speaks to workspaces of Power BI is not installed",
                where="powerbi deploy",
                safe="nothing was changed",
                next_command="pip install 'streamvision[powerbi]'",
            ) from None
        self._identity, self._library = azure.identity, fabric_cicd

    def put(self, project: Path, workspace: str) -> None:
        """Put the project of a folder into a workspace.

        Raises:
            DeploymentError: when the service refuses.

        """
        who = self._who
        try:
            credential = self._identity.ClientSecretCredential(
                who.tenant, who.client, who.secret, authority=who.authority
            )
            target = self._library.FabricWorkspace(
                workspace_id=workspace,
                repository_directory=str(project),
                item_type_in_scope=_ITEMS,
                token_credential=credential,
            )
            self._library.publish_all_items(target)
        except Exception as error:
            # The library raises errors of many kinds, its own and those of others.
            raise DeploymentError(
                f"The workspace does not take the project: {type(error).__name__}: {_first_line(error)}",
                where=f"the workspace {workspace}",
                safe="each item is as it was before, or has been replaced as a whole",
                next_command="let the service principal be a contributor of the workspace, then deploy again",
            ) from error


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
