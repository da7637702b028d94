"""Who finds the move of a displaced map? ``python -m benchmarks.displaced --help``."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib import metadata
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import table
from benchmarks.displaced_contenders import (
    CONTENDERS,
    DRAWS,
    OURS,
    RANGE_M,
    TOLERANCE_M,
    Answer,
    matched_share,
)
from benchmarks.displaced_worlds import LARGE_MOVE_M, LAYOUTS, Kind, World, make
from benchmarks.measure import Contender, nothing, side_by_side

SEED = 20240607
SHARES = (0.0, 0.1, 0.3, 0.6, 0.9)
RECORDS = (12, 40)
# Worlds of each layout and number of records: in a cell of the tables, and unrelated ones.
RUNS, UNRELATED_RUNS = 2, 15
CLOSE_M, NEAR_M = 1.0, 5.0
MOSTLY = 0.6
# Prime, so that few worlds are of many kinds.
FEW = 37
SIZES = (100_000, 1_000_000)
_VERSIONS = ("mapaccuracy", "numpy", "scipy", "pandas", "scikit-image")


@dataclass(frozen=True)
class Outcome:
    """What one contender said of one world.

    Attributes
    ----------
    kind : Kind
    name : str
    error_m : float or None
        Distance of its move from the truth; None where it claims no move, or there is no truth.
    named_m : float or None
        The same of the closest of its alternatives.
    claims : bool
    before, after : float
        Share of the supplied points with a find within tolerance, as supplied and moved; the
        same where it claims no move.
    seconds : float
    verdict : str
    """

    kind: Kind
    name: str
    error_m: float | None
    named_m: float | None
    claims: bool
    before: float
    after: float
    seconds: float
    verdict: str


# --- worlds and outcomes -------------------------------------------------------------------------


def worlds(runs: int, unrelated: int) -> list[tuple[Kind, int]]:
    """List what to simulate, each with the number of its run."""
    related = [
        Kind(layout, records, missing, spurious, whole)
        for layout, records, whole, spurious, missing in product(
            LAYOUTS, RECORDS, (False, True), SHARES, SHARES
        )
        if spurious or not whole
    ]
    others = [Kind(layout, n, related=False) for layout, n in product(LAYOUTS, RECORDS)]
    return [(kind, run) for kind in related for run in range(runs)] + [
        (kind, run) for kind in others for run in range(unrelated)
    ]


def world(kind: Kind, run: int) -> World:
    """Make one: its numbers are its seed, so no world depends on another."""
    numbers = (
        LAYOUTS.index(kind.layout),
        kind.records,
        round(100 * kind.missing),
        round(100 * kind.spurious),
        kind.whole,
        kind.related,
        run,
    )
    return make(kind, np.random.default_rng([SEED, *map(int, numbers)]))


def outcome(kind: Kind, made: World, name: str, answer: Answer, seconds: float) -> Outcome:
    """Hold an answer against the truth."""

    def off(moves: Iterable[np.ndarray]) -> float | None:
        if made.move is None:
            return None
        return min((float(np.hypot(*(move - made.move))) for move in moves), default=None)

    move = answer.move
    before = matched_share(made.supplied, made.finds, np.zeros(2))
    return Outcome(
        kind,
        name,
        off([] if move is None else [move]),
        off(answer.alternatives),
        move is not None,
        before,
        before if move is None else matched_share(made.supplied, made.finds, move),
        seconds,
        answer.verdict,
    )


def outcomes(task: tuple[Kind, int]) -> list[Outcome]:
    """Let every contender look at one world."""
    kind, run = task
    made = world(kind, run)
    out = []
    for name, find in CONTENDERS.items():
        start = time.perf_counter()
        answer = find(made.supplied, made.finds, made.record)
        out.append(outcome(kind, made, name, answer, time.perf_counter() - start))
    return out


def _warm() -> None:
    """Pay for imports that are put off, before anything is timed."""
    outcomes((Kind("scattered", RECORDS[0]), 0))


def simulated(tasks: Sequence[tuple[Kind, int]], workers: int) -> list[list[Outcome]]:
    """Look at all worlds, spread over the processors, with progress on stderr."""
    out = []
    with ProcessPoolExecutor(max_workers=workers, initializer=_warm) as pool:
        for number, found in enumerate(pool.map(outcomes, tasks), start=1):
            out.append(found)
            if number % 50 == 0 or number == len(tasks):
                print(f"  {number} of {len(tasks)} worlds", file=sys.stderr, flush=True)
    return out


# --- tables --------------------------------------------------------------------------------------


def _percent(part: int, whole: int) -> str:
    """Round to whole per cent, but never to none or to all.

    Examples
    --------
    >>> _percent(1, 3), _percent(0, 3), _percent(1, 300), _percent(299, 300)
    ('33', '0', '0.3', '99.7')
    """
    if not whole:
        return ""
    percent = 100 * part / whole
    return f"{percent:.1f}" if 0 < percent < 1 or 99 < percent < 100 else f"{percent:.0f}"


def _metres(errors: Sequence[float]) -> str:
    if not errors:
        return "–"
    median = statistics.median(errors)
    return f"{median:.1f}" if median < 10 else f"{median:.0f}"


def cell(some: Sequence[Outcome]) -> str:
    """Share within 1 m and within 5 m of the truth, and the median error of those that answer.

    Examples
    --------
    >>> kind = Kind("scattered", 12)
    >>> def one(error):
    ...     return Outcome(kind, "", error, None, error is not None, 0, 0, 1, "")
    >>> cell([one(0.4), one(3.0), one(70.0), one(None)])
    '25 / 50, 3.0'
    """
    errors = [one.error_m for one in some if one.error_m is not None]
    within = [
        _percent(sum(error <= limit for error in errors), len(some)) for limit in (CLOSE_M, NEAR_M)
    ]
    return f"{' / '.join(within)}, {_metres(errors)}"


def by(
    found: Sequence[Sequence[Outcome]],
    head: Sequence[str],
    key: Callable[[Kind], tuple[float, float]],
    label: Callable[[float, float], tuple[str, str]],
) -> str:
    """One row a group of worlds, one column a contender."""
    cells = [[*head, "worlds", *CONTENDERS]]
    for group in sorted({key(some[0].kind) for some in found}):
        inside = [some for some in found if key(some[0].kind) == group]
        columns = (cell(column) for column in zip(*inside, strict=True))
        cells.append([*label(*group), str(len(inside)), *columns])
    return table.rows(cells)


def summary(found: Sequence[Sequence[Outcome]]) -> str:
    """One row a contender, over all worlds: right, wrong, silent, and the time it takes."""
    cells = [
        [
            "contender",
            "within 1 m, %",
            "within 5 m, %",
            "or among alternatives it names, %",
            "answer wrong by more than 5 m, %",
            "no answer, %",
            "median error, m",
            "it / ours, time",
        ]
    ]
    n = len(found)
    for column in zip(*found, strict=True):
        errors = [one.error_m for one in column if one.error_m is not None]
        named = sum(_near(one.error_m) or _near(one.named_m) for one in column)
        wrong = sum(one.claims and not (_near(one.error_m) or _near(one.named_m)) for one in column)
        cells.append(
            [
                column[0].name,
                _percent(sum(error <= CLOSE_M for error in errors), n),
                _percent(sum(error <= NEAR_M for error in errors), n),
                _percent(named, n),
                _percent(wrong, n),
                _percent(sum(not one.claims for one in column), n),
                _metres(errors),
                _times(found, column),
            ]
        )
    return table.rows(cells)


def _near(error_m: float | None) -> bool:
    return error_m is not None and error_m <= NEAR_M


def _times(found: Sequence[Sequence[Outcome]], column: Sequence[Outcome]) -> str:
    if column[0].name == OURS:
        return ""
    ours = (next(one.seconds for one in some if one.name == OURS) for some in found)
    ratio = statistics.median(it.seconds / own for it, own in zip(column, ours, strict=True))
    return f"{ratio:.3g}"


def unrelated(found: Sequence[Sequence[Outcome]]) -> str:
    """One row a contender, over worlds in which no move is right."""
    cells = [
        [
            "contender",
            "claims a move, %",
            "points with a find within 10 m, as supplied, %",
            "after its move, median, %",
            "after its move, most, %",
        ]
    ]
    for column in zip(*found, strict=True):
        before, after = ([100 * value for value in values] for values in _shares(column))
        cells.append(
            [
                column[0].name,
                _percent(sum(one.claims for one in column), len(column)),
                f"{statistics.median(before):.1f}",
                f"{statistics.median(after):.1f}",
                f"{max(after):.1f}",
            ]
        )
    return table.rows(cells)


def _shares(column: Sequence[Outcome]) -> tuple[list[float], list[float]]:
    return [one.before for one in column], [one.after for one in column]


def verdicts(found: Sequence[Sequence[Outcome]]) -> str:
    """What ours says in words: counts of worlds by verdict."""
    cells = [["verdict", "displaced maps", "unrelated maps"]]
    counts = [
        Counter(one.verdict for some in found for one in some if one.name == OURS and which(one))
        for which in (lambda one: one.kind.related, lambda one: not one.kind.related)
    ]
    cells += [
        [verdict, *(f"{count[verdict]:,}" for count in counts)]
        for verdict in sorted({*counts[0], *counts[1]})
    ]
    return table.rows(cells)


def _shares_of(kind: Kind) -> tuple[float, float]:
    return kind.spurious, kind.missing


def _shares_said(*shares: float) -> tuple[str, str]:
    spurious, missing = (f"{share:g}".removeprefix("0") or "0" for share in shares)
    return spurious, missing


def _laid(kind: Kind) -> tuple[float, float]:
    return LAYOUTS.index(kind.layout), kind.records


def _laid_said(layout: float, records: float) -> tuple[str, str]:
    return LAYOUTS[int(layout)], f"{records:g}"


def recovered(found: Sequence[Sequence[Outcome]]) -> list[str]:
    """Lay out who finds the move, and what is said where there is none to find."""
    true = [some for some in found if some[0].kind.related]
    usual = [some for some in true if max(_shares_of(some[0].kind)) <= MOSTLY]
    hard = [some for some in true if max(_shares_of(some[0].kind)) > MOSTLY]
    loose = [some for some in true if not some[0].kind.whole]
    whole = [some for some in true if some[0].kind.whole or not some[0].kind.spurious]
    shares = ("spurious", "missing"), _shares_of, _shares_said
    entry = "share within 1 m / within 5 m of the truth in %, median error of the answers in m"
    return [
        f"### {len(usual)} displaced maps, at most {MOSTLY:g} missing and spurious",
        summary(usual),
        f"### {len(hard)} displaced maps, more missing or spurious",
        summary(hard),
        f"### By layout, all {len(true)} displaced maps",
        f"Each entry: {entry}.",
        by(true, ("layout", "records"), _laid, _laid_said),
        "### By share missing and spurious: single finds that belong to no point",
        by(loose, *shares),
        "### By share missing and spurious: whole records and fields that belong to none",
        by(whole, *shares),
        f"### {len(found) - len(true)} maps that know nothing",
        unrelated([some for some in found if not some[0].kind.related]),
        "### Verdicts of ours",
        verdicts(found),
    ]


# --- large maps ----------------------------------------------------------------------------------


def _diagnose(folder: Path, out: Path) -> list[str]:
    files = [str(folder / name) for name in ("supplied.csv", "finds.csv")]
    areas = [
        part
        for role in ("searched", "districts")
        for part in (f"--{role}", str(folder / f"{role}.geojson"))
    ]
    command = [sys.executable, "-m", "mapaccuracy", "diagnose", *files, *areas]
    return [*command, "--out", str(out)]


def said(document: dict[str, Any]) -> list[str]:
    """Verdict, move found and its error, and how much of the map the search looked at."""
    move, sampling = document["displacement"], document["sampling"]
    east, north = move["east_m"], move["north_m"]
    error = (
        "none claimed"
        if east is None
        else f"{np.hypot(east - LARGE_MOVE_M[0], north - LARGE_MOVE_M[1]):.2f} m off"
    )
    p, p_error = move["p"], sampling["p_error"]
    return [
        document["verdict"],
        error,
        f"{sampling['units_drawn']:,} of {sampling['units']:,} {sampling['unit']}s",
        f"{sampling['pairs']:,}",
        "" if p is None else f"{p:.3g}" + ("" if p_error is None else f" (± {p_error:.2g})"),
    ]


def large(sizes: Sequence[int], repeats: int, folder: Path) -> str:
    """Measure whole processes, from files to a folder of results."""
    cells = [
        [
            "points a side",
            "seconds, median (least to greatest)",
            "peak MiB",
            "verdict",
            "move",
            "searched",
            "pairs within range",
            "p (Monte-Carlo error)",
        ]
    ]
    for size in sizes:
        print(f"a map of {size:,} points", file=sys.stderr)
        home, out = folder / str(size), folder / f"{size}-out"
        made = [sys.executable, "-m", "benchmarks.displaced_worlds", str(size), str(home)]
        subprocess.run(made, check=True)
        (result,) = side_by_side([Contender(OURS, _diagnose(home, out), nothing)], repeats)
        if result.failed is not None:
            cells.append([f"{size:,}", f"not measured: {result.failed}", *[""] * 6])
            continue
        document = json.loads((out / "diagnosis.json").read_text(encoding="utf-8"))
        cells.append(
            [
                f"{size:,}",
                table.spread([run.seconds for run in result.runs]),
                f"{result.peak_mib:,.0f}",
                *said(document),
            ]
        )
    return table.rows(cells)


# --- the command ---------------------------------------------------------------------------------


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.displaced", description=__doc__)
    parser.add_argument(
        "--part", choices=("worlds", "large", "both"), default="both", help="(default %(default)s)"
    )
    parser.add_argument(
        "--repeats", type=int, default=3, help="of large maps (default %(default)s)"
    )
    parser.add_argument(
        "--quick", action="store_true", help="few worlds, 8,000 points, one round: does it run?"
    )
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the tables into a page")
    options = parser.parse_args()
    if options.repeats < 1:
        parser.error("give at least one round")
    if options.write is not None and not options.write.is_file():
        parser.error("--write wants a page that exists and has the two marks")
    return options


def _surroundings(cores: int) -> str:
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in _VERSIONS)
    return (
        f"Made by `python -m benchmarks.displaced` with Python {platform.python_version()}, "
        f"{versions}, on {cores} cores ({platform.system()}, {platform.machine()}); seed {SEED}, "
        f"range {RANGE_M:g} m, tolerance {TOLERANCE_M:g} m, {DRAWS} draws of chance. Absolute "
        "times on a shared machine mean little: compare by the ratios, taken world by world."
    )


def main() -> None:
    options = _options()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    sections = [_surroundings(cores or 1)]
    sizes, repeats = ((8_000,), 1) if options.quick else (SIZES, options.repeats)
    if options.part != "large":
        tasks = worlds(RUNS, UNRELATED_RUNS)
        found = simulated(tasks[::FEW] if options.quick else tasks, cores or 1)
        sections += recovered(found)
    if options.part != "worlds":
        with tempfile.TemporaryDirectory(prefix="mapaccuracy-bench-") as folder:
            sections += ["### Large maps, whole process", large(sizes, repeats, Path(folder))]
    text = "\n\n".join(sections)
    print(text)
    if options.write is not None:
        table.write(options.write, text)


if __name__ == "__main__":
    main()
