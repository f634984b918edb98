"""The frozen model of probable links: how often each level of each comparison occurs in three classes of pairs.

A pair of profiles is of one person, of one household (two people who share a name, an address or a contact point), or
alike by chance. Fellegi and Sunter (1969) know two classes; the third keeps what a family shares from speaking for
one person.
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
# Evidence for household and chance sums to one weight: the field weights are those against the likelier of the two.
Alternative = Literal["household", "chance"]
SMALLEST_SIZE = 1000
# Pairs per profile of a class that there is none of.
NO_RATE = 1e-30
# Bits that two have to make good who agree in nothing but their names. Namesakes are often related, and of one age and
# region: chance brings them together more often than it does strangers. 5: on the simulated company (100,000 people)
# pairs of names alone were right as often as pairs with 4 to 5 bits less that agree in something else. Where no households
# show, no relatives do: there it counts only for those who could have agreed in more.
NAMES_ALONE = 5.0
# Two given names of which neither is a form or a misspelling of the other, one perhaps an initial only. What a household
# shares then speaks for no one person, the birth date of twins included: each of these counts for nothing against it.
OTHER_NAMES = {"given_name": ("same_initial", "differs")}
TWINS = {**OTHER_NAMES, "birth_date": ("exact",)}
TWINS_SHARE = ("family_name", "birth_date", "email", "phone", "place")
# Bits that stand for certainty: of two who share nothing, no household is the explanation.
NO_HOUSEHOLD = 1000.0


def size_class(profiles: int) -> int:
    """The power of ten nearest to a number of profiles, 1,000 at least.

    What chance can do grows with the number of profiles. In steps, so that a day's growth changes no weight.
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
    """What a model was made of; counts only."""

    description: str
    as_of: date
    profiles: int
    pairs: int


@dataclass(frozen=True)
class Waterfall:
    """How the weight of one pair comes about, in bits (log2 odds); positive speaks for one person.

    `prior` + the sum of `fields` is the weight against the alternative; `total` counts both other classes.
    """

    alternative: Alternative
    prior: float
    fields: list[tuple[str, str, float]]
    total: float

    @property
    def probability(self) -> float:
        """Of one person, between 0 and 1."""
        return 1 / (1 + 2.0**-self.total)


class IdentityModel(_Frozen):
    """Weights by comparison and label; rates are expected links per profile, found among blocked pairs."""

    name: str
    trained_on: TrainedOn
    person_rate: float = Field(gt=0, description="Pairs of one person per profile.")
    household_rate: float = Field(gt=0, description="Pairs of one household per profile.")
    levels: dict[str, dict[str, LevelWeights]]
    aliases: list[tuple[str, str]] = Field(
        default=[],
        description="Given names that stand for each other: known of a language, or learnt of names with 50 holders at least.",
    )

    def priors(self, size: int) -> tuple[float, float]:
        """log2 odds of (person, household) against chance, of any pair among profiles of this size class."""
        pairs_per_profile = (size - 1) / 2
        return math.log2(self.person_rate / pairs_per_profile), math.log2(
            self.household_rate / pairs_per_profile
        )

    def without_households(self) -> "IdentityModel":
        """The same for profiles of which no two are of one household."""
        return self.model_copy(update={"name": f"{self.name}, no households", "household_rate": NO_RATE})

    @property
    def knows_households(self) -> bool:
        """Whether two profiles may be of one household and not one person."""
        return self.household_rate > NO_RATE

    def shared(self, comparison: str) -> float:
        """The share of households that share this contact point or place, where both sides have it."""
        return sum(self.levels[comparison][label].household for label in SHARED[comparison])

    @staticmethod
    def _are_twins(levels: Mapping[str, str | None]) -> bool:
        """One birth date and two given names: of one household, whatever else is known of it."""
        return all(levels.get(comparison) in labels for comparison, labels in TWINS.items())

    def _found(self, levels: Mapping[str, str | None]) -> float:
        """The share of households that would be found by the fields both sides have; 0 where the two share none."""
        if not any(levels.get(comparison) in labels for comparison, labels in SHARED.items()):
            return 1.0 if self._are_twins(levels) else 0.0
        missed = math.prod(
            1 - self.shared(comparison) for comparison in SHARED if levels.get(comparison) is not None
        )
        return max(1 - missed, 1e-9)

    def explain(self, levels: Mapping[str, str | None], size: int) -> Waterfall:
        """The waterfall of a pair with these labels by comparison (None: one side lacks the field)."""
        person, household = self.priors(size)
        against: dict[Alternative, list[tuple[str, str, float]]] = {"household": [], "chance": []}
        for comparison, label in levels.items():
            if label is None:
                continue
            weights = self.levels[comparison][label]
            bits = math.log2(weights.person / weights.household)
            if comparison in TWINS_SHARE and levels.get("given_name") in OTHER_NAMES["given_name"]:
                bits = min(bits, 0.0)
            against["household"].append((comparison, label, bits))
            against["chance"].append((comparison, label, math.log2(weights.person / weights.chance)))
        found = self._found(levels)
        # Two that share nothing are no household; those who share the only field there is are all of that kind.
        household_prior = person - household + math.log2(found) if found else NO_HOUSEHOLD
        if not any(levels.get(comparison) in labels for comparison, labels in AGREEING.items()) and (
            self.knows_households or any(levels.get(comparison) is not None for comparison in AGREEING)
        ):
            person -= NAMES_ALONE
        totals: dict[Alternative, float] = {
            "household": household_prior + sum(bits for *_, bits in against["household"]),
            "chance": person + sum(bits for *_, bits in against["chance"]),
        }
        alternative = min(totals, key=lambda one: totals[one])
        return Waterfall(
            alternative,
            household_prior if alternative == "household" else person,
            against[alternative],
            -math.log2(sum(2.0**-total for total in totals.values())),
        )


def read_model(places: Places | None = None, as_of: date | None = None) -> IdentityModel:
    """The company's own model, the newest in `ledger/models`; the one that ships with the project where there is none.

    With a day, one that was trained after it does not count.
    Raises StamgastError: a model file that cannot be read, or of other comparisons than this version's.
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
    expected = {one.name: {level.label for level in one.levels} for one in COMPARISONS}
    if {comparison: set(levels) for comparison, levels in model.levels.items()} != expected:
        raise StamgastError(
            f"{path}: was trained on other comparisons than this version makes; train anew: stamgast identity train"
        )
    return model
