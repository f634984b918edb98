"""Scores pairs of profiles: Splink finds and compares them, the model's three classes weigh what was found."""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import duckdb
from splink import DuckDBAPI, Linker, SettingsCreator
from splink.blocking_rule_library import CustomRule
from splink.comparison_level_library import CustomLevel, ElseLevel
from splink.comparison_library import CustomComparison
from splink.internals.comparison_level_creator import ComparisonLevelCreator

from pipelines.database import name
from pipelines.identity.likelihood.comparisons import AGREEING, COMPARISONS, ELSE, SHARED, Comparison
from pipelines.identity.likelihood.model import (
    NAMES_ALONE,
    NO_HOUSEHOLD,
    OTHER_NAMES,
    TWINS,
    TWINS_SHARE,
    Alternative,
    IdentityModel,
)


def splink_settings(model: IdentityModel, size: int) -> SettingsCreator:
    """The model as Splink knows it: two classes, one person (m) and chance (u)."""
    prior, _ = model.priors(size)
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="profile_id",
        probability_two_random_records_match=1 / (1 + 2.0**-prior),
        blocking_rules_to_generate_predictions=[CustomRule("l.keys = r.keys", arrays_to_explode=["keys"])],
        comparisons=[_comparison(one, model) for one in COMPARISONS],
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=True,
    )


def _comparison(comparison: Comparison, model: IdentityModel) -> CustomComparison:
    chances = _distinct(comparison, model)
    levels: list[ComparisonLevelCreator | dict[str, Any]] = [
        CustomLevel(_on_pairs(comparison.missing), "missing").configure(is_null_level=True)
    ]
    for level in comparison.levels:
        made = ElseLevel() if level.condition == ELSE else CustomLevel(_on_pairs(level.condition))
        levels.append(
            made.configure(
                m_probability=model.levels[comparison.name][level.label].person,
                u_probability=chances[level.label],
                label_for_charts=level.label,
            )
        )
    return CustomComparison(output_column_name=comparison.name, comparison_levels=levels)


def _on_pairs(condition: str) -> str:
    """Splink marks the two sides of a level's columns by suffix."""
    return re.sub(r"\b([lr])\.(\w+)", r"\2_\1", condition)


def _distinct(comparison: Comparison, model: IdentityModel) -> dict[str, float]:
    """Each level's chance, moved where needed by so little that every level has a weight of its own, none of them 0.

    Splink gives the weight of each comparison and not its level, unless it also copies the values compared, which
    triples the cost: the weight has to say which level it was.
    """
    taken = [0.0]
    chances = {}
    for level in comparison.levels:
        weights = model.levels[comparison.name][level.label]
        weight = math.log2(weights.person / weights.chance)
        while any(abs(weight - other) < 2 * _PRECISION for other in taken):
            weight += 2 * _PRECISION
        taken.append(weight)
        chances[level.label] = weights.person / 2.0**weight
    return chances


_PRECISION = 1e-6


def _level(comparison: Comparison, model: IdentityModel) -> str:
    """SQL: the place of the level among the comparison's, from 0; null where a side lacks the field."""
    chances = _distinct(comparison, model)
    cases = []
    for place, level in enumerate(comparison.levels):
        weight = math.log2(model.levels[comparison.name][level.label].person / chances[level.label])
        cases.append(
            f"when mw_{comparison.name} between {weight - _PRECISION} and {weight + _PRECISION} then {place}"
        )
    return f"(case when mw_{comparison.name} = 0 then null {' '.join(cases)} else error('no level') end)::tinyint"


def compare(connection: duckdb.DuckDBPyConnection, model: IdentityModel, size: int, rule: str) -> None:
    """Adds to identity_scored the pairs between identity_left and identity_right that satisfy Splink's `rule`.

    Columns: left_profile_id < right_profile_id, splink_weight (bits, two classes), and per comparison the place of
    its level. The rule has to let each pair through once.
    """
    database, schema = connection.execute("select current_database(), current_schema()").fetchall()[0]
    # What Splink makes on its way is not for the file that is published.
    connection.execute("attach if not exists ':memory:' as splinked; use splinked")
    api = DuckDBAPI(connection)
    left = api.register("identity_left", table_name="people_left")
    right = api.register("identity_right", table_name="people_right")
    linker = Linker(right, splink_settings(model, size), validate_settings=False, log_level=None)
    found = linker.inference.predict_between(
        left,
        right,
        blocking_rules_to_generate_predictions=[
            CustomRule(rule, arrays_to_explode=["keys"] if "keys" in rule else None)
        ],
        warning_mode="never",
    )
    levels = ", ".join(f"{_level(one, model)} as {one.name}" for one in COMPARISONS)
    connection.execute(
        f"""
        insert into identity_scored
        select least(profile_id_l, profile_id_r), greatest(profile_id_l, profile_id_r), match_weight, {levels}
        from {found.physical_name};
        use {name(database)}.{name(schema)};
        detach splinked
        """
    )


def make_compared(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """An empty table of compared pairs, as `compare` fills it."""
    levels = ", ".join(f"{one.name} tinyint" for one in COMPARISONS)
    connection.execute(
        f"create or replace temp table {table} "
        f"(left_profile_id bigint, right_profile_id bigint, splink_weight double, {levels})"
    )


def weight(model: IdentityModel, size: int, without: Collection[str] = ()) -> str:
    """SQL over a table of compared pairs: log2 odds of one person against household and chance together.

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
            gate = _holds(SHARED)
            terms.append(f"case when {gate} then log2({_found(model)}) else 0 end")
            if "given_name" not in without:
                # Twins are a household, whatever else is known of it.
                gate += (
                    " or ("
                    + " and ".join(f"({_holds({field: labels})})" for field, labels in TWINS.items())
                    + ")"
                )
                shared = [
                    _lookup(one, [max(bits, 0) for bits in _against(one, model, other)])
                    for one in COMPARISONS
                    if one.name in TWINS_SHARE and one.name not in without
                ]
                terms.append(f"case when {_holds(OTHER_NAMES)} then -({' + '.join(shared)}) else 0 end")
            against.append(f"(case when {gate} then {' + '.join(terms)} else {NO_HOUSEHOLD} end)")
        else:
            terms.append(f"case when {_holds(AGREEING)} then 0 else {-NAMES_ALONE} end")
            against.append(f"({' + '.join(terms)})")
    # log2 of a sum of powers, without overflow.
    return f"(least({', '.join(against)}) - log2(1 + pow(2, -abs({' - '.join(against)}))))"


def _holds(labels: Mapping[str, Collection[str]]) -> str:
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
