"""Agreement by record: what can be told where single points cannot."""

from __future__ import annotations

import numpy as np

from mapaccuracy.schema import Bools, Ints


def agreeing_records(
    group: Ints, record: Ints, reached: Bools, least_points: int, least_share: float
) -> tuple[Ints, Ints, Bools]:
    """Tell which records agree with the finds: enough of their points have a find in reach.

    Parameters
    ----------
    group, record : ndarray of int, shape (n,)
        Of each verifiable point, from 0. A record in two groups is judged in each by its
        points there.
    reached : ndarray of bool, shape (k, n)
        Whether a find lies within tolerance of each point, in each of k layouts.
    least_points : int
        Points from which a record is judged; >= 1.
    least_share : float
        Share of its points from which a record agrees; in (0, 1].

    Returns
    -------
    record : ndarray of int, shape (r,)
        The records judged, sorted by group, then record.
    first : ndarray of int, shape (r,)
        The first point of each of them.
    agrees : ndarray of bool, shape (k, r)

    Examples
    --------
    >>> agreeing_records(np.zeros(5, dtype=int), np.array([7, 7, 7, 8, 8]),
    ...                  np.array([[True, True, False, True, True]]), 3, 0.5)
    (array([7]), array([0]), array([[ True]]))
    """
    if not len(group):
        nothing = np.empty(0, dtype=np.int64)
        return nothing, nothing, np.empty((len(reached), 0), dtype=bool)
    width = int(record.max()) + 1
    key, first, item, size = np.unique(
        group * width + record, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.argsort(item, kind="stable")
    hits = np.add.reduceat(reached[:, order], np.cumsum(size) - size, axis=1, dtype=np.int64)
    judged = size >= least_points
    # Whole numbers may fall short of the share by rounding.
    agrees: Bools = hits[:, judged] >= least_share * size[judged] - 1e-9
    return key[judged] % width, first[judged], agrees
