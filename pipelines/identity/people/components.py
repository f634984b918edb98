"""Connected components of numbered nodes, computed over arrays."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Ids = NDArray[np.int64]
Weights = NDArray[np.float64]

# More profiles than any person has; comparing every pair of a larger component would cost too much.
LARGEST_COMPONENT = 1_000
# Match weights (log2 odds) up to which pairs of a larger component are left out, step by step; in the end all.
_WEAKEST = (4.0, 8.0, 12.0, 16.0, np.inf)


def smallest_reachable(nodes: Ids, left: Ids, right: Ids) -> Ids:
    """For each of `nodes` (sorted, unique) the smallest node it is connected to by the pairs left-right, or itself."""
    count = len(nodes)
    if not count:
        return nodes
    rows, columns = np.searchsorted(nodes, left), np.searchsorted(nodes, right)
    graph = coo_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(count, count))
    _, labels = connected_components(graph, directed=False)
    # Nodes are sorted, so the first node of a label is its smallest.
    _, first = np.unique(labels, return_index=True)
    return nodes[first[labels]]


def joined_by_likelihood(
    nodes: Ids, certain: Ids, left: Ids, right: Ids, weights: Weights, most: int = LARGEST_COMPONENT
) -> Ids:
    """For each of `nodes` the smallest node it is connected to by certain links and by the pairs left-right.

    `certain`: for each node, the smallest node it is connected to by certain links. `weights`: match weights of the pairs. In
    a component of more nodes than `most` the weakest pairs are left out, step by step, until it is small enough or no pair is
    left: it is no person, and splitting it would cost the square of its size.
    """
    is_used = np.ones(len(left), dtype=bool)
    joined = smallest_reachable(nodes, np.concatenate([nodes, left]), np.concatenate([certain, right]))
    for weakest in _WEAKEST:
        found, sizes = np.unique(joined, return_counts=True)
        large = found[sizes > most]
        if not len(large):
            break
        is_used &= ~(np.isin(joined[np.searchsorted(nodes, left)], large) & (weights <= weakest))
        joined = smallest_reachable(
            nodes, np.concatenate([nodes, left[is_used]]), np.concatenate([certain, right[is_used]])
        )
    return joined
