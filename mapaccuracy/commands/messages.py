"""What is said on stdout and stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from mapaccuracy.errors import InputError, SettingsError

if TYPE_CHECKING:
    from mapaccuracy.schema import Problem

# Problems of one kind in one input that are shown one by one; the others by their rows.
_SHOWN = 20
_RANGES = 12


def say(text: str) -> None:
    """Print a result; a reader that has gone, such as ``head``, is no fault of the run.

    Raises
    ------
    SettingsError
        If standard output cannot be written.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        silence("stdout")
    except OSError as error:
        silence("stdout")
        reason = (error.strerror or "the system refused").lower()
        raise SettingsError(f"Cannot write to standard output: {reason}.") from None


def tell(text: str) -> None:
    """Print a remark on stderr, where somebody listens."""
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except OSError:
        silence("stderr")


def silence(stream: str) -> None:
    """Let nothing come from a stream any more, not even when Python ends."""
    setattr(sys, stream, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115


def show_unusable(
    error: InputError, with_locations: bool = False, undone: str = "Nothing was evaluated."
) -> None:
    """List every problem of inputs that cannot be used, and say what was not done."""
    problems: Any = error.problems
    n = len(problems)
    total = f"The inputs cannot be used: {n:,} problem{'' if n == 1 else 's'}."
    tell(f"{total} {undone}")
    show(problems, with_locations)
    if n > _SHOWN:
        tell(total)


def show(problems: Iterable[Problem], with_locations: bool = False) -> None:
    """List problems, those of one kind and input together, with how to mend them once."""

    def kind(problem: Problem) -> tuple[str, str, str]:
        return problem.source, problem.code, problem.fix(with_locations)

    listed = list(problems)
    order = {key: number for number, key in enumerate(dict.fromkeys(map(kind, listed)))}
    ordered = sorted(listed, key=lambda problem: order[kind(problem)])
    for (_, code, fix), same in groupby(ordered, key=kind):
        _show_kind(code, fix, list(same), with_locations)


def _show_kind(code: str, fix: str, same: Sequence[Problem], with_locations: bool) -> None:
    if len(same) == 1:
        tell(f"{same[0].line(with_locations)} Fix: {fix}")
        return
    for problem in same[:_SHOWN]:
        tell(problem.line(with_locations))
    rest = same[_SHOWN:]
    if rest:
        rows = [problem.row for problem in rest if problem.row is not None]
        where = f", rows {_ranges(rows)}" if rows else ""
        tell(f"{same[0].source}  and {len(rest):,} more of {code}{where}")
    tell(f"  Fix: {fix}")


def _ranges(rows: Sequence[int]) -> str:
    """Write row numbers as ranges.

    Examples
    --------
    >>> _ranges([4, 5, 6, 9])
    '4-6, 9'
    """
    ordered = sorted(set(rows))
    runs = [
        [row for _, row in run]
        for _, run in groupby(enumerate(ordered), key=lambda entry: entry[1] - entry[0])
    ]
    texts = [str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs]
    more = len(texts) - _RANGES
    return ", ".join(texts[:_RANGES]) + (f" and {more:,} further ranges" if more > 0 else "")
