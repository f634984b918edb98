"""Connected components of numbered things, in one pass over arrays."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Ids = NDArray[np.int64]
Weights = NDArray[np.float64]

# More profiles than any person has, and than it is worth to weigh one against another.
LARGEST_COMPONENT = 1_000
# Bits: the steps in which the weakest pairs of a larger one are left out, in the end all.
_WEAKEST = (4.0, 8.0, 12.0, 16.0, np.inf)


def smallest_reachable(nodes: Ids, left: Ids, right: Ids) -> Ids:
    """For each of `nodes` (sorted, unique) the smallest node it is connected to by the pairs left-right, or itself."""
    count = len(nodes)
    if not count:
        return nodes
    rows, columns = np.searchsorted(nodes, left), np.searchsorted(nodes, right)
    graph = coo_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(count, count))
    _, labels = connected_components(graph, directed=False)
    # Nodes ascend, so the first place of a label is its smallest node.
    _, first = np.unique(labels, return_index=True)
    return nodes[first[labels]]


def joined_by_likelihood(
    nodes: Ids, certain: Ids, left: Ids, right: Ids, bits: Weights, most: int = LARGEST_COMPONENT
) -> Ids:
    """As `smallest_reachable` by the pairs left-right of so many bits, beside `certain`: what each node is joined to anyhow.

    Of a component of more nodes than `most` the weakest pairs count no more, step by step, until it is smaller or none
    are left: it is no person, and to weigh everybody in it against everybody costs its square.
    """
    counts = np.ones(len(left), dtype=bool)
    joined = smallest_reachable(nodes, np.concatenate([nodes, left]), np.concatenate([certain, right]))
    for weakest in _WEAKEST:
        found, sizes = np.unique(joined, return_counts=True)
        large = found[sizes > most]
        if not len(large):
            break
        counts &= ~(np.isin(joined[np.searchsorted(nodes, left)], large) & (bits <= weakest))
        joined = smallest_reachable(
            nodes, np.concatenate([nodes, left[counts]]), np.concatenate([certain, right[counts]])
        )
    return joined
