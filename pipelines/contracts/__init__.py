"""What comes in: kinds, the contract of a feed, and how contracts are read."""

from pipelines.contracts.kinds import CONTACT_BLOCK, FREE_TEXT, IDENTIFYING, KINDS, SQL_TYPES, Column, Kind
from pipelines.contracts.model import Contract
from pipelines.contracts.reading import ContractError, json_schema, read_contract, read_contracts

__all__ = [
    "CONTACT_BLOCK",
    "FREE_TEXT",
    "IDENTIFYING",
    "KINDS",
    "SQL_TYPES",
    "Column",
    "Contract",
    "ContractError",
    "Kind",
    "json_schema",
    "read_contract",
    "read_contracts",
]
