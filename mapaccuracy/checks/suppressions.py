"""Findings that somebody accepts, with a reason and until a day; and what is wrong with that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from mapaccuracy.checks.given import CannotRunError, Given
from mapaccuracy.checks.rule import rule
from mapaccuracy.schema import Problem
from mapaccuracy.schema.configuration import Suppression
from mapaccuracy.schema.fingerprints import fingerprint

_SOURCE = "configuration"


def holds(suppression: Suppression, given: Given) -> bool:
    """Tell whether a suppression has not expired."""
    return given.today is None or given.today <= suppression.until


def covers(suppression: Suppression, problem: Problem) -> bool:
    """Tell whether a suppression speaks of a finding.

    Examples
    --------
    >>> from datetime import date
    >>> accepted = Suppression("MA401", "SYNTHETIC", date(2027, 6, 30), "a.csv", ("S-07",))
    >>> covers(accepted, Problem("MA401", "a.csv", id="S-07"))
    True
    >>> covers(accepted, Problem("MA401", "b.csv", id="S-07"))
    False
    """
    return (
        problem.code == suppression.code
        and suppression.file in (None, problem.source)
        and (not suppression.ids or problem.id in suppression.ids)
    )


def left_of(
    problems: Sequence[Problem], given: Given
) -> tuple[list[Problem], dict[str, int], list[Suppression]]:
    """Leave out the findings that are accepted, in the configuration or in the baseline.

    Returns
    -------
    kept : list of Problem
    left_out : dict of str to int
        How many are left out, by code.
    unused : list of Suppression
        Those that hold and speak of no finding.
    """
    valid = [entry for entry in given.suppressions if holds(entry, given)]
    known = set(() if given.baseline is None else given.baseline["accepted"])
    seen: Counter[tuple[str, str, str]] = Counter()
    used: set[int] = set()
    kept: list[Problem] = []
    left: dict[str, int] = {}
    for problem in problems:
        by = [number for number, entry in enumerate(valid) if covers(entry, problem)]
        used.update(by)
        at = (problem.code, problem.source, problem.shown_id() or problem.place)
        seen[at] += 1
        if by or (known and fingerprint(*at, nth=seen[at]) in known):
            left[problem.code] = left.get(problem.code, 0) + 1
        else:
            kept.append(problem)
    return kept, left, [entry for number, entry in enumerate(valid) if number not in used]


def _named(suppression: Suppression) -> dict[str, str]:
    of = f" in {suppression.file}" if suppression.file else ""
    ids = f" for {', '.join(suppression.ids)}" if suppression.ids else ""
    return {"code": suppression.code, "of": f"{ids}{of}", "until": str(suppression.until)}


@rule("MA905", why="What was accepted for a time is accepted for ever, and nobody looks again.")
def expired(given: Given) -> list[Problem]:
    """Find suppressions of which the last day has passed."""
    if not given.suppressions:
        raise CannotRunError("nothing is suppressed")
    return [
        Problem("MA905", _SOURCE, values=_named(entry))
        for entry in given.suppressions
        if not holds(entry, given)
    ]


@rule("MA906", why="A suppression that fits nothing hides what it was never meant for.")
def unused(given: Given) -> list[Problem]:
    """Find suppressions that fit no finding: told once all rules have run."""
    if not given.suppressions:
        raise CannotRunError("nothing is suppressed")
    return []


def told_unused(left: Sequence[Suppression]) -> list[Problem]:
    """Make the findings of suppressions that fit nothing."""
    return [Problem("MA906", _SOURCE, values=_named(entry)) for entry in left]


RULES = (expired, unused)
