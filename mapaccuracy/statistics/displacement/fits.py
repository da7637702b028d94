"""Where exactly a common displacement lies, how sure that is, and what each unit has to do with it.

All fits choose among the highest peaks of the whole map: so leaving a unit out, or drawing units
again, costs sums over units and not another search.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from mapaccuracy.schema import Bools, Ellipse, Floats, Ints
from mapaccuracy.statistics.displacement.apart import Apart, Grid
from mapaccuracy.statistics.displacement.search import Found

_MOST_PEAKS = 60
_STEPS = 200
_STILL = 1e-4
_ROUNDING = 1e-9
# A peak is as wide as it takes for a ring about it, so much wider, to hold pairs at less than
# this share of its density: about 1.7 standard deviations of normal errors.
_RING, _THIN = 1.5, 0.3
# Below this share a ring that grows denser again holds another peak: 1 standard deviation.
_NEXT = 0.6
# Peaks with this share of the highest score compete with it.
_RIVAL = 0.8
_GROWTH, _MOST_GROWTH = 1.25, 4.3
# The place of a peak follows its pairs by no more than so many times their mean.
_MOST_PULL = 4.0
_LEVEL = 0.95
# Fits that vary by less on one axis are of copies.
_EXACT_M = 1e-3
# Draws of units whose weights are held in memory together.
_AT_ONCE = 64
_CHANCE = 0.05
# Multiples of the spacing that two peaks may lie apart by if rows of mines repeat.
_ROW_FIT = 0.1


@dataclass(frozen=True)
class Fits:
    """The highest peaks, and fits on all units, without each one, and on units drawn again.

    Attributes
    ----------
    peak_m : ndarray of float, shape (k, 2)
        Peaks, east and north, the highest first.
    radius_m : ndarray of float, shape (k,)
        Pairs within that distance make up each peak.
    pairs, background : ndarray of float, shape (k,)
        Pairs of each peak, and those that its surroundings explain.
    contributes : ndarray of bool, shape (k, units)
        Whether a unit has more pairs at the peak than its own surroundings explain (Poisson, 5 %).
    chance : ndarray of float, shape (k, units)
        Probability that a unit contributes to a peak if its pairs are those of chance.
    without_m : ndarray of float, shape (units, 2)
        Displacement fitted on all units but this one.
    as_high : ndarray of float, shape (k,)
        Share of the draws of units in which a peak scores at least as high as the first: peaks
        of rows that repeat share finds and errors, so that the first hardly ever scores less.
    drawn_peak : ndarray of int, shape (draws,)
        Which peak is the highest on units drawn again.
    drawn_m : ndarray of float, shape (draws, 2)
        Displacement fitted there.
    """

    peak_m: Floats
    radius_m: Floats
    pairs: Floats
    background: Floats
    contributes: Bools
    chance: Floats
    without_m: Floats
    as_high: Floats
    drawn_peak: Ints
    drawn_m: Floats

    @property
    def by_chance(self) -> Floats:
        """Units that would contribute to each peak if their pairs were those of chance, (k,)."""
        by_chance: Floats = self.chance.sum(axis=1)
        return by_chance

    def others(self, home: Bools) -> tuple[Ints, Floats]:
        """Count the units that contribute to each peak, and are not at home elsewhere.

        Parameters
        ----------
        home : ndarray of bool, shape (units,)
            Units that are not counted.

        Returns
        -------
        contributing : ndarray of int, shape (k,)
        by_chance : ndarray of float, shape (k,)
            How many would be, if their pairs were those of chance.
        """
        return self.contributes[:, ~home].sum(axis=1), self.chance[:, ~home].sum(axis=1)


def fit(apart: Apart, grid: Grid, found: Found, draws: int, rng: np.random.Generator) -> Fits:
    """Refine the highest peaks and fit them on every part of the units that is asked for.

    A peak settles as `settle` says, then all of them again within the median radius of those that
    score at least 0.8 of the highest: so that none leads because it was cut wider. The score is
    that of `scores` on the pairs within the radius and around it. With units weighted, the peak
    with the highest score counts; its place moves by one step of Newton towards the mean of its
    pairs.

    Parameters
    ----------
    apart : Apart
        With pairs.
    grid : Grid
    found : Found
    draws : int
        Of the bootstrap: units drawn again with replacement.
    rng : numpy.random.Generator

    Returns
    -------
    Fits

    Notes
    -----
    Memory: some 300 numbers for each unit, and 2 for each unit and draw of 64 at a time.

    Examples
    --------
    >>> from mapaccuracy.statistics.displacement.search import search
    >>> rng = np.random.default_rng(1)
    >>> unit = np.repeat(np.arange(10), 12)
    >>> at = rng.uniform(-100, 100, (120, 2))
    >>> at[::2] = rng.normal((40.0, -30.0), 1.0, (60, 2))
    >>> apart, grid = Apart(unit, *at.T, 10), Grid.of(10.0, 100.0)
    >>> fits = fit(apart, grid, search(apart, grid, 19, rng), 99, rng)
    >>> fits.peak_m[0].round().tolist(), int(fits.contributes[0].sum())
    ([40.0, -30.0], 10)
    """
    radius_m = grid.boxes[found.box] * grid.cell_m / 2
    around_m = grid.surroundings * grid.cell_m / 2
    # About the tolerance: a wider error makes no pairs.
    most_m = min(_MOST_GROWTH * grid.boxes[0] * grid.cell_m, around_m) / 2
    peaks = _distinct(
        [
            settle(apart, grid.middle_m(column, row), radius_m, most_m, around_m)
            for column, row in _highest(found.score, grid.boxes[found.box])
        ]
    )
    inside, background = _by_unit(apart, peaks, around_m, grid.range_m)
    score = _scores(inside.sum(axis=1), background.sum(axis=1))
    order = np.argsort(-score, kind="stable")
    # Mines of a row share their errors: peaks that compete are compared within one radius.
    rivals = [k for k in order if score[k] >= _RIVAL * score[order[0]] or k == order[0]]
    common_m = float(np.median([peaks[k].radius_m for k in rivals]))
    peaks = _distinct(
        [settle(apart, (*peaks[k].at_m,), common_m, common_m, around_m) for k in order]
    )
    inside, background = _by_unit(apart, peaks, around_m, grid.range_m)
    score = _scores(inside.sum(axis=1), background.sum(axis=1))
    order = np.argsort(-score, kind="stable")
    peaks, inside, background = [peaks[k] for k in order], inside[order], background[order]
    peak_m = np.array([peak.at_m for peak in peaks])
    pulls = np.array([_pulls(apart, peak) for peak in peaks])
    scored, drawn_peak, drawn_m = _drawn_again(rng, draws, inside, background, pulls, peak_m)
    return Fits(
        peak_m,
        np.array([peak.radius_m for peak in peaks]),
        inside.sum(axis=1),
        background.sum(axis=1),
        _more_than_chance(inside, background),
        _chance_of_more(background),
        _without(inside, background, pulls, peak_m),
        (scored >= scored[:, :1] - _ROUNDING).sum(axis=0) / max(draws, 1),
        drawn_peak,
        drawn_m,
    )


def _highest(score: Floats, box: int) -> list[tuple[int, int]]:
    """List the cells with the highest scores, none in the box around another."""
    score, side = score.copy(), score.shape[0]
    reach = np.arange(-(box // 2), box // 2 + 1)
    cells = []
    for _ in range(_MOST_PEAKS):
        row, column = divmod(int(score.argmax()), side)
        if not score[row, column] > 0:
            break
        cells.append((column, row))
        score[np.ix_((row + reach) % side, (column + reach) % side)] = -np.inf
    return cells


def _near(apart: Apart, at_m: tuple[float, float] | Floats, radius_m: float) -> Ints:
    """List the pairs in the square around a displacement."""
    return np.flatnonzero(
        (np.abs(apart.east_m - at_m[0]) <= radius_m) & (np.abs(apart.north_m - at_m[1]) <= radius_m)
    )


@dataclass(frozen=True)
class Settled:
    """A peak where it settled.

    Attributes
    ----------
    at_m : ndarray of float, shape (2,)
    radius_m : float
    near : ndarray of int, shape (m,)
        Pairs within the radius.
    stretch : float
        How far the place of the peak goes for a metre that the mean of its pairs goes; >= 1.
    """

    at_m: Floats
    radius_m: float
    near: Ints
    stretch: float


def settle(
    apart: Apart, at_m: tuple[float, float], radius_m: float, most_m: float, around_m: float
) -> Settled:
    """Settle a peak at the mean of the pairs within a radius that holds it.

    Mean shift (Fukunaga and Hostetler 1975). The radius grows from `radius_m` until a ring about
    it has less than 0.3 of the density inside, both above that of the surroundings; so errors of
    position decide. If the ring, once thinner than 0.6, grows denser again, it has reached the
    next mine of a row: the radius with the thinnest ring counts.

    Parameters
    ----------
    apart : Apart
    at_m : tuple of float
        Where to begin, east and north.
    radius_m, most_m, around_m : float
        Least and largest radius of the peak, and that of its surroundings.

    Returns
    -------
    Settled
        With c the density at the edge as a share of that inside, `stretch` is ``1 / (1 - c)``,
        at most 4: as the circle moves after its mean, it takes in what lies before it.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> at = np.vstack([rng.normal((3.0, 1.0), 2.0, (900, 2)), rng.uniform(-50, 50, (400, 2))])
    >>> told = settle(Apart(np.zeros(1300, dtype=int), *at.T, 1), (2.0, 2.0), 1.0, 5.0, 50.0)
    >>> told.at_m.round(1).tolist(), round(told.radius_m, 1)
    ([2.8, 1.2], 3.1)
    """
    wide = _near(apart, at_m, around_m)
    east, north = apart.east_m[wide], apart.north_m[wide]
    at, radius = np.array(at_m, dtype=np.float64), radius_m
    least, thinnest = math.inf, (at, radius)
    while True:
        at = _mean_shift(east, north, at, radius)
        off = np.hypot(east - at[0], north - at[1])
        background = _density(off, most_m * _RING, around_m)
        inside = _density(off, 0.0, radius) - background
        ring = _density(off, radius, radius * _RING) - background
        if inside <= 0 or ring < _THIN * inside:
            break
        if ring < least * inside:
            least, thinnest = ring / inside, (at, radius)
        elif least < _NEXT:
            at, radius = thinnest
            break
        if radius * _GROWTH > most_m:
            break
        radius *= _GROWTH
    off = np.hypot(east - at[0], north - at[1])
    within = off <= radius
    edge = _density(off, 0.8 * radius, 1.2 * radius) / max(_density(off, 0.0, radius), _STILL)
    stretch = 1 / (1 - min(edge, 1 - 1 / _MOST_PULL))
    return Settled(at, radius, wide[within], stretch)


def _mean_shift(east: Floats, north: Floats, at: Floats, radius_m: float) -> Floats:
    near = np.hypot(east - at[0], north - at[1]) <= 3 * radius_m
    east, north = east[near], north[near]
    for _ in range(_STEPS):
        held = (east - at[0]) ** 2 + (north - at[1]) ** 2 <= radius_m**2
        if not held.any():
            break
        new = np.array([east[held].mean(), north[held].mean()])
        moved = math.hypot(*(new - at))
        at = new
        if moved < _STILL:
            break
    return at


def _density(off_m: Floats, inner_m: float, outer_m: float) -> float:
    """Pairs per square metre of a ring."""
    if not outer_m > inner_m:
        return 0.0
    held = np.count_nonzero((off_m > inner_m) & (off_m <= outer_m))
    return float(held / (math.pi * (outer_m**2 - inner_m**2)))


def _pulls(apart: Apart, peak: Settled) -> Floats:
    """Pairs of each unit at a peak, and the sums of how far they pull it; shape (units, 3)."""
    unit = apart.unit[peak.near]
    east = (apart.east_m[peak.near] - peak.at_m[0]) * peak.stretch
    north = (apart.north_m[peak.near] - peak.at_m[1]) * peak.stretch
    return np.column_stack(
        [
            np.bincount(unit, values, minlength=apart.units)
            for values in (np.ones(len(unit)), east, north)
        ]
    )


def _distinct(peaks: list[Settled]) -> list[Settled]:
    """Leave out peaks that settled within a higher one."""
    kept: list[Settled] = []
    for peak in peaks:
        off = [math.hypot(*(peak.at_m - other.at_m)) for other in kept]
        if all(m > other.radius_m for m, other in zip(off, kept, strict=True)):
            kept.append(peak)
    return kept


def _by_unit(
    apart: Apart, peaks: list[Settled], around_m: float, range_m: float
) -> tuple[Floats, Floats]:
    """Count the pairs of each unit at each peak, and those that its surroundings explain."""
    inside, background = np.zeros((2, len(peaks), apart.units))
    for k, peak in enumerate(peaks):
        wide = apart.unit[_near(apart, peak.at_m, around_m)]
        inside[k] = np.bincount(apart.unit[peak.near], minlength=apart.units)
        # Nothing beyond the range was listed: what lies there must not pass for empty ground.
        sides = np.minimum(peak.at_m + around_m, range_m) - np.maximum(
            peak.at_m - around_m, -range_m
        )
        within = math.pi * peak.radius_m**2
        share = within / (float(sides.prod()) - within)
        background[k] = (np.bincount(wide, minlength=apart.units) - inside[k]) * share
    return inside, background


def contributes(
    apart: Apart, peaks: list[Settled], around_m: float, range_m: float
) -> tuple[Bools, Floats]:
    """Tell which units have more pairs at a peak than their own surroundings explain.

    Parameters
    ----------
    apart : Apart
    peaks : list of Settled
    around_m : float
        Radius of the surroundings.
    range_m : float
        Largest displacement on each axis.

    Returns
    -------
    contributes : ndarray of bool, shape (peaks, units)
        Where pairs as many or more have a probability below 5 % (Poisson).
    by_chance : ndarray of float, shape (peaks, units)
        Probability of that where a unit has only the pairs that its surroundings explain.
    """
    inside, background = _by_unit(apart, peaks, around_m, range_m)
    return _more_than_chance(inside, background), _chance_of_more(background)


def _more_than_chance(inside: Floats, background: Floats) -> Bools:
    more: Bools = (inside > 0) & (stats.poisson.sf(inside - 1, background) < _CHANCE)
    return more


def _chance_of_more(background: Floats) -> Floats:
    # Pairs are whole numbers, so that the level is kept by less than 5 %.
    most = stats.poisson.ppf(1 - _CHANCE, background)
    chance: Floats = stats.poisson.sf(np.nan_to_num(most), background)
    return chance


def _scores(inside: Floats, background: Floats) -> Floats:
    scored: Floats = (inside - background) / np.sqrt(background + 1)
    return scored


def _fitted(
    weights: Floats, inside: Floats, background: Floats, pulls: Floats, peak_m: Floats
) -> tuple[Floats, Ints, Floats]:
    """Score all peaks, and choose the highest and its place, for each row of weights."""
    scored = _scores(weights @ inside.T, weights @ background.T)
    peak = scored.argmax(axis=1)
    # Chosen first: sums for the other peaks would be thrown away.
    out = np.empty((len(weights), 2))
    for k in np.unique(peak):
        rows = peak == k
        out[rows] = _placed(weights[rows] @ pulls[k], peak_m[k])
    return scored, peak, out


def _drawn_again(
    rng: np.random.Generator,
    draws: int,
    inside: Floats,
    background: Floats,
    pulls: Floats,
    peak_m: Floats,
) -> tuple[Floats, Ints, Floats]:
    """Fit on units drawn again with replacement, some draws at a time: weights are many."""
    units = inside.shape[1]
    parts = [
        _fitted(
            rng.multinomial(units, np.full(units, 1 / units), n).astype(np.float64),
            inside,
            background,
            pulls,
            peak_m,
        )
        for n in [min(_AT_ONCE, draws - begin) for begin in range(0, draws, _AT_ONCE)]
    ]
    if not parts:
        return np.empty((0, len(peak_m))), np.empty(0, dtype=np.int64), np.empty((0, 2))
    scored, peak, placed = (np.concatenate(part) for part in zip(*parts, strict=True))
    return scored, peak, placed


def _without(inside: Floats, background: Floats, pulls: Floats, peak_m: Floats) -> Floats:
    """Fit on all units but one, for every one."""
    n, expected = (values.sum(axis=1) - values.T for values in (inside, background))
    peak = _scores(n, expected).argmax(axis=1)
    return _placed(pulls.sum(axis=1)[peak] - pulls[peak, np.arange(len(peak))], peak_m[peak])


def _placed(sums: Floats, peak_m: Floats) -> Floats:
    """Move peaks by the pulls of their pairs, shape (n, 3); without pairs they stay."""
    weight = sums[:, :1]
    return peak_m + np.where(weight > _STILL, sums[:, 1:] / np.maximum(weight, _STILL), 0.0)


def hotelling_reach(units: int) -> float:
    """Give the factor of a 95 % region of a mean of so many vectors, as a squared distance.

    ``2 (K - 1) / (K - 2) F(.95; 2, K - 2)`` for K > 2 units (Hotelling 1931).

    Examples
    --------
    >>> round(hotelling_reach(10) ** 0.5, 2), round(hotelling_reach(10**6) ** 0.5, 2)
    (3.17, 2.45)
    """
    return 2 * (units - 1) / (units - 2) * float(stats.f.ppf(_LEVEL, 2, units - 2))


def ellipse_of(drawn_m: Floats, contributing: int) -> Ellipse | None:
    """Give the 95 % region of a displacement from bootstrap fits.

    With S the covariance of the fits and K units that contribute, the region is
    ``{v: v' S**-1 v <= 2 (K - 1) / (K - 2) F(.95; 2, K - 2)}``: that of Hotelling for K units.

    Parameters
    ----------
    drawn_m : ndarray of float, shape (draws, 2)
        Fits at one peak.
    contributing : int
        Units that contribute to it.

    Returns
    -------
    Ellipse or None
        None with fewer than 3 units or 10 fits, and where fits do not vary: finds that are a copy
        of the map say nothing of how sure positions are.

    Examples
    --------
    >>> made = np.random.default_rng(1).normal(0, (2.0, 1.0), (4000, 2))
    >>> told = ellipse_of(made, 1000)
    >>> round(told.semi_major_m), round(told.semi_minor_m, 1), round(told.bearing_deg, -1)
    (5, 2.4, 90.0)
    """
    if contributing < 3 or len(drawn_m) < 10:
        return None
    reach = hotelling_reach(contributing)
    # The bootstrap of K units has (K - 1) / K of the variance.
    covariance = np.cov(drawn_m.T) * contributing / (contributing - 1)
    variance, axes = np.linalg.eigh(covariance)
    minor, major = np.sqrt(np.maximum(variance, 0.0) * reach)
    if minor < _EXACT_M:
        return None
    bearing = math.degrees(math.atan2(axes[0, 1], axes[1, 1])) % 180
    return Ellipse(float(major), float(minor), bearing)


def repeat_of(peak_m: Floats, others_m: Floats, spacing_m: float) -> float | None:
    """Tell whether other peaks lie off the first by whole spacings of the rows of the map.

    Parameters
    ----------
    peak_m : ndarray of float, shape (2,)
    others_m : ndarray of float, shape (k, 2)
    spacing_m : float
        Median distance of supplied points to the next; NaN where unknown.

    Returns
    -------
    float or None
        The spacing, if every other peak lies off by a whole number of it, to a tenth of it.

    Examples
    --------
    >>> repeat_of(np.array([44.0, 0.0]), np.array([[49.1, 0.2]]), 5.0)
    5.0
    >>> repeat_of(np.array([44.0, 0.0]), np.array([[51.5, 0.0]]), 5.0) is None
    True
    """
    if not len(others_m) or not spacing_m > 0:
        return None
    off = np.hypot(*(others_m - peak_m).T) / spacing_m
    whole = np.round(off)
    return float(spacing_m) if (whole >= 1).all() and (abs(off - whole) <= _ROW_FIT).all() else None
