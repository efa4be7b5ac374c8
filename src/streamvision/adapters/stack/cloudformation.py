"""A stack in AWS CloudFormation."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from streamvision.domain.errors import StackError

_SECONDS_BETWEEN_LOOKS = 5
_LOOKS = 120


class CloudFormationStack:
    """Find a stack by its name; credentials and region come from AWS's own chain."""

    def __init__(self, name: str, seconds_between_looks: int = _SECONDS_BETWEEN_LOOKS) -> None:
        """Take the stack's name."""
        self._name, self._seconds = name, seconds_between_looks

    def parameters(self) -> Mapping[str, str]:
        """Return the values that the stack has been made with."""
        given = self._described().get("Parameters", [])
        return {each["ParameterKey"]: each["ParameterValue"] for each in given}

    def outputs(self) -> Mapping[str, str]:
        """Return what the stack tells of itself."""
        return {each["OutputKey"]: each["OutputValue"] for each in self._described().get("Outputs", [])}

    def update(self, changed: Mapping[str, str]) -> None:
        """Give some parameters other values, and wait until the resources follow; the others stay."""
        wanted = {**self.parameters(), **changed}
        parameters = [{"ParameterKey": name, "ParameterValue": value} for name, value in wanted.items()]
        with self._errors("be updated"):
            self._client.update_stack(
                StackName=self._name,
                UsePreviousTemplate=True,
                Parameters=parameters,
                Capabilities=["CAPABILITY_NAMED_IAM"],
            )
            self._client.get_waiter("stack_update_complete").wait(
                StackName=self._name, WaiterConfig={"Delay": self._seconds, "MaxAttempts": _LOOKS}
            )

    def _described(self) -> Mapping[str, Any]:
        with self._errors("be looked at"):
            found: Mapping[str, Any] = self._client.describe_stacks(StackName=self._name)["Stacks"][0]
        return found

    @cached_property
    def _client(self) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
        return boto3.client("cloudformation")

    @contextmanager
    def _errors(self, act: str) -> Iterator[None]:
        try:
            yield
        except (BotoCoreError, ClientError, WaiterError) as error:
            raise StackError(
                f"The stack cannot {act}: {error}",
                where=f"the CloudFormation stack {self._name}",
                safe="Snowflake was not changed; a stack that cannot be updated goes back to what it was",
                next_command="check its name, AWS_REGION and the credentials, then the same command again",
            ) from error
