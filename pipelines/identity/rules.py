"""The rules of identity, as the pydantic model behind `rules.yml`."""

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipelines.errors import StamgastError

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
    try:
        return Rules.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        raise StamgastError(f"{path}: is not YAML; mend its syntax") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise StamgastError(f"{path}: {where}: {first['msg']}; mend the rule") from error
