"""Find the move of a map: ours, and what a user would try instead.

Every contender is a function ``(supplied, finds, record) -> Answer`` of planar metres. All look
within `RANGE_M` and take `TOLERANCE_M` as the distance at which a find may confirm a point.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree

if TYPE_CHECKING:
    from mapaccuracy.displacement import Diagnosis

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

RANGE_M = 200.0
TOLERANCE_M = 10.0
DRAWS = 99
_RASTER_M = 2.0
_HISTOGRAM_M = 5.0
_ICP_WITHIN_M = (RANGE_M, RANGE_M / 2, RANGE_M / 4, 2 * TOLERANCE_M, TOLERANCE_M)
_ICP_ROUNDS = 200
# What a search on a grid or a raster finds is settled by pairs as close as this.
_CLOSE_M = TOLERANCE_M / 4
_ICP_SETTLED_M = 1e-3
_RANSAC_TRIALS = 1000
_SEED = 20240607


@dataclass(frozen=True)
class Answer:
    """What a contender says.

    Attributes
    ----------
    move : ndarray, shape (2,), or None
        To be added to supplied positions, metres east and north; None: none is claimed.
    alternatives : tuple of ndarray
        Moves that it says cannot be told from that one.
    verdict : str
        In its own words; "" if it has none.
    """

    move: Floats | None
    alternatives: tuple[Floats, ...] = ()
    verdict: str = ""


Contender = Callable[[Floats, Floats, Ints], Answer]


def matched_share(supplied: Floats, finds: Floats, move: Floats) -> float:
    """Share of the supplied points with a find within tolerance after the move.

    Examples
    --------
    >>> points = np.array([[0.0, 0.0], [50.0, 0.0]])
    >>> matched_share(points, np.array([[30.0, 5.0]]), np.array([30.0, 0.0]))
    0.5
    """
    apart, _ = KDTree(finds).query(supplied + move)
    return float((apart <= TOLERANCE_M).mean())


def nearest_mean(supplied: Floats, finds: Floats, _record: Ints) -> Answer:
    """Mean offset from each point to its nearest find, where one is within range."""
    return Answer(_to_nearest(supplied, finds).mean(axis=0))


def nearest_median(supplied: Floats, finds: Floats, _record: Ints) -> Answer:
    """Median offset, east and north, from each point to its nearest find."""
    return Answer(np.median(_to_nearest(supplied, finds), axis=0))


def _to_nearest(supplied: Floats, finds: Floats) -> Floats:
    apart, nearest = KDTree(finds).query(supplied)
    return (finds[nearest] - supplied)[apart <= RANGE_M]


def _followed(tree: KDTree, supplied: Floats, move: Floats, within_m: float) -> Floats:
    """Move on by the mean offset to the nearest finds, until it settles."""
    for _ in range(_ICP_ROUNDS):
        at = supplied + move
        apart, nearest = tree.query(at, distance_upper_bound=within_m)
        near = np.isfinite(apart)
        if not near.any():
            break
        step = (tree.data[nearest[near]] - at[near]).mean(axis=0)
        move = move + step
        if np.hypot(*step) < _ICP_SETTLED_M:
            break
    return move


def icp(supplied: Floats, finds: Floats, _record: Ints) -> Answer:
    """Iterative closest point from the map as supplied, a move alone, pairs ever closer."""
    tree, move = KDTree(finds), np.zeros(2)
    for within_m in _ICP_WITHIN_M:
        move = _followed(tree, supplied, move, within_m)
    return Answer(move)


class _Translation:
    """A move, as scikit-image wants a model."""

    move: Floats

    @classmethod
    def from_estimate(cls, offsets: Floats) -> _Translation:
        model = cls()
        model.move = offsets.mean(axis=0)
        return model

    def residuals(self, offsets: Floats) -> Floats:
        return np.hypot(*(offsets - self.move).T)


def ransac(supplied: Floats, finds: Floats, _record: Ints) -> Answer:
    """RANSAC of scikit-image for a move, over each point and its nearest find."""
    from skimage.measure import ransac as skimage_ransac

    model, _ = skimage_ransac(
        _to_nearest(supplied, finds),
        _Translation,
        min_samples=1,
        residual_threshold=TOLERANCE_M / 2,
        max_trials=_RANSAC_TRIALS,
        rng=_SEED,
    )
    return Answer(None if model is None else model.move)


def _raster(xy: Floats, low: Floats, shape: tuple[int, int]) -> Floats:
    cell = np.floor((xy - low) / _RASTER_M).astype(int)
    flat = np.ravel_multi_index((cell[:, 1], cell[:, 0]), shape)
    return np.bincount(flat, minlength=shape[0] * shape[1]).reshape(shape).astype(float)


def _correlation(supplied: Floats, finds: Floats, normalization: str | None) -> Answer:
    from skimage.registration import phase_cross_correlation

    both = np.concatenate([supplied, finds])
    low = both.min(axis=0)
    # A border as wide as the range: what leaves on one side must not come in on the other.
    columns, rows = (np.ceil((np.ptp(both, axis=0) + RANGE_M) / _RASTER_M) + 1).astype(int)
    shape = (int(rows), int(columns))
    move, _, _ = phase_cross_correlation(
        _raster(finds, low, shape),
        _raster(supplied, low, shape),
        upsample_factor=4,
        normalization=normalization,
    )
    return Answer(np.array([move[1], move[0]], dtype=float) * _RASTER_M)


def phase_correlation(supplied: Floats, finds: Floats, _record: Ints) -> Answer:
    """Phase correlation of scikit-image, of rasters that count points in cells of 2 m."""
    return _correlation(supplied, finds, "phase")


def cross_correlation(supplied: Floats, finds: Floats, _record: Ints) -> Answer:
    """Cross-correlation of scikit-image, of the same rasters."""
    return _correlation(supplied, finds, None)


def grid(supplied: Floats, finds: Floats, _record: Ints) -> Answer:
    """Moves 10 m apart by points within tolerance; round the best, closer and stricter."""
    tree = KDTree(finds)

    def best(centre: Floats, reach_m: float, step_m: float, within_m: float) -> Floats:
        axis = np.arange(-reach_m, reach_m + step_m / 2, step_m)
        moves = centre + np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
        counts = [
            np.isfinite(tree.query(supplied + move, distance_upper_bound=within_m)[0]).sum()
            for move in moves
        ]
        most = np.flatnonzero(np.array(counts) == max(counts))
        return moves[most[np.hypot(*moves[most].T).argmin()]]

    move = best(np.zeros(2), RANGE_M, TOLERANCE_M, TOLERANCE_M)
    move = best(move, TOLERANCE_M, _CLOSE_M / 2, _CLOSE_M)
    return Answer(_followed(tree, supplied, move, _CLOSE_M))


def histogram(supplied: Floats, finds: Floats, _record: Ints) -> Answer:
    """All pairs within range as offsets, in cells of 5 m: the fullest, then settled."""
    tree, reach_m = KDTree(finds), RANGE_M * 2**0.5
    near = KDTree(supplied).sparse_distance_matrix(tree, reach_m, output_type="ndarray")
    apart = finds[near["j"]] - supplied[near["i"]]
    edges = np.arange(-RANGE_M, RANGE_M + _HISTOGRAM_M / 2, _HISTOGRAM_M)
    counts, _, _ = np.histogram2d(apart[:, 0], apart[:, 1], bins=(edges, edges))
    fullest = np.array(np.unravel_index(counts.argmax(), counts.shape))
    move = edges[fullest] + _HISTOGRAM_M / 2
    for within_m in (_HISTOGRAM_M, _CLOSE_M):
        move = _followed(tree, supplied, move, within_m)
    return Answer(move)


def ours(supplied: Floats, finds: Floats, record: Ints) -> Answer:
    """``mapaccuracy diagnose``, all ground searched, defaults but for the number of draws."""
    import pandas as pd

    from mapaccuracy import Settings
    from mapaccuracy.displacement import diagnose

    digits = len(str(max(len(supplied), len(finds))))
    found = diagnose(
        pd.DataFrame(
            {
                "id": [f"S{i:0{digits}d}" for i in range(len(supplied))],
                "x": supplied[:, 0],
                "y": supplied[:, 1],
                "record_id": [f"R{i:04d}" for i in record],
            }
        ),
        pd.DataFrame(
            {
                "id": [f"F{i:0{digits}d}" for i in range(len(finds))],
                "x": finds[:, 0],
                "y": finds[:, 1],
            }
        ),
        settings=Settings(
            crs="local",
            tolerance_m=TOLERANCE_M,
            range_m=RANGE_M,
            assume_searched=True,
            draws=DRAWS,
        ),
    )
    return Answer(
        _claimed(found),
        tuple(np.array([peak.east_m, peak.north_m]) for peak in found.displacement.alternatives),
        found.verdict,
    )


def _claimed(found: Diagnosis) -> Floats | None:
    """Read off the move that the verdict stands for."""
    if found.verdict == "as_supplied":
        return np.zeros(2)
    if found.verdict == "displaced":
        move: Any = found.displacement
    elif found.verdict == "explained":
        move = found.hypotheses[0].move
    else:
        return None
    return None if move.east_m is None else np.array([move.east_m, move.north_m])


OURS = "ours"
CONTENDERS: dict[str, Contender] = {
    OURS: ours,
    "nearest, mean": nearest_mean,
    "nearest, median": nearest_median,
    "ICP": icp,
    "RANSAC": ransac,
    "phase correlation": phase_correlation,
    "cross-correlation": cross_correlation,
    "grid": grid,
    "fullest cell": histogram,
}
