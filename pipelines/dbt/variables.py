"""The variables of dbt_project.yml, read before dbt does: a wrong weight is one sentence, not an error of SQL."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from pipelines.contracts import KINDS
from pipelines.dbt.segments import segment_names
from pipelines.errors import StamgastError
from pipelines.settings import DBT_PROJECT
from pipelines.yaml_files import read_yaml


def _kind(kind: str) -> str:
    if kind not in KINDS:
        raise ValueError(f"there is no kind {kind}; write one of {', '.join(KINDS)}")
    return kind


def _segment(segment: str) -> str:
    if segment not in segment_names():
        raise ValueError(f"there is no segment {segment}; write one of {', '.join(segment_names())}")
    return segment


Days = Annotated[int, Field(gt=0)]
Count = Annotated[int, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Probability = Annotated[float, Field(gt=0, lt=1)]
# Ten times a logarithm of odds; beyond 100 nothing could outweigh it.
Points = Annotated[float, Field(ge=-100, le=100)]
Money = Annotated[float, Field(ge=0)]
Kind = Annotated[str, AfterValidator(_kind)]


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class AttributeRules(_Declared):
    """How one attribute of the golden record is weighed and ages; `trust` in points."""

    trust: Points
    half_life_years: Annotated[float, Field(ge=0)]
    verify_below: Probability | None = None
    home_first: bool = False


class Attributes(_Declared):
    """The attributes of the golden record, by the name they have in core.person_values."""

    given_name: AttributeRules
    family_name: AttributeRules
    birth_date: AttributeRules
    gender: AttributeRules
    email: AttributeRules
    phone: AttributeRules
    address: AttributeRules
    work: AttributeRules
    customer_number: AttributeRules
    language: AttributeRules
    occupation: AttributeRules
    income_band: AttributeRules
    household_size: AttributeRules
    marital_status: AttributeRules
    interests: AttributeRules


def _attribute(attribute: str) -> str:
    if attribute not in Attributes.model_fields:
        raise ValueError(
            f"there is no attribute {attribute}; write one of {', '.join(Attributes.model_fields)}"
        )
    return attribute


class Survivorship(_Declared):
    """How values of the golden record are weighed; each is explained where it stands, in dbt_project.yml."""

    attributes: Attributes
    trust_of_kinds: dict[Kind, Points]
    trust_of_feeds: dict[str, Points]
    job_learnt_days_before: dict[Kind, Annotated[int, Field(ge=0)]]
    withdrawn_feeds: list[str]
    copying_kinds: list[Kind]
    copied_points: Points
    repeating_kinds: list[Kind]
    answered_points: Points
    delivered_points: Points
    bounced_points: Points
    borne_points: Points
    rule_bits: Points
    least_belonging: Share
    full_from: Share
    silent_after_change: list[Annotated[str, AfterValidator(_attribute)]]
    work_share: Share
    prior_statements: Count
    prior_changes: Count
    declared_changes: Count
    declared_pairs: Count
    statements_asked: Count
    error_within_days: Days


class ContactCosts(_Declared):
    """What one contact costs, in the base currency."""

    newsletter: Money
    call: Money
    visit: Money
    meeting: Money
    fair: Money
    email: Money


class Vars(BaseModel):
    """The variables the models of the project ask for; others are left to whoever adds models."""

    model_config = ConfigDict(extra="allow", strict=True)

    lapsed_after_days: Days
    lost_after_days: Days
    loyal_order_count: Count
    loyal_window_days: Days
    season_order_count: Count
    newsletter_windows: list[Days]
    web_window_days: Days
    wish_window_days: Days
    basket_window_days: Days
    recommend_question: str
    contact_costs: ContactCosts
    service_purposes: list[str]
    suspended_share_at_most: Share
    suspended_points_at_least: Count
    bounces_until_undeliverable: Count
    tier_a_from_rank: Share
    interest_window_days: Days
    small_group_size: Count
    segments_with_minors: list[Annotated[str, AfterValidator(_segment)]]
    survivorship: Survivorship

    @field_validator("lost_after_days")
    @classmethod
    def _is_lost_once_lapsed(cls, days: int, info: ValidationInfo) -> int:
        if days < info.data.get("lapsed_after_days", days):
            raise ValueError("is less than lapsed_after_days, so nobody would be lapsed; swap them")
        return days


class _Project(BaseModel):
    model_config = ConfigDict(extra="ignore")

    vars: Vars


def read_vars(path: Path = DBT_PROJECT / "dbt_project.yml") -> Vars:
    """The variables as the file declares them.

    Raises StamgastError: one is missing, misspelt (where no others may stand), or of a wrong type or size.
    """
    return read_yaml(path, _Project, StamgastError, see="the comments there").vars


def feeds_without_contract(survivorship: Survivorship, feeds: Iterable[str]) -> list[str]:
    """The feeds that are withdrawn or weighed, but are none of these: most likely misspelt, and still in use."""
    return sorted({*survivorship.withdrawn_feeds, *survivorship.trust_of_feeds} - set(feeds))
