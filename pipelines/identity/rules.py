"""The rules of identity, as the pydantic model behind `rules.yml`."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from pipelines.errors import StamgastError
from pipelines.yaml_files import read_yaml

RULES_FILE = Path(__file__).parent / "rules.yml"

LinkField = Literal["customer_number", "record", "email", "phone", "cookie"]
LimitField = LinkField | Literal["address"]
VetoRule = Literal["birth_date", "given_name_and_birth_date", "generation", "customer_number"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CertainRule(_Strict):
    """Profiles that share the value of a field are one person, of any name or only where the names are compatible."""

    rule: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    field: LinkField
    names: Literal["any", "compatible"]


class Rules(_Strict):
    """What links, what is no evidence, what forbids."""

    certain: list[CertainRule] = Field(min_length=1, description="In order of authority.")
    limits: dict[LimitField, int] = Field(
        min_length=1, description="More different names or birth dates than this on one value: a bad value."
    )
    placeholders: dict[LinkField, list[str]] = Field(
        description="Regular expressions of values that are nobody's."
    )
    households: dict[LinkField, list[str]] = Field(
        description="Regular expressions of values that several people use: full names are asked for."
    )
    vetoes: list[VetoRule] = Field(description="Contradictions that no link overcomes.")


def read_rules(path: Path = RULES_FILE) -> Rules:
    """The rules in one YAML file.

    Raises StamgastError: not YAML, an unknown key or a wrong type.
    """
    return read_yaml(path, Rules, StamgastError, "pipelines/identity/rules.yml")
