"""Worlds in which a map is displaced by a known move, and worlds in which it knows nothing.

Planar metres; everything is SYNTHETIC and fitted to no country. Nothing of the package makes a
world, so that the package cannot flatter itself.

``python -m benchmarks.displaced_worlds POINTS FOLDER`` writes the files of a large one.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from validity.worlds import ROWS_APART_M, SPACING_M, rows_of, turned

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Layout = Literal["random headings", "all parallel", "scattered"]

LAYOUTS: tuple[Layout, ...] = ("random headings", "all parallel", "scattered")
NOISE_M = 1.0
FARTHEST_M = 150.0
_BOX_M = 60.0  # half side: single finds without a point, and scattered mines, lie in such a box
_PER_SIDE_M = 400.0  # ground a record has to itself is a square of this side, on average
_HEADING = 0.6  # of parallel rows, radians: no axis of any raster or grid

# The move of the large world, metres east and north.
LARGE_MOVE_M = (-62.0, 88.0)


@dataclass(frozen=True)
class Kind:
    """What to simulate.

    Attributes
    ----------
    layout : {"random headings", "all parallel", "scattered"}
    records : int
    missing : float
        Share of the supplied points of true records that have no find.
    spurious : float
        With `whole`, share of the records that have no field behind them, and as many fields
        that are on no map. Else finds near the records that belong to no supplied point, as a
        share of the supplied points.
    whole : bool
    related : bool
        False: records and fields know nothing of each other.
    """

    layout: Layout
    records: int
    missing: float = 0.0
    spurious: float = 0.0
    whole: bool = False
    related: bool = True


@dataclass(frozen=True)
class World:
    """A map, finds, and the truth.

    Attributes
    ----------
    supplied : ndarray, shape (n, 2)
        Metres east and north.
    record : ndarray of int, shape (n,)
    finds : ndarray, shape (m, 2)
    move : ndarray, shape (2,), or None
        What must be added to supplied positions; None where no move is right.
    """

    supplied: Floats
    record: Ints
    finds: Floats
    move: Floats | None


def _field(rng: np.random.Generator, layout: Layout, centre: Floats) -> Floats:
    rows, mines = int(rng.integers(1, 4)), int(rng.integers(8, 25))
    if layout == "scattered":
        return centre + rng.uniform(-_BOX_M, _BOX_M, (rows * mines, 2))
    heading = _HEADING if layout == "all parallel" else rng.uniform(0, np.pi)
    return centre + turned(rows_of(rows, mines, SPACING_M, ROWS_APART_M), heading)


def _share(rng: np.random.Generator, n: int, share: float) -> npt.NDArray[np.bool_]:
    """Choose a share of n at random, exactly (by rounding)."""
    chosen = np.zeros(n, dtype=bool)
    chosen[rng.permutation(n)[: round(share * n)]] = True
    return chosen


def make(kind: Kind, rng: np.random.Generator) -> World:
    """Make a world; the same generator gives the same world.

    Examples
    --------
    >>> world = make(Kind("scattered", 12), np.random.default_rng(0))
    >>> bool(np.abs(world.finds - (world.supplied + world.move)).max() < 5 * NOISE_M)
    True
    """
    side = _PER_SIDE_M * kind.records**0.5
    centres = rng.uniform(0, side, (kind.records, 2))
    records = [_field(rng, kind.layout, centre) for centre in centres]
    # An equal draw for every kind, so that worlds of one seed differ in what is asked alone.
    move = rng.uniform(-FARTHEST_M, FARTHEST_M, 2)
    supplied = np.concatenate(records)
    record = np.repeat(np.arange(kind.records), [len(points) for points in records])
    if not kind.related:
        fields = [_field(rng, kind.layout, rng.uniform(0, side, 2)) for _ in range(kind.records)]
        return World(supplied, record, np.concatenate(fields), None)
    empty = np.zeros(kind.records, dtype=bool)
    others = np.empty((0, 2))
    if kind.whole and kind.spurious:
        empty = _share(rng, kind.records, kind.spurious)
        where = rng.uniform(0, side, (int(empty.sum()), 2))
        others = np.concatenate([_field(rng, kind.layout, centre) for centre in where])
    elif kind.spurious:
        near = centres[rng.integers(0, kind.records, round(kind.spurious * len(supplied)))]
        others = near + rng.uniform(-_BOX_M, _BOX_M, near.shape)
    mined = np.flatnonzero(~empty[record])
    mined = mined[~_share(rng, mined.size, kind.missing)]
    finds = supplied[mined] + rng.normal(0, NOISE_M, (mined.size, 2))
    return World(supplied - move, record, np.concatenate([finds, others]), move)


def large(points: int, folder: Path) -> None:
    """Write the files of a map of so many points, a quarter of its records true, moved."""
    from pyproj import Geod

    from benchmarks.inputs import scenario
    from mapaccuracy.simulate import simulate

    made = simulate(scenario("records", points))
    supplied = made.supplied
    # East and north of every point itself: a move in one plane would turn with the meridians.
    back = np.degrees(np.arctan2(-LARGE_MOVE_M[0], -LARGE_MOVE_M[1]))
    supplied["lon"], supplied["lat"], _ = Geod(ellps="WGS84").fwd(
        supplied["lon"].to_numpy(),
        supplied["lat"].to_numpy(),
        np.full(len(supplied), back),
        np.full(len(supplied), np.hypot(*LARGE_MOVE_M)),
    )
    folder.mkdir(parents=True, exist_ok=True)
    supplied.round({"lon": 8, "lat": 8}).to_csv(folder / "supplied.csv", index=False)
    made.finds.to_csv(folder / "finds.csv", index=False)
    made.searched.to_file(folder / "searched.geojson", driver="GeoJSON")
    made.districts.to_file(folder / "districts.geojson", driver="GeoJSON")


if __name__ == "__main__":
    large(int(sys.argv[1]), Path(sys.argv[2]))
