"""Whether pairs stand at no displacement at all, once a mistake is undone."""

from __future__ import annotations

import numpy as np

from mapaccuracy.schema import Floats
from mapaccuracy.statistics.displacement.apart import Apart, Grid, box_sums

# Cells of all units that are held at one time.
_CELLS_AT_ONCE = 4_000_000


def standing(
    apart: Apart, grid: Grid, draws: int, rng: np.random.Generator
) -> tuple[float, Floats]:
    """Score how many pairs stand at no displacement, and where every unit is moved at random.

    With c pairs in the box around no displacement and e expected anywhere within range, the score
    is ``(c - e) / sqrt(e + 1)``, the highest over the sizes of box.

    Parameters
    ----------
    apart : Apart
        Of the map with the mistake undone.
    grid : Grid
    draws : int
    rng : numpy.random.Generator

    Returns
    -------
    observed : float
        0 without pairs.
    drawn : ndarray of float, shape (draws,)
        The same where every unit is moved by a vector of its own, even over the range.

    Notes
    -----
    Memory: some 4 million cells at a time.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> unit, at = np.repeat(np.arange(10), 12), rng.uniform(-100, 100, (120, 2))
    >>> at[::2] = 0.0
    >>> observed, drawn = standing(Apart(unit, *at.T, 10), Grid.of(10.0, 100.0), 99, rng)
    >>> bool(observed > drawn.max())
    True
    """
    if not len(apart):
        return 0.0, np.zeros(draws)
    column, row = grid.cells(apart.east_m, apart.north_m)
    held, unit = np.unique(apart.unit, return_inverse=True)
    order = np.argsort(unit, kind="stable")
    column, row, unit = column[order], row[order], unit[order]
    cells, middle = grid.side**2, grid.side // 2 * (grid.side + 1)
    step = max(1, _CELLS_AT_ONCE // cells)
    # Draws last: so the same unit gets the same vectors whatever the chunks are.
    where = rng.integers(0, cells, (len(held), draws))
    inside = np.zeros((len(grid.boxes), draws + 1))
    for first in range(0, len(held), step):
        last = min(first + step, len(held))
        begin, end = np.searchsorted(unit, [first, last])
        code = (unit[begin:end] - first) * cells + row[begin:end] * grid.side + column[begin:end]
        table = np.bincount(code, minlength=(last - first) * cells)
        counts = table.reshape(last - first, grid.side, grid.side)
        for box, side in enumerate(grid.boxes):
            sums = box_sums(counts, side).reshape(last - first, cells)
            inside[box, 0] += sums[:, middle].sum()
            inside[box, 1:] += np.take_along_axis(sums, where[first:last], axis=1).sum(axis=0)
    expected = len(apart) * np.array(grid.boxes)[:, None] ** 2 / cells
    score = ((inside - expected) / np.sqrt(expected + 1)).max(axis=0)
    return float(score[0]), score[1:]


def p_of_fixed(observed: Floats, drawn: Floats) -> Floats:
    """Tell how often the best of all hypotheses scores as high by chance as each one does.

    Parameters
    ----------
    observed : ndarray of float, shape (k,)
        Score of each hypothesis.
    drawn : ndarray of float, shape (k, draws)
        Of the same hypotheses where units are moved at random.

    Returns
    -------
    ndarray of float, shape (k,)
        ``(b + 1) / (draws + 1)``, where b counts the draws in which the highest score over all k
        is at least as high: single-step maximum (Westfall and Young 1993), so that they hold for
        all k together.

    Examples
    --------
    >>> p_of_fixed(np.array([9.0, 1.0]), np.array([[0.0, 1, 2], [2, 0, 1]])).tolist()
    [0.25, 1.0]
    """
    highest = np.sort(drawn.max(axis=0))
    beaten = len(highest) - np.searchsorted(highest, observed)
    return np.asarray((beaten + 1) / (len(highest) + 1))
