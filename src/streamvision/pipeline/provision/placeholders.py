"""The values that differ from account to account. They are checked, so that they can stand in SQL."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from streamvision.domain.errors import WrongUseError

_BUCKET_AND_PREFIX = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9!_.*()=+@-]+)*/")
_ROLE_ARN = re.compile(r"arn:aws(-[a-z]+)*:iam::\d{12}:role/([\w+=,.@-]+/)*[\w+=,.@-]{1,64}")
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,256}")


@dataclass(frozen=True)
class Placeholders:
    """Hold what the owner of an account chooses.

    Attributes:
        lake_url: where the lake is: `s3://bucket` or `s3://bucket/prefix`.
        storage_role_arn: the role in AWS that the account takes on to read it.
        external_id: what the account shows to be let take it on; no secret, but nobody else should have it.
        monthly_credits: how many credits each warehouse may use in a month.

    """

    lake_url: str
    storage_role_arn: str
    external_id: str
    monthly_credits: int

    def values(self) -> Mapping[str, str]:
        """Return the values by the names that the files call them by.

        Raises:
            WrongUseError: when one of them makes no sense, or could not stand in SQL.

        """
        lake_url = self.lake_url.rstrip("/") + "/"
        _check(_BUCKET_AND_PREFIX, lake_url, "The lake's URL is not s3://bucket/prefix", "the lake")
        _check(
            _ROLE_ARN,
            self.storage_role_arn,
            "The role's ARN is not arn:aws:iam::<12 digits>:role/<name>",
            "--role-arn",
        )
        _check(
            _EXTERNAL_ID,
            self.external_id,
            "The external id is not 2 to 256 letters, digits or any of + = , . @ : / _ -",
            "--external-id",
        )
        if self.monthly_credits < 1:
            raise _wrong("A warehouse needs at least one credit a month", "--monthly-credits")
        return {
            "LAKE_URL": lake_url,
            "STORAGE_ROLE_ARN": self.storage_role_arn,
            "EXTERNAL_ID": self.external_id,
            "MONTHLY_CREDITS": str(self.monthly_credits),
        }


def _check(pattern: re.Pattern[str], value: str, wrong: str, where: str) -> None:
    # ASCII alone: \w knows letters that AWS does not.
    if not value.isascii() or not pattern.fullmatch(value):
        raise _wrong(wrong, where)


def _wrong(what: str, where: str) -> WrongUseError:
    return WrongUseError(
        what,
        where=where,
        safe="nothing was changed",
        next_command="streamvision warehouse plan --help",
    )
