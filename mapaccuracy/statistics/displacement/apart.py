"""Displacement vectors of all pairs within range, on a torus of square cells."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mapaccuracy.errors import SettingsError
from mapaccuracy.schema import Floats, Ints, Settings
from mapaccuracy.schema.settings_checks import MOST_M

# Half-sides of the boxes in which pairs are counted, in tolerances: errors of position that the
# tolerance allows are a half or a quarter of it.
SCALES = (0.25, 0.5)
# Side of the surroundings that say how many pairs to expect, in tolerances.
_SURROUNDINGS = 10.0
# A cell is at most a third of the smallest box, where the most cells allow it.
_CELLS_IN_TOLERANCE = 6.0
_LEAST_SIDE, _MOST_SIDE = 64, 1024
# A cell must not be wider than the larger box is half.
_MOST_TOLERANCES, _LEAST_TOLERANCES = 256.0, 2.0


@dataclass(frozen=True)
class Apart:
    """Pairs of supplied points and finds that lie apart by no more than the range on each axis.

    Attributes
    ----------
    unit : ndarray of int, shape (n,)
        What the supplied point moves with, from 0.
    east_m, north_m : ndarray of float, shape (n,)
        Find minus supplied point.
    units : int
        How many units there are, with pairs or without.
    """

    unit: Ints
    east_m: Floats
    north_m: Floats
    units: int

    def __len__(self) -> int:
        return len(self.unit)


@dataclass(frozen=True)
class Grid:
    """Square cells that cover displacements from -range_m to range_m, east and north.

    Displacements wrap round at the range, so that every cell has neighbours on all sides.
    No displacement is the middle of the cell ``(side // 2, side // 2)``.

    Attributes
    ----------
    range_m : float
    side : int
        Cells along each axis, a power of two.
    boxes : tuple of int
        Sides of the boxes in which pairs are counted, in cells; odd.
    surroundings : int
        Side of the surroundings of a box, in cells; odd.
    """

    range_m: float
    side: int
    boxes: tuple[int, ...]
    surroundings: int

    @property
    def cell_m(self) -> float:
        """Side of a cell."""
        return 2 * self.range_m / self.side

    @classmethod
    def of(cls, tolerance_m: float, range_m: float) -> Grid:
        """Choose cells for a tolerance and a range.

        Parameters
        ----------
        tolerance_m, range_m : float
            Metres.

        Raises
        ------
        SettingsError
            If the range is less than 2 tolerances or more than 256.

        Examples
        --------
        >>> grid = Grid.of(10.0, 200.0)
        >>> grid.side, grid.cell_m, grid.boxes, grid.surroundings
        (256, 1.5625, (3, 7), 65)
        """
        if not _LEAST_TOLERANCES * tolerance_m <= range_m <= _MOST_TOLERANCES * tolerance_m:
            raise SettingsError(_unfit(tolerance_m, range_m))
        wanted = 2 * range_m * _CELLS_IN_TOLERANCE / tolerance_m
        side = 2 ** math.ceil(math.log2(wanted))
        side = min(max(side, _LEAST_SIDE), _MOST_SIDE)
        cell_m = 2 * range_m / side
        boxes = sorted({_odd(2 * share * tolerance_m / cell_m) for share in SCALES})
        around = _odd(min(_SURROUNDINGS * tolerance_m, range_m) / cell_m)
        return cls(range_m, side, tuple(boxes), max(around, boxes[-1] + 2))

    def cells(self, east_m: Floats, north_m: Floats) -> tuple[Ints, Ints]:
        """Tell the column and the row of the cell of each displacement, shape (n,)."""
        column, row = (
            np.floor((values + self.range_m) / self.cell_m + 0.5).astype(np.int64) & self.side - 1
            for values in (east_m, north_m)
        )
        return column, row

    def counts(self, column: Ints, row: Ints) -> Ints:
        """Count displacements by cell, shape (side, side): rows from south to north."""
        size = self.side
        return np.bincount(row * size + column, minlength=size * size).reshape(size, size)

    def middle_m(self, column: int, row: int) -> tuple[float, float]:
        """Give the displacement in the middle of a cell, east and north."""
        half = self.side // 2
        return (column - half) * self.cell_m, (row - half) * self.cell_m


def _unfit(tolerance_m: float, range_m: float) -> str:
    """Say which ranges, of those that settings allow, go with a tolerance."""
    least_m = _LEAST_TOLERANCES * tolerance_m
    most_m = min(_MOST_TOLERANCES * tolerance_m, MOST_M)
    default = ", the default," if range_m == Settings.range_m else ""
    told = f"range_m is {range_m:.10g} m{default} at a tolerance of {tolerance_m:.10g} m; "
    if least_m > most_m:
        return f"{told}give a tolerance of at most {MOST_M / _LEAST_TOLERANCES:.10g} m."
    return f"{told}give a range from {least_m:.10g} to {most_m:.10g} m, or another tolerance."


def _odd(cells: float) -> int:
    """Round to the nearest odd number of cells, 1 or more."""
    return 2 * max(0, round((cells - 1) / 2)) + 1


def box_sums(counts: Ints, side: int) -> Ints:
    """Sum over the box around every cell of a torus.

    Parameters
    ----------
    counts : ndarray of int, shape (..., n, n)
    side : int
        Of the box in cells; odd, less than n.

    Returns
    -------
    ndarray of int, shape (..., n, n)

    Examples
    --------
    >>> one = np.zeros((4, 4), dtype=np.int64)
    >>> one[0, 1] = 2
    >>> box_sums(one, 3)
    array([[2, 2, 2, 0],
           [2, 2, 2, 0],
           [0, 0, 0, 0],
           [2, 2, 2, 0]])
    """
    return _box_of(_summed(counts, side // 2), side, side // 2)


def _summed(counts: Ints, half: int) -> Ints:
    """Sum a torus from its corner on, with so many cells of the other side on every side."""
    padding = [(0, 0)] * (counts.ndim - 2) + [(half + 1, half)] * 2
    total = np.pad(counts, padding, mode="wrap")
    for axis in (-1, -2):
        np.cumsum(total, axis=axis, out=total)
    return total


def _box_of(summed: Ints, side: int, half: int) -> Ints:
    """Sum over the box around every cell: differences of four corners."""
    n, reach = summed.shape[-1] - 2 * half - 1, side // 2
    upper = slice(half + 1 + reach, half + 1 + reach + n)
    lower = slice(half - reach, half - reach + n)
    out: Ints = summed[..., upper, upper] - summed[..., lower, upper]
    out -= summed[..., upper, lower]
    out += summed[..., lower, lower]
    return out


def scores(counts: Ints, grid: Grid) -> Floats:
    """Score every cell as the middle of a peak, for each size of box.

    With c pairs in the box and b expected there by the surroundings without the box, the score
    is ``(c - b) / sqrt(b + 1)``: pairs above background in units of their spread if pairs were
    independent; the 1 keeps empty surroundings from scoring.

    Parameters
    ----------
    counts : ndarray of int, shape (side, side)
    grid : Grid

    Returns
    -------
    ndarray of float, shape (boxes, side, side)

    Examples
    --------
    >>> grid = Grid(8.0, 16, (1,), 5)
    >>> counts = np.zeros((16, 16), dtype=np.int64)
    >>> counts[8, 8] = 9
    >>> float(scores(counts, grid)[0, 8, 8])
    9.0
    """
    half = grid.surroundings // 2
    summed = _summed(counts, half)
    around = _box_of(summed, grid.surroundings, half)
    out = np.empty((len(grid.boxes), *counts.shape))
    for index, side in enumerate(grid.boxes):
        inside = _box_of(summed, side, half)
        share = side**2 / (grid.surroundings**2 - side**2)
        background = (around - inside) * share
        out[index] = (inside - background) / np.sqrt(background + 1)
    return out
