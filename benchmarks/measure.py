"""Run contenders in turn, each in a process of its own, and read off time and memory.

Standard library only: a child's peak memory as the system tells it is never below that
of the process that started it, so this one must stay small.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

_MIB_PER_UNIT = 1 / 2**20 if sys.platform == "darwin" else 1 / 2**10


@dataclass(frozen=True)
class Run:
    """One run: seconds of the call or, where there is none to time, of the whole process."""

    seconds: float
    wall_seconds: float
    peak_mib: float
    pairs: int | None


@dataclass(frozen=True)
class Contender:
    """A command, and how its pairs are counted.

    `pairs` gets the command's output; it returns seconds too if the child timed a call.
    """

    name: str
    command: Sequence[str]
    read: Callable[[str], dict[str, float]]
    missing: str | None = None


@dataclass(frozen=True)
class Result:
    """All runs of one contender, by round, or why there are none."""

    name: str
    runs: tuple[Run, ...]
    failed: str | None = None

    @property
    def seconds(self) -> float:
        return statistics.median(run.seconds for run in self.runs)

    @property
    def wall_seconds(self) -> float:
        return statistics.median(run.wall_seconds for run in self.runs)

    @property
    def peak_mib(self) -> float:
        return max(run.peak_mib for run in self.runs)

    @property
    def pairs(self) -> int | None:
        return self.runs[0].pairs


def ratios(first: Result, second: Result) -> list[float]:
    """Seconds of the first as a multiple of the second's, round by round.

    Examples
    --------
    >>> fast, slow = (Result(str(s), (Run(s, s, 1, 0), Run(2 * s, s, 1, 0))) for s in (1.0, 4.0))
    >>> ratios(fast, slow), ratios(slow, fast)
    ([0.25, 0.25], [4.0, 4.0])
    """
    return [one.seconds / other.seconds for one, other in zip(first.runs, second.runs, strict=True)]


def as_json(output: str) -> dict[str, float]:
    """Read what ``benchmarks.contenders`` prints."""
    return json.loads(output.splitlines()[-1])


def as_stilts_count(output: str) -> dict[str, float]:
    """Read what STILTS prints for ``omode=count``.

    Examples
    --------
    >>> as_stilts_count("columns: 5   rows: 174330")
    {'pairs': 174330}
    """
    found = re.search(r"rows:\s*(\d+)", output)
    if found is None:
        raise ValueError("STILTS gave no count of rows")
    return {"pairs": int(found.group(1))}


def rows_of(path: Path) -> Callable[[str], dict[str, float]]:
    """Count the rows of a CSV file below its header."""

    def read(_: str) -> dict[str, float]:
        with path.open("rb") as lines:
            return {"pairs": sum(1 for _ in lines) - 1}

    return read


def pairs_of_result(path: Path) -> Callable[[str], dict[str, float]]:
    """Count the pairs of a result document: confirmed points, searched ground or not."""

    def read(_: str) -> dict[str, float]:
        overall = json.loads(path.read_text(encoding="utf-8"))["overall"]
        return {"pairs": overall["confirmed"] + overall["confirmed_outside_search"]}

    return read


def nothing(_: str) -> dict[str, float]:
    """Read no pairs."""
    return {}


def _once(contender: Contender) -> Run:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        child = subprocess.Popen(contender.command, stdout=out, stderr=err)
        # wait4 tells the peak of this child (and of those it waited for) alone.
        _, status, usage = os.wait4(child.pid, 0)
        wall_seconds = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        output, said = (stream.read().decode(errors="replace") for stream in (out, err))
    if child.returncode != 0:
        lines = said.strip().splitlines() or ["no message"]
        raise RuntimeError(f"exit code {child.returncode}: {lines[-1][:120]}")
    told = contender.read(output)
    pairs = told.get("pairs")
    return Run(
        seconds=told.get("seconds", wall_seconds),
        wall_seconds=wall_seconds,
        peak_mib=usage.ru_maxrss * _MIB_PER_UNIT,
        pairs=None if pairs is None else int(pairs),
    )


def side_by_side(contenders: Sequence[Contender], rounds: int) -> list[Result]:
    """Run A B C, A B C, ...; a contender that fails once is left out from there on."""
    runs: dict[str, list[Run]] = {contender.name: [] for contender in contenders}
    failed = {c.name: c.missing for c in contenders if c.missing is not None}
    for number in range(rounds):
        for contender in contenders:
            if contender.name in failed:
                continue
            try:
                run = _once(contender)
            except (RuntimeError, ValueError, OSError) as error:
                failed[contender.name] = str(error)
                continue
            runs[contender.name].append(run)
            print(
                f"  round {number + 1}/{rounds}  {contender.name}: {run.seconds:.2f} s, "
                f"{run.peak_mib:.0f} MiB",
                file=sys.stderr,
            )
    return [
        Result(name, () if name in failed else tuple(done), failed.get(name))
        for name, done in runs.items()
    ]


def installed(command: str) -> str | None:
    """Say that a command is not installed; None if it is."""
    return None if shutil.which(command) is not None else "not installed"
