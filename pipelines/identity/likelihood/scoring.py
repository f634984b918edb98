"""Scores pairs of profiles: the pattern of comparison levels of each pair, and the match weight of each pattern.

A pattern is one number with five binary digits per comparison: 0 if a profile lacks the field, else the place of the level
from 1. Many pairs share a pattern, so weights are computed per pattern.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby

import duckdb
import numpy as np
from numpy.typing import NDArray

from pipelines.identity.likelihood.comparisons import AGREEING, COMPARISONS, ELSE, SHARED, Comparison, Level
from pipelines.identity.likelihood.model import (
    NAMES_ALONE,
    NO_HOUSEHOLD,
    OTHER_NAMES,
    TWINS,
    TWINS_SHARE,
    Alternative,
    IdentityModel,
)

BITS = 5


def make_compared(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Creates an empty table of compared pairs, as `compare` fills it."""
    connection.execute(
        f"create or replace temp table {table} (left_profile_id bigint, right_profile_id bigint, pattern bigint)"
    )


def compare(connection: duckdb.DuckDBPyConnection, pairs: str, lefts: str = "identity_compared") -> None:
    """Adds to identity_scored the pairs of a relation (left_profile_id, right_profile_id: the smaller first).

    Both profiles are in identity_compared. `lefts`: a relation of its rows with at least the left profiles.
    """
    connection.execute(
        f"""
        insert into identity_scored
        select pairs.left_profile_id, pairs.right_profile_id, {_PATTERN}
        from {pairs} as pairs
        inner join {lefts} as l on pairs.left_profile_id = l.profile_id
        inner join identity_compared as r on pairs.right_profile_id = r.profile_id
        """
    )


def _digit(comparison: Comparison, place: int) -> str:
    numbered = enumerate(comparison.levels, start=1)
    cases = " ".join(
        f"when {gate} then case {_cases(levels)} end" if gate else _cases(levels)
        for gate, levels in groupby(numbered, key=lambda level: level[1].gate)
    )
    return f"((case when {comparison.missing} then 0 {cases} end)::bigint << {BITS * place})"


def _cases(levels: Iterable[tuple[int, Level]]) -> str:
    return " ".join(
        f"else {number}" if level.condition == ELSE else f"when {level.condition} then {number}"
        for number, level in levels
    )


_PATTERN = " + ".join(_digit(comparison, place) for place, comparison in enumerate(COMPARISONS))


def weigh(connection: duckdb.DuckDBPyConnection, model: IdentityModel, size: int, table: str) -> None:
    """Makes temp table identity_patterns: one row per pattern of the compared pairs of `table`, with its match weights.

    Columns: pattern; per comparison the place of its level from 0 (null if a profile lacks the field); splink_weight (log2
    odds, two classes); weight (log2 odds, three classes).
    """
    connection.execute(
        f"""
        create or replace temp table identity_patterns as
        with patterns as (
            select distinct pattern from {table}
        ),

        levels as (
            select pattern, {places("pattern")} from patterns
        )

        select *, {splink_weight(model, size)} as splink_weight, {weight(model, size)} as weight from levels
        """
    )


def places(pattern: str) -> str:
    """SQL: the levels of a pattern as columns, named as their comparisons."""
    return ", ".join(
        f"(nullif(({pattern} >> {BITS * place}) & {(1 << BITS) - 1}, 0) - 1)::tinyint as {comparison.name}"
        for place, comparison in enumerate(COMPARISONS)
    )


def levels_of(patterns: NDArray[np.int64]) -> NDArray[np.int64]:
    """The levels of patterns; rows are patterns, columns comparisons, -1 means that a profile lacks the field."""
    shifts = BITS * np.arange(len(COMPARISONS), dtype=np.int64)
    return (patterns[:, None] >> shifts & (1 << BITS) - 1) - 1


def splink_weight(model: IdentityModel, size: int) -> str:
    """SQL over levels: the match weight as Splink defines it, log2 odds of one person against chance."""
    prior, _ = model.priors(size)
    return " + ".join([f"({prior})", *_terms(model, "chance")])


def weight(model: IdentityModel, size: int, without: Collection[str] = ()) -> str:
    """SQL over levels: the match weight, log2 odds of one person against household and chance together.

    The comparisons `without` are left out.
    """
    person, household = model.priors(size)
    household_weight = _against_household(model, person - household, without)
    chance_weight = _against_chance(model, person, without)
    # -log2(2^-household + 2^-chance), without overflow.
    return (
        f"(least({household_weight}, {chance_weight}) "
        f"- log2(1 + pow(2, -abs({household_weight} - {chance_weight}))))"
    )


def _against_household(model: IdentityModel, prior: float, without: Collection[str]) -> str:
    """SQL: log2 odds of one person against one household; NO_HOUSEHOLD if the pair shares nothing a household shares."""
    terms = [f"({prior})", *_terms(model, "household", without)]
    may_be_household = holds(SHARED)
    terms.append(f"case when {may_be_household} then log2({_found(model)}) else 0 end")
    if "given_name" not in without:
        # Twins are a household even if they share no contact point or place.
        twins = " and ".join(f"({holds({field: labels})})" for field, labels in TWINS.items())
        may_be_household += f" or ({twins})"
        shared = [
            _lookup(comparison, [max(weight, 0) for weight in _weights(comparison, model, "household")])
            for comparison in COMPARISONS
            if comparison.name in TWINS_SHARE and comparison.name not in without
        ]
        terms.append(f"case when {holds(OTHER_NAMES)} then -({' + '.join(shared)}) else 0 end")
    return f"(case when {may_be_household} then {' + '.join(terms)} else {NO_HOUSEHOLD} end)"


def _against_chance(model: IdentityModel, prior: float, without: Collection[str]) -> str:
    """SQL: log2 odds of one person against agreement by chance; NAMES_ALONE less if only names agree."""
    names_alone = f"not ({holds(AGREEING)})"
    if not model.knows_households:
        names_alone += f" and coalesce({', '.join(AGREEING)}) is not null"
    terms = [f"({prior})", *_terms(model, "chance", without)]
    terms.append(f"case when {names_alone} then {-NAMES_ALONE} else 0 end")
    return f"({' + '.join(terms)})"


def _terms(model: IdentityModel, other: Alternative, without: Collection[str] = ()) -> list[str]:
    return [
        _lookup(comparison, _weights(comparison, model, other))
        for comparison in COMPARISONS
        if comparison.name not in without
    ]


def holds(labels: Mapping[str, Collection[str]]) -> str:
    """SQL condition: at least one of these comparisons has one of its labels."""
    return " or ".join(
        f"coalesce({comparison.name} in ({_places_of(comparison, labels[comparison.name])}), false)"
        for comparison in COMPARISONS
        if comparison.name in labels
    )


def _places_of(comparison: Comparison, labels: Collection[str]) -> str:
    return ", ".join(str(place) for place, level in enumerate(comparison.levels) if level.label in labels)


def _found(model: IdentityModel) -> str:
    """SQL: the share of household pairs that agree in at least one field that both profiles have."""
    missed = " * ".join(
        f"(case when {name} is null then 1.0::double else {1 - model.shared(name)}::double end)"
        for name in SHARED
    )
    return f"greatest(1 - {missed}, 1e-9)"


def _weights(comparison: Comparison, model: IdentityModel, other: Alternative) -> list[float]:
    """The log2 odds of each level for one person against the other class."""
    levels = [model.levels[comparison.name][level.label] for level in comparison.levels]
    return [math.log2(level.person / getattr(level, other)) for level in levels]


def _lookup(comparison: Comparison, weights: Sequence[float]) -> str:
    """SQL: the weight of the level that the comparison has; 0 if a profile lacks the field."""
    listed = ", ".join(f"{weight}::double" for weight in weights)
    return f"coalesce([{listed}][{comparison.name} + 1], 0)"
