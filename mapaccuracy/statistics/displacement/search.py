"""Search for one common displacement of all units, and what the search finds by chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mapaccuracy.schema import Floats, Ints
from mapaccuracy.statistics.displacement.apart import Apart, Grid, scores

_LEVEL = 0.05
_FINER = 0.6


@dataclass(frozen=True)
class Found:
    """The highest peak within range, against chance.

    Attributes
    ----------
    p : float
        ``(b + 1) / (draws + 1)``, where b counts the draws whose best peak scores as high.
    box : int
        Which size of box: the smallest one that scores at least 0.6 of the highest score. Errors
        wider than a box take it below that; rows of mines, whose neighbours a larger box counts
        as well, do not.
    score : ndarray of float, shape (side, side)
        Of every cell, for that box.
    highest : float
        Pairs above background at the highest peak.
    highest_by_chance : float
        The same at the highest peak of the draws, 95th percentile.
    draws : int
    """

    p: float
    box: int
    score: Floats
    highest: float
    highest_by_chance: float
    draws: int


def search(apart: Apart, grid: Grid, draws: int, rng: np.random.Generator) -> Found | None:
    """Search all displacements within range, and repeat the search where none is shared.

    In each draw the displacements of every unit are moved by a vector of its own, even over the
    torus of the range: what is within a unit stays, what units share goes. The statistic of a
    search is the highest score over all cells and sizes of box, each size in units of its spread
    over all draws (the map as supplied counted among them), so that
    ``p = (b + 1) / (draws + 1)`` holds exactly for units that share nothing.

    Parameters
    ----------
    apart : Apart
    grid : Grid
    draws : int
        1 or more.
    rng : numpy.random.Generator

    Returns
    -------
    Found or None
        None if there are no pairs.

    Notes
    -----
    Time: about a pass over all pairs for each draw, and 3 ms for 256 x 256 cells. Source of p:
    Monte-Carlo tests (Davison and Hinkley, Bootstrap Methods, section 4.2).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> unit = np.repeat(np.arange(10), 12)
    >>> spread = rng.uniform(-100, 100, (120, 2))
    >>> spread[::2] = (40.0, -30.0)
    >>> grid = Grid.of(10.0, 100.0)
    >>> found = search(Apart(unit, *spread.T, 10), grid, 19, rng)
    >>> row, column = np.unravel_index(found.score.argmax(), found.score.shape)
    >>> found.p, [round(float(m)) for m in grid.middle_m(column, row)]
    (0.05, [39, -31])
    """
    if not len(apart):
        return None
    column, row = grid.cells(apart.east_m, apart.north_m)
    observed = scores(grid.counts(column, row), grid)
    best = np.empty((draws + 1, len(grid.boxes)))
    excess = np.empty((draws, len(grid.boxes)))
    best[0] = observed.max(axis=(1, 2))
    moved = _Moved(grid, apart.unit, column, row)
    for draw in range(1, draws + 1):
        counts = moved.counts(rng.integers(0, grid.side, (2, apart.units)))
        drawn = scores(counts, grid)
        best[draw] = drawn.max(axis=(1, 2))
        excess[draw - 1] = [
            _above_background(counts, grid, box, int(drawn[box].argmax()))
            for box in range(len(grid.boxes))
        ]
    spread = best.std(axis=0)
    told = (best - best.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    top = told.max(axis=1)
    p = (1 + int((top[1:] >= top[0]).sum())) / (draws + 1)
    box = int(np.argmax(best[0] >= _FINER * best[0].max()))
    high = float(np.quantile(excess[:, box], 1 - _LEVEL, method="higher"))
    cell = int(observed[box].argmax())
    highest = _above_background(grid.counts(column, row), grid, box, cell)
    return Found(p, box, observed[box], highest, high, draws)


class _Moved:
    """Cells of pairs with every unit moved; work space is kept, as new memory takes longer."""

    def __init__(self, grid: Grid, unit: Ints, column: Ints, row: Ints) -> None:
        self.grid, self.unit, self.column, self.row = grid, unit, column, row
        self.cell, self.other = np.empty((2, len(unit)), dtype=np.int64)

    def counts(self, by: Ints) -> Ints:
        """Count pairs by cell with every unit moved by whole cells, shape (2, units)."""
        side, cell, other = self.grid.side, self.cell, self.other
        np.take(by[1], self.unit, out=cell)
        cell += self.row
        cell &= side - 1
        cell *= side
        np.take(by[0], self.unit, out=other)
        other += self.column
        other &= side - 1
        cell += other
        return np.bincount(cell, minlength=side * side).reshape(side, side)


def _above_background(counts: Ints, grid: Grid, box: int, cell: int) -> float:
    """Count pairs in the box around one cell, less those that its surroundings explain."""
    row, column = divmod(cell, grid.side)
    inside, around = (
        int(
            counts[
                np.ix_(
                    np.arange(row - side // 2, row + side // 2 + 1) % grid.side,
                    np.arange(column - side // 2, column + side // 2 + 1) % grid.side,
                )
            ].sum()
        )
        for side in (grid.boxes[box], grid.surroundings)
    )
    share = grid.boxes[box] ** 2 / (grid.surroundings**2 - grid.boxes[box] ** 2)
    return inside - (around - inside) * share
