"""Reads contracts from a folder of YAML files, one a table."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from streamvision.domain.contract import Contract, in_dependency_order, parse_contract
from streamvision.domain.errors import ContractError


def read_contracts(folder: Path) -> list[Contract]:
    """Read every `*.yml` of a folder; tables come after those that they refer to.

    The lists of values that columns name lie in `values/`.

    Raises:
        ContractError: when a file cannot be understood, or there is none.

    """
    lists = {path.stem: _document(path) for path in sorted((folder / "values").glob("*.yml"))}
    contracts = [_read(path, lists) for path in sorted(folder.glob("*.yml"))]
    if not contracts:
        raise ContractError("There are no contracts", where=str(folder), next_command="streamvision doctor")
    return in_dependency_order(contracts)


def _document(path: Path) -> object:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ContractError(f"The contract is not YAML: {error}", where=str(path)) from error


def _read(path: Path, lists: Mapping[str, object]) -> Contract:
    document = _document(path)
    if not isinstance(document, dict):
        raise ContractError("The contract is not a mapping", where=str(path))
    contract = parse_contract(document, str(path), lists)
    if contract.table != path.stem:
        raise ContractError(f"The file is named {path.name} but describes {contract.table}", where=str(path))
    return contract
