"""The figures of the identity benchmark, against their definitions counted pair by pair."""

from collections.abc import Sequence
from itertools import combinations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.benchmarks.identity_methods.figures import Figures, judge, judge_blocking

# Profile -> (person, cluster, groups).
Profiles = dict[int, tuple[int, int, list[str]]]

_profiles: st.SearchStrategy[Profiles] = st.dictionaries(
    st.integers(1, 30),
    st.tuples(st.integers(0, 5), st.integers(0, 5), st.just([])),
    min_size=1,
)


def _judged(profiles: Profiles) -> Figures:
    with duckdb.connect() as connection:
        connection.execute("create table truth (profile_id bigint, person_id bigint, groups varchar[])")
        connection.execute("create table found (profile_id bigint, cluster_id bigint)")
        for profile, (person, cluster, groups) in profiles.items():
            connection.execute("insert into truth values (?, ?, ?)", [profile, person, groups])
            connection.execute("insert into found values (?, ?)", [profile, cluster])
        return judge(connection, "from found", "select profile_id from truth")


def _pairs(profiles: Profiles, place: int) -> set[tuple[int, int]]:
    return {
        (left, right)
        for left, right in combinations(sorted(profiles), 2)
        if profiles[left][place] == profiles[right][place]
    }


# A database each: no deadline, few examples.
@settings(deadline=None, max_examples=40)
@given(_profiles)
def test_pairs_are_counted_in_closed_clusters(profiles: Profiles) -> None:
    of_people, of_clusters = _pairs(profiles, 0), _pairs(profiles, 1)
    both = len(of_people & of_clusters)
    found = _judged(profiles).pairs
    assert found.precision == pytest.approx(both / len(of_clusters) if of_clusters else 1)
    assert found.recall == pytest.approx(both / len(of_people) if of_people else 1)


@settings(deadline=None, max_examples=40)
@given(_profiles)
def test_b_cubed_is_the_mean_over_profiles(profiles: Profiles) -> None:
    def mates(profile: int, place: int) -> set[int]:
        return {other for other in profiles if profiles[other][place] == profiles[profile][place]}

    def mean(shares: Sequence[float]) -> float:
        return sum(shares) / len(shares)

    shared = {profile: len(mates(profile, 0) & mates(profile, 1)) for profile in profiles}
    found = _judged(profiles).b_cubed
    assert found.precision == pytest.approx(mean([shared[one] / len(mates(one, 1)) for one in profiles]))
    assert found.recall == pytest.approx(mean([shared[one] / len(mates(one, 0)) for one in profiles]))


def test_a_group_is_judged_by_the_pairs_with_one_of_its_people() -> None:
    profiles: Profiles = {
        1: (1, 1, ["twins"]),
        2: (1, 1, ["twins"]),
        3: (2, 1, ["twins"]),
        4: (3, 1, []),
        5: (3, 2, []),
    }
    found = _judged(profiles).groups
    assert list(found) == ["twins"]
    # Of the six pairs in cluster 1 all have a twin; one is right.
    assert found["twins"].precision == pytest.approx(1 / 6)
    assert found["twins"].recall == 1


def test_a_profile_that_was_not_found_is_alone() -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "create table truth as select 1 as profile_id, 7 as person_id, [] as groups union all select 2, 7, []"
        )
        connection.execute("create table found as select 1 as profile_id, 1 as cluster_id")
        figures = judge(connection, "from found", "select profile_id from truth")
    assert (figures.pairs.precision, figures.pairs.recall, figures.b_cubed.recall) == (1, 0, 0.5)


def test_blocking_counts_what_closing_adds() -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "create table truth as select unnest([1, 2, 3, 4]) as profile_id, unnest([7, 7, 7, 8]) as person_id"
        )
        connection.execute(
            "create table candidates as select unnest([1, 2, 3]) as left_profile_id, unnest([2, 3, 4]) as right_profile_id"
        )
        blocking = judge_blocking(connection, "from candidates", 4)
    assert blocking.recall == pytest.approx(2 / 3)
    assert blocking.closed_recall == 1
    assert blocking.pairs_per_profile == 0.75
