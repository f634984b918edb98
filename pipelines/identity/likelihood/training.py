"""Trains the three-class model without labels: expectation and maximisation over the patterns of compared pairs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np
from numpy.typing import NDArray

from pipelines.identity.known import Known
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
from pipelines.identity.rules import Rules, read_rules

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Pairs that the expectations before any data count for, in each comparison.
PRIOR_PAIRS = 100
ROUNDS = 60
# Pairs per profile of a class of which the data show none.
LEAST_RATE = 1e-9
# Random pairs are all pairs of so many profiles with as many others.
RANDOM_PROFILES = 1500
# Aliases: bits without the given name, holders of each name, pairs seen, and times what chance would bring together.
SURE, NAMED_BY, SEEN_TOGETHER, TIMES_CHANCE = 8.0, 50, 4, 20
# A household is two people: they rarely share a birth date or a given name. One person seldom differs in either.
MOST_HOUSEHOLD = {"birth_date": 0.05, "given_name": 0.10, "customer_number": 0.02}
LEAST_PERSON = {"birth_date": 0.75, "given_name": 0.50}
# Nor the initial, where no more is given of a name.
MOST_INITIALS = 0.15
# A person's given name is quite another as often as his family name, but for those who marry.
WRONG_GIVEN = 0.7
# Comparisons of equal names by how many bear them. In which bin a name falls says nothing about whether two who bear it
# are one: a rare name is no evidence against "household".
_NAMES = ("given_name", "family_name", "family_name_of_namesakes")
# Of so many times the share that one person has do two of a household bear one given name, father and son for one.
LEAST_NAMESAKES = 0.004
_SHARED = {
    place: np.array([level.label in SHARED[one.name] for level in one.levels])
    for place, one in enumerate(COMPARISONS)
    if one.name in SHARED
}
_EXACT = {
    one.name: np.array(
        [level.label.startswith(("exact", "same")) and level.label != "same_initial" for level in one.levels]
    )
    for one in COMPARISONS
}
_PLACES = {one.name: place for place, one in enumerate(COMPARISONS)}
_GIVEN_NAME, _FAMILY_NAME = _PLACES["given_name"], _PLACES["family_name_of_namesakes"]
_OTHER_GIVEN = np.array([one.label in OTHER_NAMES["given_name"] for one in COMPARISONS[_GIVEN_NAME].levels])
_OTHER_FAMILY = np.array([one.label == "differs" for one in COMPARISONS[_FAMILY_NAME].levels])
_INITIAL = np.array([one.label == "initial" for one in COMPARISONS[_GIVEN_NAME].levels])


@dataclass(frozen=True)
class Patterns:
    """Distinct combinations of levels (rows; columns are comparisons, -1 where a side lacks the field) and their counts."""

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
    """Per comparison the probability of each level in the three classes; rows are levels."""

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
    """Weights by comparison and label, pairs of one person per profile, pairs of one household per profile.

    `blocked` are the pairs that share a key, `random` pairs drawn blindly among the same profiles. Chance is not
    learnt from the blocked pairs: it is what random pairs show once those of one person or household are taken out,
    so there is no prior to guess; for equal names it is counted (`name_chances`). What the data cannot tell stays near `start`.
    """
    before = _weights_of(start)
    now = _weights_of(start)
    all_pairs = profiles * (profiles - 1) / 2
    person_rate, household_rate = start.person_rate, start.household_rate
    # Where nothing is recorded that a household shares, none can show: how many there are stays as expected.
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
            np.array([getattr(model.levels[one.name][level.label], name) for level in one.levels])
            for one in COMPARISONS
        ]

    return _Weights(column("person"), column("household"), column("chance"))


def _posteriors(
    levels: Ints, weights: _Weights, priors: tuple[float, float]
) -> tuple[Floats, Floats, Floats]:
    """Of each pattern the probability of the three classes."""
    logs = []
    for classes, prior in (
        (weights.person, priors[0]),
        (weights.household, priors[1]),
        (weights.chance, 1.0),
    ):
        total = np.full(len(levels), np.log(prior))
        for place, values in enumerate(classes):
            # A missing field is no evidence; -1 takes the zero at the end.
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
        known = levels >= 0
        counts.append(
            np.bincount(
                levels[known], (share * patterns.counts)[known], minlength=len(comparison.levels)
            ).astype(np.float64)
        )
    return counts


def _shares(patterns: Patterns, share: Floats, before: Sequence[Floats]) -> list[Floats]:
    return [
        (counts + PRIOR_PAIRS * expected) / (counts.sum() + PRIOR_PAIRS)
        for counts, expected in zip(_counts(patterns, share), before, strict=True)
    ]


def _found(levels: Ints, household: Sequence[Floats]) -> Floats:
    """Of each pattern the share of households that would be found by it; infinite where nothing is shared.

    A household is found by what it shares: what is no contact point or place of both is no household, and where
    only an address can tell, those found are all of one address.
    """
    missed = np.ones(len(levels))
    shares = np.zeros(len(levels), dtype=bool)
    for place, shared in _SHARED.items():
        known = levels[:, place] >= 0
        missed[known] *= 1 - household[place][shared].sum()
        shares |= np.append(shared, False)[levels[:, place]]
    return np.where(shares, np.maximum(1 - missed, 1e-9), np.inf)


def _chances(
    patterns: Patterns, share: Floats, name_chances: Mapping[tuple[str, str], float]
) -> list[Floats]:
    chances = []
    for comparison, counts in zip(COMPARISONS, _counts(patterns, share), strict=True):
        # Half a pair for each level: what no random pair showed is rare, not impossible (Jeffreys' prior).
        values = (counts + 0.5) / (counts.sum() + 0.5 * len(counts))
        for place, level in enumerate(comparison.levels):
            if name_chances.get((comparison.name, level.label)):
                values[place] = name_chances[comparison.name, level.label]
        chances.append(values)
    return chances


def _count_swaps(weights: _Weights, name_chances: Mapping[tuple[str, str], float]) -> None:
    """Two people have swapped names by chance when they bear the same names, and one of them swapped them."""
    equal = {
        field: sum(chance for (name, _), chance in name_chances.items() if name == field)
        for field in ("given_name", "family_name_of_namesakes")
    }
    place = next(number for number, one in enumerate(COMPARISONS) if one.name == "given_name")
    level = next(number for number, one in enumerate(COMPARISONS[place].levels) if one.label == "swapped")
    if all(equal.values()):
        weights.chance[place][level] = (
            weights.person[place][level] * equal["given_name"] * equal["family_name_of_namesakes"]
        )


def _held(
    shares: list[Floats], least: dict[str, float] | None = None, most: dict[str, float] | None = None
) -> list[Floats]:
    """The shares with exact agreement kept within what the class means."""
    held = []
    for comparison, values in zip(COMPARISONS, shares, strict=True):
        exact = _EXACT[comparison.name]
        if least and comparison.name == "given_name":
            # Where only initials are given they are all that can agree.
            exact = exact | _INITIAL
        bound = (least or most or {}).get(comparison.name)
        agreeing = values[exact].sum()
        if bound is not None and (agreeing < bound if least else agreeing > bound):
            values = _with_share(values, exact, bound)
        held.append(values)
    return held


def _with_share(values: Floats, chosen: NDArray[np.bool_], share: float) -> Floats:
    """The values with those chosen summing to a share, the others to the rest."""
    before = values[chosen].sum()
    return np.where(chosen, values * share / before, values * (1 - share) / (1 - before))


def _initials_held(shares: list[Floats]) -> list[Floats]:
    """The shares of one household with equal initials kept as rare as they are among two people."""
    if shares[_GIVEN_NAME][_INITIAL].sum() > MOST_INITIALS:
        shares[_GIVEN_NAME] = _with_share(shares[_GIVEN_NAME], _INITIAL, MOST_INITIALS)
    return shares


def _as_often_wrong(shares: list[Floats]) -> list[Floats]:
    """The shares of one person with the given name quite another about as often as the family name is, at least.

    A wrong name is as likely in either place; only that two of another family name at one home are one person is plain to see,
    and that those of another given name are may be a family. Without that the household would take them all.
    """
    least = WRONG_GIVEN * float(shares[_FAMILY_NAME][_OTHER_FAMILY].sum())
    if shares[_GIVEN_NAME][_OTHER_GIVEN].sum() < least:
        shares[_GIVEN_NAME] = _with_share(shares[_GIVEN_NAME], _OTHER_GIVEN, least)
    return shares


def _binned(household: Sequence[Floats], person: Sequence[Floats]) -> list[Floats]:
    """The shares of households with equal names spread over the bins as those of one person are."""
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
    """What is expected before any data: where the training of the model that ships started."""
    return IdentityModel(
        name="expected",
        trained_on=TrainedOn(description="nothing", as_of=date(2026, 1, 1), profiles=0, pairs=0),
        person_rate=1.0,
        household_rate=0.5,
        levels={
            one.name: {
                level.label: LevelWeights(
                    person=level.person / sum(each.person for each in one.levels),
                    household=level.household / sum(each.household for each in one.levels),
                    chance=0.99 if level.condition == ELSE else 0.0001,
                )
                for level in one.levels
            }
            for one in COMPARISONS
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
    """A model of the active profiles in scratch.intermediate.int_profiles_seen; no labels are used.

    `start` is where training begins and what it falls back to where data are scarce: the model that ships when not
    given. Nothing of the connection is changed but temp tables and an attached database in memory.
    """
    start = start or read_model()
    connection.execute("attach ':memory:' as known")
    try:
        known = Known(connection, rules or read_rules(), start)
        known.take_profiles()
        known.take_statuses()
        known.take_keys()
        model = _train_once(connection, known, start, progress)
        aliases = _aliases(connection, model, known.size)
        if aliases != model.aliases:
            # Names found to stand for each other are a level of their own: what the other levels weigh changes.
            known.take_aliases(aliases)
            # From `start` again: what no pair shows would otherwise be diluted twice.
            model = _train_once(connection, known, start.model_copy(update={"aliases": aliases}), progress)
        trained_on = TrainedOn(
            description=description,
            as_of=as_of,
            profiles=known.profiles,
            pairs=connection.execute("select count(*) from identity_sample").fetchall()[0][0],
        )
    finally:
        known_only = ("changed", "candidates", "touched", "compared", "scored", "sample", "aliases")
        for table in known_only:
            connection.execute(f"drop table if exists temp.identity_{table}")
        connection.execute("detach known")
    return model.model_copy(update={"name": name, "trained_on": trained_on})


def _train_once(
    connection: duckdb.DuckDBPyConnection, known: Known, start: IdentityModel, progress: Callable[[str], None]
) -> IdentityModel:
    """Compares and estimates; leaves the compared pairs in identity_sample."""
    compare_sharing(connection, known, progress)
    connection.execute("create or replace temp table identity_sample as from identity_scored")
    compare_blindly(connection, known, RANDOM_PROFILES)
    levels, person_rate, household_rate = estimate(
        read_patterns(connection, "identity_sample"),
        read_patterns(connection, "identity_scored"),
        known.profiles,
        start,
        _name_chances(connection),
    )
    return start.model_copy(
        update={"levels": levels, "person_rate": person_rate, "household_rate": household_rate}
    )


def _aliases(connection: duckdb.DuckDBPyConnection, model: IdentityModel, size: int) -> list[tuple[str, str]]:
    """Given names that people sure to be one by all else write for each other, and far more often than by chance.

    Of names with 50 holders at least, so that the model names nobody. Twins are sure by all else but the given name,
    and bring any two names together: hence the comparison with chance.
    """
    birth_date = next(one for one in COMPARISONS if one.name == "birth_date")
    exact = next(place for place, level in enumerate(birth_date.levels) if level.label == "exact")
    rows = connection.execute(
        f"""
        with holders as (
            select given_name, count(*)::double as profile_count
            from known.features
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
                least(a.given_name, b.given_name) as one, greatest(a.given_name, b.given_name) as other
            from sure
            inner join known.features as a on sure.left_profile_id = a.profile_id
            inner join known.features as b on sure.right_profile_id = b.profile_id
            where a.given_name <> b.given_name and not identity_alike(a.given_name, b.given_name)
        )

        select pairs.one, pairs.other
        from pairs
        inner join holders as a on pairs.one = a.given_name
        inner join holders as b on pairs.other = b.given_name
        where a.profile_count >= {NAMED_BY} and b.profile_count >= {NAMED_BY}
        group by pairs.one, pairs.other, a.profile_count, b.profile_count
        having count(*) >= {SEEN_TOGETHER}
            and count(*) > {TIMES_CHANCE} * a.profile_count * b.profile_count
            * (select count(*) from pairs) / pow((select sum(profile_count) from holders), 2)
        order by pairs.one, pairs.other
        """
    ).fetchall()
    return sorted({*model.aliases, *((one, other) for one, other in rows)})


def _name_chances(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], float]:
    """For (comparison, label) of equal names: the chance that two people bear one name of that status.

    Counted over distinct full names, so that the many profiles of one person are one. The family names of namesakes
    are compared within countries: names are those of a language.
    """
    connection.execute(
        """
        create or replace temp table identity_bearers as
        with full_names as (
            select distinct given_name, family_name, area[1:2] as country
            from known.features
            where given_name is not null and family_name is not null
        ),

        bearers as (
            {}
        )

        select bearers.*, coalesce(statuses.status, '{rarest}') as status
        from bearers
        left join known.statuses as statuses on bearers.value = statuses.value and bearers.field = statuses.field
        """.replace("{rarest}", str(RAREST)).replace(
            "{}",
            " union all ".join(
                f"""
                select '{field}' as field, {field} as value, country, count(*)::double as people
                from full_names
                group by {field}, country
                """
                for field in ("given_name", "family_name")
            ),
        )
    )
    rows = connection.execute(
        """
        with people as (
            select sum(people) as total from identity_bearers where field = 'given_name'
        ),

        equal as (
            select field, value, status, sum(people) as people from identity_bearers group by field, value, status
        ),

        countries as (
            select country, sum(people) as people, sum(people * (people - 1)) as namesakes
            from identity_bearers
            where field = 'given_name'
            group by country
        ),

        of_namesakes as (
            -- Fractions are summed in one order, or the last digits change from run to run.
            select bearers.status, sum(
                countries.namesakes * bearers.people * (bearers.people - 1)
                / greatest(countries.people * (countries.people - 1), 1)
                order by bearers.country, bearers.value
            ) as weighted
            from identity_bearers as bearers
            inner join countries on bearers.country is not distinct from countries.country
            where bearers.field = 'family_name'
            group by bearers.status
        )

        select field, status, sum(people * (people - 1)) / (select total * (total - 1) from people)
        from equal
        group by field, status
        union all
        select 'family_name_of_namesakes', status, weighted / (select greatest(sum(namesakes), 1) from countries)
        from of_namesakes
        """
    ).fetchall()
    connection.execute("drop table identity_bearers")
    return {(field, f"exact_rarity_{status}"): chance for field, status, chance in rows}
