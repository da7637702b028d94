"""What knowing nothing would score: pairs of records as supplied against pairs where they moved."""

from __future__ import annotations

import math

import numpy as np

from mapaccuracy.schema import Floats, GroundChance, Ints, Null
from mapaccuracy.statistics.intervals import MIN_EFFECTIVE_CLUSTERS

# Records from which draws may take each record from another layer.
LEAST_RECORDS = 3
# Positions from which a share of the ground is given.
LEAST_POSITIONS = 100
# Share of the points of a group from which those tested stand for it.
STANDS_FROM = 0.8
NO_JUDGED = "no verifiable supplied points"
TOO_FEW_POSITIONS = "too few verifiable positions drawn in the searched ground"
TOO_CLOSE = "records lie too close together to be shifted independently"
ALL_BY_CHANCE = "no skill, because chance alone confirms every point"
# Entries of a table of draws and records that are held at one time.
_ENTRIES_AT_ONCE = 2_000_000


def p_value(observed: float, drawn: Floats | Ints) -> float:
    """Share of draws at least as high as observed, the observed one among them.

    ``p = (b + 1) / (m + 1)``, where b of m draws are at least as high; ties speak against the
    map (Davison & Hinkley 1997, Bootstrap Methods and their Application, section 4.2; as in
    scipy's `monte_carlo_test`).

    Parameters
    ----------
    observed : float
    drawn : ndarray, shape (m,)
        The same statistic where nothing but chance is at work.

    Returns
    -------
    float
        In [1 / (m + 1), 1].

    Examples
    --------
    >>> p_value(7, np.array([5, 7, 6, 3]))
    0.4
    """
    return (int(np.count_nonzero(drawn >= observed)) + 1) / (len(drawn) + 1)


def recombined(observed: Ints, by_layer: Ints, draws: int, rng: np.random.Generator) -> Ints:
    """Draw totals in which every record comes from a layer of its own, chosen at random.

    The layers of a record and what was observed of it are, if the map knows nothing, as many
    outcomes of one kind in random order. So the observed outcome is among those chosen from: the
    test is then exact for independent records, however few the layers (a stratified permutation
    test; Davison & Hinkley 1997, section 4.3), where taking the layers alone would find the map
    better than chance too often.

    Parameters
    ----------
    observed : ndarray of int, shape (r,)
        Pairs of each record as supplied.
    by_layer : ndarray of int, shape (j, r)
        Pairs of each record in each layer.
    draws : int
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of int, shape (draws,)

    Examples
    --------
    >>> recombined(np.array([1, 2]), np.array([[1, 2]]), 3, np.random.default_rng(0)).tolist()
    [3, 3, 3]
    """
    outcomes = np.concatenate([observed[None], by_layer])
    records = np.arange(len(observed))
    totals = np.empty(draws, dtype=np.int64)
    step = max(1, _ENTRIES_AT_ONCE // max(1, len(observed)))
    for begin in range(0, draws, step):
        end = min(begin + step, draws)
        layer = rng.integers(0, len(outcomes), (end - begin, len(observed)))
        totals[begin:end] = outcomes[layer, records].sum(axis=1)
    return totals


def error_of_expected(by_layer: Ints, size: Ints, sampled_share: float = 1.0) -> float | None:
    """Give the standard error of the expected precision that comes of drawing.

    Within records, ``sum of var(T_r) / J``, from J layers; where the records are a sample
    themselves, also the variance between records of a ratio, ``(1 - f) R / (R - 1) *
    sum (t_r - P n_r)^2`` (Cochran 1977, Sampling Techniques, chapter 6); the root of both
    over the number of points. No less than of as many independent moved points with one pair
    and one miss more, ``(x + 1) / (m + 2)``: that all layers agree does not mean that all
    placements would.

    Parameters
    ----------
    by_layer : ndarray of int, shape (j, r)
        Pairs of each record in each layer; j >= 2.
    size : ndarray of int, shape (r,)
        Points of each record.
    sampled_share : float
        Share f of the records that was sampled, in (0, 1].

    Returns
    -------
    float or None
        Above 0; None for a sample of a single record.

    Examples
    --------
    Two layers of one record of 10 points, with 1 and 5 pairs; and without any:

    >>> error_of_expected(np.array([[1], [5]]), np.array([10]))
    0.2
    >>> round(error_of_expected(np.array([[0], [0]]), np.array([10])), 3)
    0.047
    """
    points = float(size.sum())
    mean = by_layer.mean(axis=0)
    variance = float(by_layer.var(axis=0, ddof=1).sum()) / len(by_layer)
    if sampled_share < 1:
        records = len(size)
        if records < 2:
            return None
        residual = mean - mean.sum() / points * size
        variance += (1 - sampled_share) * records / (records - 1) * float((residual**2).sum())
    moved = points * len(by_layer)
    near = (float(by_layer.sum()) + 1) / (moved + 2)
    return math.sqrt(max(variance / points**2, near * (1 - near) / moved))


def p_of_clusters(excess: Floats, size: Ints, cluster: Ints) -> float | None:
    """One-sided p of a t-test that clusters have no more pairs than chance gives them.

    ``t = sum e_c / sqrt(K / (K - 1) sum (e_c - n_c sum e / n)^2)`` with K - 1 degrees of
    freedom: the mean excess as a ratio over K clusters (Cochran 1977, Sampling Techniques,
    chapter 6), for records that share an error within a cluster.

    Parameters
    ----------
    excess : ndarray of float, shape (r,)
        Pairs of each record as supplied, less their mean over the draws.
    size : ndarray of int, shape (r,)
        Points of each record; >= 1.
    cluster : ndarray of int, shape (r,)
        Of each record, from 0.

    Returns
    -------
    float or None
        In [0, 1]; None below 5 effective clusters, ``n^2 / sum n_c^2``. Where all clusters have
        the same share to spare, 0 if that is more than none, else 1.

    Examples
    --------
    Six clusters of 10 points, of two records each:

    >>> excess = np.array([1.0, 2.0, 0.0, 1.0, 2.0, 3.0])
    >>> p = p_of_clusters(np.repeat(excess / 2, 2), np.full(12, 5), np.repeat(np.arange(6), 2))
    >>> round(p, 4)
    0.0086
    """
    from scipy.special import stdtr

    _, of = np.unique(cluster, return_inverse=True)
    e, n = np.bincount(of, weights=excess), np.bincount(of, weights=size)
    points, clusters = float(n.sum()), len(n)
    if points**2 / float((n**2).sum()) < MIN_EFFECTIVE_CLUSTERS:
        return None
    total = float(e.sum())
    spread = float(((e - n * (total / points)) ** 2).sum())
    # What is nothing but for rounding.
    if spread <= (1e-9 * points) ** 2:
        return 0.0 if total > 1e-9 * points else 1.0
    return float(stdtr(clusters - 1, -total / math.sqrt(clusters / (clusters - 1) * spread)))


def null_of(
    observed: Ints,
    by_layer: Ints,
    size: Ints,
    *,
    draws: int,
    rng: np.random.Generator,
    verifiable: int,
    finds: int,
    tested_share: float | None = 1.0,
    sampled_share: float = 1.0,
    cluster: Ints | None = None,
    one_to_one: bool = True,
) -> Null:
    """Compare the precision of records as supplied with that of the same records moved.

    Parameters
    ----------
    observed : ndarray of int, shape (r,)
        Pairs of each record as supplied; r >= 1.
    by_layer : ndarray of int, shape (j, r)
        Pairs of each record in each layer of moves; j >= 2.
    size : ndarray of int, shape (r,)
        Points of each record, all of them verifiable; >= 1.
    draws : int
        Where there are fewer layers, and 3 records or more, so many are put together from them
        as `recombined` does; else the layers are the draws.
    rng : numpy.random.Generator
    verifiable, finds : int
        Verifiable points, and finds that count, of the group.
    tested_share : float or None
        Share of the verifiable points that lie in records that can be tested, in [0, 1].
    sampled_share : float
        Share of the records that was sampled, in (0, 1].
    cluster : ndarray of int, shape (r,), optional
        Clusters of records that may share an error; where they move independently of each
        other although one cluster holds several, p is no less than that of `p_of_clusters`.
    one_to_one : bool
        Whether a find confirms one point only, so that pairs are finds as well.

    Returns
    -------
    Null
        `skill` is None where chance alone confirms every point, `expected_recall` where there
        are no finds, where one find may confirm several points, or where `tested_share` is
        below 0.8; it is ``expected_precision * verifiable / finds``, 1 at most.

    Examples
    --------
    >>> moved = np.array([[1, 0], [0, 1], [1, 1]])
    >>> null = null_of(np.array([4, 4]), moved, np.array([5, 5]), draws=3,
    ...                rng=np.random.default_rng(0), verifiable=10, finds=20)
    >>> null.observed_precision, round(null.expected_precision, 4), round(null.skill, 4), null.p
    (0.8, 0.1333, 0.7692, 0.25)
    """
    points = int(size.sum())
    pairs = int(observed.sum())
    expected = float(by_layer.sum()) / (points * len(by_layer))
    stands = tested_share is not None and tested_share >= STANDS_FROM
    totals = by_layer.sum(axis=1)
    if len(by_layer) < draws and len(observed) >= LEAST_RECORDS:
        totals = recombined(observed, by_layer, draws, rng)
    least: float | None = 0.0
    if cluster is not None and len(np.unique(cluster)) < len(cluster):
        least = p_of_clusters(observed - by_layer.mean(axis=0), size, cluster)
    reasons = [TOO_CLOSE] if least is None else []
    reasons += [] if expected < 1 else [ALL_BY_CHANCE]
    return Null(
        observed_precision=pairs / points,
        expected_precision=expected,
        expected_recall=min(expected * verifiable / finds, 1.0)
        if finds and stands and one_to_one
        else None,
        skill=(pairs / points - expected) / (1 - expected) if expected < 1 else None,
        p=None if least is None else max(p_value(pairs, totals), least),
        draws=len(totals),
        mc_error=error_of_expected(by_layer, size, sampled_share),
        records=len(observed),
        points=points,
        tested_share=tested_share,
        stands_for_group=stands,
        reason="; ".join(reasons) or None,
    )


def no_null(reason: str, tested_share: float | None = None) -> Null:
    """Say why there is no figure at all.

    Examples
    --------
    >>> no_null("no searched areas given").draws
    0
    """
    return Null(None, None, None, None, None, 0, None, 0, 0, tested_share, False, reason)


def share_testable(tested: int, untried: int, failed: int, points: int) -> float | None:
    """Share of points that lie in records that can be tested.

    Parameters
    ----------
    tested, failed : int
        Points of the records that were tried and can, or cannot, be tested.
    untried : int
        Points of records that might be, but were not drawn: they count by the share of the
        points tried that can be tested.
    points : int
        All of them; what is in none of the three cannot be tested.

    Returns
    -------
    float or None
        In [0, 1]; None without points, or where nothing was tried of what might be tested.

    Examples
    --------
    >>> share_testable(30, 40, 10, 100), share_testable(0, 10, 0, 10), share_testable(0, 0, 0, 5)
    (0.6, None, 0.0)
    """
    tried = tested + failed
    if not points or (untried and not tried):
        return None
    return (tested + (untried * tested / tried if untried else 0.0)) / points


def ground_chance(within: Ints, drawn: Ints, points: Ints, judged: int) -> GroundChance:
    """Share of the positions open to judged points that have a find within tolerance.

    Each point is put anywhere in its own part of the searched ground, by itself:
    ``sum n_p q_p / sum n_p``, where ``q_p`` is the share of the positions drawn in part p
    that have a find in reach.

    Parameters
    ----------
    within, drawn : ndarray of int, shape (p,)
        Verifiable positions drawn in each part with a find within tolerance, and in all.
    points : ndarray of int, shape (p,)
        Judged points in each part.
    judged : int
        Judged points of the group.

    Returns
    -------
    GroundChance
        Without a share below 100 positions, or where fewer than 0.8 of the points lie in parts
        with a position. The standard error is that of a stratified sample, each part
        binomial at ``(x + 1) / (k + 2)``, so that it is not 0 where none or all count.

    Examples
    --------
    >>> share = ground_chance(np.array([100, 0]), np.array([400, 100]), np.array([30, 10]), 40)
    >>> share.any_find_share, share.samples
    (0.1875, 500)
    """
    seen = drawn > 0
    within, drawn, points = within[seen], drawn[seen], points[seen]
    samples, n = int(drawn.sum()), float(points.sum())
    if not judged:
        return GroundChance(None, None, samples, NO_JUDGED)
    if samples < LEAST_POSITIONS or n < STANDS_FROM * judged:
        return GroundChance(None, None, samples, TOO_FEW_POSITIONS)
    near = (within + 1) / (drawn + 2)
    variance = float(((points / n) ** 2 * near * (1 - near) / drawn).sum())
    share = float((points * (within / drawn)).sum() / n)
    return GroundChance(share, math.sqrt(variance), samples, None)
