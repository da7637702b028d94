"""Clusters: which items share a fate, and counts by group and cluster."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from mapaccuracy.schema import Bools, Floats, Ints


def merge_partitions(first: Ints, second: Ints) -> Ints:
    """Join two partitions of the same items: what either puts together stays together.

    Parameters
    ----------
    first, second : ndarray of int, shape (n,)
        Labels from 0; -1 in `second` links nothing.

    Returns
    -------
    ndarray of int, shape (n,)
        Labels 0 .. k-1.

    Examples
    --------
    >>> merge_partitions(np.array([0, 0, 1, 2]), np.array([-1, 5, 5, -1])).tolist()
    [0, 0, 0, 1]
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not len(first):
        return np.empty(0, dtype=np.int64)
    size = int(first.max()) + 1
    linked = second >= 0
    nodes = size + (int(second.max()) + 1 if linked.any() else 0)
    edges = (first[linked], size + second[linked])
    graph = coo_array((np.ones(int(linked.sum()), dtype=bool), edges), shape=(nodes, nodes))
    _, component = connected_components(graph, directed=False)
    return np.unique(component[first], return_inverse=True)[1].astype(np.int64)


def counts_by_cluster(
    group: Ints, cluster: Ints, success: Bools, groups: int
) -> list[tuple[Floats, Floats]]:
    """Count items and successes by cluster, for each group apart.

    Parameters
    ----------
    group : ndarray of int, shape (n,)
        Group of each item, 0 .. groups-1; -1 is in no group.
    cluster : ndarray of int, shape (n,)
        Cluster of each item, from 0.
    success : ndarray of bool, shape (n,)
    groups : int
        Number of groups.

    Returns
    -------
    list of (successes, sizes)
        For each group, float arrays over the clusters that it has items of.

    Examples
    --------
    >>> counts_by_cluster(np.array([0, 0, 1]), np.array([4, 4, 4]),
    ...                   np.array([True, False, True]), 2)
    [(array([1.]), array([2.])), (array([1.]), array([1.]))]
    """
    held = group >= 0
    width = int(cluster.max()) + 1 if len(cluster) else 1
    code, inverse = np.unique(group[held] * width + cluster[held], return_inverse=True)
    sizes = np.bincount(inverse, minlength=len(code)).astype(np.float64)
    successes = np.bincount(inverse[success[held]], minlength=len(code)).astype(np.float64)
    ends = np.searchsorted(code // width, np.arange(groups + 1))
    return [(successes[start:end], sizes[start:end]) for start, end in pairwise(ends)]
