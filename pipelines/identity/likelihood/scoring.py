"""Scores pairs of profiles: each pair's pattern of levels, and what the model's three classes make of a pattern.

A pattern is one number, five bits for each comparison: 0 where a side lacks the field, else the place of the level from 1. Many pairs
share one, so that only patterns are weighed.
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
LEVELS = ", ".join(one.name for one in COMPARISONS)


def make_compared(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """An empty table of compared pairs, as `compare` fills it."""
    connection.execute(
        f"create or replace temp table {table} (left_profile_id bigint, right_profile_id bigint, pattern bigint)"
    )


def compare(connection: duckdb.DuckDBPyConnection, pairs: str, lefts: str = "identity_compared") -> None:
    """Adds to identity_scored the pairs of a relation (left_profile_id, right_profile_id: the smaller first).

    Both profiles are in identity_compared; `lefts` is a relation of those of its rows that are the smaller one of a pair.
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


_PATTERN = " + ".join(_digit(one, place) for place, one in enumerate(COMPARISONS))


def weigh(connection: duckdb.DuckDBPyConnection, model: IdentityModel, size: int, table: str) -> None:
    """Temp table identity_patterns: one row per pattern of the compared pairs of `table`, with its weights.

    Columns: pattern, per comparison the place of its level from 0 (null where a side lacks the field), splink_weight
    (bits, two classes) and weight.
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
    """SQL: the levels of a pattern as columns of their comparisons' names."""
    return ", ".join(
        f"(nullif(({pattern} >> {BITS * place}) & {(1 << BITS) - 1}, 0) - 1)::tinyint as {one.name}"
        for place, one in enumerate(COMPARISONS)
    )


def levels_of(patterns: NDArray[np.int64]) -> NDArray[np.int64]:
    """The levels of patterns (rows; columns are comparisons), -1 where a side lacks the field."""
    shifts = BITS * np.arange(len(COMPARISONS), dtype=np.int64)
    return (patterns[:, None] >> shifts & (1 << BITS) - 1) - 1


def splink_weight(model: IdentityModel, size: int) -> str:
    """SQL over levels: the match weight that Splink gives them, log2 odds of two classes, one person and chance."""
    prior, _ = model.priors(size)
    return " + ".join([f"({prior})", *(_lookup(one, _against(one, model, "chance")) for one in COMPARISONS)])


def weight(model: IdentityModel, size: int, without: Collection[str] = ()) -> str:
    """SQL over levels: log2 odds of one person against household and chance together.

    The comparisons `without` are left out.
    """
    person, household = model.priors(size)
    against = []
    alternatives: tuple[tuple[Alternative, float], ...] = (
        ("household", person - household),
        ("chance", person),
    )
    for other, prior in alternatives:
        terms = [f"({prior})"] + [
            _lookup(one, _against(one, model, other)) for one in COMPARISONS if one.name not in without
        ]
        if other == "household":
            gate = holds(SHARED)
            terms.append(f"case when {gate} then log2({_found(model)}) else 0 end")
            if "given_name" not in without:
                # Twins are a household, whatever else is known of it.
                gate += (
                    " or ("
                    + " and ".join(f"({holds({field: labels})})" for field, labels in TWINS.items())
                    + ")"
                )
                shared = [
                    _lookup(one, [max(bits, 0) for bits in _against(one, model, other)])
                    for one in COMPARISONS
                    if one.name in TWINS_SHARE and one.name not in without
                ]
                terms.append(f"case when {holds(OTHER_NAMES)} then -({' + '.join(shared)}) else 0 end")
            against.append(f"(case when {gate} then {' + '.join(terms)} else {NO_HOUSEHOLD} end)")
        else:
            alone = f"not ({holds(AGREEING)})"
            if not model.knows_households:
                alone += f" and coalesce({', '.join(AGREEING)}) is not null"
            terms.append(f"case when {alone} then {-NAMES_ALONE} else 0 end")
            against.append(f"({' + '.join(terms)})")
    # log2 of a sum of powers, without overflow.
    return f"(least({', '.join(against)}) - log2(1 + pow(2, -abs({' - '.join(against)}))))"


def holds(labels: Mapping[str, Collection[str]]) -> str:
    """SQL: some comparison is at one of its labels."""
    return " or ".join(
        f"coalesce({one.name} in "
        f"({', '.join(str(place) for place, level in enumerate(one.levels) if level.label in labels[one.name])}), false)"
        for one in COMPARISONS
        if one.name in labels
    )


def _found(model: IdentityModel) -> str:
    """SQL: the share of households that would be found by the fields both sides have."""
    missed = " * ".join(
        f"(case when {name} is null then 1.0::double else {1 - model.shared(name)}::double end)"
        for name in SHARED
    )
    return f"greatest(1 - {missed}, 1e-9)"


def _against(comparison: Comparison, model: IdentityModel, other: Alternative) -> list[float]:
    """The bits of each level for one person against the other class."""
    weights = [model.levels[comparison.name][level.label] for level in comparison.levels]
    return [math.log2(one.person / getattr(one, other)) for one in weights]


def _lookup(comparison: Comparison, bits: Sequence[float]) -> str:
    """SQL: the bits of the level that the comparison is at."""
    return f"coalesce([{', '.join(f'{one}::double' for one in bits)}][{comparison.name} + 1], 0)"
