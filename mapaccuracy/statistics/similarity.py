"""Search for one displacement with a rotation and a scale of the whole map about its centre.

Every record of a turned map has a displacement of its own, so that a common displacement finds
none of them; the search of a displacement is repeated at every rotation and scale of a grid.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from mapaccuracy.schema import Bools, Floats, Ints
from mapaccuracy.statistics.displacement.apart import Apart, Grid, scores

MIN_CONTRIBUTING = 10
DRAWS = 39
BOOTSTRAP_DRAWS = 199
_LEVEL = 0.05
_CHANCE = 0.05
# Nodes from the middle of the grid of rotations and scales to its edge, at most.
_MOST_STEPS = 20
# A search looks at no more pairs than these, of units drawn at random.
_MOST_PAIRS = 20_000
_FEWEST_UNITS = 40
# Cells along each axis of the displacements.
_MOST_SIDE = 128
_CELLS_IN_STEP = 3.0
# Half-sides of the boxes in which pairs are counted, in steps of the grid.
_BOXES = (0.5, 1.0)
# Widths of the weights while a fit closes in: in steps of the grid, then in tolerances.
_WIDE, _NARROW = (1.5, 1.0), (1.0, 0.5)
_ROUNDS, _ROUNDS_DRAWN = 12, 4
_FOLDS = 20
# Cells or pairs of several nodes that are worked on together: what a processor holds at hand.
_AT_ONCE = 20_000

NO_PAIRS = "no find within range of a supplied point"
ONE_PLACE = "supplied points lie in one place: no rotation and no scale"
NOT_BEYOND_CHANCE = "the best fit is not beyond what unrelated records show (p above .05)"


@dataclass(frozen=True)
class Turn:
    """A displacement with rotation and scale: the move at p is ``v + [[s, q], [-q, s]] p``.

    Exact for any rotation and scale: with a clockwise rotation a and a factor f,
    ``s = f cos(a) - 1`` and ``q = f sin(a)``.

    Attributes
    ----------
    east_m, north_m : float
        v, the move at the centre.
    stretch, turn : float
        s and q.
    """

    east_m: float
    north_m: float
    stretch: float
    turn: float

    @property
    def rotation_deg(self) -> float:
        """Clockwise, in (-180, 180]."""
        return math.degrees(math.atan2(self.turn, 1 + self.stretch))

    @property
    def scale_ppm(self) -> float:
        """Parts per million by which lengths grow."""
        return (math.hypot(self.turn, 1 + self.stretch) - 1) * 1e6

    def moves(self, x_m: Floats, y_m: Floats) -> tuple[Floats, Floats]:
        """Give the move east and north of points that lie off the centre by that.

        Examples
        --------
        A quarter turn clockwise takes a point north of the centre to the east of it.

        >>> quarter = Turn(0.0, 0.0, stretch=-1.0, turn=1.0)
        >>> [float(m[0]) for m in quarter.moves(np.array([0.0]), np.array([10.0]))]
        [10.0, -10.0]
        >>> quarter.rotation_deg, quarter.scale_ppm
        (90.0, 0.0)
        """
        east = self.east_m + self.stretch * x_m + self.turn * y_m
        north = self.north_m + self.stretch * y_m - self.turn * x_m
        return east, north


@dataclass(frozen=True)
class Similarity:
    """Displacement, rotation and scale that bring a map onto the finds, against chance.

    Attributes
    ----------
    fit : Turn or None
        None where none is claimed (`reason`).
    east_error_m, north_error_m : float or None
        Standard errors, by a bootstrap of the contributing units.
    rotation_error_deg, scale_error_ppm : float or None
    p : float or None
        ``(b + 1) / (draws + 1)``, where b counts the draws whose whole search scores as high.
    draws : int
    p_of_shift : float or None
        That rotation and scale are none, so that a shift alone would do: Wald test by the same
        bootstrap, F with 2 and contributing - 2 degrees of freedom. p alone cannot tell, since
        a mere shift fits too.
    units, units_drawn : int
        All units, and those that the search looked at.
    contributing : int
        Units with more pairs within the tolerance of the fit than their own surroundings explain.
    largest : float
        Largest rotation in radians, and scale, that was searched.
    reason : str or None
    """

    fit: Turn | None
    east_error_m: float | None
    north_error_m: float | None
    rotation_error_deg: float | None
    scale_error_ppm: float | None
    p: float | None
    draws: int
    p_of_shift: float | None
    units: int
    units_drawn: int
    contributing: int
    largest: float
    reason: str | None


@dataclass(frozen=True)
class _Lattice:
    """Rotations and scales to try, and the cells of displacements at each of them."""

    turns: Floats
    stretches: Floats
    step_m: float
    largest: float
    cells: Grid

    @classmethod
    def of(cls, tolerance_m: float, range_m: float, farthest_m: float) -> _Lattice:
        """Lay nodes so close that the farthest point moves by no more than a step between two.

        A step is the tolerance, or a twentieth of the range where that is more.
        """
        step_m = max(tolerance_m, range_m / _MOST_STEPS)
        reach = int(range_m / step_m)
        at = np.arange(-reach, reach + 1) * (step_m / farthest_m)
        turn, stretch = (values.ravel() for values in np.meshgrid(at, at, indexing="ij"))
        inside = np.hypot(turn, stretch) <= range_m / farthest_m * (1 + 1e-9)
        # The smallest first: among nodes of one score the map is turned the least.
        order = np.argsort(np.hypot(turn, stretch)[inside], kind="stable")
        side = 2 ** math.ceil(math.log2(2 * range_m * _CELLS_IN_STEP / step_m))
        side = min(max(side, 16), _MOST_SIDE)
        cell_m = 2 * range_m / side
        boxes = sorted({2 * round(share * step_m / cell_m) + 1 for share in _BOXES})
        around = min(2 * round(4 * step_m / cell_m) + 1, side - 1)
        cells = Grid(range_m, side, tuple(boxes), max(around, boxes[-1] + 2))
        return cls(turn[inside][order], stretch[inside][order], step_m, range_m / farthest_m, cells)


def fit_similarity(
    apart: Apart,
    x_m: Floats,
    y_m: Floats,
    tolerance_m: float,
    range_m: float,
    draws: int,
    rng: np.random.Generator,
) -> Similarity:
    """Search a displacement with rotation and scale, and repeat the search where none is shared.

    At every node of a grid of rotations and scales, that may move the farthest point by up to
    the range, the pairs are counted by the displacement that is left, and the highest score of
    `scores` over all nodes, cells and sizes of box is the statistic of the search. The best node
    is refined by least squares with the weights of Tukey's biweight, whose width goes down to
    half the tolerance. In each draw the displacements of every unit are moved by a vector of its
    own over the torus of the range, and the whole search is repeated; each size of box counts in
    units of its spread over all draws.

    Parameters
    ----------
    apart : Apart
        Pairs within range.
    x_m, y_m : ndarray of float, shape (n,)
        Supplied point of each pair off the centre of the map, in metres.
    tolerance_m, range_m : float
        Metres, > 0; the range is at least the tolerance.
    draws : int
        1 or more; 19 or more to be able to claim anything.
    rng : numpy.random.Generator

    Returns
    -------
    Similarity
        Without a fit if there are no pairs, all lie in one place, p is above .05, or fewer than
        10 units contribute: a fit of four numbers to fewer always looks good.

    Notes
    -----
    A search takes about 1 s, with at most 20,000 pairs of units drawn at random; so 39 draws are
    less than a minute. Memory: some 20 numbers for each pair of these, and 4 for each pair. The
    errors of the fit are those around its peak: rows that repeat can shift all of it by a
    spacing, as they can a displacement.

    Examples
    --------
    Twelve records over 4 km of a map that is turned by half a degree:

    >>> rng = np.random.default_rng(3)
    >>> unit = np.repeat(np.arange(12), 30)
    >>> x, y = rng.uniform(-2000, 2000, (2, 12))[:, unit] + rng.uniform(-60, 60, (2, 360))
    >>> angle = math.radians(0.5)
    >>> asked = Turn(15.0, 5.0, math.cos(angle) - 1, math.sin(angle))
    >>> east, north = asked.moves(x, y) + rng.normal(0, 1, (2, 360))
    >>> near = (abs(east) <= 40) & (abs(north) <= 40)
    >>> apart = Apart(unit[near], east[near], north[near], 12)
    >>> told = fit_similarity(apart, x[near], y[near], 10.0, 40.0, 19, rng)
    >>> told.p, round(told.fit.rotation_deg, 1), round(told.fit.east_m), told.contributing
    (0.05, 0.5, 15, 12)
    """
    farthest = float(np.hypot(x_m, y_m).max(initial=0.0))
    if not len(apart) or farthest <= 0:
        reason = NO_PAIRS if not len(apart) else ONE_PLACE
        return _none(apart, 0, 0, None, draws, 0.0, reason)
    lattice = _Lattice.of(tolerance_m, range_m, farthest)
    drawn, units_drawn = _draw_units(apart, rng)
    search = _Search(apart, x_m, y_m, drawn, lattice)
    best, node, cell = search.highest(None)
    tops = np.empty((draws + 1, len(best)))
    tops[0] = best
    side = lattice.cells.side
    for draw in range(1, draws + 1):
        tops[draw], _, _ = search.highest(rng.integers(0, side, (2, apart.units)))
    spread = tops.std(axis=0)
    told = (tops - tops.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    top = told.max(axis=1)
    p = (1 + int((top[1:] >= top[0]).sum())) / (draws + 1)
    box = int(told[0].argmax())
    start = search.start(int(node[box]), int(cell[box]))
    fit = _refine(apart, x_m, y_m, start, lattice.step_m, tolerance_m)
    near = _contributing(apart, x_m, y_m, fit, tolerance_m, range_m)
    contributing = int(near.sum())
    if p > _LEVEL:
        return _none(apart, units_drawn, 0, p, draws, lattice.largest, NOT_BEYOND_CHANCE)
    if contributing < MIN_CONTRIBUTING:
        reason = (
            f"{contributing} of {apart.units} records have more pairs there than their "
            f"surroundings explain; rotation and scale need {MIN_CONTRIBUTING}"
        )
        return _none(apart, units_drawn, contributing, p, draws, lattice.largest, reason)
    errors, p_of_shift = _errors(apart, x_m, y_m, fit, near, tolerance_m, rng)
    return Similarity(
        fit,
        *errors,
        p=p,
        draws=draws,
        p_of_shift=p_of_shift,
        units=apart.units,
        units_drawn=units_drawn,
        contributing=contributing,
        largest=lattice.largest,
        reason=None,
    )


def held_out_fits(
    apart: Apart,
    x_m: Floats,
    y_m: Floats,
    tolerance_m: float,
    range_m: float,
    rng: np.random.Generator,
) -> Floats:
    """Fit displacement, rotation and scale for every unit without it.

    The units are parted at random into at most 20 folds, and for each of them the whole search
    is repeated on the others: so what is found for a unit owes nothing to it.

    Parameters
    ----------
    apart, x_m, y_m, tolerance_m, range_m, rng
        As for `fit_similarity`.

    Returns
    -------
    ndarray of float, shape (units, 4)
        East, north, stretch and turn as in `Turn`; zeros where the others have no pairs.

    Notes
    -----
    Time: a search of about 1 s for each fold.

    Examples
    --------
    >>> unit, x = np.repeat(np.arange(4), 6), np.repeat([-900.0, -300, 300, 900], 6)
    >>> apart = Apart(unit, np.full(24, 40.0), np.full(24, 20.0), 4)
    >>> fits = held_out_fits(apart, x, x, 10.0, 50.0, np.random.default_rng(1))
    >>> (fits.round(3) + 0.0).tolist() == [[40.0, 20.0, 0.0, 0.0]] * 4
    True
    """
    out = np.zeros((apart.units, 4))
    farthest = float(np.hypot(x_m, y_m).max(initial=0.0))
    if farthest <= 0:
        return out
    lattice = _Lattice.of(tolerance_m, range_m, farthest)
    fold = rng.permutation(apart.units) % min(_FOLDS, apart.units)
    for one in range(int(fold.max(initial=-1)) + 1):
        kept = np.flatnonzero(fold[apart.unit] != one)
        if not len(kept):
            continue
        others = Apart(apart.unit[kept], apart.east_m[kept], apart.north_m[kept], apart.units)
        x, y = x_m[kept], y_m[kept]
        search = _Search(others, x, y, _draw_units(others, rng)[0], lattice)
        best, node, cell = search.highest(None)
        box = int(best.argmax())
        start = search.start(int(node[box]), int(cell[box]))
        fit = _refine(others, x, y, start, lattice.step_m, tolerance_m)
        out[fold == one] = (fit.east_m, fit.north_m, fit.stretch, fit.turn)
    return out


def _none(
    apart: Apart,
    units_drawn: int,
    contributing: int,
    p: float | None,
    draws: int,
    largest: float,
    reason: str,
) -> Similarity:
    return Similarity(
        *(None,) * 5,
        p=p,
        draws=draws,
        p_of_shift=None,
        units=apart.units,
        units_drawn=units_drawn,
        contributing=contributing,
        largest=largest,
        reason=reason,
    )


def _draw_units(apart: Apart, rng: np.random.Generator) -> tuple[Ints, int]:
    """Choose the pairs of a search: of whole units, thinned at random where these are large."""
    count = np.bincount(apart.unit, minlength=apart.units)
    if len(apart) <= _MOST_PAIRS:
        return np.arange(len(apart)), int(np.count_nonzero(count))
    order = rng.permutation(np.flatnonzero(count))
    enough = int(np.searchsorted(np.cumsum(count[order]), _MOST_PAIRS)) + 1
    chosen = order[: max(enough, _FEWEST_UNITS)]
    wanted = np.zeros(apart.units, dtype=bool)
    wanted[chosen] = True
    pairs = np.flatnonzero(wanted[apart.unit])
    if len(pairs) > _MOST_PAIRS:
        pairs = np.sort(rng.permutation(pairs)[:_MOST_PAIRS])
    return pairs, len(chosen)


class _Search:
    """The search over all nodes, ready to be repeated with units moved."""

    def __init__(self, apart: Apart, x_m: Floats, y_m: Floats, pairs: Ints, lattice: _Lattice):
        self.lattice = lattice
        cells = lattice.cells
        self.unit = apart.unit[pairs]
        # In cells, so that a node costs few passes over the pairs.
        self.x, self.y = x_m[pairs] / cells.cell_m, y_m[pairs] / cells.cell_m
        half = cells.side / 2 + 0.5
        self.east = apart.east_m[pairs] / cells.cell_m + half
        self.north = apart.north_m[pairs] / cells.cell_m + half

    def highest(self, by: Ints | None) -> tuple[Floats, Ints, Ints]:
        """Give the highest score over all nodes for each size of box, its node and its cell.

        What leaves the range comes in on the other side, so that no node has more pairs.
        """
        cells = self.lattice.cells
        east, north = self.east, self.north
        if by is not None:
            east, north = east + by[0, self.unit], north + by[1, self.unit]
        best = np.full(len(cells.boxes), -np.inf)
        node, cell = np.zeros((2, len(best)), dtype=np.int64)
        size, mask = cells.side**2, cells.side - 1
        together = max(1, _AT_ONCE // max(size, len(east)))
        for begin in range(0, len(self.lattice.turns), together):
            q = self.lattice.turns[begin : begin + together, None]
            s = self.lattice.stretches[begin : begin + together, None]
            column = np.floor(east - s * self.x - q * self.y).astype(np.int64) & mask
            row = np.floor(north - s * self.y + q * self.x).astype(np.int64) & mask
            code = np.arange(len(q))[:, None] * size + row * cells.side + column
            counts = np.bincount(code.ravel(), minlength=len(q) * size)
            scored = scores(counts.reshape(-1, cells.side, cells.side), cells)
            scored = scored.reshape(len(best), -1)
            at = scored.argmax(axis=1)
            top = scored[np.arange(len(best)), at]
            higher = top > best
            best[higher] = top[higher]
            node[higher], cell[higher] = begin + at[higher] // size, at[higher] % size
        return best, node, cell

    def start(self, node: int, cell: int) -> Turn:
        """Give the node and the middle of the cell as a fit to begin with."""
        row, column = divmod(cell, self.lattice.cells.side)
        east, north = self.lattice.cells.middle_m(column, row)
        return Turn(
            east, north, float(self.lattice.stretches[node]), float(self.lattice.turns[node])
        )


def _refine(
    apart: Apart, x_m: Floats, y_m: Floats, start: Turn, step_m: float, tolerance_m: float
) -> Turn:
    """Fit by least squares with weights that fall to 0 at a width that goes down."""
    fit = start
    widths = (*(share * step_m for share in _WIDE), *(share * tolerance_m for share in _NARROW))
    for width_m in widths:
        # Points that the fit may reach on its way at this width.
        east, north = fit.moves(x_m, y_m)
        near = np.hypot(apart.east_m - east, apart.north_m - north) <= 3 * width_m
        part = _Part(x_m[near], y_m[near], apart.east_m[near], apart.north_m[near])
        ones = np.ones((1, int(near.sum())))
        fit = Turn(*part.fitted(ones, fit, width_m, _ROUNDS)[0].tolist())
    return fit


@dataclass(frozen=True)
class _Part:
    """Pairs near a fit."""

    x: Floats
    y: Floats
    east: Floats
    north: Floats

    def fitted(self, weights: Floats, start: Turn, width_m: float, rounds: int) -> Floats:
        """Repeat weighting and solving from a start; rows of weights are fitted side by side.

        Least squares in closed form: about the weighted means,
        ``s = sum(w (x e + y n)) / sum(w (x**2 + y**2))`` and ``q`` the same with ``y e - x n``.

        Returns
        -------
        ndarray of float, shape (rows, 4)
        """
        at = np.tile([start.east_m, start.north_m, start.stretch, start.turn], (len(weights), 1))
        x, y, east, north = self.x, self.y, self.east, self.north
        square, along, across = x**2 + y**2, x * east + y * north, y * east - x * north
        terms = np.stack([np.ones_like(x), x, y, east, north, square, along, across], axis=1)
        for _ in range(rounds):
            left_east = east - (at[:, 0:1] + at[:, 2:3] * x + at[:, 3:4] * y)
            left_north = north - (at[:, 1:2] + at[:, 2:3] * y - at[:, 3:4] * x)
            share = 1 - (left_east**2 + left_north**2) / width_m**2
            weight = weights * np.maximum(share, 0.0) ** 2
            w, wx, wy, we, wn, ww, wl, wc = np.einsum("rn,nt->tr", weight, terms)
            # Without weight, or all of it in one place, a fit stays where it is.
            total = np.maximum(w, 1e-300)
            mx, my, me, mn = wx / total, wy / total, we / total, wn / total
            extent = ww - w * (mx**2 + my**2)
            firm = (w > 0) & (extent > 1e-9 * np.maximum(ww, 1e-300))
            divisor = np.where(firm, extent, 1.0)
            s = np.where(firm, (wl - w * (mx * me + my * mn)) / divisor, at[:, 2])
            q = np.where(firm, (wc - w * (my * me - mx * mn)) / divisor, at[:, 3])
            moved = np.stack([me - s * mx - q * my, mn - s * my + q * mx, s, q], axis=1)
            at = np.where((w > 0)[:, None], moved, at)
        return at


def _contributing(
    apart: Apart, x_m: Floats, y_m: Floats, fit: Turn, tolerance_m: float, range_m: float
) -> Bools:
    """Mark units with more pairs near the fit than their surroundings explain (Poisson, 5 %)."""
    east, north = fit.moves(x_m, y_m)
    away = np.hypot(apart.east_m - east, apart.north_m - north)
    radius_m, around_m = tolerance_m / 2, min(5 * tolerance_m, range_m)
    inside, around = (
        np.bincount(apart.unit[away <= reach], minlength=apart.units)
        for reach in (radius_m, around_m)
    )
    background = (around - inside) * radius_m**2 / (around_m**2 - radius_m**2)
    return np.asarray((inside > 0) & (stats.poisson.sf(inside - 1, background) < _CHANCE))


def _errors(
    apart: Apart,
    x_m: Floats,
    y_m: Floats,
    fit: Turn,
    near: Bools,
    tolerance_m: float,
    rng: np.random.Generator,
) -> tuple[tuple[float, float, float, float], float]:
    """Draw contributing units again, fit anew from the fit of all, and see how fits scatter."""
    east, north = fit.moves(x_m, y_m)
    away = np.hypot(apart.east_m - east, apart.north_m - north)
    kept = near[apart.unit] & (away <= 2 * tolerance_m)
    part = _Part(x_m[kept], y_m[kept], apart.east_m[kept], apart.north_m[kept])
    k = int(near.sum())
    of = (np.cumsum(near) - 1)[apart.unit[kept]]
    width_m = _NARROW[-1] * tolerance_m
    fits = np.empty((BOOTSTRAP_DRAWS, 4))
    at_once = max(1, 4_000_000 // max(len(of), 1))
    for begin in range(0, BOOTSTRAP_DRAWS, at_once):
        end = min(begin + at_once, BOOTSTRAP_DRAWS)
        weights = rng.multinomial(k, np.full(k, 1 / k), end - begin).astype(np.float64)
        fits[begin:end] = part.fitted(weights[:, of], fit, width_m, _ROUNDS_DRAWN)
    # The bootstrap of K units has (K - 1) / K of the variance.
    covariance = np.cov(fits.T) * k / (k - 1)
    error = np.sqrt(np.diag(covariance))
    turn = np.array([fit.stretch, fit.turn])
    # Rounding leaves a spread where there is none.
    floor = np.eye(2) * (1e-12 + 1e-9 * float(np.abs(turn).max())) ** 2
    wald = float(turn @ np.linalg.solve(covariance[2:, 2:] + floor, turn))
    p_of_shift = float(stats.f.sf(wald * (k - 2) / (2 * (k - 1)), 2, k - 2))
    # Small changes of s and q are those of the factor, and of the angle times the factor.
    cos, sin = math.cos(math.radians(fit.rotation_deg)), math.sin(math.radians(fit.rotation_deg))
    along, across = np.array([cos, sin]), np.array([-sin, cos])
    scale = math.sqrt(max(0.0, float(along @ covariance[2:, 2:] @ along)))
    angle = math.sqrt(max(0.0, float(across @ covariance[2:, 2:] @ across)))
    angle /= 1 + fit.scale_ppm / 1e6
    return (float(error[0]), float(error[1]), math.degrees(angle), scale * 1e6), p_of_shift
