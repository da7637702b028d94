"""How much of the ground lies near the supplied points, and how many of the finds.

Two sets of distances to the nearest supplied point are compared: those of the finds, which are
given, and those of positions spread evenly over the ground, which are a sample of it.

The ground is the searched ground. It was chosen on suspicion, often because of the map, so the
figures understate what a map is worth against open country, and say nothing of other ground.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mapaccuracy.schema import Floats, Ints
from mapaccuracy.statistics.groups import TOO_FEW_FIND_GROUPS
from mapaccuracy.statistics.intervals import LEVEL, MIN_EFFECTIVE_CLUSTERS, cluster_spread
from mapaccuracy.statistics.position import quantile

ALL_ALIKE = "finds of every group lie equally near, so there is no interval"
# Standard errors below it are rounding.
_NO_SPREAD = 1e-9


def share_within(distance_m: Floats, radius_m: Floats) -> Floats:
    """Share of the distances within each radius, inclusive.

    Of ground positions it is ``x(r)``, the area of the ground within r of a supplied point over
    the area of the ground; of finds it is ``y(r)``.

    Parameters
    ----------
    distance_m : ndarray of float, shape (n,)
        Metres, ascending; infinite where there is no supplied point. n >= 1.
    radius_m : ndarray of float, shape (k,)
        Metres.

    Returns
    -------
    ndarray of float, shape (k,)
        In [0, 1].

    Examples
    --------
    >>> share_within(np.array([1.0, 2.0, 2.0, np.inf]), np.array([0.5, 2.0, 100.0])).tolist()
    [0.0, 0.75, 0.75]
    """
    within: Floats = np.searchsorted(distance_m, radius_m, side="right") / len(distance_m)
    return within


def area_under_curve(ground_m: Floats, finds_m: Floats) -> float:
    """Area under the share of finds over the share of ground, as the radius grows.

    ``AUC = mean over finds of (share of ground farther off + 1/2 share equally far)``: the
    chance that a find is nearer to a supplied point than a position of the ground. 0.5 says
    nothing, 1 all, below 0.5 is worse than nothing. The curve is known as success-rate curve,
    and as prediction-rate curve where, as here, the finds are later than the map (Chung and
    Fabbri 2003); as a receiver operating characteristic it is spatstat's ``roc`` of points on
    the distance map with ``high=FALSE``.

    Parameters
    ----------
    ground_m : ndarray of float, shape (m,)
        Metres from positions spread evenly over the ground, ascending, infinite where there is
        no supplied point. m >= 1.
    finds_m : ndarray of float, shape (n,)
        The same from finds. n >= 1.

    Returns
    -------
    float
        In [0, 1].

    Examples
    --------
    >>> area_under_curve(np.array([1.0, 2.0, 3.0, np.inf]), np.array([0.5, 2.0]))
    0.8125
    """
    from sklearn.metrics import auc, roc_curve

    # Only the order matters, so the finds between two distances of the ground are one entry,
    # weighted, and distances may be infinite.
    distinct_m, positions = np.unique(ground_m, return_counts=True)
    before = np.searchsorted(finds_m, distinct_m, side="left")
    up_to = np.searchsorted(finds_m, distinct_m, side="right")
    at = np.arange(len(distinct_m)) * 2 + 1
    rank = np.concatenate([at, at, at - 1, [2 * len(at)]])
    weight = np.concatenate(
        [
            positions,
            up_to - before,
            before - np.append(0, up_to[:-1]),
            [len(finds_m) - up_to[-1]],
        ]
    )
    find = np.arange(len(rank)) >= len(distinct_m)
    held = weight > 0
    false_rate, true_rate, _ = roc_curve(
        find[held], -rank[held], sample_weight=weight[held], drop_intermediate=False
    )
    return float(auc(false_rate, true_rate))


def sampling_error(ground_m: Floats, finds_m: Floats) -> float | None:
    """Give the standard error of `area_under_curve` that comes of sampling the ground alone.

    The finds are given; how far they speak for other finds is another question. The area is
    the mean, over the positions of the ground, of their placement among the finds,
    ``V = share of finds nearer + 1/2 share equally far``; its variance is that of V over m
    (DeLong, DeLong and Clarke-Pearson 1988, the part of one sample).

    Parameters
    ----------
    ground_m, finds_m : ndarray of float, shape (m,), (n,)
        As there.

    Returns
    -------
    float or None
        In [0, 0.5]; None for a single position.

    Examples
    --------
    >>> sampling_error(np.array([1.0, 3.0]), np.array([2.0]))
    0.5
    """
    if len(ground_m) < 2:
        return None
    nearer = np.searchsorted(finds_m, ground_m, side="left")
    up_to = np.searchsorted(finds_m, ground_m, side="right")
    placement = (nearer + up_to) / (2 * len(finds_m))
    return float(placement.std(ddof=1) / np.sqrt(len(ground_m)))


def placements(ground_m: Floats, finds_m: Floats) -> Floats:
    """Share of the ground that is farther from the supplied points than each find, ties half.

    Their mean over the finds is `area_under_curve`.

    Parameters
    ----------
    ground_m : ndarray of float, shape (m,)
        Metres, ascending. m >= 1.
    finds_m : ndarray of float, shape (n,)
        Metres, in any order.

    Returns
    -------
    ndarray of float, shape (n,)
        In [0, 1].

    Examples
    --------
    >>> placements(np.array([1.0, 2.0, 3.0, np.inf]), np.array([2.0, 0.5])).tolist()
    [0.625, 1.0]
    """
    before = np.searchsorted(ground_m, finds_m, side="left")
    up_to = np.searchsorted(ground_m, finds_m, side="right")
    share: Floats = 1 - (before + up_to) / (2 * len(ground_m))
    return share


@dataclass(frozen=True)
class AreaInterval:
    """95 % interval of an area under the curve, or the reason why there is none."""

    low: float | None
    high: float | None
    reason: str | None


def area_interval(
    placement: Floats, clusterings: Sequence[Ints], sampling: float | None
) -> AreaInterval:
    """Give the widest 95 % interval of `area_under_curve` over clusterings of the finds.

    Finds of one field are near the map together or not at all, so the cluster is the unit. The
    area is the mean of the placements V of the finds, a ratio of totals over clusters:
    ``v = K/(K-1) sum(e_k**2)/n**2`` with ``e_k = sum of V in k - AUC n_k``, and
    ``AUC -+ t(.975, K_eff - 1) sqrt(v + s**2)``, with s the `sampling_error`, within [0, 1].
    For finds that are each a cluster it is the interval of DeLong, DeLong and Clarke-Pearson
    (1988), with t in the place of the normal quantile.

    Parameters
    ----------
    placement : ndarray of float, shape (n,)
        As `placements` gives them; n >= 1.
    clusterings : sequence of ndarray of int, shape (n,)
        Cluster of each find, under each clustering that is possible.
    sampling : float or None
        Standard error that comes of sampling the ground; None counts as 0.

    Returns
    -------
    AreaInterval
        None below 5 effective clusters under one of the clusterings, and where clusters do not
        differ.

    Examples
    --------
    >>> placement = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    >>> found = area_interval(placement, [np.arange(6)], 0.0)
    >>> round(found.low, 3), round(found.high, 3)
    (0.154, 0.546)
    >>> area_interval(placement, [np.array([0, 0, 0, 1, 1, 1])], 0.0).reason
    'too few separate groups of finds for an interval'
    """
    from scipy.special import stdtrit

    widest = 0.0, 0.0
    for cluster in clusterings:
        of, sizes = np.unique(cluster, return_inverse=True, return_counts=True)[1:]
        totals = np.bincount(of, placement).astype(np.float64)
        spread = cluster_spread(totals, sizes.astype(np.float64))
        if spread.effective_clusters < MIN_EFFECTIVE_CLUSTERS:
            return AreaInterval(None, None, TOO_FEW_FIND_GROUPS)
        if spread.variance <= _NO_SPREAD**2:
            return AreaInterval(None, None, ALL_ALIKE)
        quantile_t = float(stdtrit(spread.effective_clusters - 1, 0.5 + LEVEL / 2))
        half = quantile_t * (spread.variance + (sampling or 0.0) ** 2) ** 0.5
        low, high = max(0.0, spread.p - half), min(1.0, spread.p + half)
        if high - low > widest[1] - widest[0]:
            widest = low, high
    return AreaInterval(*widest, None)


def share_of_ground(ground_m: Floats, finds_m: Floats, share: float) -> tuple[float, float]:
    """Share of the ground to search for a share of the finds, with the map and without.

    With the map, the ground nearest to supplied points is searched first, and a find is met
    after the share of the ground within its distance: the quantile of these shares by Harrell
    and Davis (`position.quantile`), a mean over finds, so that no single find decides. Without
    information the i-th of n finds is met after ``i / (n + 1)`` of the ground on average: the
    same quantile of that is what searching in any order takes, so that a map without information
    saves nothing on average.

    Parameters
    ----------
    ground_m, finds_m : ndarray of float, shape (m,), (n,)
        Metres, ascending; m, n >= 1.
    share : float
        Of the finds, in (0, 1).

    Returns
    -------
    with_map, without : float
        In [0, 1].

    Examples
    --------
    >>> ground, finds = np.arange(1.0, 101), np.array([10.0, 20, 30])
    >>> [round(part, 6) for part in share_of_ground(ground, finds, 0.5)]
    [0.2, 0.5]
    """
    n = len(finds_m)
    in_any_order = np.arange(1, n + 1) / (n + 1)
    return quantile(share_within(ground_m, finds_m), share), quantile(in_any_order, share)


def pai(find_share: float, area_share: float) -> float | None:
    """Predictive accuracy index: ``find_share / area_share`` (Chainey, Tompson and Uhlig 2008).

    Parameters
    ----------
    find_share, area_share : float
        In [0, 1].

    Returns
    -------
    float or None
        0 or more; 1 says nothing. None without area.

    Examples
    --------
    >>> pai(0.75, 0.25), pai(0.0, 0.25), pai(0.0, 0.0)
    (3.0, 0.0, None)
    """
    return find_share / area_share if area_share > 0 else None
