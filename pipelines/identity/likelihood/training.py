"""Trains the three-class model without labels: expectation maximisation over the patterns of compared pairs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np
from numpy.typing import NDArray

from pipelines.identity.likelihood.comparisons import COMPARISONS, ELSE, RAREST, SHARED
from pipelines.identity.likelihood.given_names import usual_aliases
from pipelines.identity.likelihood.model import (
    OTHER_NAMES,
    IdentityModel,
    LevelWeights,
    TrainedOn,
    read_model,
)
from pipelines.identity.likelihood.pairs import compare_blindly, compare_sharing
from pipelines.identity.likelihood.scoring import levels_of, places, weight
from pipelines.identity.resolution_state import ResolutionState
from pipelines.identity.rules import Rules, read_rules

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Pseudo-count of the expected probabilities, in pairs per comparison.
PRIOR_PAIRS = 100
ROUNDS = 60
# Pairs per profile of a class that the data do not show.
LEAST_RATE = 1e-9
# Random pairs are all pairs of this many profiles with as many others.
RANDOM_PROFILES = 1500
# Conditions for an alias: match weight of a pair without the given name, holders of each name, pairs with both names, and
# how many times more pairs than by chance.
SURE, NAMED_BY, SEEN_TOGETHER, TIMES_CHANCE = 8.0, 50, 4, 20
# Bounds on exact agreement: two people of a household rarely share a birth date or a given name, one person mostly does.
MOST_HOUSEHOLD = {"birth_date": 0.05, "given_name": 0.10, "customer_number": 0.02}
LEAST_PERSON = {"birth_date": 0.75, "given_name": 0.50}
# The same for two people of a household of whom one gives only an initial.
MOST_INITIALS = 0.15
# Of one person, how often the given name is quite another, in times of the family name, which changes with marriage.
WRONG_GIVEN = 0.7
# Comparisons with rarity classes. The class of an equal name is no evidence between one person and a household.
_NAMES = ("given_name", "family_name", "family_name_of_namesakes")
# Least share of household pairs with one given name (father and son), in times of the share of one person.
LEAST_NAMESAKES = 0.004
_SHARED = {
    place: np.array([level.label in SHARED[comparison.name] for level in comparison.levels])
    for place, comparison in enumerate(COMPARISONS)
    if comparison.name in SHARED
}
_EXACT = {
    comparison.name: np.array(
        [
            level.label.startswith(("exact", "same")) and level.label != "same_initial"
            for level in comparison.levels
        ]
    )
    for comparison in COMPARISONS
}
_PLACES = {comparison.name: place for place, comparison in enumerate(COMPARISONS)}
_GIVEN_NAME, _FAMILY_NAME = _PLACES["given_name"], _PLACES["family_name_of_namesakes"]
_OTHER_GIVEN = np.array(
    [level.label in OTHER_NAMES["given_name"] for level in COMPARISONS[_GIVEN_NAME].levels]
)
_OTHER_FAMILY = np.array([level.label == "differs" for level in COMPARISONS[_FAMILY_NAME].levels])
_INITIAL = np.array([level.label == "initial" for level in COMPARISONS[_GIVEN_NAME].levels])


@dataclass(frozen=True)
class Patterns:
    """Distinct combinations of levels and their counts; rows are patterns, columns comparisons, -1: a profile lacks the field."""

    levels: Ints
    counts: Floats


def read_patterns(connection: duckdb.DuckDBPyConnection, table: str) -> Patterns:
    """The patterns of a table of compared pairs."""
    rows = connection.execute(
        f"select pattern, count(*)::double as pairs from {table} group by pattern order by pattern"
    ).fetchnumpy()
    return Patterns(levels_of(np.asarray(rows["pattern"])), np.asarray(rows["pairs"]))


@dataclass
class _Weights:
    """Per comparison, the probability of each level in the three classes."""

    person: list[Floats]
    household: list[Floats]
    chance: list[Floats]


def estimate(
    blocked: Patterns,
    random: Patterns,
    profiles: int,
    start: IdentityModel,
    name_chances: Mapping[tuple[str, str], float],
) -> tuple[dict[str, dict[str, LevelWeights]], float, float]:
    """Estimates (weights by comparison and label, pairs of one person per profile, pairs of one household per profile).

    `blocked`: pairs that share a blocking key. `random`: pairs drawn at random among the same profiles. Chance is estimated
    from the random pairs, less those of one person or household, and not from the blocked pairs; for equal names it is
    counted (`name_chances`). Where the data are scarce the estimates stay near `start`.
    """
    before = _weights_of(start)
    now = _weights_of(start)
    all_pairs = profiles * (profiles - 1) / 2
    person_rate, household_rate = start.person_rate, start.household_rate
    # Without fields that a household shares none can be found: their rate stays as expected.
    shows = float(blocked.counts[np.isfinite(_found(blocked.levels, before.household))].sum()) >= PRIOR_PAIRS
    for _ in range(ROUNDS):
        priors = (person_rate * profiles / all_pairs, household_rate * profiles / all_pairs)
        person, household, _ = _posteriors(blocked.levels, now, priors)
        *_, chance = _posteriors(random.levels, now, priors)
        person_rate = max(float((person * blocked.counts).sum() / profiles), LEAST_RATE)
        if shows:
            household_rate = max(float((household * blocked.counts).sum() / profiles), LEAST_RATE)
        of_person = _as_often_wrong(_held(_shares(blocked, person, before.person), least=LEAST_PERSON))
        of_household = _initials_held(
            _held(_shares(blocked, household, before.household), most=MOST_HOUSEHOLD)
        )
        now = _Weights(of_person, _binned(of_household, of_person), _chances(random, chance, name_chances))
        _count_swaps(now, name_chances)
    return _by_label(now), person_rate, household_rate


def _weights_of(model: IdentityModel) -> _Weights:
    def column(name: str) -> list[Floats]:
        return [
            np.array(
                [getattr(model.levels[comparison.name][level.label], name) for level in comparison.levels]
            )
            for comparison in COMPARISONS
        ]

    return _Weights(column("person"), column("household"), column("chance"))


def _posteriors(
    levels: Ints, weights: _Weights, priors: tuple[float, float]
) -> tuple[Floats, Floats, Floats]:
    """The probability of the three classes, per pattern."""
    logs = []
    for classes, prior in (
        (weights.person, priors[0]),
        (weights.household, priors[1]),
        (weights.chance, 1.0),
    ):
        total = np.full(len(levels), np.log(prior))
        for place, values in enumerate(classes):
            # A missing field is no evidence: index -1 finds the appended zero.
            total += np.append(np.log(values), 0.0)[levels[:, place]]
        logs.append(total)
    logs[1] -= np.log(_found(levels, weights.household))
    stacked = np.exp(np.array(logs) - np.max(logs, axis=0))
    person, household, chance = stacked / stacked.sum(axis=0)
    return person, household, chance


def _counts(patterns: Patterns, share: Floats) -> list[Floats]:
    counts: list[Floats] = []
    for place, comparison in enumerate(COMPARISONS):
        levels = patterns.levels[:, place]
        is_present = levels >= 0
        counts.append(
            np.bincount(
                levels[is_present],
                (share * patterns.counts)[is_present],
                minlength=len(comparison.levels),
            ).astype(np.float64)
        )
    return counts


def _shares(patterns: Patterns, share: Floats, before: Sequence[Floats]) -> list[Floats]:
    return [
        (counts + PRIOR_PAIRS * expected) / (counts.sum() + PRIOR_PAIRS)
        for counts, expected in zip(_counts(patterns, share), before, strict=True)
    ]


def _found(levels: Ints, household: Sequence[Floats]) -> Floats:
    """The share of household pairs that agree in a field of the pattern, per pattern; infinite if the pair shares none.

    Household pairs are found by what they share, so a pair that shares no contact point or place is none. If an address is
    the only such field that both profiles have, all household pairs found share it.
    """
    missed = np.ones(len(levels))
    shares = np.zeros(len(levels), dtype=bool)
    for place, shared in _SHARED.items():
        is_present = levels[:, place] >= 0
        missed[is_present] *= 1 - household[place][shared].sum()
        shares |= np.append(shared, False)[levels[:, place]]
    return np.where(shares, np.maximum(1 - missed, 1e-9), np.inf)


def _chances(
    patterns: Patterns, share: Floats, name_chances: Mapping[tuple[str, str], float]
) -> list[Floats]:
    chances = []
    for comparison, counts in zip(COMPARISONS, _counts(patterns, share), strict=True):
        # Half a pair more per level, so that what no random pair shows is rare, not impossible (Jeffreys' prior).
        values = (counts + 0.5) / (counts.sum() + 0.5 * len(counts))
        for place, level in enumerate(comparison.levels):
            if name_chances.get((comparison.name, level.label)):
                values[place] = name_chances[comparison.name, level.label]
        chances.append(values)
    return chances


def _count_swaps(weights: _Weights, name_chances: Mapping[tuple[str, str], float]) -> None:
    """Sets the chance of swapped names: that two people have the same names and one of them has swapped them."""
    equal = {
        field: sum(chance for (name, _), chance in name_chances.items() if name == field)
        for field in ("given_name", "family_name_of_namesakes")
    }
    place = _GIVEN_NAME
    labels = [level.label for level in COMPARISONS[place].levels]
    level = labels.index("swapped")
    if all(equal.values()):
        weights.chance[place][level] = (
            weights.person[place][level] * equal["given_name"] * equal["family_name_of_namesakes"]
        )


def _held(
    shares: list[Floats], least: dict[str, float] | None = None, most: dict[str, float] | None = None
) -> list[Floats]:
    """The shares, with exact agreement at least or at most what the class implies."""
    held = []
    for comparison, values in zip(COMPARISONS, shares, strict=True):
        exact = _EXACT[comparison.name]
        if least and comparison.name == "given_name":
            # Where only initials are given, equal initials are the exact agreement.
            exact = exact | _INITIAL
        bound = (least or most or {}).get(comparison.name)
        agreeing = values[exact].sum()
        if bound is not None and (agreeing < bound if least else agreeing > bound):
            values = _with_share(values, exact, bound)
        held.append(values)
    return held


def _with_share(values: Floats, chosen: NDArray[np.bool_], share: float) -> Floats:
    """The values, scaled so that those chosen sum to a share and the others to the rest."""
    before = values[chosen].sum()
    return np.where(chosen, values * share / before, values * (1 - share) / (1 - before))


def _initials_held(shares: list[Floats]) -> list[Floats]:
    """The shares of one household, with equal initials at most as frequent as between two people."""
    if shares[_GIVEN_NAME][_INITIAL].sum() > MOST_INITIALS:
        shares[_GIVEN_NAME] = _with_share(shares[_GIVEN_NAME], _INITIAL, MOST_INITIALS)
    return shares


def _as_often_wrong(shares: list[Floats]) -> list[Floats]:
    """The shares of one person, with another given name at least about as frequent as another family name.

    Wrong names are equally likely in both fields. At one home, two profiles with different family names are seen to be one
    person, while two with different given names look like a family; without this bound all of those would become households.
    """
    least = WRONG_GIVEN * float(shares[_FAMILY_NAME][_OTHER_FAMILY].sum())
    if shares[_GIVEN_NAME][_OTHER_GIVEN].sum() < least:
        shares[_GIVEN_NAME] = _with_share(shares[_GIVEN_NAME], _OTHER_GIVEN, least)
    return shares


def _binned(household: Sequence[Floats], person: Sequence[Floats]) -> list[Floats]:
    """The shares of households, with equal names distributed over the rarity classes as those of one person."""
    binned = []
    for comparison, values, of_person in zip(COMPARISONS, household, person, strict=True):
        if comparison.name in _NAMES:
            exact = _EXACT[comparison.name]
            equal = values[exact].sum()
            least = LEAST_NAMESAKES * of_person[exact].sum() if comparison.name == "given_name" else 0.0
            share = max(equal, least)
            values = np.where(
                exact, of_person * share / of_person[exact].sum(), values * (1 - share) / (1 - equal)
            )
        binned.append(values)
    return binned


def _by_label(weights: _Weights) -> dict[str, dict[str, LevelWeights]]:
    return {
        comparison.name: {
            level.label: LevelWeights(
                person=float(weights.person[place][number]),
                household=float(weights.household[place][number]),
                chance=float(weights.chance[place][number]),
            )
            for number, level in enumerate(comparison.levels)
        }
        for place, comparison in enumerate(COMPARISONS)
    }


def expected_model() -> IdentityModel:
    """The model expected before any data, from which the training of the model that ships started."""
    return IdentityModel(
        name="expected",
        trained_on=TrainedOn(description="nothing", as_of=date(2026, 1, 1), profiles=0, pairs=0),
        person_rate=1.0,
        household_rate=0.5,
        levels={
            comparison.name: {
                level.label: LevelWeights(
                    person=level.person / sum(each.person for each in comparison.levels),
                    household=level.household / sum(each.household for each in comparison.levels),
                    chance=0.99 if level.condition == ELSE else 0.0001,
                )
                for level in comparison.levels
            }
            for comparison in COMPARISONS
        },
        aliases=usual_aliases(),
    )


def train(
    connection: duckdb.DuckDBPyConnection,
    *,
    name: str,
    description: str,
    as_of: date,
    start: IdentityModel | None = None,
    rules: Rules | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> IdentityModel:
    """Trains a model on the active profiles in scratch.intermediate.int_profiles_seen, without labels.

    `start`: the model from which training begins and to which it falls back where data are scarce (default: the model that
    ships). `progress` receives a message per long step. Changes temp tables of the connection only.
    """
    start = start or read_model()
    connection.execute("attach ':memory:' as state")
    try:
        state = ResolutionState(connection, rules or read_rules(), start)
        state.update_profiles()
        state.update_statuses()
        state.update_keys()
        model = _train_once(connection, state, start, progress)
        aliases = _aliases(connection, model, state.size)
        if aliases != model.aliases:
            # New aliases move pairs to another level, so all weights change.
            state.use_aliases(aliases)
            # From `start` again, or the expected probabilities would be diluted twice.
            model = _train_once(connection, state, start.model_copy(update={"aliases": aliases}), progress)
        trained_on = TrainedOn(
            description=description,
            as_of=as_of,
            profiles=state.profiles,
            pairs=connection.execute("select count(*) from identity_sample").fetchall()[0][0],
        )
    finally:
        for table in ("changed", "candidates", "touched", "compared", "scored", "sample", "aliases"):
            connection.execute(f"drop table if exists temp.identity_{table}")
        connection.execute("detach state")
    return model.model_copy(update={"name": name, "trained_on": trained_on})


def _train_once(
    connection: duckdb.DuckDBPyConnection,
    state: ResolutionState,
    start: IdentityModel,
    progress: Callable[[str], None],
) -> IdentityModel:
    """Compares and estimates; leaves the compared pairs in identity_sample."""
    compare_sharing(connection, state, progress)
    connection.execute("create or replace temp table identity_sample as from identity_scored")
    compare_blindly(connection, state, RANDOM_PROFILES)
    levels, person_rate, household_rate = estimate(
        read_patterns(connection, "identity_sample"),
        read_patterns(connection, "identity_scored"),
        state.profiles,
        start,
        _name_chances(connection),
    )
    return start.model_copy(
        update={"levels": levels, "person_rate": person_rate, "household_rate": household_rate}
    )


def _aliases(connection: duckdb.DuckDBPyConnection, model: IdentityModel, size: int) -> list[tuple[str, str]]:
    """The aliases of the model, and pairs of given names that one person uses far more often than by chance.

    Pairs of profiles count if everything but the given name makes them one person beyond doubt. Only names with at least 50
    holders are learnt, so that the model names nobody. Twins agree in all but the given name and pair any two names, hence
    the comparison with chance.
    """
    birth_date = COMPARISONS[_PLACES["birth_date"]]
    exact = [level.label for level in birth_date.levels].index("exact")
    rows = connection.execute(
        f"""
        with holders as (
            select given_name, count(*)::double as profile_count
            from state.features
            where given_name is not null
            group by given_name
        ),

        sure as (
            select left_profile_id, right_profile_id
            from (select left_profile_id, right_profile_id, {places("pattern")} from identity_sample)
            where birth_date = {exact} and {weight(model, size, without=("given_name",))} > {SURE}
        ),

        pairs as (
            select
                least(a.given_name, b.given_name) as name, greatest(a.given_name, b.given_name) as alias
            from sure
            inner join state.features as a on sure.left_profile_id = a.profile_id
            inner join state.features as b on sure.right_profile_id = b.profile_id
            where a.given_name <> b.given_name and not identity_alike(a.given_name, b.given_name)
        )

        select pairs.name, pairs.alias
        from pairs
        inner join holders as a on pairs.name = a.given_name
        inner join holders as b on pairs.alias = b.given_name
        where a.profile_count >= {NAMED_BY} and b.profile_count >= {NAMED_BY}
        group by pairs.name, pairs.alias, a.profile_count, b.profile_count
        having count(*) >= {SEEN_TOGETHER}
            and count(*) > {TIMES_CHANCE} * a.profile_count * b.profile_count
            * (select count(*) from pairs) / pow((select sum(profile_count) from holders), 2)
        order by pairs.name, pairs.alias
        """
    ).fetchall()
    return sorted({*model.aliases, *((name, alias) for name, alias in rows)})


def _name_chances(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], float]:
    """(comparison, label) -> probability that two people have equal names of that rarity class.

    Counted over distinct full names, so that the profiles of one person count once. Family names of people with one given
    name are compared within countries, since names belong to a language.
    """
    _count_names(connection)
    rows = connection.execute(
        """
        with people as (
            select sum(people) as total from identity_names where field = 'given_name'
        ),

        equal as (
            select field, value, status, sum(people) as people from identity_names group by field, value, status
        ),

        countries as (
            select country, sum(people) as people, sum(people * (people - 1)) as namesakes
            from identity_names
            where field = 'given_name'
            group by country
        ),

        of_namesakes as (
            -- In one order, or the last digits of the sum would change from run to run.
            select names.status, sum(
                countries.namesakes * names.people * (names.people - 1)
                / greatest(countries.people * (countries.people - 1), 1)
                order by names.country, names.value
            ) as weighted
            from identity_names as names
            inner join countries on names.country is not distinct from countries.country
            where names.field = 'family_name'
            group by names.status
        )

        select field, status, sum(people * (people - 1)) / (select total * (total - 1) from people)
        from equal
        group by field, status
        union all
        select 'family_name_of_namesakes', status, weighted / (select greatest(sum(namesakes), 1) from countries)
        from of_namesakes
        """
    ).fetchall()
    connection.execute("drop table identity_names")
    return {(field, f"exact_rarity_{status}"): chance for field, status, chance in rows}


def _count_names(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes temp table identity_names(field, value, country, people, status): people by name, with its rarity class."""
    names = " union all ".join(
        f"""
        select '{field}' as field, {field} as value, country, count(*)::double as people
        from full_names
        group by {field}, country
        """
        for field in ("given_name", "family_name")
    )
    connection.execute(
        f"""
        create or replace temp table identity_names as
        with full_names as (
            select distinct given_name, family_name, area[1:2] as country
            from state.features
            where given_name is not null and family_name is not null
        ),

        names as ({names})

        select names.*, coalesce(statuses.status, '{RAREST}') as status
        from names
        left join state.statuses as statuses on names.value = statuses.value and names.field = statuses.field
        """
    )
