"""Reads the contracts of a sources folder; a mistake is one sentence with file, key and mend."""

import json
from collections.abc import Iterable
from pathlib import Path

import yaml
from pydantic import ValidationError

from pipelines.contracts.model import Contract
from pipelines.errors import StamgastError


class ContractError(StamgastError):
    """A contract that cannot be used."""


class _UniqueKeyLoader(yaml.SafeLoader):
    """YAML in which a key given twice is a mistake instead of the last one winning."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"key {key} stands twice; keep one", problem_mark=key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def _first_mistake(error: ValidationError) -> str:
    # A key that is spelt wrong is both unknown and missing: the unknown one shows where to mend.
    found = error.errors(include_url=False, include_input=False)
    first = next((mistake for mistake in found if mistake["type"] == "extra_forbidden"), found[0])
    message = first["msg"].removeprefix("Value error, ")
    where = ".".join(str(part) for part in first["loc"] if not str(part).startswith("function-"))
    more = f" ({error.error_count() - 1} more)" if error.error_count() > 1 else ""
    if first["type"] == "extra_forbidden":
        message = "no such key; see sources/contract.schema.json"
    elif first["type"] == "missing":
        message = "is missing; add it"
    return f"{where + ': ' if where else ''}{message}{more}"


def read_contract(path: Path) -> Contract:
    """The contract in one YAML file.

    Raises ContractError: not YAML, an unknown key, a wrong type, a column its kind does not know.
    """
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeyLoader)
    except UnicodeDecodeError as error:
        raise ContractError(f"{path}: is not UTF-8; save it as UTF-8") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ContractError(f"{path}, line {line}: {error.problem}; mend the YAML") from error
    if not isinstance(data, dict):
        raise ContractError(f"{path}: holds no contract; begin with feed: and kind:")
    try:
        return Contract.model_validate(data)
    except ValidationError as error:
        raise ContractError(f"{path}: {_first_mistake(error)}") from error


def read_contracts(folder: Path) -> list[Contract]:
    """All contracts of a sources folder (its *.yml, not deeper), by feed name.

    Raises ContractError: no folder, a mistake in a contract, two feeds of one name.
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
        contracts[contract.feed] = (path, contract)
    return [contract for _, (_, contract) in sorted(contracts.items())]


def json_schema() -> str:
    """The JSON schema of a contract, for editors; kept in sources/contract.schema.json (a test compares)."""
    return json.dumps(Contract.model_json_schema(mode="validation"), indent=2, sort_keys=True) + "\n"


def kinds_in_use(contracts: Iterable[Contract]) -> set[str]:
    """Names of the kinds that have a feed."""
    return {contract.kind for contract in contracts}
