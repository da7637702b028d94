"""How much of the ground lies near the supplied points, and how many of the finds.

Two sets of distances to the nearest supplied point are compared: those of the finds, which are
given, and those of positions spread evenly over the ground, which are a sample of it.

The ground is the searched ground. It was chosen on suspicion, often because of the map, so the
figures understate what a map is worth against open country, and say nothing of other ground.
"""

from __future__ import annotations

import numpy as np

from mapaccuracy.schema import Floats


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


def finds_reached(n: int, per_cent: int) -> int:
    """Count the fewest whole finds that are so many per cent of n, or more.

    Parameters
    ----------
    n : int
        Finds.
    per_cent : int
        In 0 .. 100.

    Examples
    --------
    >>> finds_reached(40, 95), finds_reached(10, 95)
    (38, 10)
    """
    return -(-n * per_cent // 100)


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
