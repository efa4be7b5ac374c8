"""Reads contracts from a folder of YAML files, one a table."""

from pathlib import Path

import yaml

from streamvision.domain.contract import Contract, in_dependency_order, parse_contract
from streamvision.domain.errors import ContractError


def read_contracts(folder: Path) -> list[Contract]:
    """Read every `*.yml` of a folder; tables come after those that they refer to.

    Raises:
        ContractError: when a file cannot be understood, or there is none.

    """
    contracts = [_read(path) for path in sorted(folder.glob("*.yml"))]
    if not contracts:
        raise ContractError("There are no contracts", where=str(folder), next_command="streamvision doctor")
    return in_dependency_order(contracts)


def _read(path: Path) -> Contract:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ContractError(f"The contract is not YAML: {error}", where=str(path)) from error
    if not isinstance(document, dict):
        raise ContractError("The contract is not a mapping", where=str(path))
    contract = parse_contract(document, str(path))
    if contract.table != path.stem:
        raise ContractError(f"The file is named {path.name} but describes {contract.table}", where=str(path))
    return contract
