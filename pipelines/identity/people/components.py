"""Connected components of numbered things, in one pass over arrays."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Ids = NDArray[np.int64]


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
