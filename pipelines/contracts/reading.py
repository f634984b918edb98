"""Reads the contracts of a sources folder; a mistake is one sentence with file, key and mend."""

import json
from pathlib import Path

from pipelines.contracts.model import Contract
from pipelines.errors import StamgastError
from pipelines.yaml_files import read_yaml


class ContractError(StamgastError):
    """A contract that cannot be used."""


def read_contract(path: Path) -> Contract:
    """The contract in one YAML file.

    Raises ContractError: not YAML, an unknown key, a wrong type, a column its kind does not know.
    """
    return read_yaml(path, Contract, ContractError, "sources/contract.schema.json")


def read_contracts(folder: Path) -> list[Contract]:
    """All contracts of a sources folder (its *.yml, not deeper), by feed name, which is that of the file.

    Raises ContractError: no folder, a mistake in a contract, two feeds of one name, a feed of another name than its file.
    """
    if not folder.is_dir():
        raise ContractError(
            f"{folder}: there is no such sources folder; make it or give another with --sources"
        )
    contracts: dict[str, tuple[Path, Contract]] = {}
    for path in sorted(folder.glob("*.yml")):
        contract = read_contract(path)
        if contract.feed in contracts:
            first = contracts[contract.feed][0].name
            raise ContractError(
                f"{path}: feed {contract.feed} is already declared in {first}; rename one of them"
            )
        if path.stem != contract.feed:
            raise ContractError(
                f"{path}: the feed is called {contract.feed}; call the file {contract.feed}.yml or the feed {path.stem}"
            )
        contracts[contract.feed] = (path, contract)
    return [contract for _, (_, contract) in sorted(contracts.items())]


def json_schema() -> str:
    """The JSON schema of a contract, for editors; kept in sources/contract.schema.json (a test compares)."""
    return json.dumps(Contract.model_json_schema(mode="validation"), indent=2, sort_keys=True) + "\n"
