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

    Raises ContractError: no folder, a mistake in a contract, a feed of another name than its file.
    """
    if not folder.is_dir():
        raise ContractError(
            f"{folder}: there is no such sources folder; make it or give another with --sources"
        )
    contracts = []
    for path in sorted(folder.glob("*.yml")):
        contract = read_contract(path)
        # So no two feeds of a folder have one name.
        if contract.feed != path.stem:
            raise ContractError(
                f"{path}: the feed is called {contract.feed}; call the file {contract.feed}.yml or the feed {path.stem}"
            )
        contracts.append(contract)
    return sorted(contracts, key=lambda contract: contract.feed)


def json_schema() -> str:
    """The JSON schema of a contract, for editors; kept in sources/contract.schema.json (a test compares)."""
    return json.dumps(Contract.model_json_schema(mode="validation"), indent=2, sort_keys=True) + "\n"
