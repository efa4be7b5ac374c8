"""Lets the role in AWS trust Snowflake: the integration tells who it comes as, and the role is told."""

import re
from dataclasses import dataclass
from typing import Literal

from streamvision.domain.errors import AccountFileError, WrongUseError
from streamvision.ports.account import Account
from streamvision.ports.stack import Stack

INTEGRATION = "STREAMVISION_LAKE"
_USER = "STORAGE_AWS_IAM_USER_ARN"
_EXTERNAL_ID = "STORAGE_AWS_EXTERNAL_ID"
_ROLE = "STORAGE_AWS_ROLE_ARN"
_IDENTITY = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:(user|role)/[\w+=,.@/-]+", re.ASCII)


@dataclass(frozen=True)
class Identity:
    """Tell who Snowflake comes as, what it shows, and which role it takes on."""

    user_arn: str
    external_id: str
    role_arn: str

    def parameters(self) -> dict[str, str]:
        """Return the stack's parameters that let it in."""
        return {"SnowflakeUserArn": self.user_arn, "ExternalId": self.external_id}


def identity_of(account: Account) -> Identity:
    """Ask the integration who it comes as.

    Raises:
        AccountFileError: when it does not tell, or tells what no identity in AWS can be.

    """
    told = account.integration(INTEGRATION)
    missing = [name for name in (_USER, _EXTERNAL_ID, _ROLE) if not told.get(name)]
    if missing or not _IDENTITY.fullmatch(told[_USER]):
        raise AccountFileError(
            "The integration does not tell who it comes as"
            + (f": {', '.join(missing)} is missing" if missing else f": {_USER} is no ARN"),
            where=f"the integration {INTEGRATION}",
            safe="nothing was changed",
            next_command="streamvision warehouse apply",
        )
    return Identity(told[_USER], told[_EXTERNAL_ID], told[_ROLE])


def shake_hands(identity: Identity, stack: Stack) -> Literal["trusts already", "trusts now"]:
    """Let the stack's role trust an identity, and nobody else.

    Raises:
        WrongUseError: when the integration takes on another role than the stack's.

    """
    role = stack.outputs().get("ReaderRoleArn", "")
    if role != identity.role_arn:
        raise WrongUseError(
            f"The integration takes on {identity.role_arn}; the stack has {role or 'nothing'}",
            where=f"the integration {INTEGRATION}",
            safe="nothing was changed",
            next_command="name the right --stack, or `streamvision warehouse apply` with its --role-arn",
        )
    wanted = identity.parameters()
    if wanted.items() <= stack.parameters().items():
        return "trusts already"
    stack.update(wanted)
    return "trusts now"
