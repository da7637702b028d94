"""Make the inputs of one size, all contenders the same points: ``python -m benchmarks.inputs``.

Runs as a process of its own, so that the memory it takes is nobody's.

One folder a size: ``supplied.csv``, ``finds.csv``, ``searched.geojson`` and
``districts.geojson`` for whole processes; ``*_lonlat.npy`` and ``*_metres.npy`` (projected,
azimuthal equidistant) for matching in memory; ``*.fits`` for STILTS where it is installed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

from mapaccuracy.simulate import ORIGIN_LAT, ORIGIN_LON, Scenario, simulate

MINES_PER_FIELD = 200
PLANE = f"+proj=aeqd +lat_0={ORIGIN_LAT} +lon_0={ORIGIN_LON} +datum=WGS84 +units=m"

# Where rows stand in a file decides how well a nearest-neighbour search uses the cache.
SHUFFLED = "-shuffled"

# Where the true quarter of the supplied points lies. "points": a quarter of every field was
# recorded, point by point, and the other records have no field behind them. "records": a
# quarter of the records is true as a whole, and three quarters of the fields are unmapped.
_LAYOUTS = {
    "points": lambda fields: {
        "records": fields + fields * 3 // 4,
        "unmapped_fields": 0,
        "true_share": fields / (fields + fields * 3 // 4),
        "unrecorded_share": 0.75,
    },
    "records": lambda fields: {
        "records": fields,
        "unmapped_fields": fields * 3 // 4,
        "true_share": 0.25,
        "unrecorded_share": 0.0,
    },
}


def scenario(layout: str, points: int) -> Scenario:
    """As many finds as supplied points; 25 % of them belong together, 3 m apart per axis."""
    return Scenario(
        seed=20,
        rows=4,
        mines_per_row=MINES_PER_FIELD // 4,
        spacing_m=6.0,
        row_distance_m=6.0,
        record_bias_m=0.0,
        point_noise_m=3.0,
        find_noise_m=0.0,
        missing_share=0.0,
        searched_share=1.0,
        half_share=0.0,
        margin_share=1.0,
        uxo_per_site=0.0,
        **_LAYOUTS[layout](points // MINES_PER_FIELD),
    )


def minefields(layout: str, points: int, folder: Path) -> None:
    from pyproj import Transformer

    shuffled = layout.endswith(SHUFFLED)
    made = simulate(scenario(layout.removesuffix(SHUFFLED), points))
    points_of = {
        role: frame.sample(frac=1, random_state=seed) if shuffled else frame
        for seed, (role, frame) in enumerate(
            {"supplied": made.supplied, "finds": made.finds}.items()
        )
    }
    change = Transformer.from_crs("EPSG:4326", PLANE, always_xy=True)
    made.searched.to_file(folder / "searched.geojson", driver="GeoJSON")
    made.districts.to_file(folder / "districts.geojson", driver="GeoJSON")
    for role, frame in points_of.items():
        frame.to_csv(folder / f"{role}.csv", index=False)
        lonlat = frame[["lon", "lat"]].to_numpy()
        np.save(folder / f"{role}_lonlat.npy", np.ascontiguousarray(lonlat))
        metres = np.stack(change.transform(lonlat[:, 0], lonlat[:, 1]), axis=1)
        np.save(folder / f"{role}_metres.npy", np.ascontiguousarray(metres))
    if shutil.which("stilts") is not None:
        for role in ("supplied", "finds"):
            subprocess.run(
                [
                    "stilts",
                    "tpipe",
                    f"in={folder / role}.csv",
                    "ifmt=csv",
                    'cmd=keepcols "lon lat"',
                    f"out={folder / role}.fits",
                    "ofmt=fits-basic",
                ],
                check=True,
                capture_output=True,
            )


def uniform(points: int, folder: Path) -> None:
    """Points of mean spacing 1 m, uniform in a square: at 1.5 m nearly all hang together."""
    rng = np.random.default_rng(20)
    side = points**0.5
    for role in ("supplied", "finds"):
        np.save(folder / f"{role}_metres.npy", rng.uniform(0.0, side, (points, 2)))


def main() -> None:
    kind, points, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    if kind == "uniform":
        uniform(points, folder)
    else:
        minefields(kind, points, folder)


if __name__ == "__main__":
    main()
