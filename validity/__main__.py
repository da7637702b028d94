"""Simulate and print the tables: ``python -m validity --help``."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib import metadata
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks import table
from validity import coverage, displaced, studies
from validity.trials import DRAWS, SEED, Study, trial

FIGURES, DISPLACED = "figures", "displaced"
_VERSIONS = ("mapaccuracy", "numpy", "scipy", "shapely", "pyproj", "ppigrf")
# In the whole form, and in the short one.
_INTERVAL_RUNS = (4000, 400)
_PARTS: tuple[tuple[str, Sequence[Study], Callable[[studies.Trials], studies.Rows]], ...] = (
    (
        "False alarms: does a map that knows nothing know where the records lie?",
        studies.FALSE_ALARMS,
        studies.false_alarms_table,
    ),
    ("Power: is a true map recognised?", studies.POWER, studies.power_table),
    (
        "Inside the records: does the map know where the mines are?",
        studies.INSIDE,
        studies.inside_table,
    ),
    (
        "Search that follows finds, and a map drawn at random",
        studies.FADE_OUT,
        studies.fade_out_table,
    ),
    (
        "Aliased rows: what a map wrong by 102 m scores",
        studies.ALIASED_TABLE,
        studies.aliased_precision_table,
    ),
    (
        "Aliased rows: what is said of it at each tolerance",
        studies.ALIASED,
        studies.aliased_table,
    ),
    ("Aliased rows: other shifts, ten records", studies.SHIFTED, studies.shifted_table),
)


class Workers:
    """Runs spread over the processors, with progress on stderr."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def map(self, name: str, work: Callable[[Any], Any], tasks: Iterable[Any]) -> list[Any]:
        """Do every task, in the order given."""
        some = list(tasks)
        print(f"{name}: {len(some):,} runs", file=sys.stderr, flush=True)
        return list(self._pool.map(work, some, chunksize=max(1, min(20, len(some) // 16))))


def _coverage(task: tuple[coverage.Maps, int]) -> coverage.Coverage:
    return coverage.simulated(*task, SEED)


def _trial(task: tuple[Study, int]) -> Any:
    return trial(*task)


def _diagnosed(task: tuple[displaced.Case, int]) -> Any:
    return displaced.diagnosed(*task)


def simulate(
    workers: Workers,
    name: str,
    some: Sequence[Any],
    short: bool,
    work: Callable[[Any], Any] = _trial,
    most: int | None = None,
) -> dict[Any, list[Any]]:
    """Run every study, and give its trials."""
    runs = {study: min(study.runs[short], most or study.runs[short]) for study in some}
    tasks = [(study, run) for study in some for run in range(runs[study])]
    done = iter(workers.map(name, work, tasks))
    return {study: list(islice(done, runs[study])) for study in some}


def _surroundings(short: bool) -> str:
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in _VERSIONS)
    return (
        f"Made by `python -m validity{' --short' if short else ''}` with Python "
        f"{platform.python_version()}, {versions}; seed {SEED}, {DRAWS} draws of chance in each "
        "run. The same versions give the same tables."
    )


def sections(
    workers: Workers, short: bool, only: str | None = None, most: int | None = None
) -> list[str]:
    """Simulate everything, or one of the two halves, and lay it out."""
    out = [_surroundings(short)]
    if only != DISPLACED:
        out += _figures(workers, short)
    if only != FIGURES:
        for name, cases, layout in displaced.PARTS:
            diagnoses = simulate(workers, name, cases, short, _diagnosed, most)
            out += [f"### {name}", table.rows(layout(diagnoses))]
    return out


def _figures(workers: Workers, short: bool) -> list[str]:
    runs = _INTERVAL_RUNS[short]
    out = []
    for name, kinds in (
        ("How often the 95 % interval holds the true share", coverage.ALIKE),
        ("The same where the share depends on the size of the record", coverage.BY_SIZE),
    ):
        found = workers.map(name, _coverage, ((maps, runs) for maps in kinds))
        out += [f"### {name}, {runs:,} runs a row", table.rows(coverage.table(found))]
    for name, some, layout in _PARTS:
        found = simulate(workers, name, some, short)
        out += [f"### {name}", table.rows(layout(found))]
    return out


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m validity", description=__doc__)
    parser.add_argument("--short", action="store_true", help="a few runs of each study")
    parser.add_argument(
        "--only", choices=[FIGURES, DISPLACED], help="figures of evaluate, or misplaced maps"
    )
    parser.add_argument(
        "--most", type=int, metavar="N", help="at most so many runs of each kind of misplaced map"
    )
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the tables into a page")
    options = parser.parse_args()
    if options.write is not None and not options.write.is_file():
        parser.error("--write wants a page that exists and has the two marks")
    if options.write is not None and options.only is not None:
        parser.error("--write wants all tables: leave --only away")
    return options


def main() -> None:
    options = _options()
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        text = "\n\n".join(sections(Workers(pool), options.short, options.only, options.most))
    print(text)
    if options.write is not None:
        table.write(options.write, text)


if __name__ == "__main__":
    main()
