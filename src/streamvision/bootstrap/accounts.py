"""Opens what a cloud account is set up with."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from streamvision.adapters.contracts.yaml_files import read_contracts
from streamvision.assets import asset
from streamvision.domain.account import Statement
from streamvision.domain.contract import Contract
from streamvision.pipeline.provision.placeholders import Placeholders
from streamvision.pipeline.provision.reading import read_statements
from streamvision.ports.account import Account
from streamvision.ports.stack import Stack
from streamvision.settings import load_profile


@dataclass(frozen=True)
class AccountSetup:
    """Hold what an account is to have: statements, and the contracts that say what is personal."""

    statements: list[Statement]
    contracts: list[Contract]


def account_setup(profile_name: str | None, choose: Callable[[str], Placeholders]) -> AccountSetup:
    """Return what a profile's account is to have.

    Args:
        profile_name: without it, the one that is in use.
        choose: is given the profile's lake, and returns the values that differ from account to account.

    Raises:
        WrongUseError: when a value makes no sense.

    """
    values = choose(load_profile(profile_name, os.environ, Path.cwd()).lake).values()
    return AccountSetup(read_statements(asset("infra/snowflake"), values), read_contracts(asset("contracts")))


@contextmanager
def open_account(profile_name: str | None, user: str = "") -> Iterator[Account]:
    """Lend the account that a profile's warehouse is in, as its administrator sees it.

    Raises:
        WrongUseError: when the profile's warehouse is not in Snowflake, or nothing proves who the user is.

    """
    from streamvision.adapters.warehouse.snowflake.account import SnowflakeAccount
    from streamvision.adapters.warehouse.snowflake.administrator import connect_administrator

    profile = load_profile(profile_name, os.environ, Path.cwd())
    with closing(connect_administrator(profile.warehouse, os.environ, user)) as connection:
        yield SnowflakeAccount(connection)


def open_stack(name: str) -> Stack:
    """Return a stack of resources in AWS by its name."""
    from streamvision.adapters.stack.cloudformation import CloudFormationStack

    return CloudFormationStack(name)
