"""What is joined to what, and how a component that is too large to be anybody falls apart."""

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.identity.people.components import joined_by_likelihood


def joined(
    count: int, pairs: list[tuple[int, int, float]], most: int, certain: dict[int, int] | None = None
) -> list[int]:
    nodes = np.arange(count, dtype=np.int64)
    left, right = (np.array([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))
    anyhow = np.array([(certain or {}).get(node, node) for node in range(count)], dtype=np.int64)
    bits = np.array([pair[2] for pair in pairs], dtype=np.float64)
    return list(joined_by_likelihood(nodes, anyhow, left, right, bits, most))


TRIANGLES = [
    *((a, b, 20.0) for a, b in combinations(range(3), 2)),
    *((a, b, 20.0) for a, b in combinations(range(3, 6), 2)),
]


def test_a_component_that_is_too_large_falls_apart_at_its_weakest_pairs() -> None:
    bridged = [*TRIANGLES, (2, 3, 1.5)]
    assert joined(6, bridged, most=6) == [0] * 6
    assert joined(6, bridged, most=5) == [0, 0, 0, 3, 3, 3]


def test_what_is_certain_is_never_parted() -> None:
    assert joined(4, [(0, 1, 9.0), (2, 3, 9.0)], most=1, certain={1: 0}) == [0, 0, 2, 3]


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.floats(0.1, 30)), max_size=30),
    st.integers(1, 10),
)
def test_no_component_is_too_large_and_those_small_enough_stay_as_they_are(
    pairs: list[tuple[int, int, float]], most: int
) -> None:
    whole, found = joined(10, pairs, most=10), joined(10, pairs, most=most)
    assert max(found.count(one) for one in found) <= most
    for node in range(10):
        if whole.count(whole[node]) <= most:
            assert found[node] == whole[node]
