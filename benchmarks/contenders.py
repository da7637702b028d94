"""Match in memory with one contender: ``python -m benchmarks.contenders NAME FOLDER``.

Prints ``{"seconds", "pairs"}`` as JSON. Timed is the call alone: reading, projecting and
building GeoDataFrames come before, and so does a call on the first points, which
pays for imports that a library puts off.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

TOLERANCE_M = 10.0
UNIFORM_TOLERANCE_M = 1.5
_FEW = 2_000

Prepared = tuple[Callable[[], object], Callable[[object], int], Callable[[], object]]


def _points(folder: Path, kind: str) -> tuple[np.ndarray, np.ndarray]:
    return np.load(folder / f"supplied_{kind}.npy"), np.load(folder / f"finds_{kind}.npy")


def ours(folder: Path) -> Prepared:
    from mapaccuracy import match

    a, b = _points(folder, "lonlat")
    return (
        lambda: match(a, b, TOLERANCE_M, lonlat=True),
        lambda found: len(found.supplied),
        lambda: match(a[:_FEW], b[:_FEW], TOLERANCE_M, lonlat=True),
    )


def ours_uniform(folder: Path) -> Prepared:
    from mapaccuracy import match

    a, b = _points(folder, "metres")
    return (
        lambda: match(a, b, UNIFORM_TOLERANCE_M),
        lambda found: len(found.supplied),
        lambda: match(a[:_FEW], b[:_FEW], UNIFORM_TOLERANCE_M),
    )


def sjoin_nearest(folder: Path) -> Prepared:
    import geopandas as gpd

    from benchmarks.inputs import PLANE

    a, b = (
        gpd.GeoDataFrame(geometry=gpd.points_from_xy(xy[:, 0], xy[:, 1]), crs=PLANE)
        for xy in _points(folder, "metres")
    )

    def join(left: gpd.GeoDataFrame, right: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        return gpd.sjoin_nearest(
            left, right, how="inner", max_distance=TOLERANCE_M, distance_col="distance_m"
        )

    return lambda: join(a, b), len, lambda: join(a.iloc[:_FEW], b.iloc[:_FEW])


def sklearn_nearest(folder: Path) -> Prepared:
    from sklearn.neighbors import NearestNeighbors

    a, b = _points(folder, "metres")

    def nearest(left: np.ndarray, right: np.ndarray) -> np.ndarray:
        tree = NearestNeighbors(n_neighbors=1, algorithm="kd_tree", n_jobs=-1).fit(right)
        distance, _ = tree.kneighbors(left)
        return distance[:, 0] <= TOLERANCE_M

    return lambda: nearest(a, b), np.count_nonzero, lambda: nearest(a[:_FEW], b[:_FEW])


CONTENDERS = {
    "ours": ours,
    "ours_uniform": ours_uniform,
    "sjoin_nearest": sjoin_nearest,
    "sklearn_nearest": sklearn_nearest,
}


def main() -> None:
    call, pairs, call_few = CONTENDERS[sys.argv[1]](Path(sys.argv[2]))
    call_few()
    start = time.perf_counter()
    found = call()
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "pairs": int(pairs(found))}))


if __name__ == "__main__":
    main()
