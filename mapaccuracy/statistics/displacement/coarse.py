"""The displacement histogram in cells so coarse that no single pair can be read off."""

from __future__ import annotations

import numpy as np

from mapaccuracy.schema import Histogram
from mapaccuracy.statistics.displacement.apart import Apart

LEAST_PAIRS = 5
_CELLS = 40
NO_PAIRS = "no pairs within range"
TOO_FEW_UNITS = "fewer than 5 records have a find within range"


def coarse_histogram(apart: Apart, tolerance_m: float, range_m: float) -> Histogram:
    """Count displacements in coarse cells; what few units make up is withheld, also nothing.

    Cells are no narrower than the tolerance, and at most 40 along each axis.

    Parameters
    ----------
    apart : Apart
    tolerance_m, range_m : float
        Metres.

    Returns
    -------
    Histogram
        Without counts if fewer than 5 units have a pair.

    Examples
    --------
    >>> at = np.repeat([3.0, -65.0], [30, 2])
    >>> told = coarse_histogram(Apart(np.arange(32) % 6, at, at, 6), 10.0, 200.0)
    >>> told.cell_m, told.counts[20][20], told.counts[13][13], told.counts[0][0]
    (10.0, 30, None, None)
    """
    if len(np.unique(apart.unit)) < LEAST_PAIRS:
        reason = TOO_FEW_UNITS if len(apart) else NO_PAIRS
        return Histogram(None, range_m, (), LEAST_PAIRS, reason)
    side = max(2, min(_CELLS, int(2 * range_m / tolerance_m) // 2 * 2))
    edges = np.linspace(-range_m, range_m, side + 1)
    counts, _, _ = np.histogram2d(apart.north_m, apart.east_m, bins=(edges, edges))
    # Of one unit, and so of all that few make up, the outline of a record would show.
    column, row = (
        np.clip(np.searchsorted(edges, values, side="right") - 1, 0, side - 1)
        for values in (apart.east_m, apart.north_m)
    )
    cells = np.unique(np.column_stack([row * side + column, apart.unit]), axis=0)[:, 0]
    units = np.bincount(cells, minlength=side * side).reshape(side, side)
    counts, shown = counts.astype(np.int64), units >= LEAST_PAIRS
    rows = tuple(
        tuple(int(c) if k else None for c, k in zip(*both, strict=True))
        for both in zip(counts, shown, strict=True)
    )
    return Histogram(2 * range_m / side, range_m, rows, LEAST_PAIRS, None)
