"""What the figures are to reach, per set, and whether they do."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tests.benchmarks.identity_methods.methods import CEILING, DAY, SHIPPED, TRAINED, TUTORIAL, Line

# How far from a judge taught the truth one that was not may stay.
NEAR_CEILING = 0.015
# CPU seconds per million profiles, all anew; of the day's work; GiB.
MOST_CPU, MOST_CPU_OF_DAY, MOST_GIBIBYTES = 45.0, 6.0, 4.0


@dataclass(frozen=True)
class Goal:
    """One figure of one set: what it is, what it must reach (at most: what it may not exceed)."""

    text: str
    reached: float
    bound: float
    is_most: bool = False

    @property
    def is_met(self) -> bool:
        """Whether the bound is kept."""
        return self.reached <= self.bound if self.is_most else self.reached >= self.bound


def goals(name: str, lines: Sequence[Line]) -> list[Goal]:
    """The goals of a set, of the methods that were measured."""
    by_method = {line.method: line for line in lines}
    shipped, trained, ceiling = (by_method.get(method) for method in (SHIPPED, TRAINED, CEILING))
    splinks = [line.figures.pairs.f1 for line in lines if line.method.startswith(TUTORIAL)]
    whole = re.fullmatch(r"sim-\d+[km]?(-seed\d+)?", name)
    found: list[Goal] = []
    if whole and shipped:
        is_million = shipped.profiles >= 1_000_000
        f1, b_cubed, precision = (0.96, 0.988, 0.98) if is_million else (0.97, 0.99, 0.985)
        found += [
            Goal(f"{SHIPPED}: F1", shipped.figures.pairs.f1, f1),
            Goal(f"{SHIPPED}: B³ F1", shipped.figures.b_cubed.f1, b_cubed),
            Goal(f"{SHIPPED}: precision", shipped.figures.pairs.precision, precision),
        ]
        if is_million and shipped.cost:
            per_million = shipped.cost.cpu * 1_000_000 / shipped.profiles
            found += [
                Goal(f"{SHIPPED}: CPU s per million profiles", per_million, MOST_CPU, True),
                Goal(f"{SHIPPED}: GiB", shipped.cost.gibibytes, MOST_GIBIBYTES, True),
            ]
            found += [
                Goal(f"{DAY}: CPU s", line.cost.cpu, MOST_CPU_OF_DAY, True)
                for line in lines
                if line.method.startswith(DAY) and line.cost
            ]
    if name.startswith("febrl") and trained:
        found += [
            Goal(f"{TRAINED}: F1", trained.figures.pairs.f1, 0.998),
            Goal(f"{TRAINED}: B³ F1", trained.figures.b_cubed.f1, 0.999),
        ]
    # A company's own data are what it trains on; the company that the shipped model knows only loses fields.
    ours = shipped if name.startswith("sim-") else trained
    if ours and splinks:
        found.append(Goal(f"{ours.method}: F1 against Splink's best", ours.figures.pairs.f1, max(splinks)))
    if ours and ceiling:
        bound = ceiling.figures.pairs.f1 - NEAR_CEILING
        found.append(Goal(f"{ours.method}: F1 against the ceiling", ours.figures.pairs.f1, bound))
    return found
