"""Files into layers, beside what a user would read them with: ``python -m benchmarks.reading``.

One table of finds as CSV, GeoPackage and GeoParquet. Ours is `mapaccuracy.io.read` and
`mapaccuracy.intake.conform`: the file's hash, every row judged, ids proven unique, rows in order
of id. The other reads the same file, with the same columns as text, and does nothing more.

Contenders take turns, each in a process of its own. The seconds are those of the call; a file of
a few rows is read before, which pays for imports and the set-up of drivers.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from benchmarks import table
from benchmarks.measure import Contender, Result, as_json, ratios, side_by_side

FEW = 1_000
SEED = 61
TEXTS = ("id", "type", "date", "task_id", "district", "status")
_ROLE = "finds"
_VERSIONS = ("mapaccuracy", "numpy", "pandas", "pyogrio", "geopandas", "shapely", "pyarrow")
_ORDERS = ("in the order of their ids", "in random order")
_FORMATS = {
    "csv": ("CSV", "pandas.read_csv, the same columns as text"),
    "gpkg": ("GeoPackage", "pyogrio.read_dataframe"),
    "parquet": ("GeoParquet", "geopandas.read_parquet"),
}


def make(points: int, shuffled: bool, folder: Path) -> None:
    """Write ``finds.*``, and ``few.*`` with the first rows of it; SYNTHETIC."""
    import geopandas as gpd
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(SEED)

    def words(texts: list[str]) -> np.ndarray:
        return np.array(texts, dtype=object)[rng.integers(len(texts), size=points)]

    numbers = rng.permutation(points) if shuffled else np.arange(points)
    days = np.datetime64("2021-01-01") + rng.integers(1_500, size=points)
    frame = pd.DataFrame(
        {
            "id": [f"F-{number:07d}" for number in numbers],
            "lat": np.round(39.9 + rng.uniform(0.0, 0.2, points), 7),
            "lon": np.round(46.9 + rng.uniform(0.0, 0.2, points), 7),
            "type": words(["PMN-2", "TM-62", "OZM-72", "MON-50", "Landmine - Anti-Personnel"]),
            "date": days.astype(str).astype(object),
            "task_id": words([f"T-{number:04d}" for number in range(2_000)]),
            "district": words([f"D{number:02d}" for number in range(12)]),
            "status": words(["approved", "approved", "approved", "pending"]),
        }
    )
    layer = gpd.GeoDataFrame(
        frame.drop(columns=["lat", "lon"]),
        geometry=gpd.points_from_xy(frame["lon"], frame["lat"]),
        crs="EPSG:4326",
    )
    for name, rows in (("finds", points), ("few", FEW)):
        frame.head(rows).to_csv(folder / f"{name}.csv", index=False)
        layer.head(rows).to_file(folder / f"{name}.gpkg", driver="GPKG")
        layer.head(rows).to_parquet(folder / f"{name}.parquet")


def _ours(file: Path) -> int:
    from mapaccuracy import intake, io
    from mapaccuracy.schema import Settings

    settings = Settings()
    tables = io.read(file, _ROLE, columns=settings.columns)
    return len(intake.conform(tables, _ROLE, settings).frame)


def _theirs(file: Path) -> int:
    if file.suffix == ".csv":
        import pandas as pd

        return len(pd.read_csv(file, dtype=dict.fromkeys(TEXTS, str)))
    if file.suffix == ".gpkg":
        import pyogrio

        return len(pyogrio.read_dataframe(file))
    import geopandas as gpd

    return len(gpd.read_parquet(file))


_WHO: dict[str, Callable[[Path], int]] = {"ours": _ours, "theirs": _theirs}


def _run(who: str, ending: str, folder: Path) -> None:
    read = _WHO[who]
    read(folder / f"few.{ending}")
    start = time.perf_counter()
    rows = read(folder / f"finds.{ending}")
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "pairs": rows}))


def _python(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "benchmarks.reading", *arguments]


def compare(ending: str, folder: Path, repeats: int) -> tuple[Result, Result]:
    """Read one format in turn."""
    names = {"ours": "mapaccuracy: io.read and intake.conform", "theirs": _FORMATS[ending][1]}
    contenders = [
        Contender(name, _python("run", who, ending, str(folder)), as_json)
        for who, name in names.items()
    ]
    ours, theirs = side_by_side(contenders, repeats)
    return ours, theirs


def lines(results: dict[str, tuple[Result, Result]]) -> str:
    """Lay the outcome out: two lines a format."""
    cells = [["format", "reader", "rows", "seconds, median", "peak MiB", "ours / it, by round"]]
    for ending, pair in results.items():
        for number, result in enumerate(pair):
            head = [_FORMATS[ending][0], result.name]
            if result.failed is not None:
                cells.append([*head, "", f"not measured: {result.failed}", "", ""])
                continue
            told = number and pair[0].failed is None
            cells.append(
                [
                    *head,
                    f"{result.pairs:,}",
                    table.seconds(result.seconds),
                    f"{result.peak_mib:,.0f}",
                    table.spread(ratios(pair[0], result)) if told else "",
                ]
            )
    return table.rows(cells)


def _surroundings(points: int, repeats: int) -> str:
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in _VERSIONS)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        f"Made by `python -m benchmarks.reading --points {points} --repeats {repeats}` with "
        f"Python {platform.python_version()}, {versions}, on {cores} cores "
        f"({platform.system()}, {platform.machine()})."
    )


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["run"]:
        _run(arguments[1], arguments[2], Path(arguments[3]))
        return
    if arguments[:1] == ["make"]:
        make(int(arguments[1]), arguments[2] == _ORDERS[1], Path(arguments[3]))
        return
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reading", description=__doc__)
    parser.add_argument("--points", type=int, default=1_000_000, help="rows (default %(default)s)")
    parser.add_argument("--repeats", type=int, default=5, help="rounds (default %(default)s)")
    parser.add_argument("--formats", default=",".join(_FORMATS), help="(default %(default)s)")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the table into a page")
    options = parser.parse_args(arguments)
    endings = options.formats.split(",")
    if options.repeats < 1 or options.points < 1 or not set(endings) <= set(_FORMATS):
        parser.error(f"give at least one row and one round, and formats of {', '.join(_FORMATS)}")
    sections = [_surroundings(options.points, options.repeats)]
    for order in _ORDERS:
        with tempfile.TemporaryDirectory(prefix="mapaccuracy-bench-") as name:
            print(f"making {options.points:,} finds, {order}", file=sys.stderr)
            # In a process of its own, so that the memory it takes is nobody's.
            subprocess.run(_python("make", str(options.points), order, name), check=True)
            results = {ending: compare(ending, Path(name), options.repeats) for ending in endings}
        sections += [f"### {options.points:,} finds, {order}", lines(results)]
    text = "\n\n".join(sections)
    print(text)
    if options.write is not None:
        table.write(options.write, text)


if __name__ == "__main__":
    main(sys.argv[1:])
