"""The frozen model of probable links: how often each level of each comparison occurs in three classes of pairs.

A pair of profiles is of one person, of one household (two people who share a name, an address or a contact point), or
alike by chance. Fellegi and Sunter (1969) have two classes; the third keeps values that a family shares from counting as
evidence for one person.

A match weight is in log2 odds: 3 means that one person is 8 times as likely as the alternative.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from pipelines.errors import StamgastError
from pipelines.identity.likelihood.comparisons import AGREEING, COMPARISONS, SHARED
from pipelines.warehouse.places import Places

DEFAULT_MODEL = Path(__file__).parent / "default_model.json"
# The explanation that one person is weighed against; a waterfall shows the likelier of the two.
Alternative = Literal["household", "chance"]
SMALLEST_SIZE = 1000
# Pairs per profile of a class that does not occur.
NO_RATE = 1e-30
# Match weight taken from pairs that agree in nothing but their names. Namesakes are often related, and of one age and
# region, so they meet more often by chance than strangers do. 5: on the simulated company (100,000 people) pairs of names
# alone were right as often as pairs of 4 to 5 less weight that agree in something else. Where no households show, no
# relatives do: there it applies only to pairs that have other fields to agree in.
NAMES_ALONE = 5.0
# Levels of two different given names, neither a form or misspelling of the other. Values that a household shares, the birth
# date of twins included, are then no evidence for one person against a household.
OTHER_NAMES = {"given_name": ("same_initial", "differs")}
TWINS = {**OTHER_NAMES, "birth_date": ("exact",)}
TWINS_SHARE = ("family_name", "birth_date", "email", "phone", "place")
# Match weight against a household for pairs that share nothing a household shares: practically certain.
NO_HOUSEHOLD = 1000.0


def size_class(profiles: int) -> int:
    """The power of ten nearest to a number of profiles, 1,000 at least.

    Agreement by chance becomes more frequent with the number of profiles. In steps, so that a day's growth changes no weight.
    """
    return max(SMALLEST_SIZE, 10 ** round(math.log10(max(profiles, 1))))


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LevelWeights(_Frozen):
    """Probability of one level among pairs of a class, where both sides have the field."""

    person: float = Field(gt=0, le=1)
    household: float = Field(gt=0, le=1)
    chance: float = Field(gt=0, le=1)


class TrainedOn(_Frozen):
    """The data a model was trained on, in counts."""

    description: str
    as_of: date
    profiles: int
    pairs: int


@dataclass(frozen=True)
class Waterfall:
    """How the match weight of a pair (log2 odds) adds up; positive weights are evidence for one person.

    `prior` plus the weights of `fields` (comparison, label, weight) is the weight against `alternative`; `total` is the weight
    against both other classes together.
    """

    alternative: Alternative
    prior: float
    fields: list[tuple[str, str, float]]
    total: float

    @property
    def probability(self) -> float:
        """Probability of one person, between 0 and 1."""
        return 1 / (1 + 2.0**-self.total)


class IdentityModel(_Frozen):
    """Level probabilities by comparison and label; rates are pairs per profile, among pairs that share a blocking key."""

    name: str
    trained_on: TrainedOn
    person_rate: float = Field(gt=0, description="Pairs of one person per profile.")
    household_rate: float = Field(gt=0, description="Pairs of one household per profile.")
    levels: dict[str, dict[str, LevelWeights]]
    aliases: list[tuple[str, str]] = Field(
        default=[],
        description="Given names that stand for each other: usual in a language, or learnt from names with at least 50 holders.",
    )

    def priors(self, size: int) -> tuple[float, float]:
        """Prior log2 odds of (person, household) against chance, for any pair among profiles of this size class."""
        pairs_per_profile = (size - 1) / 2
        return math.log2(self.person_rate / pairs_per_profile), math.log2(
            self.household_rate / pairs_per_profile
        )

    def without_households(self) -> "IdentityModel":
        """The model for profiles among which no two people are of one household."""
        return self.model_copy(update={"name": f"{self.name}, no households", "household_rate": NO_RATE})

    @property
    def knows_households(self) -> bool:
        """Whether two profiles may be of one household without being one person."""
        return self.household_rate > NO_RATE

    def shared(self, comparison: str) -> float:
        """Share of household pairs that agree in this contact point or place, where both profiles have it."""
        return sum(self.levels[comparison][label].household for label in SHARED[comparison])

    @staticmethod
    def _are_twins(levels: Mapping[str, str | None]) -> bool:
        """Whether the labels are those of twins: one birth date and two given names, which makes them one household."""
        return all(levels.get(comparison) in labels for comparison, labels in TWINS.items())

    def _found(self, levels: Mapping[str, str | None]) -> float:
        """Share of household pairs that agree in at least one field that both profiles have; 0 if this pair agrees in none."""
        if not any(levels.get(comparison) in labels for comparison, labels in SHARED.items()):
            return 1.0 if self._are_twins(levels) else 0.0
        missed = math.prod(
            1 - self.shared(comparison) for comparison in SHARED if levels.get(comparison) is not None
        )
        return max(1 - missed, 1e-9)

    def explain(self, levels: Mapping[str, str | None], size: int) -> Waterfall:
        """The waterfall of a pair with these labels by comparison (None: a profile lacks the field)."""
        person, household = self.priors(size)
        against: dict[Alternative, list[tuple[str, str, float]]] = {"household": [], "chance": []}
        for comparison, label in levels.items():
            if label is None:
                continue
            weights = self.levels[comparison][label]
            weight = math.log2(weights.person / weights.household)
            if comparison in TWINS_SHARE and levels.get("given_name") in OTHER_NAMES["given_name"]:
                weight = min(weight, 0.0)
            against["household"].append((comparison, label, weight))
            against["chance"].append((comparison, label, math.log2(weights.person / weights.chance)))
        found = self._found(levels)
        # A pair that shares nothing is no household. Household pairs are found by what they share, so their odds are given
        # that they share at least one field.
        household_prior = person - household + math.log2(found) if found else NO_HOUSEHOLD
        if not any(levels.get(comparison) in labels for comparison, labels in AGREEING.items()) and (
            self.knows_households or any(levels.get(comparison) is not None for comparison in AGREEING)
        ):
            person -= NAMES_ALONE
        totals: dict[Alternative, float] = {
            "household": household_prior + sum(weight for *_, weight in against["household"]),
            "chance": person + sum(weight for *_, weight in against["chance"]),
        }
        alternative = min(totals, key=totals.__getitem__)
        return Waterfall(
            alternative,
            household_prior if alternative == "household" else person,
            against[alternative],
            -math.log2(sum(2.0**-total for total in totals.values())),
        )


def read_model(places: Places | None = None, as_of: date | None = None) -> IdentityModel:
    """The company's own model, the newest in `ledger/models`; without any, the model that ships with the project.

    With `as_of`, models trained after that day are left out.
    Raises StamgastError: a model file that cannot be read, or with other comparisons than this version has.
    """
    own = sorted(places.models.glob("*.json"), reverse=True) if places else []
    for path in own:
        model = read_model_file(path)
        if as_of is None or model.trained_on.as_of <= as_of:
            return model
    return read_model_file(DEFAULT_MODEL)


def read_model_file(path: Path) -> IdentityModel:
    """One model file. Raises StamgastError as `read_model`."""
    try:
        model = IdentityModel.model_validate_json(path.read_bytes())
    except (OSError, ValueError) as error:
        raise StamgastError(
            f"{path}: cannot be read as a model of identity; train one: stamgast identity train"
        ) from error
    expected = {comparison.name: {level.label for level in comparison.levels} for comparison in COMPARISONS}
    if {comparison: set(levels) for comparison, levels in model.levels.items()} != expected:
        raise StamgastError(
            f"{path}: was trained on other comparisons than this version makes; train anew: stamgast identity train"
        )
    return model
