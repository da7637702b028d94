"""Measure side by side and print the table: ``python -m benchmarks --help``."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

from benchmarks import table
from benchmarks.measure import (
    Contender,
    Result,
    as_json,
    as_stilts_count,
    installed,
    nothing,
    pairs_of_result,
    rows_of,
    side_by_side,
)

TOLERANCE_M = 10.0
UNIFORM_POINTS = 100_000
HELP_RUNS = 11
_MEAN_RADIUS_M = 6371008.8
# STILTS measures on a sphere, in arc-seconds: 10 m there, within 0.4 % of 10 m on the ground.
_ARCSECONDS = f"{TOLERANCE_M / _MEAN_RADIUS_M * 206264.806:.6f}"
_VERSIONS = (
    "mapaccuracy",
    "numpy",
    "scipy",
    "pandas",
    "ortools",
    "geopandas",
    "shapely",
    "scikit-learn",
)
_LAYOUT_NAMES = {
    "points": "a quarter of every field recorded",
    "points-shuffled": "the same with rows in random order",
    "records": "a quarter of the records true as a whole",
}
_WHOLE_PROCESS = ("points", "points-shuffled")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--sizes",
        default="100000,1000000",
        help="supplied points, and as many finds; multiples of 800 (default %(default)s)",
    )
    parser.add_argument("--repeats", type=int, default=5, help="rounds (default %(default)s)")
    parser.add_argument(
        "--quick", action="store_true", help="8,000 and 80,000 points, one round: does it run?"
    )
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the table into a page")
    options = parser.parse_args()
    if options.quick:
        options.sizes, options.repeats = "8000,80000", 1
    options.sizes = [int(size) for size in options.sizes.split(",")]
    if options.repeats < 1 or any(size < 800 or size % 800 for size in options.sizes):
        parser.error("give at least one round, and sizes that are multiples of 800")
    if options.write is not None and not options.write.is_file():
        parser.error("--write wants a page that exists and has the two marks")
    return options


def _python(*arguments: str) -> list[str]:
    return [sys.executable, "-m", *arguments]


def _make_inputs(kind: str, points: int, folder: Path) -> Path:
    print(f"making {kind}, {points:,} points a side", file=sys.stderr)
    subprocess.run(_python("benchmarks.inputs", kind, str(points), str(folder)), check=True)
    return folder


def _in_memory(name: str, key: str, folder: Path) -> Contender:
    return Contender(name, _python("benchmarks.contenders", key, str(folder)), as_json)


def _stilts(folder: Path, suffix: str, *output: str) -> list[str]:
    return [
        "stilts",
        "tmatch2",
        f"in1={folder / 'supplied'}.{suffix}",
        f"ifmt1={suffix}",
        f"in2={folder / 'finds'}.{suffix}",
        f"ifmt2={suffix}",
        "matcher=sky",
        f"params={_ARCSECONDS}",
        "values1=lon lat",
        "values2=lon lat",
        "find=best",
        *output,
    ]


def _matching(folder: Path) -> list[Contender]:
    return [
        _in_memory("mapaccuracy.match, lon/lat, exact", "ours", folder),
        _in_memory("geopandas sjoin_nearest, projected", "sjoin_nearest", folder),
        _in_memory("scikit-learn NearestNeighbors, projected", "sklearn_nearest", folder),
        Contender(
            "STILTS tmatch2 find=best, from FITS (whole process)",
            _stilts(folder, "fits", "omode=count"),
            as_stilts_count,
            installed("stilts"),
        ),
    ]


def _whole_process(folder: Path) -> list[Contender]:
    out = folder / "out"
    evaluate = _python(
        "mapaccuracy",
        "evaluate",
        str(folder / "supplied.csv"),
        str(folder / "finds.csv"),
        "--searched",
        str(folder / "searched.geojson"),
        "--districts",
        str(folder / "districts.geojson"),
        "--out",
        str(out),
    )
    pairs = folder / "stilts.csv"
    return [
        Contender(
            "mapaccuracy evaluate, with searched areas and districts",
            evaluate,
            pairs_of_result(out / "result.json"),
        ),
        Contender(
            "STILTS tmatch2 find=best",
            _stilts(folder, "csv", f"out={pairs}", "ofmt=csv"),
            rows_of(pairs),
            installed("stilts"),
        ),
    ]


def _figures(folder: Path) -> list[Contender]:
    """All figures of an evaluation against its main job alone, from the same files."""
    ours = _whole_process(folder)[0]
    files = [
        str(folder / name)
        for name in ("supplied.csv", "finds.csv", "searched.geojson", "districts.geojson")
    ]
    alone = folder / "alone"
    return [
        ours,
        Contender(
            "the main job alone: pairs, counts, rates, intervals",
            _python("benchmarks.main_job", *files, str(alone)),
            pairs_of_result(alone / "result.json"),
        ),
    ]


def _growth(small: Result, large: Result, factor: float) -> str:
    if small.failed is not None or large.failed is not None:
        return "Growth: not measured."
    # Sizes are not run in turn, so there are no rounds to pair.
    return (
        f"Growth: {factor:g} times the points cost our matching "
        f"{large.seconds / small.seconds:.1f} times the seconds."
    )


def _stilts_version() -> str:
    if installed("stilts") is not None:
        return "STILTS not installed"
    done = subprocess.run(["stilts", "-version"], capture_output=True, text=True, check=False)
    words = (done.stdout + done.stderr).split()
    return "STILTS " + next(
        (
            words[k + 2]
            for k, word in enumerate(words[:-2])
            if words[k : k + 2] == ["STILTS", "version"]
        ),
        "of unknown version",
    )


def _surroundings(options: argparse.Namespace) -> str:
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in _VERSIONS)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    sizes = ",".join(str(size) for size in options.sizes)
    return (
        f"Made by `python -m benchmarks --sizes {sizes} --repeats {options.repeats}` with "
        f"Python {platform.python_version()}, {versions}, {_stilts_version()}, on {cores} cores "
        f"({platform.system()}, {platform.machine()}). Absolute times on a shared machine mean "
        "little: compare within one table, and rather by the ratios, which are taken round by "
        "round."
    )


def _sections(options: argparse.Namespace, folder: Path) -> list[str]:
    sections = [_surroundings(options)]
    ours = {}
    small, large = min(options.sizes), max(options.sizes)
    whole = []
    for layout, said in _LAYOUT_NAMES.items():
        for size in options.sizes:
            home = _make_inputs(layout, size, folder / f"{layout}-{size}")
            results = side_by_side(_matching(home), options.repeats)
            ours[layout, size] = results[0]
            sections += [
                f"### Matching, {size:,} points a side, {said}",
                table.comparison(results, "seconds, median"),
            ]
            if size == large and layout == _WHOLE_PROCESS[0]:
                results = side_by_side(_figures(home), options.repeats)
                whole += [
                    f"### All figures and the main job alone, {size:,} points a side, {said}",
                    table.comparison(results, "seconds, median"),
                ]
            if size == large and layout in _WHOLE_PROCESS:
                results = side_by_side(_whole_process(home), options.repeats)
                whole += [
                    f"### Whole process from CSV files, {size:,} points a side, {said}",
                    table.comparison(results, "seconds, median"),
                ]
            shutil.rmtree(home)
        if small < large:
            sections.append(_growth(ours[layout, small], ours[layout, large], large / small))
    sections += whole
    uniform = UNIFORM_POINTS // 20 if options.quick else UNIFORM_POINTS
    home = _make_inputs("uniform", uniform, folder / "uniform")
    results = side_by_side(
        [_in_memory("mapaccuracy.match, planar, exact", "ours_uniform", home)], options.repeats
    )
    sections += [
        f"### One crowd: {uniform:,} x {uniform:,} uniform points, tolerance 1.5 mean spacings",
        table.comparison(results, "seconds, median"),
    ]
    script = Path(sys.executable).with_name("mapaccuracy")
    command = [str(script)] if script.is_file() else _python("mapaccuracy")
    helped = side_by_side(
        [Contender("mapaccuracy --help", [*command, "--help"], nothing)],
        3 if options.quick else HELP_RUNS,
    )
    return [*sections, "### Start", table.comparison(helped, "seconds, median")]


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="mapaccuracy-bench-") as folder:
        text = "\n\n".join(_sections(options, Path(folder)))
    print(text)
    if options.write is not None:
        table.write(options.write, text)


if __name__ == "__main__":
    main()
