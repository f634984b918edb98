"""The ceiling: a classifier taught the truth over the same candidate pairs and levels, clustered by the same code."""

from collections.abc import Callable, Sequence
from typing import Any
from unittest.mock import patch

import duckdb
import numpy as np
import pyarrow as pa
from duckdb.func import PythonUDFType
from duckdb.sqltypes import BIGINT, DOUBLE
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier  # type: ignore[import-untyped]

from pipelines.identity import resolve
from pipelines.identity.likelihood import pairs
from pipelines.identity.likelihood.comparisons import COMPARISONS
from pipelines.identity.likelihood.model import IdentityModel
from pipelines.identity.likelihood.scoring import levels_of
from pipelines.identity.resolution_state import ResolutionState
from pipelines.identity.rules import read_rules

# People are dealt over the folds; who judges a pair was taught by pairs of other people.
FOLDS = 5
# All pairs of so many profiles with as many others.
STRANGERS = 500
_SURE = 1e-6
# Log2 odds of one person, of patterns of levels (rows; -1 where a side lacks the field).
Judge = Callable[[NDArray[np.int64]], NDArray[np.float64]]


def take_candidates(connection: duckdb.DuckDBPyConnection, model: IdentityModel) -> int:
    """Temp table `candidates`: every pair that shares a key, with its levels; gives the number of profiles resolved.

    Temp table `strangers`: pairs drawn blindly, so that who is taught sees what sharing a key leaves out.
    """
    connection.execute("attach ':memory:' as state")
    state = ResolutionState(connection, read_rules(), model)
    state.update_profiles()
    state.update_statuses()
    state.update_keys()
    pairs.compare_sharing(connection, state)
    connection.execute("create or replace temp table candidates as from identity_scored")
    pairs.compare_blindly(connection, state, STRANGERS)
    connection.execute("create or replace temp table strangers as from identity_scored")
    connection.execute("detach state")
    return state.profiles


def taught(connection: duckdb.DuckDBPyConnection, model: IdentityModel) -> list[Judge]:
    """For each fold a judge that was taught by those of `candidates` that are of nobody in it.

    A judge sees the levels and what `model` (trained on the same set) makes of them, so that a set of few pairs does
    not have to teach again what the model knows.
    """
    return [_fit(connection, model, fold) for fold in range(FOLDS)]


def _fit(connection: duckdb.DuckDBPyConnection, model: IdentityModel, fold: int) -> Judge:
    rows = connection.execute(
        f"""
        select pattern, a.person_id = b.person_id as is_same, count(*)::double as pairs
        from (from candidates union all from strangers)
        inner join truth as a on left_profile_id = a.profile_id
        inner join truth as b on right_profile_id = b.profile_id
        where hash(a.person_id) % {FOLDS} <> {fold} and hash(b.person_id) % {FOLDS} <> {fold}
        group by all
        order by all
        """
    ).fetchnumpy()
    known = _known_to(model)
    # A leaf counts rows, and here a row is many equal pairs: what keeps it from chance is the penalty, which weighs.
    classifier = HistGradientBoostingClassifier(
        max_iter=100,
        max_leaf_nodes=6,
        min_samples_leaf=1,
        l2_regularization=20.0,
        # More bits never speak less for one person.
        monotonic_cst=[0] * len(COMPARISONS) + [1, 1],
        random_state=fold,
    )
    # A pair of two people is left out twice as easily as one of a single person.
    weights = np.where(rows["is_same"], 1.0, FOLDS / (FOLDS - 1)) * rows["pairs"]
    classifier.fit(known(levels_of(rows["pattern"])), rows["is_same"], weights)

    def odds(patterns: NDArray[np.int64]) -> NDArray[np.float64]:
        share = np.clip(classifier.predict_proba(known(patterns))[:, 1], _SURE, 1 - _SURE)
        return np.asarray(np.log2(share / (1 - share)))

    return odds


def _known_to(model: IdentityModel) -> Callable[[NDArray[np.int64]], NDArray[np.float64]]:
    """Patterns of levels, and beside them the model's bits against household and against chance."""
    bits = [
        # -1 takes the zero at the end: a missing field is no evidence.
        np.array(
            [
                *(
                    (np.log2(one.person / one.household), np.log2(one.person / one.chance))
                    for one in (model.levels[comparison.name][level.label] for level in comparison.levels)
                ),
                (0.0, 0.0),
            ]
        )
        for comparison in COMPARISONS
    ]

    def known(patterns: NDArray[np.int64]) -> NDArray[np.float64]:
        totals = sum(table[patterns[:, place]] for place, table in enumerate(bits))
        return np.column_stack([patterns, totals])

    return known


def resolve_by_truth(
    connection: duckdb.DuckDBPyConnection, model: IdentityModel, judges: Sequence[Judge]
) -> None:
    """As `resolve`, but weighed by the judges."""
    folds = connection.execute(
        f"select profile_id, hash(person_id) % {FOLDS} as fold from truth order by profile_id"
    ).fetchnumpy()
    ids, fold_of = folds["profile_id"], folds["fold"].astype(np.int64)

    def bits(left: Any, patterns: Any) -> Any:
        profiles = left.to_numpy()
        places = np.minimum(np.searchsorted(ids, profiles), len(ids) - 1)
        # Who is not in the truth taught nobody.
        fold = np.where(ids[places] == profiles, fold_of[places], 0)
        weights = np.empty(len(profiles))
        for number, judge in enumerate(judges):
            mine = fold == number
            if mine.any():
                distinct, inverse = np.unique(patterns.to_numpy()[mine], return_inverse=True)
                weights[mine] = judge(levels_of(distinct))[inverse]
        return pa.array(weights)

    connection.create_function("taught_bits", bits, [BIGINT, BIGINT], DOUBLE, type=PythonUDFType.ARROW)
    by_truth = f"(select * replace (taught_bits(left_profile_id, pattern) as weight) from {pairs.weighed()})"
    with patch.object(pairs, "weighed", lambda: by_truth):
        resolve(connection, model=model)
